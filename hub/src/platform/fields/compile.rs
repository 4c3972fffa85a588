//! From definitions to what can be worked with: every mistake in them named, expressions read, options of shared lists taken in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::model::{Check, Choice, Field, FieldSet, Group, Kind, OptionList};
use super::personal::is_personal;
use super::rules::normal;
use super::subject::Subject;
use crate::platform::expressions::{self, Declarations, Fault, Program, Type};

/// Most fields of a kind of record.
const MAX_FIELDS: usize = 120;
/// Most of them with an index.
const MAX_FILTERS: usize = 12;
/// Most options of a field or a list.
pub(super) const MAX_OPTIONS: usize = 500;
/// Most checks of a field.
const MAX_CHECKS: usize = 10;
/// Longest text, whatever a field allows.
pub(super) const LONGEST: usize = 10_000;

/// A mistake in definitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionFault {
    /// Where, as `fields[2].checks[0].rule`.
    pub at: String,
    /// Which rule.
    pub rule: &'static str,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// And in English.
    pub en: String,
    /// Where in an expression.
    pub fault: Option<Fault>,
}

impl DefinitionFault {
    pub(crate) fn new(at: impl Into<String>, rule: &'static str, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { at: at.into(), rule, zh: zh.into(), en: en.into(), fault: None }
    }

    pub(crate) fn of_expression(at: impl Into<String>, fault: Fault) -> Self {
        Self { at: at.into(), rule: fault.rule, zh: fault.zh.clone(), en: fault.en.clone(), fault: Some(fault) }
    }

    /// For pages: both languages, and the place in an expression.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut fault = json!({"field": self.at, "rule": self.rule, "zh": self.zh, "en": self.en});
        if let (Some(place), Value::Object(fields)) = (self.fault.as_ref().map(|fault| fault.place), &mut fault) {
            fields.insert("place".to_owned(), json!(place));
        }
        fault
    }
}

/// A field that can be worked with.
#[derive(Debug, Clone)]
pub struct CompiledField {
    /// Its definition.
    pub field: Field,
    /// Its options, also those of a shared list.
    pub options: Vec<Choice>,
    /// Whether its values are sealed and masked.
    pub personal: bool,
    pub(super) required_when: Option<Program>,
    pub(super) checks: Vec<(Program, Check)>,
}

/// The custom fields of a kind of record, ready for work.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// Of which kind.
    pub subject: Subject,
    /// Groups of the form.
    pub groups: Vec<Group>,
    /// The fields, in the order of the form.
    pub fields: Vec<CompiledField>,
}

/// A key: what programs and expressions name, and what stands in the text of an index.
pub(super) fn is_key(key: &str) -> bool {
    (1..=40).contains(&key.len())
        && key.starts_with(|first: char| first.is_ascii_lowercase())
        && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && expressions::is_name(key)
}

fn is_title(title: &str) -> bool {
    (1..=60).contains(&title.trim().chars().count()) && !title.chars().any(char::is_control)
}

/// Variables of expressions about a kind of record with these fields.
#[must_use]
pub fn declared(subject: Subject, fields: &[Field]) -> Declarations {
    let custom = fields.iter().map(|field| (field.key.clone(), field.kind.of()));
    Declarations::new().with("record", subject.record()).with("custom", Type::object(custom))
}

struct Work<'a> {
    subject: Subject,
    lists: &'a BTreeMap<String, OptionList>,
    declared: Declarations,
    faults: Vec<DefinitionFault>,
}

/// Makes a set of definitions ready. `kinds` are those that keys ever had; `lists` the shared lists.
///
/// # Errors
/// Every mistake, by its place.
pub fn compile(
    subject: Subject,
    set: &FieldSet,
    lists: &BTreeMap<String, OptionList>,
    kinds: &BTreeMap<String, Kind>,
) -> Result<Compiled, Vec<DefinitionFault>> {
    let mut work = Work { subject, lists, declared: declared(subject, &set.fields), faults: Vec::new() };
    work.whole(set);
    let groups: BTreeSet<&str> = set.groups.iter().map(|group| group.key.as_str()).collect();
    let mut keys = BTreeSet::new();
    let mut fields = Vec::new();
    for (n, field) in set.fields.iter().enumerate() {
        let at = format!("fields[{n}]");
        if !keys.insert(field.key.as_str()) {
            work.fault(
                format!("{at}.key"),
                "key_free",
                format!("字段 {} 写了两次。", field.key),
                format!("The key {} stands twice.", field.key),
            );
        }
        if subject.built_in().iter().any(|built_in| built_in.key == field.key) {
            let (zh, en) =
                (format!("{} 是系统字段，请换一个键名。", field.key), format!("{} is a field of the hub; choose another key.", field.key));
            work.fault(format!("{at}.key"), "key_free", zh, en);
        }
        if let Some(kind) = kinds.get(&field.key).filter(|kind| **kind != field.kind) {
            let zh = format!("{} 曾是另一种类型（{}），已有数据，类型不能改；请换一个键名。", field.key, word(*kind));
            let en = format!("{} was a {} before and rows may hold such values; choose another key.", field.key, word(*kind));
            work.fault(format!("{at}.kind"), "kind_stays", zh, en);
        }
        if field.group.as_deref().is_some_and(|group| !groups.contains(group)) {
            work.fault(format!("{at}.group"), "group_exists", "没有这个分组。", "There is no such group.");
        }
        fields.push(work.field(&at, field));
    }
    if work.faults.is_empty() { Ok(Compiled { subject, groups: set.groups.clone(), fields }) } else { Err(work.faults) }
}

fn word(kind: Kind) -> String {
    json!(kind).as_str().unwrap_or_default().to_owned()
}

impl Work<'_> {
    fn fault(&mut self, at: impl Into<String>, rule: &'static str, zh: impl Into<String>, en: impl Into<String>) {
        self.faults.push(DefinitionFault::new(at, rule, zh, en));
    }

    fn whole(&mut self, set: &FieldSet) {
        if set.fields.len() > MAX_FIELDS || set.groups.len() > MAX_FIELDS {
            let (zh, en) = (format!("最多 {MAX_FIELDS} 个字段。"), format!("There are at most {MAX_FIELDS} fields."));
            self.fault("fields", "field_count", zh, en);
        }
        if set.fields.iter().filter(|field| field.filter).count() > MAX_FILTERS {
            let (zh, en) = (format!("最多 {MAX_FILTERS} 个字段可以筛选。"), format!("Lists narrow by at most {MAX_FILTERS} fields."));
            self.fault("fields", "filter_count", zh, en);
        }
        let mut keys = BTreeSet::new();
        for (n, group) in set.groups.iter().enumerate() {
            if !is_key(&group.key) || !keys.insert(group.key.as_str()) {
                self.key_shape(format!("groups[{n}].key"));
            }
            self.titles(&format!("groups[{n}]"), &group.title, &group.title_en);
        }
    }

    fn key_shape(&mut self, at: String) {
        let zh = "键名要有 1 到 40 个小写字母、数字或 _，以字母开头，不重复，不是保留字。";
        self.fault(at, "key_shape", zh, "A key has 1 to 40 of a–z, 0–9 and _, begins with a letter, is no reserved word and stands once.");
    }

    fn titles(&mut self, at: &str, title: &str, title_en: &str) {
        if !is_title(title) {
            self.fault(format!("{at}.title"), "title_length", "名称要有 1 到 60 个字。", "A title has 1 to 60 characters.");
        }
        if !title_en.is_empty() && !is_title(title_en) {
            self.fault(format!("{at}.title_en"), "title_length", "英文名称最多 60 个字符。", "An English title has at most 60 characters.");
        }
    }

    fn expression(&mut self, at: String, rule: &str) -> Option<Program> {
        match expressions::compile(rule, &self.declared, &Type::Bool) {
            Ok(program) => Some(program),
            Err(faults) => {
                self.faults.extend(faults.into_iter().map(|fault| DefinitionFault::of_expression(at.clone(), fault)));
                None
            }
        }
    }

    fn field(&mut self, at: &str, field: &Field) -> CompiledField {
        if !is_key(&field.key) {
            self.key_shape(format!("{at}.key"));
        }
        self.titles(at, &field.title, &field.title_en);
        for (name, help) in [("help", &field.help), ("help_en", &field.help_en)] {
            if help.chars().count() > 500 {
                self.fault(format!("{at}.{name}"), "help_length", "说明最多 500 个字。", "Help has at most 500 characters.");
            }
        }
        if field.max_length.is_some_and(|most| !(1..=LONGEST).contains(&most)) {
            let (zh, en) = (format!("长度上限是 1 到 {LONGEST}。"), format!("The most characters are 1 to {LONGEST}."));
            self.fault(format!("{at}.max_length"), "length_range", zh, en);
        }
        if field.filter && !(field.kind.sorts() || field.kind == Kind::Choices) {
            self.fault(format!("{at}.filter"), "kind_filters", "多行文本不能筛选。", "Lists do not narrow by text of several lines.");
        }
        let options = self.options(at, field);
        let required_when = field.required_when.as_deref().and_then(|rule| self.expression(format!("{at}.required_when"), rule));
        if field.checks.len() > MAX_CHECKS {
            self.fault(
                format!("{at}.checks"),
                "check_count",
                format!("最多 {MAX_CHECKS} 条规则。"),
                format!("A field has at most {MAX_CHECKS} checks."),
            );
        }
        let mut checks = Vec::new();
        for (n, check) in field.checks.iter().enumerate() {
            if !(1..=200).contains(&check.message.trim().chars().count()) || check.message_en.chars().count() > 200 {
                let at = format!("{at}.checks[{n}].message");
                self.fault(at, "message_length", "提示要有 1 到 200 个字。", "A message has 1 to 200 characters.");
            }
            if let Some(program) = self.expression(format!("{at}.checks[{n}].rule"), &check.rule) {
                checks.push((program, check.clone()));
            }
        }
        let personal = is_personal(self.subject, field);
        // What is sealed cannot be compared; one that was published before that was known is not narrowed by either.
        let own = Field { filter: field.filter && !personal, ..field.clone() };
        let compiled = CompiledField { field: own, options, personal, required_when, checks };
        if let Some(default) = &field.default
            && let Err(broken) = normal(&compiled, default)
        {
            self.fault(format!("{at}.default"), broken.rule, broken.zh, broken.en);
        }
        compiled
    }

    fn options(&mut self, at: &str, field: &Field) -> Vec<Choice> {
        let list = match &field.options_from {
            Some(code) => match self.lists.get(code) {
                Some(list) => &list.options,
                None => {
                    self.fault(
                        format!("{at}.options_from"),
                        "option_list_exists",
                        format!("没有选项表 {code}。"),
                        format!("There is no option list {code}."),
                    );
                    return Vec::new();
                }
            },
            None => {
                self.faults.extend(option_faults(&format!("{at}.options"), &field.options));
                &field.options
            }
        };
        let both = field.options_from.is_some() && !field.options.is_empty();
        if both || field.kind.has_options() == list.is_empty() {
            let zh = "单选、多选字段要有选项（自己的或共用选项表，二选一），其他字段不要选项。";
            let en = "A choice has options, its own or those of a shared list; other fields have none.";
            self.fault(format!("{at}.options"), "options_fit", zh, en);
        }
        list.clone()
    }
}

/// Mistakes in options.
pub(super) fn option_faults(at: &str, options: &[Choice]) -> Vec<DefinitionFault> {
    let mut faults = Vec::new();
    if options.len() > MAX_OPTIONS {
        let (zh, en) = (format!("最多 {MAX_OPTIONS} 个选项。"), format!("There are at most {MAX_OPTIONS} options."));
        faults.push(DefinitionFault::new(at, "option_count", zh, en));
    }
    let mut codes = BTreeSet::new();
    for (n, option) in options.iter().enumerate() {
        let fits = (1..=60).contains(&option.code.chars().count()) && !option.code.chars().any(|c| c.is_control() || c == ',');
        if !fits || option.code.trim() != option.code || !codes.insert(option.code.as_str()) {
            let (zh, en) = (
                "选项编码要有 1 到 60 个字，不含逗号，不重复。",
                "An option's code has 1 to 60 characters without a comma, and stands once.",
            );
            faults.push(DefinitionFault::new(format!("{at}[{n}].code"), "option_code", zh, en));
        }
        if !is_title(&option.title) || (!option.title_en.is_empty() && !is_title(&option.title_en)) {
            let (zh, en) = ("名称要有 1 到 60 个字。", "A title has 1 to 60 characters.");
            faults.push(DefinitionFault::new(format!("{at}[{n}].title"), "title_length", zh, en));
        }
    }
    faults
}
