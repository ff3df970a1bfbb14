//! YAML text to nodes that know where they stand. Owns the limits against hostile files; knows nothing of the catalog.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;
use serde_saphyr::{
    Spanned, UserMessageFormatter,
    options::{DuplicateKeyPolicy, NonFiniteFloatPolicy},
};

use super::{documents::Chunk, problem::Place};

/// The largest file that is read. Real catalog files have some kilobytes; GitHub's contents API serves up to 1 MiB inline.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;
/// Nesting of lists and maps; real descriptors stay below ten. Bounds the stack together with `MAX_ALIAS_NESTING`.
const MAX_DEPTH: usize = 24;
/// Aliases inside what aliases stand for: each level can add `MAX_DEPTH` to the nesting of the expanded tree.
const MAX_ALIAS_NESTING: usize = 3;
/// Nodes that aliases may add in one document, which is what a "billion laughs" file needs millions of.
const MAX_EXPANDED_NODES: usize = 10_000;

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) data: Data,
    pub(super) place: Place,
}

/// What a node holds.
#[derive(Debug)]
pub(super) enum Data {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of a map and where it stands.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) place: Place,
}

/// Why a document could not be read.
#[derive(Debug)]
pub(super) struct SyntaxError {
    pub(super) place: Place,
    pub(super) message: String,
}

/// Reads one document; places count from the start of the file.
pub(super) fn read(chunk: &Chunk<'_>) -> Result<Node, SyntaxError> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: MAX_DEPTH, max_documents: 1 },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: MAX_EXPANDED_NODES,
            max_replay_stack_depth: MAX_ALIAS_NESTING,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        // As Backstage reads it (YAML 1.2): `on`, `yes` and `no` are words.
        strict_booleans: true,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        with_snippet: false,
    };
    let mut node: Node = serde_saphyr::from_str_with_options(chunk.text, options).map_err(|error| {
        let place = error.location().map_or(Place::START, place_of);
        SyntaxError {
            place: moved(place, chunk.lines_before),
            message: message_of(&error),
        }
    })?;
    node.move_down(chunk.lines_before);
    Ok(node)
}

fn place_of(location: serde_saphyr::Location) -> Place {
    let clamp = |n: u64| u32::try_from(n).unwrap_or(u32::MAX).max(1);
    Place {
        line: clamp(location.line()),
        column: clamp(location.column()),
    }
}

fn moved(place: Place, lines: u32) -> Place {
    Place {
        line: place.line.saturating_add(lines),
        ..place
    }
}

/// The parser's message without its own "at line …", which counts from the document and not from the file.
fn message_of(error: &serde_saphyr::Error) -> String {
    let text = error.render_with_formatter(&UserMessageFormatter);
    let first = text.lines().next().unwrap_or_default();
    first.split(" at line ").next().unwrap_or(first).trim().to_owned()
}

impl Node {
    fn move_down(&mut self, lines: u32) {
        self.place = moved(self.place, lines);
        match &mut self.data {
            Data::List(items) => items.iter_mut().for_each(|item| item.move_down(lines)),
            Data::Map(entries) => {
                for (key, value) in entries {
                    key.place = moved(key.place, lines);
                    value.move_down(lines);
                }
            }
            Data::Null | Data::Bool(_) | Data::Number(_) | Data::Text(_) => {}
        }
    }

    /// The value under a key; a key whose value is null counts as absent.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).filter(|value| !value.is_null())
    }

    /// The value under a key, whatever it is.
    pub(super) fn entry(&self, key: &str) -> Option<&Self> {
        let mut entries = self.entries().iter();
        entries
            .find(|(known, _)| known.text == key)
            .map(|(_, value)| value)
    }

    /// One entry of a list.
    pub(super) fn item(&self, index: usize) -> Option<&Self> {
        match &self.data {
            Data::List(items) => items.get(index),
            _ => None,
        }
    }

    /// The entries of a map; nothing for any other value.
    pub(super) fn entries(&self) -> &[(Key, Self)] {
        if let Data::Map(entries) = &self.data {
            entries
        } else {
            &[]
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// Whether it is a text of nothing.
    pub(super) fn is_blank(&self) -> bool {
        self.text().is_some_and(|text| text.trim().is_empty())
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Data::Text(text) = &self.data {
            Some(text)
        } else {
            None
        }
    }

    /// The text of any scalar: `1` and `true` without quotes are taken as they are written in JSON.
    pub(super) fn scalar_text(&self) -> Option<String> {
        match &self.data {
            Data::Text(text) => Some(text.clone()),
            Data::Number(number) => Some(number.to_string()),
            Data::Bool(value) => Some(value.to_string()),
            Data::Null | Data::List(_) | Data::Map(_) => None,
        }
    }

    /// "a list", "a number" …: for messages.
    pub(super) fn what(&self) -> &'static str {
        match self.data {
            Data::Null => "empty",
            Data::Bool(_) => "a boolean",
            Data::Number(_) => "a number",
            Data::Text(_) => "a text",
            Data::List(_) => "a list",
            Data::Map(_) => "a map",
        }
    }

    /// The same value without places.
    pub(super) fn to_json(&self) -> Value {
        match &self.data {
            Data::Null => Value::Null,
            Data::Bool(value) => Value::Bool(*value),
            Data::Number(number) => Value::Number(number.clone()),
            Data::Text(text) => Value::String(text.clone()),
            Data::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Data::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|(key, value)| (key.text.clone(), value.to_json()))
                    .collect(),
            ),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Data>::deserialize(deserializer)?;
        Ok(Self {
            data: spanned.value,
            place: place_of(spanned.referenced),
        })
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<String>::deserialize(deserializer)?;
        Ok(Self {
            text: spanned.value,
            place: place_of(spanned.referenced),
        })
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DataVisitor)
    }
}

struct DataVisitor;

impl<'de> Visitor<'de> for DataVisitor {
    type Value = Data;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Data, E> {
        Ok(Data::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Data, E> {
        Ok(Data::Number(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Data, E> {
        Ok(Data::Number(value.into()))
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<Data, E> {
        Ok(Data::Text(value.to_string()))
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<Data, E> {
        Ok(Data::Text(value.to_string()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Data, E> {
        Ok(serde_json::Number::from_f64(value).map_or_else(|| Data::Text(value.to_string()), Data::Number))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Data, E> {
        Ok(Data::Text(value.to_owned()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Data, E> {
        Ok(Data::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Data, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Data::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Data, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Data::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::documents::documents, *};

    #[test]
    fn places_count_from_the_start_of_the_file() {
        let text = "a: 1\n---\n# note\nspec:\n  owner: [x]\n";
        let chunks = documents(text);
        let node = read(&chunks[1]).unwrap();
        let spec = node.get("spec").unwrap();
        assert_eq!(spec.entries()[0].0.place, Place { line: 5, column: 3 });
        assert_eq!(spec.get("owner").unwrap().place, Place { line: 5, column: 10 });
    }

    #[test]
    fn broken_yaml_says_where() {
        for (text, line) in [
            ("a: 1\nb: [1, 2\nc: 3\n", 3),
            ("a: 1\na: 2\n", 2),
            ("a: \"x\n", 2),
            ("a: b: c\n", 1),
        ] {
            let error = read(&documents(text)[0]).unwrap_err();
            assert_eq!(error.place.line, line, "{text:?}: {error:?}");
            assert!(
                !error.message.is_empty() && !error.message.contains(" line "),
                "{error:?}"
            );
        }
    }

    #[test]
    fn bombs_are_refused() {
        let row = |level: u32| vec![format!("*a{}", level - 1); 10].join(", ");
        let mut laughs = vec!["a0: &a0 [x, x, x, x, x, x, x, x, x, x]".to_owned()];
        laughs.extend((1..9).map(|level| format!("a{level}: &a{level} [{}]", row(level))));
        let laughs = laughs.join("\n");
        assert!(read(&documents(&laughs)[0]).is_err());
        let deep = "[".repeat(5_000) + &"]".repeat(5_000);
        assert!(read(&documents(&deep)[0]).is_err());
        let (open, close) = ("[".repeat(20), "]".repeat(20));
        let mut nested = vec![format!("a0: &a0 {open}x{close}")];
        nested.extend((1..40).map(|level| format!("a{level}: &a{level} {open}*a{}{close}", level - 1)));
        let nested = nested.join("\n");
        assert!(read(&documents(&nested)[0]).is_err());
    }

    #[test]
    fn scalars_are_read_as_yaml_1_2() {
        let node =
            read(&documents("a: on\nb: true\nc: 1.10\nd: 2024-01-01\ne: ~\nf: .inf\ng: 0x10\n")[0]).unwrap();
        assert_eq!(
            node.to_json(),
            serde_json::json!({"a": "on", "b": true, "c": 1.1, "d": "2024-01-01", "e": null, "f": ".inf", "g": 16})
        );
    }
}
