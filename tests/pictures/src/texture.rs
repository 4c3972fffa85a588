//! What lies around codes, and what looks like codes and is none.

use qitao_labels::Bitmap;
use qitao_labels::template::{Align, VAlign};
use qitao_labels::text::{Fonts, TextBox, draw};

use crate::plane::{Plane, hills};
use crate::random::Random;

const WORDS: [&str; 12] = [
    "橡木衣柜 1.8 米 三门 柜体",
    "FRAGILE · HANDLE WITH CARE · THIS SIDE UP",
    "仓库 A 区 04 排 2 层 收货 上架 拣货 复核",
    "Net weight 23.5 kg  Gross 25.1 kg",
    "合格证 检验员 07 生产日期 2026-05-12",
    "IIIIIIII llllllll ||||||||| HHHHH MMMMM",
    "联系电话 0571-5550123 地址 杭州市",
    "Made in China  Carton 2 of 5",
    "一 二 三 王 田 目 册 川 卌 ≡ ||| ///",
    "LOT L2026-118  PO 2026-00431  QTY 12",
    "布艺沙发 三人位 浅灰 可拆洗",
    "0123456789 9876543210 1111 0000 1010",
];

/// The surfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// A smooth desk.
    Desk,
    /// Cardboard with fibres.
    Cardboard,
    /// Wood with grain.
    Wood,
    /// Woven cloth.
    Cloth,
    /// Stripes of even or uneven width.
    Stripes,
    /// A page of text.
    Text,
    /// Tiles and chequers.
    Tiles,
    /// Rods and slats in perspective: radiators, blinds, keyboards.
    Slats,
    /// Rings and squares within squares.
    Rings,
    /// Blocks by chance, like a matrix code that says nothing.
    Blocks,
}

/// Surfaces on which labels lie.
pub const CALM: [Surface; 5] = [Surface::Desk, Surface::Desk, Surface::Cardboard, Surface::Cardboard, Surface::Wood];
/// All surfaces.
pub const ALL: [Surface; 10] = [
    Surface::Text,
    Surface::Stripes,
    Surface::Wood,
    Surface::Cloth,
    Surface::Slats,
    Surface::Blocks,
    Surface::Tiles,
    Surface::Rings,
    Surface::Cardboard,
    Surface::Desk,
];

/// A surface that fills a picture.
#[must_use]
pub fn surface(kind: Surface, width: usize, height: usize, random: &mut Random) -> Plane {
    let base = random.between(0.25, 0.75);
    let strength = random.between(0.1, 0.35);
    let hill = hills(random, 4);
    let unit = random.between(5.0, 40.0);
    let (sin, cos) = random.between(0.0, std::f32::consts::PI).sin_cos();
    let along = move |x: f32, y: f32| (x * cos + y * sin, y * cos - x * sin);
    match kind {
        Surface::Desk => Plane::by(width, height, |x, y| base + 0.1 * (hill(x / 500.0, y / 500.0) - 0.5)),
        Surface::Cardboard => Plane::by(width, height, |x, y| {
            let (u, v) = along(x, y);
            base + 0.12 * (hill(u / 60.0, v / 6.0) - 0.5) + 0.08 * (hill(x / 300.0, y / 300.0) - 0.5)
        }),
        Surface::Wood => Plane::by(width, height, |x, y| {
            let (u, v) = along(x, y);
            let ring = hill(u / (unit * 20.0), v / (unit * 3.0)) * 24.0;
            base + strength * ((ring.sin() * 0.6) + 0.8 * (hill(u / 90.0, v / 3.0) - 0.5))
        }),
        Surface::Cloth => Plane::by(width, height, |x, y| {
            let (u, v) = along(x, y);
            let pitch = unit / 2.5 + 2.0;
            let over = ((u / pitch).floor() + (v / pitch).floor()) as i64 % 2 == 0;
            let thread = if over { (u / pitch * std::f32::consts::PI).sin() } else { (v / pitch * std::f32::consts::PI).sin() };
            base + strength * (thread.abs() - 0.5) + 0.15 * (hill(x / 20.0, y / 20.0) - 0.5)
        }),
        Surface::Stripes => {
            let even = random.percent(30);
            let widths: Vec<f32> = (0..120).map(|_| if even { unit } else { unit * (1 + random.below(4)) as f32 / 2.0 }).collect();
            let whole: f32 = widths.iter().sum();
            let mut edges = vec![0.0];
            for wide in &widths {
                edges.push(edges[edges.len() - 1] + wide);
            }
            let (dark, light) = (random.between(0.05, 0.4), random.between(0.6, 0.95));
            Plane::by(width, height, |x, y| {
                let at = along(x, y).0.rem_euclid(whole);
                if edges.partition_point(|edge| *edge <= at) % 2 == 0 { dark } else { light }
            })
        }
        Surface::Tiles => {
            let chequer = random.percent(50);
            Plane::by(width, height, |x, y| {
                let (u, v) = along(x, y);
                let (column, row) = ((u / unit).floor() as i64, (v / unit).floor() as i64);
                let seam = u.rem_euclid(unit).min(v.rem_euclid(unit)) < unit / 8.0;
                if chequer {
                    if (column + row) % 2 == 0 { 0.15 } else { 0.85 }
                } else if seam {
                    base - 0.25
                } else {
                    base + 0.2
                }
            })
        }
        Surface::Slats => {
            let vanish = random.between(1.2, 4.0) * height as f32;
            Plane::by(width, height, |x, y| {
                let near = 1.0 - y / vanish;
                let at = (x - width as f32 / 2.0) / near / unit;
                let round = (at.rem_euclid(1.0) * std::f32::consts::PI).sin();
                base - 0.2 + 0.5 * round * (0.8 + 0.4 * hill(x / 200.0, y / 200.0))
            })
        }
        Surface::Rings => {
            let centres: Vec<(f32, f32, f32, bool)> = (0..12)
                .map(|_| (random.unit() * width as f32, random.unit() * height as f32, random.between(2.0, 12.0), random.percent(50)))
                .collect();
            Plane::by(width, height, |x, y| {
                for (at_x, at_y, pitch, square) in &centres {
                    let (dx, dy) = along(x - at_x, y - at_y);
                    let away = if *square { dx.abs().max(dy.abs()) } else { dx.hypot(dy) };
                    if away < pitch * 7.0 {
                        return if ((away / pitch) as u32).is_multiple_of(2) { 0.1 } else { 0.9 };
                    }
                }
                base
            })
        }
        Surface::Blocks => {
            let seed = random.bits();
            let pitch = unit / 3.0 + 2.0;
            Plane::by(width, height, |x, y| {
                let (u, v) = along(x, y);
                let cell = seed ^ ((u / pitch).floor() as i64 as u64) << 32 ^ (v / pitch).floor() as i64 as u32 as u64;
                if Random::new(cell.wrapping_mul(0x2545_F491_4F6C_DD1D)).unit() < 0.5 { 0.12 } else { 0.88 }
            })
        }
        Surface::Text => page(width, height, random),
    }
}

/// Words on white, as large and as many as fit.
fn page(width: usize, height: usize, random: &mut Random) -> Plane {
    let mut picture = Bitmap::new(width as u32, height as u32);
    if let Ok(fonts) = Fonts::system() {
        let size = random.between(12.0, 60.0);
        let mut top = 4.0;
        while top + size * 1.4 < height as f32 {
            let text = format!("{} {}", random.one_of(&WORDS), random.one_of(&WORDS));
            words(&mut picture, &fonts, [random.between(2.0, 40.0), top, width as f32 - 44.0, size * 1.4], size, random.percent(40), &text);
            top += size * 1.5;
        }
    }
    let (ink, paper) = (random.between(0.05, 0.3), random.between(0.7, 0.95));
    Plane::by(width, height, |x, y| if picture.get(x as i64, y as i64) { ink } else { paper })
}

/// A line of text in a box: left, top, width, height.
pub fn words(picture: &mut Bitmap, fonts: &Fonts, [x, y, width, height]: [f32; 4], size: f32, bold: bool, text: &str) {
    draw(picture, fonts, TextBox { x, y, width, height, size, bold, smallest: 6.0, align: Align::Left, valign: VAlign::Top }, text);
}

/// Words by chance, as they stand on labels.
pub fn phrase(random: &mut Random) -> &'static str {
    random.one_of(&WORDS)
}
