//! The readers against examples after the General Specifications, and against messages made at random from the table.

use proptest::prelude::*;

use super::rules::Check;
use super::table::{Part, Set};
use super::*;
use crate::barcode::check;

fn values(read: &Gs1) -> Vec<(&str, &str)> {
    read.elements().iter().map(|element| (element.ai.as_str(), element.value.as_str())).collect()
}

fn fault(read: Result<Gs1, Broken>) -> (usize, String) {
    let fault = read.unwrap_err().fault;
    (fault.position, fault.rule)
}

/// Syntax and pairs of bracketed text, as one message.
fn whole(text: &str) -> Result<(), Fault> {
    bracketed(text.as_bytes()).map_err(|broken| broken.fault)?.pairs(Carriers::Whole)
}

#[test]
fn rows_are_in_order_and_no_identifier_begins_with_another() {
    let all = table::all();
    assert!(all.windows(2).all(|pair| pair[0].last < pair[1].first), "sorted, runs apart");
    for row in all {
        assert_eq!(row.first.len(), row.last.len());
        assert_eq!(row.first[..row.first.len() - 1], row.last[..row.last.len() - 1], "a run differs in its last digit");
        assert!(!all.iter().any(|other| other.first != row.first && other.first.starts_with(row.first)), "{}", row.first);
        assert_eq!(table::find(row.first).map(Ai::title), Some(row.title));
        assert_eq!(table::find(row.last).map(Ai::title), Some(row.title));
    }
    assert_eq!(table::find("3106").map(Ai::title), None);
    assert_eq!(table::find("310a").map(Ai::title), None);
    assert_eq!(table::find("").map(Ai::title), None);
    let identifiers: usize = all.iter().map(|row| row.last.parse::<usize>().unwrap() - row.first.parse::<usize>().unwrap() + 1).sum();
    assert_eq!((all.len(), identifiers), (206, 541));
}

#[test]
fn predefined_lengths_are_those_of_the_standard() {
    // General Specifications, figure 7.8.5-2: the first two digits tell the length of identifier and value together.
    let lengths = |row: &Ai| match &row.first[..2] {
        "00" => Some(20),
        "01" | "02" | "03" => Some(16),
        "11" | "12" | "13" | "15" | "16" | "17" => Some(8),
        "20" => Some(4),
        "31" | "32" | "33" | "34" | "35" | "36" => Some(10),
        "41" => Some(16),
        _ => None,
    };
    for row in table::all() {
        let length = row.is_fixed().then(|| row.first.len() + row.longest());
        assert_eq!(length, lengths(row), "{}", row.first);
        assert!(!row.is_fixed() || row.shortest() == row.longest());
    }
}

#[test]
fn element_strings_are_cut_by_length_or_separator() {
    let read = element_string(b"01095060001343521725053110ABC123\x1d2112345678p901").unwrap();
    assert_eq!(values(&read), [("01", "09506000134352"), ("17", "250531"), ("10", "ABC123"), ("21", "12345678p901")]);
    assert_eq!((read.place("01"), read.place("10"), read.place("21"), read.place("37")), (Some(0), Some(24), Some(33), None));
    assert_eq!(read.get("17"), Some("250531"));
    assert_eq!(read.pairs(Carriers::Whole), Ok(()));
    assert_eq!(to_element_string(read.elements()).as_bytes(), b"01095060001343521725053110ABC123\x1d2112345678p901");
    assert_eq!(to_bracketed(read.elements()), "(01)09506000134352(17)250531(10)ABC123(21)12345678p901");
}

#[test]
fn idle_separators_are_tolerated_at_the_ends_and_after_fixed_lengths_only() {
    for text in [&b"\x1d0109506000134352"[..], b"0109506000134352\x1d", b"0109506000134352\x1d17250531", b"10A\x1d"] {
        assert!(element_string(text).is_ok(), "{text:?}");
    }
    assert_eq!(fault(element_string(b"10A\x1d\x1d21B")), (4, "application identifier expected".into()));
    assert_eq!(fault(element_string(b"\x1d\x1d10A")).0, 1);
    assert_eq!(fault(element_string(b"")).0, 0);
    assert_eq!(fault(element_string(b"\x1d")).0, 1);
}

#[test]
fn a_broken_element_names_its_place_and_rule_and_what_came_before_stays() {
    for (text, position, rule) in [
        (&b"0109506000134353"[..], 15, "(01) check digit"),
        (b"010950600013435", 15, "(01) length 14"),
        (b"0109506000134352172513", 22, "(17) length 6"),
        (b"010950600013435217251301", 20, "(17) date: month"),
        (b"010950600013435217250230", 22, "(17) date: day"),
        (b"010950600013435210ABCDEFGHIJKLMNOPQRSTU", 38, "(10) length 1 to 20"),
        (b"010950600013435210", 18, "(10) length 1 to 20"),
        (b"010950600013435210AB C", 20, "(10) character set 82"),
        (b"010950600013435210AB\xe6", 20, "(10) character set 82"),
        (b"01095060001343523712A", 20, "(37) digits only"),
        (b"010950600013435299A\x1d0Z", 20, "application identifier expected"),
        (b"01095060001343525000", 16, "unknown AI 5000"),
        (b"8006095060001343520302", 18, "(8006) piece number above the total"),
        (b"8006095060001343520002", 18, "(8006) piece number zero"),
        (b"8006095060001343520100", 20, "(8006) total of pieces zero"),
        (b"80101234ab", 8, "(8010) character set 39"),
        (b"8007GB82WEST12345698765431", 6, "(8007) IBAN: check digits"),
        (b"80131987654Ad4X4bL5ttr2310c2L", 27, "(8013) check character pair"),
        (b"4330012345+", 10, "(4330) value not in its list"),
        (b"70402ABC\x1d7040X", 14, "(7040) length 4"),
    ] {
        assert_eq!(fault(element_string(text)), (position, rule.to_owned()), "{}", text.escape_ascii());
    }
    let broken = element_string(b"010950600013435217251301").unwrap_err();
    assert_eq!(broken.elements, [Element::new("01", "09506000134352").unwrap()]);
}

#[test]
fn keys_and_codes_after_the_standard_are_read() {
    for text in [
        "(00)106141412345678908",
        "(8006)095060001343520102(10)L1(21)S1",
        "(253)4712345678900ABC",
        "(255)4712345678900",
        "(401)9521141ABC",
        "(402)12345678901234560",
        "(414)9524321676108(254)A1",
        "(8003)04712345678900S1",
        "(8004)95201234567890",
        "(8010)9521141ABC-1/2#(8011)12345",
        "(8013)1987654Ad4X4bL5ttr2310c2K",
        "(8018)952987654321098776(8019)7",
        "(8020)INV1(415)9524321676108",
        "(8026)095060001343520102(37)5(00)106141412345678908",
        "(01)09506000134352(3103)001750(3922)199",
        "(01)09506000134352(423)156158",
        "(01)09506000134352(7040)1ABC",
        "(01)09506000134352(8008)2512310059",
        "(00)106141412345678908(4309)12345678900123456789(4307)CN",
        "(00)106141412345678908(4330)012345-(4324)2512002359",
        "(8018)952987654321098776(7253)%E6%9D%8E(7250)20240229",
        "(8018)952987654321098776(7259)B(7258)1/2",
        "(01)09506000134352(21)S(8030)ab_-",
        "(90)A",
        "(99)house",
    ] {
        let outcome = whole(text);
        assert_eq!(outcome, Ok(()), "{text}");
    }
}

#[test]
fn pairs_that_must_or_may_not_be_are_checked() {
    for (text, position, rule) in [
        ("(10)ABC", 1, "(10) needs (01) or (02) or (03) or (8006) or (8026)"),
        ("(02)09506000134352", 1, "(02) needs (37)"),
        ("(37)12(02)09506000134352", 1, "(37) needs (00)+(02) or (00)+(8026)"),
        ("(01)09506000134352(37)12", 1, "(01) forbids (37)"),
        ("(01)09506000134352(02)09506000134352", 19, "(02) forbids (01)"),
        ("(01)09506000134352(10)A(10)B", 24, "(10) has two values"),
        ("(01)09506000134352(3100)000001(3101)000001", 19, "(3100) forbids (3101)"),
        ("(01)09506000134352(250)X", 19, "(250) needs (01)+(21) or (03)+(21) or (8006)+(21)"),
        ("(01)09506000134352(3922)100", 19, "(3922) needs (01)+(30) or (01)+(31nn) or (01)+(32nn) or (01)+(35nn) or (01)+(36nn)"),
        ("(01)09506000134352(21)A(235)B", 19, "(21) forbids (235)"),
        ("(253)4712345678900(8030)ab", 1, "(8030) needs (253) with its serial part"),
    ] {
        let fault = whole(text).unwrap_err();
        assert_eq!((fault.position, fault.rule.as_str()), (position, rule), "{text}");
    }
    assert_eq!(whole("(01)09506000134352(10)A(10)A"), Ok(()), "saying the same twice is idle, not wrong");
    assert_eq!(whole("(01)09506000134352(3100)000001(3100)000001"), Ok(()), "an identifier does not forbid itself");
}

#[test]
fn one_barcode_of_a_pallet_label_may_leave_the_sscc_to_another() {
    let read = bracketed(b"(02)09506000134352(37)12(10)L1").unwrap();
    assert!(read.pairs(Carriers::Whole).is_err());
    assert_eq!(read.pairs(Carriers::OneOfSeveral), Ok(()));
    assert!(bracketed(b"(37)12").unwrap().pairs(Carriers::OneOfSeveral).is_err());
}

#[test]
fn bracketed_text_has_its_brackets_and_escapes() {
    let read = bracketed(br"(10)A\(1)B(99)X").unwrap();
    assert_eq!(values(&read), [("10", "A(1)B"), ("99", "X")]);
    assert_eq!(to_bracketed(&read.elements()[..1]), r"(10)A\(1)B");
    assert_eq!(fault(bracketed(br"(99)\x")), (4, "(99) character set 82".into()), "the backslash is in no GS1 set");
    for (text, position, rule) in [
        ("", 0, "application identifier in brackets expected"),
        ("01", 0, "application identifier in brackets expected"),
        ("(01", 0, "application identifier in brackets expected"),
        ("()1", 1, "application identifier expected"),
        ("(0)1", 1, "application identifier expected"),
        ("(05)1", 1, "unknown AI 05"),
        ("(01)", 4, "(01) length 14"),
        ("(10)A(1)B", 6, "application identifier expected"),
        (r"(10)A\(\(\( B", 11, "(10) character set 82"),
        ("(17)251301(10)A", 6, "(17) date: month"),
    ] {
        assert_eq!(fault(bracketed(text.as_bytes())), (position, rule.to_owned()), "{text}");
    }
}

#[test]
fn digital_links_are_read_from_any_domain() {
    for (uri, expected) in [
        ("https://id.gs1.org/01/09506000134352", vec![("01", "09506000134352")]),
        (
            "http://example.com:8080/some/where/01/9506000134352/10/AB%2FC/21/S1?17=250531&linkType=gs1:pip#top",
            vec![("01", "09506000134352"), ("10", "AB/C"), ("21", "S1"), ("17", "250531")],
        ),
        ("HTTPS://QITAO.example/8006/095060001343520307/10/D12", vec![("8006", "095060001343520307"), ("10", "D12")]),
        ("https://x.cn/414/9524321676108/254/32a%25", vec![("414", "9524321676108"), ("254", "32a%")]),
        (
            "https://x.cn/00/106141412345678908?02=09506000134352&37=25&s&&=",
            vec![("00", "106141412345678908"), ("02", "09506000134352"), ("37", "25")],
        ),
        ("https://x.cn/01/09506000134352/235/T1", vec![("01", "09506000134352"), ("235", "T1")]),
    ] {
        let read = digital_link(uri.as_bytes()).unwrap().unwrap();
        assert_eq!(values(&read), expected, "{uri}");
        assert_eq!(read.pairs(Carriers::Whole), Ok(()), "{uri}");
    }
}

#[test]
fn what_is_no_digital_link_is_left_alone() {
    for uri in [
        "https://example.com/",
        "https://example.com",
        "https:///01/09506000134352",
        "ftp://x.cn/01/09506000134352",
        "https://x.cn/gtin/09506000134352",
        "https://x.cn/10/ABC",
        "https://x.cn/01",
        "https://x.cn?01=09506000134352",
        "https://x_y/01/09506000134352",
        "https://x.cn/q/CAAPkQ",
    ] {
        assert_eq!(digital_link(uri.as_bytes()), None, "{uri}");
    }
}

#[test]
fn broken_digital_links_name_place_and_rule() {
    for (uri, position, rule) in [
        ("https://x.cn/01/09506000134353", 29, "(01) check digit"),
        ("https://x.cn/01/9506000134353", 28, "(01) check digit"),
        ("https://x.cn/01/09506000134352/21/A/10/B", 31, "order of (21)(10) in the path"),
        ("https://x.cn/01/09506000134352/17/250531", 31, "order of (17) in the path"),
        ("https://x.cn/01/09506000134352?10=A", 31, "(10) belongs in the path"),
        ("https://x.cn/01/09506000134352?21=A", 31, "(21) is no attribute for the query"),
        ("https://x.cn/01/09506000134352?17=250531&17=250531", 41, "(17) is there twice"),
        ("https://x.cn/01/09506000134352?5555=1", 31, "unknown AI 5555"),
        ("https://x.cn/01/09506000134352/10/A<B", 35, "web address: character must be percent-encoded"),
        ("https://x.cn/01/09506000134352/10/A%2", 35, "(10) percent-encoding"),
        ("https://x.cn/01/09506000134352/10/A%20B", 35, "(10) character set 82"),
        ("https://x.cn/01/09506000134352?3103=0+1234", 37, "(3103) digits only"),
        ("https://x.cn/01/09506000134352/10/", 34, "(10) length 1 to 20"),
    ] {
        assert_eq!(fault(digital_link(uri.as_bytes()).unwrap()), (position, rule.to_owned()), "{uri}");
    }
}

#[test]
fn an_element_for_a_label_is_checked_when_made() {
    assert_eq!(Element::new("01", "09506000134352").map(|e| e.ai), Ok("01".to_owned()));
    assert_eq!(Element::new("01", "09506000134353"), Err(Fault::new(13, "(01) check digit")));
    assert_eq!(Element::new("0199", "1"), Err(Fault::new(0, "unknown AI 0199")));
}

/// A small generator of pseudo-random numbers, so that one seed makes one message.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % n
    }
    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
    fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }
}

fn characters(part: &Part, dice: &mut Dice) -> String {
    let (shortest, longest) = part.lengths();
    let set: &[u8] = match part.set() {
        Set::N => b"0123456789",
        Set::X => check::SET_82,
        Set::Y => b"#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        Set::Z => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
    };
    (0..dice.between(shortest, longest)).map(|_| char::from(*dice.of(set))).collect()
}

/// A value that keeps the part's rules.
fn sample(part: &Part, dice: &mut Dice) -> String {
    let plain = characters(part, dice);
    let date = |dice: &mut Dice, first: usize| format!("{:02}{:02}{:02}", dice.below(100), dice.between(1, 12), dice.between(first, 28));
    let listed = |dice: &mut Dice, list: &str| (*dice.of(&list.split(' ').collect::<Vec<_>>())).to_owned();
    let prefixed = |dice: &mut Dice, plain: &str, most: usize| {
        let rest: String = plain.chars().take(most.saturating_sub(4)).collect();
        format!("{:04}{rest}", dice.below(10_000))
    };
    match part.checks {
        [] => plain,
        [Check::Mod10] => {
            let body = &plain[..plain.len() - 1];
            format!("{body}{}", char::from(check::mod10(body.as_bytes()).unwrap()))
        }
        [Check::Pair, Check::Prefix, more @ ..] => {
            let letter = if more.is_empty() { "" } else { "A" };
            let body = prefixed(dice, &plain, 22) + letter;
            let [a, b] = check::pair(body.as_bytes()).unwrap();
            format!("{body}{}{}", char::from(a), char::from(b))
        }
        [Check::Prefix] => prefixed(dice, &plain, part.longest),
        [Check::Date] => date(dice, 1),
        [Check::DateOrMonth] => date(dice, 0),
        [Check::LongDate] => format!("20{}", date(dice, 1)),
        [Check::Hour] => format!("{:02}", dice.below(24)),
        [Check::HourMinute] => format!("{:02}{:02}", dice.below(24), dice.below(60)),
        [Check::Sixty] => format!("{:02}", dice.below(60)),
        [Check::OneOf(set)] => char::from(*dice.of(set)).to_string(),
        [Check::NonZero] => format!("{}1", &plain[1..]),
        [Check::NoLeadingZero] => format!("1{}", &plain[1..]),
        [Check::Country] => listed(dice, lists::COUNTRIES),
        [Check::CountryOr999] => "999".to_owned(),
        [Check::CountryLetters] => listed(dice, lists::COUNTRY_LETTERS),
        [Check::Currency] => listed(dice, lists::CURRENCIES),
        [Check::Package] => listed(dice, lists::PACKAGES),
        [Check::Latitude] => format!("{:010}", dice.between(0, 1_800_000_000)),
        [Check::Longitude] => format!("{:010}", dice.between(0, 3_600_000_000)),
        [Check::Media] => format!("{:02}", dice.between(1, 10)),
        [Check::Percent] => plain.replace('%', ".").chars().take(part.longest - 3).chain("%E6".chars()).collect(),
        [Check::PieceOfTotal] => {
            let total = dice.between(1, 99);
            format!("{:02}{total:02}", dice.between(1, total))
        }
        [Check::PlaceOfTotal] => format!("{}/9", dice.between(1, 9)),
        [Check::Iban] => "DE89370400440532013000".to_owned(),
        [Check::Coupon] => "061414165432131251101233250101".to_owned(),
        [Check::Offer] => "006141416543210123456".to_owned(),
        other => panic!("no sample for {other:?}"),
    }
}

fn element(dice: &mut Dice) -> Element {
    let row = dice.of(table::all());
    let (first, last) = (row.first.parse::<usize>().unwrap(), row.last.parse::<usize>().unwrap());
    let ai = format!("{:0width$}", dice.between(first, last), width = row.first.len());
    let optional = dice.below(2) == 0;
    let value = row.parts.iter().filter(|part| optional || !part.optional).map(|part| sample(part, dice)).collect();
    Element { ai, value }
}

fn cases() -> ProptestConfig {
    ProptestConfig::with_cases(std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(256))
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn every_message_made_from_the_table_is_read_back(seed in 1_u64.., count in 1_usize..12) {
        let mut dice = Dice(seed);
        let elements: Vec<Element> = (0..count).map(|_| element(&mut dice)).collect();
        for made in &elements {
            prop_assert_eq!(Element::new(&made.ai, &made.value), Ok(made.clone()));
        }
        let read = element_string(to_element_string(&elements).as_bytes());
        prop_assert_eq!(read.map(Gs1::into_elements), Ok(elements.clone()));
        if elements.iter().all(|element| !element.value.contains('\\')) {
            let read = bracketed(to_bracketed(&elements).as_bytes());
            prop_assert_eq!(read.map(Gs1::into_elements), Ok(elements));
        }
    }

    #[test]
    fn one_wrong_digit_in_a_key_is_caught_where_it_stands(seed in 1_u64.., by in 1_u8..10) {
        let mut dice = Dice(seed);
        let keys: Vec<&Ai> = table::all().iter().filter(|row| row.numeric_key().is_some()).collect();
        let row = **dice.of(&keys);
        let mut value = row.parts.iter().map(|part| sample(part, &mut dice)).collect::<String>().into_bytes();
        let length = row.numeric_key().unwrap();
        let first = if row.first == "8003" { 1 } else { 0 };
        let at = dice.between(first, length - 1);
        value[at] = b'0' + (value[at] - b'0' + by) % 10;
        let text = [row.first.as_bytes(), &value].concat();
        let fault = element_string(&text).unwrap_err().fault;
        prop_assert_eq!(fault, Fault::new(row.first.len() + length - 1, format!("({}) check digit", row.first)));
    }

    #[test]
    fn a_fault_lies_inside_the_payload_and_is_found_again(seed in 1_u64.., cut in 0_usize..64, byte: u8) {
        let mut dice = Dice(seed);
        let elements: Vec<Element> = (0..4).map(|_| element(&mut dice)).collect();
        let mut text = to_element_string(&elements).into_bytes();
        let at = cut % text.len();
        text[at] = byte;
        for read in [element_string(&text), bracketed(&text), element_string(&text[..at])] {
            if let Err(broken) = read {
                prop_assert!(broken.fault.position <= text.len());
            }
        }
    }

    #[test]
    fn links_read_back_what_was_put_in_the_path_and_the_query(seed in 1_u64.., key in 0_usize..16) {
        let mut dice = Dice(seed);
        let keys: Vec<&Ai> = table::all().iter().filter(|row| row.key.is_some()).collect();
        let row = keys[key % keys.len()];
        let whole = |row: &Ai, dice: &mut Dice| Element {
            ai: row.first.to_owned(),
            value: row.parts.iter().map(|part| sample(part, dice)).collect(),
        };
        let mut elements = vec![whole(row, &mut dice)];
        let sequence = row.key.and_then(<[_]>::first).copied().unwrap_or_default();
        for qualifier in sequence.split(' ').filter_map(table::find) {
            elements.push(whole(qualifier, &mut dice));
        }
        let encode = |value: &str| value.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
        let path: String = elements.iter().map(|e| format!("/{}/{}", e.ai, encode(&e.value))).collect();
        let weight = Element::new("3103", "001750").unwrap();
        let uri = format!("https://qitao.example/x{path}?lang=zh&{}={}", weight.ai, weight.value);
        elements.push(weight);
        prop_assert_eq!(digital_link(uri.as_bytes()).unwrap().map(Gs1::into_elements), Ok(elements));
    }
}
