//! What configurations come to: the trade's own examples to the fen, and what holds whatever is chosen.

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use proptest::prelude::*;
use qitao_domain::quantity::Quantity;
use serde_json::{Value as Json, json};

use super::check::ready;
use super::model::{Configuration, OptionModel, Priced, Violation};
use super::rules::{Known, price};
use super::store;
use super::{Number, Ready};
use crate::db::Db;
use crate::db::rig::scratch;

const DAY: Date = date(2026, 5, 1);

fn model(document: Json) -> Ready {
    let model: OptionModel = serde_json::from_value(document).unwrap();
    ready("sample", 7, &model).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn asked(parameters: &[(&str, &str)], options: &[(&str, &str)]) -> Configuration {
    Configuration {
        parameters: parameters.iter().map(|(code, value)| ((*code).to_owned(), Number::read(value).unwrap())).collect(),
        options: options.iter().map(|(code, option)| ((*code).to_owned(), (*option).to_owned())).collect(),
        ..Configuration::default()
    }
}

fn priced(ready: &Ready, parameters: &[(&str, &str)], options: &[(&str, &str)]) -> Result<Priced, Vec<Violation>> {
    price(ready, "ITEM", &asked(parameters, options), &Known::default(), DAY)
}

fn fields(result: Result<Priced, Vec<Violation>>) -> Vec<(String, &'static str)> {
    result.unwrap_err().into_iter().map(|violation| (violation.field, violation.rule)).collect()
}

/// A model as the hub comes with it.
async fn delivered(code: &str) -> Ready {
    let scratch = scratch().await;
    let db = Db::open(scratch.url()).await.unwrap();
    store::find(db.read(), code).await.unwrap().unwrap()
}

#[tokio::test]
async fn curtains_cost_what_the_trade_says() {
    let curtain = delivered("curtain").await;
    // A window of 3 m and 0.2 m over, 45 a metre, twice as much cloth: 45 × 3.2 × 2 = 288.
    let by_height = priced(&curtain, &[("width", "3")], &[("cloth", "fixed_height")]).unwrap();
    assert_eq!((by_height.total_fen, by_height.terms.len()), (28_800, 1));
    assert_eq!(by_height.terms[0].worked, "(3 + 0.2) * 2 * 45");
    // Cloth of 1.45 m: ceil(3.2 × 2 ÷ 1.45) = 5 panels, each 2.6 + 0.25 m long, 38 a metre.
    let by_width = priced(&curtain, &[("width", "3")], &[("cloth", "fixed_width"), ("track", "straight")]).unwrap();
    assert_eq!(by_width.terms.iter().map(|term| term.amount_fen).collect::<Vec<_>>(), [54_150, 10_500]);
    assert_eq!(by_width.configuration.version, 1);
    let words: Vec<&str> = by_width.details.iter().map(|detail| detail.value.as_str()).collect();
    assert_eq!(words, ["3 m", "2.6 m", "定宽布 1.45 m", "2 倍", "静音直轨"]);
    // Cloth of 2.8 m is not high enough for everything, and a rod not long enough.
    let too_high = priced(&curtain, &[("width", "3"), ("height", "2.8")], &[("cloth", "fixed_height")]);
    assert_eq!(fields(too_high), [("options.cloth".to_owned(), "option_allowed")]);
    let too_wide = priced(&curtain, &[("width", "6.5")], &[("cloth", "fixed_width"), ("track", "rod")]);
    assert_eq!(fields(too_wide), [("options.track".to_owned(), "constraint")]);
}

#[tokio::test]
async fn a_cabinet_costs_its_projected_area() {
    let wardrobe = delivered("wardrobe").await;
    // 779 × 1367 × 740: 1.0649 m² at 1000.
    let measures = [("width", "779"), ("height", "1367"), ("depth", "740")];
    let cabinet = priced(&wardrobe, &measures, &[]).unwrap();
    assert_eq!((cabinet.total_fen, cabinet.terms[0].amount_fen), (106_490, 106_490));
    assert_eq!(cabinet.parts, [("ITEM".to_owned(), Quantity::ONE)], "without goods of its own it is the item that is picked");
    assert_eq!(fields(priced(&wardrobe, &measures, &[("door", "sliding")])), [("options.door".to_owned(), "option_allowed")]);
}

fn shelves() -> Json {
    json!({"title": "层架", "kind": "non_standard", "items": [],
        "parameters": [{"code": "width", "title": "宽", "unit": "mm", "min": "300", "max": "1200", "step": "50", "default": "600"}],
        "sizes": [{"title": "标准 600", "values": {"width": "600"}}],
        "categories": [
            {"code": "board", "title": "板", "options": [
                {"code": "oak", "title": "橡木", "item": "B-OAK", "values": {"loss": "1.1"}},
                {"code": "pine", "title": "松木", "item": "B-PINE", "values": {"loss": "1.05"}},
                {"code": "old", "title": "老款", "active": false}]},
            {"code": "light", "title": "灯带", "required": false, "default": "led", "options": [{"code": "led", "title": "LED", "item": "LED"}]}],
        "terms": [
            {"code": "list", "title": "标准价", "formula": "item_price", "when": "standard"},
            {"code": "size", "title": "非标", "formula": "item_price * width / 600 * 1.1", "when": "!standard"},
            {"code": "board", "title": "板材", "formula": "board.price * width / 1000 * board.loss"},
            {"code": "light", "title": "灯带", "formula": "light.price", "when": "light.code != ''"}],
        "constraints": [{"rule": "width <= 900 || board.code == 'oak'", "message": "超过 900 要用橡木"}],
        "parts": [
            {"item": "SIDE", "quantity": "2"},
            {"category": "board", "quantity": "width / 1000 * board.loss"},
            {"category": "light", "quantity": "1"}]})
}

fn known() -> Known {
    let goods = [("B-OAK", 33_333), ("B-PINE", 10_000), ("LED", 4_990)];
    Known { item: Some(19_900), parts: None, goods: goods.into_iter().map(|(code, fen)| (code.to_owned(), fen)).collect() }
}

#[test]
fn a_size_beside_the_standard_ones_is_priced_by_its_formula_and_goods_by_their_lists() {
    let shelves = model(shelves());
    let standard = price(&shelves, "S", &asked(&[], &[("board", "oak")]), &known(), DAY).unwrap();
    let amounts = |priced: &Priced| priced.terms.iter().map(|term| (term.code.clone(), term.amount_fen)).collect::<Vec<_>>();
    let term = |code: &str, fen| (code.to_owned(), fen);
    // 333.33 × 0.6 × 1.1 = 219.9978.
    assert_eq!(amounts(&standard), [term("list", 19_900), term("board", 22_000), term("light", 4_990)]);
    assert_eq!(
        standard.parts,
        [("SIDE", "2"), ("B-OAK", "0.66"), ("LED", "1")].map(|(code, many)| (code.to_owned(), many.parse().unwrap()))
    );
    let other = price(&shelves, "S", &asked(&[("width", "650")], &[("board", "oak"), ("light", "")]), &known(), DAY).unwrap();
    // 199 × 650 ÷ 600 × 1.1 = 237.1416…; 333.33 × 0.65 × 1.1 = 238.33095.
    assert_eq!(amounts(&other), [term("size", 23_714), term("board", 23_833)]);
    assert_eq!(other.parts[1].1, "0.715".parse().unwrap(), "a light that was left out is no default");
    assert_eq!(other.details[0].value, "650 mm");
    assert_eq!(standard.details[0].value, "标准 600");
}

#[test]
fn everything_that_stands_against_a_configuration_is_named_at_its_field() {
    let shelves = model(shelves());
    let of = |parameters: &[(&str, &str)], options: &[(&str, &str)], known: &Known| {
        fields(price(&shelves, "S", &asked(parameters, options), known, DAY))
    };
    let at = |all: &[(&str, &'static str)]| all.iter().map(|(field, rule)| ((*field).to_owned(), *rule)).collect::<Vec<_>>();
    assert_eq!(
        of(&[("width", "625"), ("depth", "1")], &[("board", "old"), ("leg", "x")], &known()),
        at(&[
            ("parameters.width", "parameter_range"),
            ("parameters.depth", "parameter_exists"),
            ("options.board", "option_exists"),
            ("options.leg", "category_exists"),
        ])
    );
    assert_eq!(of(&[("width", "1250")], &[], &known()), at(&[("parameters.width", "parameter_range"), ("options.board", "option_needed")]));
    assert_eq!(of(&[("width", "1000")], &[("board", "pine")], &known()), at(&[("parameters.width", "constraint")]));
    assert_eq!(of(&[], &[("board", "pine")], &Known { item: None, ..known() }), at(&[("item", "price_exists")]));
    let unknown = Known { goods: BTreeMap::from([("LED".to_owned(), 1)]), ..known() };
    assert_eq!(of(&[], &[("board", "pine")], &unknown), at(&[("options.board", "price_exists")]));
}

#[test]
fn a_standard_model_takes_its_sizes_only_and_a_kit_comes_with_its_parts() {
    let mut bed = shelves();
    bed["kind"] = json!("standard");
    bed["parts"] = json!([]);
    let bed = model(bed);
    assert!(price(&bed, "S", &asked(&[], &[("board", "oak")]), &known(), DAY).is_ok());
    let other = price(&bed, "S", &asked(&[("width", "650")], &[("board", "oak")]), &known(), DAY);
    assert_eq!(fields(other), [("parameters.width".to_owned(), "standard_size")]);

    let kit = model(json!({"title": "餐桌椅", "kind": "kit", "categories": [{"code": "cushion", "title": "坐垫", "required": false,
            "options": [{"code": "grey", "title": "灰", "item": "CUSHION"}]}],
        "terms": [{"code": "set", "title": "套装价（部件合计 9 折）", "formula": "parts_price * 0.9"},
            {"code": "cushion", "title": "坐垫", "formula": "cushion.price * 4", "when": "cushion.code != ''"}],
        "parts": [{"category": "cushion", "quantity": "4"}]}));
    let known = Known { parts: Some(333_335), goods: BTreeMap::from([("CUSHION".to_owned(), 2_550)]), item: None };
    let set = price(&kit, "TABLE-SET", &asked(&[], &[("cushion", "grey")]), &known, DAY).unwrap();
    assert_eq!(set.total_fen, 300_002 + 10_200, "3333.35 × 0.9 = 3000.015, half up");
    assert_eq!(set.parts, [("TABLE-SET".to_owned(), Quantity::ONE), ("CUSHION".to_owned(), Quantity::units(4))]);
    assert_eq!(fields(price(&kit, "T", &asked(&[], &[]), &Known::default(), DAY)), [("item".to_owned(), "price_exists")]);
}

#[test]
fn a_model_names_each_of_its_mistakes_by_its_place() {
    let wrong = |change: &dyn Fn(&mut Json)| {
        let mut document = shelves();
        change(&mut document);
        let model: OptionModel = serde_json::from_value(document).unwrap();
        ready("sample", 0, &model).unwrap_err().into_iter().map(|fault| (fault.at, fault.rule)).collect::<Vec<_>>()
    };
    let one = |at: &str, rule: &'static str| vec![(at.to_owned(), rule)];
    assert_eq!(wrong(&|model| model["title"] = json!("")), one("title", "title_length"));
    assert_eq!(wrong(&|model| model["parameters"][0]["code"] = json!("item_price"))[0], ("parameters[0].code".to_owned(), "code_shape"));
    assert_eq!(wrong(&|model| model["parameters"][0]["default"] = json!("610")), one("parameters[0].default", "default"));
    assert_eq!(wrong(&|model| model["sizes"][0]["values"] = json!({"width": "601"})), one("sizes[0].values", "size_values"));
    assert_eq!(wrong(&|model| model["categories"][1]["default"] = json!("neon")), one("categories[1].default", "default"));
    assert_eq!(wrong(&|model| model["categories"][0]["options"][0]["when"] = json!("width")), one("categories[0].options[0].when", "type"));
    assert_eq!(wrong(&|model| model["terms"][1]["formula"] = json!("item_price * heigth"))[0].0, "terms[1].formula");
    assert_eq!(wrong(&|model| model["terms"][2]["formula"] = json!("board.weight"))[0].0, "terms[2].formula");
    assert_eq!(wrong(&|model| model["terms"] = json!([])), one("terms", "terms"));
    assert_eq!(wrong(&|model| model["constraints"][0]["field"] = json!("none")), one("constraints[0].field", "field_exists"));
    assert_eq!(wrong(&|model| model["parts"][1] = json!({"category": "none", "quantity": "1"})), one("parts[1].item", "part_item"));
}

#[test]
fn numbers_are_read_exactly_or_not_at_all() {
    for (text, is) in [("2.750", Some("2.75")), ("-3", Some("-3")), ("0", Some("0")), ("1e3", None), ("", None), (".5", None), ("1.", None)]
    {
        assert_eq!(Number::read(text).map(|number| number.to_string()).as_deref(), is, "{text}");
    }
    assert_eq!(Number::read("1234567890"), None);
    assert!(serde_json::from_str::<Number>("2.5").is_err(), "a float is no exact number");
}

fn a_choice() -> impl Strategy<Value = Configuration> {
    let word = prop::sample::select(vec!["oak", "pine", "old", "led", "", "x"]);
    let parameters = prop::collection::btree_map(prop::sample::select(vec!["width", "depth"]), -500_i64..150_000, 0..3);
    let options = prop::collection::btree_map(prop::sample::select(vec!["board", "light", "leg"]), word, 0..3);
    (parameters, options).prop_map(|(parameters, options)| Configuration {
        parameters: parameters
            .into_iter()
            .map(|(code, hundredths)| {
                let text = rust_decimal::Decimal::new(hundredths, 2).to_string();
                (code.to_owned(), Number::read(&text).unwrap())
            })
            .collect(),
        options: options.into_iter().map(|(code, option)| (code.to_owned(), option.to_owned())).collect(),
        ..Configuration::default()
    })
}

fn mostly_right() -> impl Strategy<Value = Configuration> {
    (6_i64..25, prop::sample::select(vec!["oak", "pine"]), prop::sample::select(vec!["led", ""])).prop_map(|(steps, board, light)| {
        let width = (steps * 50).to_string();
        asked(&[("width", &width)], &[("board", board), ("light", light)])
    })
}

proptest! {
    #[test]
    fn a_price_is_the_sum_of_its_terms_and_the_same_each_time_it_is_asked(
        choice in prop_oneof![a_choice(), mostly_right()], item in prop::option::of(0_i64..10_000_000), board in 0_i64..10_000_000,
    ) {
        let shelves = model(shelves());
        let mut known = known();
        known.item = item;
        known.goods.insert("B-OAK".to_owned(), board);
        let first = price(&shelves, "S", &choice, &known, DAY);
        prop_assert_eq!(&first, &price(&shelves, "S", &choice, &known, DAY));
        match first {
            Ok(priced) => {
                prop_assert_eq!(priced.total_fen, priced.terms.iter().map(|term| term.amount_fen).sum::<i64>());
                prop_assert!(priced.total_fen >= 0 && priced.parts.iter().all(|(_, quantity)| quantity.is_positive()));
                // What comes back is the whole choice: asked again it is the same.
                prop_assert_eq!(price(&shelves, "S", &priced.configuration, &known, DAY), Ok(priced));
            }
            Err(violations) => {
                prop_assert!(!violations.is_empty());
                prop_assert!(violations.iter().all(|violation| !violation.field.is_empty() && !violation.zh.is_empty() && !violation.en.is_empty()));
            }
        }
    }
}
