//! From template and data to dots, and what is wrong with them on the way: nothing goes to a printer that a scanner will not read.

mod quiet;
mod shapes;

use crate::canvas::{Bitmap, Turn};
use crate::code::{self, Wanted};
use crate::expression::Text;
use crate::finding::{self, Finding, short};
use crate::picture;
use crate::preview::{Placed, PlacedCode};
use crate::template::{Align, Element, Fields, Template, TemplateError, VAlign, What};
use crate::text::{self, Fonts, TextBox};

pub use quiet::Symbol;

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

/// How far an element goes beyond its label unnoticed, millimetres.
const BEYOND: f32 = 0.3;
/// How far an element may go beyond its label, millimetres: nothing is drawn that is never seen, however large somebody says that it is.
const FAR: f32 = 20.0;

/// Most characters of one text; far more than can be read on a label.
const MOST_LETTERS: usize = 2_000;

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

impl Drawing {
    fn blank(width: u32, height: u32) -> Self {
        Self { picture: Bitmap::new(width, height), findings: Vec::new(), placed: Vec::new(), symbols: Vec::new() }
    }
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
    let mut drawing = Drawing::blank(1, 1);
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
        let over =
            [("width", element.x + element.width - self.template.width), ("height", element.y + element.height - self.template.height)];
        for (key, beyond) in over.into_iter().filter(|(_, beyond)| *beyond > BEYOND) {
            let told = if beyond > FAR {
                Finding::error(
                    format!("超出标签 {beyond:.1} mm，最多可超出 {FAR} mm；请移动或缩小。"),
                    format!("It goes {beyond:.1} mm beyond the label, and {FAR} mm is the most; move it or make it smaller."),
                )
            } else {
                Finding::warning(
                    format!("超出标签 {beyond:.1} mm，超出的部分不会打印；请移动或缩小。"),
                    format!("It goes {beyond:.1} mm beyond the label, and that part is not printed; move it or make it smaller."),
                )
            };
            self.tell(told.of(number, key));
        }
        if over.iter().any(|(_, beyond)| *beyond > FAR) {
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
            symbol.ink = layer.count(symbol.quiet);
            let on_label = |rectangle| {
                let [x, y, wide, high] = turn.rectangle(rectangle, across as u32, down as u32);
                [x + left, y + top, wide, high]
            };
            symbol.quiet = on_label(symbol.quiet);
            [symbol.x, symbol.y, symbol.width, symbol.height] = on_label([symbol.x, symbol.y, symbol.width, symbol.height]);
            symbol.turn = turn;
            self.drawing.symbols.push(symbol);
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
                shapes::frame(layer, line);
            }
            What::Line { line, rising, dash } => {
                let (line, dash) = (self.dots(*line).max(1), self.dots(*dash));
                shapes::diagonal(layer, line, *rising, dash);
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
            let text = short(text);
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
            level: wanted.level,
            turn: Turn::None,
            quiet: laid.quiet,
            ink: 0,
        })
    }
}

impl Template {
    /// The material this template is made for, with the printer's own darkness and speed.
    #[must_use]
    pub const fn media(&self) -> Media {
        Media { width: self.width, height: self.height, gap: self.gap, darkness: None, inches_per_second: None }
    }
}
