//! Whether an option model can be worked with: every mistake named by its place, and the model made ready. Pure.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::model::{Category, OptionModel, Parameter};
use crate::platform::expressions::{self, Declarations, Program, Type, is_name};
use crate::platform::fields::DefinitionFault;

/// Most parameters, categories, terms, constraints and parts of a model, of each.
const MOST: usize = 40;
/// Most options of a category, standard sizes, and items.
const MOST_OPTIONS: usize = 500;
/// Names that expressions have of their own.
const OWN: [&str; 5] = ["item_price", "parts_price", "standard", "today", "now"];

/// An option model that can be worked with.
#[derive(Debug, Clone)]
pub struct Ready {
    /// Its code.
    pub code: String,
    /// The version that is published; 0 of a draft.
    pub version: i64,
    /// Its definition.
    pub model: OptionModel,
    /// Names of figures by category, whichever option has them.
    pub(super) figures: BTreeMap<String, BTreeSet<String>>,
    /// Conditions of options, by category and option.
    pub(super) options: BTreeMap<(String, String), Program>,
    /// Formula and condition of each term.
    pub(super) terms: Vec<(Program, Option<Program>)>,
    pub(super) constraints: Vec<Program>,
    /// Quantity and condition of each part.
    pub(super) parts: Vec<(Program, Option<Program>)>,
}

impl Ready {
    /// Codes of all items that it speaks of, but for those it is for.
    #[must_use]
    pub fn goods(&self) -> BTreeSet<&str> {
        let options = self.model.categories.iter().flat_map(|category| &category.options).filter_map(|option| option.item.as_deref());
        options.chain(self.model.parts.iter().filter_map(|part| part.item.as_deref())).collect()
    }
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

    fn most(&mut self, at: &str, count: usize, most: usize) {
        if count > most {
            self.fault(at, "count", format!("最多 {most} 项。"), format!("There are at most {most}."));
        }
    }

    fn code<'a>(&mut self, at: String, code: &'a str, seen: &mut BTreeSet<&'a str>) {
        if !is_name(code) || code.len() > 40 || OWN.contains(&code) || !seen.insert(code) {
            self.fault(
                at,
                "code_shape",
                "编码要有 1 到 40 个字母、数字或 _，以字母开头，不重复，不用 item_price、parts_price、standard、today、now。",
                "A code has 1 to 40 letters, digits or _, begins with a letter, stands once, and is not item_price, parts_price, standard, today or now.",
            );
        }
    }

    fn program(&mut self, at: String, source: &str, wanted: &Type) -> Option<Program> {
        match expressions::compile(source, &self.declared, wanted) {
            Ok(program) => Some(program),
            Err(faults) => {
                self.faults.extend(faults.into_iter().map(|fault| DefinitionFault::of_expression(at.clone(), fault)));
                None
            }
        }
    }

    fn when(&mut self, at: &str, when: Option<&String>) -> Option<Program> {
        self.program(format!("{at}.when"), when?, &Type::Bool)
    }

    fn parameter(&mut self, at: &str, parameter: &Parameter) {
        self.title(&format!("{at}."), &parameter.title, &parameter.title_en);
        if parameter.unit.chars().count() > 10 {
            self.fault(format!("{at}.unit"), "unit_length", "单位最多 10 个字。", "A unit has at most 10 characters.");
        }
        if parameter.min > parameter.max {
            self.fault(format!("{at}.max"), "range", "最大值不能小于最小值。", "The most is not below the least.");
        }
        if parameter.step.is_some_and(|step| step.decimal() <= Decimal::ZERO) {
            self.fault(format!("{at}.step"), "step", "步长要大于 0。", "A step is above 0.");
        }
        if parameter.default.is_some_and(|default| !super::rules::fits(parameter, default)) {
            let (zh, en) = ("默认值不在范围内，或不合步长。", "The default is out of range, or between two steps.");
            self.fault(format!("{at}.default"), "default", zh, en);
        }
    }

    fn category(&mut self, at: &str, category: &Category) {
        self.title(&format!("{at}."), &category.title, &category.title_en);
        self.most(&format!("{at}.options"), category.options.len(), MOST_OPTIONS);
        let mut codes = BTreeSet::new();
        for (n, option) in category.options.iter().enumerate() {
            let at = format!("{at}.options[{n}]");
            let shape = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
            if !(1..=40).contains(&option.code.len()) || !option.code.bytes().all(shape) || !codes.insert(option.code.as_str()) {
                let zh = "选项编码要有 1 到 40 个字母、数字、_、- 或 .，不重复。";
                self.fault(
                    format!("{at}.code"),
                    "code_shape",
                    zh,
                    "An option's code has 1 to 40 letters, digits, _, - or ., and stands once.",
                );
            }
            self.title(&format!("{at}."), &option.title, &option.title_en);
            self.most(&format!("{at}.values"), option.values.len(), MOST);
            for name in option.values.keys().filter(|name| !is_name(name) || name.len() > 40 || ["code", "price"].contains(&name.as_str()))
            {
                let zh = format!("{name} 不能作数值名：要用字母、数字或 _，不用 code、price。");
                let en = format!("{name} will not do as the name of a figure: letters, digits and _, and neither code nor price.");
                self.fault(format!("{at}.values"), "figure_name", zh, en);
            }
        }
        if category.options.is_empty() {
            self.fault(format!("{at}.options"), "options", "至少要有一个选项。", "There is at least one option.");
        }
        if category.default.as_deref().is_some_and(|default| !codes.contains(default)) {
            self.fault(format!("{at}.default"), "default", "默认选项不在范围里。", "The default is none of the options.");
        }
    }
}

fn figures_of(category: &Category) -> BTreeSet<String> {
    category.options.iter().flat_map(|option| option.values.keys().cloned()).collect()
}

/// Makes a model ready.
///
/// # Errors
/// Every mistake, by its place.
pub fn ready(code: &str, version: i64, model: &OptionModel) -> Result<Ready, Vec<DefinitionFault>> {
    let figures: BTreeMap<String, BTreeSet<String>> =
        model.categories.iter().map(|category| (category.code.clone(), figures_of(category))).collect();
    let mut declared =
        Declarations::new().with("item_price", Type::Decimal).with("parts_price", Type::Decimal).with("standard", Type::Bool);
    for parameter in &model.parameters {
        declared = declared.with(&*parameter.code, Type::Decimal);
    }
    for (category, figures) in &figures {
        let own = [("code", Type::Text), ("price", Type::Decimal)].map(|(name, of)| (name.to_owned(), of));
        declared =
            declared.with(&**category, Type::object(own.into_iter().chain(figures.iter().map(|name| (name.clone(), Type::Decimal)))));
    }
    let mut work = Work { declared, faults: Vec::new() };
    if !(1..=40).contains(&code.len()) || !code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
        let (zh, en) = ("选配模型编码要有 1 到 40 个小写字母、数字或 _。", "The code of an option model has 1 to 40 of a–z, 0–9 and _.");
        work.fault("code", "code_shape", zh, en);
    }
    work.title("", &model.title, &model.title_en);
    for (at, count, most) in [
        ("items", model.items.len(), MOST_OPTIONS),
        ("parameters", model.parameters.len(), MOST),
        ("sizes", model.sizes.len(), MOST_OPTIONS),
        ("categories", model.categories.len(), MOST),
        ("terms", model.terms.len(), MOST),
        ("constraints", model.constraints.len(), MOST),
        ("parts", model.parts.len(), MOST),
    ] {
        work.most(at, count, most);
    }
    if !work.faults.is_empty() {
        return Err(work.faults);
    }
    let mut names = BTreeSet::new();
    for (n, parameter) in model.parameters.iter().enumerate() {
        work.code(format!("parameters[{n}].code"), &parameter.code, &mut names);
        work.parameter(&format!("parameters[{n}]"), parameter);
    }
    for (n, category) in model.categories.iter().enumerate() {
        work.code(format!("categories[{n}].code"), &category.code, &mut names);
        work.category(&format!("categories[{n}]"), category);
    }
    sizes(&mut work, model);
    let mut options = BTreeMap::new();
    for (n, category) in model.categories.iter().enumerate() {
        for (m, option) in category.options.iter().enumerate() {
            if let Some(program) = work.when(&format!("categories[{n}].options[{m}]"), option.when.as_ref()) {
                options.insert((category.code.clone(), option.code.clone()), program);
            }
        }
    }
    let terms = terms(&mut work, model);
    let constraints = constraints(&mut work, model, &names);
    let parts = parts(&mut work, model);
    if work.faults.is_empty() {
        Ok(Ready { code: code.to_owned(), version, model: model.clone(), figures, options, terms, constraints, parts })
    } else {
        Err(work.faults)
    }
}

fn sizes(work: &mut Work, model: &OptionModel) {
    if model.kind == super::model::Kind::Standard && model.sizes.is_empty() && !model.parameters.is_empty() {
        let (zh, en) = ("标准选配有参数时，要列出标准尺寸。", "A standard model with parameters lists its standard sizes.");
        work.fault("sizes", "sizes", zh, en);
    }
    for (n, size) in model.sizes.iter().enumerate() {
        let at = format!("sizes[{n}]");
        work.title(&format!("{at}."), &size.title, &size.title_en);
        if size.values.is_empty() {
            work.fault(format!("{at}.values"), "size_values", "请填写这个尺寸的参数。", "A size has a value of a parameter.");
        }
        for (code, value) in &size.values {
            let parameter = model.parameters.iter().find(|parameter| parameter.code == *code);
            if parameter.is_none_or(|parameter| !super::rules::fits(parameter, *value)) {
                let (zh, en) = (
                    format!("没有参数 {code}，或 {value} 不在它的范围内。"),
                    format!("There is no parameter {code}, or {value} is out of its range."),
                );
                work.fault(format!("{at}.values"), "size_values", zh, en);
            }
        }
    }
}

fn terms(work: &mut Work, model: &OptionModel) -> Vec<(Program, Option<Program>)> {
    let (mut programs, mut codes) = (Vec::new(), BTreeSet::new());
    if model.terms.is_empty() {
        work.fault("terms", "terms", "至少要有一个计价公式。", "There is at least one term.");
    }
    for (n, term) in model.terms.iter().enumerate() {
        let at = format!("terms[{n}]");
        work.code(format!("{at}.code"), &term.code, &mut codes);
        work.title(&format!("{at}."), &term.title, &term.title_en);
        let when = work.when(&at, term.when.as_ref());
        if let Some(program) = work.program(format!("{at}.formula"), &term.formula, &Type::Decimal) {
            programs.push((program, when));
        }
    }
    programs
}

fn constraints(work: &mut Work, model: &OptionModel, names: &BTreeSet<&str>) -> Vec<Program> {
    let mut programs = Vec::new();
    for (n, constraint) in model.constraints.iter().enumerate() {
        let at = format!("constraints[{n}]");
        if !(1..=200).contains(&constraint.message.trim().chars().count()) || constraint.message_en.chars().count() > 200 {
            work.fault(format!("{at}.message"), "message_length", "提示要有 1 到 200 个字。", "A message has 1 to 200 characters.");
        }
        if constraint.field.as_deref().is_some_and(|field| !names.contains(field)) {
            let (zh, en) = ("没有这个参数或选配类别。", "There is no such parameter or category.");
            work.fault(format!("{at}.field"), "field_exists", zh, en);
        }
        programs.extend(work.program(format!("{at}.rule"), &constraint.rule, &Type::Bool));
    }
    programs
}

fn parts(work: &mut Work, model: &OptionModel) -> Vec<(Program, Option<Program>)> {
    let mut programs = Vec::new();
    for (n, part) in model.parts.iter().enumerate() {
        let at = format!("parts[{n}]");
        match (&part.item, &part.category) {
            (Some(_), None) => {}
            (None, Some(code)) if model.categories.iter().any(|category| category.code == *code) => {}
            _ => work.fault(
                format!("{at}.item"),
                "part_item",
                "请写商品编码，或写取哪个选配类别的商品，二选一。",
                "Name an item, or the category whose chosen item is meant; one of them.",
            ),
        }
        let when = work.when(&at, part.when.as_ref());
        if let Some(program) = work.program(format!("{at}.quantity"), &part.quantity, &Type::Decimal) {
            programs.push((program, when));
        }
    }
    programs
}
