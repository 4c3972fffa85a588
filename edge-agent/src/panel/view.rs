//! What the panel shows: stations, scans and prompts with the names that stand behind their ids.

use std::collections::BTreeMap;

use qitao_domain::catalog::{Directory, StockKey};
use qitao_domain::event::{Fact, Source};
use qitao_domain::ids::{ItemId, LocationId, OperatorId, ScanId, StationId, TaskId};
use qitao_domain::work::{Prompt, Tone, Verdict};
use serde::Serialize;

use super::Panel;
use crate::core::{Counts, StationNow, TaskSummary};
use crate::link::Link;
use crate::printing::PrinterNow;
use crate::replica::Catalogue;

/// Names behind the ids of a verdict or a prompt.
#[derive(Debug, Default, Clone, Serialize)]
pub(super) struct Names {
    items: BTreeMap<ItemId, ItemName>,
    locations: BTreeMap<LocationId, String>,
    operators: BTreeMap<OperatorId, String>,
    tasks: BTreeMap<TaskId, String>,
}

#[derive(Debug, Clone, Serialize)]
struct ItemName {
    code: String,
    name: String,
    name_en: String,
    unit: String,
    cartons: u16,
}

/// A scan and its answer.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ScanView {
    pub scan: ScanId,
    pub station: StationId,
    pub at_ms: i64,
    pub payload: String,
    pub tone: Tone,
    pub verdict: Verdict,
    pub names: Names,
    pub undoable: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Named<I> {
    id: I,
    name: String,
}

#[derive(Debug, Clone, Serialize)]
struct Coded<I> {
    id: I,
    code: String,
}

#[derive(Debug, Clone, Serialize)]
struct PromptView {
    #[serde(flatten)]
    prompt: Prompt,
    names: Names,
}

/// A station.
#[derive(Debug, Clone, Serialize)]
pub(super) struct StationView {
    id: StationId,
    name: String,
    device: Option<String>,
    device_state: Option<String>,
    operator: Option<Named<OperatorId>>,
    task: Option<TaskSummary>,
    location: Option<Coded<LocationId>>,
    prompt: PromptView,
    last: Vec<ScanView>,
    counts: Counts,
}

/// The whole edge.
#[derive(Debug, Clone, Serialize)]
pub(super) struct StateView {
    edge: Option<String>,
    site: Option<SiteView>,
    link: Link,
    stations: Vec<StationView>,
    disk: DiskView,
    printers: Vec<PrinterNow>,
    practice: bool,
}

#[derive(Debug, Clone, Serialize)]
struct SiteView {
    code: String,
    name: String,
    time_zone: String,
}

#[derive(Debug, Clone, Serialize)]
struct DiskView {
    free: u64,
    state: &'static str,
}

impl Panel {
    /// A scan and its answer, as the panel shows it.
    pub(super) fn scan_view(&self, fact: &Fact, undoable: &[ScanId]) -> ScanView {
        let mut names = Names::default();
        let collector = Collector { catalogue: &self.workplace.core.replica().catalogue(), panel: self };
        collector.verdict(&mut names, &fact.verdict);
        let payload = match &fact.source {
            Source::Scanner { payload, .. } => payload.clone(),
            Source::Panel { command } => command.clone(),
            Source::Edge { what } => what.clone(),
        };
        ScanView {
            scan: fact.scan,
            station: fact.station.clone(),
            at_ms: fact.at.wall_ms,
            payload,
            tone: fact.verdict.tone(),
            verdict: fact.verdict.clone(),
            names,
            undoable: undoable.contains(&fact.scan),
        }
    }

    /// A station as the panel shows it.
    pub(super) fn station_view(&self, now: StationNow) -> StationView {
        let core = &self.workplace.core;
        let catalogue = core.replica().catalogue();
        let collector = Collector { catalogue: &catalogue, panel: self };
        let mut names = Names::default();
        collector.prompt(&mut names, &now.prompt);
        let device = self.devices.watch().borrow().iter().find(|scanner| scanner.station == now.id).cloned();
        let last = self.recent.of(&now.id).iter().map(|fact| self.scan_view(fact, &now.undoable)).collect();
        let operator = now.operator.map(|id| Named { id, name: catalogue.operator(id).map_or_else(|| id.to_string(), |o| o.name.clone()) });
        let location = now.location.map(|id| Coded { id, code: catalogue.location(id).map_or_else(|| id.to_string(), |l| l.code.clone()) });
        StationView {
            name: device.as_ref().map_or_else(|| self.browser_name(&now.id), |scanner| scanner.name.clone()),
            device: device.as_ref().map(|scanner| scanner.device.to_string()),
            device_state: device.as_ref().map(|scanner| if scanner.online { "online".to_owned() } else { scanner.detail.clone() }),
            operator,
            task: now.task,
            location,
            prompt: PromptView { prompt: now.prompt, names },
            last,
            counts: now.counts,
            id: now.id,
        }
    }

    /// Everything.
    pub(super) fn state_view(&self) -> StateView {
        let Self { workplace, devices, printing, .. } = self;
        let mut ids: Vec<StationId> = devices.watch().borrow().iter().map(|scanner| scanner.station.clone()).collect();
        ids.extend(workplace.core.stations());
        ids.sort();
        ids.dedup();
        ids.retain(|id| id.as_str() != crate::printing::PRINT_STATION);
        let disk = workplace.core.outbox().disk();
        StateView {
            edge: workplace.identity.as_ref().map(|identity| identity.edge.to_string()),
            site: workplace.identity.as_ref().map(|identity| SiteView {
                code: identity.site.code.clone(),
                name: identity.site.name.clone(),
                time_zone: identity.site.time_zone.clone(),
            }),
            link: *workplace.core.link().borrow(),
            stations: ids.into_iter().map(|id| self.station_view(workplace.core.station_or_new(&id))).collect(),
            disk: DiskView {
                free: disk.free,
                state: match disk.state {
                    crate::outbox::DiskState::Ok => "ok",
                    crate::outbox::DiskState::Low => "low",
                    crate::outbox::DiskState::Full => "full",
                },
            },
            printers: printing.watch().borrow().clone(),
            practice: workplace.core.practice(),
        }
    }
}

/// Looks the names behind ids up.
struct Collector<'a> {
    catalogue: &'a Catalogue,
    panel: &'a Panel,
}

impl Collector<'_> {
    fn item(&self, names: &mut Names, id: ItemId) {
        if let Some(facts) = self.catalogue.item(id) {
            let name = ItemName {
                code: facts.code.into(),
                name: facts.name.into(),
                name_en: facts.name_en.into(),
                unit: facts.unit.into(),
                cartons: facts.cartons,
            };
            names.items.insert(id, name);
        }
    }

    fn location(&self, names: &mut Names, id: LocationId) {
        if let Some(location) = self.catalogue.location(id) {
            names.locations.insert(id, location.code.clone());
        }
    }

    fn task(&self, names: &mut Names, id: TaskId) {
        if let Some(number) = self.panel.workplace.core.task_number(id) {
            names.tasks.insert(id, number);
        }
    }

    fn stocks<'s>(&self, names: &mut Names, stocks: impl IntoIterator<Item = &'s StockKey>) {
        for stock in stocks {
            self.item(names, stock.item);
        }
    }

    fn prompt(&self, names: &mut Names, prompt: &Prompt) {
        match prompt {
            Prompt::GoTo { location, stock, .. } => {
                self.stocks(names, stock);
                if let Some(location) = location {
                    self.location(names, *location);
                }
            }
            Prompt::ScanGoods { location, stock, .. } => {
                self.stocks(names, stock);
                self.location(names, *location);
            }
            _ => {}
        }
    }

    /// Takes ids out of the verdict's JSON form by the names of its fields, so that a verdict added later is named without a change here.
    fn verdict(&self, names: &mut Names, verdict: &Verdict) {
        let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(verdict) else { return };
        for (field, value) in &fields {
            match field.as_str() {
                "item" => self.each_number(value, &mut |id| self.item(names, ItemId(id))),
                "location" | "expected" | "suggested" => self.each_number(value, &mut |id| self.location(names, LocationId(id))),
                "task" => self.each_number(value, &mut |id| self.task(names, TaskId(id))),
                "operator" => self.each_number(value, &mut |id| {
                    if let Some(operator) = self.catalogue.operator(OperatorId(id)) {
                        names.operators.insert(operator.id, operator.name.clone());
                    }
                }),
                _ => {}
            }
        }
        match verdict {
            Verdict::Incomplete { missing } | Verdict::TaskFinishedShort { missing, .. } => {
                self.stocks(names, missing.iter().map(|(stock, _)| stock))
            }
            _ => {
                if let Some(stock) = fields.get("stock").and_then(|stock| stock.get("item")) {
                    self.each_number(stock, &mut |id| self.item(names, ItemId(id)));
                }
            }
        }
    }

    fn each_number(&self, value: &serde_json::Value, take: &mut dyn FnMut(i64)) {
        if let Some(number) = value.as_i64() {
            take(number);
        }
    }
}
