//! Every wire form as it stands in `tests/golden`, one file per form: what is read there must be written again byte for byte, because edges
//! and hubs of different versions meet. A new variant has no name in [`named`] and does not compile until it has a golden file too.
//! `QITAO_GOLDEN=write` writes the files of forms that have none yet; it never changes one.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::PathBuf;

use data_encoding::HEXLOWER;
use qitao_domain::event::{Effect, Fact, PrintOutcome, Source};
use qitao_domain::ids::EdgeId;
use qitao_domain::protocol::{ProtocolError, Refusal, TaskEntry, Up, decode_down, decode_up, encode, envelope, topic_up};
use qitao_domain::scan::Framing;
use qitao_domain::work::{TaskKind, Verdict};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::protocol_forms as forms;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Compares every form of a family with its file, and the family with the files there are.
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(family: &str, all: &[(&str, T)]) {
    for (name, form) in all {
        let file = folder().join(format!("{family}.{name}.json"));
        let text = serde_json::to_string(form).unwrap();
        if !file.exists() && std::env::var("QITAO_GOLDEN").is_ok_and(|v| v == "write") {
            std::fs::write(&file, format!("{text}\n")).unwrap();
        }
        let golden = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}; QITAO_GOLDEN=write makes it", file.display()));
        assert_eq!(text, golden.trim_end(), "{family}.{name} is written differently than before");
        assert_eq!(serde_json::from_str::<T>(&golden).unwrap(), *form, "{family}.{name} is read differently than before");
        let mut future: Value = serde_json::from_str(&golden).unwrap();
        future["zz_of_the_future"] = json!({"deep": [1, null]});
        assert_eq!(serde_json::from_value::<T>(future).unwrap(), *form, "{family}.{name} must ignore fields it does not know");
    }
    let names: BTreeSet<String> = all.iter().map(|(name, _)| format!("{family}.{name}.json")).collect();
    let files: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|file| file.starts_with(&format!("{family}.")))
        .collect();
    assert_eq!(names, files, "files that no form has");
}

/// The forms under the names of their variants; those with several forms are told apart by a suffix.
fn named<T>(forms: Vec<T>, name: impl Fn(&T) -> &'static str) -> Vec<(&'static str, T)> {
    forms.into_iter().map(|form| (name(&form), form)).collect()
}

#[test]
fn messages_from_edge_and_hub_are_written_as_ever() {
    check("up", &named(forms::ups(), forms::up_name));
    check("down", &named(forms::downs(), forms::down_name));
    check("task_entry", &named(forms::task_entries(), forms::task_entry_name));
}

#[test]
fn facts_effects_and_verdicts_are_written_as_ever() {
    check("fact", &named(forms::facts(), |fact: &Fact| forms::source_name(&fact.source)));
    check("effect", &named(forms::effects(), forms::effect_name));
    check("verdict", &named(forms::verdicts(), forms::verdict_name));
}

/// An envelope in hexadecimal digits.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Envelope {
    topic: String,
    signed: String,
    sealed: String,
}

#[test]
fn words_of_the_small_enumerations_are_written_as_ever() {
    assert_eq!(json!([Refusal::Cloned, Refusal::Protocol, Refusal::Disabled]), json!(["cloned", "protocol", "disabled"]));
    let outcomes = [PrintOutcome::Confirmed, PrintOutcome::Faulted, PrintOutcome::Uncertain];
    assert_eq!(json!(outcomes), json!(["confirmed", "faulted", "uncertain"]));
    assert_eq!(json!([Framing::Whole, Framing::Torn, Framing::TooLong]), json!(["whole", "torn", "too_long"]));
    assert_eq!(json!([TaskKind::PutAway, TaskKind::Count, TaskKind::Pick]), json!(["put_away", "count", "pick"]));
}

#[test]
fn envelope_and_signed_bytes_are_laid_out_as_ever() {
    let edge = EdgeId::new("sh-01").unwrap();
    let json = encode(&Up::TasksAck { through: 7 }).unwrap();
    let signature: [u8; envelope::SIGNATURE] = std::array::from_fn(|n| u8::try_from(n).unwrap());
    let sealed = envelope::seal(&signature, &json);
    let signed = HEXLOWER.encode(&envelope::signed_bytes(&topic_up(&edge), &json));
    let form = Envelope { topic: topic_up(&edge), signed, sealed: HEXLOWER.encode(&sealed) };
    check("envelope", &[("tasks_ack", form)]);
    assert_eq!(envelope::open(&sealed), Ok((signature, json.as_slice())));
}

#[test]
fn what_this_version_does_not_know_is_said_clearly() {
    assert_eq!(decode_up(br#"{"type":"photo","of":[]}"#), Err(ProtocolError::IgnoreNewer("photo".into())));
    assert_eq!(decode_down(br#"{"type":"photo"}"#), Err(ProtocolError::IgnoreNewer("photo".into())));
    let unknown = |text: &str, error: serde_json::Error| assert!(error.to_string().contains(text), "{error}");
    unknown("unknown variant `teleported`", serde_json::from_str::<Effect>(r#"{"do":"teleported"}"#).unwrap_err());
    unknown("unknown variant `dream`", serde_json::from_str::<Source>(r#"{"by":"dream"}"#).unwrap_err());
    unknown("unknown variant `perhaps`", serde_json::from_str::<Verdict>(r#"{"is":"perhaps"}"#).unwrap_err());
    unknown("unknown variant `swapped`", serde_json::from_str::<TaskEntry>(r#"{"type":"swapped"}"#).unwrap_err());
    // A refusal that an old edge does not know stops it too: the message is dropped, and silence keeps it from sending.
    let refusal = decode_down(br#"{"type":"refused","session":1,"reason":"bored"}"#);
    assert!(matches!(refusal, Err(ProtocolError::Drop(e)) if e.contains("bored")));
}

#[test]
fn a_batch_carries_facts_that_nobody_can_read() {
    let up = decode_up(br#"{"type":"batch","link":1,"epoch":1,"first":5,"facts":[{"scan":1},null,"x",[]]}"#).unwrap();
    assert!(matches!(up, Up::Batch(batch) if batch.facts.len() == 4));
    assert!(matches!(decode_down(b"{}"), Err(ProtocolError::Drop(_))));
    assert!(matches!(decode_down(br#"{"type":7}"#), Err(ProtocolError::Drop(_))));
    assert!(matches!(decode_down(br#"{"type":"ack","type":"nack"}"#), Err(ProtocolError::Drop(_))));
}
