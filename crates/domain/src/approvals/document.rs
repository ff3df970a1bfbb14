//! Policies as documents: `fairway.dev/v1`, kind `Policy`, in YAML or JSON. One form for the page, for Git and for the table.

mod applies;
mod automatic;
mod freezes;
mod rules;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_saphyr::options::DuplicateKeyPolicy;

pub(super) use self::rules::RawRule;
use self::{applies::Match, automatic::RawAutomatic, freezes::RawFreeze};
use super::{Policy, policy::EXPIRES_IN};
use crate::{
    error::FieldErrors,
    names::{leave_out, unseen},
};

/// The version of the form.
const API_VERSION: &str = "fairway.dev/v1";
/// What the document is.
const KIND: &str = "Policy";
/// The largest document that is read; real ones have a few kilobytes.
const MAX_BYTES: usize = 64 * 1024;
/// Nesting of lists and maps; the form itself has six.
const MAX_DEPTH: usize = 12;
/// Nodes that aliases may add: enough for a list that is named once and used a few times.
const MAX_EXPANDED_NODES: usize = 1_000;
/// More approvals than any organisation asks for.
pub(super) const MOST_APPROVALS: u8 = 20;
/// More entries of a list than anybody reads.
const MOST_ENTRIES: usize = 50;
/// What excludes the authors of commits.
const COMMIT_AUTHORS: &str = "commitAuthors";
/// What everybody knows who asked for the deploy is.
const INITIATOR: &str = "initiator";

/// A document as it is written.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    api_version: String,
    kind: String,
    metadata: Metadata,
    spec: Spec,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Spec {
    #[serde(default, rename = "match", skip_serializing_if = "Match::is_empty")]
    applies: Match,
    min_approvals: u8,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rules: Vec<RawRule>,
    #[serde(default = "exclude_all")]
    exclude: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_in: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    freezes: Vec<RawFreeze>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    automatic: Vec<RawAutomatic>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    confirm: bool,
}

/// What is left out excludes all who can be excluded.
fn exclude_all() -> Vec<String> {
    vec![INITIATOR.to_owned(), COMMIT_AUTHORS.to_owned()]
}

/// "write one of a, b, c".
fn choose_from(words: &[&str]) -> String {
    format!("write one of {}", words.join(", "))
}

impl Policy {
    /// Reads a policy as YAML, which JSON is too.
    ///
    /// # Errors
    /// What is wrong with each field; with `document` where it cannot be read at all.
    pub fn from_yaml(text: &str) -> Result<Self, FieldErrors> {
        if text.len() > MAX_BYTES {
            return Err(FieldErrors::one(
                "document",
                "is longer than 64 KiB; write a shorter one",
            ));
        }
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_depth: MAX_DEPTH, max_documents: 1 },
            alias_limits: serde_saphyr::alias_limits! {
                max_total_replayed_events: MAX_EXPANDED_NODES,
                max_replay_stack_depth: 2,
            },
            duplicate_keys: DuplicateKeyPolicy::Error,
            strict_booleans: true,
            with_snippet: false,
        };
        let value: Value = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let first = error.to_string().lines().next().unwrap_or_default().to_owned();
            FieldErrors::one("document", format!("is no YAML that can be read: {first}"))
        })?;
        Self::from_json(&value)?.fit()
    }

    /// The same, unless a name holds what cannot be seen or a freeze no moment. What was stored before is read all the same.
    ///
    /// # Errors
    /// What is wrong with each field.
    pub(super) fn fit(self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let rules = self.rules.iter().enumerate();
        let rules = rules.map(|(index, rule)| (format!("spec.rules[{index}].name"), &rule.name));
        let freezes = self.freezes.iter().enumerate();
        let freezes = freezes.map(|(index, freeze)| (format!("spec.freezes[{index}].name"), &freeze.name));
        let own = std::iter::once(("metadata.name".to_owned(), &self.name));
        for (field, name) in own.chain(rules).chain(freezes) {
            if let Some(hidden) = unseen(name) {
                errors.add(field, leave_out(hidden));
            }
        }
        for (index, freeze) in self.freezes.iter().enumerate() {
            if freeze.is_left_out() {
                let zone = freeze.zone.name();
                let message =
                    format!("the clock of {zone} is put forward over all of it; write a later time");
                errors.add(format!("spec.freezes[{index}].to"), message);
            }
        }
        errors.or(self)
    }

    /// Reads a policy as it is stored.
    ///
    /// # Errors
    /// What is wrong with each field.
    pub fn from_json(document: &Value) -> Result<Self, FieldErrors> {
        let document: Document = serde_path_to_error::deserialize(document).map_err(|error| {
            let path = error.path().to_string();
            let field = if path == "." { "document".to_owned() } else { path };
            FieldErrors::one(field, error.into_inner().to_string())
        })?;
        document.read()
    }

    /// The document as it is stored.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(Document::of(self)).unwrap_or_default()
    }

    /// The document for people to read and for Git.
    pub fn to_yaml(&self) -> String {
        serde_saphyr::to_string(&Document::of(self)).unwrap_or_default()
    }
}

impl Document {
    fn of(policy: &Policy) -> Self {
        Self {
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            metadata: Metadata {
                name: policy.name.clone(),
                description: policy.description.clone(),
            },
            spec: Spec {
                applies: Match::of(&policy.applies),
                min_approvals: policy.approvals,
                rules: policy.rules.iter().map(RawRule::of).collect(),
                exclude: if policy.excludes_authors {
                    exclude_all()
                } else {
                    vec![INITIATOR.to_owned()]
                },
                expires_in: Some(duration_text(policy.expires_in)),
                freezes: policy.freezes.iter().map(RawFreeze::of).collect(),
                automatic: policy.automatic.iter().map(RawAutomatic::of).collect(),
                confirm: policy.confirm,
            },
        }
    }

    fn read(self) -> Result<Policy, FieldErrors> {
        let mut errors = FieldErrors::new();
        if self.api_version != API_VERSION {
            errors.add("apiVersion", format!("write {API_VERSION}"));
        }
        if self.kind != KIND {
            errors.add("kind", format!("write {KIND}"));
        }
        let name = name_of(&self.metadata.name, "metadata.name", &mut errors);
        let spec = self.spec;
        spec.check(&mut errors);
        let applies = spec.applies.read(&mut errors);
        let expires_in = spec.expires_in(&mut errors);
        let mut freezes = Vec::new();
        for (index, freeze) in spec.freezes.iter().enumerate() {
            freezes.extend(freeze.read(&format!("spec.freezes[{index}]"), &mut errors));
        }
        let mut automatic = Vec::new();
        for (index, raw) in spec.automatic.iter().enumerate() {
            automatic.extend(raw.read(&format!("spec.automatic[{index}]"), &mut errors));
        }
        let excludes_authors = spec.exclude.iter().any(|word| word == COMMIT_AUTHORS);
        let approvals = spec.min_approvals;
        let rules = errors.with(RawRule::read_all(spec.rules))?;
        Ok(Policy {
            name,
            description: self.metadata.description,
            applies,
            approvals,
            rules,
            excludes_authors,
            expires_in,
            freezes,
            automatic,
            confirm: spec.confirm,
        })
    }
}

impl Spec {
    fn expires_in(&self, errors: &mut FieldErrors) -> TimeDelta {
        let Some(text) = self.expires_in.as_deref() else {
            return EXPIRES_IN;
        };
        duration(text).unwrap_or_else(|| {
            errors.add("spec.expiresIn", "write 5m to 90d, for example 90m, 24h or 3d");
            EXPIRES_IN
        })
    }

    fn check(&self, errors: &mut FieldErrors) {
        if self.min_approvals > MOST_APPROVALS {
            errors.add("spec.minApprovals", format!("write 0 to {MOST_APPROVALS}"));
        }
        for (index, word) in self.exclude.iter().enumerate() {
            if word != INITIATOR && word != COMMIT_AUTHORS {
                errors.add(
                    format!("spec.exclude[{index}]"),
                    choose_from(&[INITIATOR, COMMIT_AUTHORS]),
                );
            }
        }
        for (field, entries) in [
            ("spec.rules", self.rules.len()),
            ("spec.freezes", self.freezes.len()),
            ("spec.automatic", self.automatic.len()),
        ] {
            if entries > MOST_ENTRIES {
                errors.add(field, format!("write at most {MOST_ENTRIES} of them"));
            }
        }
    }
}

/// A name of 1 to 80 characters.
fn name_of(text: &str, field: &str, errors: &mut FieldErrors) -> String {
    let name = text.trim();
    if !(1..=80).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        errors.add(field, "write a name of 1 to 80 characters on one line");
    }
    name.to_owned()
}

/// Reads `90m`, `24h` or `3d`: from five minutes to ninety days.
fn duration(text: &str) -> Option<TimeDelta> {
    let text = text.trim();
    let (unit_at, unit) = text.char_indices().next_back()?;
    let number: u32 = text[..unit_at].parse().ok()?;
    let minutes = match unit {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        _ => return None,
    };
    let duration = TimeDelta::minutes(i64::from(number) * minutes);
    (TimeDelta::minutes(5)..=TimeDelta::days(90))
        .contains(&duration)
        .then_some(duration)
}

fn duration_text(duration: TimeDelta) -> String {
    let minutes = duration.num_minutes();
    match minutes {
        days if days % (24 * 60) == 0 => format!("{}d", days / (24 * 60)),
        hours if hours % 60 == 0 => format!("{}h", hours / 60),
        minutes => format!("{minutes}m"),
    }
}

#[cfg(test)]
mod tests;
