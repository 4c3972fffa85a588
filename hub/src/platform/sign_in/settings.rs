//! Settings of signing in at another house: `[sign_in]` in the settings file, `QITAO_SIGN_IN_…` in the environment.

use std::path::PathBuf;

use reqwest::Url;
use serde::Deserialize;

/// The claim that has to equal a login, when the settings name none.
const USUAL_CLAIM: &str = "preferred_username";

/// What the settings say; nothing of it holds without an issuer.
#[derive(Clone, Default)]
pub struct Settings {
    /// The provider's address, as it stands in its tokens.
    pub issuer: Option<String>,
    /// What the hub is called there.
    pub client_id: Option<String>,
    /// What the hub shows there that it is itself.
    pub client_secret: Option<String>,
    /// Chinese name on the button.
    pub name: Option<String>,
    /// English name on the button.
    pub name_en: Option<String>,
    /// The claim that has to equal a login when somebody signs in there for the first time.
    pub claim: Option<String>,
    /// Passwords are for administrators alone.
    pub only: bool,
    /// Whoever gave a second factor there need not give a one-time code here.
    pub trust_second_factor: bool,
    /// Accounts of administrators are bound by the claim too.
    pub bind_administrators: bool,
    /// Whoever signed in there and signs out here stays signed in there.
    pub stay_signed_in: bool,
}

/// The secret is not shown.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("client_secret", &self.client_secret.is_some())
            .field("claim", &self.claim)
            .field("only", &self.only)
            .field("trust_second_factor", &self.trust_second_factor)
            .field("bind_administrators", &self.bind_administrators)
            .field("stay_signed_in", &self.stay_signed_in)
            .finish_non_exhaustive()
    }
}

/// What a settings file may say; everything is optional.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    issuer: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    client_secret_file: Option<PathBuf>,
    name: Option<String>,
    name_en: Option<String>,
    claim: Option<String>,
    only: Option<bool>,
    trust_second_factor: Option<bool>,
    bind_administrators: Option<bool>,
    stay_signed_in: Option<bool>,
}

/// The secret is not shown.
impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("File").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// A provider whose settings are whole.
#[derive(Clone)]
pub(super) struct House {
    pub issuer: String,
    pub client_id: String,
    pub client_secret: String,
    /// Where the provider sends people back to.
    pub callback: String,
    /// Where it sends them after they have signed out.
    pub home: String,
    pub name: String,
    pub name_en: String,
    pub claim: String,
    pub only: bool,
    pub trust_second_factor: bool,
    pub bind_administrators: bool,
    /// Whoever signs out here signs out there.
    pub sign_out: bool,
}

/// An address that secrets and keys may travel to: HTTPS, or this machine itself.
pub(super) fn safe(text: &str) -> Option<Url> {
    let url: Url = text.parse().ok()?;
    let home = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    let fits = url.scheme() == "https" || (url.scheme() == "http" && home);
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    (fits && plain && url.has_host()).then_some(url)
}

impl Settings {
    /// Takes what the file says, and the secret out of its own file.
    ///
    /// # Errors
    /// Which file cannot be read, and what the system said.
    pub fn take_file(&mut self, file: File) -> Result<(), (PathBuf, std::io::Error)> {
        self.issuer = file.issuer.or_else(|| self.issuer.take());
        self.client_id = file.client_id.or_else(|| self.client_id.take());
        self.client_secret = file.client_secret.or_else(|| self.client_secret.take());
        self.name = file.name.or_else(|| self.name.take());
        self.name_en = file.name_en.or_else(|| self.name_en.take());
        self.claim = file.claim.or_else(|| self.claim.take());
        self.only = file.only.unwrap_or(self.only);
        self.trust_second_factor = file.trust_second_factor.unwrap_or(self.trust_second_factor);
        self.bind_administrators = file.bind_administrators.unwrap_or(self.bind_administrators);
        self.stay_signed_in = file.stay_signed_in.unwrap_or(self.stay_signed_in);
        file.client_secret_file.map_or(Ok(()), |path| self.take_secret(path))
    }

    /// Takes the secret out of a file.
    ///
    /// # Errors
    /// The path, and what the system said.
    pub fn take_secret(&mut self, path: PathBuf) -> Result<(), (PathBuf, std::io::Error)> {
        let text = std::fs::read_to_string(&path).map_err(|error| (path, error))?;
        self.client_secret = Some(text.trim().to_owned());
        Ok(())
    }

    /// Whether these settings can be used, with the address under which people reach the hub.
    ///
    /// # Errors
    /// What is missing or wrong, in words.
    pub fn check(&self, public_url: Option<&str>) -> Result<(), String> {
        self.house(public_url).map(|_| ())
    }

    /// The provider that they name; nothing when they name none.
    pub(super) fn house(&self, public_url: Option<&str>) -> Result<Option<House>, String> {
        let Some(issuer) = self.issuer.clone() else {
            let half = self.client_id.is_some() || self.client_secret.is_some() || self.only;
            return if half { Err("the issuer is missing".to_owned()) } else { Ok(None) };
        };
        if safe(&issuer).is_none_or(|url| url.query().is_some()) {
            return Err(format!("the issuer {issuer:?} is no address that begins with https:// (http:// is for this machine alone)"));
        }
        let named = |what: &Option<String>, word: &str| {
            what.clone().filter(|text| !text.trim().is_empty()).ok_or_else(|| format!("the {word} is missing"))
        };
        let public_url = public_url.ok_or("public_url of [outside] is missing: the provider has to send people back to it")?;
        let callback = format!("{}/api/v1/session/outside/callback", public_url.trim_end_matches('/'));
        if callback.parse::<Url>().is_err() {
            return Err(format!("public_url {public_url:?} is no address"));
        }
        Ok(Some(House {
            client_id: named(&self.client_id, "client_id")?,
            client_secret: named(&self.client_secret, "client_secret")?,
            callback,
            home: format!("{}/", public_url.trim_end_matches('/')),
            name: self.name.clone().unwrap_or_else(|| "企业账号".to_owned()),
            name_en: self.name_en.clone().or_else(|| self.name.clone()).unwrap_or_else(|| "company account".to_owned()),
            claim: self.claim.clone().unwrap_or_else(|| USUAL_CLAIM.to_owned()),
            only: self.only,
            trust_second_factor: self.trust_second_factor,
            bind_administrators: self.bind_administrators,
            sign_out: !self.stay_signed_in,
            issuer,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Settings {
        Settings {
            issuer: Some("https://id.example.com/realms/chain".into()),
            client_id: Some("qitao".into()),
            client_secret: Some("geheim".into()),
            ..Settings::default()
        }
    }

    #[test]
    fn half_of_the_settings_is_refused_and_none_of_them_is_fine() {
        let hub = Some("https://hub.example.com/");
        assert!(Settings::default().house(None).unwrap().is_none());
        let house = whole().house(hub).unwrap().unwrap();
        assert_eq!(house.callback, "https://hub.example.com/api/v1/session/outside/callback");
        assert_eq!((house.claim.as_str(), house.only), ("preferred_username", false));
        assert!(whole().check(None).unwrap_err().contains("public_url"));
        for (broken, word) in [
            (Settings { client_secret: None, ..whole() }, "client_secret"),
            (Settings { client_id: Some(" ".into()), ..whole() }, "client_id"),
            (Settings { only: true, ..Settings::default() }, "issuer"),
        ] {
            assert!(broken.check(hub).unwrap_err().contains(word), "{word}");
        }
    }

    #[test]
    fn keys_and_secrets_travel_over_https_only() {
        for issuer in
            ["http://id.example.com", "https://u:p@id.example.com", "https://id.example.com/?a=1", "ftp://x", "x", "https://a.b/#c"]
        {
            assert!(Settings { issuer: Some(issuer.into()), ..whole() }.check(Some("https://hub")).is_err(), "{issuer}");
        }
        assert!(safe("http://127.0.0.1:8080/realm").is_some() && safe("http://127.0.0.1.example.com").is_none());
    }

    #[test]
    fn the_secret_is_never_shown() {
        assert!(!format!("{:?}", whole()).contains("geheim"));
        let file: File = toml::from_str("issuer = \"https://x\"\nclient_secret = \"geheim\"").unwrap();
        assert!(!format!("{file:?}").contains("geheim"));
    }
}
