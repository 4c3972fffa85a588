//! What a template may hold, as data: an editor builds its forms from it, and a template's text is checked against it key by key, so that
//! a mistake is told at its line and column and all mistakes are told at once.

use serde::Serialize;

use crate::expression;
use crate::finding::{Finding, Position};
use crate::picture;
use crate::source::{Node, Value};

/// Everything an editor needs to know.
#[derive(Debug, Serialize)]
pub struct Schema {
    /// Keys of the template itself.
    pub template: &'static [Property],
    /// Keys of each `[[field]]`.
    pub field: &'static [Property],
    /// Keys that every `[[element]]` has.
    pub element: &'static [Property],
    /// The kinds of elements with the keys of their own.
    pub kinds: &'static [Kind],
    /// What can be done with a field: `{field | function}`.
    pub functions: &'static [Choice],
}

/// A name for people.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Title {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

/// A kind of element.
#[derive(Debug, Serialize)]
pub struct Kind {
    /// The value of `kind`.
    pub kind: &'static str,
    /// Its name.
    pub title: Title,
    /// Its own keys.
    pub properties: &'static [Property],
}

/// A key.
#[derive(Debug, Serialize)]
pub struct Property {
    /// The key.
    pub name: &'static str,
    /// Its name.
    pub title: Title,
    /// What it takes.
    pub form: Form,
    /// Whether it must be there.
    pub required: bool,
}

/// What a key takes.
#[derive(Debug, Serialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum Form {
    /// Millimetres.
    Millimetres {
        /// Least.
        min: f32,
        /// Most.
        max: f32,
        /// When it is left out.
        default: f32,
    },
    /// A whole number in steps.
    Steps {
        /// Least.
        min: f32,
        /// Most.
        max: f32,
        /// Distance of two possible values.
        step: f32,
    },
    /// Yes or no.
    Truth {
        /// When it is left out.
        default: bool,
    },
    /// Text as it is.
    Plain,
    /// Text with places for data.
    Expression,
    /// One of these.
    Choice {
        /// The values; the first is taken when the key is left out, unless it is required.
        choices: &'static [Choice],
    },
    /// A PNG picture in Base64.
    Png,
    /// A list of columns.
    Columns {
        /// Keys of each column.
        properties: &'static [Property],
    },
}

/// A value that may be chosen.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Choice {
    /// The value.
    pub value: &'static str,
    /// Its name.
    pub title: Title,
}

const fn title(zh: &'static str, en: &'static str) -> Title {
    Title { zh, en }
}

const fn choice(value: &'static str, zh: &'static str, en: &'static str) -> Choice {
    Choice { value, title: title(zh, en) }
}

const fn needed(name: &'static str, zh: &'static str, en: &'static str, form: Form) -> Property {
    Property { name, title: title(zh, en), form, required: true }
}

const fn may(name: &'static str, zh: &'static str, en: &'static str, form: Form) -> Property {
    Property { name, title: title(zh, en), form, required: false }
}

const fn mm(min: f32, max: f32, default: f32) -> Form {
    Form::Millimetres { min, max, default }
}

const NO: Form = Form::Truth { default: false };
const ALIGN: &[Choice] = &[choice("left", "靠左", "Left"), choice("center", "居中", "Centre"), choice("right", "靠右", "Right")];
const VALIGN: &[Choice] = &[choice("top", "靠上", "Top"), choice("middle", "居中", "Middle"), choice("bottom", "靠下", "Bottom")];
const SYMBOLOGIES: &[Choice] = &[
    choice("code128", "Code 128", "Code 128"),
    choice("gs1-128", "GS1-128", "GS1-128"),
    choice("ean13", "EAN-13 商品条码", "EAN-13"),
    choice("ean8", "EAN-8 商品条码", "EAN-8"),
    choice("upc-a", "UPC-A", "UPC-A"),
    choice("upc-e", "UPC-E", "UPC-E"),
    choice("itf14", "ITF-14 箱码", "ITF-14"),
    choice("code39", "Code 39", "Code 39"),
    choice("qr", "QR 码", "QR Code"),
    choice("gs1-qr", "GS1 QR 码", "GS1 QR Code"),
    choice("data-matrix", "Data Matrix", "Data Matrix"),
    choice("gs1-data-matrix", "GS1 Data Matrix", "GS1 DataMatrix"),
    choice("pdf417", "PDF417", "PDF417"),
    choice("aztec", "Aztec", "Aztec Code"),
];
const PURPOSES: &[Choice] = &[
    choice("house", "本连锁内部使用", "Within the chain"),
    choice("retail", "零售收银（GS1 表 1）", "Retail point of sale (GS1 table 1)"),
    choice("distribution", "一般流通（GS1 表 2）", "General distribution (GS1 table 2)"),
    choice("internal", "不过收银也不进流通（GS1 表 4）", "Neither point of sale nor distribution (GS1 table 4)"),
    choice("logistics", "物流单元（GS1 表 5）", "Logistic units (GS1 table 5)"),
];
const LEVELS: &[Choice] =
    &[choice("medium", "中", "Medium"), choice("low", "低", "Low"), choice("quartile", "较高", "Quartile"), choice("high", "高", "High")];

const COLUMN: &[Property] = &[
    needed("width", "宽", "Width", mm(1.0, 300.0, 10.0)),
    may("title", "标题", "Title", Form::Plain),
    may("align", "对齐", "Alignment", Form::Choice { choices: ALIGN }),
];

static SCHEMA: Schema = Schema {
    template: &[
        needed("name", "代号", "Name", Form::Plain),
        needed("title", "名称", "Title", Form::Plain),
        may("title_en", "英文名称", "English title", Form::Plain),
        needed("width", "宽", "Width", mm(5.0, 300.0, 60.0)),
        needed("height", "高", "Height", mm(5.0, 600.0, 40.0)),
        may("gap", "间隙", "Gap", mm(0.0, 30.0, 2.0)),
    ],
    field: &[
        needed("name", "字段", "Field", Form::Plain),
        needed("title", "名称", "Title", Form::Plain),
        may("title_en", "英文名称", "English title", Form::Plain),
        may("example", "示例", "Example", Form::Plain),
    ],
    element: &[
        needed("kind", "类型", "Kind", Form::Plain),
        needed("x", "左", "Left", mm(0.0, 300.0, 0.0)),
        needed("y", "上", "Top", mm(0.0, 600.0, 0.0)),
        needed("width", "宽", "Width", mm(0.0, 300.0, 20.0)),
        needed("height", "高", "Height", mm(0.0, 600.0, 10.0)),
        may("rotate", "顺时针旋转", "Turned clockwise", Form::Steps { min: 0.0, max: 270.0, step: 90.0 }),
        may("when", "仅当不为空时", "Only when not empty", Form::Expression),
    ],
    kinds: &[
        Kind {
            kind: "text",
            title: title("文字", "Text"),
            properties: &[
                needed("text", "内容", "Text", Form::Expression),
                needed("size", "字高", "Height of letters", mm(1.0, 200.0, 4.0)),
                may("smallest", "最小字高", "Least height of letters", mm(0.0, 200.0, 0.0)),
                may("bold", "加粗", "Bold", NO),
                may("inverse", "反白", "White on black", NO),
                may("align", "对齐", "Alignment", Form::Choice { choices: ALIGN }),
                may("valign", "上下对齐", "Vertical alignment", Form::Choice { choices: VALIGN }),
            ],
        },
        Kind {
            kind: "barcode",
            title: title("条码", "Barcode"),
            properties: &[
                needed("symbology", "码制", "Symbology", Form::Choice { choices: SYMBOLOGIES }),
                needed("text", "内容", "Text", Form::Expression),
                may("purpose", "扫描场合", "Where it is scanned", Form::Choice { choices: PURPOSES }),
                may("module", "模块宽（0 为尽量大）", "Module, 0 for as large as fits", mm(0.0, 5.0, 0.0)),
                may("human", "条码下文字的字高（0 为无）", "Letters below, 0 for none", mm(0.0, 10.0, 0.0)),
                may("level", "纠错等级", "Error correction", Form::Choice { choices: LEVELS }),
            ],
        },
        Kind { kind: "bar", title: title("黑块", "Bar"), properties: &[] },
        Kind { kind: "frame", title: title("方框", "Frame"), properties: &[needed("line", "线宽", "Line", mm(0.05, 20.0, 0.4))] },
        Kind {
            kind: "line",
            title: title("线", "Line"),
            properties: &[
                needed("line", "线宽", "Line", mm(0.05, 20.0, 0.4)),
                may("rising", "从左下到右上", "From lower left to upper right", NO),
                may("dash", "虚线段长（0 为实线）", "Length of dashes, 0 for none", mm(0.0, 50.0, 0.0)),
            ],
        },
        Kind {
            kind: "image",
            title: title("图片", "Picture"),
            properties: &[
                needed("png", "PNG 图片", "PNG picture", Form::Png),
                may("dither", "抖动（照片用）", "Dithered, for photographs", NO),
            ],
        },
        Kind {
            kind: "table",
            title: title("表格", "Table"),
            properties: &[
                needed("rows", "行（换行分行，制表符分列）", "Rows: line feeds between rows, tabs between columns", Form::Expression),
                needed("columns", "列", "Columns", Form::Columns { properties: COLUMN }),
                needed("size", "字高", "Height of letters", mm(1.0, 50.0, 3.0)),
                may("line", "线宽（0 为无线）", "Line, 0 for none", mm(0.0, 5.0, 0.0)),
            ],
        },
    ],
    functions: &[
        choice("upper", "大写", "Upper case"),
        choice("lower", "小写", "Lower case"),
        choice("trim", "去首尾空格", "Without blanks at the ends"),
        choice("left 4", "左边 4 个字符", "The first 4 characters"),
        choice("right 4", "右边 4 个字符", "The last 4 characters"),
        choice("mid 3 4", "从第 3 个起的 4 个字符", "4 characters from the 3rd"),
        choice("pad 4", "左边补零到 4 位", "Zeros in front, 4 digits"),
        choice("default \"-\"", "空时用", "When empty"),
        choice("replace \"a\" \"b\"", "替换", "Replace"),
        choice("before \".\"", "标记之前", "What is before"),
        choice("after \".\"", "标记之后", "What is behind"),
        choice("date \"YYYY-MM-DD\"", "日期格式", "Date"),
        choice("decimals 2", "小数位", "Decimal places"),
        choice("thousands", "千分位", "Thousands"),
        choice("check", "加校验位", "With check digit"),
    ],
};

/// Most elements of a template: whatever somebody sends, drawing it takes a moment and not the hub's day.
const MOST_ELEMENTS: usize = 200;

/// What a template may hold.
#[must_use]
pub fn schema() -> &'static Schema {
    &SCHEMA
}

/// Checks a template's tree; what it finds is told for every key.
#[must_use]
pub fn check(root: &Node) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lists = ["field", "element"];
    keys(root, &[SCHEMA.template], &lists, None, &mut findings);
    for name in lists {
        if let Some(node) = root.get(name).filter(|node| !matches!(node.value, Value::List(_))) {
            findings.push(expected("一列表 [[…]]", "a list, written as [[…]]").of_template(name).at(node.at));
        }
    }
    for field in root.get("field").map(Node::list).unwrap_or_default() {
        keys(field, &[SCHEMA.field], &[], None, &mut findings);
    }
    let elements = root.get("element").map(Node::list).unwrap_or_default();
    if elements.len() > MOST_ELEMENTS {
        findings.push(
            Finding::error(format!("元素超过 {MOST_ELEMENTS} 个。"), format!("There are more than {MOST_ELEMENTS} elements."))
                .of_template("element"),
        );
        return findings;
    }
    for (number, element) in elements.iter().enumerate() {
        let kind = element.get("kind").and_then(Node::text);
        match SCHEMA.kinds.iter().find(|known| Some(known.kind) == kind) {
            Some(known) => keys(element, &[SCHEMA.element, known.properties], &[], Some(number), &mut findings),
            None => {
                let named = SCHEMA.kinds.iter().map(|kind| kind.title.zh).collect::<Vec<_>>().join("、");
                let known = SCHEMA.kinds.iter().map(|kind| kind.kind).collect::<Vec<_>>().join(", ");
                findings.push(
                    Finding::error(format!("“类型”应为：{named}。"), format!("kind must be one of: {known}."))
                        .of(number, "kind")
                        .at(element.get("kind").map_or(element.at, |node| node.at)),
                );
            }
        }
    }
    findings.extend(pixels(elements));
    findings
}

/// Pictures are decoded for every label, so that what they hold together is bounded.
fn pixels(elements: &[Node]) -> Option<Finding> {
    let pictures = elements.iter().filter_map(|element| picture::pixels(element.get("png")?.text()?).ok());
    (pictures.sum::<u64>() > picture::MOST_PIXELS).then(|| {
        let most = picture::MOST_PIXELS / 1_000_000;
        Finding::error(
            format!("所有图片合计超过 {most} 百万像素；请缩小图片。"),
            format!("All pictures together have more than {most} million pixels; make them smaller."),
        )
        .of_template("element")
    })
}

fn expected(zh: &str, en: &str) -> Finding {
    Finding::error(format!("应为{zh}。"), format!("Must be {en}."))
}

fn keys(node: &Node, known: &[&[Property]], lists: &[&str], element: Option<usize>, findings: &mut Vec<Finding>) {
    let place = |finding: Finding, key: &str, at: Option<Position>| match element {
        Some(element) => finding.of(element, key).at(at),
        None => finding.of_template(key).at(at),
    };
    let Value::Table(entries) = &node.value else {
        findings.push(place(expected("键和值", "keys with values"), "", node.at));
        return;
    };
    let properties = || known.iter().flat_map(|properties| properties.iter());
    for (key, at, value) in entries {
        match properties().find(|property| property.name == key) {
            Some(property) => {
                for finding in property.form.check(value) {
                    let at = finding.at.or(value.at);
                    findings.push(place(finding, key, at));
                }
            }
            None if lists.contains(&key.as_str()) => {}
            None => {
                let names = properties().map(|property| property.name).chain(lists.iter().copied()).collect::<Vec<_>>().join(", ");
                findings.push(place(
                    Finding::error(format!("没有“{key}”这个键；可用：{names}。"), format!("There is no key {key:?}; there are: {names}.")),
                    key,
                    *at,
                ));
            }
        }
    }
    for property in properties().filter(|property| property.required && node.get(property.name).is_none()) {
        let missing =
            Finding::error(format!("缺少“{}”。", property.title.zh), format!("{:?} ({}) is missing.", property.name, property.title.en));
        findings.push(place(missing, property.name, node.at));
    }
}

impl Form {
    fn check(&self, node: &Node) -> Vec<Finding> {
        match (self, &node.value) {
            (Self::Millimetres { min, max, .. }, Value::Number(number)) if number.is_finite() => {
                let fits = (f64::from(*min) - 1e-6..=f64::from(*max) + 1e-6).contains(number);
                if fits { vec![] } else { vec![expected(&format!("{min} 到 {max} 毫米"), &format!("{min} to {max} mm"))] }
            }
            (Self::Steps { min, max, step }, Value::Number(number)) => {
                let fits = (f64::from(*min)..=f64::from(*max)).contains(number) && number % f64::from(*step) == 0.0;
                if fits {
                    vec![]
                } else {
                    vec![expected(&format!("{min} 到 {max}，步长 {step}"), &format!("{min} to {max} in steps of {step}"))]
                }
            }
            (Self::Truth { .. }, Value::Truth(_)) | (Self::Plain, Value::Text(_)) => vec![],
            (Self::Expression, Value::Text(text)) => match expression::Text::read(text) {
                Ok(_) => vec![],
                Err(unreadable) => vec![unreadable.finding().at(node.at.map(|at| within(at, text, unreadable.position)))],
            },
            (Self::Choice { choices }, Value::Text(text)) if choices.iter().any(|choice| choice.value == text) => vec![],
            (Self::Choice { choices }, _) => {
                let named = choices.iter().map(|choice| choice.title.zh).collect::<Vec<_>>().join("、");
                let values = choices.iter().map(|choice| choice.value).collect::<Vec<_>>().join(", ");
                vec![expected(&format!("其中之一：{named}"), &format!("one of: {values}"))]
            }
            (Self::Png, Value::Text(text)) => picture::pixels(text).err().into_iter().collect(),
            (Self::Columns { properties }, Value::List(columns)) if !columns.is_empty() => {
                let mut findings = Vec::new();
                for column in columns {
                    keys(column, &[properties], &[], None, &mut findings);
                }
                findings
            }
            (Self::Millimetres { .. } | Self::Steps { .. }, _) => vec![expected("数字", "a number")],
            (Self::Truth { .. }, _) => vec![expected(" true 或 false", "true or false")],
            (Self::Columns { .. }, _) => vec![expected(
                "至少一列，例如 [{ width = 20, title = \"数量\" }]",
                "at least one column, such as [{ width = 20, title = \"Quantity\" }]",
            )],
            (Self::Plain | Self::Expression | Self::Png, _) => vec![expected("带引号的文本", "a text in quotation marks")],
        }
    }
}

/// The place of a character of a text that begins at `start`.
fn within(start: Position, text: &str, character: usize) -> Position {
    let before: String = text.chars().take(character).collect();
    let lines = before.matches('\n').count();
    let behind = before.rsplit('\n').next().unwrap_or_default().chars().count();
    let (lines, behind) = (u32::try_from(lines).unwrap_or(0), u32::try_from(behind).unwrap_or(0));
    Position { line: start.line + lines, column: if lines == 0 { start.column + behind } else { behind + 1 } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source;

    const HEAD: &str = "name = \"x\"\ntitle = \"x\"\nwidth = 60\nheight = 40\n";

    fn found(text: &str) -> Vec<(Option<u32>, Option<u32>, String)> {
        let findings = check(&source::read(&format!("{HEAD}{text}")).unwrap());
        findings.into_iter().map(|f| (f.at.map(|at| at.line), f.at.map(|at| at.column), f.en)).collect()
    }

    #[test]
    fn every_mistake_is_told_at_its_line_and_column() {
        let text = "[[element]]\nkind = \"text\"\nx = 1\ny = \"a\"\nwidth = 10\nheight = 10\nsize = 4\ntext = \"{n\"\ncolour = \"red\"\n[[element]]\nkind = \"circle\"\n";
        let said = found(text);
        assert_eq!(said.len(), 4, "{said:?}");
        assert_eq!(said[0], (Some(8), Some(6), "Must be a number.".into()));
        assert_eq!((said[1].0, said[1].1), (Some(12), Some(9)));
        assert!(said[2].2.contains("colour") && said[2].0 == Some(13) && said[2].1 == Some(1));
        assert!(said[3].2.contains("kind") && said[3].0 == Some(15));
    }

    #[test]
    fn missing_keys_and_values_out_of_range_are_told() {
        let said = found("[[element]]\nkind = \"frame\"\nx = 1\ny = 1\nwidth = 10\nheight = 9000\n");
        assert!(said.iter().any(|(line, _, en)| *line == Some(10) && en.contains("0 to 600")), "{said:?}");
        assert!(said.iter().any(|(.., en)| en.contains("\"line\"")), "{said:?}");
        assert!(check(&source::read("{}").unwrap()).len() >= 4);
        assert!(found("element = 3\n").iter().any(|(.., en)| en.contains("list")));
    }

    #[test]
    fn places_inside_long_texts_are_found() {
        let said =
            found("[[element]]\nkind = \"text\"\nx = 1\ny = 1\nwidth = 10\nheight = 10\nsize = 4\ntext = \"\"\"\nfirst\nsecond }\"\"\"\n");
        assert_eq!((said[0].0, said[0].1), (Some(14), Some(8)), "{said:?}");
    }

    #[test]
    fn chinese_findings_name_keys_and_values_as_the_form_does() {
        let text = format!(
            "{HEAD}[[element]]\nkind = \"barcode\"\ny = 1\nwidth = 10\nheight = 10\nsymbology = \"qr\"\ntext = \"a\"\npurpose = \"shop\"\n\
             [[element]]\nkind = \"circle\"\n"
        );
        let said: Vec<String> = check(&source::read(&text).unwrap()).into_iter().map(|finding| finding.zh).collect();
        assert!(said[0].starts_with("应为其中之一：本连锁内部使用、零售收银"), "{said:?}");
        assert_eq!((said[1].as_str(), said[2].as_str()), ("缺少“左”。", "“类型”应为：文字、条码、黑块、方框、线、图片、表格。"));
    }

    #[test]
    fn pictures_together_are_bounded() {
        let png = image::GrayImage::new(3_000, 3_000);
        let mut bytes = std::io::Cursor::new(Vec::new());
        png.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        let picture = format!(
            "[[element]]\nkind = \"image\"\nx = 1\ny = 1\nwidth = 10\nheight = 10\npng = \"{}\"\n",
            data_encoding::BASE64.encode(&bytes.into_inner())
        );
        assert_eq!(found(&picture), []);
        let said = found(&picture.repeat(2));
        assert!(matches!(&said[..], [(.., en)] if en.contains("16 million pixels")), "{said:?}");
    }
}
