//! Messages from somebody who means harm, or from a cable that flips bits: an answer, never a panic.

use qitao_domain::protocol::{MAX_DEPTH, MAX_MESSAGE, ProtocolError, decode_down, decode_up, encode, envelope};

use crate::protocol_forms as forms;
use crate::sim::Random;

#[path = "../../fuzz/src/protocol.rs"]
mod fuzz;

fn dropped(json: &[u8], because: &str) {
    for error in [decode_up(json).unwrap_err(), decode_down(json).unwrap_err()] {
        assert!(matches!(&error, ProtocolError::Drop(why) if why.contains(because)), "{error}");
    }
    fuzz::hear_anything(json);
}

#[test]
fn deep_nesting_is_refused_before_it_costs_anything() {
    for open in ["[", "{\"a\":", "[{\"a\":["] {
        dropped(open.repeat(MAX_MESSAGE / open.len()).as_bytes(), "nested deeper");
    }
    let deep = format!(r#"{{"type":"batch","link":1,"epoch":1,"first":1,"facts":[{}{}]}}"#, "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    dropped(deep.as_bytes(), "nested deeper");
}

#[test]
fn a_megabyte_is_refused_for_its_length() {
    let long = format!(r#"{{"type":"health","recovery":["{}"]}}"#, "x".repeat(1 << 20));
    dropped(long.as_bytes(), "too long");
    let mut sealed = envelope::seal(&[0; 64], long.as_bytes());
    assert!(matches!(envelope::open(&sealed), Err(envelope::EnvelopeError::TooLong(_))));
    sealed.truncate(64);
    assert!(matches!(envelope::open(&sealed), Err(envelope::EnvelopeError::TooShort(64))));
    assert!(matches!(envelope::open(&[2; 65]), Err(envelope::EnvelopeError::Layout(2))));
    assert!(matches!(envelope::open(&[]), Err(envelope::EnvelopeError::TooShort(0))));
}

#[test]
fn bytes_that_are_no_text_and_values_of_the_wrong_kind_are_dropped_with_a_reason() {
    for json in [&b"{\"type\":\"hel\xfflo\"}"[..], b"\x00\x01\x02", b"", b"null", b"[]", b"7", b"\"hello\"", b"{", b"{\"type\":null}"] {
        assert!(matches!(decode_up(json), Err(ProtocolError::Drop(_))), "{}", String::from_utf8_lossy(json));
        fuzz::hear_anything(json);
    }
    let wrong: [&[u8]; 6] = [
        br#"{"type":"batch","link":1,"epoch":-1,"first":1,"facts":[]}"#,
        br#"{"type":"batch","link":1,"epoch":4294967296,"first":1,"facts":[]}"#,
        br#"{"type":"batch","link":1,"epoch":1,"first":1e3,"facts":[]}"#,
        br#"{"type":"batch","link":1,"epoch":1,"first":18446744073709551616,"facts":[]}"#,
        br#"{"type":"batch","link":1,"epoch":1,"first":1,"facts":{}}"#,
        br#"{"type":"batch","link":"1","epoch":1,"first":1,"facts":[]}"#,
    ];
    for json in wrong {
        assert!(matches!(decode_up(json), Err(ProtocolError::Drop(why)) if why.len() <= 200));
    }
}

#[test]
fn an_error_repeats_hostile_text_only_in_part_and_without_control_characters() {
    let json = serde_json::to_vec(&serde_json::json!({"type": format!("\u{1b}[2J{}", "y".repeat(5000))})).unwrap();
    let Err(ProtocolError::IgnoreNewer(name)) = decode_up(&json) else { panic!() };
    assert!(name.len() <= 200 && name.starts_with("[2J"));
}

#[test]
fn absurd_numbers_in_well_formed_messages_upset_nobody() {
    for n in ["0", "1", "6", "4294967295", "18446744073709551614", "18446744073709551615"] {
        for epoch in ["0", "2", "3", "4294967295"] {
            let hello = format!(
                r#"{{"type":"hello","epoch":{epoch},"boot":{n},"session":{n},"attempt":4294967295,"fingerprint":"aa","next_seq":{n},"oldest_kept":{n},"clock_ms":-9223372036854775808,"protocol":1,"agent":"","tasks_through":{n},"datasets":[]}}"#
            );
            assert!(decode_up(hello.as_bytes()).is_ok());
            let others = [
                format!(r#"{{"type":"batch","link":1,"epoch":2,"first":{n},"facts":[1,2,3]}}"#),
                format!(
                    r#"{{"type":"welcome","session":7,"attempt":1,"link":{n},"epoch":{epoch},"committed":{n},"window":4294967295,"now_ms":0}}"#
                ),
                format!(r#"{{"type":"ack","link":9,"epoch":2,"committed":{n},"window":4294967295}}"#),
                format!(r#"{{"type":"nack","link":9,"epoch":2,"expected":{n}}}"#),
            ];
            for json in others.iter().chain([&hello]) {
                fuzz::hear_anything(json.as_bytes());
            }
        }
    }
}

#[test]
fn five_thousand_mutated_messages_break_nothing() {
    let mut seeds: Vec<Vec<u8>> = forms::ups().iter().map(|up| encode(up).unwrap()).collect();
    seeds.extend(forms::downs().iter().map(|down| encode(down).unwrap()));
    let tokens: [&[u8]; 9] = [b"18446744073709551615", b"-1", b"null", b"[]", b"{}", b"\"", b"\\u0000", b"\xff", b"0"];
    let mut random = Random::new(11);
    let mut below = |n: usize| usize::try_from(random.upto(n.max(1) as u64 - 1)).unwrap();
    for round in 0..5_000 {
        let mut json = seeds[below(seeds.len())].clone();
        for _ in 0..=below(4) {
            let at = below(json.len() + 1);
            let token = tokens[below(tokens.len())];
            match below(5) {
                0 => drop(json.splice(at..at, token.iter().copied())),
                1 => json.truncate(at),
                2 if at < json.len() => json[at] ^= 1 << below(8),
                3 => {
                    let digits = json[at..].iter().position(u8::is_ascii_digit).map(|d| at + d);
                    if let Some(start) = digits {
                        let end = json[start..].iter().position(|b| !b.is_ascii_digit()).map_or(json.len(), |d| start + d);
                        drop(json.splice(start..end, token.iter().copied()));
                    }
                }
                _ => {
                    let end = (at + below(20)).min(json.len());
                    drop(json.drain(at..end));
                }
            }
        }
        if round % 3 == 0 {
            json = envelope::seal(&[7; 64], &json);
        }
        fuzz::hear_anything(&json);
    }
}
