//! Codes out of a secret and the time: RFC 6238 with SHA-1, six digits, half a minute, which is what every authenticator app does. Pure.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// How long a code is shown, in seconds.
const STEP_S: i64 = 30;
/// Steps before and after now whose codes are taken, for phones whose clock is a little off.
const LEEWAY: i64 = 1;

/// The time step of a moment.
pub(super) const fn step(now_ms: i64) -> i64 {
    now_ms.div_euclid(1000).div_euclid(STEP_S)
}

/// The code of a time step.
pub(super) fn code(secret: &[u8], step: i64) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return String::new() };
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = digest.last().map_or(0, |last| usize::from(last & 0xf));
    let number = digest.iter().skip(at).take(4).fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// The step that a code belongs to, when it is near now and after the last one used.
pub(super) fn fits(secret: &[u8], given: &str, now_ms: i64, last_step: i64) -> Option<i64> {
    let given: String = given.chars().filter(char::is_ascii_digit).collect();
    let now = step(now_ms);
    (now - LEEWAY..=now + LEEWAY).find(|step| *step > last_step && given.len() == 6 && same(&code(secret, *step), &given))
}

/// Compares without telling by time how much was right.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}

/// What an authenticator app reads from a QR code.
pub(super) fn uri(login: &str, secret: &str) -> String {
    // A login is plain, so nothing in here needs to be escaped but the sign @.
    let login = login.replace('@', "%40");
    format!("otpauth://totp/Qitao:{login}?secret={secret}&issuer=Qitao&algorithm=SHA1&digits=6&period=30")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Appendix B of RFC 6238, last six digits of its eight.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, wanted) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(secret, step(seconds * 1000)), wanted);
        }
    }

    #[test]
    fn a_code_is_good_once_and_for_a_minute_and_a_half() {
        let (secret, now) = (b"12345678901234567890", 59_000);
        let shown = code(secret, step(now));
        assert_eq!(fits(secret, &shown, now, 0), Some(1));
        assert_eq!(fits(secret, "287 082", now, 0), Some(1), "as apps show it");
        assert_eq!(fits(secret, &shown, now, 1), None, "used already");
        assert_eq!(fits(secret, &shown, now + 30_000, 0), Some(1));
        assert_eq!(fits(secret, &shown, now + 61_000, 0), None);
        for wrong in ["", "28708", "287083", "2870822"] {
            assert_eq!(fits(secret, wrong, now, 0), None, "{wrong}");
        }
    }
}
