//! Hub and edge as processes of their own, started, killed and started again with nothing but their command lines.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::api::Api;

/// How long a start may take before it counts as failed; a loaded machine of two processors needs seconds.
const START: Duration = Duration::from_secs(60);

/// The workspace's folder.
#[must_use]
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// A program of the workspace, beside the one that is running.
///
/// # Panics
/// When it has not been built: `make` builds it before anything that needs it.
#[must_use]
pub fn binary(name: &str) -> PathBuf {
    let here = std::env::current_exe().unwrap_or_default();
    let folders = here.ancestors().skip(1).take(2);
    let found = folders.map(|folder| folder.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{name} is not built; run: cargo build --workspace --bins"))
}

/// A port of the loopback address that was free a moment ago.
///
/// # Errors
/// When there is none.
pub fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind(("127.0.0.1", 0))?.local_addr()
}

/// Which programs to stop how.
fn signal(child: &mut Child, signal: Signal) {
    if let Ok(pid) = i32::try_from(child.id()) {
        // It may have ended already.
        let _ = kill(Pid::from_raw(pid), signal);
    }
    let _ = child.wait();
}

fn log_file(folder: &Path, name: &str) -> io::Result<File> {
    File::options().create(true).append(true).open(folder.join(name))
}

/// A hub with a demonstration chain in a folder of its own.
pub struct HubProcess {
    child: Option<Child>,
    folder: PathBuf,
    arguments: Vec<String>,
    /// Where browsers and edges reach it.
    pub http: SocketAddr,
    /// Where its broker listens.
    pub mqtt: SocketAddr,
    /// What it said at its first start: logins, site, edge token.
    pub shown: Value,
}

impl HubProcess {
    /// Seeds an empty folder and starts. `arguments` go to the command line as they are (e.g. `--broker URL`).
    ///
    /// # Errors
    /// When it does not start; its log is in `hub.log` in the folder.
    pub fn start(folder: &Path, arguments: &[&str]) -> io::Result<Self> {
        let (http, mqtt) = (free_address()?, free_address()?);
        Self::start_at(folder, http, mqtt, arguments)
    }

    /// As [`HubProcess::start`], at addresses of choice.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_at(folder: &Path, http: SocketAddr, mqtt: SocketAddr, arguments: &[&str]) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut hub = Self { child: None, folder: folder.to_owned(), arguments: Vec::new(), http, mqtt, shown: Value::Null };
        hub.set_arguments(arguments);
        hub.restart()?;
        Ok(hub)
    }

    /// Starts it on the data that are there.
    ///
    /// # Errors
    /// When it does not start.
    pub fn restart(&mut self) -> io::Result<()> {
        let mut child = Command::new(binary("hub"))
            .args(["demo", "--json", "--data"])
            .arg(self.folder.join("data"))
            .args(["--http", &self.http.to_string(), "--mqtt", &self.mqtt.to_string()])
            // Tests begin with a warehouse and make what they need besides.
            .args(if self.arguments.iter().any(|of| of == "--shape") { &[][..] } else { &["--shape", "warehouse"] })
            .args(&self.arguments)
            // A group's bot of a test is on this machine.
            .env("QITAO_PRIVATE_ADDRESSES", "true")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log_file(&self.folder, "hub.log")?)
            .spawn()?;
        let said = child.stdout.take().map(BufReader::new);
        self.child = Some(child);
        let mut line = String::new();
        if let Some(mut said) = said {
            said.read_line(&mut line)?;
            // Goes on reading, so that a later word of the hub cannot block it.
            std::thread::spawn(move || io::copy(&mut said, &mut io::sink()));
        }
        self.shown = serde_json::from_str(&line)
            .map_err(|_| io::Error::other(format!("the hub did not start; see {}/hub.log", self.folder.display())))?;
        Ok(())
    }

    /// Number of its process, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// What its command line says more from the next start on.
    pub fn set_arguments(&mut self, arguments: &[&str]) {
        self.arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
    }

    /// `http://…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// A session of the administrator.
    ///
    /// # Errors
    /// When the hub refuses it.
    pub async fn admin(&self) -> io::Result<Api> {
        let text = |field: &str| self.shown["admin"][field].as_str().unwrap_or_default().to_owned();
        Api::login(&self.url(), &text("login"), &text("password")).await.map_err(io::Error::other)
    }

    /// SIGKILL: no farewell, nothing flushed.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            signal(&mut child, Signal::SIGKILL);
        }
    }

    /// SIGTERM, and waits for the end.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            signal(&mut child, Signal::SIGTERM);
        }
    }
}

impl Drop for HubProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// An edge in a folder of its own.
pub struct EdgeProcess {
    child: Option<Child>,
    folder: PathBuf,
    hub: String,
    /// Where its panel listens.
    pub panel: SocketAddr,
    /// Added to its environment from the next start on, e.g. that of a bus of its own.
    pub environment: Vec<(String, String)>,
}

impl EdgeProcess {
    /// Enrols an edge. `settings` is the text of its `edge.toml`; `hub` is where it reaches the hub from now on, `mqtt` its broker, when that is not
    /// where the hub says it is (a cable that can be cut).
    ///
    /// # Errors
    /// When the hub refuses it.
    pub fn enroll(folder: &Path, settings: &str, hub: &str, mqtt: Option<SocketAddr>, token: &str) -> io::Result<Self> {
        let data = folder.join("data");
        fs::create_dir_all(&data)?;
        fs::write(data.join("edge.toml"), settings)?;
        let edge = Self { child: None, folder: folder.to_owned(), hub: hub.to_owned(), panel: free_address()?, environment: Vec::new() };
        let output = edge.command().args(["enroll", "--hub", hub, "--token", token]).output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        if let Some(mqtt) = mqtt {
            redirect(&data.join("identity.toml"), mqtt)?;
        }
        Ok(edge)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(binary("edge-agent"));
        // Test machines have no identity of their own that two edges would not share.
        command.env("QITAO_EDGE_DATA", self.folder.join("data")).env("QITAO_EDGE_MACHINE", &self.folder).stdin(Stdio::null());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// What `edge-agent doctor` finds, beside the running agent.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn doctor(&self) -> io::Result<String> {
        let output = self.command().arg("doctor").output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Starts it and waits until its panel answers.
    ///
    /// # Errors
    /// When it does not start; its log is in `edge.log` in the folder.
    pub fn start(&mut self) -> io::Result<()> {
        let mut command = self.command();
        command.args(["run", "--panel", &self.panel.to_string(), "--hub", &self.hub]);
        let child = command.stdout(Stdio::null()).stderr(log_file(&self.folder, "edge.log")?).spawn()?;
        let child = self.child.insert(child);
        let began = Instant::now();
        while std::net::TcpStream::connect(self.panel).is_err() {
            if child.try_wait()?.is_some() || began.elapsed() > START {
                return Err(io::Error::other(format!("the edge did not start; see {}/edge.log", self.folder.display())));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// `http://…` of the panel.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.panel)
    }

    /// SIGKILL: no farewell, nothing flushed.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            signal(&mut child, Signal::SIGKILL);
        }
    }

    /// SIGTERM, and waits for the end.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            signal(&mut child, Signal::SIGTERM);
        }
    }
}

impl Drop for EdgeProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Points an identity at another broker address.
fn redirect(identity: &Path, mqtt: SocketAddr) -> io::Result<()> {
    let text = fs::read_to_string(identity)?;
    let mut lines = Vec::new();
    let mut in_mqtt = false;
    for line in text.lines() {
        if line.starts_with('[') {
            in_mqtt = line.trim() == "[mqtt]";
        }
        match line.split('=').next().map(str::trim) {
            Some("port") if in_mqtt => {
                lines.push(format!("host = \"{}\"", mqtt.ip()));
                lines.push(format!("port = {}", mqtt.port()));
            }
            Some("host") if in_mqtt => {}
            _ => lines.push(line.to_owned()),
        }
    }
    fs::write(identity, lines.join("\n"))
}
