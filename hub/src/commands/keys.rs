//! `hub rotate-keys`: new keys for personal fields, beside a hub that may be running.

use clap::{Args, ValueEnum};

use super::Failure;
use crate::db::Db;
use crate::platform::config::Config;
use crate::platform::vault::{Purpose, Vault};

/// Which keys.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Which {
    /// Those that seal.
    Data,
    /// Those that make the hashes for finding.
    Hash,
    /// Both.
    All,
}

#[derive(Args)]
pub(super) struct Options {
    /// Which keys.
    #[arg(long, value_enum, default_value_t = Which::All)]
    keys: Which,
}

pub(super) async fn rotate(config: &Config, options: &Options) -> Result<(), Failure> {
    let db = Db::open(&config.database_url()).await?;
    let vault = Vault::open(&db, config.master(|name| std::env::var(name).ok())).await?;
    let purposes: &[Purpose] = match options.keys {
        Which::Data => &[Purpose::Data],
        Which::Hash => &[Purpose::Hash],
        Which::All => &[Purpose::Data, Purpose::Hash],
    };
    vault.rotate(&db, "command line", purposes).await?;
    let done = vault.renew(&db).await?;
    println!("{} texts are sealed and hashed with the new keys; {} old keys are wiped", done.texts, done.retired);
    if done.unreadable > 0 {
        println!(
            "{} texts cannot be opened and stay as they are, with their keys; the hub's log names them when they are read",
            done.unreadable
        );
    }
    db.close().await?;
    Ok(())
}
