//! The judges: labelize draws ZPL, TSPL and CPCL, zplkit draws ZPL, a small reader of Epson's manual draws ESC/POS, and zxing-cpp reads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use labelize::{RenderOptions, render_png};
use qitao_labels::Language;
use serde_json::Value;

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn python(script: &str, arguments: impl IntoIterator<Item = PathBuf>) -> String {
    let python = workspace().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into())).join("judges/bin/python");
    assert!(python.exists(), "the independent reader is missing; run tests/setup/need.sh judges");
    let output = Command::new(python).arg(workspace().join("tests/judges").join(script)).args(arguments).output().unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What zxing-cpp finds in each picture: AIM identifier and text, sorted.
pub(crate) fn read(pictures: &[PathBuf]) -> BTreeMap<PathBuf, Vec<(String, String)>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let lines = python("read_codes.py", pictures.iter().cloned());
    let found = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).map(|line| {
        let mut codes: Vec<_> = line["codes"].as_array().unwrap().iter().map(|code| (text(&code["aim"]), text(&code["text"]))).collect();
        codes.sort();
        (PathBuf::from(text(&line["file"])), codes)
    });
    found.collect()
}

/// Who draws a language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Renderer {
    Labelize,
    Zplkit,
    EscPos,
}

/// The renderers of a language, all independent of the product.
pub(crate) fn renderers(language: Language) -> &'static [Renderer] {
    match language {
        Language::Zpl => &[Renderer::Labelize, Renderer::Zplkit],
        Language::Tspl | Language::Cpcl => &[Renderer::Labelize],
        Language::EscPos => &[Renderer::EscPos],
    }
}

/// Draws commands for a label of so many dots with labelize into a PNG file.
pub(crate) fn labelize(language: Language, bytes: &[u8], (width, height): (u32, u32), file: &Path) {
    let (language, bytes) = match language {
        Language::Zpl => (labelize::Language::Zpl, bytes.to_vec()),
        Language::Tspl => (labelize::Language::Tspl, bytes.to_vec()),
        Language::Cpcl => (labelize::Language::Cpcl, hexadecimal(bytes)),
        Language::EscPos => panic!("labelize has no ESC/POS"),
    };
    // Commands speak of dots only, and so one dot is one dot whatever the millimetres are: 8 of them here.
    let millimetres = |dots: u32| f64::from(dots) / 8.0;
    let options = RenderOptions {
        language: Some(language),
        width_mm: Some(millimetres(width)),
        height_mm: Some(millimetres(height)),
        dpmm: 8,
        antialias: false,
    };
    let drawn = render_png(&bytes, options).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    std::fs::write(file, drawn.bytes).unwrap();
}

/// labelize reads CPCL as text and loses bytes of `CG`; `EG` says the same in hexadecimal.
fn hexadecimal(cpcl: &[u8]) -> Vec<u8> {
    let Some(start) = cpcl.windows(5).position(|five| five == b"\r\nCG ").map(|at| at + 2) else { return cpcl.to_vec() };
    let mut blanks = cpcl[start..].iter().enumerate().filter(|(_, b)| **b == b' ').map(|(at, _)| start + at);
    let header: Vec<usize> = blanks.by_ref().take(5).collect();
    let number = |n: usize| std::str::from_utf8(&cpcl[header[n] + 1..header[n + 1]]).unwrap().parse::<usize>().unwrap();
    let (data, length) = (header[4] + 1, number(0) * number(1));
    let mut written = cpcl[..start].to_vec();
    written.push(b'E');
    written.extend_from_slice(&cpcl[start + 1..data]);
    written.extend(cpcl[data..data + length].iter().flat_map(|byte| format!("{byte:02X}").into_bytes()));
    written.extend_from_slice(&cpcl[data + length..]);
    written
}

/// Draws with zplkit or the reader of Epson's manual: files of commands, each beside which a PNG file is left.
pub(crate) fn draw_beside(script: &str, files: &[PathBuf]) {
    if !files.is_empty() {
        python(script, files.iter().cloned());
    }
}
