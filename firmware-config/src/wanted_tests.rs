//! Tests of profiles of settings: what is read, and faults that say where they are and what to write.

use proptest::prelude::*;

use super::*;

const HEAD: &str = "[[profile]]\nid = \"a\"\nname = \"甲\"\nrole = \"scanner\"\n";

fn faults(text: &str) -> Vec<String> {
    Profiles::built_in().with(&[("own.toml", text)]).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn the_built_in_profiles_say_something_that_every_family_of_their_role_understands() {
    for profile in Profiles::built_in().iter() {
        for family in crate::family::families().iter().filter(|family| family.role == profile.role) {
            let (items, _) = family.items(&profile.set);
            assert!(items.len() >= 3, "{} at {}", profile.id, family.id);
        }
    }
    let scanner = Profiles::built_in().get("warehouse-scanner").unwrap();
    assert_eq!(scanner.set["suffix"], Value::Text(b"\r".to_vec()));
    assert_eq!(scanner.set["symbology.codabar"], Value::Switch(false));
}

#[test]
fn a_site_may_begin_with_another_profile_and_may_replace_one() {
    let own = format!("{HEAD}like = \"warehouse-scanner\"\n[profile.set]\nsuffix = \"CRLF\"\nsymbology = {{ aztec = true }}\n");
    let profiles = Profiles::built_in().with(&[("own.toml", &own)]).unwrap();
    let (ours, standard) = (profiles.get("a").unwrap(), profiles.get("warehouse-scanner").unwrap());
    assert_eq!(ours.set.len(), standard.set.len() + 1);
    assert_eq!((&ours.set["suffix"], &ours.set["symbology.aztec"]), (&Value::Text(b"\r\n".to_vec()), &Value::Switch(true)));
    let replaced = HEAD.replace("\"a\"", "\"warehouse-scanner\"") + "[profile.set]\naim_id = \"off\"\n";
    let profiles = Profiles::built_in().with(&[("own.toml", &replaced)]).unwrap();
    assert_eq!(profiles.get("warehouse-scanner").unwrap().set.len(), 1);
    assert_eq!(profiles.summaries().len(), Profiles::built_in().summaries().len());
}

#[test]
fn faults_are_told_at_line_and_column_in_plain_words_and_all_at_once() {
    let told = faults(&format!(
        "{HEAD}[profile.set]\nsufix = \"CR\"\nsuffix = \"回车\"\nbeeper.volume = \"loud\"\nspeed = 4\nsymbology.code128 = 1\n"
    ));
    assert_eq!(
        told,
        [
            "own.toml:6:1: there is no setting \"sufix\"; did you mean suffix?",
            "own.toml:7:10: \"回车\" has characters that scanners cannot be told; write plain ASCII, or one of none, CRLF, CR, LF, TAB, STX, ETX",
            "own.toml:8:17: beeper.volume is one of low, medium, high, not \"loud\"",
            "own.toml:9:1: speed is not a setting of a scanner",
            "own.toml:10:21: symbology.code128 is \"on\" or \"off\", not 1",
        ]
    );
}

#[test]
fn the_frame_of_a_profile_is_checked_too() {
    assert_eq!(faults("[profile]\nid = \"a\"\n"), ["own.toml:1:1: write [[profile]], with two brackets: there may be several"]);
    assert_eq!(faults("[[profil]]\n"), ["own.toml:1:3: \"profil\" means nothing here; a profile begins with [[profile]]"]);
    let told = faults("[[profile]]\nid = \"Ä\"\nrole = \"desk\"\ncolour = 1\n");
    assert!(told.iter().any(|fault| fault == "own.toml:3:8: a role is \"scanner\" or \"printer\""), "{told:?}");
    assert!(told.iter().any(|fault| fault == "own.toml:2:6: an id has lower-case letters, digits and -"), "{told:?}");
    assert!(told.iter().any(|fault| fault.starts_with("own.toml:4:1: \"colour\" is no part of a profile")), "{told:?}");
    assert!(told.iter().any(|fault| fault.ends_with("the profile has no name")), "{told:?}");
    assert!(faults(HEAD)[0].ends_with("the profile sets nothing: [profile.set] is missing"));
    assert!(faults(&format!("{HEAD}like = \"b\"\n[profile.set]\n"))[0].starts_with("own.toml:5:8: there is no profile of this id"));
    assert!(faults(&format!("{HEAD}[profile.set]\nsuffix = \n"))[0].starts_with("own.toml:6:"));
    let twice = format!("{HEAD}[profile.set]\naim_id = true\n{HEAD}[profile.set]\naim_id = true\n");
    assert!(faults(&twice)[0].contains("is given twice in this file"));
    assert!(
        faults(&format!("{HEAD}[profile.set]\ncolour.of.the.sky = 1\n"))[0]
            .starts_with("own.toml:6:1: there is no setting \"colour\" of a scanner")
    );
}

#[test]
fn the_distance_of_words_is_right() {
    assert_eq!((distance("suffix", "sufix"), distance("", "abc"), distance("same", "same")), (1, 3, 0));
}

proptest! {
    #[test]
    fn no_file_brings_it_down_and_every_fault_has_a_place(text in "(\\[\\[profile\\]\\]\n)?([a-z.]{0,12} ?= ?[\"a-z0-9\\[\\]{}=. ]{0,12}\n){0,6}|\\PC{0,80}") {
        if let Err(faults) = Profiles::built_in().with(&[("own.toml", &text)]) {
            for fault in faults {
                prop_assert!(fault.line >= 1 && fault.column >= 1 && !fault.what.is_empty(), "{fault}");
                prop_assert!(fault.line as usize <= text.lines().count() + 1, "{fault}");
            }
        }
    }
}
