//! One device profile, as it is written in TOML and as it is used.

use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use toml::Spanned;

use crate::family::family;

/// What a device is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads codes.
    Scanner,
    /// Prints.
    Printer,
}

/// How it is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interface {
    /// HID point of sale.
    HidPos,
    /// Types like a keyboard.
    Keyboard,
    /// HID; point of sale when it offers that, otherwise keyboard.
    HidAuto,
    /// A serial line.
    Serial,
    /// The USB printer class.
    UsbPrinter,
    /// In a mode that is not read; the note says what to set.
    Unsupported,
}

/// How codes end as the device leaves the factory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// Not known: line ends where they come, silence where not.
    #[default]
    Auto,
    /// Carriage return or Enter.
    Cr,
    /// Carriage return and line feed.
    CrLf,
    /// Tab.
    Tab,
    /// Between STX and ETX.
    StxEtx,
    /// Silence only.
    Idle,
}

/// What a printer speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Zebra's ZPL II.
    Zpl,
    /// TSC's TSPL, spoken by most Chinese label printers.
    Tspl,
    /// Receipt printers.
    EscPos,
    /// Eltron's EPL 2.
    Epl,
}

/// How a device is recognised and what to assume of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// Stable name, e.g. `newland-pos`.
    pub id: String,
    /// For people.
    pub name: String,
    /// USB vendor; absent for profiles of a class.
    pub vendor: Option<u16>,
    /// USB products; empty for all of the vendor's.
    pub products: Vec<u16>,
    /// USB interface class.
    pub class: Option<u8>,
    /// What the device says of itself (IEEE 1284): each entry is `KEY:value`, or several joined by `;` that must all be there. One entry
    /// is enough.
    pub text: Vec<String>,
    /// Recognised by its text only, never by numbers.
    pub needs_text: bool,
    /// What it is for.
    pub role: Role,
    /// How it is reached.
    pub interface: Interface,
    /// How codes end.
    pub framing: Framing,
    /// Bits per second of a serial line.
    pub baud: Option<u32>,
    /// What a printer speaks, when the profile knows.
    pub language: Option<Language>,
    /// A printer's dots per inch, when all of its kind have the same.
    pub dpi: Option<u16>,
    /// The family whose words it takes, see [`crate::family`]; none where it takes none, or where that depends on the model.
    pub family: Option<String>,
    /// What a person should know.
    pub note: Option<String>,
}

/// A number in hexadecimal, as usb.ids writes it.
#[derive(Debug, Clone, Copy)]
struct Hex(u16);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let right = matches!(text.len(), 2 | 4) && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let number = u16::from_str_radix(&text, 16).ok().filter(|_| right);
        number.map(Self).ok_or_else(|| D::Error::custom(format!("expected two or four lower-case hexadecimal digits, found {text:?}")))
    }
}

/// A profile as written; spans say where.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: Spanned<String>,
    name: Spanned<String>,
    vendor: Option<Hex>,
    #[serde(default)]
    products: Vec<Spanned<Hex>>,
    class: Option<Spanned<Hex>>,
    #[serde(default)]
    text: Vec<Spanned<String>>,
    #[serde(default)]
    needs_text: bool,
    role: Spanned<Role>,
    interface: Spanned<Interface>,
    #[serde(default)]
    framing: Framing,
    baud: Option<Spanned<u32>>,
    language: Option<Spanned<Language>>,
    dpi: Option<Spanned<u16>>,
    family: Option<Spanned<String>>,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    device: Vec<Written>,
}

/// What is wrong, and where in the text.
pub(crate) type Wrong = (Range<usize>, String);

/// Reads one file; all faults at once, as far as TOML itself is whole.
pub(crate) fn read(text: &str) -> Result<Vec<(Profile, Range<usize>)>, Vec<Wrong>> {
    let file: File = toml::from_str(text).map_err(|error| vec![(error.span().unwrap_or(0..0), error.message().to_owned())])?;
    let mut wrong = Vec::new();
    for device in &file.device {
        check(device, &mut wrong);
    }
    if wrong.is_empty() { Ok(file.device.into_iter().map(profile).collect()) } else { Err(wrong) }
}

fn check(device: &Written, wrong: &mut Vec<Wrong>) {
    let mut say = |span: Range<usize>, what: &str| wrong.push((span, what.to_owned()));
    let id = device.id.as_ref();
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        say(device.id.span(), "an id has lower-case letters, digits and -");
    }
    if device.name.as_ref().trim().is_empty() {
        say(device.name.span(), "a name is needed");
    }
    if let (None, Some(product)) = (device.vendor, device.products.first()) {
        say(product.span(), "products need a vendor");
    }
    if device.vendor.is_none() && device.class.is_none() {
        say(device.id.span(), "nothing to recognise it by: give a vendor or a class");
    }
    if device.needs_text && device.text.is_empty() {
        say(device.id.span(), "needs_text without text");
    }
    if let Some(class) = device.class.as_ref().filter(|class| class.as_ref().0 > 0xFF) {
        say(class.span(), "a class has two digits");
    }
    for text in device.text.iter().filter(|text| !text.as_ref().split(';').all(|part| part.contains(':'))) {
        say(text.span(), "expected KEY:value");
    }
    let printer = *device.role.as_ref() == Role::Printer;
    let reached = *device.interface.as_ref();
    if reached != Interface::Unsupported && printer != (reached == Interface::UsbPrinter) {
        say(device.interface.span(), "this interface does not fit the role");
    }
    if let Some(baud) = device.baud.as_ref().filter(|baud| reached != Interface::Serial || !(300..=4_000_000).contains(baud.as_ref())) {
        say(baud.span(), "baud is for serial lines, 300 to 4000000");
    }
    if let Some(language) = device.language.as_ref().filter(|_| !printer) {
        say(language.span(), "only printers have a language");
    }
    if let Some(dpi) = device.dpi.as_ref().filter(|dpi| !printer || !(100..=1_200).contains(dpi.as_ref())) {
        say(dpi.span(), "dpi is for printers, 100 to 1200");
    }
    if let Some(id) = device.family.as_ref().filter(|id| family(id.as_ref()).is_none_or(|family| family.role != *device.role.as_ref())) {
        say(id.span(), "there is no such family for this role");
    }
}

fn profile(device: Written) -> (Profile, Range<usize>) {
    let span = device.id.span();
    let profile = Profile {
        id: device.id.into_inner(),
        name: device.name.into_inner(),
        vendor: device.vendor.map(|hex| hex.0),
        products: device.products.into_iter().map(|product| product.into_inner().0).collect(),
        class: device.class.and_then(|class| u8::try_from(class.into_inner().0).ok()),
        text: device.text.into_iter().map(Spanned::into_inner).collect(),
        needs_text: device.needs_text,
        role: device.role.into_inner(),
        interface: device.interface.into_inner(),
        framing: device.framing,
        baud: device.baud.map(Spanned::into_inner),
        language: device.language.map(Spanned::into_inner),
        dpi: device.dpi.map(Spanned::into_inner),
        family: device.family.map(Spanned::into_inner),
        note: device.note,
    };
    (profile, span)
}
