//! A small world with edges, disks, a network and a hub, in which everything can go wrong, driven by one seed.
//!
//! Sender, receiver, place and messages are the real ones; only what surrounds them is modelled. [`World::run`] plays a [`Plan`]: a time of
//! trouble, then calm. [`book::Book`] knows what was accepted and which facts no longer exist anywhere, and so what the hub must have.

pub mod book;
pub mod edge;
pub mod hub;
pub mod plan;

use std::collections::BTreeMap;

use qitao_domain::ids::Seq;
use qitao_domain::protocol::{self, Down, Up};
use qitao_domain::stream::sender::Input;

use book::Book;
use edge::{Disk, Machine};
use hub::Hub;
pub use plan::{Fault, Mutant, Plan};

/// How long the calm may take until everything is where it belongs: the idle hello (15 min at most) and some refusals.
const CALM: u64 = 40 * 60_000;

/// Splitmix64: one number decides a whole schedule.
#[derive(Clone)]
pub struct Random(u64);

impl Random {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to `most`.
    pub const fn upto(&mut self, most: u64) -> u64 {
        self.next() % (most + 1)
    }

    pub const fn chance(&mut self, of_10_000: u64) -> bool {
        self.next() % 10_000 < of_10_000
    }
}

/// Something that will happen. Those with a run belong to one life of a machine and die with it.
#[derive(Debug, Clone)]
pub enum Event {
    Scan(usize),
    Tick(usize, u32),
    Connecting(usize, u32),
    Settled(usize, u32),
    Sent { machine: usize, run: u32, link: u64, through: Seq },
    Up(usize, Box<Up>),
    Down(usize, Box<Down>),
    EdgeStart(usize),
    HubStart,
    Fault(Fault),
    Lost(usize, u32),
}

/// What a run came to, for those who wonder whether the schedules do anything.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    pub facts: usize,
    pub gone: usize,
    pub skipped: usize,
    pub epochs: u32,
    pub events: u64,
    pub news: usize,
}

pub struct World {
    pub plan: Plan,
    pub random: Random,
    pub now: u64,
    pub machines: Vec<Machine>,
    pub images: Vec<(usize, Disk)>,
    pub hub: Hub,
    pub book: Book,
    pub partition_until: u64,
    pub withhold_until: u64,
    pub wall_ms: i64,
    queue: BTreeMap<(u64, u64), Event>,
    queued: u64,
    last_delivery: [u64; 2],
    calm: bool,
    failure: Option<String>,
    trace: bool,
}

impl World {
    pub fn run(plan: Plan) -> Result<Tally, String> {
        let seed = plan.seed;
        Self::new(plan).play().map_err(|why| format!("seed {seed}: {why}"))
    }

    pub fn new(plan: Plan) -> Self {
        let mut world = Self {
            random: Random::new(plan.seed),
            now: 0,
            machines: vec![],
            images: vec![],
            hub: Hub::new(plan.edges),
            book: Book::default(),
            partition_until: 0,
            withhold_until: 0,
            wall_ms: 1_700_000_000_000,
            queue: BTreeMap::new(),
            queued: 0,
            last_delivery: [0; 2],
            calm: false,
            failure: None,
            trace: std::env::var_os("QITAO_SIM_TRACE").is_some(),
            plan,
        };
        for name in 0..world.plan.edges {
            world.add_machine(name, format!("disk-{name}"), Disk::default());
            let first = world.random.upto(world.plan.scan_every);
            world.after(first, Event::Scan(name));
        }
        for (at, fault) in world.plan.faults.clone() {
            world.after(at, Event::Fault(fault));
        }
        world
    }

    fn play(mut self) -> Result<Tally, String> {
        let mut events = 0_u64;
        let mut checked = None;
        loop {
            if let Some(why) = self.failure.take() {
                return Err(why);
            }
            if self.now >= self.plan.length && !self.calm {
                self.become_calm();
            }
            let changed = (self.hub.db.facts.len(), self.hub.db.cases.len());
            if self.calm && (checked != Some(changed) || self.now > self.plan.length + CALM) {
                checked = Some(changed);
                match self.book.missing(&self.machines, &self.hub) {
                    None => break,
                    Some(why) if self.now > self.plan.length + CALM => return Err(format!("never drained: {why}")),
                    Some(_) => {}
                }
            }
            let Some(((at, _), event)) = self.queue.pop_first() else { return Err("nothing will ever happen again".into()) };
            self.now = self.now.max(at);
            events += 1;
            if let Some((_, fault)) = self.plan.at_event.iter().find(|(n, _)| *n == events).copied() {
                self.suffer(fault);
            }
            if self.trace {
                eprintln!("{:>8} {event:?}", self.now);
            }
            self.happen(event);
        }
        self.book.verify(&self.plan, &self.machines, &self.hub)?;
        let db = &self.hub.db;
        Ok(Tally {
            facts: db.facts.len(),
            gone: self.book.gone(&self.hub),
            skipped: self.hub.skipped,
            epochs: db.rows.iter().map(|row| row.epoch.0).sum(),
            news: self.book.news.len(),
            events,
        })
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Scan(m) => {
                if !self.calm {
                    let wait = 1 + self.random.upto(self.plan.scan_every * 2);
                    self.after(wait, Event::Scan(m));
                    self.scan(m);
                }
            }
            Event::Tick(m, run) if self.lives(m, run) => {
                self.machines[m].tick_at = None;
                self.drive(m, Input::Tick);
            }
            Event::Connecting(m, run) if self.lives(m, run) => self.connect(m),
            Event::Settled(m, run) if self.lives(m, run) => self.drive(m, Input::Settled),
            Event::Sent { machine, run, link, through } if self.lives(machine, run) => self.drive(machine, Input::Sent { link, through }),
            Event::Lost(m, run) if self.lives(m, run) => self.disconnect(m),
            Event::Up(name, up) => self.hub_hears(name, *up),
            Event::Down(name, down) => {
                for m in 0..self.machines.len() {
                    if self.machines[m].name == name && self.machines[m].connected {
                        let mine = self.head_of(m, &down);
                        self.drive(m, Input::Down { message: &down, mine });
                    }
                }
            }
            Event::EdgeStart(m) => self.start(m),
            Event::HubStart => self.hub.up = true,
            Event::Fault(fault) if !self.calm => self.suffer(fault),
            Event::Tick(..) | Event::Connecting(..) | Event::Settled(..) | Event::Sent { .. } | Event::Lost(..) | Event::Fault(_) => {}
        }
    }

    fn lives(&self, m: usize, run: u32) -> bool {
        self.machines[m].running && self.machines[m].run == run
    }

    pub fn after(&mut self, wait: u64, event: Event) {
        self.queued += 1;
        self.queue.insert((self.now + wait, self.queued), event);
    }

    pub fn fail(&mut self, why: impl Into<String>) {
        self.failure.get_or_insert(why.into());
    }

    /// Puts a message on the way: lost, late, twice, out of order, as the plan has it.
    pub fn transmit(&mut self, event: Event) {
        let event = if self.plan.through_json { reread(event) } else { event };
        if self.now < self.partition_until && !self.calm {
            return;
        }
        let copies = match self.random.chance(self.plan.loss) {
            true if !self.calm => 0,
            _ => 1 + u64::from(!self.calm && self.random.chance(self.plan.twice)),
        };
        let direction = usize::from(matches!(event, Event::Up(..)));
        for _ in 0..copies {
            let most = if self.calm { 50 } else { self.plan.delay };
            let mut wait = 1 + self.random.upto(most);
            if self.plan.ordered {
                let at = (self.now + wait).max(self.last_delivery[direction] + 1);
                self.last_delivery[direction] = at;
                wait = at - self.now;
            } else if !self.calm && self.random.chance(200) {
                wait += self.random.upto(30_000); // Forgotten in some queue.
            }
            self.after(wait, event.clone());
        }
    }

    /// Trouble ends: networks work, machines are switched on, clones are switched off and people forgive.
    fn become_calm(&mut self) {
        self.calm = true;
        self.plan.edge_crash = 0;
        self.plan.hub_crash = 0;
        self.hub.up = true;
        self.hub.window = 1024;
        self.partition_until = 0;
        self.withhold_until = 0;
        for m in 0..self.machines.len() {
            if self.machines[m].clone_of.is_some() {
                self.retire(m);
            } else if !self.machines[m].running {
                self.start(m);
            }
        }
        for name in 0..self.plan.edges {
            if self.hub.clones[name] {
                self.forgive(name);
            }
        }
    }

    pub const fn is_calm(&self) -> bool {
        self.calm
    }

    pub fn suffer(&mut self, fault: Fault) {
        let count = self.machines.len() as u64;
        let m = usize::try_from(self.random.upto(count - 1)).unwrap();
        match fault {
            Fault::CrashEdge => self.crash(m),
            Fault::CrashHub => self.hub_crashes(),
            Fault::Disconnect => self.disconnect(m),
            Fault::Partition(ms) => self.partition_until = self.now + ms,
            Fault::WithholdAcks(ms) => self.withhold_until = self.now + ms,
            Fault::Window(window) => self.hub.window = window,
            Fault::Backup => self.hub.backups.push(self.hub.db.clone()),
            Fault::RestoreHub => self.restore_hub(),
            Fault::Image => self.images.push((m, self.machines[m].disk.clone())),
            Fault::RestoreEdge => self.restore_edge(m),
            Fault::Quarantine => {
                self.crash(m);
                let disk = Disk { store: None, file: self.machines[m].disk.file };
                self.replace_disk(m, disk);
            }
            Fault::CloneSame => self.clone_machine(m, self.machines[m].fingerprint.clone()),
            Fault::CloneOther => self.clone_machine(m, format!("copy of {}", self.machines[m].fingerprint)),
            Fault::Retention => self.retention(m),
            Fault::ClockJump(ms) => self.wall_ms += ms,
        }
    }
}

/// Through the codec and back, as on a real wire.
fn reread(event: Event) -> Event {
    match event {
        Event::Up(name, up) => Event::Up(name, Box::new(protocol::decode_up(&protocol::encode(&up).unwrap()).unwrap())),
        Event::Down(name, down) => Event::Down(name, Box::new(protocol::decode_down(&protocol::encode(&down).unwrap()).unwrap())),
        other => other,
    }
}
