//! A policy as its form holds it: texts as they were typed, from and to the document that is stored. Fields are named as the
//! document names them, so that what is wrong with one is said at it.

use commands::PolicyForm;
use domain::{
    approvals::Policy,
    error::{FieldError, FieldErrors},
    ids::PolicyId,
};
use serde_json::{Map, Value, json};

use super::draft_parts::{AutomaticDraft, FreezeDraft, RuleDraft, text, whole};
use crate::forms::Fields;

/// Where the field of the whole document is.
pub(super) const DOCUMENT: &str = "document";
/// Rows of one kind that a form is read to: as many as a document may have, and some blank ones.
const MOST_ROWS: usize = 60;
/// A new policy goes after those that are there.
pub(super) const NEW_POSITION: i32 = 500;

/// The form's fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Draft {
    pub name: String,
    pub description: String,
    pub position: String,
    pub tiers: Vec<String>,
    pub classes: Vec<String>,
    pub risks: Vec<String>,
    pub approvals: String,
    pub excludes_authors: bool,
    pub expires_in: String,
    pub rules: Vec<RuleDraft>,
    pub freezes: Vec<FreezeDraft>,
    pub automatic: Vec<AutomaticDraft>,
    pub confirm: bool,
}

impl Draft {
    /// What a new policy begins with: one approval in production.
    pub fn fresh() -> Self {
        Self {
            position: NEW_POSITION.to_string(),
            classes: vec!["production".to_owned()],
            approvals: "1".to_owned(),
            excludes_authors: true,
            expires_in: "24h".to_owned(),
            ..Self::default()
        }
    }

    /// A policy that is written already. Every field is named here: one that the form does not have would be lost by saving it.
    pub fn of(policy: &Policy, position: i32) -> Self {
        let Policy {
            name,
            description,
            applies,
            approvals,
            rules: _,
            excludes_authors,
            expires_in: _,
            freezes: _,
            automatic: _,
            confirm,
        } = policy;
        let document = policy.to_json();
        let spec = |key: &str| document.pointer(&format!("/spec/{key}"));
        let rows = |list: &str| spec(list).and_then(Value::as_array).cloned().unwrap_or_default();
        let words = |words: Vec<&str>| words.into_iter().map(ToOwned::to_owned).collect();
        Self {
            name: name.clone(),
            description: description.clone().unwrap_or_default(),
            position: position.to_string(),
            tiers: applies.tiers.iter().map(ToString::to_string).collect(),
            classes: words(applies.classes.iter().map(|class| class.as_str()).collect()),
            risks: words(applies.risks.iter().map(|risk| risk.as_str()).collect()),
            approvals: approvals.to_string(),
            excludes_authors: *excludes_authors,
            expires_in: text(spec("expiresIn")),
            rules: rows("rules").iter().map(RuleDraft::of).collect(),
            freezes: rows("freezes").iter().map(FreezeDraft::of).collect(),
            automatic: rows("automatic").iter().map(AutomaticDraft::of).collect(),
            confirm: *confirm,
        }
    }

    /// What was typed; rows in which nothing was are left out.
    pub fn typed(fields: &Fields) -> Self {
        let one = |name: &str| fields.get(name).to_owned();
        let all = |name: &str| fields.all(name).into_iter().map(ToOwned::to_owned).collect();
        let numbers = || 0..MOST_ROWS;
        Self {
            name: one("metadata.name"),
            description: one("metadata.description"),
            position: one("position"),
            tiers: all("spec.match.tiers"),
            classes: all("spec.match.environments"),
            risks: all("spec.match.risks"),
            approvals: one("spec.minApprovals"),
            excludes_authors: !one("spec.exclude").is_empty(),
            expires_in: one("spec.expiresIn"),
            rules: numbers()
                .filter_map(|row| RuleDraft::typed(fields, row))
                .collect(),
            freezes: numbers()
                .filter_map(|row| FreezeDraft::typed(fields, row))
                .collect(),
            automatic: numbers()
                .filter_map(|row| AutomaticDraft::typed(fields, row))
                .collect(),
            confirm: !one("spec.confirm").is_empty(),
        }
    }

    /// The document, and what of it could not be read; a value that fits stands in its place.
    fn document(&self) -> (Value, FieldErrors) {
        let mut errors = FieldErrors::new();
        let mut metadata = Map::new();
        metadata.insert("name".to_owned(), json!(self.name));
        if !self.description.is_empty() {
            metadata.insert("description".to_owned(), json!(self.description));
        }
        let approvals = whole(&self.approvals, "spec.minApprovals", &mut errors).unwrap_or(1);
        let tiers = self.tiers.iter().filter_map(|tier| tier.parse::<u8>().ok());
        let tiers: Vec<u8> = tiers.collect();
        let mut exclude = vec!["initiator"];
        exclude.extend(self.excludes_authors.then_some("commitAuthors"));
        let mut spec = json!({
            "match": { "tiers": tiers, "environments": self.classes, "risks": self.risks },
            "minApprovals": approvals,
            "exclude": exclude,
            "confirm": self.confirm,
        });
        let rules = self.rules.iter().enumerate();
        spec["rules"] = rules.map(|(row, rule)| rule.document(row, &mut errors)).collect();
        spec["freezes"] = self.freezes.iter().map(FreezeDraft::document).collect();
        let automatic = self.automatic.iter().enumerate();
        spec["automatic"] = automatic
            .map(|(row, one)| one.document(row, &mut errors))
            .collect();
        if !self.expires_in.is_empty() {
            spec["expiresIn"] = json!(self.expires_in);
        }
        let document =
            json!({ "apiVersion": "fairway.dev/v1", "kind": "Policy", "metadata": metadata, "spec": spec });
        (document, errors)
    }

    /// The policy that it means, as commands take it.
    fn read(&self) -> Result<String, FieldErrors> {
        let (document, errors) = self.document();
        let read = errors.with(Policy::from_yaml(&document.to_string()).map(drop));
        read.map(|()| document.to_string())
            .map_err(|errors| self.at_fields(errors))
    }

    /// The same errors at the fields that the form has.
    pub fn at_fields(&self, errors: FieldErrors) -> FieldErrors {
        let fields = self.fields();
        let at = |error: FieldError| FieldError {
            field: nearest(&fields, &error.field),
            ..error
        };
        FieldErrors(errors.0.into_iter().map(at).collect())
    }

    /// The names of the fields that can be wrong.
    fn fields(&self) -> Vec<String> {
        let mut fields: Vec<String> = [
            "metadata.name",
            "metadata.description",
            "position",
            "spec.minApprovals",
            "spec.expiresIn",
        ]
        .map(ToOwned::to_owned)
        .to_vec();
        let rows = |list: &str, rows: usize, names: &[&str]| -> Vec<String> {
            let row = |row: usize| names.iter().map(move |name| format!("spec.{list}[{row}].{name}"));
            (0..rows).flat_map(row).collect()
        };
        fields.extend(rows("rules", self.rules.len(), &["name", "anyOf", "approvals"]));
        fields.extend(rows(
            "freezes",
            self.freezes.len(),
            &["name", "timeZone", "from", "to"],
        ));
        fields.extend(rows("automatic", self.automatic.len(), &["when", "then"]));
        fields
    }
}

/// The field that an error is shown at: the one that it is about or in; the first where the form has none.
fn nearest(fields: &[String], error: &str) -> String {
    let holds = |field: &&String| {
        let rest = error.strip_prefix(field.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    // Of a row as a whole, its first field.
    let begins = |field: &&String| {
        field
            .strip_prefix(error)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    let found = fields.iter().find(holds).or_else(|| fields.iter().find(begins));
    found.or(fields.first()).cloned().unwrap_or_default()
}

/// Whether the document was sent and not the fields.
pub(super) fn is_document(fields: &Fields) -> bool {
    matches!(fields.get("act"), "save_document" | "try_document")
}

/// The version that whoever sends a form has read; none is that of no policy.
pub(super) fn read_version(fields: &Fields) -> i32 {
    fields.get("version").parse().unwrap_or_default()
}

/// The policy that a form sends, as commands take it; `target` is the one that its page is about.
pub(super) fn sent_policy(fields: &Fields, target: Option<PolicyId>) -> Result<PolicyForm, FieldErrors> {
    let mut errors = FieldErrors::new();
    let document = if is_document(fields) {
        let text = fields.get(DOCUMENT);
        Policy::from_yaml(text)
            .map(|_| text.to_owned())
            .map_err(at_document)
    } else {
        Draft::typed(fields).read()
    };
    let position = fields
        .get("position")
        .parse::<i32>()
        .ok()
        .filter(|place| (1..=9_999).contains(place));
    if position.is_none() {
        errors.add("position", "write a whole number from 1 to 9999");
    }
    let document = errors.with(document)?;
    Ok(PolicyForm {
        document,
        position: position.unwrap_or(NEW_POSITION),
        replaces: target.map(|id| (id, read_version(fields))),
    })
}

/// The same errors at the field of the document, each with the name that it has there.
pub(super) fn at_document(errors: FieldErrors) -> FieldErrors {
    let at = |FieldError { field, message }: FieldError| FieldError {
        message: if field == DOCUMENT {
            format!("the document {message}")
        } else {
            format!("in {field}: {message}")
        },
        field: DOCUMENT.to_owned(),
    };
    FieldErrors(errors.0.into_iter().map(at).collect())
}

#[cfg(test)]
mod tests;
