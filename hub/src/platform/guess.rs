//! A secret that somebody who is signed in shows once more: wrong ones count as wrong logins do, so that a session that was left open, or stolen,
//! does not become a place to guess in.

use std::net::IpAddr;

use super::address::neighbourhood;
use super::api::too_many;
use super::clock;
use super::session::Session;
use crate::http::problem::Problem;
use crate::state::App;

/// A secret that is about to be compared.
pub(super) struct Guess<'a> {
    app: &'a App,
    login: &'a str,
    from: IpAddr,
    now_ms: i64,
}

impl<'a> Guess<'a> {
    /// Whether this person may show one now.
    ///
    /// # Errors
    /// A 429 problem that says when they may.
    pub(super) fn admit(app: &'a App, session: &'a Session, address: IpAddr) -> Result<Self, Problem> {
        let guess = Self { app, login: &session.actor.login, from: neighbourhood(address), now_ms: clock::now_ms() };
        app.attempts.admit_again(guess.login, guess.from, guess.now_ms).map_err(too_many)?;
        Ok(guess)
    }

    /// It was wrong.
    pub(super) fn wrong(&self) {
        self.app.attempts.wrong(self.login, self.from, self.now_ms);
    }

    /// It was right.
    pub(super) fn right(&self) {
        self.app.attempts.right(self.login, self.from);
    }
}
