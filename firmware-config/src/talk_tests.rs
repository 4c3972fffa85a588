//! Requests and answers of every protocol, with vectors from the vendors' manuals and from published exchanges with real devices.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::family::{families, family};
use crate::value::Value;

fn item(family_id: &str, setting: &str, value: Value) -> Item {
    family(family_id).unwrap().items(&BTreeMap::from([(setting.to_owned(), value)])).0.remove(0)
}

fn said(text: &str, status: Status) -> Said {
    Said { text: text.into(), status }
}

#[test]
fn honeywell_is_asked_by_table_and_told_with_its_storage_mark() {
    // Honeywell 2020 User's Manual, p. 10-3: `cbrena?.` is answered with `CBRENA1[ACK].`
    let codabar = item("honeywell", "symbology.codabar", Value::Switch(false));
    assert_eq!(ask(Protocol::HoneywellMenu, &[&codabar], true), Request::Menu("CBRENA?.".into()));
    assert_eq!(set(Protocol::HoneywellMenu, &codabar, false), Request::Menu("CBRENA0!".into()));
    assert_eq!(set(Protocol::HoneywellMenu, &codabar, true), Request::Menu("CBRENA0.".into()));
    let reply = Reply::Menu(vec![said("CBRENA1", Status::Done)]);
    assert_eq!(held(Protocol::HoneywellMenu, &[&codabar], &reply), Ok(vec![(0, Held::Raw("1".into()))]));
    let unknown = Reply::Menu(vec![said("CBRENA?", Status::UnknownTag)]);
    assert_eq!(held(Protocol::HoneywellMenu, &[&codabar], &unknown), Ok(vec![(0, Held::Unknown)]));
    assert_eq!(taken(family("honeywell").unwrap(), &codabar, &Reply::Menu(vec![said("CBRENA0", Status::BadValue)])), Ok(false));
}

#[test]
fn a_chain_is_answered_in_any_order_and_late_answers_are_not_ours() {
    let (volume, suffix) =
        (item("honeywell", "beeper.volume", Value::Choice("low".into())), item("honeywell", "suffix", Value::Text(b"\r\t".to_vec())));
    let items = [&volume, &suffix];
    assert_eq!(ask(Protocol::HoneywellMenu, &items, false), Request::Menu("BEPLVL?;SUFBK2?!".into()));
    let reply = Reply::Menu(vec![said("SUFBK2990D09", Status::Done), said("beplvl1", Status::Done)]);
    let found = held(Protocol::HoneywellMenu, &items, &reply).unwrap();
    assert_eq!(found, [(1, Held::Raw("990D09".into())), (0, Held::Raw("1".into()))]);
    assert_eq!(held(Protocol::HoneywellMenu, &items, &Reply::Menu(vec![said("232BAD8", Status::Done)])), Err(NotMine));
    assert_eq!(set(Protocol::HoneywellMenu, &suffix, false), Request::Menu("SUFCA2;SUFBK2990D09!".into()));
    let none = item("honeywell", "suffix", Value::Text(vec![]));
    assert_eq!(set(Protocol::HoneywellMenu, &none, false), Request::Menu("SUFCA2!".into()));
    let honeywell = family("honeywell").unwrap();
    assert_eq!(taken(honeywell, &none, &Reply::Menu(vec![said("SUFCA2", Status::Done)])), Ok(true));
    let timeout = item("honeywell", "trigger.timeout", Value::Number(5_000_000));
    let echo = |text: &str| taken(honeywell, &timeout, &Reply::Menu(vec![said(text, Status::Done)]));
    assert_eq!((echo("TRGSTO05000"), echo("TRGSTO500")), (Ok(true), Err(NotMine)), "a number is what it is however it is written");
}

#[test]
fn newland_has_its_storage_mark_in_front() {
    let code128 = item("newland", "symbology.code128", Value::Switch(true));
    assert_eq!(ask(Protocol::NewlandUnified, &[&code128], false), Request::Menu("@128ENA*".into()));
    assert_eq!(set(Protocol::NewlandUnified, &code128, false), Request::Menu("#128ENA1".into()));
    // A published driver: 7E 01 "0000@128ENA1" 3B 03.
    assert_eq!(set(Protocol::NewlandUnified, &code128, true), Request::Menu("@128ENA1".into()));
}

#[test]
fn zebra_has_numbers() {
    let aim = item("zebra-ssi", "aim_id", Value::Switch(true));
    let qr = item("zebra-ssi", "symbology.qr", Value::Switch(true));
    assert_eq!(ask(Protocol::Ssi, &[&aim, &qr], false), Request::AskParameters(vec![45, 293]));
    // A published driver: 07 C6 04 08 00 EE 01 FE 38 switches packets on for good: parameter EEh, value 1.
    let packets = item("zebra-ssi", "packets", Value::Switch(true));
    assert_eq!(set(Protocol::Ssi, &packets, true), Request::SetParameters { permanent: true, parameters: vec![(0xEE, 1)] });
    let found = held(Protocol::Ssi, &[&aim, &qr], &Reply::Parameters(vec![(293, 0)])).unwrap();
    assert_eq!(found, [(1, Held::Raw("0".into()))], "what is not answered stays open");
}

#[test]
fn datalogic_is_brought_into_service_and_out_again() {
    // Published exchanges with a GFS4400: `$cSNRM` answers `$>02`, and success without a value is `$>`.
    let datalogic = family("datalogic").unwrap();
    let ean8 = item("datalogic", "symbology.ean8", Value::Switch(false));
    assert_eq!(enter(datalogic), Some(Request::Service("$S".into())));
    assert_eq!(ask(Protocol::DatalogicService, &[&ean8], false), Request::Service("$c8BEN".into()));
    assert_eq!(set(Protocol::DatalogicService, &ean8, true), Request::Service("$C8BEN00".into()));
    let held = |line: &str| held(Protocol::DatalogicService, &[&ean8], &Reply::Line(line.into()));
    assert_eq!(held("$>02\r"), Ok(vec![(0, Held::Raw("02".into()))]));
    assert_eq!(held("$>02\r$>02\r"), Ok(vec![(0, Held::Raw("02".into()))]), "said twice");
    assert_eq!(held("$@\r"), Ok(vec![(0, Held::Unknown)]));
    assert_eq!(held("6901234567892\r"), Err(NotMine));
    let leave = |changed, permanent| leave(datalogic, changed, permanent).unwrap();
    assert_eq!(leave(true, false), Request::Service("$r01".into()));
    assert_eq!((leave(true, true), leave(false, true)), (Request::Service("$Ar".into()), Request::Service("$s".into())));
}

#[test]
fn printers_are_asked_in_their_own_ways() {
    let tone = item("zpl", "darkness", Value::Number(50_000));
    // ZPL II, ZBI 2, Set-Get-Do Programming Guide, "print.tone": ! U1 getvar "print.tone", answered in quotation marks, "?" when unknown.
    assert_eq!(ask(Protocol::Sgd, &[&tone], false), Request::Line { line: "! U1 getvar \"print.tone\"\r\n".into(), answered: true });
    assert_eq!(set(Protocol::Sgd, &tone, true), Request::Line { line: "! U1 setvar \"print.tone\" \"15.0\"\r\n".into(), answered: false });
    let sgd = |line: &str| held(Protocol::Sgd, &[&tone], &Reply::Line(line.into()));
    assert_eq!(sgd("\"15.0\""), Ok(vec![(0, Held::Raw("15.0".into()))]));
    assert_eq!(sgd("\"15.0\"\"15.0\""), Ok(vec![(0, Held::Raw("15.0".into()))]), "said twice");
    assert_eq!((sgd("\"?\""), sgd("\u{2}030,0")), (Ok(vec![(0, Held::Unknown)]), Err(NotMine)));
    let density = item("tspl", "darkness", Value::Number(60_000));
    let asked = ask(Protocol::Tspl, &[&density], false);
    assert_eq!(asked, Request::Line { line: "OUT GETSETTING$(\"CONFIG\",\"TSPL\",\"DENSITY\")\r\n".into(), answered: true });
    assert_eq!(set(Protocol::Tspl, &density, true), Request::Line { line: "DENSITY 9\r\n".into(), answered: false });
    assert_eq!(held(Protocol::Tspl, &[&density], &Reply::Line(b"8\r\n".to_vec())), Ok(vec![(0, Held::Raw("8".into()))]));
    let gap = item("tspl-clone", "gap", Value::Number(2_500));
    assert_eq!(set(Protocol::Tspl, &gap, true), Request::Line { line: "GAP 2.5 mm,0 mm\r\n".into(), answered: false });
}

proptest! {
    #[test]
    fn no_answer_of_a_device_makes_a_parser_panic(texts in proptest::collection::vec(".{0,24}", 0..4), bytes: Vec<u8>, number: u16, value: u8) {
        for family in families() {
            let wanted = crate::wanted::Profiles::built_in().iter().filter(|profile| profile.role == family.role).flat_map(|profile| profile.set.clone()).collect();
            let (items, _) = family.items(&wanted);
            let asked: Vec<&Item> = items.iter().collect();
            let menu = texts.iter().map(|text| Said { text: text.clone(), status: Status::Done }).collect();
            for reply in [Reply::Menu(menu), Reply::Line(bytes.clone()), Reply::Parameters(vec![(number, value)]), Reply::Done] {
                for (at, held) in held(family.protocol, &asked, &reply).into_iter().flatten() {
                    if let Held::Raw(raw) = held {
                        let words = family.words(&asked[at].tag, &raw);
                        prop_assert!(words.chars().all(|c| !c.is_control()));
                    }
                }
                let _ = taken(family, asked[0], &reply);
            }
        }
    }
}
