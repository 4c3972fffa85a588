//! The language: what it works out, what it says of mistakes, and that nothing breaks it.

use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::json;

use super::{Bindings, Declarations, Fault, MAX_SOURCE, Program, Type, Value, compile};

fn record() -> Type {
    Type::object([
        ("price", Type::Decimal),
        ("count", Type::Int),
        ("name", Type::Text),
        ("bought", Type::Date),
        ("paid", Type::Bool),
        ("tags", Type::list(Type::Text)),
        ("lines", Type::list(Type::object([("quantity", Type::Decimal), ("unit", Type::Text)]))),
        ("empty", Type::Decimal),
    ])
}

fn declared() -> Declarations {
    Declarations::new().with("record", record()).with("anything", Type::Any)
}

/// 2026-03-01 00:30 in Shanghai, still February in Greenwich.
fn bindings() -> Bindings {
    let sample = json!({"price": "199.90", "count": 3, "name": "橡木衣柜", "bought": "2026-02-20", "paid": true, "tags": ["红", "蓝"],
        "lines": [{"quantity": "2.5", "unit": "米"}, {"quantity": "1", "unit": "件"}]});
    let now: Timestamp = "2026-02-28T16:30:00Z".parse().unwrap();
    Bindings::at(now, TimeZone::get("Asia/Shanghai").unwrap()).with("record", Value::of_json(&sample, &record()).unwrap())
}

fn compiled(source: &str) -> Program {
    compile(source, &declared(), &Type::Any).unwrap_or_else(|faults| panic!("{source}: {faults:?}"))
}

fn gives(source: &str) -> serde_json::Value {
    compiled(source).run(&bindings()).unwrap_or_else(|fault| panic!("{source}: {fault}")).to_json(&mut 1000)
}

fn refused(source: &str) -> Fault {
    compile(source, &declared(), &Type::Bool).unwrap_err().remove(0)
}

fn fails(source: &str) -> Fault {
    compiled(source).run(&bindings()).unwrap_err()
}

#[test]
fn money_is_exact_and_dates_are_those_of_the_site() {
    for (source, wanted) in [
        ("0.1 + 0.2 == 0.3", json!(true)),
        ("record.price * record.count", json!("599.7")),
        ("round(record.price * 0.15, 2)", json!("29.99")),
        ("round(2.5) + floor(-0.5) + ceil(0.1)", json!(3)),
        ("today", json!("2026-03-01")),
        ("now.getHours()", json!(0)),
        ("now.getMonth()", json!(2)),
        ("today - record.bought", json!(9)),
        ("record.bought + 9 == today && record.bought.addDays(9) == date(\"2026-03-01\")", json!(true)),
        ("date(\"2024-02-29\").getDayOfWeek()", json!(4)),
        ("now + duration(\"1h30m\") > timestamp(\"2026-02-28T17:59:59Z\")", json!(true)),
        ("days(date('2026-01-01'), today)", json!(59)),
        ("min(record.price, 100)", json!("100")),
    ] {
        assert_eq!(gives(source), wanted, "{source}");
    }
}

#[test]
fn it_is_the_common_expression_language() {
    for (source, wanted) in [
        ("1 + 2 * 3 - 4 / 2 % 2", json!(7)),
        ("-7 / 2", json!(-3)),
        ("!(1 > 2) && 'a' < 'b' || false", json!(true)),
        ("record.count > 2 ? '多' : '少'", json!("多")),
        ("'红' in record.tags && !('绿' in record.tags)", json!(true)),
        ("record.lines.all(l, l.quantity > 0) && record.lines.exists(l, l.unit == '米')", json!(true)),
        ("record.lines.exists_one(l, l.quantity > 2)", json!(true)),
        ("record.lines.filter(l, l.unit == '件').map(l, l.quantity)", json!(["1"])),
        ("record.lines.map(l, l.unit == '米', l.quantity * 2).sum()", json!("5")),
        ("size(record.name) == 4 && record.name.size() == 4", json!(true)),
        ("record.name.startsWith('橡') && record.name.endsWith('柜') && record.name.contains('木')", json!(true)),
        ("record.name.matches('^\\\\p{Han}+$') && record.name.matches(r'^.{4}$')", json!(true)),
        ("has(record.price) && !has(record.empty)", json!(true)),
        ("record.empty == null", json!(true)),
        ("{'a': 1, 'b': 2}.b + {'a': 1}['a']", json!(3)),
        ("[1, 2, 3][1] + [4][0]", json!(6)),
        ("string(1.50) + string(true) + string(2)", json!("1.5true2")),
        ("int('42') + int(2.9) + int(decimal('1.5'))", json!(45)),
        ("\"\\u4e2d\\n\" == \"中\\n\" // a remark", json!(true)),
        ("[[1]].map(x, x.map(y, y + 1))", json!([[2]])),
        ("'a' == 'a' == true", json!(true)),
        // One side that decides is enough, whatever the other one says.
        ("record.empty > 1 || true", json!(true)),
        ("record.empty > 1 && false", json!(false)),
        ("[0, 1].exists(n, 1 / n == 1)", json!(true)),
    ] {
        assert_eq!(gives(source), wanted, "{source}");
    }
}

#[test]
fn every_mistake_is_told_at_its_place_in_both_languages() {
    for (source, rule, line, column, length) in [
        ("", "syntax", 1, 1, 0),
        ("record.price >", "syntax", 1, 15, 0),
        ("record.price > 1 )", "syntax", 1, 18, 1),
        ("record.price ＞ 1", "syntax", 1, 14, 1),
        ("record.price = 1", "syntax", 1, 14, 1),
        ("'红' == 红", "syntax", 1, 8, 1),
        ("'never ends", "syntax", 1, 1, 11),
        ("record.paid &&\n  record.prise > 1", "unknown_field", 2, 10, 5),
        ("price > 1", "unknown_name", 1, 1, 5),
        ("'中文' == 'x' && record.name > 5", "type", 1, 16, 15),
        ("record.price + 1", "type", 1, 1, 16),
        ("record.name.matches('(')", "pattern", 1, 21, 3),
        ("record.name.matches(record.name)", "pattern", 1, 1, 32),
        ("record.name.containz('x')", "function", 1, 1, 25),
        ("size(1) == 1", "function", 1, 1, 7),
        ("contains('a', 'b')", "function", 1, 1, 18),
        ("record.tags.all(x)", "macro", 1, 1, 18),
        ("record.tags.all(x, x > 1)", "type", 1, 20, 5),
        ("has(record)", "macro", 1, 1, 11),
        ("for > 1", "syntax", 1, 1, 3),
        ("1a > 1", "syntax", 1, 1, 2),
        ("99999999999999999999 > 1", "syntax", 1, 1, 20),
    ] {
        let fault = refused(source);
        let place = (fault.rule, fault.place.line, fault.place.column, fault.place.length);
        assert_eq!(place, (rule, line, column, length), "{source}: {fault:?}");
        assert!(
            fault.zh.chars().any(|letter| letter > '\u{2e80}')
                && !fault.en.is_empty()
                && fault.en.is_ascii() | source.contains(['＞', '红']),
            "{fault:?}"
        );
    }
    let several = compile("record.a > 1 && record.b > 2", &declared(), &Type::Bool).unwrap_err();
    assert_eq!(several.len(), 2, "not only the first");
}

#[test]
fn what_goes_wrong_while_it_is_worked_out_is_placed_too() {
    for (source, rule, column) in [
        ("true && record.count / (record.count - 3) > 1", "division_by_zero", 9),
        ("record.price > record.empty", "empty_value", 16),
        ("record.tags[2] == 'x'", "index", 13),
        ("int(record.name) > 1", "conversion", 1),
        ("9223372036854775807 + record.count > 1", "too_large", 1),
        ("anything + 1 > 1", "empty_value", 1),
    ] {
        let fault = fails(source);
        assert_eq!((fault.rule, fault.place.column), (rule, column), "{source}: {fault:?}");
    }
    assert!(fails("record.empty > 1").is_empty_value() && !fails("1 / 0 == 1").is_empty_value());
    let number = compile("record.count", &declared(), &Type::Bool).unwrap_err().remove(0);
    assert_eq!(number.rule, "type", "a rule answers yes or no");
}

#[test]
fn hostile_texts_end_quickly_and_say_which_limit() {
    let began = Instant::now();
    let nested = |open: &str, middle: &str, close: &str, times: usize| format!("{}{middle}{}", open.repeat(times), close.repeat(times));
    let mut hostile = vec![
        "(".repeat(2_000),
        "!!(!!!!!!(!!!!(((((!!(!!(!!!!((".repeat(50),
        format!("{}1", "-".repeat(3_000)),
        format!("{}true", "!".repeat(3_000)),
        nested("[", "1", "]", 1_500),
        nested("{'a':", "1", "}", 500),
        nested("true ? (", "1", ") : 1", 300),
        vec!["1"; 1_900].join("+"),
        format!("[1]{}", ".map(x,[x,x])".repeat(300)),
        format!("anything{}", ".a".repeat(1_900)),
        "a".repeat(MAX_SOURCE + 1),
        format!("'{}'", "\\u0000".repeat(600)),
    ];
    hostile.push(format!(">{}?[{}{}l?(-", "{".repeat(63), "(".repeat(11), "{".repeat(26)));
    for source in &hostile {
        let fault = compile(source, &declared(), &Type::Any).unwrap_err().remove(0);
        assert!(["expression_size", "expression_length", "syntax"].contains(&fault.rule), "{}: {fault:?}", &source[..40]);
    }
    let ten = "[0,1,2,3,4,5,6,7,8,9]";
    let loops = |depth: usize| (0..depth).fold("1".to_owned(), |inner, n| format!("{ten}.map(x{n}, {inner})"));
    for source in [
        loops(8),
        format!("['abcdefgh']{}", ".map(x, x + x)".repeat(42)),
        // Small to make, endless to compare.
        format!("[[1]{0}] == [[1]{0}]", ".map(x, [x, x])".repeat(40)),
        format!("{ten}.all(a, {ten}.all(b, {ten}.all(c, {ten}.all(d, {ten}.all(e, record.empty > 1 || true)))))"),
    ] {
        let fault = compiled(&source).run(&bindings()).unwrap_err();
        assert_eq!(fault.rule, "run_limit", "{source}");
    }
    assert!(began.elapsed().as_secs() < 20, "limits are there to end it");
}

#[test]
fn the_deepest_tree_that_is_read_is_worked_out_on_a_small_stack() {
    let deep = [
        vec!["1"; 100].join("+"),
        format!("{}1{}", "(1+".repeat(38), ")".repeat(38)),
        format!("{}1{}", "[1].map(x, ".repeat(19), ")".repeat(19)),
    ];
    // What async workers have.
    let worker = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
    let done = worker.spawn(move || deep.iter().all(|source| compiled(source).run(&bindings()).is_ok())).unwrap();
    assert!(done.join().unwrap());
}

#[test]
fn a_result_is_written_out_within_its_room() {
    let huge = compiled(&format!("[1]{}", ".map(x, [x, x])".repeat(30))).run(&bindings()).unwrap();
    assert!(huge.to_json(&mut 100).to_string().len() < 10_000);
}

#[test]
fn json_becomes_values_of_the_declared_types_and_says_where_it_does_not() {
    let misfit = Value::of_json(&json!({"lines": [{"quantity": "1"}, {"quantity": "viel"}]}), &record()).unwrap_err();
    assert_eq!((misfit.at.as_str(), misfit.wanted), ("lines[1].quantity", Type::Decimal));
    let any = Value::of_json(&json!({"a": [1, 1.5, "x", null]}), &Type::Any).unwrap();
    assert_eq!(any.to_json(&mut 100), json!({"a": [1, "1.5", "x", null]}));
    assert_eq!(Type::of_word("list<decimal>"), Some(Type::list(Type::Decimal)));
    assert_eq!((Type::of_word("list<list<text>>"), Type::of_word("uint")), (None, None));
}

/// Bits of expressions in any order: most are wrong, some are right.
fn jumble() -> impl Strategy<Value = String> {
    let bits = prop::sample::select(vec![
        "record",
        ".price",
        ".name",
        ".lines",
        ".tags",
        ".empty",
        "[0]",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        "'a'",
        "\"",
        "1",
        "2.5",
        "0",
        "true",
        "null",
        "+",
        "-",
        "*",
        "/",
        "%",
        "==",
        "<",
        "&&",
        "||",
        "!",
        "?",
        ":",
        ",",
        " in ",
        ".map(x, ",
        ".all(x, ",
        "x",
        "has(",
        "size(",
        "today",
        "now",
        ".matches('a+')",
        "round(",
        "duration('1h')",
        "红",
        "\\",
        "\n",
        "//",
        "9223372036854775807",
        ".sum()",
        "anything",
    ]);
    prop::collection::vec(bits, 0..24).prop_map(|bits| bits.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// Whatever is written, it is read or refused at a place within it, and what is read ends.
    #[test]
    fn any_jumble_of_bits_is_worked_out_or_refused(source in jumble()) {
        match compile(&source, &declared(), &Type::Any) {
            Ok(program) => drop(program.run(&bindings())),
            Err(faults) => {
                prop_assert!(!faults.is_empty());
                for fault in faults {
                    prop_assert!(fault.place.offset + fault.place.length <= source.chars().count());
                }
            }
        }
    }

    #[test]
    fn any_text_is_read_or_refused(source in ".{0,200}") {
        if let Ok(program) = compile(&source, &declared(), &Type::Any) {
            drop(program.run(&bindings()));
        }
    }

    /// Sums and products of money are those of whole fen.
    #[test]
    fn money_adds_up_to_the_fen(fen in prop::collection::vec(-1_000_000_i64..1_000_000, 1..20)) {
        let all = fen.iter().map(|fen| format!("{}{}.{:02}", if *fen < 0 { "-" } else { "" }, fen.abs() / 100, fen.abs() % 100));
        let source = format!("([{}].sum() * 100) == {}", all.collect::<Vec<_>>().join(","), fen.iter().sum::<i64>());
        prop_assert_eq!(compiled(&source).run(&bindings()).unwrap(), Value::Bool(true));
    }
}

#[test]
fn a_formula_is_shown_with_its_values_and_says_which_variables_it_names() {
    let declared = Declarations::new()
        .with("width", Type::Decimal)
        .with("cloth", Type::object([("price", Type::Decimal), ("code", Type::Text)]))
        .with("sizes", Type::list(Type::Decimal));
    let value = |text: &str| Value::Decimal(text.parse().unwrap());
    let cloth = Value::object([("price", value("45.50")), ("code", Value::text("linen"))]);
    let bindings = Bindings::at(jiff::Timestamp::UNIX_EPOCH, TimeZone::UTC).with("width", value("3.20")).with("cloth", cloth);
    let shown = |source: &str| {
        let program = compile(source, &declared, &Type::Any).unwrap();
        (program.worked(&bindings), program.names().into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    assert_eq!(
        shown("ceil((width + 0.2) / 1.45) * cloth.price"),
        ("ceil((3.2 + 0.2) / 1.45) * 45.5".into(), vec!["cloth".into(), "width".into()])
    );
    assert_eq!(shown("cloth.code == 'linen' ? width : 0.0").0, "'linen' == 'linen' ? 3.2 : 0.0");
    assert_eq!(
        shown("sizes.all(width, width > 1.0)"),
        ("sizes.all(width, width > 1.0)".into(), vec!["sizes".into()]),
        "its own variable is none"
    );
    assert_eq!(compile("width", &declared, &Type::Decimal).unwrap().number(&bindings).unwrap().to_string(), "3.20");
    let empty = Bindings::at(jiff::Timestamp::UNIX_EPOCH, TimeZone::UTC);
    assert!(compile("width", &declared, &Type::Decimal).unwrap().number(&empty).unwrap_err().is_empty_value());
}
