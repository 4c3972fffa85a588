//! `edge-agent label`: a label's bytes on standard output, as a printer would get them or as a picture.

use std::fs;
use std::io::{self, Cursor, Write};
use std::path::Path;

use clap::ValueEnum;
use image::ImageFormat;
use qitao_labels::{Fields, LabelError, Language, Template, TemplateError, commands, render};
use serde_json::Value;

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum To {
    /// ZPL II, for Zebra and the many that speak it.
    Zpl,
    /// TSPL, for TSC, Gprinter, Xprinter, HPRT and others.
    Tspl,
    /// ESC/POS, for receipt printers with labels in them.
    Escpos,
    /// CPCL, for mobile printers.
    Cpcl,
    /// A PNG picture: the preview, dot for dot.
    Png,
}

/// Why there is no label.
#[derive(Debug, thiserror::Error)]
pub enum LabelCommandError {
    /// The data file is at fault.
    #[error("{file}: {reason}")]
    FixData {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Template, barcode or font.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// The output failed.
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// Writes the label.
///
/// # Errors
/// [`LabelCommandError`]; nothing has been written then.
pub fn run(template: &str, data: &Path, to: To, dpi: u16, mut output: impl Write) -> Result<(), LabelCommandError> {
    let at_fault = |reason: String| LabelCommandError::FixData { file: data.display().to_string(), reason };
    let text = fs::read_to_string(data).map_err(|error| at_fault(error.to_string()))?;
    let fields = fields(serde_json::from_str(&text).map_err(|error| at_fault(error.to_string()))?).map_err(at_fault)?;
    let template = template_named(template)?;
    let bytes = match to {
        To::Zpl => commands(&template, &fields, dpi, Language::Zpl, 1)?,
        To::Tspl => commands(&template, &fields, dpi, Language::Tspl, 1)?,
        To::Escpos => commands(&template, &fields, dpi, Language::EscPos, 1)?,
        To::Cpcl => commands(&template, &fields, dpi, Language::Cpcl, 1)?,
        To::Png => {
            let mut png = Cursor::new(Vec::new());
            render(&template, &fields, dpi)?.to_gray().write_to(&mut png, ImageFormat::Png).map_err(io::Error::other)?;
            png.into_inner()
        }
    };
    output.write_all(&bytes)?;
    output.flush()?;
    Ok(())
}

/// A built-in template by name, or a template file when the name ends in `.toml`.
fn template_named(name: &str) -> Result<Template, LabelError> {
    if Path::new(name).extension().is_some_and(|extension| extension == "toml") {
        let text = fs::read_to_string(name).map_err(|error| TemplateError::File(format!("{name}: {error}")))?;
        return Ok(Template::from_toml(&text)?);
    }
    Ok(Template::named(name)?)
}

/// A JSON object of texts, numbers and truth values as fields.
///
/// # Errors
/// A sentence that names the field at fault.
pub fn fields(value: Value) -> Result<Fields, String> {
    let Value::Object(object) = value else { return Err("a label's data is a JSON object of field names and values".into()) };
    let text = |(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Number(number) => Ok((name, number.to_string())),
        Value::Bool(truth) => Ok((name, truth.to_string())),
        Value::Null => Ok((name, String::new())),
        Value::Array(_) | Value::Object(_) => Err(format!("field {name:?} is not a text or a number")),
    };
    object.into_iter().map(text).collect()
}
