//! What a cell says, read as what its column holds. Every refusal names the rule and what to write instead.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use qitao_domain::barcode::normalise;
use qitao_domain::quantity::{Money, Quantity};
use serde_json::{Value as Json, json};
use unicode_normalization::UnicodeNormalization as _;

use super::columns::{Column, Kind, Needed};
use super::read::{Cell, Row};
use super::{Fault, Parsed, Piece, Value};
use crate::http::problem::Language;
use crate::platform::fields::CompiledField;
use crate::platform::vault::Kind as Personal;

/// Numbers of sheets above this are not exact any more.
const EXACT: f64 = 999_999_999_999_999.0;
/// Most codes in one cell.
const PIECES: usize = 50;
/// Largest amount, in thousandths.
const MOST: i64 = 1_000_000_000;

/// Reads a row by the columns that its cells are matched to.
#[must_use]
pub fn parse(columns: &[Column], mapping: &[Option<String>], row: &Row, zone: &TimeZone) -> Parsed {
    let mut parsed = Parsed { number: row.number, values: HashMap::with_capacity(columns.len()), ..Parsed::default() };
    for (at, id) in mapping.iter().enumerate() {
        let Some(column) = id.as_ref().and_then(|id| columns.iter().find(|column| column.id == *id)) else { continue };
        if let Some(of) = &column.field {
            match custom(of, row.cells.get(at).unwrap_or(&Cell::Empty), zone) {
                Ok(Some(value)) => drop(parsed.custom.insert(of.field.key.clone(), value)),
                Ok(None) => {}
                Err((rule, zh, en)) => parsed.faults.push(Fault::new(&column.id, rule, zh, en)),
            }
            continue;
        }
        match value(column, row.cells.get(at).unwrap_or(&Cell::Empty), zone) {
            Ok(Some(value)) => {
                parsed.values.insert(column.id.clone(), value);
            }
            Ok(None) => {}
            Err((rule, zh, en)) => parsed.faults.push(Fault::new(&column.id, rule, zh, en)),
        }
    }
    for column in columns.iter().filter(|column| column.needed == Needed::Always) {
        let filled = matches!(parsed.values.get(&column.id), Some(value) if *value != Value::Nothing);
        if !filled && !parsed.faults.iter().any(|fault| fault.column == column.id) {
            parsed.faults.push(Fault::new(&column.id, "required", "必须填写。", "It has to be filled."));
        }
    }
    parsed
}

type Refusal = (&'static str, String, String);

fn no<T>(rule: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Result<T, Refusal> {
    Err((rule, zh.into(), en.into()))
}

fn value(column: &Column, cell: &Cell, zone: &TimeZone) -> Result<Option<Value>, Refusal> {
    let text = match cell {
        Cell::Empty => return Ok(None),
        Cell::Fault(text) => return no("cell_error", format!("单元格里是公式错误 {text}。"), format!("The cell holds the error {text}.")),
        Cell::Text(text) => clean(text),
        Cell::Flag(flag) => if *flag { "true" } else { "false" }.to_owned(),
        Cell::Moment(serial) if column.kind == Kind::Day => return moment_of(*serial, zone).map(|ms| Some(Value::Moment(ms))),
        Cell::Moment(serial) | Cell::Number(serial) => {
            let is_code = matches!(column.kind, Kind::Code(_) | Kind::Barcodes | Kind::Parts);
            if is_code && serial.abs() > EXACT {
                return no(
                    "number_lost_digits",
                    "Excel 已把这个长数字变成近似值，请把这一列设为文本后重新填写。",
                    "The sheet has rounded this long number; make the column text and write it again.",
                );
            }
            if column.kind == Kind::Day {
                return moment_of(*serial, zone).map(|ms| Some(Value::Moment(ms)));
            }
            format!("{serial}")
        }
    };
    if text.is_empty() {
        return Ok(None);
    }
    if text.contains('\0') || text.contains('\u{fffd}') {
        return no("unreadable_text", "有无法识别的字符，请检查文件编码。", "Some characters cannot be read; check the file's encoding.");
    }
    if text == "-" && column.needed != Needed::Always {
        return Ok(Some(Value::Nothing));
    }
    read(column, &text, zone).map(Some)
}

/// What a cell of a custom field says, as the API takes it; the rules of the field are asked later.
fn custom(of: &CompiledField, cell: &Cell, zone: &TimeZone) -> Result<Option<Json>, Refusal> {
    use crate::platform::fields::model::Kind as Of;
    let text = match cell {
        Cell::Empty => return Ok(None),
        Cell::Fault(text) => return no("cell_error", format!("单元格里是公式错误 {text}。"), format!("The cell holds the error {text}.")),
        Cell::Text(text) => clean(text),
        Cell::Flag(flag) => if *flag { "true" } else { "false" }.to_owned(),
        Cell::Moment(serial) | Cell::Number(serial) => match of.field.kind {
            Of::Date => return moment_of(*serial, zone).map(|ms| Some(json!(date_of(ms, zone)))),
            Of::Time => {
                // A part of a day.
                let minutes = (serial.rem_euclid(1.0) * 1440.0).round() % 1440.0;
                format!("{:02}:{:02}", (minutes / 60.0).floor(), minutes % 60.0)
            }
            _ => format!("{serial}"),
        },
    };
    if text.is_empty() {
        return Ok(None);
    }
    if text == "-" {
        return Ok(Some(Json::Null));
    }
    if of.personal && text == Personal::Secret.masked(&text) {
        // As an export shows a sealed value that is no text: whoever keeps it knows it again.
        return Ok(Some(json!(text)));
    }
    let narrow: String = text.nfkc().collect();
    let named = |name: &str| of.option_named(name).map_or_else(|| name.trim().to_owned(), str::to_owned);
    Ok(Some(match of.field.kind {
        Of::Boolean => match yes_or_no(&narrow) {
            Some(yes) => json!(yes),
            None => return no("yes_or_no", "要填“是”或“否”。", "Write yes or no."),
        },
        Of::Choice => json!(named(&text)),
        Of::Choices => {
            let parts = text.split([';', '；', '\n', '\r', '、', ',', '，']).map(clean).filter(|part| !part.is_empty());
            json!(parts.map(|part| named(&part)).collect::<Vec<_>>())
        }
        Of::Date => match day(&narrow, zone)? {
            Value::Moment(ms) => json!(date_of(ms, zone)),
            _ => Json::Null,
        },
        Of::Number => narrow.replace(',', "").parse::<i64>().map_or_else(|_| json!(narrow), |number| json!(number)),
        Of::Decimal | Of::Money => json!(narrow.trim_start_matches(['¥', '￥']).replace(',', "")),
        Of::Time => json!(narrow),
        Of::Text | Of::LongText => json!(text),
    }))
}

fn date_of(ms: i64, zone: &TimeZone) -> String {
    Timestamp::from_millisecond(ms).unwrap_or_default().to_zoned(zone.clone()).date().to_string()
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "是" | "yes" | "y" | "true" | "1" | "√" | "有" => Some(true),
        "否" | "no" | "n" | "false" | "0" | "×" | "x" | "无" => Some(false),
        _ => None,
    }
}

/// A text without blanks around it, also not wide or invisible ones.
fn clean(text: &str) -> String {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{FEFF}' | '\u{2060}')).to_owned()
}

fn read(column: &Column, text: &str, zone: &TimeZone) -> Result<Value, Refusal> {
    let narrow: String = text.nfkc().collect();
    match column.kind {
        Kind::Text(longest) | Kind::Suggested(_, longest) => short(text, longest).map(Value::Text),
        Kind::Code(longest) => code(text, longest).map(Value::Text),
        Kind::Whole(from, to) => match narrow.parse::<i64>() {
            Ok(number) if (from..=to).contains(&number) => Ok(Value::Whole(number)),
            _ => no("whole_number", format!("要填 {from} 到 {to} 的整数。"), format!("A whole number from {from} to {to} is needed.")),
        },
        Kind::Amount => amount(&narrow).map(Value::Amount),
        Kind::Hundredths(most) => {
            let plain = narrow.trim_start_matches(['¥', '￥']).trim_end_matches('%').replace(',', "");
            match plain.trim().parse::<Money>() {
                Ok(money) if (0..=most).contains(&money.raw()) => Ok(Value::Whole(money.raw())),
                _ => {
                    let most = most / 100;
                    no(
                        "hundredths",
                        format!("要填 0 到 {most} 的数，最多两位小数。"),
                        format!("A number from 0 to {most} with at most two decimal places is needed."),
                    )
                }
            }
        }
        Kind::Flag => match yes_or_no(&narrow) {
            Some(yes) => Ok(Value::Flag(yes)),
            None => no("yes_or_no", "要填“是”或“否”。", "Write yes or no."),
        },
        Kind::Choice(choices) => {
            let wanted = narrow.to_lowercase();
            let found = choices.iter().find(|choice| [choice.word, choice.zh, choice.en].iter().any(|name| name.to_lowercase() == wanted));
            match found {
                Some(choice) => Ok(Value::Text(choice.word.to_owned())),
                None => no(
                    "one_of",
                    format!("只能是：{}。", column.options(Language::Chinese).join("、")),
                    format!("One of: {}.", column.options(Language::English).join(", ")),
                ),
            }
        }
        Kind::Barcodes => pieces(text, |code| {
            let plain = normalise(code);
            if plain.chars().count() <= 128 {
                Ok(plain)
            } else {
                no("barcode_length", "条码最多 128 个字符。", "A barcode has at most 128 characters.")
            }
        }),
        Kind::Parts => pieces(text, |text| code(text, 64)),
        Kind::Day => day(&narrow, zone),
    }
}

fn short(text: &str, longest: usize) -> Result<String, Refusal> {
    if text.chars().count() > longest {
        return no("text_length", format!("最多 {longest} 个字。"), format!("At most {longest} characters."));
    }
    Ok(text.replace(['\r', '\n', '\t'], " "))
}

fn code(text: &str, longest: usize) -> Result<String, Refusal> {
    if scientific(text) {
        return no(
            "number_lost_digits",
            "这是科学计数法，长数字已经丢失；请把这一列设为文本后重新填写。",
            "This is a number in scientific notation that has lost its digits; make the column text and write it again.",
        );
    }
    if text.chars().any(char::is_control) {
        return no("code_characters", "编码里不能有换行或制表符。", "A code has no line breaks or tabs.");
    }
    short(text, longest)
}

/// `6.90123E+12`, as a sheet writes a long number that nobody has told it is text.
fn scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once("E+") else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits(exponent) && mantissa.split_once('.').map_or(digits(mantissa), |(a, b)| digits(a) && digits(b))
}

fn amount(text: &str) -> Result<Quantity, Refusal> {
    match text.replace(',', "").parse::<Quantity>() {
        Ok(amount) if amount.is_positive() && amount.raw() <= MOST => Ok(amount),
        _ => no(
            "amount",
            "要填大于 0、最多 1000000 的数，最多三位小数。",
            "A number above 0 and at most 1000000 with at most three decimal places is needed.",
        ),
    }
}

/// `A; B×12; C#2`: codes, each with an amount behind a multiplication sign and a carton behind a hash.
fn pieces(text: &str, read: impl Fn(&str) -> Result<String, Refusal>) -> Result<Value, Refusal> {
    let mut all: Vec<Piece> = Vec::new();
    for part in text.split([';', '；', '\n', '\r', '、']).map(clean).filter(|part| !part.is_empty()) {
        if scientific(&part) {
            return code(&part, 64).map(Value::Text);
        }
        let (rest, quantity) = match part.rsplit_once(['×', '*']) {
            Some((rest, amount_text)) => (rest.to_owned(), amount(&clean(amount_text).nfkc().collect::<String>())?),
            None => (part, Quantity::units(1)),
        };
        let (rest, carton) = match rest.rsplit_once('#') {
            Some((rest, carton)) => match carton.trim().parse::<u16>() {
                Ok(carton) if carton > 0 => (rest.to_owned(), Some(carton)),
                _ => return no("carton_number", "# 后面要写包件号，例如 #2。", "A carton number stands behind the #, such as #2."),
            },
            None => (rest, None),
        };
        let piece = Piece { code: read(&clean(&rest))?, quantity, carton };
        if piece.code.is_empty() {
            return no("code_given", "× 或 # 前面要写编码。", "A code stands before × or #.");
        }
        if all.iter().any(|other| other.code == piece.code) {
            return no(
                "once_in_cell",
                format!("{} 在这一格里出现了两次。", piece.code),
                format!("{} stands twice in this cell.", piece.code),
            );
        }
        all.push(piece);
    }
    if all.len() > PIECES {
        return no("too_many", format!("一格最多 {PIECES} 个。"), format!("At most {PIECES} in one cell."));
    }
    Ok(Value::Pieces(all))
}

fn day(text: &str, zone: &TimeZone) -> Result<Value, Refusal> {
    let plain = text.replace(['/', '.', '年', '月'], "-").replace('日', "").replace('T', " ");
    let mut words = plain.split_whitespace();
    let date = words.next().and_then(|date| {
        let mut parts = date.split('-').map(|part| part.parse::<i16>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
    });
    let time = words.next().map_or(Some((0, 0, 0)), |time| {
        let mut parts = time.split(':').map(|part| part.parse::<i8>().ok());
        Some((parts.next()??, parts.next()??, parts.next().map_or(Some(0), |second| second)?))
    });
    let moment = date.zip(time).filter(|(date, _)| (1990..=2100).contains(&date.year())).and_then(|(date, (hour, minute, second))| {
        let at = jiff::civil::Time::new(hour, minute, second, 0).ok()?;
        zone.to_ambiguous_zoned(DateTime::from_parts(date, at)).compatible().ok()
    });
    match moment {
        Some(moment) => Ok(Value::Moment(moment.timestamp().as_millisecond())),
        None => no("day", "日期要写成 2026-01-31 或 2026-01-31 08:30。", "Write the day as 2026-01-31 or 2026-01-31 08:30."),
    }
}

/// Excel counts days from 1899-12-30.
fn moment_of(serial: f64, zone: &TimeZone) -> Result<i64, Refusal> {
    let wrong = || no("day", "日期要写成 2026-01-31 或 2026-01-31 08:30。", "Write the day as 2026-01-31 or 2026-01-31 08:30.");
    // 1990 to 2100.
    if !(32_874.0..73_415.0).contains(&serial) {
        return wrong();
    }
    #[expect(clippy::cast_possible_truncation, reason = "at most 73,415 days, in seconds")]
    let seconds = (serial * 86_400.0).round() as i64;
    let epoch = Date::constant(1899, 12, 30).at(0, 0, 0, 0);
    let at = epoch.checked_add(jiff::SignedDuration::from_secs(seconds)).ok();
    match at.and_then(|at| zone.to_ambiguous_zoned(at).compatible().ok()) {
        Some(moment) => Ok(moment.timestamp().as_millisecond()),
        None => wrong(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::problem::Text;

    const KINDS: &[super::super::Choice] = &[super::super::Choice { word: "bin", zh: "货位", en: "bin" }];

    fn read_one(kind: Kind, cell: Cell) -> Result<Option<Value>, String> {
        let column = Column {
            id: "x".into(),
            title: Text::new("x", "x"),
            needed: Needed::Never,
            kind,
            hint: Text::new("", ""),
            also: &[],
            example: "",
            field: None,
        };
        value(&column, &cell, &TimeZone::UTC).map_err(|(rule, ..)| rule.to_owned())
    }

    fn text(kind: Kind, text: &str) -> Result<Option<Value>, String> {
        read_one(kind, Cell::Text(text.into()))
    }

    #[test]
    fn long_numbers_that_lost_digits_are_refused_and_short_ones_are_codes() {
        assert_eq!(read_one(Kind::Code(64), Cell::Number(6_901_234_567_892.0)), Ok(Some(Value::Text("6901234567892".into()))));
        assert_eq!(read_one(Kind::Code(64), Cell::Number(1e17)), Err("number_lost_digits".into()));
        assert_eq!(text(Kind::Barcodes, "6.90123E+12"), Err("number_lost_digits".into()));
        assert_eq!(text(Kind::Code(64), "YG-1E+2X"), Ok(Some(Value::Text("YG-1E+2X".into()))));
    }

    #[test]
    fn several_barcodes_stand_in_one_cell_with_amounts_and_cartons() {
        let piece = |code: &str, units, carton| Piece { code: code.into(), quantity: Quantity::units(units), carton };
        let wanted = Value::Pieces(vec![piece("06901234567892", 1, None), piece("BOX-1", 12, None), piece("C", 1, Some(2))]);
        assert_eq!(text(Kind::Barcodes, " 6901234567892； BOX-1×１２\nC#2 "), Ok(Some(wanted)));
        assert_eq!(text(Kind::Parts, "A*0"), Err("amount".into()));
        assert_eq!(text(Kind::Parts, "A;A"), Err("once_in_cell".into()));
        assert_eq!(text(Kind::Barcodes, "A#x"), Err("carton_number".into()));
        assert_eq!(text(Kind::Barcodes, "×2"), Err("code_given".into()));
        assert_eq!(text(Kind::Barcodes, "-"), Ok(Some(Value::Nothing)));
    }

    #[test]
    fn numbers_flags_and_choices_are_read_as_people_write_them() {
        assert_eq!(text(Kind::Whole(1, 99), "３"), Ok(Some(Value::Whole(3))));
        assert_eq!(text(Kind::Whole(1, 99), "0"), Err("whole_number".into()));
        assert_eq!(read_one(Kind::Whole(1, 99), Cell::Number(2.5)), Err("whole_number".into()));
        assert_eq!(text(Kind::Amount, "1,234.5"), Ok(Some(Value::Amount("1234.5".parse().unwrap()))));
        assert_eq!(text(Kind::Amount, "1.2345"), Err("amount".into()));
        assert_eq!(text(Kind::Hundredths(500_000), "￥4,980.5"), Ok(Some(Value::Whole(498_050))));
        assert_eq!(text(Kind::Hundredths(10_000), "12.5%"), Ok(Some(Value::Whole(1_250))));
        assert_eq!(text(Kind::Hundredths(10_000), "100.01"), Err("hundredths".into()));
        assert_eq!(text(Kind::Hundredths(10_000), "1.005"), Err("hundredths".into()));
        assert_eq!(text(Kind::Flag, "是"), Ok(Some(Value::Flag(true))));
        assert_eq!(read_one(Kind::Flag, Cell::Flag(false)), Ok(Some(Value::Flag(false))));
        assert_eq!(text(Kind::Flag, "maybe"), Err("yes_or_no".into()));
        assert_eq!(text(Kind::Choice(KINDS), "货位"), Ok(Some(Value::Text("bin".into()))));
        assert_eq!(text(Kind::Choice(KINDS), "BIN"), Ok(Some(Value::Text("bin".into()))));
        assert_eq!(text(Kind::Choice(KINDS), "shelf"), Err("one_of".into()));
        assert_eq!(read_one(Kind::Text(9), Cell::Fault("#N/A".into())), Err("cell_error".into()));
        assert_eq!(text(Kind::Text(3), "橡木餐椅"), Err("text_length".into()));
        assert_eq!(text(Kind::Text(3), " \u{3000}\u{feff} "), Ok(None));
    }

    #[test]
    fn days_are_read_in_every_usual_writing_and_in_the_zone_of_the_place() {
        let morning = 1_769_846_400_000;
        for writing in ["2026-01-31 08:00", "2026/1/31 8:00:00", "2026年1月31日 08:00", "2026.1.31T8:00"] {
            assert_eq!(text(Kind::Day, writing), Ok(Some(Value::Moment(morning))), "{writing}");
        }
        assert_eq!(read_one(Kind::Day, Cell::Moment(46_053.0 + 8.0 / 24.0)), Ok(Some(Value::Moment(morning))));
        for wrong in ["2026-02-30", "31.1.2026", "yesterday", "2026-01-31 25:00", "0026-01-31"] {
            assert_eq!(text(Kind::Day, wrong), Err("day".into()), "{wrong}");
        }
        let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
        assert_eq!(day("2026-01-31 16:00", &shanghai).unwrap(), Value::Moment(morning));
    }
}
