//! One secret in a cookie, and what is made from it: `state`, `nonce` and the PKCE verifier. Pure.
//!
//! Because all three come from the browser's own secret by HMAC, an answer that another browser asked for fits nothing here, and the
//! database holds no more than a digest by which an answer counts once.

use axum::http::HeaderMap;
use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Url;
use sha2::{Digest, Sha256};

use crate::platform::session;

/// How long somebody may take at the provider, and over a one-time code afterwards.
pub(super) const LIFE_MS: i64 = 10 * 60 * 1000;
/// Stands for the hub where a path is understood as browsers do.
const HOME: &str = "http://hub.invalid";
/// Longest path to come back to.
const LONGEST_PATH: usize = 1_000;

/// The secret of one sign-in.
pub(super) struct Secret(String);

impl Secret {
    pub fn fresh() -> Self {
        Self(BASE64URL_NOPAD.encode(&rand::random::<[u8; 32]>()))
    }

    /// The one that a browser shows.
    pub fn of(headers: &HeaderMap, secure: bool) -> Option<Self> {
        session::cookie_of(headers, name(secure)).map(|text| Self(text.to_owned()))
    }

    fn made(&self, what: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()) else { return String::new() };
        mac.update(what.as_bytes());
        BASE64URL_NOPAD.encode(&mac.finalize().into_bytes())
    }

    /// What the provider gives back beside the code.
    pub fn state(&self) -> String {
        self.made("state")
    }

    /// What has to stand in the ID token.
    pub fn nonce(&self) -> String {
        self.made("nonce")
    }

    /// What shows that whoever brings the code asked for it.
    pub fn verifier(&self) -> String {
        self.made("verifier")
    }

    /// What the provider is told of the verifier before.
    pub fn challenge(&self) -> String {
        BASE64URL_NOPAD.encode(&Sha256::digest(self.verifier().as_bytes()))
    }

    /// The digest by which a sign-in that waits for a one-time code is found.
    pub fn digest(&self) -> String {
        session::hash(&self.0)
    }

    /// The cookie that keeps it. Lax, because the provider sends the browser back from its own pages.
    pub fn cookie(&self, secure: bool) -> String {
        cookie(&self.0, LIFE_MS / 1000, secure)
    }
}

/// The prefix makes browsers refuse such a cookie from a neighbouring host; it wants HTTPS.
const fn name(secure: bool) -> &'static str {
    if secure { "__Host-qitao_outside" } else { "qitao_outside" }
}

fn cookie(value: &str, seconds: i64, secure: bool) -> String {
    let end = if secure { "; Secure" } else { "" };
    format!("{}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{end}", name(secure))
}

/// The cookie that takes the secret away.
pub(super) fn no_cookie(secure: bool) -> String {
    cookie("", 0, secure)
}

/// A path of this hub's pages to come back to; nothing for everything that a browser could read as another place, or as a call of the API.
pub(super) fn local(to: Option<&str>) -> Option<String> {
    let to = to.filter(|to| !to.is_empty()).unwrap_or("/");
    // Browsers drop tabs and line ends, and take a backslash for a slash.
    let plain = to.len() <= LONGEST_PATH && to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if !plain || !to.starts_with('/') || to.starts_with("//") {
        return None;
    }
    let home = Url::parse(HOME).ok()?;
    let url = home.join(to).ok()?;
    // Said again as it was understood, so that no later reader understands it in another way.
    let understood = url.as_str().strip_prefix(HOME)?;
    let is_page = url.path() != "/api" && !url.path().starts_with("/api/");
    (understood.starts_with('/') && !understood.starts_with("//") && is_page).then(|| understood.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_from_one_secret_tells_nothing_of_the_others() {
        let (a, b) = (Secret::fresh(), Secret::fresh());
        let of = |secret: &Secret| [secret.state(), secret.nonce(), secret.verifier(), secret.challenge(), secret.0.clone()];
        let all: std::collections::BTreeSet<_> = of(&a).into_iter().chain(of(&b)).collect();
        assert_eq!(all.len(), 10);
        assert!((43..=128).contains(&a.verifier().len()), "as long as PKCE wants it");
        assert_eq!(a.state(), Secret(a.0.clone()).state());
    }

    /// Appendix B of RFC 7636.
    #[test]
    fn the_challenge_is_that_of_the_standard() {
        let digest = Sha256::digest(b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(BASE64URL_NOPAD.encode(&digest), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn only_paths_of_the_pages_are_come_back_to() {
        for fine in ["/", "/tasks", "/tasks?state=open&q=%E6%A4%85#top", "/settings/people/1"] {
            assert_eq!(local(Some(fine)).as_deref(), Some(fine));
        }
        assert_eq!((local(None).as_deref(), local(Some("")).as_deref()), (Some("/"), Some("/")));
        let elsewhere = [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "/.//evil.example",
            "/a/..//evil.example",
            "javascript:alert(1)",
            "tasks",
            "@evil.example",
            "/api/v1/session/outside/begin",
            "/x/../api/v1/health",
            "/%2e%2e/api/v1/health",
            "/椅",
        ];
        for to in elsewhere {
            assert_eq!(local(Some(to)), None, "{to:?}");
        }
        assert_eq!(local(Some(&format!("/{}", "a".repeat(1_000)))), None);
    }

    #[test]
    fn the_cookie_is_for_this_host_alone_when_there_is_https() {
        let secret = Secret::fresh();
        let kept = secret.cookie(true);
        assert!(
            kept.starts_with("__Host-qitao_outside=") && kept.ends_with("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"),
            "{kept}"
        );
        assert!(!secret.cookie(false).contains("Secure") && no_cookie(false).contains("Max-Age=0"));
    }
}
