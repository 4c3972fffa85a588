//! Whether a record may move from stage to stage, and what is missing when not. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use super::model::{End, Gate, Pipeline, Stage};
use crate::platform::expressions::{self, Bindings, Declarations, Program, Type, Value, is_name};
use crate::platform::fields::DefinitionFault;
use crate::platform::fields::model::Check;

/// Most stages of a pipeline.
const MAX_STAGES: usize = 40;
/// Most things that a gate asks for, of each sort.
const MAX_ASKED: usize = 40;

/// A pipeline that can be worked with.
#[derive(Debug, Clone)]
pub struct Ready {
    /// Its definition.
    pub pipeline: Pipeline,
    enter: Vec<Vec<(Program, Check)>>,
    leave: Vec<Vec<(Program, Check)>>,
    record: Type,
    custom: Type,
}

/// A record that wants to move, as far as gates ask.
#[derive(Debug, Clone, Copy)]
pub struct Moving<'a> {
    /// Its fields.
    pub record: &'a Map<String, Json>,
    /// Its custom fields.
    pub custom: &'a Map<String, Json>,
    /// How many files of each kind it has.
    pub files: &'a BTreeMap<String, i64>,
}

/// Something that keeps a record from moving.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = StageMissing)]
pub struct Missing {
    /// The stage whose gate it is.
    pub stage: String,
    /// `enter`, `leave`, or `path` when there is no way at all.
    pub gate: &'static str,
    /// `field`, `file`, `rule`, `stage_exists`, `stage_active`, `order`.
    pub what: &'static str,
    /// The field or kind of file, where one is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What is missing, in Chinese.
    pub zh: String,
    /// And in English.
    pub en: String,
}

fn named<'a>(title: &'a str, title_en: &'a str) -> &'a str {
    if title_en.is_empty() { title } else { title_en }
}

/// Makes a pipeline ready. `record` and `custom` are what expressions see of its records; `ever` the stages that held once.
///
/// # Errors
/// Every mistake, by its place.
pub fn ready(pipeline: &Pipeline, record: Type, custom: Type, ever: &BTreeSet<String>) -> Result<Ready, Vec<DefinitionFault>> {
    let declared =
        Declarations::new().with("record", record.clone()).with("custom", custom.clone()).with("files", Type::Map(Box::new(Type::Int)));
    let mut work = Work { declared, faults: Vec::new() };
    work.title("", &pipeline.title, &pipeline.title_en);
    if !is_name(&pipeline.entity) || pipeline.entity.len() > 40 {
        work.fault("entity", "entity_shape", "请写记录类型，例如 opportunity。", "Name the kind of records, as opportunity.");
    }
    if pipeline.stages.is_empty() || pipeline.stages.len() > MAX_STAGES {
        let (zh, en) = (format!("要有 1 到 {MAX_STAGES} 个阶段。"), format!("There are 1 to {MAX_STAGES} stages."));
        work.fault("stages", "stage_count", zh, en);
    }
    let mut codes = BTreeSet::new();
    let (mut enter, mut leave) = (Vec::new(), Vec::new());
    for (n, stage) in pipeline.stages.iter().enumerate() {
        let at = format!("stages[{n}]");
        if !is_name(&stage.code) || stage.code.len() > 40 || !codes.insert(stage.code.clone()) {
            let zh = "阶段编码要有 1 到 40 个字母、数字或 _，不重复。";
            work.fault(format!("{at}.code"), "code_shape", zh, "A stage's code has 1 to 40 letters, digits or _, and stands once.");
        }
        work.title(&format!("{at}."), &stage.title, &stage.title_en);
        if stage.chance.is_some_and(|chance| chance > 100) {
            work.fault(format!("{at}.chance"), "percent", "成功率是 0 到 100。", "A chance is 0 to 100.");
        }
        if stage.limit_hours == Some(0) {
            work.fault(format!("{at}.limit_hours"), "hours", "时限至少 1 小时。", "A limit is at least one hour.");
        }
        enter.push(work.gate(&format!("{at}.enter"), &stage.enter));
        leave.push(work.gate(&format!("{at}.leave"), &stage.leave));
    }
    for gone in ever.difference(&codes) {
        let zh = format!("阶段 {gone} 里可能还有记录，只能停用（active: false），不能删除。");
        let en = format!("Records may be in the stage {gone}; switch it off (active: false), it cannot be taken away.");
        work.fault("stages", "stage_stays", zh, en);
    }
    if work.faults.is_empty() { Ok(Ready { pipeline: pipeline.clone(), enter, leave, record, custom }) } else { Err(work.faults) }
}

struct Work {
    declared: Declarations,
    faults: Vec<DefinitionFault>,
}

impl Work {
    fn fault(&mut self, at: impl Into<String>, rule: &'static str, zh: impl Into<String>, en: impl Into<String>) {
        self.faults.push(DefinitionFault::new(at, rule, zh, en));
    }

    fn title(&mut self, at: &str, title: &str, title_en: &str) {
        if !(1..=60).contains(&title.trim().chars().count()) || title_en.chars().count() > 60 {
            self.fault(format!("{at}title"), "title_length", "名称要有 1 到 60 个字。", "A title has 1 to 60 characters.");
        }
    }

    fn gate(&mut self, at: &str, gate: &Gate) -> Vec<(Program, Check)> {
        if gate.fields.len().max(gate.files.len()).max(gate.rules.len()) > MAX_ASKED {
            self.fault(at, "gate_size", format!("每类最多 {MAX_ASKED} 项。"), format!("A gate asks for at most {MAX_ASKED} of each."));
        }
        for (n, field) in gate.fields.iter().enumerate() {
            if !is_name(field.key.strip_prefix("custom.").unwrap_or(&field.key)) {
                self.fault(
                    format!("{at}.fields[{n}].key"),
                    "key_shape",
                    "请写字段名，例如 custom.budget。",
                    "Name a field, as custom.budget.",
                );
            }
            self.title(&format!("{at}.fields[{n}]."), &field.title, &field.title_en);
        }
        for (n, files) in gate.files.iter().enumerate() {
            if !is_name(&files.kind) || files.at_least == 0 {
                let (zh, en) = ("请写文件类型和至少几份。", "Name a kind of file, and at least one.");
                self.fault(format!("{at}.files[{n}].kind"), "file_kind", zh, en);
            }
            self.title(&format!("{at}.files[{n}]."), &files.title, &files.title_en);
        }
        let mut programs = Vec::new();
        for (n, check) in gate.rules.iter().enumerate() {
            if !(1..=200).contains(&check.message.trim().chars().count()) || check.message_en.chars().count() > 200 {
                let at = format!("{at}.rules[{n}].message");
                self.fault(at, "message_length", "提示要有 1 到 200 个字。", "A message has 1 to 200 characters.");
            }
            match expressions::compile(&check.rule, &self.declared, &Type::Bool) {
                Ok(program) => programs.push((program, check.clone())),
                Err(faults) => {
                    let at = format!("{at}.rules[{n}].rule");
                    self.faults.extend(faults.into_iter().map(|fault| DefinitionFault::of_expression(at.clone(), fault)));
                }
            }
        }
        programs
    }
}

fn is_filled(value: Option<&Json>) -> bool {
    match value {
        None | Some(Json::Null) => false,
        Some(Json::String(text)) => !text.trim().is_empty(),
        Some(Json::Array(values)) => !values.is_empty(),
        Some(_) => true,
    }
}

impl Ready {
    fn place(&self, code: &str) -> Option<usize> {
        self.pipeline.stages.iter().position(|stage| stage.code == code)
    }

    fn ask(&self, n: usize, entering: bool, moving: Moving<'_>, bindings: &Bindings, missing: &mut Vec<Missing>) {
        let stage = &self.pipeline.stages[n];
        let (gate, programs, word) =
            if entering { (&stage.enter, &self.enter[n], "enter") } else { (&stage.leave, &self.leave[n], "leave") };
        let mut lacks = |what, key: Option<&str>, zh: String, en: String| {
            missing.push(Missing { stage: stage.code.clone(), gate: word, what, key: key.map(str::to_owned), zh, en });
        };
        for field in &gate.fields {
            let value = match field.key.strip_prefix("custom.") {
                Some(key) => moving.custom.get(key),
                None => moving.record.get(&field.key),
            };
            if !is_filled(value) {
                let en = format!("{} is missing.", named(&field.title, &field.title_en));
                lacks("field", Some(&field.key), format!("缺少“{}”。", field.title), en);
            }
        }
        for files in &gate.files {
            let there = moving.files.get(&files.kind).copied().unwrap_or(0).max(0);
            let short = i64::from(files.at_least) - there;
            if short > 0 {
                let zh = format!("“{}”至少要 {} 份，还缺 {short} 份。", files.title, files.at_least);
                let en = format!("At least {} of {} are needed; {short} missing.", files.at_least, named(&files.title, &files.title_en));
                lacks("file", Some(&files.kind), zh, en);
            }
        }
        for (program, check) in programs {
            match program.holds(bindings) {
                Ok(true) => {}
                Ok(false) => lacks("rule", None, check.message.clone(), named(&check.message, &check.message_en).to_owned()),
                Err(fault) => {
                    let en = format!("{} ({})", named(&check.message, &check.message_en), fault.en);
                    lacks("rule", None, format!("{}（{}）", check.message, fault.zh), en);
                }
            }
        }
    }

    fn bindings(&self, moving: Moving<'_>, at: Bindings) -> Bindings {
        let of = |fields: &Map<String, Json>, of: &Type| {
            // One value of another kind than declared is empty, it does not hide the others.
            Value::object(fields.iter().map(|(name, json)| {
                let of = match of {
                    Type::Object(fields) => fields.get(name).unwrap_or(&Type::Any),
                    _ => &Type::Any,
                };
                (name.as_str(), Value::of_json(json, of).unwrap_or(Value::Null))
            }))
        };
        let files = Value::object(moving.files.iter().map(|(kind, count)| (kind.as_str(), Value::Int(*count))));
        at.with("record", of(moving.record, &self.record)).with("custom", of(moving.custom, &self.custom)).with("files", files)
    }

    /// When a record that came into a stage then is overdue there.
    #[must_use]
    pub fn due_ms(&self, stage: &str, entered_ms: i64) -> Option<i64> {
        let hours = self.pipeline.stages.iter().find(|known| known.code == stage)?.limit_hours?;
        entered_ms.checked_add(i64::from(hours) * 3_600_000)
    }
}

/// Whether a record may move from a stage (from nowhere, when it is new) to another one; `at` says when and where it is.
///
/// # Errors
/// Everything that is missing, of every gate on the way.
pub fn may_move(ready: &Ready, moving: Moving<'_>, from: Option<&str>, to: &str, at: Bindings) -> Result<(), Vec<Missing>> {
    let path =
        |what, stage: &str, zh: String, en: String| Err(vec![Missing { stage: stage.to_owned(), gate: "path", what, key: None, zh, en }]);
    let Some(target) = ready.place(to) else {
        return path("stage_exists", to, format!("没有阶段 {to}。"), format!("There is no stage {to}."));
    };
    let stages: &[Stage] = &ready.pipeline.stages;
    let start = match from {
        None => None,
        Some(from) => match ready.place(from) {
            Some(start) => Some(start),
            None => return path("stage_exists", from, format!("没有阶段 {from}。"), format!("There is no stage {from}.")),
        },
    };
    if start == Some(target) {
        return Ok(());
    }
    if !stages[target].active {
        let (zh, en) = (format!("阶段“{}”已停用。", stages[target].title), format!("The stage {to} is switched off."));
        return path("stage_active", to, zh, en);
    }
    let bindings = ready.bindings(moving, at);
    let mut missing = Vec::new();
    let lost = stages[target].end == Some(End::Lost);
    let forward = start.is_none_or(|start| target > start);
    if lost {
        ready.ask(target, true, moving, &bindings, &mut missing);
    } else if forward {
        let counts = |n: &usize| stages[*n].active && stages[*n].end.is_none();
        let between: Vec<usize> = (start.map_or(0, |start| start + 1)..target).filter(counts).collect();
        if let (Some(skipped), false) = (between.first(), ready.pipeline.may_skip) {
            let stage = &stages[*skipped];
            let (zh, en) = (format!("不能跳过阶段“{}”。", stage.title), format!("The stage {} cannot be skipped.", stage.code));
            return path("order", &stage.code, zh, en);
        }
        if let Some(start) = start {
            ready.ask(start, false, moving, &bindings, &mut missing);
        }
        for n in between {
            ready.ask(n, true, moving, &bindings, &mut missing);
            ready.ask(n, false, moving, &bindings, &mut missing);
        }
        ready.ask(target, true, moving, &bindings, &mut missing);
    }
    if missing.is_empty() { Ok(()) } else { Err(missing) }
}
