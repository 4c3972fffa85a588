//! From template and data to dots, and what is wrong with them on the way: nothing goes to a printer that a scanner will not read.

use crate::canvas::{Bitmap, Turn};
use crate::code::{self, Wanted};
use crate::expression::Text;
use crate::finding::{self, Finding};
use crate::picture;
use crate::preview::{Placed, PlacedCode};
use crate::template::{Align, Column, Element, Fields, Symbology, Template, TemplateError, VAlign, What};
use crate::text::{self, Fonts, TextBox};

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
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// The template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// What must be put right in the template, the data or the installation.
    #[error("{}", finding::lines(.0))]
    Fix(Vec<Finding>),
}

/// Letters that people still read, millimetres; text is not made smaller than this to fit.
const READABLE: f32 = 1.5;

/// Most dots of a label: 300 × 600 mm at 600 dpi.
const MOST_DOTS: i64 = 102_000_000;

/// Most characters of one text; far more than can be read on a label.
const MOST_LETTERS: usize = 2_000;

/// A barcode on a label, as dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Which element, counted from 0.
    pub element: usize,
    /// Which symbology.
    pub symbology: Symbology,
    /// What it says, brackets of GS1 included.
    pub text: String,
    /// Left edge of the first module, dots from the left of the label.
    pub x: i64,
    /// Upper edge of the bars.
    pub y: i64,
    /// Dots across, on the label.
    pub width: i64,
    /// Dots down, on the label.
    pub height: i64,
    /// Dots of a module.
    pub module: u32,
    /// Modules across and down (1 for a linear code) before it is turned.
    pub modules: (u32, u32),
    /// How it lies.
    pub turn: Turn,
    /// The symbol with its quiet zone on the label: left, top, width, height.
    pub(crate) quiet: [i64; 4],
    /// Black dots of its own within that.
    pub(crate) ink: u64,
}

#[cfg(test)]
impl Symbol {
    /// A symbol at the upper left of a label, for tests of what is said about it.
    pub(crate) fn upright(symbology: Symbology, text: &str, modules: (u32, u32), module: u32) -> Self {
        let height = if modules.1 == 1 { 60 } else { i64::from(modules.1 * module) };
        let width = i64::from(modules.0 * module);
        Self {
            element: 0,
            symbology,
            text: text.to_owned(),
            x: 0,
            y: 0,
            width,
            height,
            module,
            modules,
            turn: Turn::None,
            quiet: [0; 4],
            ink: 0,
        }
    }
}

/// A drawn label.
#[derive(Debug, Clone)]
pub struct Drawing {
    /// The dots.
    pub picture: Bitmap,
    /// What is wrong; with an error in it the picture is not to be printed.
    pub findings: Vec<Finding>,
    /// Where each element landed.
    pub placed: Vec<Placed>,
    /// The barcodes.
    pub symbols: Vec<Symbol>,
}

/// Draws a label at so many dots per inch.
///
/// # Errors
/// [`LabelError`] names the element, what is wrong and what to do.
pub fn render(template: &Template, fields: &Fields, dpi: u16) -> Result<Bitmap, LabelError> {
    checked(template, fields, dpi).map(|drawing| drawing.picture)
}

/// Draws a label that may be printed.
pub(crate) fn checked(template: &Template, fields: &Fields, dpi: u16) -> Result<Drawing, LabelError> {
    let drawing = draw(template, fields, dpi);
    let wrong: Vec<Finding> = drawing.findings.iter().filter(|finding| finding.is_error()).cloned().collect();
    if wrong.is_empty() { Ok(drawing) } else { Err(LabelError::Fix(wrong)) }
}

/// Draws what can be drawn and tells everything that is wrong.
#[must_use]
pub fn draw(template: &Template, fields: &Fields, dpi: u16) -> Drawing {
    let mut drawing = Drawing { picture: Bitmap::new(1, 1), findings: Vec::new(), placed: Vec::new(), symbols: Vec::new() };
    if !(100..=1200).contains(&dpi) {
        drawing.findings.push(Finding::error(
            format!("分辨率 {dpi} dpi 不可能；打印机有 152 到 600 dpi。"),
            format!("{dpi} dpi: printers have 152 to 600."),
        ));
        return drawing;
    }
    if !(5.0..=300.0).contains(&template.width) || !(5.0..=600.0).contains(&template.height) {
        let size = format!("{} × {} mm", template.width, template.height);
        drawing.findings.push(Finding::error(
            format!("{size}：标签宽 5 到 300 mm，长 5 到 600 mm。"),
            format!("{size}: labels are 5 to 300 mm wide and 5 to 600 mm long."),
        ));
        return drawing;
    }
    let scale = f32::from(dpi) / 25.4;
    let dots = |mm: f32| (mm * scale).round() as i64;
    if dots(template.width) * dots(template.height) > MOST_DOTS {
        drawing.findings.push(Finding::error(
            format!("{} × {} mm 在 {dpi} dpi 下点数太多；请改小标签或分辨率。", template.width, template.height),
            format!("{} × {} mm at {dpi} dpi are too many dots; take a smaller label or resolution.", template.width, template.height),
        ));
        return drawing;
    }
    drawing.picture = Bitmap::new(dots(template.width) as u32, dots(template.height) as u32);
    let mut painter = Painter { template, fields, dpi, scale, drawing };
    for (number, element) in template.elements.iter().enumerate() {
        painter.element(number, element);
    }
    painter.check_quiet_zones();
    let mut drawing = painter.drawing;
    for finding in &mut drawing.findings {
        finding.at = finding.at.or_else(|| template.position(finding.element, finding.key.as_deref()));
    }
    drawing
}

struct Painter<'a> {
    template: &'a Template,
    fields: &'a Fields,
    dpi: u16,
    /// Dots per millimetre.
    scale: f32,
    drawing: Drawing,
}

impl Painter<'_> {
    fn dots(&self, mm: f32) -> i64 {
        (mm * self.scale).round() as i64
    }

    fn tell(&mut self, finding: Finding) {
        self.drawing.findings.push(finding);
    }

    /// A text with its data; `None` when that cannot be had, which has been told.
    fn filled(&mut self, number: usize, key: &str, text: &str) -> Option<String> {
        let filled = match Text::read(text) {
            Ok(text) => text.fill(self.fields).map_err(|unfilled| unfilled.finding()),
            Err(unreadable) => Err(unreadable.finding()),
        };
        filled.map_err(|finding| self.tell(finding.of(number, key))).ok()
    }

    /// A barcode with a hole where a field should be would be read as something else.
    fn tell_empty(&mut self, number: usize, text: &str) {
        let Ok(text) = Text::read(text) else { return };
        let empty = |field: &str| self.fields.get(field).is_some_and(|value| value.trim().is_empty());
        if let Some((field, _)) = text.fields().into_iter().find(|(field, required)| *required && empty(field)) {
            let told = Finding::error(
                format!("字段“{field}”是空的，条码会缺内容；请填写它，或把它放进 “[ ]”。"),
                format!("Field {field:?} is empty, and the barcode would lack it; fill it in, or put it in '[ ]'."),
            );
            self.tell(told.of(number, "text"));
        }
    }

    fn element(&mut self, number: usize, element: &Element) {
        if let Some(when) = &element.when
            && self.filled(number, "when", when).is_none_or(|text| text.is_empty())
        {
            return;
        }
        let (left, top) = (self.dots(element.x), self.dots(element.y));
        // Lines and bars are seen however thin they are.
        let (width, height) = (self.dots(element.width).max(1), self.dots(element.height).max(1));
        let turn = element.turn();
        let (across, down) = if turn.is_across() { (height, width) } else { (width, height) };
        let mut layer = Bitmap::new(across as u32, down as u32);
        let mut placed = Placed { element: number, x: left, y: top, width, height, barcode: None, letters_mm: None };
        let symbol = self.paint(number, element, &mut layer, &mut placed);
        if let Some(mut symbol) = symbol {
            let [x, y, wide, high] = symbol.quiet;
            symbol.ink = layer.count(x, y, wide, high);
            let on_label = |rectangle| {
                let [x, y, wide, high] = turn.rectangle(rectangle, across as u32, down as u32);
                [x + left, y + top, wide, high]
            };
            symbol.quiet = on_label(symbol.quiet);
            [symbol.x, symbol.y, symbol.width, symbol.height] = on_label([symbol.x, symbol.y, symbol.width, symbol.height]);
            symbol.turn = turn;
            self.drawing.symbols.push(symbol);
        }
        let beyond = (element.x + element.width - self.template.width).max(element.y + element.height - self.template.height);
        if beyond > 0.3 {
            self.tell(
                Finding::warning(
                    format!("超出标签 {beyond:.1} mm，超出的部分不会打印；请移动或缩小。"),
                    format!("It goes {beyond:.1} mm beyond the label, and that part is not printed; move it or make it smaller."),
                )
                .of(number, "width"),
            );
        }
        self.drawing.picture.stamp(&layer, left, top, turn);
        self.drawing.placed.push(placed);
    }

    fn paint(&mut self, number: usize, element: &Element, layer: &mut Bitmap, placed: &mut Placed) -> Option<Symbol> {
        let (across, down) = (i64::from(layer.width()), i64::from(layer.height()));
        match &element.what {
            What::Text { text, size, smallest, bold, inverse, align, valign } => {
                let text = self.filled(number, "text", text)?;
                let place = TextBox {
                    x: 0.0,
                    y: 0.0,
                    width: across as f32,
                    height: down as f32,
                    size: size * self.scale,
                    bold: *bold,
                    smallest: smallest.max(READABLE) * self.scale,
                    align: *align,
                    valign: *valign,
                };
                placed.letters_mm = self.write(number, "text", layer, place, &text);
                if *inverse {
                    layer.invert();
                }
            }
            What::Barcode { symbology, text, purpose, module, human, level } => {
                self.tell_empty(number, text);
                let text = self.filled(number, "text", text)?;
                // A code that says nothing is left out: its text stands in brackets that disappeared.
                if text.is_empty() {
                    return None;
                }
                return self.barcode(
                    number,
                    Wanted { symbology: *symbology, text: &text, purpose: *purpose, module: *module, human: *human, level: *level },
                    layer,
                    placed,
                );
            }
            What::Bar => layer.fill(0, 0, across, down),
            What::Frame { line } => {
                let line = self.dots(*line).max(1);
                frame(layer, line);
            }
            What::Line { line, rising, dash } => {
                let (line, dash) = (self.dots(*line).max(1), self.dots(*dash));
                diagonal(layer, line, *rising, dash);
            }
            What::Image { png, dither } => {
                if let Err(finding) = picture::draw(layer, png, *dither) {
                    self.tell(finding.of(number, "png"));
                }
            }
            What::Table { rows, columns, size, line } => {
                let rows = self.filled(number, "rows", rows)?;
                self.table(number, layer, &rows, columns, *size, *line);
            }
        }
        None
    }

    /// Writes a text and tells what did not come out whole; answers with the height of the letters in millimetres.
    fn write(&mut self, number: usize, key: &str, layer: &mut Bitmap, place: TextBox, text: &str) -> Option<f32> {
        if text.trim().is_empty() {
            return None;
        }
        if text.chars().nth(MOST_LETTERS).is_some() {
            let told = Finding::error(
                format!("文字超过 {MOST_LETTERS} 个字符；请缩短。"),
                format!("The text has more than {MOST_LETTERS} characters; shorten it."),
            );
            self.tell(told.of(number, key));
            return None;
        }
        let fonts = match Fonts::system() {
            Ok(fonts) => fonts,
            Err(error) => {
                self.tell(Finding::error(format!("没有可用的中文字体：{error}。"), format!("No usable font: {error}.")).of(number, key));
                return None;
            }
        };
        let fitted = text::draw(layer, &fonts, place, text);
        if fitted.cut {
            self.tell(
                Finding::warning(
                    format!("“{text}”放不下，被截断；请加大元素或缩短文字。"),
                    format!("{text:?} does not fit and is cut; make the element larger or the text shorter."),
                )
                .of(number, key),
            );
        }
        if let Some(missing) = fitted.missing {
            self.tell(
                Finding::warning(
                    format!("字体里没有“{missing}”（U+{:04X}），会打印成空框；请换一个字。", u32::from(missing)),
                    format!("The font has no {missing:?} (U+{:04X}); an empty box is printed, write something else.", u32::from(missing)),
                )
                .of(number, key),
            );
        }
        Some(fitted.size / self.scale)
    }

    fn barcode(&mut self, number: usize, wanted: Wanted<'_>, layer: &mut Bitmap, placed: &mut Placed) -> Option<Symbol> {
        let (laid, findings) = code::lay(wanted, (layer.width(), layer.height()), self.dpi);
        for (key, finding) in findings {
            self.tell(finding.of(number, key));
        }
        let laid = laid?;
        laid.paint(layer);
        if laid.human > 0 {
            let place = TextBox {
                x: 0.0,
                y: (laid.strip_top) as f32,
                width: layer.width() as f32,
                height: laid.human as f32 * 1.45,
                size: laid.human as f32,
                bold: false,
                smallest: 0.0,
                align: Align::Center,
                valign: VAlign::Bottom,
            };
            self.write(number, "human", layer, place, wanted.text);
        }
        let mm = |dots: i64| dots as f32 / self.scale;
        placed.barcode = Some(PlacedCode {
            symbology: wanted.symbology,
            text: wanted.text.to_owned(),
            module_dots: laid.module,
            module_mm: mm(laid.module.into()),
            width_mm: mm(laid.symbol[2]),
            height_mm: mm(laid.symbol[3]),
        });
        let [x, y, width, height] = laid.symbol;
        Some(Symbol {
            element: number,
            symbology: wanted.symbology,
            text: wanted.text.to_owned(),
            x,
            y,
            width,
            height,
            module: laid.module,
            modules: (laid.modules.width, laid.modules.height),
            turn: Turn::None,
            quiet: laid.quiet,
            ink: 0,
        })
    }

    fn table(&mut self, number: usize, layer: &mut Bitmap, rows: &str, columns: &[Column], size: f32, line: f32) {
        let line = if line > 0.0 { self.dots(line).max(1) } else { 0 };
        let letters = size * self.scale;
        let pitch = (letters * 1.3).ceil() as i64 + line;
        let headed = columns.iter().any(|column| !column.title.is_empty());
        let titles: Vec<&str> = columns.iter().map(|column| column.title.as_str()).collect();
        let lines: Vec<Vec<&str>> = headed
            .then_some(titles)
            .into_iter()
            .chain(rows.lines().filter(|row| !row.trim().is_empty()).map(|row| row.split('\t').collect()))
            .collect();
        let room = ((i64::from(layer.height()) - line) / pitch.max(1)).max(0) as usize;
        if lines.len() > room {
            let (rows, room) = (lines.len() - usize::from(headed), room.saturating_sub(usize::from(headed)));
            self.tell(
                Finding::error(
                    format!("表格有 {rows} 行，只放得下 {room} 行；请加大元素、减小字高，或用更大的标签。"),
                    format!("The table has {rows} rows and room for {room}; make it larger, its letters smaller, or take a larger label."),
                )
                .of(number, "rows"),
            );
        }
        let width: f32 = columns.iter().map(|column| column.width).sum();
        let right = self.dots(width).min(i64::from(layer.width()));
        let gap = self.dots(1.0).max(line + 1);
        for (row, cells) in lines.iter().take(room).enumerate() {
            let top = row as i64 * pitch;
            let mut x = 0.0;
            for (column, cell) in columns.iter().zip(cells) {
                let left = self.dots(x) + gap;
                x += column.width;
                let place = TextBox {
                    x: left as f32,
                    y: (top + line) as f32,
                    width: (self.dots(x) - gap - left).max(1) as f32,
                    height: (pitch - line) as f32,
                    size: letters,
                    bold: headed && row == 0,
                    smallest: READABLE * self.scale,
                    align: column.align,
                    valign: VAlign::Middle,
                };
                self.write(number, "rows", layer, place, cell);
            }
            if line > 0 {
                layer.fill(0, top, right, line);
            }
        }
        if line > 0 && !lines.is_empty() {
            let bottom = lines.len().min(room) as i64 * pitch;
            layer.fill(0, bottom, right, line);
            let mut x = 0.0;
            for column in columns {
                layer.fill(self.dots(x), 0, line, bottom);
                x += column.width;
            }
            layer.fill(right - line, 0, line, bottom);
        }
    }

    /// Nothing but the symbol may be dark where the symbol and its quiet zone are.
    fn check_quiet_zones(&mut self) {
        let (width, height) = (i64::from(self.drawing.picture.width()), i64::from(self.drawing.picture.height()));
        let mut told = Vec::new();
        for symbol in &self.drawing.symbols {
            let [x, y, wide, high] = symbol.quiet;
            let name = symbol.symbology.name();
            if x < 0 || y < 0 || x + wide > width || y + high > height {
                let over = (x + wide - width).max(y + high - height).max(-x).max(-y) as f32 / self.scale;
                told.push(
                    Finding::error(
                        format!("{name} 连同静区超出标签 {over:.1} mm；请移动或缩小。"),
                        format!("{name} with its quiet zone goes {over:.1} mm beyond the label; move it or make it smaller."),
                    )
                    .of(symbol.element, "x"),
                );
            } else if self.drawing.picture.count(x, y, wide, high) > symbol.ink {
                let others = self.who_else(symbol).join(", ");
                told.push(
                    Finding::error(
                        format!("第 {others} 个元素压在 {name} 或它的静区上，会读不出；请移开。"),
                        format!("Element {others} lies on {name} or its quiet zone, so that it cannot be read; move it away."),
                    )
                    .of(symbol.element, "x"),
                );
            }
        }
        self.drawing.findings.extend(told);
    }

    /// The other elements with dots on a symbol or its quiet zone, counted from 1.
    fn who_else(&self, symbol: &Symbol) -> Vec<String> {
        let [x, y, wide, high] = symbol.quiet;
        let touches = |placed: &&Placed| {
            placed.element != symbol.element
                && placed.x < x + wide
                && x < placed.x + placed.width
                && placed.y < y + high
                && y < placed.y + placed.height
        };
        let others = self.drawing.placed.iter().filter(touches).filter(|placed| {
            // Each is drawn again, alone.
            let blank = Drawing {
                picture: Bitmap::new(self.drawing.picture.width(), self.drawing.picture.height()),
                findings: Vec::new(),
                placed: Vec::new(),
                symbols: Vec::new(),
            };
            let mut alone = Painter { drawing: blank, ..*self };
            alone.element(placed.element, &self.template.elements[placed.element]);
            alone.drawing.picture.count(x, y, wide, high) > 0
        });
        others.map(|placed| (placed.element + 1).to_string()).collect()
    }
}

fn frame(layer: &mut Bitmap, line: i64) {
    let (width, height) = (i64::from(layer.width()), i64::from(layer.height()));
    layer.fill(0, 0, width, line);
    layer.fill(0, height - line, width, line);
    layer.fill(0, 0, line, height);
    layer.fill(width - line, 0, line, height);
}

fn diagonal(layer: &mut Bitmap, line: i64, rising: bool, dash: i64) {
    let (width, height) = (i64::from(layer.width()) - line, i64::from(layer.height()) - line);
    let (width, height) = (width.max(0), height.max(0));
    let steps = width.max(height).max(1);
    let length = ((width * width + height * height) as f64).sqrt();
    for step in 0..=steps {
        let walked = length * step as f64 / steps as f64;
        if dash > 0 && (walked as i64 / dash) % 2 == 1 {
            continue;
        }
        let (x, y) = (width * step / steps, height * step / steps);
        layer.fill(x, if rising { height - y } else { y }, line, line);
    }
}

impl Template {
    /// The material this template is made for, with the printer's own darkness and speed.
    #[must_use]
    pub const fn media(&self) -> Media {
        Media { width: self.width, height: self.height, gap: self.gap, darkness: None, inches_per_second: None }
    }
}
