//! Which notices a webhook takes, the body, the signature, the pauses. Pure.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::platform::notifications::words;

/// Pauses between tries in seconds; together a day.
pub const PAUSES: &[u32] = &[5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 21_600, 36_000];

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// A new secret.
#[must_use]
pub fn new_secret() -> String {
    format!("{PREFIX}{}", BASE64.encode(&rand::random::<[u8; 32]>()))
}

/// The signature header of a delivery; nothing when the secret is none.
#[must_use]
pub fn sign(secret: &str, id: &str, seconds: i64, body: &str) -> Option<String> {
    let key = BASE64.decode(secret.strip_prefix(PREFIX)?.as_bytes()).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    Some(format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes())))
}

/// Whether a subscription to these kinds (none: all but those that have to be named) is one to this kind.
#[must_use]
pub fn of_kind(kinds: &Value, kind: &str) -> bool {
    let kinds = kinds.as_array().map(Vec::as_slice).unwrap_or_default();
    (kinds.is_empty() && !words::named(kind)) || kinds.iter().any(|one| one.as_str() == Some(kind))
}

/// Whether a subscription to these kinds of this site (none: all) takes a notice.
#[must_use]
pub fn takes(kinds: &Value, of_site: Option<i64>, kind: &str, site: Option<i64>) -> bool {
    of_kind(kinds, kind) && (of_site.is_none() || of_site == site)
}

/// What a program is told.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// Kind.
    pub kind: &'a str,
    /// When it happened.
    pub at_ms: i64,
    /// The site it is about.
    pub site: Option<i64>,
    /// The hub's page for it.
    pub link: &'a str,
    /// What happened.
    pub data: &'a Value,
}

impl Event<'_> {
    /// The body.
    #[must_use]
    pub fn body(&self) -> String {
        let at = Timestamp::from_millisecond(self.at_ms).unwrap_or_default();
        json!({"type": self.kind, "timestamp": at.to_string(), "site": self.site, "link": self.link, "data": self.data}).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_standard_webhooks() {
        // The example of the specification's libraries.
        let signed =
            sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        assert!(sign("secret", "x", 1, "{}").is_none());
        assert!(sign(&new_secret(), "x", 1, "{}").is_some());
    }

    #[test]
    fn tries_go_on_for_a_day() {
        let hours = PAUSES.iter().sum::<u32>() / 3_600;
        assert!((23..=24).contains(&hours), "{hours}");
    }

    #[test]
    fn a_subscription_takes_its_kinds_of_its_site() {
        let all = json!([]);
        assert!(takes(&all, None, "exception", Some(1)) && takes(&all, None, "exception", None));
        assert!(takes(&json!(["exception"]), Some(1), "exception", Some(1)));
        assert!(!takes(&json!(["exception"]), Some(1), "exception", Some(2)) && !takes(&json!(["exception"]), Some(1), "exception", None));
        assert!(!takes(&json!(["edge_away"]), None, "exception", Some(1)));
    }
}
