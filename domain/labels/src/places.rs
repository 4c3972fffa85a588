//! Where the parts of a template stand in the file that it came from.

use std::collections::BTreeMap;

use crate::finding::Position;
use crate::source::{Node, Value};
use crate::template::Template;

/// Places of the elements and their keys; the place under the empty key is the element's own.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Places {
    elements: Vec<BTreeMap<String, Position>>,
}

impl Places {
    pub(crate) fn of(root: &Node) -> Self {
        let elements = root.get("element").map(Node::list).unwrap_or_default().iter().map(|element| {
            let own = element.at.map(|at| (String::new(), at));
            let keys = match &element.value {
                Value::Table(entries) => entries.iter().filter_map(|(key, at, _)| Some((key.clone(), (*at)?))).collect(),
                _ => Vec::new(),
            };
            own.into_iter().chain(keys).collect()
        });
        Self { elements: elements.collect() }
    }
}

impl Template {
    /// Where an element's key stands in the file, or the element itself.
    #[must_use]
    pub fn position(&self, element: Option<usize>, key: Option<&str>) -> Option<Position> {
        let keys = self.places.elements.get(element?)?;
        key.and_then(|key| keys.get(key)).or_else(|| keys.get("")).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_and_its_keys_are_found_in_the_file() {
        let text =
            "name = \"x\"\ntitle = \"x\"\nwidth = 60\nheight = 40\n\n[[element]]\nkind = \"bar\"\nx = 1\ny = 1\nwidth = 9\nheight = 9\n";
        let template = Template::read(text).unwrap();
        assert_eq!(template.position(Some(0), Some("width")), Some(Position { line: 10, column: 1 }));
        assert_eq!(template.position(Some(0), Some("nothing")).map(|at| at.line), Some(6));
    }
}
