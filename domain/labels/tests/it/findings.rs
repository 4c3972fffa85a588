//! What is wrong is told before anything is printed, and whatever somebody sends is answered.

use proptest::prelude::*;
use qitao_labels::{Fields, LabelError, Missing, Template, preview, render};

const HEAD: &str = "name = \"t\"\ntitle = \"t\"\nwidth = 60\nheight = 40\n";

fn refused(elements: &str, fields: &Fields) -> String {
    let template = Template::read(&format!("{HEAD}{elements}")).unwrap();
    match render(&template, fields, 203) {
        Err(LabelError::Fix(findings)) => findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        other => panic!("{other:?}"),
    }
}

const CODE: &str = "[[element]]\nkind = \"barcode\"\nsymbology = \"code128\"\nx = 5\ny = 5\nwidth = 50\nheight = 15\ntext = \"QT-OK\"\n";

#[test]
fn ink_in_a_quiet_zone_is_told_with_both_elements() {
    let text = "[[element]]\nkind = \"bar\"\nx = 10.5\ny = 0\nwidth = 0.5\nheight = 40\n";
    let said = refused(&format!("{CODE}{text}"), &Fields::new());
    assert!(said.contains("element 1") && said.contains("Element 2 lies on Code 128") && said.contains("静区"), "{said}");
    // A frame around it with room for the quiet zone is no matter.
    let frame = "[[element]]\nkind = \"frame\"\nx = 4\ny = 4\nwidth = 52\nheight = 17\nline = 0.4\n";
    render(&Template::read(&format!("{HEAD}{CODE}{frame}")).unwrap(), &Fields::new(), 203).unwrap();
}

#[test]
fn of_many_elements_on_a_barcode_a_few_are_named() {
    let codes: String = (0..9).map(|number| CODE.replace("QT-OK", &format!("QT-{number}"))).collect();
    let said = refused(&codes, &Fields::new());
    assert_eq!(said.lines().count(), 9, "{said}");
    assert!(said.contains("Element 2, 3, 4, 5, 6… lies on Code 128") && said.contains("Element 1, 2, 3, 4, 5… lies"), "{said}");
}

#[test]
fn an_element_far_beyond_its_label_is_refused_and_one_a_little_beyond_is_told() {
    let bar = |width: u32| format!("[[element]]\nkind = \"bar\"\nx = 0\ny = 0\nwidth = {width}\nheight = 40\n");
    let said = refused(&bar(300), &Fields::new());
    assert!(said.contains("240.0 mm beyond the label") && said.contains("width") && said.contains("最多可超出"), "{said}");
    let shown = preview(&format!("{HEAD}{}", bar(70)), &Fields::new(), 203, Missing::Examples);
    assert!(shown.printable && shown.findings[0].en.contains("10.0 mm beyond"), "{:?}", shown.findings);
}

#[test]
fn a_barcode_over_the_edge_is_told_with_how_far() {
    let said = refused(&CODE.replace("x = 5", "x = 25"), &Fields::new());
    assert!(said.contains("beyond the label") && said.contains("超出标签") && said.contains("line"), "{said}");
}

#[test]
fn data_that_a_code_cannot_say_is_told_before_printing() {
    let code = CODE.replace("code128", "ean13").replace("QT-OK", "{ean}");
    let said = refused(&code, &Fields::from([("ean".to_owned(), "6901234567890".to_owned())]));
    assert!(said.contains("check digit") && said.contains("校验位") && said.contains("6901234567890"), "{said}");
    assert!(refused(&code, &Fields::new()).contains("\"ean\""));
}

#[test]
fn a_barcode_is_not_printed_without_the_field_it_is_about() {
    let fields = Fields::from([("code".to_owned(), " ".to_owned())]);
    assert!(refused(&CODE.replace("QT-OK", "QT-L-{code}"), &fields).contains("Field \"code\" is empty"));
    let template = Template::read(&format!("{HEAD}{}", CODE.replace("QT-OK", "[QT-L-{code}]"))).unwrap();
    assert!(render(&template, &Fields::new(), 203).unwrap().rows().iter().all(|byte| *byte == 0));
}

#[test]
fn a_table_with_more_rows_than_room_is_not_printed() {
    let table =
        "[[element]]\nkind = \"table\"\nx = 2\ny = 2\nwidth = 56\nheight = 20\nsize = 4\nrows = \"{rows}\"\ncolumns = [{ width = 50 }]\n";
    let rows = Fields::from([("rows".to_owned(), "a\n".repeat(9))]);
    assert!(refused(table, &rows).contains("9 rows and room for 3"), "{}", refused(table, &rows));
    // Letters are not made smaller than can be printed, and rows stand as far apart as these letters want.
    let small = table.replace("size = 4", "size = 1").replace("height = 20", "height = 10");
    assert!(refused(&small, &rows).contains("9 rows and room for 3"), "{}", refused(&small, &rows));
}

#[test]
fn labels_of_goods_have_a_place_for_the_mark_of_a_reprint() {
    for name in ["carton", "item", "logistic", "kit"] {
        let template = Template::named(name).unwrap();
        let first = render(&template, &template.examples(), 203).unwrap();
        let mut fields = template.examples();
        fields.remove("reprint");
        assert_eq!(render(&template, &fields, 203).unwrap(), first, "{name}");
        fields.insert("reprint".to_owned(), "补打".to_owned());
        assert_ne!(render(&template, &fields, 203).unwrap(), first, "{name}");
    }
}

#[test]
fn what_a_finding_shows_of_the_data_is_short() {
    let fields = Fields::from([("code".to_owned(), "柜".repeat(3_000))]);
    let said = refused(&CODE.replace("QT-OK", "{code}"), &fields);
    assert!(said.contains("Code 128") && said.len() < 1_000, "{}", said.len());
}

fn a_built_in_template() -> impl Strategy<Value = String> {
    (0..9_usize).prop_map(|number| Template::built_in()[number].to_toml())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A template with one line changed into anything: the preview answers.
    #[test]
    fn whatever_a_template_says_the_preview_answers(
        toml in a_built_in_template(),
        line in any::<prop::sample::Index>(),
        value in prop_oneof![
            "[0-9]{1,3}(\\.[0-9]{1,2})?", "-1", "1e9", "nan", "0", "\"\"", "true", "\"\\PC{0,12}\"", "\"\\{[a-z |\"0-9]{0,9}\\}\"", "\\[\\]", "\\PC{0,6}"
        ],
    ) {
        let mut lines: Vec<String> = toml.lines().map(str::to_owned).collect();
        let index = line.index(lines.len());
        if let Some((key, _)) = lines[index].clone().split_once(" = ") {
            lines[index] = format!("{key} = {value}");
        }
        let shown = preview(&lines.join("\n"), &Fields::new(), 100, Missing::Examples);
        prop_assert!(shown.printable || !shown.findings.is_empty());
        prop_assert!(shown.png.is_some() || shown.findings.iter().any(|finding| finding.at.is_some() || finding.key.is_some()));
    }

    /// Any data.
    #[test]
    fn whatever_the_data_is_it_is_drawn_or_refused(number in 0..9_usize, value in "(?s).{0,40}", which in any::<prop::sample::Index>()) {
        let template = Template::built_in().swap_remove(number);
        let mut fields = template.examples();
        let name = template.fields()[which.index(template.fields().len())].clone();
        fields.insert(name, value);
        let _ = render(&template, &fields, 203);
    }
}
