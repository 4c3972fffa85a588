//! The words of the lists.

use super::Filters;
use super::columns::{Chosen, columns};
use super::sheet::Out;
use crate::http::problem::Language;
use crate::state::exportables;
use crate::warehouse;

fn filters(json: serde_json::Value) -> Filters {
    serde_json::from_value(json).unwrap()
}

#[test]
fn every_list_has_its_own_word_its_columns_in_both_languages_and_its_filters() {
    let mut words = std::collections::HashSet::new();
    for list in exportables().all() {
        let word = list.word();
        assert!(words.insert(word), "{word} twice");
        let all = columns(list.as_ref(), &[]);
        let ids: std::collections::HashSet<_> = all.iter().map(|column| column.id.clone()).collect();
        assert_eq!(ids.len(), all.len(), "{word}");
        for language in [Language::Chinese, Language::English] {
            assert!(
                !list.title().in_language(language).is_empty() && all.iter().all(|column| !column.title.in_language(language).is_empty())
            );
        }
        let of_a_task = filters(serde_json::json!({"task": 1}));
        assert_eq!(of_a_task.check(list.as_ref()).is_ok(), word == "movements", "{word}");
        let by_colour = filters(serde_json::json!({"custom.colour": "red"}));
        assert_eq!(by_colour.check(list.as_ref()).is_ok(), list.subject().is_some(), "{word}");
    }
}

#[test]
fn filters_are_read_as_the_parameters_of_the_page_and_a_wrong_value_is_named() {
    let read = |json| filters(json).read::<crate::sales::orders::api::OrderQuery>();
    let asked = read(serde_json::json!({"customer": 7, "late": true, "state": "confirmed", "q": null})).unwrap();
    assert_eq!((asked.customer, asked.late, asked.state.as_deref(), asked.q), (Some(7), Some(true), Some("confirmed"), None));
    assert_eq!(read(serde_json::json!({"customer": "7"})).unwrap().customer, Some(7));
    let refused = read(serde_json::json!({"q": "x", "customer": "seven"})).unwrap_err();
    assert_eq!((refused.rule(), &refused.body(Language::English)["field"]), ("export_filter", &serde_json::json!("filters.customer")));
    let refused = filters(serde_json::json!({"q": ["x"]})).check(&warehouse::sheet::Locations).unwrap_err();
    assert_eq!(refused.rule(), "export_filter");
}

#[test]
fn columns_are_chosen_by_their_words_in_any_order_and_once() {
    let all = columns(&warehouse::sheet::Locations, &[]);
    let of = |wanted: &[&str]| Chosen::of(&all, Some(&wanted.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>()));
    let chosen = of(&["on_hand", "code"]).unwrap();
    assert_eq!(chosen.heading(&all, Language::English), ["On hand", "Location"]);
    let row = || vec![Out::Text("SH01".into()), Out::Text("A-1".into()), Out::Empty, Out::Empty, Out::Whole(7)];
    assert_eq!(chosen.cells(row()), [Out::Whole(7), Out::Text("A-1".into())]);
    assert_eq!(Chosen::of(&all, None).unwrap().cells(row()), row());
    for (wanted, rule) in
        [(&["code", "nothing"][..], "export_column"), (&["code", "code"][..], "export_column_once"), (&[][..], "export_columns")]
    {
        assert_eq!(of(wanted).unwrap_err().rule(), rule);
    }
}
