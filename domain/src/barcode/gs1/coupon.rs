//! North American coupon codes: digits whose fields say their own length, in AI (8110) and (8112).

use super::rules::date;

type Broken = (usize, &'static str);

struct Digits<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Digits<'a> {
    fn new(piece: &'a [u8]) -> Result<Self, Broken> {
        match piece.iter().position(|b| !b.is_ascii_digit()) {
            Some(position) => Err((position, "coupon: digits only")),
            None => Ok(Self { all: piece, at: 0 }),
        }
    }

    fn take(&mut self, length: usize, rule: &'static str) -> Result<&'a [u8], Broken> {
        let taken = self.all.get(self.at..self.at + length).ok_or((self.at, rule))?;
        self.at += length;
        Ok(taken)
    }

    /// One digit out of these.
    fn digit(&mut self, allowed: &[u8], rule: &'static str) -> Result<u8, Broken> {
        match self.all.get(self.at) {
            Some(digit) if allowed.contains(digit) => {
                self.at += 1;
                Ok(digit - b'0')
            }
            _ => Err((self.at, rule)),
        }
    }

    /// A length digit out of these, and so many digits plus `more`.
    fn sized(&mut self, allowed: &[u8], more: usize, rule: &'static str) -> Result<&'a [u8], Broken> {
        let length = usize::from(self.digit(allowed, rule)?) + more;
        self.take(length, rule)
    }

    /// Goes over the mark of an optional field when it is next.
    fn optional(&mut self, mark: u8) -> bool {
        let next = self.all.get(self.at) == Some(&mark);
        self.at += usize::from(next);
        next
    }

    fn end(&self) -> Result<(), Broken> {
        if self.at == self.all.len() { Ok(()) } else { Err((self.at, "coupon: more than its fields")) }
    }

    /// Purchase requirement, its code, and the family it is from.
    fn purchase(&mut self) -> Result<(), Broken> {
        self.sized(b"12345", 0, "coupon: purchase requirement")?;
        self.digit(b"012349", "coupon: purchase requirement code")?;
        self.take(3, "coupon: purchase family code")?;
        Ok(())
    }

    /// Another company's prefix, or 9 for none.
    fn other_company(&mut self) -> Result<(), Broken> {
        if !self.optional(b'9') {
            self.sized(b"0123456", 6, "coupon: company prefix of the purchase")?;
        }
        Ok(())
    }

    fn date(&mut self, rule: &'static str) -> Result<&'a [u8], Broken> {
        let start = self.at;
        let digits = self.take(6, rule)?;
        date(digits, 2, false).map_or(Ok(digits), |(at, _)| Err((start + at, rule)))
    }
}

/// AI (8110).
pub(super) fn coupon(piece: &[u8]) -> Option<Broken> {
    read_coupon(piece).err()
}

fn read_coupon(piece: &[u8]) -> Result<(), Broken> {
    let mut digits = Digits::new(piece)?;
    digits.sized(b"0123456", 6, "coupon: company prefix")?;
    digits.take(6, "coupon: offer code")?;
    digits.sized(b"12345", 0, "coupon: save value")?;
    digits.purchase()?;
    if digits.optional(b'1') {
        digits.digit(b"0123", "coupon: additional purchase rules")?;
        digits.purchase()?;
        digits.other_company()?;
    }
    if digits.optional(b'2') {
        digits.purchase()?;
        digits.other_company()?;
    }
    let ends = if digits.optional(b'3') { Some(digits.date("coupon: expiration date")?) } else { None };
    if digits.optional(b'4') {
        let place = digits.at;
        let starts = digits.date("coupon: start date")?;
        if ends.is_some_and(|ends| starts > ends) {
            return Err((place, "coupon: starts after it expires"));
        }
    }
    if digits.optional(b'5') {
        digits.sized(b"0123456789", 6, "coupon: serial number")?;
    }
    if digits.optional(b'6') {
        digits.sized(b"1234567", 6, "coupon: retailer")?;
    }
    if digits.optional(b'9') {
        digits.digit(b"01256", "coupon: save value code")?;
        digits.digit(b"012", "coupon: save value applies to")?;
        digits.digit(b"0123456789", "coupon: store coupon flag")?;
        digits.digit(b"01", "coupon: do not multiply flag")?;
    }
    digits.end()
}

/// AI (8112).
pub(super) fn offer(piece: &[u8]) -> Option<Broken> {
    read_offer(piece).err()
}

fn read_offer(piece: &[u8]) -> Result<(), Broken> {
    let mut digits = Digits::new(piece)?;
    digits.digit(b"01", "coupon: format")?;
    digits.sized(b"0123456", 6, "coupon: funder")?;
    digits.take(6, "coupon: offer code")?;
    digits.sized(b"0123456789", 6, "coupon: serial number")?;
    digits.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coupon_is_read_field_by_field() {
        // Prefix 614141, offer 654321, save 1.25 (3 digits), buy 1 (1 digit) by code 0 from family 123.
        let base = "06141416543213125110123";
        assert_eq!(coupon(base.as_bytes()), None);
        let second = ["101101239", "101101230614141"];
        let others = ["2110123 9", "3250101", "4250101", "50123456", "6 1 0614141", "9 1 0 1 1", "3250101 4250101 50123456 91011"];
        for more in second.into_iter().chain(others) {
            assert_eq!(coupon(format!("{base}{more}").replace(' ', "").as_bytes()), None, "{more}");
        }
        assert_eq!(coupon(format!("{base}325010142501").as_bytes()), Some((31, "coupon: start date")));
        assert_eq!(coupon(format!("{base}32501014250102").as_bytes()), Some((31, "coupon: starts after it expires")));
        assert_eq!(coupon(format!("{base}7").as_bytes()), Some((23, "coupon: more than its fields")));
        assert_eq!(coupon(b"7614141654321"), Some((0, "coupon: company prefix")));
        assert_eq!(coupon(b"06A4141"), Some((2, "coupon: digits only")));
        assert_eq!(coupon(b""), Some((0, "coupon: company prefix")));
    }

    #[test]
    fn every_cut_of_a_coupon_is_refused_or_a_shorter_coupon() {
        let whole = "06141416543213125110123101101239211012393251231425010150123456610614141910 11".replace(' ', "");
        for end in 0..whole.len() {
            let _ = coupon(&whole.as_bytes()[..end]);
        }
        assert!(coupon(&whole.as_bytes()[..20]).is_some());
    }

    #[test]
    fn a_positive_offer_has_funder_offer_and_serial() {
        assert_eq!(offer(b"006141416543210123456"), None);
        assert_eq!(offer(b"206141416543210123456"), Some((0, "coupon: format")));
        assert_eq!(offer(b"00614141654321012345"), Some((15, "coupon: serial number")));
        assert_eq!(offer(b"0061414165432101234567"), Some((21, "coupon: more than its fields")));
    }
}
