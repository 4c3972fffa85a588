//! From settings to what a family is to be told.

use std::collections::{BTreeMap, BTreeSet};

use super::{Family, Say, Scale};
use crate::value::{Value, decimal};
use crate::vocabulary;

/// One place in a device and what it is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The place, as the family names it, e.g. `128ENA` or `45`.
    pub tag: String,
    /// What it is to hold, as the family writes it.
    pub raw: String,
    /// The settings it comes from.
    pub settings: Vec<String>,
    /// Command that empties the place before it is filled.
    pub clear: Option<String>,
    /// Command that sets it, when that is not the tag followed by the value.
    pub sets: Option<String>,
    /// It can be asked.
    pub readable: bool,
    /// The device leaves when it is set, so it is set last.
    pub leaves: bool,
}

/// A setting that this family cannot be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsaid {
    /// Which.
    pub setting: String,
    /// Why, in words.
    pub why: String,
}

/// What one setting adds to one place.
enum Piece {
    /// These characters, after those of earlier settings.
    Join(String),
    /// This number, added to those of other settings.
    Add(i64),
}

impl Family {
    /// What the family is to be told so that the settings hold. Settings that share a place with one of them and are not named become "nothing".
    #[must_use]
    pub fn items(&self, wanted: &BTreeMap<String, Value>) -> (Vec<Item>, Vec<Unsaid>) {
        let mut unsaid = Vec::new();
        for name in wanted.keys().filter(|name| self.say_of(name).is_none()) {
            unsaid.push(Unsaid { setting: name.clone(), why: format!("{} devices have no such setting that is known here", self.name) });
        }
        let mut items: Vec<(Item, Vec<Piece>)> = Vec::new();
        let places: BTreeSet<&str> = self.say.iter().filter(|say| wanted.contains_key(&say.setting)).flat_map(Say::places).collect();
        for say in self.say.iter().filter(|say| say.places().any(|place| places.contains(place))) {
            let nothing = vocabulary::setting(&say.setting).map(vocabulary::Setting::nothing);
            let Some(value) = wanted.get(&say.setting).or(nothing.as_ref()) else { continue };
            match say.pieces(value) {
                Ok(pieces) => {
                    for (tag, piece) in pieces {
                        add(&mut items, say, tag, piece, wanted.contains_key(&say.setting));
                    }
                }
                Err(why) => unsaid.push(Unsaid { setting: say.setting.clone(), why }),
            }
        }
        // A place that only unnamed settings would fill is left alone.
        let mut items: Vec<Item> =
            items.into_iter().filter(|(item, _)| !item.settings.is_empty()).map(|(item, pieces)| whole(item, &pieces)).collect();
        items.sort_by_key(|item| item.leaves);
        (items, unsaid)
    }
}

fn add(items: &mut Vec<(Item, Vec<Piece>)>, say: &Say, tag: &str, piece: Piece, named: bool) {
    let position = items.iter().position(|(item, _)| item.tag == tag).unwrap_or_else(|| {
        let own = tag == say.tag;
        items.push((
            Item {
                tag: tag.to_owned(),
                // The lead is put before it when it is whole.
                raw: if own { say.lead.clone() } else { String::new() },
                settings: Vec::new(),
                clear: say.clear.clone().filter(|_| own),
                sets: say.sets.clone().filter(|_| own),
                readable: !say.unread,
                leaves: say.leaves,
            },
            Vec::new(),
        ));
        items.len() - 1
    });
    let (item, pieces) = &mut items[position];
    if named && !item.settings.contains(&say.setting) {
        item.settings.push(say.setting.clone());
    }
    pieces.push(piece);
}

fn whole(mut item: Item, pieces: &[Piece]) -> Item {
    let (mut joined, mut sum) = (String::new(), None);
    for piece in pieces {
        match piece {
            Piece::Join(text) => joined.push_str(text),
            Piece::Add(number) => sum = Some(sum.unwrap_or(0) + number),
        }
    }
    item.raw = match sum {
        Some(sum) => sum.to_string(),
        None if joined.is_empty() => String::new(),
        None => format!("{}{joined}", item.raw),
    };
    item
}

impl Say {
    /// All places that this setting fills.
    pub(super) fn places(&self) -> impl Iterator<Item = &str> {
        let tag = Some(self.tag.as_str()).filter(|tag| !tag.is_empty());
        let flags = self.flags.as_ref().map(|flags| flags.tag.as_str());
        let enable = self.enable.as_ref().map(|enable| enable.tag.as_str());
        tag.into_iter().chain(self.bytes.iter().map(String::as_str)).chain(flags).chain(enable)
    }

    fn pieces(&self, value: &Value) -> Result<Vec<(&str, Piece)>, String> {
        let mut pieces = Vec::new();
        let nothing = match value {
            Value::Text(text) if !self.bytes.is_empty() => {
                self.characters(text, &mut pieces)?;
                text.is_empty()
            }
            Value::Text(text) => {
                let raw = self.hex(text)?;
                // A text that is switched off by another tag may stay what it is.
                if !text.is_empty() || self.enable.is_none() {
                    pieces.push((self.tag.as_str(), Piece::Join(raw)));
                }
                text.is_empty()
            }
            Value::Switch(on) => {
                let raw = if *on { &self.on } else { &self.off };
                pieces.push((self.tag.as_str(), Piece::Join(raw.clone().ok_or("is no switch here")?)));
                false
            }
            Value::Choice(choice) => {
                let raw = self.values.as_ref().and_then(|values| values.get(choice));
                let raw = raw.ok_or_else(|| format!("these devices do not know {choice}"))?;
                pieces.push((self.tag.as_str(), Piece::Join(raw.clone())));
                false
            }
            Value::Number(number) => {
                let scale = self.number.ok_or("is no number here")?;
                if *number != 0 || self.enable.is_none() {
                    pieces.push((self.tag.as_str(), Piece::Join(scale.raw(*number)?)));
                }
                *number == 0
            }
        };
        if let Some(enable) = &self.enable {
            let raw = if nothing { &enable.off } else { &enable.on };
            pieces.push((enable.tag.as_str(), Piece::Join(raw.clone())));
        }
        Ok(pieces)
    }

    fn hex(&self, text: &[u8]) -> Result<String, String> {
        self.check_length(text, self.longest.or(self.pad))?;
        let mut raw: String = text.iter().map(|byte| format!("{byte:02X}")).collect();
        while self.pad.is_some_and(|pad| raw.len() < 2 * pad) {
            raw.push('0');
        }
        Ok(raw)
    }

    fn characters<'a>(&'a self, text: &[u8], pieces: &mut Vec<(&'a str, Piece)>) -> Result<(), String> {
        self.check_length(text, Some(self.bytes.len()))?;
        pieces.extend(self.bytes.iter().zip(text).map(|(tag, byte)| (tag.as_str(), Piece::Join(byte.to_string()))));
        if let Some(flags) = &self.flags {
            let bits = flags.bits.iter().take(text.len()).sum();
            pieces.push((flags.tag.as_str(), Piece::Add(bits)));
        }
        Ok(())
    }

    fn check_length(&self, text: &[u8], longest: Option<usize>) -> Result<(), String> {
        match longest {
            Some(longest) if text.len() > longest => Err(format!("these devices take at most {longest} characters, not {}", text.len())),
            _ => Ok(()),
        }
    }
}

impl Scale {
    fn raw(self, number: i64) -> Result<String, String> {
        let own = number.saturating_mul(self.times) / self.over.max(1);
        if self.most.is_some_and(|most| own > most * 1000) {
            let most = self.most.unwrap_or_default().saturating_mul(self.over) / self.times.max(1);
            return Err(format!("these devices take at most {most}"));
        }
        let text = decimal(own, self.decimals);
        match self.hex {
            Some(digits) => Ok(format!("{:0digits$X}", text.parse::<u64>().map_err(|error| error.to_string())?)),
            None => Ok(text),
        }
    }
}
