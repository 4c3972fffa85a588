//! The hub's shell: a database with transactions, crashes around every commit, backups.

use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::ids::Epoch;
use qitao_domain::protocol::{Down, Up, scan_of};
use qitao_domain::stream::receiver::{Door, News, Stream};

use super::{Event, Mutant, World};

/// Everything in the hub's database.
#[derive(Clone)]
pub struct Database {
    /// One row per edge.
    pub rows: Vec<Stream>,
    /// Facts in the order of insertion: edge, fact.
    pub facts: Vec<(usize, u64)>,
    /// Their scan ids.
    pub scans: BTreeSet<u64>,
    /// Cases for people: when, edge, what.
    pub cases: Vec<(u64, usize, News)>,
    /// Last sequence number and last fact taken, by edge and epoch.
    pub taken: BTreeMap<(usize, u32), (u64, u64)>,
    /// Last fact inserted, by edge.
    pub newest: Vec<u64>,
    /// The true fingerprint of the machine that was last welcomed, by edge.
    pub speaks: Vec<Option<String>>,
}

pub struct Hub {
    pub up: bool,
    pub db: Database,
    pub backups: Vec<Database>,
    pub window: u32,
    /// Facts skipped because their scan id was there.
    pub skipped: usize,
    /// Edges that have a clone in this schedule.
    pub clones: Vec<bool>,
}

impl Hub {
    pub fn new(edges: usize) -> Self {
        let db = Database {
            rows: vec![Stream::default(); edges],
            facts: vec![],
            scans: BTreeSet::new(),
            cases: vec![],
            taken: BTreeMap::new(),
            newest: vec![0; edges],
            speaks: vec![None; edges],
        };
        Self { up: true, db, backups: vec![], window: 1024, skipped: 0, clones: vec![false; edges] }
    }
}

impl World {
    pub fn hub_hears(&mut self, name: usize, up: Up) {
        if !self.hub.up {
            return;
        }
        let window = self.hub.window;
        let mut row = self.hub.db.rows[name].clone();
        let mut speaker = None;
        let (reply, news, insert) = match up {
            Up::Hello(mut hello) => {
                let fingerprint = hello.fingerprint.clone();
                if self.plan.mutant == Some(Mutant::AnyFingerprint) {
                    hello.fingerprint.clone_from(&row.fingerprint);
                }
                let door = Door { disabled: false, window, now_ms: self.wall_ms, random: self.random.next() };
                let greeting = row.hello(&hello, door);
                // (A repeated hello of before a pardon is answered, but nobody is taken for the edge by it.)
                if matches!(greeting.reply, Some(Down::Welcome(_))) && row.fingerprint == hello.fingerprint {
                    let before = &self.hub.db.speaks[name];
                    if hello.epoch > Epoch(0) && before.as_ref().is_some_and(|before| *before != fingerprint) {
                        self.fail(format!("edge {name}: {fingerprint} was welcomed after {before:?}"));
                    }
                    speaker = Some(fingerprint);
                }
                (greeting.reply, greeting.news, None)
            }
            Up::Batch(mut batch) => {
                if self.plan.mutant == Some(Mutant::NoLinks) {
                    batch.link = row.link;
                }
                let step = row.batch(&batch, window);
                (step.reply, vec![], Some((batch, step.apply)))
            }
            Up::TasksAck { .. } | Up::Health(_) => return,
        };
        let early = self.plan.mutant == Some(Mutant::AckBeforeCommit);
        if early {
            self.answer(name, reply.clone());
        }
        if self.random.chance(self.plan.hub_crash) {
            return self.hub_crashes();
        }
        if let Some((batch, apply)) = insert {
            for n in apply {
                let seq = batch.first.0 + n as u64;
                let fact = scan_of(&batch.facts[n]).and_then(|scan| u64::try_from(scan.0).ok()).unwrap();
                self.insert(name, batch.epoch.0, seq, fact);
            }
        }
        self.hub.db.rows[name] = row;
        if speaker.is_some() {
            self.hub.db.speaks[name] = speaker;
        }
        for item in news {
            if self.is_calm() && matches!(item, News::ClonedDisk { .. } | News::ClonedProcess) {
                // The clone is off, but a last hello of it was still under way: a person looks again.
                self.forgive(name);
            }
            self.book.news.push((name, item.clone()));
            self.hub.db.cases.push((self.now, name, item));
        }
        if self.random.chance(self.plan.hub_crash) {
            return self.hub_crashes();
        }
        if !early {
            self.answer(name, reply);
        }
    }

    pub fn forgive(&mut self, name: usize) {
        self.hub.db.rows[name].forgive();
        self.hub.db.speaks[name] = None;
    }

    fn insert(&mut self, name: usize, epoch: u32, seq: u64, fact: u64) {
        let db = &mut self.hub.db;
        let (last_seq, last_fact) = db.taken.insert((name, epoch), (seq, fact)).unwrap_or_default();
        let mut wrong = None;
        if seq != last_seq + 1 {
            wrong = Some(format!("edge {name} epoch {epoch}: {seq} taken after {last_seq}"));
        }
        if fact <= last_fact {
            wrong = Some(format!("edge {name} epoch {epoch}: fact {fact} taken after {last_fact}"));
        }
        let fresh = db.scans.insert(fact);
        if fresh || self.plan.mutant == Some(Mutant::NoScanGuard) {
            db.facts.push((name, fact));
            if fresh && fact < db.newest[name] && !self.plan.has_branches() {
                wrong = Some(format!("edge {name}: fact {fact} inserted after {}", db.newest[name]));
            }
            db.newest[name] = fact.max(db.newest[name]);
        } else {
            self.hub.skipped += 1;
        }
        if let Some(why) = wrong {
            self.fail(format!("out of order: {why}"));
        }
    }

    fn answer(&mut self, name: usize, reply: Option<Down>) {
        let Some(down) = reply else { return };
        if matches!(down, Down::Ack { .. }) && self.now < self.withhold_until && !self.is_calm() {
            return;
        }
        self.transmit(Event::Down(name, Box::new(down)));
    }

    pub fn hub_crashes(&mut self) {
        if !std::mem::replace(&mut self.hub.up, false) {
            return;
        }
        let wait = 100 + self.random.upto(8_000);
        self.after(wait, Event::HubStart);
        if !self.plan.external_broker {
            for m in 0..self.machines.len() {
                let wait = 1 + self.random.upto(300);
                self.after(wait, Event::Lost(m, self.machines[m].run));
            }
        }
    }

    pub fn restore_hub(&mut self) {
        if self.hub.backups.is_empty() {
            return;
        }
        let newest = self.hub.backups.len() as u64 - 1;
        let backup = self.hub.backups[usize::try_from(self.random.upto(newest)).unwrap()].clone();
        self.hub_crashes();
        let before = std::mem::replace(&mut self.hub.db, backup);
        self.book.hub_restored(self.now, &before, &self.machines, &self.hub);
    }
}
