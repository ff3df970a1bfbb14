//! Executors: who carries out the deploys of a service to an environment, and what they are told.
//!
//! A workflow of GitHub Actions that is dispatched, or an address that takes signed webhooks. Knows no secret: what orders are
//! signed with is sealed beside the settings.

mod inputs;
mod order;

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

pub use self::{
    inputs::whole_inputs,
    order::{Act, Order, PLACEHOLDERS},
};
use crate::{
    error::FieldErrors,
    ids::{EffectId, EnvironmentId, ExecutorId, ServiceId},
};

/// The input of a workflow that holds the id of the delivery. The workflow puts it into its `run-name`, by which its run is found.
pub const DELIVERY_INPUT: &str = "fairway_delivery";
/// An id as it is written with its hyphens.
const DELIVERY_LENGTH: usize = 36;
/// As long as a key of HMAC-SHA-256 that is worth its name is in hexadecimal digits.
const SHORTEST_SECRET: usize = 32;
/// Longer than anything that is an address, a name or a secret.
const LONGEST: usize = 2000;

/// The ids of deliveries that the name of a run may hold.
pub fn deliveries_in(title: &str) -> Vec<EffectId> {
    let starts = title.char_indices().map(|(start, _)| start);
    let words = starts.filter_map(|start| title.get(start..start + DELIVERY_LENGTH));
    words.filter_map(|word| word.parse().ok()).collect()
}

/// How an executor is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reach {
    /// A workflow of GitHub Actions, by `workflow_dispatch`.
    GithubActions {
        /// `owner/name`.
        repository: String,
        /// The workflow's file in `.github/workflows`, or its number.
        workflow: String,
        /// Branch or tag whose workflow runs.
        git_ref: String,
        /// What its inputs are: fixed text and placeholders such as `{version}`.
        inputs: BTreeMap<String, String>,
    },
    /// Signed webhooks.
    Webhook {
        /// The address. No secret stands in it.
        url: String,
    },
}

impl Reach {
    /// The stored word of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::GithubActions { .. } => "github_actions",
            Self::Webhook { .. } => "webhook",
        }
    }

    /// Whether orders are signed.
    pub fn is_signed(&self) -> bool {
        matches!(self, Self::Webhook { .. })
    }
}

/// An executor as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executor {
    /// Which.
    pub id: ExecutorId,
    /// Whose deploys it carries out.
    pub service: ServiceId,
    /// Where.
    pub environment: EnvironmentId,
    /// How it is reached.
    pub reach: Reach,
    /// Whether there is a secret to sign orders with.
    pub has_secret: bool,
    /// When it was set.
    pub set_at: DateTime<Utc>,
}

/// The settings of an executor as a form sends them.
#[derive(Clone, Default)]
pub struct RawExecutor {
    /// `github_actions` or `webhook`.
    pub kind: String,
    /// Of GitHub Actions: `owner/name`.
    pub repository: String,
    /// Of GitHub Actions: the workflow's file.
    pub workflow: String,
    /// Of GitHub Actions: branch or tag.
    pub git_ref: String,
    /// Of GitHub Actions: a line `name=value` for each input.
    pub inputs: String,
    /// Of a webhook: the address.
    pub url: String,
    /// Of a webhook: what orders are signed with; empty keeps the one that is stored.
    pub secret: String,
}

/// Settings of an executor that are right.
#[derive(Clone, PartialEq, Eq)]
pub struct NewExecutor {
    /// How it is reached.
    pub reach: Reach,
    /// A new secret.
    pub secret: Option<String>,
}

impl fmt::Debug for NewExecutor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewExecutor")
            .field("reach", &self.reach)
            .field("secret", &self.secret.as_ref().map(|_| "…"))
            .finish()
    }
}

impl NewExecutor {
    /// Reads the settings of an executor.
    ///
    /// # Errors
    /// What is wrong with each field.
    pub fn parse(raw: &RawExecutor) -> Result<Self, FieldErrors> {
        match raw.kind.trim() {
            "github_actions" => github_actions(raw),
            "webhook" => webhook(raw),
            _ => Err(FieldErrors::one("kind", "choose github_actions or webhook")),
        }
    }
}

fn github_actions(raw: &RawExecutor) -> Result<NewExecutor, FieldErrors> {
    let mut errors = FieldErrors::new();
    let trimmed = |text: &str| text.trim().to_owned();
    let (repository, workflow, git_ref) = (
        trimmed(&raw.repository),
        trimmed(&raw.workflow),
        trimmed(&raw.git_ref),
    );
    let is_plain = |text: &str| {
        (1..=100).contains(&text.len())
            && !matches!(text, "." | "..")
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    let is_repository = repository
        .split_once('/')
        .is_some_and(|(owner, name)| is_plain(owner) && is_plain(name));
    if !is_repository {
        errors.add("repository", "write owner/name, for example acme/shop");
    }
    if !is_plain(&workflow) {
        errors.add(
            "workflow",
            "name the workflow's file in .github/workflows, for example deploy.yml",
        );
    }
    let git_ref = if git_ref.is_empty() {
        "main".to_owned()
    } else {
        git_ref
    };
    if git_ref.len() > 255 || git_ref.chars().any(|c| c.is_whitespace() || c.is_control()) {
        errors.add("git_ref", "name a branch or a tag, for example main");
    }
    let inputs = inputs::parse(&raw.inputs, &mut errors);
    errors.or(NewExecutor {
        reach: Reach::GithubActions {
            repository,
            workflow,
            git_ref,
            inputs,
        },
        secret: None,
    })
}

fn webhook(raw: &RawExecutor) -> Result<NewExecutor, FieldErrors> {
    let mut errors = FieldErrors::new();
    let url = web_address("url", raw.url.trim(), &mut errors);
    let secret = raw.secret.trim();
    if !secret.is_empty() && !(SHORTEST_SECRET..=LONGEST).contains(&secret.len()) {
        errors.add(
            "secret",
            format!(
                "use at least {SHORTEST_SECRET} characters, for example what `openssl rand -hex 32` prints"
            ),
        );
    }
    errors.or(NewExecutor {
        reach: Reach::Webhook { url },
        secret: (!secret.is_empty()).then(|| secret.to_owned()),
    })
}

/// An address that may be called, as far as its writing shows: http or https, without a name and a password in it.
pub(crate) fn web_address(field: &str, text: &str, errors: &mut FieldErrors) -> String {
    let url = Url::parse(text).ok().filter(|_| text.len() <= LONGEST);
    let is_web = url.as_ref().is_some_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.fragment().is_none()
    });
    if !is_web {
        errors.add(
            field,
            "give an address that begins with https://, without a name or a password in it",
        );
    }
    url.map(Into::into).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What no workflow can do without.
    const TOLD: &str = "act={act}\nkey={key}\ncommit={commit}";

    fn actions(inputs: &str) -> RawExecutor {
        RawExecutor {
            kind: "github_actions".into(),
            repository: "acme/shop".into(),
            workflow: "deploy.yml".into(),
            inputs: inputs.into(),
            ..RawExecutor::default()
        }
    }

    fn fields(wrong: Result<NewExecutor, FieldErrors>) -> Vec<String> {
        let errors = wrong.unwrap_err().0.into_iter();
        errors.map(|error| error.field).collect()
    }

    #[test]
    fn the_name_of_a_run_tells_its_delivery() {
        let id = "01990000-0000-7000-8000-00000000000a";
        let found: Vec<EffectId> = vec![id.parse().unwrap()];
        assert_eq!(deliveries_in(&format!("Deploy 1.4.2 ({id})")), found);
        assert_eq!(deliveries_in(&format!("é{id}-again")), found);
        assert!(deliveries_in(&id[1..]).is_empty() && deliveries_in("Deploy").is_empty());
    }

    #[test]
    fn a_workflow_is_named_by_repository_file_and_branch() {
        let inputs = format!("{TOLD}\n\n target = eu-{{environment}}");
        let new = NewExecutor::parse(&actions(&inputs)).unwrap();
        let Reach::GithubActions { git_ref, inputs, .. } = &new.reach else {
            panic!()
        };
        assert_eq!(git_ref, "main");
        assert_eq!(inputs["target"], "eu-{environment}");
        let stored = serde_json::to_value(&new.reach).unwrap();
        assert_eq!(stored["kind"], new.reach.kind());
        assert_eq!(serde_json::from_value::<Reach>(stored).unwrap(), new.reach);
    }

    #[test]
    fn a_workflow_is_told_what_is_ordered_of_which_release_and_how_it_is_reported() {
        for inputs in [whole_inputs().as_str(), TOLD, "what={act} {key} of {digest}"] {
            assert!(NewExecutor::parse(&actions(inputs)).is_ok(), "{inputs}");
        }
        for (inputs, missing) in [
            ("", &["{act}", "{key}", "{commit} or {digest}"][..]),
            ("version={version}", &["{act}", "{key}", "{commit} or {digest}"]),
            ("act={act}\nkey={key}", &["{commit} or {digest}"]),
            ("act=deploy\nkey={key}\ndigest={digest}", &["{act}"]),
            ("act={act}\ncommit={commit}", &["{key}"]),
        ] {
            let errors = NewExecutor::parse(&actions(inputs)).unwrap_err().0;
            let said: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
            assert_eq!(said.len(), missing.len(), "{said:?}");
            for (said, missing) in said.iter().zip(missing) {
                assert!(said.contains(missing), "{said}");
            }
        }
    }

    #[test]
    fn what_cannot_be_dispatched_is_said_field_by_field() {
        let wrong = RawExecutor {
            repository: "acme/../shop".into(),
            workflow: "../deploy.yml".into(),
            git_ref: "a b".into(),
            ..actions("nothing")
        };
        assert_eq!(
            fields(NewExecutor::parse(&wrong)),
            ["repository", "workflow", "git_ref", "inputs"]
        );
        let many: Vec<String> = (0..25).map(|n| format!("i{n}=1")).collect();
        let many = many.join("\n");
        for inputs in [
            "a={nothing}",
            "a=1\na=2",
            "fairway_delivery=1",
            "=1",
            many.as_str(),
        ] {
            assert_eq!(
                fields(NewExecutor::parse(&actions(inputs))),
                ["inputs"],
                "{inputs}"
            );
        }
        let none = RawExecutor::default();
        assert_eq!(fields(NewExecutor::parse(&none)), ["kind"]);
    }

    #[test]
    fn a_webhook_has_a_whole_address_and_a_long_secret_that_is_never_shown() {
        let raw = |url: &str, secret: &str| RawExecutor {
            kind: "webhook".into(),
            url: url.into(),
            secret: secret.into(),
            ..RawExecutor::default()
        };
        let secret = "canary".repeat(6);
        let new = NewExecutor::parse(&raw("https://deploy.example/fairway", &secret)).unwrap();
        assert_eq!(new.secret.as_ref(), Some(&secret));
        assert!(!format!("{new:?}").contains("canary"));
        let kept = NewExecutor::parse(&raw("https://deploy.example/fairway", " ")).unwrap();
        assert_eq!(kept.secret, None);
        for url in [
            "",
            "deploy.example",
            "ftp://deploy.example",
            "https://ada:canary@deploy.example",
            "https://deploy.example/#x",
        ] {
            assert_eq!(fields(NewExecutor::parse(&raw(url, &secret))), ["url"], "{url}");
        }
        assert_eq!(
            fields(NewExecutor::parse(&raw("https://deploy.example", "short"))),
            ["secret"]
        );
    }
}
