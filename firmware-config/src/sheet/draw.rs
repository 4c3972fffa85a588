//! Sheets as dots: pages of A4, or one label for each code.

use qitao_labels::Bitmap;
use qitao_labels::rules::{self, Symbology};
use qitao_labels::symbol::Modules;
use qitao_labels::template::{Align, VAlign};
use qitao_labels::text::{self, Fonts, TextBox};

use super::{Code, Sheet, SheetError};

/// Dots per inch of a page.
pub(super) const PAGE_DPI: u16 = 300;
/// A4, millimetres.
pub(super) const PAGE: (f32, f32) = (210.0, 297.0);
const MARGIN: f32 = 10.0;
/// The widest bar that helps.
const WIDEST: f32 = 0.5;

/// Where things are measured in millimetres and drawn in dots.
struct Paper<'a> {
    picture: Bitmap,
    dpi: u16,
    fonts: &'a Fonts,
}

#[derive(Clone, Copy)]
struct Area {
    x: f32,
    y: f32,
    width: f32,
    height: f32,
}

impl Paper<'_> {
    fn dots(&self, millimetres: f32) -> f32 {
        millimetres * f32::from(self.dpi) / 25.4
    }

    fn write(&mut self, area: Area, size: f32, bold: bool, align: Align, words: &str) {
        let place = TextBox {
            x: self.dots(area.x),
            y: self.dots(area.y),
            width: self.dots(area.width),
            height: self.dots(area.height),
            size: self.dots(size),
            bold,
            smallest: 0.0,
            align,
            valign: VAlign::Top,
        };
        text::draw(&mut self.picture, self.fonts, place, words);
    }

    /// Bars as wide as whole dots allow, at the left of the area with their quiet zone.
    fn bars(&mut self, area: Area, code: &Code) -> Result<(), SheetError> {
        let bars = code.bars()?;
        let module = module(&bars, area.width, self.dpi, code)?;
        let left = self.dots(area.x).round() as i64 + i64::from(bars.quiet_left * module);
        let (top, height) = (self.dots(area.y).round() as i64, self.dots(area.height).round() as i64);
        for (at, _) in bars.dark.iter().enumerate().filter(|(_, dark)| **dark) {
            self.picture.fill(left + at as i64 * i64::from(module), top, i64::from(module), height);
        }
        Ok(())
    }
}

/// Dots of the narrowest bar, as many as fit and help.
fn module(bars: &Modules, width: f32, dpi: u16, code: &Code) -> Result<u32, SheetError> {
    let per_mm = f32::from(dpi) / 25.4;
    let least = rules::whole_dots(rules::least_readable(Symbology::Code128), dpi);
    let fits = (width * per_mm) as u32 / bars.across();
    if fits < least {
        return Err(SheetError::WiderPaper { code: code.command.clone(), needed: (bars.across() * least) as f32 / per_mm, has: width });
    }
    Ok(fits.min(((WIDEST * per_mm) as u32).max(least)))
}

/// The sheet as pages of A4 at 300 dpi.
///
/// # Errors
/// [`SheetError`].
pub fn pages(sheet: &Sheet, fonts: &Fonts) -> Result<Vec<Bitmap>, SheetError> {
    let across = PAGE.0 - 2.0 * MARGIN;
    let half = (across - 6.0) / 2.0;
    let narrow = |code: &Code| code.bars().is_ok_and(|bars| module(&bars, half, PAGE_DPI, code).is_ok());
    let columns = if sheet.codes.iter().all(narrow) { 2 } else { 1 };
    let width = if columns == 2 { half } else { across };
    let (head, cell) = (34.0, 27.0);
    let rows = ((PAGE.1 - 2.0 * MARGIN - head) / cell) as usize;
    let codes: Vec<&[Code]> = if sheet.codes.is_empty() { vec![&[]] } else { sheet.codes.chunks(rows * columns).collect() };
    let mut drawn = Vec::new();
    let (mut number, total) = (0, codes.len() + usize::from(!sheet.by_hand.is_empty() && !sheet.codes.is_empty()));
    for chunk in codes {
        let mut paper = page(sheet, fonts, drawn.len() + 1, total);
        for (at, code) in chunk.iter().enumerate() {
            number += 1;
            // Down the first column, then the second: the order of the numbers is the order of the hand.
            let (column, row) = (at / rows, at % rows);
            let (x, y) = (MARGIN + column as f32 * (width + 6.0), MARGIN + head + row as f32 * cell);
            let line = |y: f32, height: f32| Area { x, y, width, height };
            paper.write(line(y, 4.6), 3.8, true, Align::Left, &format!("{number}. {}", code.zh));
            paper.write(line(y + 4.8, 3.6), 2.8, false, Align::Left, &format!("{}    {}", code.en, code.command));
            paper.bars(line(y + 9.0, 13.0), code)?;
        }
        drawn.push(paper.picture);
    }
    if !sheet.by_hand.is_empty() {
        let mut paper = match (sheet.codes.is_empty(), drawn.pop()) {
            (true, Some(picture)) => Paper { picture, dpi: PAGE_DPI, fonts },
            (_, last) => {
                drawn.extend(last);
                page(sheet, fonts, total, total)
            }
        };
        let area = |y: f32, height: f32| Area { x: MARGIN, y, width: across, height };
        let note = if sheet.codes.is_empty() {
            "厂家未公开这类设备的设置条码格式。请按下列参数在说明书中找到对应条码扫描。\nThe maker does not publish how its programming codes are made: scan the codes of the manual for these parameters."
        } else {
            "以下设置无法用条码完成 These cannot be set by code"
        };
        paper.write(area(MARGIN + head, 14.0), 3.8, true, Align::Left, note);
        for (row, line) in sheet.by_hand.iter().enumerate() {
            paper.write(area(MARGIN + head + 16.0 + row as f32 * 7.0, 6.0), 3.2, false, Align::Left, line);
        }
        drawn.push(paper.picture);
    }
    Ok(drawn)
}

fn page<'a>(sheet: &Sheet, fonts: &'a Fonts, number: usize, total: usize) -> Paper<'a> {
    let dots = |millimetres: f32| (millimetres * f32::from(PAGE_DPI) / 25.4).round() as u32;
    let mut paper = Paper { picture: Bitmap::new(dots(PAGE.0), dots(PAGE.1)), dpi: PAGE_DPI, fonts };
    let across = PAGE.0 - 2.0 * MARGIN;
    let area = |y: f32, height: f32| Area { x: MARGIN, y, width: across, height };
    paper.write(area(MARGIN, 8.0), 6.0, true, Align::Left, &format!("扫码枪设置 {}", sheet.profile));
    paper.write(area(MARGIN + 9.0, 5.0), 3.8, false, Align::Left, &format!("{} · {number}/{total}", sheet.family));
    if !sheet.codes.is_empty() {
        let how = "按编号顺序逐个扫描，每次听到提示音后再扫下一个。请盖住旁边的条码，以免误扫。\nScan the codes in the order of their numbers, each after the sound of the one before; cover its neighbours.";
        paper.write(area(MARGIN + 15.0, 13.0), 3.4, false, Align::Left, how);
    }
    let line = paper.dots(0.3).max(1.0) as i64;
    let (left, top, width) = (paper.dots(MARGIN) as i64, paper.dots(MARGIN + 30.0) as i64, paper.dots(across) as i64);
    paper.picture.fill(left, top, width, line);
    paper
}

/// One code as a label of so many millimetres.
///
/// # Errors
/// [`SheetError::WiderPaper`] when it does not fit with bars that scanners read.
pub fn label(code: &Code, number: usize, (width, height): (f32, f32), dpi: u16, fonts: &Fonts) -> Result<Bitmap, SheetError> {
    let dots = |millimetres: f32| (millimetres * f32::from(dpi) / 25.4).round() as u32;
    let mut paper = Paper { picture: Bitmap::new(dots(width), dots(height)), dpi, fonts };
    let area = |y: f32, height: f32| Area { x: 1.0, y, width: width - 2.0, height };
    paper.write(area(1.5, height * 0.2), 4.2, true, Align::Left, &format!("{number}. {}", code.zh));
    paper.write(area(1.5 + height * 0.2, height * 0.12), 2.8, false, Align::Left, &code.en);
    paper.bars(area(height * 0.4, height * 0.42), code)?;
    paper.write(area(height * 0.86, height * 0.11), 2.8, false, Align::Left, &code.command);
    Ok(paper.picture)
}
