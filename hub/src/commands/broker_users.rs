//! `hub broker-users`: what an external broker must know of hub and edges, in its own file format.

use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use qitao_domain::ids::EdgeId;

use super::Failure;
use crate::broker::{ExternalBroker, mosquitto};
use crate::db::Db;
use crate::edges;
use crate::platform::config::Config;

#[derive(Args)]
pub(super) struct Options {
    /// Whose files: mosquitto (2.0 or later).
    #[arg(long, value_enum, default_value = "mosquitto")]
    format: Format,
    /// Write qitao.passwd and qitao.acl there, of the hub and all edges. Without it the password lines are printed.
    #[arg(long, value_name = "FOLDER", conflicts_with = "edge")]
    out: Option<PathBuf>,
    /// Print the line of this edge alone.
    #[arg(long, value_name = "EDGE")]
    edge: Option<EdgeId>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Mosquitto,
}

pub(super) async fn broker_users(config: &Config, options: Options) -> Result<(), Failure> {
    let Format::Mosquitto = options.format;
    let db = Db::open(&config.database_url()).await?;
    let logins = edges::broker_logins(&db).await;
    db.close().await?;
    let mut lines = String::new();
    let mut known = false;
    for login in logins?.into_iter().filter(|login| options.edge.as_ref().is_none_or(|edge| login.id == edge.as_str())) {
        known = true;
        match login.broker_hash {
            Some(hash) => lines.push_str(&mosquitto::password_line(&login.id, &hash)),
            None => eprintln!(
                "hub: {} joined before the hub kept what Mosquitto needs; give it a new token, and there: edge-agent enroll --again …",
                login.id
            ),
        }
    }
    if let Some(edge) = options.edge {
        if !known {
            return Err(format!("no edge {edge} has joined").into());
        }
        print!("{lines}");
        return Ok(());
    }
    let hub = config.broker.as_deref().map(str::parse::<ExternalBroker>).transpose()?.and_then(|broker| broker.login);
    let Some((name, password)) = hub else {
        return Err("the hub's own login at the broker is not set: --broker mqtt://user:password@host:port".into());
    };
    lines.insert_str(0, &mosquitto::password_line(&name, &mosquitto::hash(password.as_bytes())));
    match options.out {
        None => print!("{lines}"),
        Some(folder) => {
            replace(&folder.join("qitao.passwd"), &lines)?;
            replace(&folder.join("qitao.acl"), &mosquitto::rights(&name))?;
            println!("{}: qitao.passwd and qitao.acl are written; now: systemctl reload mosquitto", folder.display());
        }
    }
    Ok(())
}

/// Writes a file so that the broker finds the old one or the new one, with the owner and rights of the old one, or else of its folder.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let (like, mode) = match std::fs::metadata(path) {
        Ok(old) => (old.clone(), old.permissions().mode() & 0o777),
        Err(_) => (std::fs::metadata(folder)?, 0o640),
    };
    let new = path.with_extension("new");
    let _ = std::fs::remove_file(&new);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    // Only root may give a file away; whoever else runs this owns it already.
    let _ = chown(&new, Some(like.uid()), Some(like.gid()));
    file.set_permissions(std::fs::Permissions::from_mode(mode))?;
    file.sync_all()?;
    std::fs::rename(&new, path)
}
