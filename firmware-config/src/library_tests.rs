//! Tests of the profile library: recognising devices, and faults that say where they are.

use super::*;
use crate::profile::{Framing, Interface, Language};

fn faults(text: &str) -> Vec<String> {
    Library::default().with(&[("own.toml", text)]).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn the_built_in_profiles_are_whole_and_cover_the_brands() {
    let library = Library::built_in();
    assert!(library.profiles().len() > 20);
    for vendor in [0x0c2e, 0x05e0, 0x1eab, 0x05f9, 0x0a5f, 0x1203] {
        assert!(library.profiles().iter().any(|profile| profile.vendor == Some(vendor)), "{vendor:04x}");
    }
}

#[test]
fn a_model_beats_its_vendor_and_a_vendor_beats_the_class() {
    let library = Library::built_in();
    let find =
        |vendor, product, class| library.identify_surely(vendor, product, Some(class)).map(|(profile, sure)| (profile.id.as_str(), sure));
    assert_eq!(find(0x0a5f, 0x0081, (7, 1, 2)), Some(("zebra-203", Match::Product)));
    assert_eq!(find(0x0a5f, 0xffff, (7, 1, 2)), Some(("zebra-zpl", Match::Vendor)));
    assert_eq!(find(0x0fe6, 0x811e, (7, 1, 2)), Some(("any-printer", Match::Class)));
    assert_eq!(find(0x1eab, 0x1d10, (3, 0, 0)), Some(("newland-pos", Match::Product)));
    assert_eq!(find(0x1eab, 0x7777, (3, 1, 1)), Some(("newland-other-hid", Match::Vendor)));
}

#[test]
fn an_ordinary_keyboard_is_no_scanner() {
    assert_eq!(Library::built_in().identify(0x046d, 0xc31c, Some((3, 1, 1))), None);
}

#[test]
fn a_model_is_known_before_its_interfaces_are() {
    let profile = Library::built_in().identify(0x05e0, 0x1200, None).unwrap();
    assert_eq!((profile.interface, profile.framing), (Interface::Keyboard, Framing::Auto));
    assert_eq!(Library::built_in().identify(0x046d, 0xc31c, None), None);
}

#[test]
fn printers_are_known_by_what_they_say_of_themselves() {
    let library = Library::built_in();
    let find = |text| library.identify_printer(text).map(|profile| (profile.id.as_str(), profile.language));
    assert_eq!(find("MFG:Gprinter;CMD:TSPL;MDL:GP-1324D;CLS:PRINTER;"), Some(("gprinter-tspl", Some(Language::Tspl))));
    assert_eq!(find("MFG:HPRT;CMD:ESC/POS;MDL:TP809;"), Some(("hprt-escpos", Some(Language::EscPos))));
    assert_eq!(find("mfg:hprt ;mdl:HT300;cmd:TSPL;"), Some(("hprt-tspl", Some(Language::Tspl))));
    assert_eq!(find("MANUFACTURER:Zebra Technologies ;COMMAND SET:ZPL;MODEL:ZTC ZD420"), None);
    assert_eq!(find("MFG:Zebra Technologies ;CMD:ZPL;MDL:ZTC GK420d"), Some(("zebra-zpl", Some(Language::Zpl))));
    assert_eq!(find("MFG:Nobody;CMD:XPP,TSPL;"), Some(("any-tspl", Some(Language::Tspl))));
    assert_eq!(find("MFG:HP;CMD:PCL;"), None);
    assert_eq!(find("äöü:;::;"), None);
}

#[test]
fn a_device_is_of_the_family_whose_words_it_takes() {
    let library = Library::built_in();
    let family = |vendor, product| library.identify(vendor, product, None).and_then(|profile| profile.family.clone());
    assert_eq!(family(0x1eab, 0x1d06).as_deref(), Some("newland"));
    assert_eq!(family(0x1203, 0x0140).as_deref(), Some("tspl"));
    assert_eq!(family(0x0c2e, 0x0204), None, "the old Metrologic has words of its own");
    let gprinter = library.identify_printer("MFG:Gprinter;CMD:TSPL;MDL:GP-1324D;").unwrap();
    assert_eq!(gprinter.family.as_deref(), Some("tspl-clone"));
    let told =
        faults("[[device]]\nid = \"a\"\nname = \"a\"\nvendor = \"0c2e\"\nrole = \"scanner\"\ninterface = \"serial\"\nfamily = \"zpl\"\n");
    assert_eq!(told, ["own.toml:7:10: there is no such family for this role"]);
}

#[test]
fn faults_are_told_at_line_and_column_and_all_at_once() {
    let text = "[[device]]\nid = \"Bad Id\"\nname = \"x\"\nvendor = \"0c2e\"\nrole = \"scanner\"\ninterface = \"usb_printer\"\ndpi = 9\n";
    let told = faults(text);
    assert_eq!(told.len(), 3);
    assert_eq!(told[0], "own.toml:2:6: an id has lower-case letters, digits and -");
    assert_eq!(told[1], "own.toml:6:13: this interface does not fit the role");
    assert_eq!(told[2], "own.toml:7:7: dpi is for printers, 100 to 1200");
}

#[test]
fn a_wrong_number_an_unknown_word_and_broken_toml_are_told_at_their_place() {
    let head = "[[device]]\nid = \"a\"\nname = \"中文 x\"\n";
    let told = faults(&format!("{head}vendor = \"0C2E\"\nrole = \"scanner\"\ninterface = \"serial\"\n"));
    assert!(told[0].starts_with("own.toml:4:10: expected two or four lower-case hexadecimal digits"), "{told:?}");
    let told = faults(&format!("{head}vendor = \"0c2e\"\nrole = \"scanner\"\ninterface = \"telepathy\"\n"));
    assert!(told[0].starts_with("own.toml:6:13: unknown variant `telepathy`"), "{told:?}");
    let told = faults(&format!("{head}colour = \"red\"\n"));
    assert!(told[0].starts_with("own.toml:4:1: unknown field `colour`"), "{told:?}");
    assert!(faults("[[device]\n")[0].starts_with("own.toml:1:"));
}

#[test]
fn a_sites_own_profile_wins_and_an_id_is_given_once() {
    let own = "[[device]]\nid = \"ours\"\nname = \"Our printer\"\nvendor = \"0fe6\"\nproducts = [\"811e\"]\nclass = \"07\"\nrole = \"printer\"\ninterface = \"usb_printer\"\nlanguage = \"tspl\"\ndpi = 203\n";
    let library = Library::built_in().with(&[("own.toml", own)]).unwrap();
    assert_eq!(library.identify(0x0fe6, 0x811e, Some((7, 1, 2))).unwrap().id, "ours");
    let twice = library.with(&[("again.toml", own)]).unwrap_err();
    assert_eq!(twice[0].to_string(), "again.toml:2:6: the id \"ours\" is taken");
}
