//! One operator's place at one scanner: who works here, on what, where, and what a scan means for it.
//!
//! This file decides which job a scan is for; the jobs themselves are in `put_away`, `stocktake`, `pick` and `undo`, and what to do next is
//! in `prompt`. A shift can be worked by barcodes alone: badge, task sheet, location, goods, and the control barcodes.

use serde::{Deserialize, Serialize};

use crate::barcode::{Command, Meaning, NotFound, Pin};
use crate::catalog::{Directory, StockKey};
use crate::event::Effect;
use crate::ids::{LocationId, OperatorId, ScanId, TaskId};
use crate::quantity::Quantity;
pub use crate::work::floor::Floor;
use crate::work::goods::{Decided, check_quantity, resolve};
pub use crate::work::put_away::HeldGoods;
use crate::work::{TaskKind, TaskProgress, Verdict, pick, put_away, stocktake};

/// How many facts back a station can undo.
pub const UNDO_DEPTH: usize = 20;

/// One operator's place at one scanner. Kept on disk with the fact that changed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Station {
    /// Who is logged in.
    pub operator: Option<OperatorId>,
    /// Whose badge was scanned and whose PIN is awaited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<OperatorId>,
    /// The task being worked on.
    pub task: Option<TaskId>,
    /// The place last scanned.
    pub location: Option<LocationId>,
    /// Set by a quantity command for the next goods only. It stays while an answer asks for the same goods again (`Need…`).
    pub quantity: Option<Quantity>,
    /// The line of the task (by position) from which the prompt looks for the next open one; moved on by NEXT.
    pub skipped: u32,
    /// Goods that wait for their shelf (put-away); all of one stock.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<HeldGoods>,
    /// Facts that can still be undone, oldest first, and those that close the way back.
    pub history: Vec<(ScanId, Option<TaskId>, Vec<Effect>)>,
}

/// What the operator should do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Prompt {
    /// Scan your badge.
    ScanBadge,
    /// Type your PIN.
    EnterPin {
        /// Whose.
        operator: OperatorId,
    },
    /// Scan a task sheet, or choose one on the panel; or scan goods or a shelf to put goods away freely.
    ScanTask,
    /// Go to a place and scan it.
    GoTo {
        /// Where; `None` when any place will do.
        location: Option<LocationId>,
        /// What will be done there.
        stock: Option<StockKey>,
        /// How much of it is left.
        left: Quantity,
    },
    /// Scan goods at this place.
    ScanGoods {
        /// Where.
        location: LocationId,
        /// What is expected next; `None` in a count.
        stock: Option<StockKey>,
        /// How much of it is left.
        left: Quantity,
    },
    /// Everything is done or short: confirm to finish.
    Confirm,
}

/// The result of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The answer.
    pub verdict: Verdict,
    /// What it means for the books.
    pub effects: Vec<Effect>,
    /// The task the fact belongs to, to be recorded as [`crate::event::Fact::task`]. Not always the station's: an undo belongs to the task
    /// of what it takes back, and finishing or leaving a task belongs to the task that is no longer the station's.
    pub task: Option<TaskId>,
}

impl Outcome {
    pub(super) const fn new(verdict: Verdict, effects: Vec<Effect>, task: Option<TaskId>) -> Self {
        Self { verdict, effects, task }
    }
}

impl Station {
    /// Decides what a scan means for the work, and takes the step. `scan` is the id under which the fact will be recorded.
    pub fn handle(&mut self, floor: &mut Floor, directory: &impl Directory, scan: ScanId, meaning: &Meaning) -> Outcome {
        if matches!(meaning, Meaning::Command { command: Command::Undo }) {
            return self.undo_last(floor, scan);
        }
        let before = self.task;
        let decided = self.decide(floor, directory, scan, meaning);
        let task = self.task.or(before);
        let outcome = match decided {
            Ok((verdict, effects)) => Outcome::new(verdict, effects, task),
            // The only wrong scan that is worth a record at the hub beyond the fact itself.
            Err(Verdict::UnknownBarcode { text }) => {
                Outcome::new(Verdict::UnknownBarcode { text: text.clone() }, vec![Effect::UnknownBarcode { text }], task)
            }
            Err(verdict) => Outcome::new(verdict, Vec::new(), task),
        };
        self.remember(scan, &outcome);
        outcome
    }

    fn decide(&mut self, floor: &mut Floor, directory: &impl Directory, scan: ScanId, meaning: &Meaning) -> Decided {
        if !matches!(meaning, Meaning::Command { command: Command::Pin { .. } }) {
            // Whoever scans something else has thought better of it.
            self.pending = None;
        }
        match meaning {
            Meaning::Operator { operator } => return self.show_badge(directory, *operator),
            Meaning::Command { command: Command::Pin { pin } } => return self.enter_pin(directory, pin),
            Meaning::NotFound { what: NotFound::Operator, .. } => return Err(Verdict::UnknownOperator),
            _ if self.operator.is_none() => return Err(Verdict::NeedOperator),
            _ => {}
        }
        match meaning {
            Meaning::Command { command } => self.command(floor, command),
            Meaning::Location { location } => self.scan_location(floor, directory, *location),
            Meaning::Goods { .. } => self.scan_goods(floor, directory, scan, meaning),
            Meaning::NotFound { what: NotFound::Location, text } => Err(Verdict::UnknownLocation { code: text.clone() }),
            Meaning::NotFound { text, .. } | Meaning::Unknown { text } => Err(Verdict::UnknownBarcode { text: text.clone() }),
            Meaning::Invalid { position, rule } => Err(Verdict::BadBarcode { position: *position, rule: rule.clone() }),
            Meaning::LicencePlate { .. } | Meaning::Operator { .. } => Err(Verdict::NotNow),
        }
    }

    /// The task being worked on, or why it cannot be any more; the station then leaves it.
    fn active<'f>(&mut self, floor: &'f mut Floor) -> Result<Option<&'f mut TaskProgress>, Verdict> {
        let Some(task) = self.task else { return Ok(None) };
        let gone = match floor.tasks.get_mut(&task) {
            Some(progress) if progress.is_open() => return Ok(Some(progress)),
            Some(progress) if progress.finished.is_some() => Verdict::TaskAlreadyFinished { task },
            Some(progress) => Verdict::UnknownTask { number: progress.task.number.clone() },
            None => Verdict::UnknownTask { number: task.to_string() },
        };
        self.leave_task();
        Err(gone)
    }

    fn scan_location(&mut self, floor: &mut Floor, directory: &impl Directory, location: LocationId) -> Decided {
        let Some(place) = directory.location(location) else { return Err(Verdict::UnknownLocation { code: location.to_string() }) };
        let progress = self.active(floor)?;
        if !place.kind.is_real() {
            return Err(Verdict::VirtualLocation { location });
        }
        match progress {
            Some(progress) if progress.task.kind == TaskKind::Count => stocktake::scan_location(self, progress, location),
            Some(progress) if progress.task.kind == TaskKind::Pick => pick::scan_location(self, progress, directory, location),
            progress if !self.held.is_empty() => put_away::shelve_held(self, progress, directory, location),
            _ => {
                self.location = Some(location);
                Ok((Verdict::AtLocation { location }, Vec::new()))
            }
        }
    }

    fn scan_goods(&mut self, floor: &mut Floor, directory: &impl Directory, scan: ScanId, meaning: &Meaning) -> Decided {
        let times = self.quantity.take();
        let decided = self.decide_goods(floor, directory, scan, meaning, times);
        if let Err(Verdict::NeedLocation | Verdict::NeedCarton { .. } | Verdict::NeedLot { .. }) = &decided {
            self.quantity = times;
        }
        decided
    }

    fn decide_goods(
        &mut self,
        floor: &mut Floor,
        directory: &impl Directory,
        scan: ScanId,
        meaning: &Meaning,
        times: Option<Quantity>,
    ) -> Decided {
        let progress = self.active(floor)?;
        let kind = progress.as_ref().map_or(TaskKind::PutAway, |progress| progress.task.kind);
        let goods = resolve(directory, meaning, times, |item| match &progress {
            Some(progress) => kind == TaskKind::Count || progress.asks_for(item),
            None => true,
        })?;
        match (kind, progress) {
            (TaskKind::Count, Some(progress)) => stocktake::scan_goods(self, progress, goods),
            (TaskKind::Pick, Some(progress)) => pick::scan_goods(self, progress, directory, goods),
            (_, progress) => put_away::scan_goods(self, progress, directory, scan, goods),
        }
    }

    fn command(&mut self, floor: &mut Floor, command: &Command) -> Decided {
        if let Command::Quantity { quantity } = command {
            let quantity = check_quantity(*quantity)?;
            self.quantity = Some(quantity);
            return Ok((Verdict::QuantitySet { quantity }, Vec::new()));
        }
        if !self.held.is_empty() {
            // Goods stand somewhere and are in no books: their shelf, or undo, comes before anything else.
            self.active(floor)?;
            return Err(Verdict::NeedLocation);
        }
        match command {
            Command::LogOut => {
                self.log_out();
                Ok((Verdict::LoggedOut, vec![Effect::LoggedOut]))
            }
            Command::Task { number } => self.open_task(floor, number),
            Command::Close => self.close_task(),
            Command::Confirm | Command::Next | Command::Short => self.step(floor, command),
            Command::Undo | Command::Quantity { .. } | Command::Pin { .. } => Err(Verdict::NotNow),
        }
    }

    /// Confirm, next and short: they mean something only within a task.
    fn step(&mut self, floor: &mut Floor, command: &Command) -> Decided {
        let Some(progress) = self.active(floor)? else { return Err(Verdict::NeedTask) };
        let count = progress.task.kind == TaskKind::Count;
        let decided = match command {
            Command::Confirm if count => stocktake::confirm(self, progress),
            Command::Confirm => pick::confirm(progress),
            Command::Next if count => stocktake::next(self, progress),
            Command::Next => pick::next(self, progress),
            Command::Short if !count => pick::short(self, progress),
            _ => Err(Verdict::NotNow),
        };
        if progress.finished.is_some() {
            self.leave_task();
        }
        decided
    }

    /// A badge alone, or a badge that a PIN must follow. Whoever is logged in stays until then.
    fn show_badge(&mut self, directory: &impl Directory, operator: OperatorId) -> Decided {
        if self.operator == Some(operator) || !directory.needs_pin(operator) {
            return self.log_in(operator);
        }
        if !self.held.is_empty() {
            return Err(Verdict::NeedLocation);
        }
        if let Some(minutes) = directory.pin_locked(operator) {
            return Err(Verdict::PinLocked { operator, minutes });
        }
        self.pending = Some(operator);
        Ok((Verdict::NeedPin { operator }, Vec::new()))
    }

    /// One try for each scan of the badge; after some wrong ones the directory takes none for a while.
    fn enter_pin(&mut self, directory: &impl Directory, pin: &Pin) -> Decided {
        let Some(operator) = self.pending.take() else { return Err(Verdict::NotNow) };
        if let Some(minutes) = directory.pin_locked(operator) {
            return Err(Verdict::PinLocked { operator, minutes });
        }
        if directory.is_pin(operator, pin) { self.log_in(operator) } else { Err(Verdict::WrongPin { operator }) }
    }

    fn log_in(&mut self, operator: OperatorId) -> Decided {
        if self.operator == Some(operator) {
            return Ok((Verdict::LoggedIn { operator }, Vec::new()));
        }
        let mut effects = Vec::new();
        if self.operator.is_some() {
            if !self.held.is_empty() {
                return Err(Verdict::NeedLocation);
            }
            self.log_out();
            effects.push(Effect::LoggedOut);
        }
        self.operator = Some(operator);
        effects.push(Effect::LoggedIn { operator });
        Ok((Verdict::LoggedIn { operator }, effects))
    }

    /// Leaves the station as new: what one person did is not undone by the next. Progress stays with the tasks.
    fn log_out(&mut self) {
        *self = Self::default();
    }

    fn open_task(&mut self, floor: &mut Floor, number: &str) -> Decided {
        let found = floor.by_number(number).map(|progress| (progress.task.id, progress.finished.is_some(), progress.withdrawn));
        let task = match found {
            Some((task, true, _)) => return Err(Verdict::TaskAlreadyFinished { task }),
            Some((task, false, false)) => task,
            Some((_, _, true)) | None => return Err(Verdict::UnknownTask { number: number.to_owned() }),
        };
        if self.task != Some(task) {
            self.leave_task();
            self.task = Some(task);
        }
        let mut effects = Vec::new();
        if let Some(progress) = floor.tasks.get_mut(&task).filter(|progress| !progress.started) {
            effects.push(Effect::TaskStarted);
            progress.apply(&effects);
        }
        Ok((Verdict::TaskOpened { task }, effects))
    }

    fn close_task(&mut self) -> Decided {
        let verdict = match self.task {
            Some(task) => Verdict::TaskClosed { task },
            None if self.location.is_some() => Verdict::Skipped,
            None => return Err(Verdict::NotNow),
        };
        self.leave_task();
        Ok((verdict, Vec::new()))
    }

    fn leave_task(&mut self) {
        self.task = None;
        self.location = None;
        self.quantity = None;
        self.skipped = 0;
        self.held.clear();
    }
}
