//! `edge-agent decode`: the barcodes in picture files, one JSON line per file.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use qitao_scanner_drivers::camera::{Code, decode_file};
use serde::Serialize;

#[derive(Serialize)]
struct Answer<'a> {
    file: &'a str,
    codes: Vec<Code>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Looks at every file. Answers whether all of them could be looked at.
///
/// # Errors
/// When the output fails.
pub fn run(files: &[PathBuf], mut output: impl Write) -> io::Result<bool> {
    let mut all_read = true;
    for file in files {
        let found =
            fs::read(file).map_err(|error| error.to_string()).and_then(|bytes| decode_file(&bytes).map_err(|error| error.to_string()));
        let (codes, error) = match found {
            Ok(seen) => (seen.codes, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        all_read &= error.is_none();
        serde_json::to_writer(&mut output, &Answer { file: &file.to_string_lossy(), codes, error })?;
        output.write_all(b"\n")?;
    }
    output.flush()?;
    Ok(all_read)
}
