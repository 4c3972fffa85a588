//! The edge's shell: a machine with a disk, an outbox on it, and the sender.

use std::collections::BTreeMap;

use qitao_domain::ids::{ScanId, Seq};
use qitao_domain::protocol::{Batch, Down, Hello, Up, VERSION};
use qitao_domain::stream::Place;
use qitao_domain::stream::sender::{Action, Hail, Input, Sender, Timing};
use serde_json::{Value, json};

use super::{Event, Mutant, World};

/// What survives a crash.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    /// `None`: set aside as unreadable, or never written.
    pub store: Option<Store>,
    /// The second copy of the place.
    pub file: Option<Place>,
}

/// Facts by row, and the place that was written with them.
#[derive(Debug, Clone, Default)]
pub struct Store {
    pub rows: BTreeMap<u64, u64>,
    pub place: Place,
}

impl Disk {
    pub fn facts(&self) -> impl Iterator<Item = u64> + '_ {
        self.store.iter().flat_map(|store| store.rows.values().copied())
    }
}

pub struct Machine {
    pub name: usize,
    pub fingerprint: String,
    pub disk: Disk,
    /// Stores as they were some commits ago, for disks that lie.
    older: Vec<Store>,
    /// The place in memory; acks reach the disk with the next write.
    pub place: Place,
    pub running: bool,
    pub run: u32,
    pub connected: bool,
    pub tick_at: Option<u64>,
    /// For a clone, the number that the next fact got when it was made.
    pub clone_of: Option<(usize, u64)>,
    boot: u64,
    session: u64,
    sender: Sender,
}

pub fn scan_id(fact: u64) -> ScanId {
    ScanId(fact.into())
}

impl World {
    pub fn add_machine(&mut self, name: usize, fingerprint: String, disk: Disk) {
        self.machines.push(Machine {
            name,
            fingerprint,
            disk,
            older: vec![],
            place: Place::default(),
            running: false,
            run: 0,
            connected: false,
            tick_at: None,
            clone_of: None,
            boot: 0,
            session: 0,
            sender: Sender::new(0, Timing::default()),
        });
        self.start(self.machines.len() - 1);
    }

    pub fn start(&mut self, m: usize) {
        let session = self.random.next();
        let mut timing = Timing::default();
        if self.plan.mutant == Some(Mutant::NoIdleHello) {
            timing.idle = u64::MAX / 4;
        }
        let machine = &mut self.machines[m];
        if machine.running || self.book.retired.contains(&m) {
            return;
        }
        let (place, _lost) = Place::recover(machine.disk.store.as_ref().map(|store| store.place), machine.disk.file);
        machine.place = place;
        machine.running = true;
        machine.run += 1;
        machine.boot += 1;
        machine.session = session;
        machine.sender = Sender::new(session, timing);
        machine.tick_at = None;
        // A process starts at a monotonic time that has nothing to do with the sender's zero.
        self.after(1, Event::Tick(m, self.machines[m].run));
    }

    pub fn crash(&mut self, m: usize) {
        let roll_back = self.plan.lying && self.random.chance(2500);
        let machine = &mut self.machines[m];
        if !machine.running {
            return;
        }
        machine.running = false;
        machine.connected = false;
        if roll_back && !machine.older.is_empty() {
            let disk = Disk { store: Some(machine.older.swap_remove(0)), file: machine.disk.file };
            self.replace_disk(m, disk);
        }
        self.machines[m].older.clear();
        let wait = 10 + self.random.upto(5_000);
        self.after(wait, Event::EdgeStart(m));
    }

    /// A step at which the power may fail.
    fn falters(&mut self, m: usize) -> bool {
        let crash = self.random.chance(self.plan.edge_crash);
        if crash {
            self.crash(m);
        }
        crash || !self.machines[m].running
    }

    pub fn scan(&mut self, m: usize) {
        if !self.machines[m].running {
            return;
        }
        let count = 1 + self.random.upto(3);
        let facts: Vec<u64> = (0..count).map(|_| self.book.new_fact()).collect();
        let early = self.plan.mutant == Some(Mutant::FeedbackBeforeDisk);
        if early {
            self.book.accept(m, self.machines[m].name, &facts);
        }
        if self.falters(m) {
            return;
        }
        let mut place = self.machines[m].place;
        let first = place.next_row;
        place.next_row += count;
        self.write_store(m, place, |rows| rows.extend((first..).zip(facts.iter().copied())));
        if !early {
            self.book.accept(m, self.machines[m].name, &facts);
        }
        if self.falters(m) {
            return;
        }
        if self.random.chance(5000) {
            self.machines[m].disk.file = Some(place);
        }
        self.drive(m, Input::Committed);
    }

    /// One atomic, durable write of rows and place together.
    fn write_store(&mut self, m: usize, place: Place, change: impl FnOnce(&mut BTreeMap<u64, u64>)) {
        let lying = self.plan.lying;
        let machine = &mut self.machines[m];
        machine.place = place;
        let store = machine.disk.store.get_or_insert_default();
        if lying {
            machine.older.push(store.clone());
            if machine.older.len() > 3 {
                machine.older.remove(0);
            }
        }
        change(&mut store.rows);
        store.place = place;
    }

    /// Drops some of the acked rows, but never the newest of them.
    pub fn retention(&mut self, m: usize) {
        let mut place = self.machines[m].place;
        let through = if self.plan.mutant == Some(Mutant::RetentionTakesAll) { place.next_row } else { place.acked_row };
        let most = through.saturating_sub(place.oldest_row);
        if !self.machines[m].running || most == 0 {
            return;
        }
        let oldest = place.oldest_row + 1 + self.random.upto(most - 1);
        let dropped: Vec<u64> = self.machines[m].disk.store.iter().flat_map(|s| s.rows.range(..oldest)).map(|(_, fact)| *fact).collect();
        place.oldest_row = oldest;
        self.write_store(m, place, |rows| *rows = rows.split_off(&oldest));
        self.book.dropped(self.now, &dropped, &self.machines, &self.hub);
    }

    pub fn restore_edge(&mut self, m: usize) {
        let images: Vec<Disk> = self.images.iter().filter(|(of, _)| *of == m).map(|(_, disk)| disk.clone()).collect();
        if images.is_empty() {
            return;
        }
        let image = images[usize::try_from(self.random.upto(images.len() as u64 - 1)).unwrap()].clone();
        self.crash(m);
        self.replace_disk(m, image);
    }

    /// What was only on the old disk is gone.
    pub fn replace_disk(&mut self, m: usize, disk: Disk) {
        self.machines[m].disk = disk;
        self.machines[m].older.clear();
        self.book.replaced(self.now, m, &self.machines, &self.hub);
    }

    pub fn clone_machine(&mut self, m: usize, fingerprint: String) {
        let name = self.machines[m].name;
        if self.machines.iter().any(|other| other.clone_of.is_some_and(|(of, _)| self.machines[of].name == name)) {
            return;
        }
        self.hub.clones[name] = true;
        let disk = self.machines[m].disk.clone();
        let from = self.book.next_fact();
        self.add_machine(name, fingerprint, disk);
        let clone = self.machines.len() - 1;
        self.machines[clone].clone_of = Some((m, from));
        self.after(500, Event::Scan(clone));
    }

    pub fn retire(&mut self, m: usize) {
        self.machines[m].running = false;
        self.machines[m].connected = false;
        self.book.retired.insert(m);
        self.replace_disk(m, Disk::default());
    }

    pub fn connect(&mut self, m: usize) {
        let works = self.hub.up || self.plan.external_broker;
        if !works || (self.now < self.partition_until && !self.is_calm()) {
            return self.drive(m, Input::Disconnected);
        }
        if self.plan.takeover {
            for other in 0..self.machines.len() {
                if other != m && self.machines[other].name == self.machines[m].name {
                    self.disconnect(other);
                }
            }
        }
        self.machines[m].connected = true;
        self.drive(m, Input::Connected);
    }

    pub fn disconnect(&mut self, m: usize) {
        if std::mem::take(&mut self.machines[m].connected) {
            self.drive(m, Input::Disconnected);
        }
    }

    /// The scan id that the shell reads for a message before it hands it in.
    pub fn head_of(&self, m: usize, message: &Down) -> Option<ScanId> {
        if let (Some(Mutant::HeadNotCompared), Down::Welcome(welcome)) = (self.plan.mutant, message) {
            return welcome.head;
        }
        let machine = &self.machines[m];
        let seq = machine.sender.wanted(machine.place.position(), message)?;
        machine.disk.store.as_ref()?.rows.get(&machine.place.row(seq)).copied().map(scan_id)
    }

    pub fn drive(&mut self, m: usize, input: Input<'_>) {
        let (now, random) = (self.now, self.random.next());
        let machine = &mut self.machines[m];
        if !machine.running {
            return;
        }
        let run = machine.run;
        let actions = machine.sender.handle(now, random, machine.place.position(), input);
        for action in actions {
            if self.falters(m) || self.machines[m].run != run {
                return;
            }
            self.act(m, action);
        }
        let machine = &mut self.machines[m];
        if let Some(at) = machine.sender.deadline()
            && machine.tick_at.is_none_or(|set| at < set)
        {
            machine.tick_at = Some(at);
            self.after(at.saturating_sub(now).max(1), Event::Tick(m, run));
        }
    }

    fn act(&mut self, m: usize, action: Action) {
        let run = self.machines[m].run;
        match action {
            Action::Connect => {
                let wait = 1 + self.random.upto(200);
                self.after(wait, Event::Connecting(m, run));
            }
            Action::Reconnect => self.machines[m].connected = false,
            Action::SendHello(hail) => {
                let hello = self.hello(m, hail);
                self.publish(m, Up::Hello(hello));
            }
            Action::SendBatch { link, epoch, first, last } => {
                let facts = self.rows(m, first, last);
                let through = Seq(first.0 + facts.len() as u64 - 1);
                if !facts.is_empty() {
                    self.publish(m, Up::Batch(Batch { link, epoch, first, facts }));
                }
                let wait = self.random.upto(30);
                self.after(wait, Event::Sent { machine: m, run, link, through });
            }
            Action::Settle { epoch, committed } => {
                let mut place = self.machines[m].place;
                let acked = place.acked_row;
                let renumbers = place.epoch != epoch;
                place.settle(epoch, committed);
                if renumbers && self.plan.mutant == Some(Mutant::ResendOnlyUnacked) {
                    place.acked_row = acked;
                    place.base = i64::try_from(acked).unwrap();
                }
                let file_first = self.random.chance(5000);
                if file_first {
                    self.machines[m].disk.file = Some(place);
                }
                if self.falters(m) {
                    return;
                }
                self.write_store(m, place, |_| ());
                if self.falters(m) {
                    return;
                }
                self.machines[m].disk.file = Some(place);
                let wait = self.random.upto(20);
                self.after(wait, Event::Settled(m, run));
            }
            Action::MarkAcked { epoch, through } => {
                self.machines[m].place.ack(epoch, through);
            }
            Action::Diverged { .. } | Action::Link(_) => {}
        }
    }

    /// Facts as JSON, as many as are there and as happen to fit.
    fn rows(&mut self, m: usize, first: Seq, last: Seq) -> Vec<Value> {
        let fits = if self.random.chance(2000) { 1 + self.random.upto(5) } else { 64 };
        let machine = &self.machines[m];
        let Some(store) = &machine.disk.store else { return vec![] };
        let rows = machine.place.row(first)..=machine.place.row(last);
        let facts = rows.map_while(|row| store.rows.get(&row));
        facts.take(usize::try_from(fits).unwrap()).map(|fact| json!({ "scan": scan_id(*fact).to_string() })).collect()
    }

    fn publish(&mut self, m: usize, up: Up) {
        if self.machines[m].connected {
            self.transmit(Event::Up(self.machines[m].name, Box::new(up)));
        }
    }

    fn hello(&self, m: usize, hail: Hail) -> Hello {
        let machine = &self.machines[m];
        assert_eq!(hail.session, machine.session);
        Hello {
            epoch: hail.epoch,
            boot: machine.boot,
            session: hail.session,
            attempt: hail.attempt,
            diverged: hail.diverged,
            fingerprint: machine.fingerprint.clone(),
            next_seq: hail.next_seq,
            oldest_kept: hail.oldest_kept,
            clock_ms: self.wall_ms,
            protocol: VERSION,
            agent: "sim".into(),
            tasks_through: 0,
            datasets: vec![],
        }
    }
}
