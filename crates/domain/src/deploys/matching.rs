//! Which service of its repository a GitHub deployment belongs to (`definitions.md` §0). Never guesses: what no rule and
//! no payload names, in a repository of several services, stays without one.

use chrono::{DateTime, Utc};
use globset::GlobBuilder;
use serde::{Deserialize, Serialize};

use super::{DeployKind, Strategy};
use crate::{
    ids::{DeployId, EnvironmentId, RepositoryId, ServiceId},
    names::written_out,
};

/// Which text of a deployment a rule compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchField {
    /// `payload.service`.
    Payload,
    /// Name or path of the workflow that made it.
    Workflow,
    /// Name of the environment.
    Environment,
    /// The deployment's task.
    Task,
}

impl MatchField {
    /// Every field, the most telling first: this is the order in which rules are tried.
    pub const ALL: [Self; 4] = [Self::Payload, Self::Workflow, Self::Environment, Self::Task];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Payload => "payload",
            Self::Workflow => "workflow",
            Self::Environment => "environment",
            Self::Task => "task",
        }
    }

    /// The field that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.as_str() == text)
    }

    /// A phrase for the form.
    pub fn label(self) -> &'static str {
        match self {
            Self::Payload => "payload service",
            Self::Workflow => "workflow",
            Self::Environment => "environment",
            Self::Task => "task",
        }
    }
}

/// A person's rule: deployments whose text matches belong to the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchingRule {
    /// Which text is compared.
    pub field: MatchField,
    /// Compared without case; `*` stands for any text.
    pub pattern: String,
    /// Whose deployments they are.
    pub service: ServiceId,
}

/// The texts of a deployment that rules compare.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeploymentTexts {
    /// Environment name.
    pub environment: String,
    /// Name and path of the workflow, as far as known.
    pub workflows: Vec<String>,
    /// `payload.service`.
    pub payload_service: Option<String>,
    /// Task.
    pub task: Option<String>,
}

impl DeploymentTexts {
    /// The first text that a field holds: what a rule made from this deployment would compare.
    pub fn text(&self, field: MatchField) -> Option<&str> {
        self.texts(field).into_iter().next()
    }

    fn texts(&self, field: MatchField) -> Vec<&str> {
        match field {
            MatchField::Payload => self.payload_service.as_deref().into_iter().collect(),
            MatchField::Workflow => self.workflows.iter().map(String::as_str).collect(),
            MatchField::Environment => vec![self.environment.as_str()],
            MatchField::Task => self.task.as_deref().into_iter().collect(),
        }
    }
}

/// A stored GitHub deployment with its statuses, as far as placing it needs them.
#[derive(Clone, Debug, PartialEq)]
pub struct GithubDeployment {
    /// GitHub's id.
    pub github_id: i64,
    /// Where the code is.
    pub repository: RepositoryId,
    /// Where it goes.
    pub environment: EnvironmentId,
    /// What rules compare.
    pub texts: DeploymentTexts,
    /// Whose it is now, if it was placed before.
    pub service: Option<ServiceId>,
    /// Which deploy it is part of now.
    pub deploy: Option<DeployId>,
    /// Whether a person placed it.
    pub by_hand: bool,
    /// Run id and attempt of the workflow that made it.
    pub run: Option<(i64, i32)>,
    /// The sender's own data.
    pub payload: serde_json::Value,
    /// Branch, tag or sha that was asked for.
    pub git_ref: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Its statuses: id, word, time and text.
    pub statuses: Vec<(i64, String, DateTime<Utc>, Option<String>)>,
}

/// What a payload says about its release beside the service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PayloadFacts {
    /// `payload.version`, else a tag that was asked for.
    pub version: Option<String>,
    /// `payload.digest`, when it is one.
    pub digest: Option<String>,
    /// `payload.kind`.
    pub kind: Option<DeployKind>,
    /// `payload.strategy`.
    pub strategy: Strategy,
}

impl GithubDeployment {
    /// `run:<id>/<attempt>` where Actions made it, so that the jobs of one run are one deploy; else `deployment:<id>`.
    pub fn key(&self) -> String {
        match self.run {
            Some((run, attempt)) => format!("run:{run}/{attempt}"),
            None => format!("deployment:{}", self.github_id),
        }
    }

    /// What the payload and the ref say about the release.
    pub fn payload_facts(&self) -> PayloadFacts {
        let text = |key: &str| payload_text(&self.payload, key);
        PayloadFacts {
            version: text("version")
                .map(|version| written_out(&version))
                .or_else(|| version_of_ref(&self.git_ref)),
            digest: text("digest").filter(|digest| super::report::is_digest(digest)),
            kind: text("kind").and_then(|word| DeployKind::parse_stated(&word)),
            strategy: text("strategy")
                .and_then(|word| Strategy::parse(&word))
                .unwrap_or_default(),
        }
    }
}

/// A text of a deployment's payload; GitHub passes on both objects and objects written as a string.
pub fn payload_text(payload: &serde_json::Value, key: &str) -> Option<String> {
    let inner: serde_json::Value;
    let object = match payload {
        serde_json::Value::String(text) => {
            inner = serde_json::from_str(text).ok()?;
            &inner
        }
        other => other,
    };
    let text = object.get(key)?.as_str()?.trim();
    (!text.is_empty() && text.len() <= 200).then(|| text.to_owned())
}

/// `v2.3.1` and `refs/tags/2.3.1` are versions; branches and shas are not.
fn version_of_ref(git_ref: &str) -> Option<String> {
    let tag = git_ref.strip_prefix("refs/tags/").unwrap_or(git_ref);
    let number = tag.strip_prefix('v').unwrap_or(tag);
    let looks =
        number.starts_with(|c: char| c.is_ascii_digit()) && number.contains('.') && !tag.contains('/');
    looks.then(|| tag.to_owned())
}

/// Decides by rules, else by the payload naming a slug of the repository, else by there being one service only.
///
/// `services` are the repository's registered services with their slugs. Rules of one field that disagree decide
/// nothing; the next field is tried.
pub fn decide(
    texts: &DeploymentTexts,
    rules: &[MatchingRule],
    services: &[(ServiceId, String)],
) -> Option<ServiceId> {
    for field in MatchField::ALL {
        let mut named: Vec<ServiceId> = rules
            .iter()
            .filter(|rule| rule.field == field && texts.texts(field).iter().any(|text| rule.matches(text)))
            .map(|rule| rule.service)
            .collect();
        named.sort_unstable();
        named.dedup();
        if let [service] = named[..] {
            return Some(service);
        }
    }
    if let Some(slug) = &texts.payload_service
        && let Some((service, _)) = services.iter().find(|(_, own)| own.eq_ignore_ascii_case(slug))
    {
        return Some(*service);
    }
    match services {
        [(service, _)] => Some(*service),
        _ => None,
    }
}

impl MatchingRule {
    fn matches(&self, text: &str) -> bool {
        if !self.pattern.contains('*') {
            return self.pattern.eq_ignore_ascii_case(text);
        }
        GlobBuilder::new(&self.pattern)
            .case_insensitive(true)
            .build()
            .is_ok_and(|glob| glob.compile_matcher().is_match(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(number: u128) -> ServiceId {
        ServiceId(uuid::Uuid::from_u128(number))
    }

    fn rule(field: MatchField, pattern: &str, number: u128) -> MatchingRule {
        MatchingRule {
            field,
            pattern: pattern.into(),
            service: service(number),
        }
    }

    fn texts() -> DeploymentTexts {
        DeploymentTexts {
            environment: "orders-production".into(),
            workflows: vec![
                "Deploy orders".into(),
                ".github/workflows/deploy-orders.yml".into(),
            ],
            payload_service: None,
            task: Some("deploy".into()),
        }
    }

    #[test]
    fn rules_decide_then_the_payload_then_the_only_service() {
        let two = [
            (service(1), "orders".to_owned()),
            (service(2), "carts".to_owned()),
        ];
        assert_eq!(decide(&texts(), &[], &two), None);
        assert_eq!(decide(&texts(), &[], &two[..1]), Some(service(1)));
        let by_name = [rule(MatchField::Environment, "ORDERS-*", 1)];
        assert_eq!(decide(&texts(), &by_name, &two), Some(service(1)));
        let by_path = [rule(MatchField::Workflow, "*/deploy-orders.yml", 1)];
        assert_eq!(decide(&texts(), &by_path, &two), Some(service(1)));
        let named = DeploymentTexts {
            payload_service: Some("Carts".into()),
            ..texts()
        };
        assert_eq!(decide(&named, &[], &two), Some(service(2)));
        assert_eq!(decide(&named, &by_name, &two), Some(service(1)));
    }

    #[test]
    fn rules_that_disagree_decide_nothing() {
        let rules = [
            rule(MatchField::Environment, "orders-*", 1),
            rule(MatchField::Environment, "*-production", 2),
        ];
        assert_eq!(decide(&texts(), &rules, &[]), None);
        let more = [rules.to_vec(), vec![rule(MatchField::Task, "deploy", 2)]].concat();
        assert_eq!(decide(&texts(), &more, &[]), Some(service(2)));
    }

    #[test]
    fn a_payload_that_names_no_service_of_a_repository_with_one_still_is_that_one() {
        let named = DeploymentTexts {
            payload_service: Some("elsewhere".into()),
            ..texts()
        };
        assert_eq!(
            decide(&named, &[], &[(service(1), "orders".into())]),
            Some(service(1))
        );
    }
}
