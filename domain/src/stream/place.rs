//! Where an edge's stream stands on its disk, and how a new epoch renumbers it.
//!
//! The outbox keeps facts under *rows*: places given once, growing, whatever epochs come and go. A sequence number is the row minus the base
//! of the epoch. So a new epoch re-keys any number of facts by changing one number in one write: there is no half-way state to crash in.

use serde::{Deserialize, Serialize};

use crate::ids::{Epoch, Seq};

/// The stream's place in sequence numbers, as the sender needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Epoch of the stream; 0 when the hub has yet to give one.
    pub epoch: Epoch,
    /// Sequence number that the next fact gets.
    pub next_seq: Seq,
    /// Highest sequence number that the hub has committed, as far as the edge knows.
    pub acked: Seq,
    /// Lowest sequence number still kept; equals `next_seq` when there is none. From here to `next_seq` there is no gap.
    pub oldest_kept: Seq,
}

impl Position {
    /// The newest fact there is; `Seq(0)` when there was never one.
    #[must_use]
    pub const fn last(&self) -> Seq {
        Seq(self.next_seq.0.saturating_sub(1))
    }

    /// Facts that the hub does not have yet.
    #[must_use]
    pub const fn backlog(&self) -> u64 {
        self.last().0.saturating_sub(self.acked.0)
    }
}

/// The same in rows, as it is kept on disk: in the store, written together with the rows it speaks of, and a second time in a small file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Grows with every [`Place::settle`] that changes something; of two copies with equal rows the higher is the newer.
    pub turn: u64,
    /// Epoch that `base` belongs to; 0 when the hub has yet to give one.
    pub epoch: Epoch,
    /// `seq = row − base`.
    pub base: i64,
    /// Row that the next fact gets.
    pub next_row: u64,
    /// Highest row that the hub has. Rows above it are never dropped.
    pub acked_row: u64,
    /// Lowest row kept. Retention raises it, but always leaves the newest acked row, so that the next welcome's head can be compared.
    pub oldest_row: u64,
}

impl Default for Place {
    fn default() -> Self {
        Self { turn: 0, epoch: Epoch(0), base: 0, next_row: 1, acked_row: 0, oldest_row: 1 }
    }
}

impl Place {
    /// The sequence number of a row in the current epoch; `Seq(0)` for rows before the epoch.
    #[must_use]
    pub fn seq(&self, row: u64) -> Seq {
        Seq(u64::try_from(i128::from(row) - i128::from(self.base)).unwrap_or(0))
    }

    /// The row of a sequence number of the current epoch.
    #[must_use]
    pub fn row(&self, seq: Seq) -> u64 {
        u64::try_from((i128::from(seq.0) + i128::from(self.base)).clamp(0, u64::MAX.into())).unwrap_or(0)
    }

    /// In sequence numbers.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            epoch: self.epoch,
            next_seq: self.seq(self.next_row),
            acked: self.seq(self.acked_row),
            oldest_kept: self.seq(self.oldest_row.min(self.next_row)),
        }
    }

    /// The hub has everything of `epoch` up to `committed`. `false` when that is no news.
    pub fn ack(&mut self, epoch: Epoch, committed: Seq) -> bool {
        let row = self.row(committed).min(self.next_row.saturating_sub(1));
        let news = epoch == self.epoch && row > self.acked_row;
        if news {
            self.acked_row = row;
        }
        news
    }

    /// What a welcome said. Another epoch: everything kept, acked or not, is numbered `committed + 1`, … and is to be sent. The same epoch: the
    /// hub has exactly up to `committed`, which may be less than it once acked (it was restored from a backup); what it lacks counts as not
    /// acked again, so that retention leaves it alone. To be written durably, in one piece, before anything is sent.
    pub fn settle(&mut self, epoch: Epoch, committed: Seq) {
        if epoch == self.epoch {
            let row = self.row(committed).min(self.next_row.saturating_sub(1)).max(self.oldest_row.saturating_sub(1));
            if row < self.acked_row {
                self.turn += 1;
            }
            self.acked_row = row;
        } else {
            self.turn += 1;
            self.epoch = epoch;
            self.acked_row = self.oldest_row.saturating_sub(1);
            self.base = i64::try_from(i128::from(self.acked_row) - i128::from(committed.0)).unwrap_or(0);
        }
    }

    /// The place to go on from after a start, from the store's copy and the file's. `store` speaks of the rows that are really there; without
    /// one (the store was set aside) only the file knows. The second value is how many rows the file knew of that the store no longer has:
    /// a disk that lied about a flush. Their numbers are given to new facts; if they had reached the hub, the head of the next welcome shows it.
    #[must_use]
    pub fn recover(store: Option<Self>, file: Option<Self>) -> (Self, u64) {
        match (store, file) {
            (None, None) => (Self::default(), 0),
            (Some(store), None) => (store, 0),
            (None, Some(file)) => {
                let lost = file.next_row - file.oldest_row.min(file.next_row);
                (Self { oldest_row: file.next_row, ..file }, lost)
            }
            (Some(store), Some(file)) => {
                let newer = if file.turn > store.turn { file } else { store };
                let place = Self {
                    next_row: store.next_row,
                    oldest_row: store.oldest_row,
                    acked_row: newer.acked_row.min(store.next_row.saturating_sub(1)).max(store.oldest_row.saturating_sub(1)),
                    ..newer
                };
                (place, file.next_row.saturating_sub(store.next_row))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(next_row: u64, acked_row: u64, oldest_row: u64) -> Place {
        Place { turn: 3, epoch: Epoch(2), base: 10, next_row, acked_row, oldest_row }
    }

    #[test]
    fn a_new_epoch_numbers_everything_kept_from_one() {
        let mut p = place(31, 25, 21);
        p.settle(Epoch(3), Seq(0));
        assert_eq!(p.position(), Position { epoch: Epoch(3), next_seq: Seq(11), acked: Seq(0), oldest_kept: Seq(1) });
        assert_eq!((p.row(Seq(1)), p.seq(21), p.seq(20)), (21, Seq(1), Seq(0)));
        assert_eq!(p.position().backlog(), 10);
    }

    #[test]
    fn a_hub_that_went_back_takes_the_acks_back_as_far_as_rows_are_kept() {
        let mut p = place(31, 25, 21);
        p.settle(Epoch(2), Seq(13));
        assert_eq!((p.acked_row, p.turn), (23, 4));
        p.settle(Epoch(2), Seq(3));
        assert_eq!(p.acked_row, 20);
    }

    #[test]
    fn acks_of_other_epochs_old_acks_and_acks_of_what_was_never_written_are_no_news() {
        let mut p = place(31, 25, 21);
        assert!(!p.ack(Epoch(1), Seq(20)));
        assert!(!p.ack(Epoch(2), Seq(15)));
        assert!(p.ack(Epoch(2), Seq(u64::MAX)));
        assert_eq!(p.acked_row, 30);
    }

    #[test]
    fn of_two_copies_the_rows_come_from_the_store_and_the_numbering_from_the_newer() {
        let store = place(31, 25, 21);
        let mut file = place(35, 33, 21);
        file.settle(Epoch(3), Seq(0));
        file.acked_row = 33;
        let (p, lost) = Place::recover(Some(store), Some(file));
        assert_eq!((p.epoch, p.next_row, p.acked_row, lost), (Epoch(3), 31, 30, 4));
        assert_eq!(Place::recover(Some(store), Some(Place::default())), (store, 0));
        assert_eq!(Place::recover(None, None), (Place::default(), 0));
        let (alone, lost) = Place::recover(None, Some(store));
        assert_eq!((alone.oldest_row, alone.next_row, lost), (31, 31, 10));
    }
}
