//! YAML documents of any form, each with where its fields stand: for what other modules read by rules of their own.

use serde_json::Value;

use super::{
    documents::documents,
    problem::{Level, Place, Problem},
    yaml::{self, Node},
};

/// One document of a file.
pub(crate) struct PlacedDocument(Node);

impl PlacedDocument {
    /// Reads every document of a text; of one that is no YAML it is said where.
    pub(crate) fn read_all(text: &str) -> Vec<Result<Self, Problem>> {
        let read = |chunk| {
            yaml::read(&chunk).map(Self).map_err(|error| Problem {
                level: Level::Error,
                place: error.place,
                field: String::new(),
                message: error.message,
            })
        };
        documents(text).into_iter().map(read).collect()
    }

    /// What it says, without places.
    pub(crate) fn to_json(&self) -> Value {
        self.0.to_json()
    }

    /// Where a field stands, for example `spec.rules[0].anyOf`; of one that is not there, what it should stand in.
    pub(crate) fn place_of(&self, field: &str) -> Place {
        let mut node = &self.0;
        for part in field.split(['.', '[']) {
            let below = match part.strip_suffix(']') {
                Some(index) => index.parse().ok().and_then(|index: usize| node.item(index)),
                None => node.entry(part),
            };
            match below {
                Some(below) => node = below,
                None => break,
            }
        }
        node.place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_where_it_stands_in_the_file() {
        let text = "a: 1\n---\nspec:\n  rules:\n    - name: x\n      anyOf: [{role: y}]\n";
        let documents = PlacedDocument::read_all(text);
        let document = documents[1].as_ref().ok().unwrap();
        let at = |field: &str| {
            let place = document.place_of(field);
            (place.line, place.column)
        };
        assert_eq!(at("spec.rules[0].name"), (5, 13));
        assert_eq!(at("spec.rules[0].anyOf[0].role"), (6, 22));
        assert_eq!(at("spec.rules[0].anyOf[7].role"), at("spec.rules[0].anyOf"));
        assert_eq!(at("document"), at(""));
        assert_eq!(document.to_json()["spec"]["rules"][0]["name"], "x");
    }

    #[test]
    fn a_document_that_cannot_be_read_says_where() {
        let problems: Vec<u32> = PlacedDocument::read_all("a: 1\n---\nb: [1\nc: 2\n---\nd: 3\n")
            .into_iter()
            .filter_map(|document| Some(document.err()?.place.line))
            .collect();
        assert_eq!(problems.len(), 1);
        assert!((3..=5).contains(&problems[0]), "{problems:?}");
    }
}
