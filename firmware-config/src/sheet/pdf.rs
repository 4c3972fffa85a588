//! Pages as a PDF: each page is one picture of its dots, so that what is printed is what was drawn, on any printer, with any fonts.

use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, TextStr};
use qitao_labels::Bitmap;

use super::draw::PAGE;

/// A PDF of A4 pages.
#[must_use]
pub fn pdf(title: &str, pages: &[Bitmap]) -> Vec<u8> {
    let points = |millimetres: f32| millimetres * 72.0 / 25.4;
    let (width, height) = (points(PAGE.0), points(PAGE.1));
    let (catalog, tree, info) = (Ref::new(1), Ref::new(2), Ref::new(3));
    let of = |page: usize, part: i32| Ref::new(4 + 3 * i32::try_from(page).unwrap_or(i32::MAX / 4) + part);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.document_info(info).title(TextStr(title));
    pdf.pages(tree).kids((0..pages.len()).map(|page| of(page, 0))).count(i32::try_from(pages.len()).unwrap_or(i32::MAX));
    for (number, dots) in pages.iter().enumerate() {
        let (page, picture, content) = (of(number, 0), of(number, 1), of(number, 2));
        let mut object = pdf.page(page);
        object.media_box(Rect::new(0.0, 0.0, width, height)).parent(tree).contents(content);
        object.resources().x_objects().pair(Name(b"P"), picture);
        object.finish();
        let packed = compress_to_vec_zlib(dots.rows(), 6);
        let mut image = pdf.image_xobject(picture, &packed);
        image.filter(Filter::FlateDecode);
        image.width(dots.width() as i32).height(dots.height() as i32).bits_per_component(1);
        image.color_space().device_gray();
        // A set bit is a dot that is printed.
        image.decode([1.0, 0.0]);
        image.finish();
        let mut drawing = Content::new();
        drawing.save_state().transform([width, 0.0, 0.0, height, 0.0, 0.0]).x_object(Name(b"P")).restore_state();
        pdf.stream(content, &drawing.finish());
    }
    pdf.finish()
}

#[cfg(test)]
#[path = "sheet_tests.rs"]
mod tests;
