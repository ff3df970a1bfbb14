//! The inputs of a workflow: what they may be called, what their values may hold, and what a workflow cannot do without.

use std::collections::BTreeMap;

use super::{DELIVERY_INPUT, PLACEHOLDERS, order};
use crate::error::FieldErrors;

/// GitHub takes 25 inputs, one of which is [`DELIVERY_INPUT`].
const MOST_INPUTS: usize = 24;
/// What the field is called.
const FIELD: &str = "inputs";

/// Inputs that tell a workflow all that an order says, a line for each.
pub fn whole_inputs() -> String {
    PLACEHOLDERS.map(|name| format!("{name}={{{name}}}")).join("\n")
}

/// Refuses inputs from which a workflow does not learn what is ordered: it would deploy when it is to back up, or another commit
/// than the one that people decided on, and nobody could report what became of it.
fn check_told(inputs: &BTreeMap<String, String>, errors: &mut FieldErrors) {
    let says = |name: &str| {
        let placeholder = format!("{{{name}}}");
        inputs.values().any(|value| value.contains(&placeholder))
    };
    if !says("act") {
        errors.add(
            FIELD,
            "one has to hold {act}, for example act={act}: the same workflow backs up, deploys, rolls back and stops",
        );
    }
    if !says("key") {
        errors.add(
            FIELD,
            "one has to hold {key}, for example key={key}: reports of what became of an order name it",
        );
    }
    if !says("commit") && !says("digest") {
        errors.add(
            FIELD,
            "one has to hold {commit} or {digest}, for example commit={commit}: else the workflow deploys what its branch holds, \
             not what people decided on",
        );
    }
}

/// Reads a line `name=value` for each input.
pub(super) fn parse(text: &str, errors: &mut FieldErrors) -> BTreeMap<String, String> {
    let mut inputs = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let Some((name, value)) = line.split_once('=') else {
            errors.add(FIELD, "write a line for each input: name=value");
            return inputs;
        };
        let (name, value) = (name.trim(), value.trim());
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !is_name || name == DELIVERY_INPUT {
            errors.add(
                FIELD,
                format!("{name:?} is no name of an input of yours; {DELIVERY_INPUT} is sent by itself"),
            );
        } else if let Some(unknown) = order::unknown_placeholder(value) {
            errors.add(
                FIELD,
                format!(
                    "{{{unknown}}} stands for nothing; use {}",
                    PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(" ")
                ),
            );
        } else if inputs.insert(name.to_owned(), value.to_owned()).is_some() {
            errors.add(FIELD, format!("{name} stands there twice; keep one of the lines"));
        }
    }
    if inputs.len() > MOST_INPUTS {
        errors.add(
            FIELD,
            format!("GitHub takes {MOST_INPUTS} inputs beside its own; leave some out"),
        );
    }
    if !errors.names(FIELD) {
        check_told(&inputs, errors);
    }
    inputs
}
