//! Which codes a sheet has and what they say.

use std::collections::BTreeMap;

use qitao_labels::symbol::{self, FNC3, Modules};

use super::SheetError;
use crate::family::{Family, Item, SheetKind};
use crate::value::Value;
use crate::vocabulary;
use crate::wanted::SettingsProfile;

/// One programming code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// What it does, Chinese.
    pub zh: String,
    /// What it does, English.
    pub en: String,
    /// The command, as the manual prints it.
    pub command: String,
    /// What the bars say, FNC3 and control characters included.
    symbol: String,
}

/// All codes for one family and profile, in the order in which they are to be scanned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The family, for the heading.
    pub family: String,
    /// The profile, for the heading.
    pub profile: String,
    /// The codes; none where the maker does not say how they are made.
    pub codes: Vec<Code>,
    /// What has to be looked up in the manual or cannot be set at all, in words.
    pub by_hand: Vec<String>,
}

/// The codes that set a device of a family as a profile wants it.
///
/// # Errors
/// [`SheetError::ChooseAnotherProfile`].
pub fn sheet(family: &Family, profile: &SettingsProfile) -> Result<Sheet, SheetError> {
    let (items, unsaid) = family.items(&profile.set);
    if items.is_empty() {
        return Err(SheetError::ChooseAnotherProfile(family.name.clone()));
    }
    let mut by_hand: Vec<String> = unsaid.into_iter().map(|unsaid| format!("{}: {}", title(&unsaid.setting).0, unsaid.why)).collect();
    let mut codes = Vec::new();
    let Some(kind) = family.sheet else {
        for item in &items {
            let (zh, en) = titles(family, item, &profile.set);
            by_hand.push(format!("{zh} · {en}: 参数 parameter {} = {}", item.tag, item.raw));
        }
        return Ok(Sheet { family: family.name.clone(), profile: profile.name.clone(), codes, by_hand });
    };
    codes.extend(frame(kind, true));
    for item in &items {
        let (zh, en) = titles(family, item, &profile.set);
        let fill = if item.raw.is_empty() && item.clear.is_some() { String::new() } else { format!("{}{}", item.tag, item.raw) };
        let commands = item.clear.iter().cloned().chain([fill]).filter(|command| !command.is_empty()).collect::<Vec<_>>();
        codes.push(code(kind, zh, en, &commands.join(";")));
    }
    codes.extend(frame(kind, false));
    Ok(Sheet { family: family.name.clone(), profile: profile.name.clone(), codes, by_hand })
}

/// The code before the first or after the last, where a family wants one.
fn frame(kind: SheetKind, begin: bool) -> Option<Code> {
    let (zh, en) = if begin { ("开始设置", "Begin") } else { ("结束设置", "End") };
    let command = match (kind, begin) {
        (SheetKind::Honeywell, _) => return None,
        (SheetKind::Newland, true) => "SETUPE1",
        (SheetKind::Newland, false) => "SETUPE0",
        (SheetKind::Datalogic, _) => "",
    };
    Some(code(kind, zh.into(), en.into(), command))
}

fn code(kind: SheetKind, zh: String, en: String, command: &str) -> Code {
    let (command, symbol) = match kind {
        // JsBarcode issue 361, a code of Honeywell's support: the command, a full stop, and FNC3 behind it.
        SheetKind::Honeywell => (format!("{command}."), format!("{command}.{FNC3}")),
        // NLS-HR52 User Guide, "Programming Barcodes": `@` and the command, between @SETUPE1 and @SETUPE0.
        SheetKind::Newland => (format!("@{command}"), format!("@{command}")),
        // Published sheets for Datalogic readers: FNC3, `$` and the command, a carriage return, between two `$P`.
        SheetKind::Datalogic => {
            let command = if command.is_empty() { "$P".to_owned() } else { format!("$C{command}") };
            let symbol = format!("{FNC3}{command}\r");
            (command, symbol)
        }
    };
    Code { zh, en, command, symbol }
}

fn title(setting: &str) -> (String, String) {
    vocabulary::setting(setting).map_or_else(|| (setting.into(), setting.into()), |setting| (setting.zh.clone(), setting.en.clone()))
}

/// What an item does, in both languages: its settings and their values.
fn titles(family: &Family, item: &Item, wanted: &BTreeMap<String, Value>) -> (String, String) {
    let both = item.settings.iter().map(|name| {
        let (zh, en) = title(name);
        let value = wanted.get(name).map_or_else(|| family.words(&item.tag, &item.raw), Value::to_string);
        let (zh_value, en_value) =
            vocabulary::setting(name).map_or_else(|| (value.clone(), value.clone()), |setting| setting.titles(&value));
        (format!("{zh}：{zh_value}"), format!("{en}: {en_value}"))
    });
    let (zh, en): (Vec<String>, Vec<String>) = both.unzip();
    (zh.join("，"), en.join(", "))
}

impl Code {
    /// The bars and the quiet zone they want. Code 128.
    ///
    /// # Errors
    /// [`SheetError::Undrawable`].
    pub fn bars(&self) -> Result<Modules, SheetError> {
        symbol::code128(&self.symbol).map_err(|error| SheetError::Undrawable { code: self.command.clone(), why: error.to_string() })
    }
}
