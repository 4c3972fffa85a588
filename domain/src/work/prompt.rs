//! What the operator should do now: the line the work leads to, and the words for it.

use crate::catalog::{Directory, StockKey};
use crate::quantity::Quantity;
use crate::work::{Floor, Prompt, Station, TaskKind, TaskLine, TaskProgress};

impl Station {
    /// What the operator should do now. Names are not looked up here; the panel adds them.
    #[must_use]
    pub fn prompt(&self, floor: &Floor, _directory: &impl Directory) -> Prompt {
        if let Some(operator) = self.pending {
            return Prompt::EnterPin { operator };
        }
        if self.operator.is_none() {
            return Prompt::ScanBadge;
        }
        let Some(task) = self.task else { return self.prompt_without_task() };
        match floor.tasks.get(&task) {
            Some(progress) if progress.is_open() && progress.task.kind == TaskKind::Count => self.prompt_count(progress),
            Some(progress) if progress.is_open() => self.prompt_lines(progress),
            _ => Prompt::ScanTask,
        }
    }

    fn prompt_without_task(&self) -> Prompt {
        match (self.held.first(), self.location) {
            (Some(held), _) => Prompt::GoTo { location: None, stock: Some(held.stock.clone()), left: self.held_quantity() },
            (None, Some(location)) => Prompt::ScanGoods { location, stock: None, left: Quantity::ZERO },
            (None, None) => Prompt::ScanTask,
        }
    }

    fn prompt_count(&self, progress: &TaskProgress) -> Prompt {
        match self.location.filter(|place| progress.seen(*place).is_some()) {
            Some(location) => Prompt::ScanGoods { location, stock: None, left: Quantity::ZERO },
            None => match progress.next_place(self.skipped as usize) {
                Some((_, location)) => Prompt::GoTo { location: Some(location), stock: None, left: Quantity::ZERO },
                None => Prompt::Confirm,
            },
        }
    }

    fn prompt_lines(&self, progress: &TaskProgress) -> Prompt {
        if let Some(held) = self.held.first() {
            let mut lines = progress.open_lines_from(0).map(|(_, line)| line);
            let wanted = |line: &TaskLine| line.stock.as_ref().is_some_and(|s| s.item == held.stock.item && s.carton == held.stock.carton);
            let location = lines.find(|line| wanted(line)).and_then(|line| line.location);
            return Prompt::GoTo { location, stock: Some(held.stock.clone()), left: self.held_quantity() };
        }
        let Some((_, line)) = self.prompted_line(progress) else { return Prompt::Confirm };
        let left = progress.line_left(line);
        let stock = line.stock.as_ref().map(|stock| StockKey {
            // The lot that a set was begun with is worth saying before the wrong one is carried here.
            lot: progress.lot_of(line).unwrap_or_default().to_owned(),
            ..stock.clone()
        });
        match self.location {
            Some(location) if line.location.is_none_or(|place| place == location) => Prompt::ScanGoods { location, stock, left },
            _ => Prompt::GoTo { location: line.location, stock, left },
        }
    }

    /// The line that SHORT and NEXT are about: an open line at this place, otherwise the next open line; both from where NEXT led to.
    pub(super) fn prompted_line<'a>(&self, progress: &'a TaskProgress) -> Option<(usize, &'a TaskLine)> {
        let from = self.skipped as usize;
        let here = self.location.and_then(|location| progress.open_lines_from(from).find(|(_, line)| line.location == Some(location)));
        here.or_else(|| progress.open_lines_from(from).next())
    }

    fn held_quantity(&self) -> Quantity {
        self.held.iter().map(|held| held.quantity).sum()
    }
}
