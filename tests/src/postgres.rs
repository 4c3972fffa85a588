//! A PostgreSQL server of a test's own, started by `tests/setup/postgres.sh`, that can be killed with all its processes at once.

use std::io;
use std::process::{Command, Output};

use crate::process::workspace;

/// A server with nothing but the databases that a test makes; gone when this is dropped.
pub struct Postgres {
    folder: String,
    url: String,
    databases: u32,
}

fn script(arguments: &[&str]) -> io::Result<String> {
    let Output { status, stdout, stderr } = Command::new(workspace().join("tests/setup/postgres.sh")).args(arguments).output()?;
    match status.success() {
        true => Ok(String::from_utf8_lossy(&stdout).into_owned()),
        false => Err(io::Error::other(String::from_utf8_lossy(&stderr).into_owned())),
    }
}

impl Postgres {
    /// Makes and starts one that keeps what it promised when it is killed.
    ///
    /// # Errors
    /// When it does not start; the message says what to install when there is none on the machine.
    pub fn start() -> io::Result<Self> {
        Self::of(&script(&["start"])?)
    }

    /// As [`Postgres::start`], with as much memory for pages as somebody would give it who has millions of rows: `512MB`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_with(memory: &str) -> io::Result<Self> {
        Self::of(&script(&["start", memory])?)
    }

    fn of(said: &str) -> io::Result<Self> {
        let mut lines = said.lines().map(str::to_owned);
        match (lines.next(), lines.next()) {
            (Some(folder), Some(url)) => Ok(Self { folder, url, databases: 0 }),
            _ => Err(io::Error::other(format!("postgres.sh start said {said:?}"))),
        }
    }

    /// The URL of a new, empty database.
    ///
    /// # Errors
    /// When the server does not make it.
    pub fn database(&mut self) -> io::Result<String> {
        self.databases += 1;
        let name = format!("hub{}", self.databases);
        let output = Command::new("psql").args([&self.url, "-qc", &format!("CREATE DATABASE {name}")]).output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        Ok(self.url.replace("/postgres?", &format!("/{name}?")))
    }

    /// Kills all its processes, without a farewell.
    ///
    /// # Errors
    /// When it did not run.
    pub fn kill(&self) -> io::Result<()> {
        script(&["crash", &self.folder]).map(drop)
    }

    /// Starts it again.
    ///
    /// # Errors
    /// When it does not start.
    pub fn restart(&self) -> io::Result<()> {
        script(&["again", &self.folder]).map(drop)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // What stays behind is a folder in the place for temporary ones.
        let _ = script(&["stop", &self.folder]);
    }
}
