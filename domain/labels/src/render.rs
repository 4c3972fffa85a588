//! From template and data to dots.

use super::canvas::Bitmap;
use super::symbol::{self, SymbolError};
use super::template::{self, Element, Fields, Template, TemplateError};
use super::text::{self, Fonts, TextBox, TextError};

/// The label material and how the printer should treat it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Media {
    /// Width, millimetres.
    pub width: f32,
    /// Length, millimetres.
    pub height: f32,
    /// Gap between labels, millimetres.
    pub gap: f32,
    /// 0–100 % of what the head can do; `None` leaves the printer's setting.
    pub darkness: Option<u8>,
    /// Inches per second; `None` leaves the printer's setting.
    pub inches_per_second: Option<u8>,
}

/// Why a label cannot be drawn. Nothing has been sent to a printer then.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LabelError {
    /// Template or data.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// A barcode.
    #[error(transparent)]
    Symbol(#[from] SymbolError),
    /// The font.
    #[error(transparent)]
    Text(#[from] TextError),
    /// Resolution or size out of range.
    #[error("{0}")]
    OutOfRange(String),
}

/// Draws a label at so many dots per inch.
///
/// # Errors
/// [`LabelError`] names the field, the barcode or the font at fault.
pub fn render(template: &Template, fields: &Fields, dpi: u16) -> Result<Bitmap, LabelError> {
    if !(100..=1200).contains(&dpi) {
        return Err(LabelError::OutOfRange(format!("{dpi} dpi: printers have 152 to 600")));
    }
    if !(5.0..=300.0).contains(&template.width) || !(5.0..=600.0).contains(&template.height) {
        return Err(LabelError::OutOfRange(format!(
            "{} × {} mm: labels are 5 to 300 mm wide and 5 to 600 mm long",
            template.width, template.height
        )));
    }
    let dots = |mm: f32| (mm * f32::from(dpi) / 25.4).round();
    let mut picture = Bitmap::new(dots(template.width) as u32, dots(template.height) as u32);
    for element in &template.elements {
        match element {
            Element::Text { x, y, width, height, size, text, bold, align } => {
                let place = TextBox {
                    x: dots(*x),
                    y: dots(*y),
                    width: dots(*width),
                    height: dots(*height),
                    size: dots(*size),
                    bold: *bold,
                    align: *align,
                };
                let text = template::fill(text, fields)?;
                text::draw(&mut picture, &*Fonts::system()?, place, &text);
            }
            Element::Barcode { x, y, width, height, symbology, text } => {
                let text = template::fill(text, fields)?;
                if text.is_empty() {
                    continue;
                }
                let modules = symbol::encode(*symbology, &text)?;
                let (box_width, box_height) = (dots(*width) as u32, dots(*height) as u32);
                let module = modules.dots_per_module(*symbology, box_width, box_height, dpi)?;
                let module_height = if modules.height == 1 { box_height } else { module };
                let left = dots(*x) as i64 + i64::from(box_width.saturating_sub(modules.width * module) / 2);
                let top = dots(*y) as i64 + i64::from(box_height.saturating_sub(modules.height * module_height) / 2);
                for row in 0..modules.height {
                    for column in (0..modules.width).filter(|column| modules.is_dark(*column, row)) {
                        let (x, y) = (left + i64::from(column * module), top + i64::from(row * module_height));
                        picture.fill(x, y, module.into(), module_height.into());
                    }
                }
            }
            Element::Bar { x, y, width, height } => {
                picture.fill(dots(*x) as i64, dots(*y) as i64, dots(*width).max(1.0) as i64, dots(*height).max(1.0) as i64);
            }
            Element::Frame { x, y, width, height, line } => {
                let (x, y, width, height) = (dots(*x) as i64, dots(*y) as i64, dots(*width) as i64, dots(*height) as i64);
                let line = dots(*line).max(1.0) as i64;
                picture.fill(x, y, width, line);
                picture.fill(x, y + height - line, width, line);
                picture.fill(x, y, line, height);
                picture.fill(x + width - line, y, line, height);
            }
        }
    }
    Ok(picture)
}

impl Template {
    /// The material this template is made for, with the printer's own darkness and speed.
    #[must_use]
    pub const fn media(&self) -> Media {
        Media { width: self.width, height: self.height, gap: self.gap, darkness: None, inches_per_second: None }
    }
}
