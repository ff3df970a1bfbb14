//! One way to write JSON: what a hash is made of must not depend on who wrote it down.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// Deeper than anything Fairway writes. What lies below is taken as it stands, so that nobody can stop the trail with it.
const MAX_DEPTH: u8 = 64;

/// JSON without spaces, the names of every object in the order of their bytes, texts escaped as little as JSON allows, and
/// numbers digit by digit as they stand. A text that is no JSON is given back as it is.
///
/// ```
/// # use domain::trail::canonical_json;
/// assert_eq!(canonical_json(r#"{"b": 1.50, "a": ["\u00fc", null]}"#), r#"{"a":["ü",null],"b":1.50}"#);
/// ```
pub fn canonical_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    write(text.trim(), MAX_DEPTH, &mut out);
    out
}

fn write(text: &str, depth: u8, out: &mut String) {
    let written = match text.as_bytes().first() {
        Some(b'{') if depth > 0 => write_object(text, depth, out),
        Some(b'[') if depth > 0 => write_array(text, depth, out),
        Some(b'"') => write_text(text, out),
        _ => None,
    };
    if written.is_none() {
        out.push_str(text);
    }
}

/// `None`, with nothing written, when the text is no object.
fn write_object(text: &str, depth: u8, out: &mut String) -> Option<()> {
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    out.push('{');
    for (index, (name, value)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push_text(out, name);
        out.push(':');
        write(value.get(), depth - 1, out);
    }
    out.push('}');
    Some(())
}

fn write_array(text: &str, depth: u8, out: &mut String) -> Option<()> {
    let values: Vec<&RawValue> = serde_json::from_str(text).ok()?;
    out.push('[');
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(value.get(), depth - 1, out);
    }
    out.push(']');
    Some(())
}

fn write_text(text: &str, out: &mut String) -> Option<()> {
    let decoded: String = serde_json::from_str(text).ok()?;
    push_text(out, &decoded);
    Some(())
}

/// A text as JSON writes it, with its quotes.
pub(super) fn push_text(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

/// An object in the making whose fields come in the order of their names; what has no value is left out, so that nothing
/// and `null` are two things.
pub(super) struct Object(String);

impl Object {
    pub fn new() -> Self {
        Self(String::from("{"))
    }

    /// Adds a text.
    pub fn text(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.name(name);
            push_text(&mut self.0, value);
        }
        self
    }

    /// Adds JSON, in its canonical form.
    pub fn json(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.name(name);
            write(value.trim(), MAX_DEPTH, &mut self.0);
        }
        self
    }

    pub fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        push_text(&mut self.0, name);
        self.0.push(':');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::canonical_json;

    #[test]
    fn one_value_has_one_form() {
        let form = r#"{"":0,"a":{"x":[1,2.50,-3e2],"y":true},"aa":"é\n\u0001","b":null}"#;
        for text in [
            form,
            r#"{"b": null, "aa": "\u00e9\n\u0001", "a": {"y": true, "x": [1, 2.50, -3e2]}, "": 0}"#,
            " { \"aa\":\"é\\u000a\\u0001\" ,\"a\":{\"x\":[ 1,2.50 ,-3e2],\"y\":true},\"\":0,\"b\":null}\n",
        ] {
            assert_eq!(canonical_json(text), form);
        }
    }

    #[test]
    fn numbers_stand_digit_by_digit() {
        for number in [
            "0.10000000000000000001",
            "1.0",
            "1.00",
            "123456789012345678901234567890",
            "-0",
        ] {
            assert_eq!(canonical_json(number), number);
        }
    }

    #[test]
    fn what_is_too_deep_or_no_json_stays_as_it_is() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(canonical_json(&deep), deep);
        for text in ["", "{", "nonsense", "\"open"] {
            assert_eq!(canonical_json(text), text);
        }
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(".{0,6}", inner, 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_form_means_the_same_and_is_its_own_form(value in values()) {
            let form = canonical_json(&serde_json::to_string_pretty(&value).unwrap());
            prop_assert_eq!(&canonical_json(&form), &form);
            prop_assert_eq!(serde_json::from_str::<Value>(&form).unwrap(), value);
        }
    }
}
