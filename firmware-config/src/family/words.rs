//! From what a device holds to words, and whether two ways of writing it are the same.

use super::{Family, Item, Say};
use crate::value::{Value, show, thousandths};

impl Family {
    /// Whether a device that answered `has` holds what the item wants: letters of either size, and numbers by their value.
    #[must_use]
    pub fn holds(&self, item: &Item, has: &str) -> bool {
        let (has, wants) = (has.trim(), item.raw.trim());
        let numbers = || thousandths(has).zip(thousandths(wants)).is_some_and(|(has, wants)| has == wants);
        let plain = self.say.iter().any(|say| say.tag == item.tag && say.number.is_some_and(|scale| scale.hex.is_none()));
        has.eq_ignore_ascii_case(wants) || (plain && numbers())
    }

    /// What a place holds, in words of the vocabulary where that is possible, e.g. `off` or `CRLF`; otherwise as the device wrote it.
    #[must_use]
    pub fn words(&self, tag: &str, raw: &str) -> String {
        let mut said = self.say.iter().filter(|say| say.tag == tag);
        match (said.next(), said.next()) {
            (Some(say), None) => say.words(raw.trim()).map_or_else(|| as_written(raw), |value| value.to_string()),
            _ => as_written(raw),
        }
    }
}

/// What a device wrote goes to screens and logs: without control characters and not for ever.
fn as_written(raw: &str) -> String {
    let text: String = raw.chars().filter(|c| !c.is_control()).take(60).collect();
    if text.is_empty() { "none".into() } else { text }
}

impl Say {
    fn words(&self, raw: &str) -> Option<Value> {
        if self.on.as_deref().is_some_and(|on| on.eq_ignore_ascii_case(raw)) {
            return Some(Value::Switch(true));
        }
        if self.off.as_deref().is_some_and(|off| off.eq_ignore_ascii_case(raw)) {
            return Some(Value::Switch(false));
        }
        if let Some((choice, _)) = self.values.iter().flatten().find(|(_, value)| value.eq_ignore_ascii_case(raw)) {
            return Some(Value::Choice(choice.clone()));
        }
        if let Some(scale) = self.number {
            let own = match scale.hex {
                Some(_) => i64::from_str_radix(raw, 16).ok()?.checked_mul(1000)?,
                None => thousandths(raw)?,
            };
            return Some(Value::Number(own.checked_mul(scale.over)? / scale.times.max(1)));
        }
        self.text?;
        let hex = if raw.is_empty() { raw } else { raw.strip_prefix(self.lead.as_str())? };
        let pairs = hex.as_bytes().chunks(2);
        let bytes = pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect::<Option<Vec<u8>>>()?;
        let end = if self.pad.is_some() { bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1) } else { bytes.len() };
        Some(Value::Choice(show(&bytes[..end])))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::family;
    use super::*;

    fn items(family_id: &str, wanted: &[(&str, Value)]) -> Vec<(String, String)> {
        let wanted: BTreeMap<String, Value> = wanted.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let (items, unsaid) = family(family_id).unwrap().items(&wanted);
        assert!(unsaid.is_empty(), "{unsaid:?}");
        items.into_iter().map(|item| (item.tag, item.raw)).collect()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(tag, raw)| ((*tag).to_owned(), (*raw).to_owned())).collect()
    }

    #[test]
    fn the_same_settings_are_said_in_every_familys_own_words() {
        let wanted = [("symbology.code128", Value::Switch(true)), ("suffix", Value::Text(b"\r\n".to_vec()))];
        assert_eq!(items("honeywell", &wanted), pairs(&[("128ENA", "1"), ("SUFBK2", "990D0A")]));
        assert_eq!(items("newland", &wanted), pairs(&[("128ENA", "1"), ("TSUSET", "0D0A"), ("TSUENA", "1")]));
        assert_eq!(items("datalogic", &wanted), pairs(&[("C8EN", "01"), ("LFSU", &format!("0D0A{}", "0".repeat(36)))]));
        assert_eq!(items("zebra-ssi", &wanted), pairs(&[("8", "1"), ("235", "3"), ("104", "13"), ("106", "10")]));
    }

    #[test]
    fn settings_in_one_place_are_put_together() {
        let both = [("aim_id", Value::Switch(true)), ("prefix", Value::Text(b"#".to_vec()))];
        assert_eq!(items("honeywell", &both), pairs(&[("PREBK2", "995C8123")]));
        assert_eq!(items("honeywell", &both[..1]), pairs(&[("PREBK2", "995C81")]));
        assert_eq!(items("honeywell", &[("prefix", Value::Text(vec![]))]), pairs(&[("PREBK2", "")]));
    }

    #[test]
    fn numbers_are_scaled_and_too_long_or_large_ones_are_told() {
        assert_eq!(items("zpl", &[("darkness", Value::Number(60_000))]), pairs(&[("print.tone", "18.0")]));
        assert_eq!(items("tspl", &[("darkness", Value::Number(60_000))]), pairs(&[("CONFIG,TSPL,DENSITY", "9")]));
        assert_eq!(items("datalogic", &[("same_code_delay", Value::Number(500_000))]), pairs(&[("SNDR", "32")]));
        let told =
            |family_id: &str, name: &str, value: Value| family(family_id).unwrap().items(&BTreeMap::from([(name.to_owned(), value)])).1;
        assert_eq!(told("zebra-ssi", "suffix", Value::Text(b"abc".to_vec()))[0].why, "these devices take at most 2 characters, not 3");
        assert_eq!(told("zebra-ssi", "trigger.timeout", Value::Number(30_000_000))[0].why, "these devices take at most 9900");
        assert!(told("datalogic", "host_ack", Value::Switch(true))[0].why.contains("no such setting"));
    }

    #[test]
    fn what_a_device_holds_is_said_in_words() {
        let words = |family_id: &str, tag: &str, raw: &str| family(family_id).unwrap().words(tag, raw);
        assert_eq!(words("honeywell", "128ENA", "0"), "off");
        assert_eq!(words("honeywell", "SUFBK2", "990D0A"), "CRLF");
        assert_eq!(words("honeywell", "SUFBK2", ""), "none");
        assert_eq!(words("honeywell", "PREBK2", "995C80"), "995C80", "what two settings share is shown as it is");
        assert_eq!(words("datalogic", "LFSU", &format!("0D{}", "0".repeat(38))), "CR");
        assert_eq!(words("zpl", "print.tone", "15.0"), "50");
        assert_eq!(words("datalogic", "SNDR", "32"), "500");
        assert_eq!(words("zpl", "media.printmode", "\u{1b}rewind"), "rewind");
    }

    #[test]
    fn numbers_are_equal_by_value_and_letters_in_either_size() {
        let zpl = family("zpl").unwrap();
        let (items, _) =
            zpl.items(&BTreeMap::from([("speed".to_owned(), Value::Number(4_000)), ("media".to_owned(), Value::Choice("gap".into()))]));
        assert!(zpl.holds(&items[0], "4") && zpl.holds(&items[0], "4.0 ") && !zpl.holds(&items[0], "4.5"));
        assert!(zpl.holds(&items[1], "GAP/NOTCH") && !zpl.holds(&items[1], ""));
    }
}
