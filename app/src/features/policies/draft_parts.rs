//! The rows of a policy's form: rules, freezes and conditions, each between what was typed and what the document says.

use domain::error::FieldErrors;
use serde_json::{Map, Value, json};

use crate::forms::Fields;

/// How a condition compares, as documents write it.
const COMPARISONS: [&str; 6] = ["is", "isNot", "above", "atLeast", "below", "atMost"];
/// What a line of a rule names.
const ELIGIBLE: [&str; 3] = ["role", "team", "user"];

/// Who may approve.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RuleDraft {
    pub name: String,
    /// A line for each.
    pub any_of: String,
    pub required: bool,
    pub approvals: String,
}

/// When nothing is deployed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FreezeDraft {
    pub name: String,
    pub zone: String,
    pub days: Vec<String>,
    pub from: String,
    pub to: String,
}

/// What follows from facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AutomaticDraft {
    /// A line for each condition.
    pub when: String,
    /// `approve`, `refuse` or `require`.
    pub then: String,
    pub approvals: String,
    pub reason: bool,
}

impl RuleDraft {
    pub fn of(rule: &Value) -> Self {
        let lines = rule["anyOf"].as_array().into_iter().flatten().map(|who| {
            let named = who.as_object().into_iter().flatten();
            let words: Vec<String> = named
                .map(|(kind, name)| format!("{kind} {}", text(Some(name))))
                .collect();
            words.join(" ")
        });
        Self {
            name: text(rule.get("name")),
            any_of: lines.collect::<Vec<_>>().join("\n"),
            required: rule["required"].as_bool().unwrap_or_default(),
            approvals: text(rule.get("approvals")),
        }
    }

    pub fn typed(fields: &Fields, row: usize) -> Option<Self> {
        let one = |name: &str| fields.get(&format!("spec.rules[{row}].{name}")).to_owned();
        let rule = Self {
            name: one("name"),
            any_of: one("anyOf"),
            required: !one("required").is_empty(),
            approvals: one("approvals"),
        };
        (rule != Self::default()).then_some(rule)
    }

    pub fn document(&self, row: usize, errors: &mut FieldErrors) -> Value {
        let field = format!("spec.rules[{row}]");
        let mut any_of = Vec::new();
        for line in lines(&self.any_of) {
            let (kind, name) = line.split_once([' ', ':', '\t']).unwrap_or((line, ""));
            if ELIGIBLE.contains(&kind) && !name.trim().is_empty() {
                any_of.push(json!({ kind: name.trim() }));
            } else {
                let message = format!(
                    "“{line}” names nobody; write a line for each, such as role approver, team payments or user lena@example.com"
                );
                errors.add(format!("{field}.anyOf"), message);
            }
        }
        let mut rule = json!({ "name": self.name, "anyOf": any_of });
        if self.required {
            rule["required"] = json!(true);
        }
        if !self.approvals.is_empty() {
            let approvals = whole(&self.approvals, &format!("{field}.approvals"), errors);
            rule["approvals"] = json!(approvals.unwrap_or(1));
        }
        rule
    }
}

impl FreezeDraft {
    pub fn of(freeze: &Value) -> Self {
        Self {
            name: text(freeze.get("name")),
            zone: text(freeze.get("timeZone")),
            days: texts(freeze.get("days")),
            from: text(freeze.get("from")),
            to: text(freeze.get("to")),
        }
    }

    pub fn typed(fields: &Fields, row: usize) -> Option<Self> {
        let name = |name: &str| format!("spec.freezes[{row}].{name}");
        let one = |field: &str| fields.get(&name(field)).to_owned();
        let days = fields.all(&name("days"));
        let freeze = Self {
            name: one("name"),
            zone: one("timeZone"),
            days: days.into_iter().map(ToOwned::to_owned).collect(),
            from: one("from"),
            to: one("to"),
        };
        // The zone is filled in beforehand.
        let is_blank = [&freeze.name, &freeze.from, &freeze.to]
            .iter()
            .all(|text| text.is_empty());
        (!is_blank || !freeze.days.is_empty()).then_some(freeze)
    }

    pub fn document(&self) -> Value {
        json!({ "name": self.name, "timeZone": self.zone, "days": self.days, "from": self.from, "to": self.to })
    }
}

impl AutomaticDraft {
    pub fn of(automatic: &Value) -> Self {
        let line = |condition: &Value| {
            let compared = condition.as_object().into_iter().flatten();
            let compared = compared.filter(|(key, _)| *key != "fact");
            let words: Vec<String> = compared
                .map(|(key, value)| format!("{key} {}", text(Some(value))))
                .collect();
            format!("{} {}", text(condition.get("fact")), words.join(" "))
        };
        let when = automatic["when"].as_array().into_iter().flatten().map(line);
        let then = &automatic["then"];
        let says = |key: &str| then[key].as_bool().unwrap_or_default();
        Self {
            when: when.collect::<Vec<_>>().join("\n"),
            then: if says("approve") {
                "approve"
            } else if says("refuse") {
                "refuse"
            } else {
                "require"
            }
            .to_owned(),
            approvals: text(then.get("minApprovals")),
            reason: says("reason"),
        }
    }

    pub fn typed(fields: &Fields, row: usize) -> Option<Self> {
        let one = |name: &str| fields.get(&format!("spec.automatic[{row}].{name}")).to_owned();
        let automatic = Self {
            when: one("when"),
            then: one("then"),
            approvals: one("minApprovals"),
            reason: !one("reason").is_empty(),
        };
        // What follows is chosen beforehand.
        let is_blank = automatic.when.is_empty() && automatic.approvals.is_empty() && !automatic.reason;
        (!is_blank).then_some(automatic)
    }

    pub fn document(&self, row: usize, errors: &mut FieldErrors) -> Value {
        let field = format!("spec.automatic[{row}]");
        let mut when = Vec::new();
        for line in lines(&self.when) {
            match condition(line) {
                Some(condition) => when.push(condition),
                None => errors.add(
                    format!("{field}.when"),
                    format!("“{line}” is no condition; write a fact, a comparison and a value, such as errorBudgetLeft above 0.5"),
                ),
            }
        }
        let mut then = Map::new();
        if matches!(self.then.as_str(), "approve" | "refuse") {
            then.insert(self.then.clone(), json!(true));
        } else {
            let approvals = whole(&self.approvals, &format!("{field}.then"), errors);
            then.insert("minApprovals".to_owned(), json!(approvals.unwrap_or(1)));
        }
        if self.reason {
            then.insert("reason".to_owned(), json!(true));
        }
        json!({ "when": when, "then": then })
    }
}

/// "errorBudgetLeft above 0.5" as documents write it.
fn condition(line: &str) -> Option<Value> {
    let mut words = line.split_whitespace();
    let (fact, compare) = (words.next()?, words.next()?);
    let value = words.collect::<Vec<_>>().join(" ");
    if value.is_empty() || !COMPARISONS.contains(&compare) {
        return None;
    }
    let value = match value.as_str() {
        "true" | "yes" => json!(true),
        "false" | "no" => json!(false),
        text => match serde_json::from_str::<Value>(text) {
            Ok(Value::Number(number)) => Value::Number(number),
            _ => json!(text),
        },
    };
    Some(json!({ "fact": fact, compare: value }))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// A whole number that a document can hold.
pub(super) fn whole(text: &str, field: &str, errors: &mut FieldErrors) -> Option<u8> {
    let number = text.parse().ok();
    if number.is_none() {
        errors.add(field, "write how many approvals, as a number from 0 to 20");
    }
    number
}

/// A value of a document as somebody types it; empty where there is none.
pub(super) fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// The values of a list.
fn texts(value: Option<&Value>) -> Vec<String> {
    let values = value.and_then(Value::as_array).into_iter().flatten();
    values.map(|value| text(Some(value))).collect()
}
