//! The audit trail as people read it, and the reason that a person gives for a change.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{error::FieldErrors, ids::AuditId, names::turns_around};

/// One change of state: who did what to what, when and why.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRow {
    /// Which row.
    pub id: AuditId,
    /// When.
    pub at: DateTime<Utc>,
    /// `local`, `person`, `token`, `command_line` or `system`.
    pub actor_kind: String,
    /// The actor's name at the time.
    pub actor: String,
    /// What was done, for example `deploy.correct`.
    pub action: String,
    /// To what, for example `deploy:0199…`.
    pub subject: String,
    /// Why, where somebody said so.
    pub reason: Option<String>,
    /// The state before, as far as it changed.
    pub before: Option<Value>,
    /// The state after.
    pub after: Option<Value>,
    /// From which address it was asked for, where it came over HTTP.
    pub address: Option<String>,
    /// With what, as that says of itself.
    pub user_agent: Option<String>,
    /// The request, as its answer and the log name it.
    pub request_id: Option<String>,
}

/// What a subject is called today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectName {
    /// Its name.
    pub name: String,
    /// What its page is found by, where it has one: an id, or the slug of a service.
    pub page: Option<String>,
}

impl AuditRow {
    /// What changed, field by field: its name, the value before and the value after, as texts. What stayed is left out.
    pub fn changes(&self) -> Vec<(String, Option<String>, Option<String>)> {
        let fields = |state: &Option<Value>| match state {
            Some(Value::Object(fields)) => fields.clone(),
            Some(other) => [("value".to_owned(), other.clone())].into_iter().collect(),
            None => serde_json::Map::new(),
        };
        let (before, after) = (fields(&self.before), fields(&self.after));
        let gone = before.keys().filter(|name| !after.contains_key(*name));
        after
            .keys()
            .chain(gone)
            .filter(|name| before.get(*name) != after.get(*name))
            .map(|name| {
                (
                    name.clone(),
                    before.get(name).and_then(text),
                    after.get(name).and_then(text),
                )
            })
            .filter(|(_, before, after)| before.is_some() || after.is_some())
            .collect()
    }
}

/// A value as a text, a list by its members; nothing for null.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Array(list) if list.is_empty() => None,
        Value::Array(list) => Some(list.iter().filter_map(text).collect::<Vec<_>>().join(", ")),
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Which rows of the trail a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only those whose actor's name or kind is this.
    pub actor: Option<String>,
    /// Only those of this action, or of this group of actions (`deploy` is `deploy.correct` too).
    pub action: Option<String>,
    /// Only those whose subject begins with this.
    pub subject: Option<String>,
    /// Done at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Done before this time.
    pub to: Option<DateTime<Utc>>,
}

/// Why somebody changes something, 3 to 2,000 characters. What turns text around is left out.
///
/// # Errors
/// Of the field `reason`, saying what to write.
pub fn parse_reason(text: &str) -> Result<String, FieldErrors> {
    let text: String = text.chars().filter(|c| !turns_around(*c)).collect();
    let reason = text.trim();
    if (3..=2000).contains(&reason.chars().count()) && !reason.contains('\0') {
        return Ok(reason.to_owned());
    }
    let message = "say why in 3 to 2,000 characters; it stands in the audit trail";
    Err(FieldErrors::one("reason", message))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reason_does_not_turn_the_text_around_it() {
        let reason = parse_reason(" Rolled\u{202e} back\u{2066} ").unwrap();
        assert_eq!(reason, "Rolled back");
        assert!(parse_reason("\u{202e}\u{202e}\u{202e}\u{202e}").is_err());
    }

    fn row(before: Option<Value>, after: Option<Value>) -> AuditRow {
        AuditRow {
            id: uuid::Uuid::nil().into(),
            at: DateTime::UNIX_EPOCH,
            actor_kind: "person".into(),
            actor: "ada".into(),
            action: "environment.set_class".into(),
            subject: "environment:live".into(),
            reason: None,
            before,
            after,
            address: None,
            user_agent: None,
            request_id: None,
        }
    }

    #[test]
    fn only_what_changed_is_said() {
        let changed = row(
            Some(json!({ "class": "development", "name": "live", "old": 1 })),
            Some(json!({ "class": "production", "name": "live", "rule": null })),
        );
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            changed.changes(),
            [
                ("class".to_owned(), text("development"), text("production")),
                ("old".to_owned(), text("1"), None),
            ]
        );
        assert!(row(None, None).changes().is_empty());
        assert_eq!(
            row(None, Some(json!("x"))).changes(),
            [("value".to_owned(), None, text("x"))]
        );
        assert_eq!(
            row(None, Some(json!({ "scopes": ["read", "deploy"] }))).changes(),
            [("scopes".to_owned(), None, text("read, deploy"))]
        );
    }

    #[test]
    fn a_reason_says_something() {
        assert_eq!(
            parse_reason("  it serves customers ").unwrap(),
            "it serves customers"
        );
        for wrong in ["", " no", "a\0bcd", &"x".repeat(2001)] {
            assert!(parse_reason(wrong).is_err());
        }
    }
}
