//! What an agent costs that has nothing to do: CPU and wake-ups of the real process with its scanners and printers at rest.
//!
//! An appliance without a fan is at rest most of the day, and a box that is warm for nothing dies early. The peer is the same agent without any device:
//! what the devices add is the difference. Some scanners are configured and not plugged in, as in any shop: those are looked for. The agent is not
//! enrolled, so no uplink is in the figures.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{Failure, Sizes, Table, spread, times};
use crate::line::PtyLine;
use crate::printer::TcpPrinter;
use crate::process::{binary, free_address};

/// Clock ticks a second in `/proc/PID/stat`: `USER_HZ`, 100 on every Linux that this runs on.
const TICK_MS: f64 = 10.0;

/// How many devices an agent has.
#[derive(Debug, Clone, Copy)]
struct Devices {
    scanners: usize,
    absent: usize,
    printers: usize,
}

const NONE: Devices = Devices { scanners: 0, absent: 0, printers: 0 };
const SIXTEEN: Devices = Devices { scanners: 12, absent: 2, printers: 2 };
const MANY: Devices = Devices { scanners: 64, absent: 0, printers: 2 };

/// Milliseconds of CPU and wake-ups, each in a second.
#[derive(Debug, Clone, Copy)]
struct Cost {
    cpu_ms: f64,
    wakes: f64,
}

struct Agent {
    child: Child,
    // Both stay as long as the agent runs: the lines plugged in, the printers reachable.
    _lines: Vec<PtyLine>,
    _printers: Vec<TcpPrinter>,
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Agent {
    async fn start(folder: &Path, devices: Devices) -> Result<Self, Failure> {
        fs::create_dir_all(folder)?;
        let mut settings = String::from("devices.adopt = false\ndisk.ballast_mib = 0\n");
        let (mut lines, mut printers) = (Vec::new(), Vec::new());
        for n in 0..devices.scanners + devices.absent {
            let link: PathBuf = folder.join(format!("scanner-{n}"));
            write!(settings, "[[station]]\nid = \"desk-{n}\"\nscanner.serial.target.path = \"{}\"\n", link.display())?;
            if n < devices.scanners {
                lines.push(PtyLine::plug_in(&link)?);
            }
        }
        for n in 0..devices.printers {
            let printer = TcpPrinter::switch_on().await?;
            write!(settings, "[[printer]]\nid = \"printer-{n}\"\naddress.tcp = \"{}\"\n", printer.address())?;
            printers.push(printer);
        }
        fs::write(folder.join("edge.toml"), settings)?;
        let panel = free_address()?;
        let mut command = Command::new(binary("edge-agent"));
        command.args(["run", "--panel", &panel.to_string(), "--data"]).arg(folder);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let mut agent = Self { child, _lines: lines, _printers: printers };
        let began = Instant::now();
        while tokio::net::TcpStream::connect(panel).await.is_err() {
            if agent.child.try_wait()?.is_some() || began.elapsed() > Duration::from_secs(60) {
                return Err("the agent did not start".into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(agent)
    }

    /// Ticks of CPU and voluntary context switches of all threads so far.
    fn so_far(&self) -> Result<(f64, f64), Failure> {
        let process = PathBuf::from(format!("/proc/{}", self.child.id()));
        let stat = fs::read_to_string(process.join("stat"))?;
        // The name may hold blanks; what follows its closing bracket does not. User and system time are fields 14 and 15 of all.
        let fields: Vec<&str> = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).ok_or("no times in /proc");
        let mut wakes = 0.0;
        for task in fs::read_dir(process.join("task"))? {
            // A thread may end meanwhile.
            let Ok(status) = fs::read_to_string(task?.path().join("status")) else { continue };
            let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            wakes += line.and_then(|line| line.trim().parse::<f64>().ok()).unwrap_or(0.0);
        }
        Ok((ticks(11)? + ticks(12)?, wakes))
    }

    async fn cost(&self, window: Duration) -> Result<Cost, Failure> {
        let (began, before) = (Instant::now(), self.so_far()?);
        tokio::time::sleep(window).await;
        let (after, seconds) = (self.so_far()?, began.elapsed().as_secs_f64());
        Ok(Cost { cpu_ms: (after.0 - before.0) * TICK_MS / seconds, wakes: (after.1 - before.1) / seconds })
    }
}

/// Measures all sizes, turn by turn.
///
/// # Errors
/// When an agent does not start.
pub async fn measure(folder: &Path, sizes: Sizes) -> Result<Table, Failure> {
    let folder = tempfile::tempdir_in(folder)?;
    // The first seconds still have the opening of the outbox in them.
    let (rest, window) = (Duration::from_secs(5), Duration::from_secs(if sizes.rounds > 1 { 20 } else { 4 }));
    let kinds = [("no device", NONE), ("16 devices: 12 scanners, 2 that are away, 2 printers", SIXTEEN), ("64 scanners, 2 printers", MANY)];
    let mut costs: Vec<(Vec<f64>, Vec<f64>)> = vec![Default::default(); kinds.len()];
    for round in 0..sizes.rounds.min(3) {
        for (n, (_, devices)) in kinds.iter().enumerate() {
            let agent = Agent::start(&folder.path().join(format!("{round}-{n}")), *devices).await?;
            tokio::time::sleep(rest).await;
            let cost = agent.cost(window).await?;
            costs[n].0.push(cost.cpu_ms);
            costs[n].1.push(cost.wakes);
        }
    }
    let mut table = Table::new("An agent at rest", ["what", "CPU ms a second", "% of one core", "wake-ups a second", "CPU ratio"]);
    let middle: Vec<(f64, f64)> = costs.into_iter().map(|(cpu, wakes)| (spread(cpu).0, spread(wakes).0)).collect();
    let alone = middle.first().map_or(0.0, |(cpu, _)| *cpu);
    for ((name, _), (cpu, wakes)) in kinds.iter().zip(middle) {
        table.row([(*name).into(), format!("{cpu:.1}"), format!("{:.2}", cpu / 10.0), format!("{wakes:.0}"), times(cpu, alone)]);
    }
    Ok(table.note(format!("Middle of {} rounds of {} s, after {} s of rest.", sizes.rounds.min(3), window.as_secs(), rest.as_secs())))
}
