//! The words of the lists.

use super::lists::{Filters, List};
use crate::http::problem::Language;

#[test]
fn every_list_has_its_word_its_columns_in_both_languages_and_its_filters() {
    for list in List::ALL {
        assert_eq!(List::of_word(list.word()), Some(list));
        assert_eq!(serde_json::to_value(list).unwrap(), list.word());
        assert_eq!(list.heading(Language::Chinese).len(), list.heading(Language::English).len());
        let filters = Filters { task: Some(1), ..Filters::default() };
        assert_eq!(list.check(&filters).is_ok(), list == List::Movements);
    }
}
