//! One barcode in its box: how large its modules come out in whole dots, and whether the standards allow that.

use crate::canvas::Bitmap;
use crate::finding::{Finding, short};
use crate::rules::{self, Height, Purpose, Symbology};
use crate::symbol::{self, Level, Modules};
use crate::text::SMALLEST;

/// A barcode as its template asks for it; lengths are millimetres.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub symbology: Symbology,
    pub text: &'a str,
    pub purpose: Purpose,
    pub module: f32,
    pub human: f32,
    pub level: Level,
}

/// A barcode laid out in its box, in dots.
#[derive(Debug, Clone)]
pub(crate) struct Laid {
    pub modules: Modules,
    pub module: u32,
    /// Left, top, width, height of the modules.
    pub symbol: [i64; 4],
    /// The same with the quiet zone, and with bearer bars.
    pub quiet: [i64; 4],
    /// Thickness of the bearer bars above and below; 0 for none.
    bearer: i64,
    /// Height of letters below; 0 for none.
    pub human: i64,
    /// Where the letters' strip begins.
    pub strip_top: i64,
}

/// Lays out a barcode; what is wrong is told with the key it belongs to. `None` when there is nothing that could be drawn.
pub(crate) fn lay(wanted: Wanted<'_>, (width, height): (u32, u32), dpi: u16) -> (Option<Laid>, Vec<(&'static str, Finding)>) {
    let mut findings = Vec::new();
    let laid = try_lay(wanted, (width, height), dpi, &mut findings).map_err(|finding| findings.push(finding)).ok();
    (laid, findings)
}

type Told = (&'static str, Finding);

fn try_lay(wanted: Wanted<'_>, (width, height): (u32, u32), dpi: u16, findings: &mut Vec<Told>) -> Result<Laid, Told> {
    let Wanted { symbology, text, purpose, .. } = wanted;
    let name = symbology.name();
    let scale = f32::from(dpi) / 25.4;
    let mm = |dots: u32| dots as f32 / scale;
    let rule = rules::rule(symbology, purpose).ok_or_else(|| {
        let told = Finding::error(
            format!("GS1 规定 {name} 不能用于这个扫描场合；请换码制，或把“扫描场合”改成“本连锁内部使用”。"),
            format!("GS1 does not have {name} for this purpose; choose another symbology, or purpose = \"house\"."),
        );
        ("purpose", told)
    })?;
    let human = if wanted.human > 0.0 { (wanted.human * scale).round().max(SMALLEST) as u32 } else { 0 };
    let strip = if human > 0 { (human as f32 * 1.45).ceil() as u32 } else { 0 };
    let bars = height.saturating_sub(strip);
    let modules = symbol::encode_for(symbology, text, wanted.level, width as f32 / bars.max(1) as f32).map_err(|unsayable| {
        let text = short(text);
        ("text", Finding::error(format!("{name}“{text}”：{}", unsayable.zh), format!("{name} {text:?}: {}", unsayable.en)))
    })?;
    let (across, down) = (modules.across(), modules.down());

    let least = rules::whole_dots(rule.least, dpi);
    let most = rule.most.map_or(u32::MAX, |most| ((most + 0.01) * scale).floor() as u32);
    let fits = (width / across).min(bars.checked_div(down).unwrap_or(u32::MAX));
    let asked = (wanted.module > 0.0).then(|| ((wanted.module * scale).round() as u32).max(1));
    if let Some(asked) = asked.filter(|asked| !(least..=most).contains(asked)) {
        let upper = if most == u32::MAX { String::new() } else { format!(" – {:.3}", mm(most)) };
        let told = Finding::error(
            format!("{name} 的模块宽 {:.3} mm 不符合 {}：在 {dpi} dpi 下应为 {:.3}{upper} mm。", mm(asked), rule.source, mm(least)),
            format!(
                "A module of {:.3} mm is against {} for {name}: at {dpi} dpi it may be {:.3}{upper} mm.",
                mm(asked),
                rule.source,
                mm(least)
            ),
        );
        return Err(("module", told));
    }
    let module = asked.unwrap_or_else(|| fits.min(most));
    if module < least || module > fits {
        let module = module.max(least);
        let (needs_width, needs_height) = (mm(across * module), mm(down * module + strip));
        let (key, direction, needed, has) = if across * module > width {
            ("width", ("宽", "wide"), needs_width, mm(width))
        } else {
            ("height", ("高", "high"), needs_height, mm(height))
        };
        let told = Finding::error(
            format!(
                "{name} 连同静区有 {across} 个模块，每个至少 {:.3} mm（{}），要 {needed:.1} mm {}，现在只有 {has:.1} mm；请加大元素、缩短内容，或换更省地方的码制。",
                mm(module),
                rule.source,
                direction.0
            ),
            format!(
                "{name} has {across} modules with its quiet zone, of at least {:.3} mm each ({}), and needs {needed:.1} mm {}, its box has {has:.1} mm; \
                 make the box larger, the text shorter, or take a denser symbology.",
                mm(module),
                rule.source,
                direction.1
            ),
        );
        return Err((key, told));
    }
    let is_linear = modules.height == 1;
    let bearer = if symbology == Symbology::Itf14 { i64::from(2 * module) } else { 0 };
    let symbol_height = if is_linear { i64::from(bars) - 2 * bearer } else { i64::from(modules.height * module) };
    if is_linear && symbol_height < i64::from(rules::whole_dots(rules::LEAST_HEIGHT, dpi)) {
        let (has, needed) = (symbol_height.max(0) as f32 / scale, rules::LEAST_HEIGHT + (2 * bearer) as f32 / scale + mm(strip));
        let told = Finding::error(
            format!("{name} 的条高只剩 {has:.1} mm，扫不出；连同条码下的文字，元素至少要高 {needed:.1} mm。"),
            format!("The bars of {name} are {has:.1} mm high and cannot be scanned; with the letters below, the box needs {needed:.1} mm."),
        );
        return Err(("height", told));
    }
    let symbol_width = i64::from(modules.width * module);
    // In the middle of the box, quiet zones included.
    let free = i64::from(width) - i64::from(across * module);
    let left = free / 2 + i64::from(modules.quiet_left * module);
    let quiet_y = i64::from(modules.quiet_y * module);
    let top = if is_linear { bearer } else { (i64::from(bars) - symbol_height) / 2 };
    check_length(symbology, rule.height, rule.source, mm, (module, across, symbol_width as u32, symbol_height as u32), findings);
    let symbol = [left, top, symbol_width, symbol_height];
    let quiet = [free / 2, top - quiet_y - bearer, i64::from(across * module), symbol_height + 2 * (quiet_y + bearer)];
    let strip_top = i64::from(height) - i64::from(strip);
    Ok(Laid { modules, module, symbol, quiet, bearer, human: i64::from(human), strip_top })
}

/// Whether bars are high enough and the symbol is not too long.
fn check_length(
    symbology: Symbology,
    height: Height,
    source: &str,
    mm: impl Fn(u32) -> f32,
    (module, across, width, bars): (u32, u32, u32, u32),
    findings: &mut Vec<Told>,
) {
    let name = symbology.name();
    let has = mm(bars);
    let required = match height {
        Height::Own => None,
        Height::Millimetres(height) => Some(height),
        Height::Modules(modules) => Some(modules * mm(module)),
    };
    if let Some(required) = required.filter(|required| has + 0.2 < *required) {
        let told = Finding::error(
            format!("{name} 的条高 {has:.1} mm 不够，{source} 要求 {required:.1} mm；请加高元素，或把“模块宽”设小。"),
            format!(
                "The bars of {name} are {has:.1} mm high and {source} asks for {required:.1} mm; make the element higher, or module smaller."
            ),
        );
        findings.push(("height", told));
    }
    let is_two_dimensional = rules::quiet_zone(symbology)[2] > 0;
    let easy = rules::easy_height(mm(width));
    if height == Height::Own && !is_two_dimensional && has + 0.2 < easy {
        let told = Finding::warning(
            format!("{name} 的条高 {has:.1} mm，手持扫描不易对准；建议 {easy:.1} mm。"),
            format!("The bars of {name} are {has:.1} mm high and hard to hit by hand; {easy:.1} mm is better."),
        );
        findings.push(("height", told));
    }
    if symbology == Symbology::Gs1128 && mm(across * module) > rules::GS1_128_LENGTH {
        let told = Finding::error(
            format!(
                "GS1-128 连同静区长 {:.1} mm，不能超过 {} mm；请分成两个条码，或把“模块宽”设小。",
                mm(across * module),
                rules::GS1_128_LENGTH
            ),
            format!(
                "GS1-128 with its quiet zones is {:.1} mm long and may be {} mm; split it into two barcodes, or make module smaller.",
                mm(across * module),
                rules::GS1_128_LENGTH
            ),
        );
        findings.push(("width", told));
    }
}

impl Laid {
    /// Puts the modules, and bearer bars, into the layer of their element.
    pub(crate) fn paint(&self, layer: &mut Bitmap) {
        let [left, top, width, height] = self.symbol;
        let module = i64::from(self.module);
        let row_height = if self.modules.height == 1 { height } else { module };
        for row in 0..self.modules.height {
            let mut column = 0;
            while column < self.modules.width {
                let run = (column..self.modules.width).take_while(|x| self.modules.is_dark(*x, row)).count() as u32;
                if run > 0 {
                    layer.fill(left + i64::from(column) * module, top + i64::from(row) * row_height, i64::from(run) * module, row_height);
                }
                column += run.max(1);
            }
        }
        if self.bearer > 0 {
            layer.fill(left, top - self.bearer, width, self.bearer);
            layer.fill(left, top + height, width, self.bearer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: Wanted<'_> = Wanted {
        symbology: Symbology::Gs1128,
        text: "(00)106141412345678908",
        purpose: Purpose::Logistics,
        module: 0.0,
        human: 0.0,
        level: Level::Medium,
    };

    fn box_of(width: f32, height: f32, dpi: u16) -> (u32, u32) {
        let dots = |mm: f32| (mm * f32::from(dpi) / 25.4).round() as u32;
        (dots(width), dots(height))
    }

    #[test]
    fn an_sscc_keeps_the_sizes_of_logistic_units_at_every_resolution() {
        for dpi in [203, 300, 600] {
            let (laid, findings) = lay(CODE, box_of(100.0, 32.0, dpi), dpi);
            let laid = laid.unwrap();
            let module = laid.module as f32 * 25.4 / f32::from(dpi);
            assert!((0.485..0.95).contains(&module) && findings.is_empty(), "{dpi}: {module} {findings:?}");
            assert!(laid.quiet[0] >= 0 && laid.quiet[2] == i64::from(laid.module * 176));
        }
    }

    #[test]
    fn a_box_that_is_too_small_is_told_with_what_is_needed() {
        let (laid, findings) = lay(CODE, box_of(60.0, 32.0, 203), 203);
        assert!(laid.is_none());
        assert_eq!(findings[0].0, "width");
        assert!(
            findings[0].1.en.contains("88.1 mm wide") && findings[0].1.en.contains("60.1 mm") && findings[0].1.zh.contains("88.1"),
            "{findings:?}"
        );
        let (_, findings) = lay(CODE, box_of(100.0, 20.0, 203), 203);
        assert!(
            findings[0].0 == "height" && findings[0].1.is_error() && findings[0].1.en.contains("31.8 mm")
                || findings[0].1.en.contains("31.7"),
            "{findings:?}"
        );
    }

    #[test]
    fn a_module_and_a_purpose_against_the_rules_are_told() {
        let (_, findings) = lay(Wanted { module: 0.25, ..CODE }, box_of(100.0, 32.0, 203), 203);
        assert_eq!(findings[0].0, "module");
        let (_, findings) = lay(Wanted { symbology: Symbology::Code39, text: "A", ..CODE }, box_of(100.0, 32.0, 203), 203);
        assert_eq!(findings[0].0, "purpose");
        let (_, findings) = lay(Wanted { text: "(00)1", ..CODE }, box_of(100.0, 32.0, 203), 203);
        assert_eq!(findings[0].0, "text");
    }

    #[test]
    fn a_low_barcode_of_the_house_is_printed_with_a_warning() {
        let code = Wanted { symbology: Symbology::Code128, text: "QT-OK", purpose: Purpose::House, ..CODE };
        let (laid, findings) = lay(code, box_of(58.0, 3.0, 203), 203);
        assert!(laid.is_some() && !findings[0].1.is_error() && findings[0].0 == "height");
    }

    #[test]
    fn a_barcode_without_bars_is_not_printed() {
        let code = Wanted { symbology: Symbology::Code128, text: "QT-OK", purpose: Purpose::House, ..CODE };
        let itf = Wanted { symbology: Symbology::Itf14, text: "16901234567899", ..code };
        for (wanted, width, height) in [(Wanted { human: 3.0, ..code }, 58.0, 3.0), (code, 58.0, 1.5), (itf, 100.0, 3.5)] {
            let (laid, findings) = lay(wanted, box_of(width, height, 203), 203);
            assert!(laid.is_none() && findings[0].0 == "height" && findings[0].1.is_error(), "{height}: {findings:?}");
        }
        let (laid, findings) = lay(itf, box_of(100.0, 6.0, 203), 203);
        assert!(laid.is_some() && findings.iter().all(|(_, finding)| !finding.is_error()), "{findings:?}");
    }
}
