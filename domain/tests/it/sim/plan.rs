//! What goes wrong, and when.

use super::Random;

/// One misfortune. Which machine it befalls is drawn when it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    CrashEdge,
    CrashHub,
    Disconnect,
    Partition(u64),
    WithholdAcks(u64),
    Window(u32),
    Backup,
    RestoreHub,
    Image,
    RestoreEdge,
    Quarantine,
    CloneSame,
    CloneOther,
    Retention,
    ClockJump(i64),
}

/// A fault in the program itself, to show that the oracle would notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// The hub publishes its ack before the commit.
    AckBeforeCommit,
    /// The hub advances `committed` without inserting facts that are there (no skip by scan id).
    NoScanGuard,
    /// The hub takes batches of any link.
    NoLinks,
    /// The hub lets any fingerprint speak.
    AnyFingerprint,
    /// The edge takes every head for its own.
    HeadNotCompared,
    /// The edge gives feedback before the fact is on disk.
    FeedbackBeforeDisk,
    /// A new epoch re-keys only what is not acked.
    ResendOnlyUnacked,
    /// Retention looks at age alone.
    RetentionTakesAll,
    /// A quiet link never says hello.
    NoIdleHello,
}

/// A whole schedule.
#[derive(Debug, Clone)]
pub struct Plan {
    pub seed: u64,
    pub edges: usize,
    /// Messages lost, of 10,000.
    pub loss: u64,
    /// Messages delivered twice, of 10,000.
    pub twice: u64,
    /// Longest usual way, in ms.
    pub delay: u64,
    /// First in, first out.
    pub ordered: bool,
    /// Crashes at each step of an edge, of 10,000.
    pub edge_crash: u64,
    /// Crashes before and after each commit of the hub, of 10,000.
    pub hub_crash: u64,
    /// Mean time between scans at a machine, in ms.
    pub scan_every: u64,
    /// When the trouble ends.
    pub length: u64,
    /// The broker outlives the hub, so that edges do not notice its restart.
    pub external_broker: bool,
    /// A second connection with the same client id ends the first.
    pub takeover: bool,
    /// The store may lose its last commits in a crash.
    pub lying: bool,
    /// Every message goes through the codec.
    pub through_json: bool,
    pub faults: Vec<(u64, Fault)>,
    /// Faults before the n-th event, for systematic runs.
    pub at_event: Vec<(u64, Fault)>,
    pub mutant: Option<Mutant>,
}

impl Plan {
    /// Nothing goes wrong.
    pub const fn quiet(seed: u64) -> Self {
        Self {
            seed,
            edges: 1,
            loss: 0,
            twice: 0,
            delay: 20,
            ordered: true,
            edge_crash: 0,
            hub_crash: 0,
            scan_every: 500,
            length: 5_000,
            external_broker: false,
            takeover: true,
            lying: false,
            through_json: false,
            faults: vec![],
            at_event: vec![],
            mutant: None,
        }
    }

    pub fn random(seed: u64) -> Self {
        let mut r = Random::new(seed ^ 0x5eed);
        let harsh = |r: &mut Random, most| if r.chance(5000) { r.upto(most) } else { 0 };
        let mut plan = Self {
            seed,
            edges: 1 + usize::try_from(r.upto(1)).unwrap(),
            loss: harsh(&mut r, 4000),
            twice: harsh(&mut r, 3000),
            delay: [5, 100, 3_000][usize::try_from(r.upto(2)).unwrap()],
            ordered: r.chance(3000),
            edge_crash: harsh(&mut r, 150),
            hub_crash: harsh(&mut r, 400),
            scan_every: [300, 1_000, 5_000][usize::try_from(r.upto(2)).unwrap()],
            length: 20_000 + r.upto(70_000),
            external_broker: r.chance(3000),
            takeover: r.chance(7000),
            lying: r.chance(1000),
            through_json: r.chance(600),
            faults: vec![],
            at_event: vec![],
            mutant: None,
        };
        // A schedule has a theme, so that rare things meet each other.
        let theme = r.upto(5);
        for _ in 0..r.upto(9) {
            let at = r.upto(plan.length);
            let fault = Self::draw(&mut r, theme);
            if fault == Fault::RestoreHub {
                plan.faults.push((r.upto(at), Fault::Backup));
            }
            if fault == Fault::RestoreEdge {
                plan.faults.push((r.upto(at), Fault::Image));
            }
            plan.faults.push((at, fault));
        }
        plan
    }

    fn draw(r: &mut Random, theme: u64) -> Fault {
        let common = [
            Fault::CrashEdge,
            Fault::CrashHub,
            Fault::Disconnect,
            Fault::Partition(r.upto(15_000)),
            Fault::WithholdAcks(r.upto(20_000)),
            Fault::Window(u32::try_from(r.upto(6)).unwrap()),
            Fault::ClockJump(3_600_000),
            Fault::Retention,
        ];
        let themed: &[Fault] = match theme {
            0 => &[],
            1 => &[Fault::RestoreHub, Fault::Retention],
            2 => &[Fault::RestoreEdge],
            3 => &[Fault::CloneSame, Fault::CloneOther],
            4 => &[Fault::RestoreHub, Fault::RestoreEdge, Fault::Retention, Fault::Quarantine],
            _ => &[Fault::RestoreHub, Fault::RestoreEdge, Fault::CloneSame, Fault::CloneOther, Fault::Quarantine],
        };
        let from = if !themed.is_empty() && r.chance(5000) { themed } else { &common };
        from[usize::try_from(r.upto(from.len() as u64 - 1)).unwrap()]
    }

    /// No fact can vanish in this schedule, and nothing needs the guard of scan ids.
    pub fn is_mild(&self) -> bool {
        !self.lying
            && !self.faults.iter().chain(&self.at_event).any(|(_, fault)| {
                matches!(fault, Fault::RestoreHub | Fault::RestoreEdge | Fault::Quarantine | Fault::CloneSame | Fault::CloneOther)
            })
    }

    /// A disk may come back to a branch of history that another disk has overtaken; then only the order within an epoch can be asked for.
    pub fn has_branches(&self) -> bool {
        self.has_clones() || self.faults.iter().chain(&self.at_event).any(|(_, fault)| *fault == Fault::RestoreEdge)
    }

    pub fn has_clones(&self) -> bool {
        self.faults.iter().chain(&self.at_event).any(|(_, fault)| matches!(fault, Fault::CloneSame | Fault::CloneOther))
    }
}
