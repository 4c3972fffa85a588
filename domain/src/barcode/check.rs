//! Check digits: the mod-10 digit that ends every numeric GS1 key, the check character pair of alphanumeric keys, and UPC-E.

/// Length of an SSCC, a serial shipping container code.
pub const SSCC: usize = 18;
/// Length of a GLN, a global location number.
pub const GLN: usize = 13;
/// Length of a GSIN, a shipment number.
pub const GSIN: usize = 17;
/// Length of a GSRN, a service relation number.
pub const GSRN: usize = 18;
/// Length of the numeric part of a GRAI (after its leading zero), GDTI and GCN: 12 digits and the check digit; a serial may follow.
pub const GRAI: usize = 13;

/// The check digit that belongs behind these digits: weights 3, 1, 3, … from the right. `None` when they are none, or not all digits.
#[must_use]
pub fn mod10(body: &[u8]) -> Option<u8> {
    if body.is_empty() || !body.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let sum = body.iter().rev().enumerate().fold(0_u8, |sum, (i, digit)| {
        let weight = if i % 2 == 0 { 3 } else { 1 };
        (sum + weight * (digit - b'0')) % 10
    });
    Some(b'0' + (10 - sum) % 10)
}

/// Whether the last digit is the check digit of those before it.
#[must_use]
pub fn is_mod10(key: &[u8]) -> bool {
    key.split_last().is_some_and(|(last, body)| mod10(body) == Some(*last))
}

/// A GTIN-8, -12, -13 or -14 with a right check digit, as 14 digits.
#[must_use]
pub fn gtin14(text: &str) -> Option<String> {
    (matches!(text.len(), 8 | 12 | 13 | 14) && is_mod10(text.as_bytes())).then(|| format!("{text:0>14}"))
}

/// Character set 82 in its order, which gives each character its weight in a check character pair.
pub(super) const SET_82: &[u8; 82] = b"!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

const PRIMES: [u32; 23] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83];
const SET_32: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// The two check characters of a GMN (8013) or MUDI (8014): each character's place in set 82 times a prime, from the right, modulo 1021,
/// written in base 32 without the characters people confuse. `None` for more than 23 characters, or one outside set 82.
#[must_use]
pub fn pair(body: &[u8]) -> Option<[u8; 2]> {
    if body.len() > PRIMES.len() {
        return None;
    }
    let sum = body.iter().rev().zip(PRIMES).try_fold(0_u32, |sum, (character, prime)| {
        let weight = u32::try_from(SET_82.iter().position(|c| c == character)?).ok()?;
        Some((sum + weight * prime) % 1021)
    })?;
    let digit = |n: u32| SET_32.get(usize::try_from(n).ok()?).copied();
    Some([digit(sum >> 5)?, digit(sum & 31)?])
}

/// Whether the last two characters are the check pair of those before them.
#[must_use]
pub fn is_pair(key: &[u8]) -> bool {
    key.split_last_chunk::<2>().is_some_and(|(body, last)| pair(body) == Some(*last))
}

/// UPC-E to the 12 digits of UPC-A. Takes the 6 digits in the bars (number system 0), 7 with the number system in front, or 8 with
/// the check digit too, which then must be right.
#[must_use]
pub fn expand_upc_e(digits: &[u8]) -> Option<String> {
    let (system, d, check) = match digits {
        d if d.len() == 6 => (b'0', d, None),
        [system @ (b'0' | b'1'), d @ ..] if d.len() == 6 => (*system, d, None),
        [system @ (b'0' | b'1'), d @ .., check] if d.len() == 6 => (*system, d, Some(*check)),
        _ => return None,
    };
    let &[a, b, c, d, e, last] = d else { return None };
    let body: [u8; 10] = match last {
        b'0'..=b'2' => [a, b, last, b'0', b'0', b'0', b'0', c, d, e],
        b'3' => [a, b, c, b'0', b'0', b'0', b'0', b'0', d, e],
        b'4' => [a, b, c, d, b'0', b'0', b'0', b'0', b'0', e],
        _ => [a, b, c, d, e, b'0', b'0', b'0', b'0', last],
    };
    let mut full = vec![system];
    full.extend(body);
    let right = mod10(&full)?;
    if check.is_some_and(|check| check != right) {
        return None;
    }
    full.push(right);
    String::from_utf8(full).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_of_every_length_end_in_their_check_digit() {
        for key in
            ["96385074", "614141000036", "6901234567892", "10614141000415", "106141412345678908", "0614141000012", "12345678901234560"]
        {
            assert!(is_mod10(key.as_bytes()), "{key}");
        }
        for not in ["", "0", "96385075", "690123456789X", "６901234567892"] {
            assert_eq!(is_mod10(not.as_bytes()), not == "0" && mod10(b"").is_some(), "{not}");
        }
    }

    #[test]
    fn a_gtin_has_four_lengths_and_pads_to_fourteen() {
        assert_eq!(gtin14("96385074").as_deref(), Some("00000096385074"));
        assert_eq!(gtin14("614141000036").as_deref(), Some("00614141000036"));
        assert_eq!(gtin14("6901234567892").as_deref(), Some("06901234567892"));
        assert_eq!(gtin14("06901234567892").as_deref(), Some("06901234567892"));
        assert_eq!(gtin14("106141412345678908"), None);
        assert_eq!(gtin14("6901234567893"), None);
    }

    #[test]
    fn the_model_number_of_the_standard_has_its_check_pair() {
        assert!(is_pair(b"1987654Ad4X4bL5ttr2310c2K"));
        assert!(!is_pair(b"1987654Ad4X4bL5ttr2310cK2"));
        assert!(!is_pair(b"1"));
        assert_eq!(pair(b""), Some(*b"22"));
        assert_eq!(pair(b"a b"), None);
        assert_eq!(pair(&[b'0'; 24]), None);
    }

    #[test]
    fn upc_e_expands_by_its_last_digit() {
        assert_eq!(expand_upc_e(b"04252614").as_deref(), Some("042100005264"));
        assert_eq!(expand_upc_e(b"425261").as_deref(), Some("042100005264"));
        assert_eq!(expand_upc_e(b"0123453").as_deref(), expand_upc_e(b"123453").as_deref());
        for (short, long) in [("123450", "01200000345"), ("123453", "01230000045"), ("123454", "01234000005"), ("123459", "01234500009")] {
            assert_eq!(expand_upc_e(short.as_bytes()).map(|s| s[..11].to_owned()).as_deref(), Some(long));
        }
        for not in [&b"04252615"[..], b"24252614", b"4252", b"42526x", b""] {
            assert_eq!(expand_upc_e(not), None);
        }
    }

    proptest! {
        #[test]
        fn one_wrong_digit_never_passes(body in "[0-9]{7,17}", at in 0_usize..18, by in 1_u8..10) {
            let mut key = body.into_bytes();
            key.push(mod10(&key).unwrap());
            let at = at % key.len();
            key[at] = b'0' + (key[at] - b'0' + by) % 10;
            prop_assert!(!is_mod10(&key));
        }

        #[test]
        fn one_wrong_character_never_passes_a_pair(body in "[!-z]{1,23}", at in 0_usize..25, to in 0_usize..82) {
            let mut key: Vec<u8> = body.bytes().filter(|b| SET_82.contains(b)).collect();
            key.extend(pair(&key).unwrap());
            prop_assert!(is_pair(&key));
            let at = at % key.len();
            prop_assume!(key[at] != SET_82[to]);
            key[at] = SET_82[to];
            prop_assert!(!is_pair(&key));
        }
    }
}
