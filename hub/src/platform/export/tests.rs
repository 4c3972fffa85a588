//! The words of the lists.

use super::columns::{Chosen, columns};
use super::lists::{Filters, List};
use super::sheet::Out;
use crate::http::problem::Language;

#[test]
fn every_list_has_its_word_its_columns_in_both_languages_and_its_filters() {
    for list in List::ALL {
        assert_eq!(List::of_word(list.word()), Some(list));
        assert_eq!(serde_json::to_value(list).unwrap(), list.word());
        let all = columns(list, &[]);
        let words: std::collections::HashSet<_> = all.iter().map(|column| column.id.clone()).collect();
        assert_eq!(words.len(), all.len(), "{list:?}");
        for language in [Language::Chinese, Language::English] {
            assert!(all.iter().all(|column| !column.title.in_language(language).is_empty()), "{list:?}");
        }
        let filters = Filters { task: Some(1), ..Filters::default() };
        assert_eq!(list.check(&filters).is_ok(), list == List::Movements);
    }
}

#[test]
fn columns_are_chosen_by_their_words_in_any_order_and_once() {
    let all = columns(List::Locations, &[]);
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
