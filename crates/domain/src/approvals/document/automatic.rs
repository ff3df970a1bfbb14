//! Automatic conditions as documents write them.

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use super::{MOST_APPROVALS, choose_from};
use crate::{
    approvals::{Automatic, Compare, Condition, FactKind, FactName, FactValue, Then},
    error::FieldErrors,
};

/// Conditions and what follows, as they are written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawAutomatic {
    when: Vec<RawCondition>,
    then: RawThen,
}

/// A fact and exactly one comparison.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawCondition {
    fact: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    is_not: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    above: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_least: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    below: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_most: Option<Value>,
}

/// Exactly one of approve, refuse and minApprovals.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawThen {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    approve: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    refuse: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min_approvals: Option<u8>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    reason: bool,
}

impl RawAutomatic {
    pub(super) fn of(automatic: &Automatic) -> Self {
        Self {
            when: automatic.when.iter().map(RawCondition::of).collect(),
            then: match automatic.then {
                Then::Approve => RawThen {
                    approve: true,
                    ..RawThen::default()
                },
                Then::Refuse => RawThen {
                    refuse: true,
                    ..RawThen::default()
                },
                Then::Require { approvals, reason } => RawThen {
                    min_approvals: Some(approvals),
                    reason,
                    ..RawThen::default()
                },
            },
        }
    }

    pub(super) fn read(&self, field: &str, errors: &mut FieldErrors) -> Option<Automatic> {
        if self.when.is_empty() {
            errors.add(
                format!("{field}.when"),
                "name at least one condition; what always holds is said by minApprovals",
            );
        }
        let mut when = Vec::new();
        for (index, raw) in self.when.iter().enumerate() {
            when.push(raw.read(&format!("{field}.when[{index}]"), errors));
        }
        let then = self.then.read(&format!("{field}.then"), errors);
        Some(Automatic {
            when: when.into_iter().collect::<Option<_>>()?,
            then: then?,
        })
    }
}

impl RawThen {
    fn read(&self, field: &str, errors: &mut FieldErrors) -> Option<Then> {
        let then = match (self.approve, self.refuse, self.min_approvals) {
            (true, false, None) if !self.reason => Some(Then::Approve),
            (false, true, None) if !self.reason => Some(Then::Refuse),
            (false, false, Some(approvals)) if (1..=MOST_APPROVALS).contains(&approvals) => {
                Some(Then::Require {
                    approvals,
                    reason: self.reason,
                })
            }
            _ => None,
        };
        if then.is_none() {
            errors.add(
                field,
                format!("write exactly one of approve: true, refuse: true or minApprovals: 1 to {MOST_APPROVALS}, the last with reason: true where each approval needs one"),
            );
        }
        then
    }
}

impl RawCondition {
    fn of(condition: &Condition) -> Self {
        let value = Some(match &condition.value {
            FactValue::Flag(flag) => Value::Bool(*flag),
            FactValue::Number(number) => number_of(*number),
            FactValue::Text(text) => Value::String(text.clone()),
        });
        let mut raw = Self {
            fact: condition.fact.as_str().to_owned(),
            ..Self::default()
        };
        match condition.compare {
            Compare::Is => raw.is = value,
            Compare::IsNot => raw.is_not = value,
            Compare::Above => raw.above = value,
            Compare::AtLeast => raw.at_least = value,
            Compare::Below => raw.below = value,
            Compare::AtMost => raw.at_most = value,
        }
        raw
    }

    fn read(&self, field: &str, errors: &mut FieldErrors) -> Option<Condition> {
        let Some(fact) = FactName::parse(&self.fact) else {
            errors.add(
                format!("{field}.fact"),
                choose_from(&FactName::ALL.map(FactName::as_str)),
            );
            return None;
        };
        let given: Vec<(Compare, &Value)> = [
            (Compare::Is, &self.is),
            (Compare::IsNot, &self.is_not),
            (Compare::Above, &self.above),
            (Compare::AtLeast, &self.at_least),
            (Compare::Below, &self.below),
            (Compare::AtMost, &self.at_most),
        ]
        .into_iter()
        .filter_map(|(compare, value)| Some((compare, value.as_ref()?)))
        .collect();
        let &[(compare, value)] = given.as_slice() else {
            errors.add(
                field,
                "write exactly one of is, isNot, above, atLeast, below or atMost",
            );
            return None;
        };
        let read = value_of(fact.kind(), compare, value);
        if read.is_none() {
            errors.add(field, format!("the fact {fact} is {}", expected(fact.kind())));
        }
        read.map(|value| Condition { fact, compare, value })
    }
}

fn value_of(kind: FactKind, compare: Compare, value: &Value) -> Option<FactValue> {
    match (kind, value) {
        (FactKind::Number, Value::Number(number)) => number.as_f64().map(FactValue::Number),
        (FactKind::Flag, Value::Bool(flag)) if !compare.is_ordered() => Some(FactValue::Flag(*flag)),
        (FactKind::Text, Value::String(text)) if !compare.is_ordered() => Some(FactValue::Text(text.clone())),
        _ => None,
    }
}

fn expected(kind: FactKind) -> &'static str {
    match kind {
        FactKind::Number => "a number; compare it with one",
        FactKind::Flag => "true or false; compare it by is or isNot",
        FactKind::Text => "a word; compare it by is or isNot",
    }
}

/// A number as people write it: a whole one without a point.
#[expect(
    clippy::cast_possible_truncation,
    reason = "only whole numbers that fit are cast"
)]
fn number_of(number: f64) -> Value {
    /// Up to here every whole number is a float of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        return Value::from(number as i64);
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}
