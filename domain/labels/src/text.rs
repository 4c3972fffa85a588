//! Text on labels: Chinese and Latin from one font, wrapped at the box's width and made smaller until it fits.
//!
//! The font is the system's (Debian package `fonts-noto-cjk`); nothing is shipped. Letters are drawn with their edges cut at half
//! coverage, which at 203 dpi keeps Chinese strokes apart down to about 2.5 mm.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ab_glyph::{Font, FontVec, GlyphId, PxScale};

use super::canvas::{Bitmap, Turn};
use super::font_files::{self, FontFile};
use super::template::{Align, VAlign};

/// Smallest letters that text is shrunk to, in dots: below that Chinese strokes run together.
pub(crate) const SMALLEST: f32 = 16.0;

/// By how much a box may be too small, in dots: less than is seen.
const SPARE: f32 = 0.5;

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
    cache: Mutex<Cache>,
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
        let regular = read(font_files::regular()?)?;
        let bold = font_files::bold().map(read).transpose()?;
        let fonts = Arc::new(Self { regular, bold, cache: Mutex::default() });
        *loaded = Some(fonts.clone());
        Ok(fonts)
    }

    fn face(&self, bold: bool) -> &FontVec {
        self.bold.as_ref().filter(|_| bold).unwrap_or(&self.regular)
    }
}

fn read((path, face): FontFile) -> Result<FontVec, TextError> {
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
    /// Least height of letters; 0 for what can just be read.
    pub smallest: f32,
    /// Where lines stand.
    pub align: Align,
    /// Where the lines stand together.
    pub valign: VAlign,
}

/// How text came out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fitted {
    /// Height of the letters, dots.
    pub size: f32,
    /// Whether something had to be left out.
    pub cut: bool,
    /// A character that the font has not, and that is printed as an empty box.
    pub missing: Option<char>,
}

/// Draws text into its box. What does not fit even at the smallest size is cut with `…`; a tab is a blank, and other control characters are
/// left away.
pub fn draw(picture: &mut Bitmap, fonts: &Fonts, place: TextBox, text: &str) -> Fitted {
    let face = Face { fonts, bold: place.bold };
    let written = |c: char| if c == '\t' { Some(' ') } else { Some(c).filter(|c| *c == '\n' || !c.is_control()) };
    let text: String = text.chars().filter_map(written).collect();
    let least = place.smallest.max(SMALLEST);
    let fits = |size: f32, lines: &[String]| {
        lines.len() as f32 * line_height(size) <= place.height + SPARE
            && lines.iter().all(|line| face.width(size, line) <= place.width + SPARE)
    };
    let mut size = half(place.size.max(least));
    let mut lines = wrap(face, size, place.width, &text);
    while size > least && !fits(size, &lines) {
        size = half(size * 0.94).max(least);
        lines = wrap(face, size, place.width, &text);
    }
    let cut = !fits(size, &lines);
    let room = (((place.height + SPARE) / line_height(size)).floor() as usize).max(1);
    shorten(face, size, place.width, &mut lines, room);
    let free = (place.height - lines.len() as f32 * line_height(size)).max(0.0);
    let top = place.y
        + match place.valign {
            VAlign::Top => 0.0,
            VAlign::Middle => free / 2.0,
            VAlign::Bottom => free,
        };
    for (row, line) in lines.iter().enumerate() {
        let free = place.width - face.width(size, line);
        let left = place.x
            + match place.align {
                Align::Left => 0.0,
                Align::Center => free / 2.0,
                Align::Right => free,
            };
        face.draw_line(picture, size, left.max(place.x), top + row as f32 * line_height(size), line);
    }
    let missing = text.chars().find(|c| !c.is_whitespace() && face.letter(*c).0.0 == 0);
    Fitted { size, cut, missing }
}

/// Sizes go by half dots, so that letters drawn once serve again.
fn half(size: f32) -> f32 {
    (size * 2.0).round() / 2.0
}

fn line_height(size: f32) -> f32 {
    size * 1.16
}

/// A letter as dots, with its place relative to the pen on the baseline.
struct Letter {
    left: i64,
    top: i64,
    dots: Bitmap,
}

/// Letters drawn before, by weight, glyph and half dots of size, and what each character is in the font.
#[derive(Default)]
struct Cache {
    letters: HashMap<(bool, GlyphId, u32), Arc<Letter>>,
    characters: HashMap<(bool, char), (GlyphId, f32)>,
}

/// Letters kept; a chain's labels use some hundred characters in a few sizes.
const KEPT: usize = 8_192;
/// Larger letters, in dots, are drawn each time: they are few, and would fill the memory.
const LARGEST_KEPT: f32 = 160.0;

/// One weight of the fonts.
#[derive(Clone, Copy)]
struct Face<'a> {
    fonts: &'a Fonts,
    bold: bool,
}

impl Face<'_> {
    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.fonts.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A character's glyph, and how far it moves the pen in letters of one dot.
    fn letter(&self, c: char) -> (GlyphId, f32) {
        let mut cache = self.cache();
        if cache.characters.len() > KEPT {
            cache.characters.clear();
        }
        *cache.characters.entry((self.bold, c)).or_insert_with(|| {
            let font = self.fonts.face(self.bold);
            let id = font.glyph_id(c);
            (id, font.h_advance_unscaled(id) / font.units_per_em().unwrap_or(1000.0))
        })
    }

    fn advance(&self, size: f32, c: char) -> f32 {
        self.letter(c).1 * size
    }

    fn width(&self, size: f32, text: &str) -> f32 {
        text.chars().map(|c| self.advance(size, c)).sum()
    }

    fn drawn(&self, size: f32, id: GlyphId) -> Arc<Letter> {
        let key = (self.bold, id, (size * 2.0) as u32);
        if let Some(letter) = self.cache().letters.get(&key) {
            return letter.clone();
        }
        let font = self.fonts.face(self.bold);
        // The em square of CJK fonts fills the line, so the scale is set by the em, not by ascent and descent.
        let scale = PxScale::from(size * font.height_unscaled() / font.units_per_em().unwrap_or(1000.0));
        let letter = font.outline_glyph(id.with_scale_and_position(scale, ab_glyph::point(0.0, 0.0))).map_or_else(
            || Letter { left: 0, top: 0, dots: Bitmap::new(0, 0) },
            |outline| {
                let bounds = outline.px_bounds();
                let mut dots = Bitmap::new(bounds.width().ceil() as u32, bounds.height().ceil() as u32);
                outline.draw(|x, y, coverage| {
                    if coverage >= 0.5 {
                        dots.set(x.into(), y.into());
                    }
                });
                Letter { left: bounds.min.x as i64, top: bounds.min.y as i64, dots }
            },
        );
        let letter = Arc::new(letter);
        if size > LARGEST_KEPT {
            return letter;
        }
        let mut cache = self.cache();
        if cache.letters.len() > KEPT {
            cache.letters.clear();
        }
        cache.letters.insert(key, letter.clone());
        letter
    }

    fn draw_line(&self, picture: &mut Bitmap, size: f32, left: f32, top: f32, line: &str) {
        // The em box sits on the line; what the font reserves above and below it is not needed on a label.
        let baseline = (top + size * 0.88).round() as i64;
        let mut x = left;
        for c in line.chars() {
            let (id, advance) = self.letter(c);
            let letter = self.drawn(size, id);
            // Whole dots: strokes of the same letter come out alike wherever it stands.
            picture.stamp(&letter.dots, x.round() as i64 + letter.left, baseline + letter.top, Turn::None);
            x += advance * size;
        }
    }
}

/// Breaks text at its line feeds, between Chinese characters anywhere, in Latin at blanks where possible.
fn wrap(face: Face<'_>, size: f32, width: f32, text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let (mut line, mut long) = (String::new(), 0.0);
        for word in words(paragraph) {
            if !line.is_empty() && long + face.width(size, word.trim_end()) > width {
                lines.push(line.trim_end().to_owned());
                (line, long) = (String::new(), 0.0);
            }
            for c in word.chars() {
                let advance = face.advance(size, c);
                // A single word wider than the box is broken where it must be.
                if !line.is_empty() && c != ' ' && long + advance > width {
                    lines.push(line.trim_end().to_owned());
                    (line, long) = (String::new(), 0.0);
                }
                line.push(c);
                long += advance;
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Pieces that lines may be broken between: each wide character, each Latin word with the blank behind it. Closing punctuation stays with
/// what it closes and opening punctuation with what it opens, as Chinese typesetting asks (GB/T 15834).
fn words(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut previous: Option<char> = None;
    for (at, c) in text.char_indices() {
        let apart = previous.is_some_and(|previous| (previous == ' ' || is_wide(previous) || is_wide(c)) && !opens(previous) && !closes(c));
        if apart {
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

const fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

const fn opens(c: char) -> bool {
    matches!(c, '(' | '[' | '{' | '（' | '《' | '〈' | '「' | '『' | '【' | '〔' | '“' | '‘' | '￥' | '¥')
}

const fn closes(c: char) -> bool {
    let latin = matches!(c, ',' | '.' | ';' | ':' | '!' | '?' | ')' | ']' | '}' | '%');
    let chinese =
        matches!(c, '，' | '。' | '、' | '；' | '：' | '？' | '！' | '）' | '》' | '〉' | '」' | '』' | '】' | '〕' | '”' | '’' | '％');
    latin || chinese || matches!(c, '℃' | '…' | '·')
}

/// Leaves as many lines as there is room for.
fn shorten(face: Face<'_>, size: f32, width: f32, lines: &mut Vec<String>, room: usize) {
    if lines.len() <= room {
        return;
    }
    lines.truncate(room);
    if let Some(last) = lines.last_mut() {
        while !last.is_empty() && face.width(size, last) + face.width(size, "…") > width {
            last.pop();
        }
        last.push('…');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fonts() -> Arc<Fonts> {
        Fonts::system().expect("fonts-noto-cjk is installed by tests/setup/need.sh build")
    }

    const PLACE: TextBox = TextBox {
        x: 10.0,
        y: 10.0,
        width: 60.0,
        height: 20.0,
        size: 24.0,
        bold: true,
        smallest: 0.0,
        align: Align::Left,
        valign: VAlign::Top,
    };

    #[test]
    fn chinese_wraps_anywhere_and_latin_at_blanks() {
        let fonts = fonts();
        let face = Face { fonts: &fonts, bold: false };
        let lines = wrap(face, 20.0, 100.0, "橡木衣柜推拉门 oak wardrobe");
        assert!(lines.iter().all(|line| face.width(20.0, line) <= 100.0), "{lines:?}");
        assert_eq!(lines[0], "橡木衣柜推");
        assert!(lines.iter().any(|line| line.contains("wardrobe")), "{lines:?}");
    }

    #[test]
    fn punctuation_stays_with_its_word() {
        let fonts = fonts();
        let lines = wrap(Face { fonts: &fonts, bold: false }, 20.0, 81.0, "橡木衣柜，推拉（左）");
        assert_eq!(lines, ["橡木衣", "柜，推拉", "（左）"]);
        let lines = wrap(Face { fonts: &fonts, bold: false }, 20.0, 81.0, "橡木衣柜(左)高2米,白色");
        assert!(lines.iter().all(|line| !line.starts_with([')', ',']) && !line.ends_with('(')), "{lines:?}");
    }

    #[test]
    fn text_that_cannot_fit_ends_in_an_ellipsis_inside_its_box() {
        let fonts = fonts();
        let mut picture = Bitmap::new(120, 80);
        let fitted = draw(&mut picture, &fonts, PLACE, "很长很长很长很长很长很长的商品名称");
        assert!(fitted.cut && fitted.size <= SMALLEST);
        let black = |x: i64, y: i64| picture.get(x, y);
        assert!((10..70).any(|x| (10..34).any(|y| black(x, y))));
        assert!((0..120).all(|x| (40..80).all(|y| !black(x, y))) && (80..120).all(|x| (0..80).all(|y| !black(x, y))));
    }

    #[test]
    fn text_stands_at_the_bottom_when_asked_and_strange_characters_are_named() {
        let fonts = fonts();
        let mut picture = Bitmap::new(120, 120);
        let place = TextBox { height: 100.0, valign: VAlign::Bottom, ..PLACE };
        let fitted = draw(&mut picture, &fonts, place, "柜\u{10ffff}");
        assert!((0..120).all(|x| (0..60).all(|y| !picture.get(x, y))));
        assert_eq!((fitted.cut, fitted.missing), (false, Some('\u{10ffff}')));
    }

    #[test]
    fn letters_that_are_too_large_for_their_box_are_told() {
        let fonts = fonts();
        let fitted = |width: f32, height: f32| draw(&mut Bitmap::new(200, 200), &fonts, TextBox { width, height, ..PLACE }, "柜");
        assert!(!fitted(20.0, 19.0).cut);
        assert!(fitted(20.0, 12.0).cut, "a line of 16 dots does not stand in 12");
        assert!(fitted(12.0, 20.0).cut, "nor beside each other");
        assert_eq!((fitted(17.0, 60.0).size, fitted(17.0, 60.0).cut), (17.5, false), "made smaller until it is as narrow as its box");
    }

    #[test]
    fn a_tab_is_a_blank_and_other_control_characters_are_left_away() {
        let fonts = fonts();
        let drawn = |text: &str| {
            let mut picture = Bitmap::new(300, 60);
            let fitted = draw(&mut picture, &fonts, TextBox { width: 280.0, height: 40.0, ..PLACE }, text);
            (picture, fitted)
        };
        assert_eq!(drawn("a\tb\u{7}\r\u{1d}c"), drawn("a bc"));
    }
}
