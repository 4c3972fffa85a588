//! Labels: templates as data, drawn dot by dot with Chinese text and barcodes, sent as ZPL, TSPL, ESC/POS or CPCL.
//!
//! A crate of its own beside the language of both ends: the edge prints with it, the hub shows with it what will be printed.
//!
//! The picture is drawn here and not by the printer, so that a label looks the same on every make and in the preview, and so that a printer
//! without Chinese letters prints Chinese all the same.
//!
//! ```
//! use qitao_labels::{Language, Template};
//! let template = Template::named("location")?;
//! let fields = [("code", "B-04-2"), ("name", "")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
//! let commands = qitao_labels::commands(&template, &fields, 203, Language::Zpl, 1)?;
//! assert!(commands.starts_with(b"^XA"));
//! # Ok::<(), qitao_labels::LabelError>(())
//! ```

pub mod canvas;
mod code;
pub mod cpcl;
pub mod escpos;
pub mod expression;
pub mod finding;
pub mod font_files;
mod functions;
mod native;
mod needs;
mod picture;
mod places;
pub mod preview;
pub mod render;
pub mod rules;
pub mod schema;
pub mod source;
pub mod symbol;
pub mod template;
pub mod text;
pub mod tspl;
pub mod zpl;

use serde::{Deserialize, Serialize};

pub use canvas::Bitmap;
pub use finding::{Finding, Severity};
pub use needs::FieldUse;
pub use preview::{Missing, Preview, preview};
pub use render::{LabelError, Media, render};
pub use template::{Fields, Template, TemplateError};

/// What a label printer speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// ZPL II.
    Zpl,
    /// TSPL/TSPL2.
    Tspl,
    /// ESC/POS in label mode.
    #[serde(alias = "escpos")]
    EscPos,
    /// CPCL.
    Cpcl,
}

/// Who draws the barcodes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Barcodes {
    /// They are part of the picture.
    #[default]
    Picture,
    /// The printer, where it does so exactly alike; the others are part of the picture.
    Printer,
}

/// Draws a label and writes the commands that print it so many times.
///
/// # Errors
/// [`LabelError`]; nothing is to be sent then.
pub fn commands(template: &Template, fields: &Fields, dpi: u16, language: Language, copies: u32) -> Result<Vec<u8>, LabelError> {
    commands_with(template, fields, dpi, language, copies, Barcodes::Picture)
}

/// The same, and says who draws the barcodes.
///
/// # Errors
/// [`LabelError`]; nothing is to be sent then.
pub fn commands_with(
    template: &Template,
    fields: &Fields,
    dpi: u16,
    language: Language,
    copies: u32,
    barcodes: Barcodes,
) -> Result<Vec<u8>, LabelError> {
    let mut drawing = render::checked(template, fields, dpi)?;
    let mut drawn_by_printer = String::new();
    if barcodes == Barcodes::Printer {
        for symbol in &drawing.symbols {
            if let Some(command) = native::command(language, symbol) {
                drawing.picture.clear(symbol.x, symbol.y, symbol.width, symbol.height);
                drawn_by_printer.push_str(&command);
            }
        }
    }
    let picture = drawing.picture;
    Ok(match language {
        Language::Zpl => zpl::encode_with(&picture, &drawn_by_printer, template.media(), copies),
        Language::Tspl => tspl::encode_with(&picture, &drawn_by_printer, template.media(), copies),
        Language::EscPos => escpos::encode(&picture, template.media(), copies),
        Language::Cpcl => cpcl::encode(&picture, template.media(), copies),
    })
}
