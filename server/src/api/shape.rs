//! What is wrong with the shape of an input: unknown, missing and mistyped fields, all of them, in our own words.
//!
//! The rules are those of the API's document, so what it describes is what is accepted. Looked at only where the input
//! was refused. What is wrong is replaced by a stand-in, so that the rules of the domain can say what is wrong beside.

mod values;

use std::collections::BTreeMap;

use domain::error::FieldErrors;
use serde_json::{Map, Value, json};
use utoipa::{
    IntoParams, ToSchema,
    openapi::{
        RefOr, Required,
        path::{Parameter, ParameterIn},
        schema::Schema,
    },
};

use self::values::{kind_of, words, wrong_number, wrong_text};

/// The most that is said of one input; whoever sent more than this mistook the address.
const MOST_ERRORS: usize = 50;

/// The most of a sender's own name for a field that is repeated.
const LONGEST_NAME: usize = 100;

/// What fits any text field, so that only the domain's rules speak of it.
const TEXT: &str = "?";

/// A body without what is wrong with it, and that.
pub(super) fn of_body<T: ToSchema>(body: Value) -> (Value, FieldErrors) {
    let mut schemas = Vec::new();
    T::schemas(&mut schemas);
    check(&json!(T::schema()), schemas, body, Kind::Body)
}

/// A query's pairs without what is wrong with them, and that.
pub(super) fn of_query<T: IntoParams>(query: &str) -> (Vec<(String, String)>, FieldErrors) {
    let parameters = T::into_params(|| Some(ParameterIn::Query));
    let mut errors = FieldErrors::new();
    let mut values = Map::new();
    for (name, text) in url::form_urlencoded::parse(query.as_bytes()) {
        if values.contains_key(&*name) {
            errors.add(short(&name), "give it once");
        } else {
            values.insert(name.into_owned(), text.into_owned().into());
        }
    }
    let (rest, wrong) = check(
        &object_of(&parameters),
        Vec::new(),
        Value::Object(values),
        Kind::Query,
    );
    errors.0.extend(wrong.0);
    let rest = rest.as_object().cloned().unwrap_or_default();
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let pairs = rest.into_iter().map(|(name, value)| (name, text(value)));
    (pairs.collect(), errors)
}

/// Parameters as the fields of an object.
fn object_of(parameters: &[Parameter]) -> Value {
    let properties: Map<String, Value> = parameters
        .iter()
        .map(|parameter| (parameter.name.clone(), json!(parameter.schema)))
        .collect();
    let required: Vec<&str> = parameters
        .iter()
        .filter(|parameter| parameter.required == Required::True)
        .map(|parameter| parameter.name.as_str())
        .collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn check(
    schema: &Value,
    known: Vec<(String, RefOr<Schema>)>,
    mut value: Value,
    kind: Kind,
) -> (Value, FieldErrors) {
    let mut checker = Checker {
        kind,
        known: known
            .into_iter()
            .map(|(name, schema)| (name, json!(schema)))
            .collect(),
        errors: FieldErrors::new(),
    };
    checker.value(schema, &mut value, "");
    (value, checker.errors)
}

/// What is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Body,
    /// Every value is a text that stands for one of its parameter's type.
    Query,
}

struct Checker {
    kind: Kind,
    /// Schemas by the name that others refer to them with.
    known: BTreeMap<String, Value>,
    errors: FieldErrors,
}

impl Checker {
    /// Checks a value in place; false where it had to be replaced.
    fn value(&mut self, schema: &Value, value: &mut Value, path: &str) -> bool {
        let (schema, nullable) = self.resolved(schema);
        if nullable && value.is_null() {
            return true;
        }
        match kind_of(&schema) {
            "object" if value.is_object() => {
                self.object(&schema, value, path);
                return true;
            }
            "array" if value.is_array() => {
                for (index, item) in value.as_array_mut().into_iter().flatten().enumerate() {
                    self.value(&schema["items"], item, &format!("{path}[{index}]"));
                }
                return true;
            }
            _ => {}
        }
        let Some(wrong) = self.wrong(&schema, value) else {
            return true;
        };
        self.add(path, wrong);
        // Of nothing but a stand-in, nothing more can be said.
        *value = if path.is_empty() {
            Value::Null
        } else {
            self.stand_in(&schema)
        };
        false
    }

    fn object(&mut self, schema: &Value, value: &mut Value, path: &str) {
        let (Some(properties), Some(fields)) = (schema["properties"].as_object(), value.as_object_mut())
        else {
            return;
        };
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if schema["additionalProperties"] == false {
            let unknown: Vec<String> = fields
                .keys()
                .filter(|name| !properties.contains_key(*name))
                .cloned()
                .collect();
            for name in unknown {
                fields.remove(&name);
                let names: Vec<&str> = properties.keys().map(String::as_str).collect();
                let what = self.what();
                self.add(
                    &below(path, &name),
                    format!("there is no such {what}; known are {}", names.join(", ")),
                );
            }
        }
        for (name, schema) in properties {
            let (path, is_required) = (below(path, name), required.contains(&name.as_str()));
            match fields.get_mut(name) {
                Some(value) => {
                    let kept = self.value(schema, value, &path);
                    // A text stays, so that no rule takes the field for one that was left out.
                    let stays = self.kind == Kind::Body && value.is_string();
                    if !kept && !is_required && !stays {
                        fields.remove(name);
                    }
                }
                None if is_required => {
                    self.add(&path, "is missing; it must be given".into());
                    fields.insert(name.clone(), self.stand_in(&self.resolved(schema).0));
                }
                None => {}
            }
        }
    }

    /// The schema that a reference or a choice with null stands for, and whether null fits too.
    fn resolved(&self, schema: &Value) -> (Value, bool) {
        if let Some(name) = schema["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap_or(name);
            return self
                .known
                .get(name)
                .map_or((Value::Null, true), |schema| self.resolved(schema));
        }
        let choices = ["oneOf", "anyOf", "allOf"]
            .iter()
            .find_map(|key| schema[*key].as_array());
        let Some(choices) = choices else {
            let nullable = schema["type"]
                .as_array()
                .is_some_and(|types| types.iter().any(|one| one == "null"));
            return (schema.clone(), nullable);
        };
        let nullable = choices.iter().any(|choice| choice["type"] == "null");
        let value = choices.iter().find(|choice| choice["type"] != "null");
        value.map_or((Value::Null, true), |value| (self.resolved(value).0, nullable))
    }

    /// What is wrong with a value that is neither an object nor a list.
    fn wrong(&self, schema: &Value, value: &Value) -> Option<String> {
        let text = value.as_str();
        if self.kind == Kind::Query && text.is_some_and(|text| text.contains('\0')) {
            return Some("leave out the NUL character".into());
        }
        let asked = self.kind == Kind::Query;
        match kind_of(schema) {
            "string" => match text {
                None => Some(text_wanted(schema)),
                Some(text) => wrong_text(schema, text.trim()),
            },
            "integer" => {
                let number = match text.filter(|_| asked) {
                    Some(text) => text.parse().ok(),
                    None => value.as_i64(),
                };
                wrong_number(schema, number)
            }
            "number" => (!value.is_number()).then(|| "send a number".into()),
            "boolean" => {
                let is_word = asked && matches!(text, Some("true" | "false"));
                (!value.is_boolean() && !is_word).then(|| "send true or false".into())
            }
            "array" => Some("send a list in brackets: […]".into()),
            "object" => Some("send an object in braces: {…}".into()),
            _ => None,
        }
    }

    /// A value of the right type that no sender would send.
    fn stand_in(&self, schema: &Value) -> Value {
        match kind_of(schema) {
            "string" => TEXT.into(),
            "integer" => json!(schema["minimum"].as_i64().unwrap_or_default()),
            "number" => json!(0.0),
            "boolean" => false.into(),
            "array" => json!([]),
            "object" => {
                let names = schema["required"].as_array().into_iter().flatten();
                let fields = names.filter_map(Value::as_str).map(|name| {
                    let schema = self.resolved(&schema["properties"][name]).0;
                    (name.to_owned(), self.stand_in(&schema))
                });
                Value::Object(fields.collect())
            }
            _ => Value::Null,
        }
    }

    fn what(&self) -> &'static str {
        match self.kind {
            Kind::Body => "field",
            Kind::Query => "parameter",
        }
    }

    fn add(&mut self, path: &str, message: String) {
        if self.errors.0.len() < MOST_ERRORS {
            self.errors
                .add(if path.is_empty() { "body" } else { path }, message);
        }
    }
}

fn below(path: &str, name: &str) -> String {
    let name = short(name);
    if path.is_empty() {
        name
    } else {
        format!("{path}.{name}")
    }
}

fn short(name: &str) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((at, _)) => format!("{}…", &name[..at]),
        None => name.to_owned(),
    }
}

fn text_wanted(schema: &Value) -> String {
    match words(schema) {
        Some(words) => format!("send a text in quotes: one of {words}"),
        None => "send a text in quotes".into(),
    }
}
