//! Text on labels: Chinese and Latin from one font, wrapped at the box's width and made smaller until it fits.
//!
//! The font is the system's (Debian package `fonts-noto-cjk`); nothing is shipped. Letters are drawn with their edges cut at half
//! coverage, which at 203 dpi keeps Chinese strokes apart down to about 2.5 mm.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use ab_glyph::{Font, FontVec, PxScale, ScaleFont};

use super::canvas::Bitmap;
use super::template::Align;

/// Where the font is looked for, in order; `QITAO_FONT` comes before them. The number is the face within a collection (2 = Simplified Chinese).
const REGULAR: [(&str, u32); 3] = [
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
];
const BOLD: [(&str, u32); 2] =
    [("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", 2), ("/usr/share/fonts/noto-cjk/NotoSansCJK-Bold.ttc", 2)];

/// Smallest letters that text is shrunk to, in dots: below that Chinese strokes run together.
const SMALLEST: f32 = 16.0;

/// Why text cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// No font with Chinese letters.
    #[error("no Chinese font found; install the package fonts-noto-cjk, or set QITAO_FONT to a TTF, OTF or TTC file")]
    InstallFont,
    /// The font file cannot be used.
    #[error("the font {path} cannot be used: {reason}")]
    ReplaceFont {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// The fonts of labels. Loading takes 20 MB, so it is done at the first label and once per process.
pub struct Fonts {
    regular: FontVec,
    bold: Option<FontVec>,
}

impl Fonts {
    /// The system's fonts.
    ///
    /// # Errors
    /// [`TextError`] says what to install.
    pub fn system() -> Result<Arc<Self>, TextError> {
        static LOADED: Mutex<Option<Arc<Fonts>>> = Mutex::new(None);
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fonts) = loaded.as_ref() {
            return Ok(fonts.clone());
        }
        let own = std::env::var_os("QITAO_FONT").map(|path| (PathBuf::from(path), 0));
        let regular = own.or_else(|| first_existing(&REGULAR)).ok_or(TextError::InstallFont)?;
        let bold = first_existing(&BOLD).map(read).transpose()?;
        let fonts = Arc::new(Self { regular: read(regular)?, bold });
        *loaded = Some(fonts.clone());
        Ok(fonts)
    }

    fn face(&self, bold: bool) -> &FontVec {
        self.bold.as_ref().filter(|_| bold).unwrap_or(&self.regular)
    }
}

fn first_existing(candidates: &[(&str, u32)]) -> Option<(PathBuf, u32)> {
    candidates.iter().map(|(path, face)| (PathBuf::from(path), *face)).find(|(path, _)| path.exists())
}

fn read((path, face): (PathBuf, u32)) -> Result<FontVec, TextError> {
    let unusable = |reason: String| TextError::ReplaceFont { path: path.clone(), reason };
    let bytes = std::fs::read(&path).map_err(|error| unusable(error.to_string()))?;
    FontVec::try_from_vec_and_index(bytes, face).map_err(|error| unusable(error.to_string()))
}

/// A box for text, in dots.
#[derive(Debug, Clone, Copy)]
pub struct TextBox {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
    /// Height of letters that is wanted.
    pub size: f32,
    /// Heavier strokes.
    pub bold: bool,
    /// Where lines stand.
    pub align: Align,
}

/// Draws text into its box. What does not fit even at the smallest size is cut with `…`.
pub fn draw(picture: &mut Bitmap, fonts: &Fonts, place: TextBox, text: &str) {
    let font = fonts.face(place.bold);
    let mut size = place.size.max(SMALLEST);
    let (lines, size) = loop {
        let lines = wrap(font, size, place.width, text);
        let fits = lines.len() as f32 * line_height(size) <= place.height + 0.5;
        if fits || size <= SMALLEST {
            break (lines, size);
        }
        size = (size * 0.94).max(SMALLEST);
    };
    let room = ((place.height / line_height(size)).floor() as usize).max(1);
    for (row, line) in cut(font, size, place.width, lines, room).iter().enumerate() {
        let free = place.width - width_of(font, size, line);
        let left = place.x
            + match place.align {
                Align::Left => 0.0,
                Align::Center => free / 2.0,
                Align::Right => free,
            };
        draw_line(picture, font, size, left.max(place.x), place.y + row as f32 * line_height(size), line);
    }
}

fn line_height(size: f32) -> f32 {
    size * 1.16
}

/// Letters of `size` dots: the em square of CJK fonts fills the line, so the scale is set by the em, not by ascent and descent.
fn scale(font: &FontVec, size: f32) -> PxScale {
    let units = font.units_per_em().unwrap_or(1000.0);
    PxScale::from(size * font.height_unscaled() / units)
}

fn width_of(font: &FontVec, size: f32, text: &str) -> f32 {
    let scaled = font.as_scaled(scale(font, size));
    text.chars().map(|c| scaled.h_advance(font.glyph_id(c))).sum()
}

/// Breaks text at its line feeds, between Chinese characters anywhere, in Latin at blanks where possible.
fn wrap(font: &FontVec, size: f32, width: f32, text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in words(paragraph) {
            if !line.is_empty() && width_of(font, size, &line) + width_of(font, size, word.trim_end()) > width {
                lines.push(line.trim_end().to_owned());
                line = String::new();
            }
            for c in word.chars() {
                line.push(c);
                // A single word wider than the box is broken where it must be.
                if line.chars().count() > 1 && width_of(font, size, line.trim_end()) > width {
                    line.pop();
                    lines.push(line.trim_end().to_owned());
                    line = c.to_string();
                }
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Pieces that lines may be broken between: each wide character, each Latin word with the blank behind it.
fn words(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut previous: Option<char> = None;
    for (at, c) in text.char_indices() {
        if previous.is_some_and(|previous| previous == ' ' || is_wide(previous) || is_wide(c)) {
            pieces.push(&text[start..at]);
            start = at;
        }
        previous = Some(c);
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

fn cut(font: &FontVec, size: f32, width: f32, mut lines: Vec<String>, room: usize) -> Vec<String> {
    if lines.len() > room {
        lines.truncate(room);
        if let Some(last) = lines.last_mut() {
            while !last.is_empty() && width_of(font, size, last) + width_of(font, size, "…") > width {
                last.pop();
            }
            last.push('…');
        }
    }
    lines
}

fn draw_line(picture: &mut Bitmap, font: &FontVec, size: f32, left: f32, top: f32, line: &str) {
    let scale = scale(font, size);
    let scaled = font.as_scaled(scale);
    // The em box sits on the line; what the font reserves above and below it is not needed on a label.
    let baseline = top + size * 0.88;
    let mut x = left;
    for c in line.chars() {
        let id = font.glyph_id(c);
        let advance = scaled.h_advance(id);
        if let Some(outline) = font.outline_glyph(id.with_scale_and_position(scale, ab_glyph::point(x, baseline))) {
            let bounds = outline.px_bounds();
            outline.draw(|dx, dy, coverage| {
                if coverage >= 0.5 {
                    picture.set(bounds.min.x as i64 + i64::from(dx), bounds.min.y as i64 + i64::from(dy));
                }
            });
        }
        x += advance;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fonts() -> Arc<Fonts> {
        Fonts::system().expect("fonts-noto-cjk is installed by tests/setup/need.sh build")
    }

    #[test]
    fn chinese_wraps_anywhere_and_latin_at_blanks() {
        let fonts = fonts();
        let lines = wrap(fonts.face(false), 20.0, 100.0, "橡木衣柜推拉门 oak wardrobe");
        assert!(lines.iter().all(|line| width_of(fonts.face(false), 20.0, line) <= 100.0), "{lines:?}");
        assert_eq!(lines[0], "橡木衣柜推");
        assert!(lines.iter().any(|line| line.contains("wardrobe")), "{lines:?}");
    }

    #[test]
    fn text_that_cannot_fit_ends_in_an_ellipsis_inside_its_box() {
        let fonts = fonts();
        let mut picture = Bitmap::new(120, 80);
        let place = TextBox { x: 10.0, y: 10.0, width: 60.0, height: 20.0, size: 24.0, bold: true, align: Align::Left };
        draw(&mut picture, &fonts, place, "很长很长很长很长很长很长的商品名称");
        let black = |x: i64, y: i64| picture.get(x, y);
        assert!((10..70).any(|x| (10..34).any(|y| black(x, y))));
        assert!((0..120).all(|x| (40..80).all(|y| !black(x, y))) && (80..120).all(|x| (0..80).all(|y| !black(x, y))));
    }
}
