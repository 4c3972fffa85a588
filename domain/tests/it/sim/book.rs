//! What really happened, which no part of the system knows as a whole; and what must hold of it in the end.

use std::collections::{BTreeMap, BTreeSet};

use qitao_domain::stream::receiver::News;

use super::Plan;
use super::edge::Machine;
use super::hub::{Database, Hub};

#[derive(Default)]
pub struct Book {
    next: u64,
    /// Accepted facts (somebody heard a beep): machine and edge.
    accepted: BTreeMap<u64, (usize, usize)>,
    /// Facts of which no copy was left, and since when. A copy may have been under way, so this alone does not mean lost.
    vanished: BTreeMap<u64, u64>,
    /// Facts whose disk was replaced by one without them: nobody is left who could know of them.
    replaced: BTreeSet<u64>,
    /// Machines that were switched off for good.
    pub retired: BTreeSet<usize>,
    /// All news ever, also those in databases that were replaced by a backup.
    pub news: Vec<(usize, News)>,
}

impl Book {
    pub const fn new_fact(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub const fn next_fact(&self) -> u64 {
        self.next + 1
    }

    pub fn accept(&mut self, machine: usize, name: usize, facts: &[u64]) {
        self.accepted.extend(facts.iter().map(|fact| (*fact, (machine, name))));
    }

    /// Retention dropped these rows.
    pub fn dropped(&mut self, now: u64, facts: &[u64], machines: &[Machine], hub: &Hub) {
        self.look_for(now, facts.iter().copied(), machines, hub);
    }

    /// The disk of a machine is another one now, or none.
    pub fn replaced(&mut self, now: u64, machine: usize, machines: &[Machine], hub: &Hub) {
        let name = machines[machine].name;
        let here: BTreeSet<u64> = machines[machine].disk.facts().collect();
        let missing: Vec<u64> =
            self.accepted.iter().filter(|(fact, (_, of))| *of == name && !here.contains(fact)).map(|(fact, _)| *fact).collect();
        self.look_for(now, missing.iter().copied(), machines, hub);
        self.replaced.extend(missing);
    }

    pub fn hub_restored(&mut self, now: u64, before: &Database, machines: &[Machine], hub: &Hub) {
        self.look_for(now, before.scans.difference(&hub.db.scans).copied(), machines, hub);
    }

    fn look_for(&mut self, now: u64, facts: impl Iterator<Item = u64>, machines: &[Machine], hub: &Hub) {
        let on_disks: BTreeSet<u64> = machines.iter().flat_map(|machine| machine.disk.facts()).collect();
        let gone = facts.filter(|fact| !on_disks.contains(fact) && !hub.db.scans.contains(fact));
        self.vanished.extend(gone.map(|fact| (fact, now)));
    }

    /// What the hub still lacks; `None` when everything is where it belongs.
    pub fn missing(&self, machines: &[Machine], hub: &Hub) -> Option<String> {
        let mut reported = vec![None; hub.db.rows.len()];
        for (at, name, news) in &hub.db.cases {
            if matches!(news, News::Lost { .. } | News::HubWentBack { .. }) {
                reported[*name] = reported[*name].max(Some(*at));
            }
        }
        for (fact, (machine, name)) in &self.accepted {
            if hub.db.scans.contains(fact) {
                continue;
            }
            let Some(since) = self.vanished.get(fact) else {
                let place = machines[*machine].place;
                return Some(format!("fact {fact} of edge {name} (machine {machine}: {place:?}; row {:?})", hub.db.rows[*name]));
            };
            if reported[*name] < Some(*since) && !self.replaced.contains(fact) {
                return Some(format!("a word about fact {fact} of edge {name}, of which nothing was left at {since}"));
            }
        }
        None
    }

    pub fn gone(&self, hub: &Hub) -> usize {
        self.accepted.keys().filter(|fact| !hub.db.scans.contains(fact)).count()
    }

    pub fn verify(&self, plan: &Plan, machines: &[Machine], hub: &Hub) -> Result<(), String> {
        if hub.db.facts.len() != hub.db.scans.len() {
            return Err(format!("{} facts doubled", hub.db.facts.len() - hub.db.scans.len()));
        }
        // A hello that comes after its process was replaced may end an epoch for nothing; that costs a repeat, never a fact.
        let needless = plan.ordered && (hub.skipped > 0 || !self.news.is_empty());
        if plan.is_mild() && (self.gone(hub) > 0 || needless) {
            return Err(format!("a mild schedule lost {}, sent {} twice and reported {:?}", self.gone(hub), hub.skipped, self.news));
        }
        if !plan.has_clones() && self.news.iter().any(|(_, news)| matches!(news, News::ClonedDisk { .. } | News::ClonedProcess)) {
            return Err("a clone was reported where there was none".into());
        }
        for clone in machines {
            let Some((original, from)) = clone.clone_of else { continue };
            let speaks =
                |machine: usize| self.accepted.iter().any(|(fact, (m, _))| *m == machine && *fact >= from && hub.db.scans.contains(fact));
            let me = machines.iter().position(|m| std::ptr::eq(m, clone)).unwrap_or_default();
            // Any word brings a person. (Twins with one fingerprint of which one lost its disk can be told apart by nobody.)
            let said = self.news.iter().any(|(name, _)| *name == clone.name);
            if speaks(me) && speaks(original) && !said {
                return Err(format!("edge {}: a clone was taken in without a word", clone.name));
            }
        }
        Ok(())
    }
}
