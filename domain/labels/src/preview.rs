//! What an editor shows while a label is made: the dots that would be printed, what is wrong, and what the label needs.

use serde::Serialize;

use crate::finding::Finding;
use crate::needs::FieldUse;
use crate::render;
use crate::rules::Symbology;
use crate::template::{Fields, Template, TemplateError};

/// What to do about fields that the data lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Take the template's examples.
    Examples,
    /// Tell it as an error, as printing would.
    Refuse,
}

/// A label as it would be printed.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    /// A PNG file with one pixel for each dot; `None` when the template cannot be read. With errors it shows what can be drawn.
    #[serde(skip)]
    pub png: Option<Vec<u8>>,
    /// Dots across.
    pub width: u32,
    /// Dots down.
    pub height: u32,
    /// Whether it may be printed: then the picture is exactly what [`commands`](crate::commands) sends.
    pub printable: bool,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What data the template needs.
    pub fields: Vec<FieldUse>,
    /// Where each element landed; elements that were left out are not there.
    pub placed: Vec<Placed>,
    /// The template as it was understood.
    pub template: Option<Template>,
}

/// Where an element landed, in dots.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Placed {
    /// Which element, counted from 0.
    pub element: usize,
    /// Left edge of its box.
    pub x: i64,
    /// Upper edge.
    pub y: i64,
    /// Width.
    pub width: i64,
    /// Height.
    pub height: i64,
    /// The barcode in it.
    pub barcode: Option<PlacedCode>,
    /// Height of letters that its text got.
    pub letters_mm: Option<f32>,
}

/// How a barcode came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlacedCode {
    /// Which symbology.
    pub symbology: Symbology,
    /// What it says.
    pub text: String,
    /// Dots of a module.
    pub module_dots: u32,
    /// Width of a module, millimetres.
    pub module_mm: f32,
    /// Width of the symbol without quiet zone.
    pub width_mm: f32,
    /// Height of the symbol without quiet zone.
    pub height_mm: f32,
}

/// Draws what would be printed. `text` is a template as TOML, or as JSON when its first character is `{`.
#[must_use]
pub fn preview(text: &str, data: &Fields, dpi: u16, missing: Missing) -> Preview {
    let template = match Template::read(text) {
        Ok(template) => template,
        Err(error) => {
            let findings = match error {
                TemplateError::Fix(findings) => findings,
                other => vec![Finding::error(other.to_string(), other.to_string())],
            };
            return Preview { png: None, width: 0, height: 0, printable: false, findings, fields: vec![], placed: vec![], template: None };
        }
    };
    let mut fields = if missing == Missing::Examples { template.examples() } else { Fields::new() };
    fields.extend(data.iter().map(|(name, value)| (name.clone(), value.clone())));
    let drawing = render::draw(&template, &fields, dpi);
    Preview {
        png: drawing.picture.to_png().ok(),
        width: drawing.picture.width(),
        height: drawing.picture.height(),
        printable: !drawing.findings.iter().any(Finding::is_error),
        findings: drawing.findings,
        fields: template.needs(),
        placed: drawing.placed,
        template: Some(template),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render;

    #[test]
    fn the_preview_is_the_print_dot_for_dot() {
        for template in Template::built_in() {
            let shown = preview(&template.to_toml(), &Fields::new(), 203, Missing::Examples);
            assert!(shown.printable, "{}: {:?}", template.name, shown.findings);
            let printed = render(&template, &template.examples(), 203).unwrap();
            let png = image::load_from_memory(&shown.png.unwrap()).unwrap().into_luma8();
            assert_eq!(png, printed.to_gray(), "{}", template.name);
            assert_eq!((shown.width, shown.height), (printed.width(), printed.height()));
        }
    }

    #[test]
    fn missing_data_is_an_error_at_its_line_and_the_rest_is_drawn() {
        let template = Template::named("location").unwrap();
        let toml = template.to_toml();
        let shown = preview(&toml, &[("name".to_owned(), "二楼".to_owned())].into(), 203, Missing::Refuse);
        assert!(!shown.printable && shown.png.is_some());
        let finding = shown.findings.iter().find(|finding| finding.en.contains("\"code\"")).unwrap();
        let line = toml.lines().nth(finding.at.unwrap().line as usize - 1).unwrap();
        assert!(line.starts_with("text = ") && line.contains("{code}"), "{line}");
    }

    #[test]
    fn a_template_that_cannot_be_read_gives_findings_and_no_picture() {
        let shown = preview("name = 3\n", &Fields::new(), 203, Missing::Examples);
        assert!(shown.png.is_none() && shown.findings.len() > 3 && !shown.printable);
        assert!(preview("{", &Fields::new(), 203, Missing::Examples).findings[0].at.is_some());
    }

    #[test]
    fn the_answer_of_an_editor_is_plain_json() {
        let shown = preview(&Template::named("carton").unwrap().to_toml(), &Fields::new(), 300, Missing::Examples);
        let json = serde_json::to_value(&shown).unwrap();
        assert_eq!(json["template"]["element"][0]["kind"], "text");
        assert!(json["placed"].as_array().unwrap().iter().any(|placed| placed["barcode"]["symbology"] == "gs1-data-matrix"));
        assert!(serde_json::to_string(crate::schema::schema()).unwrap().contains("gs1-128"));
    }
}
