//! The labels of the README, dot for dot as a printer of 203 dpi burns them: `QITAO_PICTURES=1 cargo test … pictures` writes them anew.

use std::path::Path;

use image::{GrayImage, Luma, imageops};
use qitao_labels::{Template, render};

const DPI: u16 = 203;
/// Dots between labels.
const GAP: u32 = 24;

#[test]
fn chinese_at_203_dpi_is_shown_in_the_readme() {
    let labels: Vec<Vec<GrayImage>> = [["location", "price"], ["carton", "kit"]]
        .map(|row| {
            row.map(|name| {
                let template = Template::named(name).unwrap();
                render(&template, &template.examples(), DPI).unwrap().to_gray()
            })
            .into()
        })
        .into();
    let wide = |row: &[GrayImage]| row.iter().map(|label| label.width() + GAP).sum::<u32>() + GAP;
    let high = |row: &[GrayImage]| row.iter().map(GrayImage::height).max().unwrap_or(0) + GAP;
    let width = labels.iter().map(|row| wide(row)).max().unwrap();
    let height = labels.iter().map(|row| high(row)).sum::<u32>() + GAP;
    let mut sheet = GrayImage::from_pixel(width, height, Luma([208]));
    let mut top = GAP;
    for row in &labels {
        let mut left = GAP;
        for label in row {
            imageops::replace(&mut sheet, label, left.into(), top.into());
            left += label.width() + GAP;
        }
        top += high(row);
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/images/labels-203dpi.png");
    if std::env::var_os("QITAO_PICTURES").is_some() {
        sheet.save(&file).unwrap();
    }
    // Fonts differ a little between systems; the size does not.
    assert_eq!(image::image_dimensions(&file).unwrap(), sheet.dimensions(), "make screenshots draws it anew");
}
