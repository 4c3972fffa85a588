//! Settings of what goes out of the hub to people and programs: `[outside]` in the settings file.

use serde::Deserialize;

/// How the hub speaks to the outside.
#[derive(Clone)]
pub struct Settings {
    /// Address under which people reach the hub, for links in messages: `https://hub.example.com`.
    pub public_url: Option<String>,
    /// Mail server: `smtps://user:password@host:465`, `smtp://user:password@host:587?tls=required`, or `smtp://host:25`.
    pub smtp: Option<String>,
    /// Sender of mails: `齐套 <qitao@example.com>`.
    pub mail_from: Option<String>,
    /// Webhooks and bots may be at private addresses and speak plain HTTP.
    pub private_addresses: bool,
    /// After so many minutes without an edge, people are told.
    pub edge_away_minutes: u32,
    /// IANA time zone of what belongs to no site.
    pub time_zone: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            smtp: None,
            mail_from: None,
            private_addresses: false,
            edge_away_minutes: 10,
            time_zone: "Asia/Shanghai".into(),
        }
    }
}

/// The mail server's address holds a password, so it is not shown.
impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("public_url", &self.public_url)
            .field("smtp", &self.smtp.is_some())
            .field("mail_from", &self.mail_from)
            .field("private_addresses", &self.private_addresses)
            .field("edge_away_minutes", &self.edge_away_minutes)
            .field("time_zone", &self.time_zone)
            .finish()
    }
}

/// What a settings file may say; everything is optional.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    public_url: Option<String>,
    smtp: Option<String>,
    mail_from: Option<String>,
    private_addresses: Option<bool>,
    edge_away_minutes: Option<u32>,
    time_zone: Option<String>,
}

impl Settings {
    /// Takes what the file says.
    pub fn take_file(&mut self, file: File) {
        self.public_url = file.public_url.or_else(|| self.public_url.take());
        self.smtp = file.smtp.or_else(|| self.smtp.take());
        self.mail_from = file.mail_from.or_else(|| self.mail_from.take());
        self.private_addresses = file.private_addresses.unwrap_or(self.private_addresses);
        self.edge_away_minutes = file.edge_away_minutes.unwrap_or(self.edge_away_minutes);
        self.time_zone = file.time_zone.unwrap_or_else(|| self.time_zone.clone());
    }

    /// The page of the hub at a path, when people can reach it from a message.
    #[must_use]
    pub fn page(&self, path: &str) -> Option<String> {
        self.public_url.as_ref().map(|base| format!("{}{path}", base.trim_end_matches('/')))
    }
}
