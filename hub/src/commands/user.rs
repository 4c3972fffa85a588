//! `hub user`: people who sign in at the hub.

use clap::Subcommand;

use super::Failure;
use crate::db::Db;
use crate::platform::config::Config;
use crate::platform::identity::{self, NewUser, Role};
use crate::platform::password;
use crate::platform::sql::Sql;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a user. The password comes from QITAO_PASSWORD, or is invented and shown once.
    Add {
        /// What they sign in with: a–z, 0–9, . _ @ -
        login: String,
        /// Name for people; the login when left away.
        #[arg(long)]
        name: Option<String>,
        /// A built-in role: admin (everything), manager (one site, approves counts), warehouse (one site), auditor (reads only), analyst,
        /// dealer_owner, sales, designer, dispatcher, installer, customer_service, finance. Others are given in the web pages.
        #[arg(long, value_parser = role, default_value = "warehouse")]
        role: Role,
        /// Code of the site they belong to; admin, analyst and auditor may belong to none.
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

fn role(word: &str) -> Result<Role, String> {
    Role::of_word(word).ok_or_else(|| format!("the built-in roles are {}", Role::ALL.map(Role::word).join(", ")))
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
            // At the headquarters "the own organisation and what is beneath it" would be the whole chain.
            if site.is_none() && !matches!(role, Role::Admin | Role::Analyst | Role::Auditor) {
                return Err("whoever does not work for the whole chain belongs to a site: add --site CODE".into());
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
                let grants = identity::grants(db.read(), user.id, user.organisation_id).await?;
                let roles = grants.iter().map(|grant| grant.code.as_str()).collect::<Vec<_>>().join(",");
                let organisation = Sql::new("SELECT code FROM organisation WHERE id = ").bind(user.organisation_id).word(db.read()).await?;
                let (place, state) = (organisation.unwrap_or_else(|| "-".to_owned()), if user.disabled { "disabled" } else { "" });
                println!("{:<20} {roles:<16} {place:<10} {} {state}", user.login, user.name);
            }
        }
    }
    db.close().await?;
    Ok(())
}
