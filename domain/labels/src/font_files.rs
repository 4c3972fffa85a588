//! Where the fonts of labels lie, and whether two machines have the same: a label is its preview dot for dot only where both are drawn with the same letters.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::text::TextError;

/// A font: its file, and the number of the face within a collection.
pub(crate) type FontFile = (PathBuf, u32);

/// Where the font is looked for, in order; `QITAO_FONT` comes before them (2 = Simplified Chinese).
const REGULAR: [(&str, u32); 3] = [
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
];
const BOLD: [(&str, u32); 2] =
    [("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", 2), ("/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc", 2)];

/// The font of most text.
///
/// # Errors
/// [`TextError::InstallFont`].
pub(crate) fn regular() -> Result<FontFile, TextError> {
    let own = std::env::var_os("QITAO_FONT").map(|path| (PathBuf::from(path), 0));
    own.or_else(|| first_existing(&REGULAR)).ok_or(TextError::InstallFont)
}

/// The font of heavier strokes, where there is one.
pub(crate) fn bold() -> Option<FontFile> {
    first_existing(&BOLD)
}

fn first_existing(candidates: &[(&str, u32)]) -> Option<FontFile> {
    candidates.iter().map(|(path, face)| (PathBuf::from(path), *face)).find(|(path, _)| path.exists())
}

/// What tells the fonts of this machine from others: CRC-32C and face of each file. Read once per process.
///
/// # Errors
/// [`TextError`] says what to install or replace.
pub fn digest() -> Result<String, TextError> {
    static KNOWN: OnceLock<String> = OnceLock::new();
    if let Some(known) = KNOWN.get() {
        return Ok(known.clone());
    }
    let files = [Some(regular()?), bold()];
    let digest = of(files.iter().flatten())?;
    Ok(KNOWN.get_or_init(|| digest).clone())
}

fn of<'a>(files: impl Iterator<Item = &'a FontFile>) -> Result<String, TextError> {
    let one = |(path, face): &FontFile| {
        let read = sum(path).map_err(|error| TextError::ReplaceFont { path: path.clone(), reason: error.to_string() });
        read.map(|sum| format!("{sum:08x}.{face}"))
    };
    Ok(files.map(one).collect::<Result<Vec<_>, _>>()?.join("-"))
}

fn sum(path: &Path) -> io::Result<u32> {
    let (mut file, mut piece, mut sum) = (File::open(path)?, vec![0; 1 << 16], 0);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(sum),
            length => sum = crc32c::crc32c_append(sum, &piece[..length]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_and_other_faces_have_other_digests() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &[u8], face: u32| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            (path, face)
        };
        let digest = |files: &[&FontFile]| of(files.iter().copied());
        let (one, other) = (file("one", b"123456789", 2), file("other", b"123456780", 2));
        // The check value of CRC-32C (RFC 3720, B.4, and the CRC catalogue).
        assert_eq!(digest(&[&one]).unwrap(), "e3069283.2");
        assert_ne!(digest(&[&one]), digest(&[&other]));
        assert_ne!(digest(&[&one]), digest(&[&file("same", b"123456789", 0)]));
        assert_ne!(digest(&[&one, &other]), digest(&[&one]));
        std::fs::remove_file(&other.0).unwrap();
        assert!(matches!(digest(&[&other]), Err(TextError::ReplaceFont { .. })));
    }

    #[test]
    fn what_is_drawn_with_here_has_one() {
        assert_eq!(digest().unwrap(), digest().unwrap());
    }
}
