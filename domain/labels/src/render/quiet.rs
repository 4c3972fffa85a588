//! Barcodes as they lie on the label: nothing may stand on them or in their quiet zones.

use super::{Drawing, Painter};
use crate::canvas::Turn;
use crate::finding::Finding;
use crate::rules::Symbology;
use crate::symbol::Level;

/// How many of the elements on a barcode are named.
const NAMED: usize = 5;

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
    /// Error correction, where the symbology has a choice.
    pub level: Level,
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
            level: Level::default(),
            turn: Turn::None,
            quiet: [0; 4],
            ink: 0,
        }
    }
}

impl Painter<'_> {
    /// Tells of barcodes that a scanner will not read because of what else is there, or of where they lie.
    pub(super) fn check_quiet_zones(&mut self) {
        let (width, height) = (i64::from(self.drawing.picture.width()), i64::from(self.drawing.picture.height()));
        let (mut told, mut covered) = (Vec::new(), Vec::new());
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
            } else if self.drawing.picture.count(symbol.quiet) > symbol.ink {
                covered.push((symbol, Vec::new()));
            }
        }
        self.who_else(&mut covered);
        for (symbol, others) in covered {
            let name = symbol.symbology.name();
            let mut numbers = others.iter().take(NAMED).map(usize::to_string).collect::<Vec<_>>().join(", ");
            if others.len() > NAMED {
                numbers.push('…');
            }
            told.push(
                Finding::error(
                    format!("第 {numbers} 个元素压在 {name} 或它的静区上，会读不出；请移开。"),
                    format!("Element {numbers} lies on {name} or its quiet zone, so that it cannot be read; move it away."),
                )
                .of(symbol.element, "x"),
            );
        }
        self.drawing.findings.extend(told);
    }

    /// Finds the elements with dots on barcodes or their quiet zones, counted from 1. Each element is drawn again, alone, at most once.
    fn who_else(&self, covered: &mut [(&Symbol, Vec<usize>)]) {
        for placed in &self.drawing.placed {
            let touched = |symbol: &Symbol| {
                let [x, y, wide, high] = symbol.quiet;
                placed.element != symbol.element
                    && placed.x < x + wide
                    && x < placed.x + placed.width
                    && placed.y < y + high
                    && y < placed.y + placed.height
            };
            let mut asking: Vec<_> = covered.iter_mut().filter(|(symbol, others)| others.len() <= NAMED && touched(symbol)).collect();
            if asking.is_empty() {
                continue;
            }
            let (width, height) = (self.drawing.picture.width(), self.drawing.picture.height());
            let mut alone = Painter { drawing: Drawing::blank(width, height), ..*self };
            alone.element(placed.element, &self.template.elements[placed.element]);
            for (symbol, others) in &mut asking {
                if alone.drawing.picture.count(symbol.quiet) > 0 {
                    others.push(placed.element + 1);
                }
            }
        }
    }
}
