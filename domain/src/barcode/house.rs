//! The chain's own barcodes: controls, badges, shelf labels, licence plates (`QT-…`) and carton labels (`code/n-N`).

use std::fmt;

use super::{Command, Fault, Pin};
use crate::quantity::Quantity;

/// More than anybody counts in one scan: a GTIN read as a quantity must not pass.
const LARGEST_QUANTITY: i64 = 100_000;

/// A barcode that starts with `QT-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum House<'a> {
    /// A control barcode.
    Command(Command),
    /// `QT-OP-badge`.
    Operator(&'a str),
    /// `QT-L-code`.
    Location(&'a str),
    /// `QT-LP-number`, whole.
    Plate(&'a str),
}

/// Reads a house barcode; `None` when the text is none. The prefix may come in either case, from scanners under Caps Lock.
///
/// # Errors
/// [`Fault`] when it begins like one, but what follows is missing or no quantity.
pub fn read<'a>(text: &'a str) -> Option<Result<House<'a>, Fault>> {
    let rest = strip(text, "QT-")?;
    let at = |rest: &str| text.len() - rest.len();
    let named = |rest, what: &str, house: fn(_) -> House<'a>| match rest {
        "" => Err(Fault::new(at(rest), format!("{what} is missing"))),
        _ => Ok(house(rest)),
    };
    if let Some(code) = strip(rest, "L-") {
        return Some(named(code, "location code", House::Location));
    }
    if let Some(badge) = strip(rest, "OP-") {
        return Some(named(badge, "badge", House::Operator));
    }
    if let Some(number) = strip(rest, "LP-") {
        return Some(named(number, "licence plate number", House::Plate).map(|_| House::Plate(text)));
    }
    if let Some(number) = strip(rest, "TASK-") {
        return Some(named(number, "task number", |number| House::Command(Command::Task { number: number.to_owned() })));
    }
    if let Some(typed) = Pin::typed(text) {
        // Never "unknown", however it is written: what is not known is told to the hub.
        let pin = strip(typed, "-").and_then(Pin::new).ok_or_else(|| Fault::new(at(typed), "QT-PIN- and four to eight digits"));
        return Some(pin.map(|pin| House::Command(Command::Pin { pin })));
    }
    if let Some(quantity) = strip(rest, "QTY-") {
        return Some(match quantity.parse::<Quantity>() {
            Err(error) => Err(Fault::new(at(quantity), format!("quantity: {error}"))),
            Ok(quantity) if quantity.is_positive() && quantity <= Quantity::units(LARGEST_QUANTITY) => {
                Ok(House::Command(Command::Quantity { quantity }))
            }
            Ok(_) => Err(Fault::new(at(quantity), format!("quantity: more than 0, at most {LARGEST_QUANTITY}"))),
        });
    }
    let plain = [Command::Confirm, Command::Undo, Command::Next, Command::Short, Command::LogOut, Command::Close];
    plain.into_iter().find(|command| command.to_string().eq_ignore_ascii_case(text)).map(|command| Ok(House::Command(command)))
}

fn strip<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// The text of the control barcode.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Confirm => f.write_str("QT-OK"),
            Self::Undo => f.write_str("QT-UNDO"),
            Self::Quantity { quantity } => write!(f, "QT-QTY-{quantity}"),
            Self::Next => f.write_str("QT-NEXT"),
            Self::Short => f.write_str("QT-SHORT"),
            Self::LogOut => f.write_str("QT-OUT"),
            Self::Task { number } => write!(f, "QT-TASK-{number}"),
            Self::Close => f.write_str("QT-CLOSE"),
            Self::Pin { .. } => f.write_str(Pin::MARK),
        }
    }
}

/// A carton label in the house form: `code/n-N`, or `code/n-N/lot`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carton<'a> {
    /// The item's code.
    pub code: &'a str,
    /// Carton n …
    pub carton: u16,
    /// … of N.
    pub of: u16,
    /// Dye lot.
    pub lot: Option<&'a str>,
    /// Byte of the text where `n-N` begins.
    pub at: usize,
}

impl Carton<'_> {
    /// Whether n is one of 1 … N.
    ///
    /// # Errors
    /// [`Fault`] at `n-N` when it is not.
    pub fn check(&self) -> Result<(), Fault> {
        if (1..=self.of).contains(&self.carton) {
            return Ok(());
        }
        Err(Fault::new(self.at, format!("carton {} of {}: from 1 to the number of cartons", self.carton, self.of)))
    }
}

impl fmt::Display for Carton<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}-{}", self.code, self.carton, self.of)?;
        self.lot.map_or(Ok(()), |lot| write!(f, "/{lot}"))
    }
}

/// More slashes than an item's code has. Each is a question to the directory, so a hostile text must not ask thousands.
const SLASHES: usize = 16;

/// Every way to read the text as a carton label, the shortest item code first: codes and lots may have slashes of their own.
pub fn cartons(text: &str) -> impl Iterator<Item = Carton<'_>> {
    text.match_indices('/').take(SLASHES).filter_map(move |(slash, _)| {
        let (code, rest) = (text.get(..slash)?, text.get(slash + 1..)?);
        let (numbers, lot) = rest.split_once('/').map_or((rest, None), |(numbers, lot)| (numbers, Some(lot)));
        let (carton, of) = numbers.split_once('-')?;
        let number = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u16>().ok()).flatten();
        let (carton, of) = (number(carton)?, number(of)?);
        (!code.is_empty() && lot != Some("")).then_some(Carton { code, carton, of, lot, at: slash + 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_read_and_never_shown() {
        let Some(Ok(House::Command(Command::Pin { pin }))) = read("QT-PIN-4711") else { panic!() };
        assert_eq!((pin.digits(), format!("{pin:?}")), ("4711", "Pin(…)".to_owned()));
        assert_eq!(Command::Pin { pin }.to_string(), "QT-PIN");
        for wrong in ["QT-PIN", "QT-PIN-", "QT-PIN-123", "QT-PIN-123456789", "QT-PIN-12a4", "QT-PIN4711", "qt-pin 4711", "QT-PIN:4711"] {
            let Some(Err(fault)) = read(wrong) else { panic!("{wrong}") };
            assert_eq!((fault.position, fault.rule.as_str()), (6, "QT-PIN- and four to eight digits"), "{wrong}");
        }
        assert_eq!(read("QT-PINE-2400"), None, "an item of pine");
        let hidden = ["qt-pin-4711", "QT-PIN4711", " QT-PIN 4711", "{09}QT-PIN-4711", "]C1QT-PIN-4711", "橡木QT-PIN-47x"].map(Pin::hidden);
        assert_eq!(hidden, ["qt-pin", "QT-PIN", " QT-PIN", "{09}QT-PIN", "]C1QT-PIN", "橡木QT-PIN"]);
        for shown in ["QT-OUT", "QT-PINE-2400", "QT-P", ""] {
            assert_eq!(Pin::hidden(shown), shown);
        }
    }

    #[test]
    fn every_control_barcode_reads_back_as_itself() {
        let commands = [
            Command::Confirm,
            Command::Undo,
            Command::Quantity { quantity: Quantity::from_raw(2500) },
            Command::Next,
            Command::Short,
            Command::LogOut,
            Command::Task { number: "PK-000456".into() },
            Command::Close,
        ];
        for command in commands {
            let text = command.to_string();
            assert_eq!(read(&text), Some(Ok(House::Command(command))), "{text}");
        }
        assert_eq!(read("qt-undo"), Some(Ok(House::Command(Command::Undo))));
    }

    #[test]
    fn house_codes_name_what_they_are() {
        assert_eq!(read("QT-L-B-04-2"), Some(Ok(House::Location("B-04-2"))));
        assert_eq!(read("QT-OP-wang"), Some(Ok(House::Operator("wang"))));
        assert_eq!(read("QT-LP-77"), Some(Ok(House::Plate("QT-LP-77"))));
        for none in ["QT", "QT-", "QT-CHAIR", "QT-OKAY", "橡木", "Q橡"] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn a_house_code_without_its_rest_names_position_and_rule() {
        assert_eq!(read("QT-L-"), Some(Err(Fault::new(5, "location code is missing"))));
        assert_eq!(read("QT-QTY-x"), Some(Err(Fault::new(7, "quantity: not a decimal number"))));
        for quantity in ["0", "-1", "100000.001", "6901234567892"] {
            assert_eq!(read(&format!("QT-QTY-{quantity}")), Some(Err(Fault::new(7, "quantity: more than 0, at most 100000"))));
        }
    }

    #[test]
    fn a_carton_label_has_code_number_and_perhaps_a_lot() {
        let first = |text| cartons(text).next();
        let plain = Carton { code: "YG-OAK-2400", carton: 3, of: 7, lot: None, at: 12 };
        assert_eq!(first("YG-OAK-2400/3-7"), Some(plain));
        assert_eq!(first("YG-OAK-2400/3-7/D/12"), Some(Carton { lot: Some("D/12"), ..plain }));
        assert_eq!(Carton { lot: Some("D12"), ..plain }.to_string(), "YG-OAK-2400/3-7/D12");
        assert_eq!(cartons("A/1-2/3-4").count(), 2, "code A with lot 3-4, or code A/1-2");
        for none in ["/3-7", "A/3-7/", "A/3", "A/3-", "A/-3-7", "A/3-70000", "A 3-7"] {
            assert_eq!(first(none), None, "{none}");
        }
        assert!(plain.check().is_ok());
        assert_eq!(Carton { carton: 8, ..plain }.check().map_err(|f| f.position), Err(12));
        assert!(Carton { carton: 0, ..plain }.check().is_err());
    }
}
