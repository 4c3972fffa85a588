//! Where codes may be: places full of edges, told apart by whether their edges all point one way (bars) or two ways (modules).
//!
//! The picture is cut into cells. Each cell's structure tensor, the sum of its gradients' products, says how strong its edges are and which way they
//! point; noise adds to it evenly in all directions and is taken off. Neighbouring cells of the same kind and of like strength make a place.

use image::GrayImage;

/// Side of a cell, pixels.
pub const CELL: usize = 8;
/// Weakest edges worth a look: a contrast of about 8 grey levels at every second pixel.
const FAINTEST: f32 = 900.0;
/// Cells of one place differ in strength by at most this factor from its strongest.
const SPAN: f32 = 9.0;

/// A place with bars, in pixels of the picture that was looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bars {
    /// Its middle.
    pub middle: (f32, f32),
    /// The way across the bars, radians.
    pub across: f32,
    /// How far it goes across the bars.
    pub length: f32,
    /// How far it goes along the bars.
    pub height: f32,
    /// Strength of its edges, all together.
    pub weight: f32,
}

/// A place with modules: left, top, right and bottom, in pixels of the picture that was looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Block {
    /// Left edge.
    pub left: f32,
    /// Upper edge.
    pub top: f32,
    /// Right edge.
    pub right: f32,
    /// Lower edge.
    pub bottom: f32,
    /// The way most of its edges point, radians.
    pub across: f32,
    /// Strength of its edges, all together.
    pub weight: f32,
}

impl Bars {
    /// The same place in a picture so many times as large.
    #[must_use]
    pub fn scaled(self, by: f32) -> Self {
        let middle = (self.middle.0 * by, self.middle.1 * by);
        Self { middle, length: self.length * by, height: self.height * by, ..self }
    }

    /// Whether another place is much the same.
    fn is_like(&self, other: &Self) -> bool {
        let away = (self.middle.0 - other.middle.0).hypot(self.middle.1 - other.middle.1);
        apart(self.across, other.across) < 0.2 && away < 0.2 * self.length && (0.75..1.4).contains(&(self.length / other.length))
    }
}

impl Block {
    /// The same place in a picture so many times as large.
    #[must_use]
    pub fn scaled(self, by: f32) -> Self {
        Self { left: self.left * by, top: self.top * by, right: self.right * by, bottom: self.bottom * by, ..self }
    }

    /// Whether another place is much the same.
    fn is_like(&self, other: &Self) -> bool {
        let both = |low: f32, high: f32| (high - low).max(0.0);
        let shared =
            both(self.left.max(other.left), self.right.min(other.right)) * both(self.top.max(other.top), self.bottom.min(other.bottom));
        let area = |block: &Self| (block.right - block.left) * (block.bottom - block.top);
        shared > 0.6 * area(self).max(area(other))
    }

    /// The same place as if it held bars.
    #[must_use]
    pub fn as_bars(&self) -> Bars {
        let (wide, high) = (self.right - self.left, self.bottom - self.top);
        let (sin, cos) = (self.across.sin().abs(), self.across.cos().abs());
        Bars {
            middle: ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0),
            across: self.across,
            length: (wide * cos + high * sin).min(wide.hypot(high)),
            height: (wide * sin + high * cos).min(wide.hypot(high)),
            weight: self.weight,
        }
    }
}

/// All places of a picture worth a look: those of the picture itself, then those of one a quarter as large that show what is too coarse for cells.
#[derive(Debug)]
pub struct Places {
    bars: Vec<(usize, Bars)>,
    blocks: Vec<(usize, Block)>,
}

/// Most places with bars of one size of the picture, and of these, those worth a thorough look.
const BARS: [usize; 2] = [24, 5];
/// The same of places with modules.
const BLOCKS: [usize; 2] = [16, 3];

impl Places {
    /// The places of a picture, which also comes a quarter as wide and high.
    #[must_use]
    pub fn of(picture: &GrayImage, quarter: &GrayImage) -> Self {
        let mut places = Self { bars: Vec::new(), blocks: Vec::new() };
        for (view, scale) in [(picture, 1.0), (quarter, 4.0)] {
            let cells = Cells::of(view);
            for (rank, bars) in cells.bars().into_iter().take(BARS[0]).enumerate() {
                let bars = bars.scaled(scale);
                if !places.bars.iter().any(|(_, other)| other.is_like(&bars)) {
                    places.bars.push((rank, bars));
                }
            }
            for (rank, block) in cells.blocks().into_iter().take(BLOCKS[0]).enumerate() {
                let block = block.scaled(scale);
                if !places.blocks.iter().any(|(_, other)| other.is_like(&block)) {
                    places.blocks.push((rank, block));
                }
            }
        }
        places
    }

    /// Places with bars, the strongest of each size first.
    pub fn bars(&self, thorough: bool) -> impl Iterator<Item = &Bars> {
        self.bars.iter().filter(move |(rank, _)| *rank < BARS[usize::from(thorough)]).map(|(_, bars)| bars)
    }

    /// Places with modules, the strongest of each size first.
    pub fn blocks(&self, thorough: bool) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(move |(rank, _)| *rank < BLOCKS[usize::from(thorough)]).map(|(_, block)| block)
    }
}

/// The picture's cells.
#[derive(Debug)]
pub struct Cells {
    across: usize,
    down: usize,
    /// Sums of gx², gy², gx·gy.
    tensors: Vec<[f32; 3]>,
    /// What noise alone gives.
    floor: f32,
}

/// A cell with its neighbours: strength of the stronger and of the weaker direction, and the stronger's angle.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    strong: f32,
    weak: f32,
    angle: f32,
}

impl Cells {
    /// Looks at every pixel once.
    #[must_use]
    pub fn of(picture: &GrayImage) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let (across, down) = (width / CELL, height / CELL);
        let pixels = picture.as_raw();
        let mut tensors = vec![[0.0; 3]; across * down];
        let (mut xx, mut yy, mut xy) = (vec![0_i32; width], vec![0_i32; width], vec![0_i32; width]);
        for row in 0..down {
            for sums in [&mut xx, &mut yy, &mut xy] {
                sums.fill(0);
            }
            for y in row * CELL..(row + 1) * CELL {
                let (above, below) = (y.saturating_sub(1), (y + 1).min(height - 1));
                let line = &pixels[y * width..(y + 1) * width];
                let above = &pixels[above * width..(above + 1) * width];
                let below = &pixels[below * width..(below + 1) * width];
                let ends = line.len().saturating_sub(2);
                let sums = xx[1..].iter_mut().zip(&mut yy[1..]).zip(&mut xy[1..]);
                let sides = line[..ends].iter().zip(&line[2..]).zip(above[1..].iter().zip(&below[1..]));
                for (((xx, yy), xy), ((left, right), (above, below))) in sums.zip(sides) {
                    let gx = i32::from(*right) - i32::from(*left);
                    let gy = i32::from(*below) - i32::from(*above);
                    *xx += gx * gx;
                    *yy += gy * gy;
                    *xy += gx * gy;
                }
            }
            for (column, tensor) in tensors[row * across..(row + 1) * across].iter_mut().enumerate() {
                let cell = column * CELL..(column + 1) * CELL;
                *tensor = [&xx, &yy, &xy].map(|sums| sums[cell.clone()].iter().sum::<i32>() as f32);
            }
        }
        let mut weakest: Vec<f32> = tensors.iter().map(|tensor| eigen(*tensor).weak).collect();
        let floor = if weakest.is_empty() { 0.0 } else { *weakest.select_nth_unstable_by(across * down / 5, f32::total_cmp).1 };
        Self { across, down, tensors, floor }
    }

    /// Cells with their neighbours on all sides up to so many away, the noise taken off.
    fn smoothed(&self, reach: usize) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(self.tensors.len());
        for row in 0..self.down {
            for column in 0..self.across {
                let rows = row.saturating_sub(reach)..(row + reach + 1).min(self.down);
                let columns = column.saturating_sub(reach)..(column + reach + 1).min(self.across);
                let many = (rows.len() * columns.len()) as f32;
                let mut sum = [0.0; 3];
                for y in rows {
                    for tensor in &self.tensors[y * self.across + columns.start..y * self.across + columns.end] {
                        sum.iter_mut().zip(tensor).for_each(|(sum, part)| *sum += part);
                    }
                }
                let mut cell = eigen(sum.map(|sum| sum / many));
                cell.strong = (cell.strong - self.floor).max(0.0);
                cell.weak = (cell.weak - self.floor).max(0.0);
                cells.push(cell);
            }
        }
        cells
    }

    /// Least strength of a cell that counts.
    fn least(&self) -> f32 {
        FAINTEST.max(self.floor * 0.6)
    }

    /// Places with bars, the strongest first.
    #[must_use]
    pub fn bars(&self) -> Vec<Bars> {
        let cells = self.smoothed(1);
        let straight = |cell: &Cell| cell.strong > self.least() && cell.weak < 0.45 * cell.strong;
        let groups = self.groups(&cells, straight, |one, other| apart(one.angle, other.angle) < 0.35);
        let mut bars: Vec<Bars> = groups.iter().filter_map(|group| self.bar(group, &cells)).collect();
        join(&mut bars);
        bars.retain(|bar| bar.length > 3.0 * CELL as f32);
        bars.sort_by(|one, other| other.weight.total_cmp(&one.weight));
        bars
    }

    fn bar(&self, group: &[usize], cells: &[Cell]) -> Option<Bars> {
        if group.len() < 4 {
            return None;
        }
        let at = |place: usize| (((place % self.across) as f32 + 0.5) * CELL as f32, ((place / self.across) as f32 + 0.5) * CELL as f32);
        let across = eigen(self.sum(group)).angle;
        let (sin, cos) = across.sin_cos();
        let along = |(x, y): (f32, f32)| (x * cos + y * sin, y * cos - x * sin);
        let mut spread: [Vec<f32>; 2] = Default::default();
        for place in group {
            let (u, v) = along(at(*place));
            spread[0].push(u);
            spread[1].push(v);
        }
        let [u, v] = spread.map(|mut values| {
            values.sort_by(f32::total_cmp);
            let cut = values.len() / 40;
            (values[cut], values[values.len() - 1 - cut])
        });
        let (u_middle, v_middle) = ((u.0 + u.1) / 2.0, (v.0 + v.1) / 2.0);
        Some(Bars {
            middle: (u_middle * cos - v_middle * sin, u_middle * sin + v_middle * cos),
            across,
            length: u.1 - u.0 + CELL as f32,
            height: v.1 - v.0 + CELL as f32,
            weight: group.iter().map(|place| cells[*place].strong).sum(),
        })
    }

    fn sum(&self, group: &[usize]) -> [f32; 3] {
        group.iter().fold([0.0; 3], |sum, place| {
            let own = self.tensors[*place];
            [sum[0] + own[0], sum[1] + own[1], sum[2] + own[2]]
        })
    }

    /// Places with modules, the strongest first.
    #[must_use]
    pub fn blocks(&self) -> Vec<Block> {
        let cells = self.smoothed(1);
        let least = self.least();
        let groups = self.groups(&cells, |cell| cell.strong > least && cell.weak > 0.12 * cell.strong, |_, _| true);
        let mut blocks: Vec<Block> = Vec::new();
        for group in groups {
            let columns = group.iter().map(|place| place % self.across);
            let rows = group.iter().map(|place| place / self.across);
            let (Some(left), Some(right)) = (columns.clone().min(), columns.max()) else { continue };
            let (Some(top), Some(bottom)) = (rows.clone().min(), rows.max()) else { continue };
            let (wide, high) = (right - left + 1, bottom - top + 1);
            // Two cells of it are the neighbours' share.
            if wide.min(high) < 3 || group.len() * 4 < wide * high {
                continue;
            }
            let weight = group.iter().map(|place| cells[*place].weak).sum();
            let [left, top, right, bottom] = [left, top, right + 1, bottom + 1].map(|edge| (edge * CELL) as f32);
            blocks.push(Block { left, top, right, bottom, across: eigen(self.sum(&group)).angle, weight });
        }
        blocks.sort_by(|one, other| other.weight.total_cmp(&one.weight));
        blocks
    }

    /// Neighbouring cells that belong together, from the strongest on.
    fn groups(&self, cells: &[Cell], counts: impl Fn(&Cell) -> bool, alike: impl Fn(&Cell, &Cell) -> bool) -> Vec<Vec<usize>> {
        let mut free: Vec<bool> = cells.iter().map(counts).collect();
        let mut seeds: Vec<usize> = (0..cells.len()).filter(|place| free[*place]).collect();
        seeds.sort_by(|one, other| cells[*other].strong.total_cmp(&cells[*one].strong));
        let mut groups = Vec::new();
        for seed in seeds {
            if !free[seed] {
                continue;
            }
            free[seed] = false;
            let mut group = vec![seed];
            let mut next = 0;
            while let Some(place) = group.get(next).copied() {
                next += 1;
                let (column, row) = (place % self.across, place / self.across);
                for y in row.saturating_sub(1)..(row + 2).min(self.down) {
                    for x in column.saturating_sub(1)..(column + 2).min(self.across) {
                        let other = y * self.across + x;
                        let like = || cells[other].strong * SPAN > cells[seed].strong && alike(&cells[place], &cells[other]);
                        if free[other] && like() {
                            free[other] = false;
                            group.push(other);
                        }
                    }
                }
            }
            groups.push(group);
        }
        groups
    }
}

/// Puts pieces of one code together: in line with one another, with a gap of at most half of the longer.
fn join(bars: &mut Vec<Bars>) {
    bars.sort_by(|one, other| other.length.total_cmp(&one.length));
    let mut at = 0;
    while at < bars.len() {
        let mut other = at + 1;
        while other < bars.len() {
            match joined(&bars[at], &bars[other]) {
                Some(both) => {
                    bars[at] = both;
                    bars.remove(other);
                    other = at + 1;
                }
                None => other += 1,
            }
        }
        at += 1;
    }
}

fn joined(one: &Bars, other: &Bars) -> Option<Bars> {
    let ratio = one.weight * other.length * other.height / (other.weight * one.length * one.height).max(1.0);
    if apart(one.across, other.across) > 0.2 || !(1.0 / SPAN..SPAN).contains(&ratio) {
        return None;
    }
    let (sin, cos) = one.across.sin_cos();
    let (dx, dy) = (other.middle.0 - one.middle.0, other.middle.1 - one.middle.1);
    let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
    let gap = u.abs() - (one.length + other.length) / 2.0;
    let beside = v.abs() > 0.35 * one.height.max(other.height) || other.height < 0.4 * one.height || one.height < 0.4 * other.height;
    if gap > 0.35 * one.length.max(other.length) || beside {
        return None;
    }
    let low = (-one.length / 2.0).min(u - other.length / 2.0);
    let high = (one.length / 2.0).max(u + other.length / 2.0);
    let middle = (low + high) / 2.0;
    Some(Bars {
        middle: (one.middle.0 + middle * cos, one.middle.1 + middle * sin),
        across: one.across,
        length: high - low,
        height: one.height.max(other.height),
        weight: one.weight + other.weight,
    })
}

/// Angle between two lines, which have no direction.
fn apart(one: f32, other: f32) -> f32 {
    let half = std::f32::consts::PI;
    let between = (one - other).rem_euclid(half);
    between.min(half - between)
}

fn eigen([xx, yy, xy]: [f32; 3]) -> Cell {
    let (middle, off) = ((xx + yy) / 2.0, ((xx - yy) / 2.0).hypot(xy));
    Cell { strong: middle + off, weak: (middle - off).max(0.0), angle: 0.5 * (2.0 * xy).atan2(xx - yy) }
}
