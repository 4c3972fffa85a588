//! Every template × every printer language × three resolutions, drawn by independent renderers and read by an independent reader: the data
//! is what went in. Once with barcodes in the picture, once with barcodes that the printer draws.

use std::path::PathBuf;

use image::GrayImage;
use qitao_domain::barcode::{check, gs1};
use qitao_labels::render::draw;
use qitao_labels::rules::Symbology;
use qitao_labels::{Barcodes, Bitmap, Language, Template, commands_with};

use crate::judges::{self, Renderer};

const LANGUAGES: [Language; 4] = [Language::Zpl, Language::Tspl, Language::EscPos, Language::Cpcl];

/// What a reader says of a barcode: its AIM identifier and the text in it.
pub(crate) fn said(symbology: Symbology, text: &str) -> (String, String) {
    let aim = match symbology {
        Symbology::Code128 => "]C0",
        Symbology::Gs1128 => "]C1",
        Symbology::Ean13 | Symbology::UpcA | Symbology::UpcE => "]E0",
        Symbology::Ean8 => "]E4",
        Symbology::Itf14 => "]I0",
        Symbology::Code39 => "]A0",
        Symbology::Qr => "]Q1",
        Symbology::Gs1Qr => "]Q3",
        Symbology::DataMatrix => "]d1",
        Symbology::Gs1DataMatrix => "]d2",
        Symbology::Pdf417 => "]L2",
        Symbology::Aztec => "]z0",
    };
    let is_gs1 = matches!(symbology, Symbology::Gs1128 | Symbology::Gs1Qr | Symbology::Gs1DataMatrix);
    let text = match symbology {
        _ if is_gs1 => gs1::to_element_string(gs1::bracketed(text.as_bytes()).unwrap().elements()),
        // What stands in EAN-13 is what scanners send for the whole family.
        Symbology::UpcA => format!("0{text}"),
        Symbology::UpcE => format!("0{}", check::expand_upc_e(text.as_bytes()).unwrap()),
        _ => text.to_owned(),
    };
    (aim.to_owned(), text)
}

struct Case {
    name: String,
    picture: PathBuf,
    says: Vec<(String, String)>,
    /// What the dots must be, when the printer draws nothing itself.
    dots: Option<Bitmap>,
}

/// All templates in all languages at one resolution.
fn judged(dpi: u16, barcodes: Barcodes) {
    let folder = tempfile::tempdir().unwrap();
    let (mut cases, mut for_zplkit, mut for_escpos) = (Vec::new(), Vec::new(), Vec::new());
    for template in Template::built_in() {
        let fields = template.examples();
        let drawing = draw(&template, &fields, dpi);
        assert!(drawing.findings.iter().all(|finding| !finding.is_error()), "{}: {:?}", template.name, drawing.findings);
        let mut says: Vec<_> = drawing.symbols.iter().map(|symbol| said(symbol.symbology, &symbol.text)).collect();
        says.sort();
        for language in LANGUAGES {
            let bytes = commands_with(&template, &fields, dpi, language, 1, barcodes).unwrap();
            let in_picture = commands_with(&template, &fields, dpi, language, 1, Barcodes::Picture).unwrap();
            // What the printer cannot draw exactly is the picture, which has been judged.
            if barcodes == Barcodes::Printer && bytes == in_picture {
                continue;
            }
            for renderer in judges::renderers(language) {
                let name = format!("{}-{language:?}-{dpi}-{renderer:?}", template.name);
                let commands = folder.path().join(format!("{name}-{dpi}.bin"));
                let picture = commands.with_extension("png");
                let size = (drawing.picture.width(), drawing.picture.height());
                match renderer {
                    Renderer::Labelize => judges::labelize(language, &bytes, size, &picture),
                    Renderer::Zplkit => {
                        std::fs::write(&commands, &bytes).unwrap();
                        for_zplkit.push(commands);
                    }
                    Renderer::EscPos => {
                        std::fs::write(&commands, &bytes).unwrap();
                        for_escpos.push(commands);
                    }
                }
                let dots = (barcodes == Barcodes::Picture).then(|| drawing.picture.clone());
                cases.push(Case { name, picture, says: says.clone(), dots });
            }
        }
    }
    judges::draw_beside("render_zpl.py", &for_zplkit);
    judges::draw_beside("render_escpos.py", &for_escpos);
    let pictures: Vec<PathBuf> = cases.iter().map(|case| case.picture.clone()).collect();
    let read = judges::read(&pictures);
    let mut wrong = Vec::new();
    for case in &cases {
        if read[&case.picture] != case.says {
            wrong.push(format!("{}: expected {:?}, read {:?}", case.name, case.says, read[&case.picture]));
        }
        if let Some(dots) = &case.dots {
            let drawn = image::open(&case.picture).unwrap().into_luma8();
            if let Some(difference) = differs(dots, &drawn) {
                wrong.push(format!("{}: {difference}", case.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(cases.len() >= if barcodes == Barcodes::Picture { 45 } else { 15 }, "only {} labels were judged", cases.len());
}

/// Whether another picture shows other dots; it may be larger.
fn differs(dots: &Bitmap, drawn: &GrayImage) -> Option<String> {
    if drawn.width() < dots.width() || drawn.height() < dots.height() {
        return Some(format!("drawn {} × {} dots of {} × {}", drawn.width(), drawn.height(), dots.width(), dots.height()));
    }
    for (x, y, pixel) in drawn.enumerate_pixels() {
        if (pixel.0[0] < 128) != dots.get(x.into(), y.into()) {
            return Some(format!("another dot at {x}, {y}"));
        }
    }
    None
}

#[test]
fn every_template_in_every_language_at_203_dpi_says_its_data_dot_for_dot() {
    judged(203, Barcodes::Picture);
}

#[test]
fn every_template_in_every_language_at_300_dpi_says_its_data_dot_for_dot() {
    judged(300, Barcodes::Picture);
}

#[test]
fn every_template_in_every_language_at_600_dpi_says_its_data_dot_for_dot() {
    judged(600, Barcodes::Picture);
}

#[test]
fn barcodes_that_the_printer_draws_say_the_same() {
    for dpi in [203, 300, 600] {
        judged(dpi, Barcodes::Printer);
    }
}
