//! The classifier and the explainer, against a small site.

use super::symbology::AimId;
use super::{Command, Kind, Meaning, NotFound, classify, parse};
use crate::catalog::{BarcodeHit, Directory, ItemFacts, Location, LocationKind, Operator};
use crate::ids::{ItemId, LocationId, OperatorId};
use crate::quantity::Quantity;

const WARDROBE: ItemId = ItemId(1);
const CHAIR: ItemId = ItemId(2);
const SHELF: LocationId = LocationId(7);

/// A wardrobe in seven cartons, a chair in one with a box of four, a shelf and a person.
struct Site;

impl Directory for Site {
    fn barcode(&self, text: &str) -> Option<BarcodeHit> {
        let hit = |item, units, carton| Some(BarcodeHit { item, quantity: Quantity::units(units), carton });
        match text {
            "06901234567892" => hit(WARDROBE, 1, None),
            "06901234567809" => hit(WARDROBE, 1, Some(2)),
            "00000096385074" => hit(CHAIR, 1, None),
            "16901234567899" => hit(CHAIR, 4, None),
            "00042100005264" => hit(CHAIR, 1, None),
            "0109506000134353" | "12345678" | "CHAIR*OLD" => hit(CHAIR, 1, None),
            _ => None,
        }
    }
    fn item(&self, id: ItemId) -> Option<ItemFacts<'_>> {
        let facts =
            ItemFacts { id, code: "YG-OAK-2400", name: "橡木衣柜", name_en: "", unit: "件", cartons: 7, by_lot: false, is_kit: false };
        match id {
            WARDROBE => Some(facts),
            CHAIR => Some(ItemFacts { code: "YZ/01", name: "椅子", cartons: 1, ..facts }),
            _ => None,
        }
    }
    fn item_by_code(&self, code: &str) -> Option<ItemId> {
        match code {
            "YG-OAK-2400" => Some(WARDROBE),
            "YZ/01" => Some(CHAIR),
            _ => None,
        }
    }
    fn location_by_code(&self, code: &str) -> Option<LocationId> {
        (code == "B-04-2").then_some(SHELF)
    }
    fn location(&self, _: LocationId) -> Option<&Location> {
        None
    }
    fn location_of_kind(&self, _: LocationKind) -> Option<LocationId> {
        None
    }
    fn operator_by_badge(&self, badge: &str) -> Option<OperatorId> {
        (badge == "wang").then_some(OperatorId(3))
    }
    fn operator(&self, _: OperatorId) -> Option<&Operator> {
        None
    }
}

fn meaning(payload: &str) -> Meaning {
    classify(&Site, payload.as_bytes(), None)
}

fn scanned(aim: &str, payload: &str) -> Meaning {
    classify(&Site, payload.as_bytes(), Some(aim.parse::<AimId>().unwrap()))
}

fn goods(item: ItemId, units: i64, carton: Option<u16>, lot: Option<&str>, serial: Option<&str>) -> Meaning {
    let text = |text: Option<&str>| text.map(str::to_owned);
    Meaning::Goods { item, quantity: Quantity::units(units), carton, lot: text(lot), serial: text(serial) }
}

fn one(item: ItemId) -> Meaning {
    goods(item, 1, None, None, None)
}

fn invalid(position: usize, rule: &str) -> Meaning {
    Meaning::Invalid { position, rule: rule.into() }
}

fn missing(what: NotFound, text: &str) -> Meaning {
    Meaning::NotFound { what, text: text.into() }
}

#[test]
fn a_gtin_of_any_length_and_symbology_is_its_item() {
    for payload in ["6901234567892", "06901234567892", "]E06901234567892", "]I106901234567892", " 6901234567892\r\n"] {
        assert_eq!(meaning(payload), one(WARDROBE), "{payload}");
    }
    assert_eq!(scanned("]E0", "6901234567892"), one(WARDROBE));
    assert_eq!(scanned("]C0", "6901234567892"), one(WARDROBE));
    assert_eq!(scanned("]E4", "96385074"), one(CHAIR));
    assert_eq!(scanned("]E0", "04252614"), one(CHAIR), "UPC-E");
    assert_eq!(scanned("]E3", "690123456789212"), one(WARDROBE), "with a two-digit add-on");
    assert_eq!(scanned("]E3", "690123456789212345"), one(WARDROBE), "with a five-digit add-on");
    assert_eq!(scanned("]e0", "06901234567892"), one(WARDROBE), "DataBar without its (01)");
    assert_eq!(scanned("]I1", "16901234567899"), goods(CHAIR, 4, None, None, None), "a box of four");
    assert_eq!(meaning("6901234567809"), goods(WARDROBE, 1, Some(2), None, None), "a carton with its own GTIN");
}

#[test]
fn a_gtin_nobody_knows_is_named_and_a_wrong_one_is_refused() {
    assert_eq!(meaning("4006381333931"), missing(NotFound::Item, "04006381333931"));
    assert_eq!(scanned("]E0", "4006381333931"), missing(NotFound::Item, "04006381333931"));
    assert_eq!(meaning("6901234567893"), invalid(12, "check digit of a GTIN-13"));
    assert_eq!(meaning("]E06901234567893"), invalid(15, "check digit of a GTIN-13"));
    assert_eq!(scanned("]E0", "6901234567893"), invalid(12, "check digit of a GTIN-13"));
    assert_eq!(scanned("]E0", "690123456789"), invalid(11, "check digit of a GTIN-12"));
    assert_eq!(scanned("]E0", "69012345"), invalid(7, "check digit of a GTIN-8"));
    assert_eq!(scanned("]E0", "690123456789X"), invalid(12, "EAN/UPC: digits only"));
    assert_eq!(scanned("]E0", "69012"), invalid(5, "EAN/UPC: 8, 12 or 13 digits"));
    assert_eq!(scanned("]C0", "6901234567893"), Meaning::Unknown { text: "6901234567893".into() }, "Code 128 may hold any number");
    assert_eq!(scanned("]E1", "12"), Meaning::Unknown { text: "12".into() });
}

#[test]
fn the_sites_own_barcodes_go_before_what_only_looks_like_a_standard() {
    assert_eq!(meaning("12345678"), one(CHAIR), "eight digits without a right check digit");
    assert_eq!(meaning("0109506000134353"), one(CHAIR), "looks like an element string with a wrong digit");
    assert_eq!(meaning("CHAIR*OLD"), one(CHAIR));
    assert_eq!(meaning("YG-OAK-2400"), one(WARDROBE));
    assert_eq!(meaning("B-04-2"), Meaning::Location { location: SHELF });
    assert_eq!(meaning("B-04-3"), Meaning::Unknown { text: "B-04-3".into() });
}

#[test]
fn control_and_house_codes_mean_what_they_say() {
    assert_eq!(meaning("QT-UNDO"), Meaning::Command { command: Command::Undo });
    assert_eq!(meaning("]Q1QT-QTY-2.5"), Meaning::Command { command: Command::Quantity { quantity: Quantity::from_raw(2500) } });
    assert_eq!(meaning("QT-TASK-PK-000456"), Meaning::Command { command: Command::Task { number: "PK-000456".into() } });
    assert_eq!(meaning("QT-OP-wang"), Meaning::Operator { operator: OperatorId(3) });
    assert_eq!(meaning("QT-OP-li"), missing(NotFound::Operator, "li"));
    assert_eq!(meaning("QT-L-B-04-2"), Meaning::Location { location: SHELF });
    assert_eq!(meaning("QT-L-B-99"), missing(NotFound::Location, "B-99"));
    assert_eq!(meaning("QT-LP-77"), Meaning::LicencePlate { code: "QT-LP-77".into() });
    assert_eq!(meaning("]C0QT-QTY-x"), invalid(10, "quantity: not a decimal number"));
    assert_eq!(meaning("QT-DANCE"), Meaning::Unknown { text: "QT-DANCE".into() });
}

#[test]
fn carton_labels_tell_the_carton_and_the_dye_lot() {
    assert_eq!(meaning("YG-OAK-2400/3-7"), goods(WARDROBE, 1, Some(3), None, None));
    assert_eq!(meaning("YG-OAK-2400/3-7/D12"), goods(WARDROBE, 1, Some(3), Some("D12"), None));
    assert_eq!(meaning("YZ/01/1-1"), goods(CHAIR, 1, Some(1), None, None), "an item code with a slash");
    assert_eq!(meaning("]Q1YG-OAK-2400/8-7"), invalid(15, "carton 8 of 7: from 1 to the number of cartons"));
    assert_eq!(meaning("YG-OAK-2400/3-5"), invalid(12, "carton 3 of 5: YG-OAK-2400 has 7"));
    assert_eq!(meaning("YG-ELM-1800/3-7"), missing(NotFound::Item, "YG-ELM-1800"));
    assert_eq!(scanned("]d2", "800606901234567892030710D12"), invalid(22, "(8006) length 18"));
    assert_eq!(scanned("]d2", "8006069012345678920307\u{1d}10D12\u{1d}21S9"), goods(WARDROBE, 1, Some(3), Some("D12"), Some("S9")));
    assert_eq!(meaning("(8006)069012345678920305"), invalid(1, "carton 3 of 5: YG-OAK-2400 has 7"));
}

#[test]
fn gs1_data_means_goods_or_a_licence_plate() {
    assert_eq!(scanned("]C1", "010690123456789210L5\u{1d}21S1"), goods(WARDROBE, 1, None, Some("L5"), Some("S1")));
    assert_eq!(meaning("]C1010690123456789210L5"), goods(WARDROBE, 1, None, Some("L5"), None));
    assert_eq!(meaning("0106901234567892"), one(WARDROBE), "without any mark");
    assert_eq!(meaning("\u{1d}0106901234567892"), one(WARDROBE), "with the first FNC1 as GS");
    assert_eq!(meaning("(01)06901234567892(10)L5"), goods(WARDROBE, 1, None, Some("L5"), None));
    assert_eq!(meaning("https://qitao.example/01/6901234567892/10/L5"), goods(WARDROBE, 1, None, Some("L5"), None));
    assert_eq!(meaning("(02)16901234567899(37)6"), goods(CHAIR, 24, None, None, None), "six boxes of four; the SSCC is beside it");
    assert_eq!(meaning("(00)106141412345678908(02)16901234567899(37)6"), goods(CHAIR, 24, None, None, None));
    assert_eq!(meaning("(01)06901234567892(30)3"), goods(WARDROBE, 3, None, None, None));
    assert_eq!(meaning("(02)16901234567899(37)0"), invalid(19, "(37) not zero"));
    assert_eq!(meaning("00106141412345678908"), Meaning::LicencePlate { code: "106141412345678908".into() });
    assert_eq!(meaning("]C100106141412345678908"), Meaning::LicencePlate { code: "106141412345678908".into() });
    assert_eq!(meaning("(01)04006381333931"), missing(NotFound::Item, "04006381333931"));
    assert_eq!(meaning("(99)X"), Meaning::Unknown { text: "(99)X".into() });
}

#[test]
fn broken_gs1_data_names_the_byte_of_the_whole_payload() {
    assert_eq!(meaning("]C10106901234567893"), invalid(18, "(01) check digit"));
    assert_eq!(meaning(" (01)06901234567893"), invalid(18, "(01) check digit"));
    assert_eq!(meaning("0106901234567893"), invalid(15, "(01) check digit"));
    assert_eq!(meaning("(10)L5"), invalid(1, "(10) needs (01) or (02) or (03) or (8006) or (8026)"));
    assert_eq!(scanned("]C1", "hello"), invalid(0, "application identifier expected"));
    assert_eq!(classify(&Site, b"]C10106901234567892\x1d10\xff", None), invalid(22, "(10) character set 82"));
}

#[test]
fn whatever_else_is_text_that_can_be_kept() {
    assert_eq!(meaning(""), Meaning::Unknown { text: String::new() });
    assert_eq!(meaning("]Q1"), Meaning::Unknown { text: String::new() });
    assert_eq!(meaning("https://www.example.com/oak"), Meaning::Unknown { text: "https://www.example.com/oak".into() });
    assert_eq!(meaning("http://x.cn/a/1-2"), Meaning::Unknown { text: "http://x.cn/a/1-2".into() });
    assert_eq!(meaning("[)>\u{1e}06\u{1d}1P123"), Meaning::Unknown { text: "[)>{1E}06{GS}1P123".into() });
    assert_eq!(classify(&Site, b"\xff\x00", None), Meaning::Unknown { text: "{FF}{00}".into() });
    assert_eq!(meaning("橡木"), Meaning::Unknown { text: "橡木".into() });
}

#[test]
fn parsing_needs_no_site_and_has_one_shape() {
    let json = |payload: &str| serde_json::to_value(parse(payload.as_bytes(), None)).unwrap();
    assert_eq!(
        json("]C1010690123456789210L5\u{1d}21S1"),
        serde_json::json!({
            "ok": true, "symbology": "GS1-128", "meaning": "gs1", "text": "010690123456789210L5{GS}21S1", "error": null,
            "elements": [{"ai": "01", "value": "06901234567892"}, {"ai": "10", "value": "L5"}, {"ai": "21", "value": "S1"}],
        })
    );
    assert_eq!(
        json("]E06901234567893"),
        serde_json::json!({
            "ok": false, "symbology": "EAN-13", "meaning": "gtin", "text": "6901234567893", "elements": [],
            "error": {"position": 15, "rule": "check digit of a GTIN-13"},
        })
    );
    for (payload, ok, kind, text) in [
        ("6901234567892", true, Kind::Gtin, "06901234567892"),
        ("(00)106141412345678908", true, Kind::Sscc, "(00)106141412345678908"),
        ("(01)06901234567892", true, Kind::Gtin, "(01)06901234567892"),
        ("(8006)069012345678920307(10)D", true, Kind::Itip, "(8006)069012345678920307(10)D"),
        ("(02)06901234567892(37)5", false, Kind::Gs1, "(02)06901234567892(37)5"),
        ("QT-L-A1", true, Kind::Location, "A1"),
        ("QT-OP-wang", true, Kind::Operator, "wang"),
        ("qt-ok", true, Kind::Command, "QT-OK"),
        ("QT-LP-7", true, Kind::LicencePlate, "QT-LP-7"),
        ("YG/1-2", true, Kind::Carton, "YG/1-2"),
        ("YG/3-2", false, Kind::Carton, "YG/3-2"),
        ("hello", true, Kind::Text, "hello"),
        ("", false, Kind::Empty, ""),
    ] {
        let parsed = parse(payload.as_bytes(), None);
        assert_eq!((parsed.ok, parsed.meaning, parsed.text.as_str()), (ok, kind, text), "{payload}");
        assert_eq!(parsed.ok, parsed.error.is_none());
    }
    let parsed = parse(b"010690123456789217251301", Some("]C1".parse().unwrap()));
    assert_eq!((parsed.elements.len(), parsed.error.map(|f| f.position)), (1, Some(20)), "what was read before the fault is kept");
}
