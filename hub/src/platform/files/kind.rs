//! What a file is, by its bytes and never by what it is called; what it may be called; and that nothing packed in it is a bomb.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use zip::ZipArchive;

use super::FileError;

/// Bytes from which the type is told.
pub const HEAD: usize = 8 * 1024;
/// Longest name that is kept, in characters.
const LONGEST_NAME: usize = 120;
/// Most entries of a packed file, and most bytes that they unpack to.
const ENTRIES: usize = 2_000;
const UNPACKED: u64 = 1024 * 1024 * 1024;
/// Most bytes of the texts that the cells of a sheet share: they are put into a file of their own while the sheet is read.
const STRINGS: u64 = 96 * 1024 * 1024;

/// What a file can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture.
    Png,
    /// A picture.
    Jpeg,
    /// A document.
    Pdf,
    /// A sheet of Excel.
    Xlsx,
    /// A document of Word.
    Docx,
    /// Plain text, also of a table.
    Text,
}

impl Kind {
    /// Its media type.
    #[must_use]
    pub const fn media(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Pdf => "application/pdf",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    /// The endings that such a file may have; the first is given to one that has none of them.
    const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Pdf => &["pdf"],
            Self::Xlsx => &["xlsx"],
            Self::Docx => &["docx"],
            Self::Text => &["txt", "csv"],
        }
    }

    /// Whether it is a picture that can be made small.
    #[must_use]
    pub const fn is_picture(self) -> bool {
        matches!(self, Self::Png | Self::Jpeg)
    }
}

/// What the file at a path is. Packed files are unpacked to nowhere first, so that whoever reads them later meets no bomb.
///
/// # Errors
/// [`FileError::Kind`] for everything else.
pub fn of(path: &Path) -> Result<Kind, FileError> {
    let mut file = File::open(path)?;
    let mut head = Vec::with_capacity(HEAD);
    Read::by_ref(&mut file).take(HEAD as u64).read_to_end(&mut head)?;
    match infer::get(&head).map(|kind| kind.mime_type()) {
        Some("image/png") => Ok(Kind::Png),
        Some("image/jpeg") => Ok(Kind::Jpeg),
        Some("application/pdf") => Ok(Kind::Pdf),
        _ if head.starts_with(b"PK\x03\x04") => packed(&mut file),
        // A heading that happens to begin with the two letters of some other type is text all the same.
        _ if !head.is_empty() && plain(&head) => Ok(Kind::Text),
        _ => Err(FileError::Kind("unknown")),
    }
}

/// Text has no control characters but line ends, tabs and form feeds; that of UTF-16 begins with its mark.
fn plain(head: &[u8]) -> bool {
    let marked = head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]);
    // What a browser would take for a page is not plain, whatever it is called.
    let page = String::from_utf8_lossy(head.get(..512).unwrap_or(head)).trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    let is_page = ["<!doctype", "<html", "<svg", "<?xml", "<script", "<body", "<head", "<iframe"].iter().any(|tag| page.starts_with(tag));
    !is_page && (marked || !head.iter().any(|b| *b < 0x20 && !b"\t\n\r\x0c".contains(b)))
}

fn packed(file: &mut File) -> Result<Kind, FileError> {
    let bomb = || FileError::Kind("packed_too_large");
    file.seek(SeekFrom::Start(0))?;
    let broken = |_| FileError::Kind("packed_broken");
    let mut archive = ZipArchive::new(file).map_err(broken)?;
    if archive.len() > ENTRIES {
        return Err(bomb());
    }
    let (mut kind, mut left) = (None, UNPACKED);
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(broken)?;
        let limit = match entry.name().map_err(broken)?.as_ref() {
            "xl/workbook.xml" => {
                kind = Some(Kind::Xlsx);
                left
            }
            "word/document.xml" => {
                kind = Some(Kind::Docx);
                left
            }
            "xl/sharedStrings.xml" => left.min(STRINGS),
            "xl/vbaProject.bin" | "word/vbaProject.bin" => return Err(FileError::Kind("macros")),
            _ => left,
        };
        // What the entry says of its size may be a lie: it is counted.
        let unpacked = std::io::copy(&mut entry.take(limit + 1), &mut std::io::sink()).map_err(|_| FileError::Kind("packed_broken"))?;
        if unpacked > limit {
            return Err(bomb());
        }
        left -= unpacked;
    }
    kind.ok_or(FileError::Kind("packed_other"))
}

/// A name that can be shown, sent in a header and saved on any system: no folders, no control or direction characters, no names that
/// Windows keeps for devices, with an ending that fits what the file is.
#[must_use]
pub fn name(given: &str, kind: Kind) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let invisible =
        |c: char| c.is_control() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}');
    let clean: String = last.chars().filter(|c| !invisible(*c)).map(|c| if "<>:\"|?*%;".contains(c) { '_' } else { c }).collect();
    let clean = clean.trim_matches(|c: char| c == '.' || c.is_whitespace());
    let (stem, ending) = match clean.rsplit_once('.') {
        Some((stem, ending)) if kind.endings().contains(&ending.to_ascii_lowercase().as_str()) => (stem, ending.to_ascii_lowercase()),
        _ => (clean, kind.endings().first().copied().unwrap_or("bin").to_owned()),
    };
    let stem: String = stem.trim_end_matches(|c: char| c == '.' || c.is_whitespace()).chars().take(LONGEST_NAME).collect();
    let device = stem.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let is_device = ["CON", "PRN", "AUX", "NUL"].contains(&device.as_str())
        || (device.len() == 4
            && (device.starts_with("COM") || device.starts_with("LPT"))
            && device.ends_with(|c: char| c.is_ascii_digit()));
    match (stem.is_empty(), is_device) {
        (true, _) => format!("file.{ending}"),
        (_, true) => format!("_{stem}.{ending}"),
        _ => format!("{stem}.{ending}"),
    }
}
