//! `hub user`: people who sign in at the hub.

use clap::{Subcommand, ValueEnum};

use super::Failure;
use crate::db::Db;
use crate::platform::config::Config;
use crate::platform::identity::{self, NewUser, Role};
use crate::platform::password;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a user. The password comes from QITAO_PASSWORD, or is invented and shown once.
    Add {
        /// What they sign in with: a–z, 0–9, . _ @ -
        login: String,
        /// Name for people; the login when left away.
        #[arg(long)]
        name: Option<String>,
        /// admin: everything. manager: one site, approves counts. warehouse: one site. auditor: reads only.
        #[arg(long, value_enum, default_value = "warehouse")]
        role: RoleWord,
        /// Code of the site they belong to; admins and chain auditors belong to none.
        #[arg(long)]
        site: Option<String>,
    },
    /// Give a user a new password (from QITAO_PASSWORD, or invented and shown once) and end their sessions.
    Passwd {
        /// Whose.
        login: String,
    },
    /// Everybody.
    List,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum RoleWord {
    Admin,
    Manager,
    Warehouse,
    Auditor,
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::Admin => Self::Admin,
            RoleWord::Manager => Self::Manager,
            RoleWord::Warehouse => Self::Warehouse,
            RoleWord::Auditor => Self::Auditor,
        }
    }
}

fn password() -> (String, bool) {
    match std::env::var("QITAO_PASSWORD").ok().filter(|password| !password.is_empty()) {
        Some(given) => (given, false),
        None => (password::invent(), true),
    }
}

pub(super) async fn user(config: &Config, command: Command) -> Result<(), Failure> {
    let db = Db::open(&config.database_url()).await?;
    match command {
        Command::Add { login, name, role, site } => {
            let role = Role::from(role);
            if site.is_none() && matches!(role, Role::Manager | Role::Warehouse) {
                return Err("a manager or warehouse user belongs to a site: add --site CODE".into());
            }
            let (password, invented) = password();
            let name = name.unwrap_or_else(|| login.clone());
            identity::add(&db, "command line", NewUser { login: login.clone(), name, role, site, password: password.clone() }).await?;
            println!("made {login} ({})", role.word());
            if invented {
                println!("password (shown once): {password}");
            }
        }
        Command::Passwd { login } => {
            let (password, invented) = password();
            identity::set_password(&db, "command line", &login, password.clone()).await?;
            println!("{login} has a new password; all sessions are ended");
            if invented {
                println!("password (shown once): {password}");
            }
        }
        Command::List => {
            for user in identity::list(&db).await? {
                let site = user.site_id.map_or_else(|| "-".to_owned(), |site| site.to_string());
                let state = if user.disabled { "disabled" } else { "" };
                println!("{:<20} {:<10} {site:<6} {} {state}", user.login, user.role, user.name);
            }
        }
    }
    db.close().await?;
    Ok(())
}
