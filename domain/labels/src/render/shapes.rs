//! Lines, frames and tables.

use super::{Painter, READABLE};
use crate::canvas::Bitmap;
use crate::finding::Finding;
use crate::template::{Column, VAlign};
use crate::text::{SMALLEST, TextBox};

impl Painter<'_> {
    pub(super) fn table(&mut self, number: usize, layer: &mut Bitmap, rows: &str, columns: &[Column], size: f32, line: f32) {
        let line = if line > 0.0 { self.dots(line).max(1) } else { 0 };
        let letters = (size * self.scale).max(SMALLEST);
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
}

pub(super) fn frame(layer: &mut Bitmap, line: i64) {
    let (width, height) = (i64::from(layer.width()), i64::from(layer.height()));
    layer.fill(0, 0, width, line);
    layer.fill(0, height - line, width, line);
    layer.fill(0, 0, line, height);
    layer.fill(width - line, 0, line, height);
}

pub(super) fn diagonal(layer: &mut Bitmap, line: i64, rising: bool, dash: i64) {
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
