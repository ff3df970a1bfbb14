//! Custom deployment protection rules: what GitHub asks, whether it asks for an answer at its own place, and answering.
//!
//! The address of the answer is made here from numbers and names that are known, never taken from a delivery, so that no token goes
//! anywhere else.

use domain::facts::{DeploymentFact, ObservedEvent, ProtectionRuleFact, RunFact};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::{
    client::{GithubClient, parse},
    convert::{self, Absent},
    error::GithubError,
    people::{named, person},
    wire::{DeploymentWire, EnvelopeWire},
};

/// GitHub takes no longer comments.
const LONGEST_COMMENT: usize = 1024;

/// `deployment_protection_rule` events.
#[derive(Debug, Deserialize)]
pub(super) struct ProtectionRuleEventWire {
    environment: Option<String>,
    deployment_callback_url: Option<String>,
    deployment: Option<DeploymentWire>,
}

/// Reads what waits for a rule.
pub(super) fn protection_rule(
    envelope: &EnvelopeWire,
    wire: ProtectionRuleEventWire,
) -> Result<ObservedEvent, Absent> {
    let deployment = wire.deployment.ok_or("deployment")?;
    let deployment = convert::listed_deployment(deployment, None)?;
    Ok(ObservedEvent::ProtectionRule(Box::new(ProtectionRuleFact {
        is_requested: envelope.action() == "requested",
        // The answer names it as GitHub does.
        environment: wire
            .environment
            .or_else(|| named(Some(deployment.environment.clone())))
            .ok_or("environment")?,
        callback_url: wire.deployment_callback_url.ok_or("deployment_callback_url")?,
        asked_by: envelope.sender.as_ref().and_then(person),
        deployment,
    })))
}

/// What an address for an answer names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCallback {
    /// `owner/name`.
    pub repository: String,
    /// Number of the run.
    pub run: i64,
}

impl RuleCallback {
    /// The deployment that waits, with the run that made it.
    pub fn deployment(&self, fact: &ProtectionRuleFact) -> DeploymentFact {
        DeploymentFact {
            run: Some(RunFact {
                id: self.run,
                attempt: None,
                name: None,
                path: None,
            }),
            ..fact.deployment.clone()
        }
    }
}

/// An answer to a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleAnswer {
    /// Name of the environment.
    pub environment: String,
    /// Whether it may go on; `None`: it waits, and here is why.
    pub is_approved: Option<bool>,
    /// For people, in Markdown.
    pub comment: String,
}

#[derive(Deserialize)]
struct PendingWire {
    environment: Option<PendingEnvironmentWire>,
}

#[derive(Deserialize)]
struct PendingEnvironmentWire {
    name: Option<String>,
}

impl GithubClient {
    /// What an address for an answer names, where it is one of this GitHub.
    pub fn rule_callback(&self, address: &str) -> Option<RuleCallback> {
        callback(self.transport.base_url(), address)
    }

    /// Answers the rule for every job of a run that waits for an environment, or says why they wait.
    ///
    /// # Errors
    /// With [`GithubError::Unavailable`], [`GithubError::Timeout`] and [`GithubError::Garbled`] it may have arrived all the same.
    pub async fn answer_rule(
        &self,
        (owner, name): (&str, &str),
        run: i64,
        answer: &RuleAnswer,
    ) -> Result<(), GithubError> {
        let run = run.to_string();
        let segments = [
            "repos",
            owner,
            name,
            "actions",
            "runs",
            &*run,
            "deployment_protection_rule",
        ];
        let comment: String = answer.comment.chars().take(LONGEST_COMMENT).collect();
        let mut body = json!({ "environment_name": answer.environment, "comment": comment });
        if let Some(is_approved) = answer.is_approved {
            body["state"] = if is_approved { "approved" } else { "rejected" }.into();
        }
        self.transport.post_json(&segments, body).await.map(drop)
    }

    /// Whether a run waits for an environment.
    pub async fn waits_for_environment(
        &self,
        (owner, name): (&str, &str),
        run: i64,
        environment: &str,
    ) -> Result<bool, GithubError> {
        let run = run.to_string();
        let segments = [
            "repos",
            owner,
            name,
            "actions",
            "runs",
            &*run,
            "pending_deployments",
        ];
        let answer = self.transport.get(&segments, &[]).await?;
        let pending: Vec<PendingWire> = parse(&answer)?;
        let mut names = pending
            .into_iter()
            .filter_map(|pending| pending.environment.and_then(|environment| environment.name));
        Ok(names.any(|name| name.eq_ignore_ascii_case(environment)))
    }
}

fn callback(base: &Url, address: &str) -> Option<RuleCallback> {
    let url = Url::parse(address).ok()?;
    let is_plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if url.origin() != base.origin() || !is_plain {
        return None;
    }
    let below = url
        .path()
        .strip_prefix(base.path().trim_end_matches('/'))?
        .strip_prefix('/')?;
    let segments: Vec<&str> = below.split('/').collect();
    let [
        "repos",
        owner,
        name,
        "actions",
        "runs",
        run,
        "deployment_protection_rule",
    ] = segments[..]
    else {
        return None;
    };
    let is_name = |text: &str| {
        let is_known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        !text.is_empty() && !matches!(text, "." | "..") && text.bytes().all(is_known)
    };
    if !is_name(owner) || !is_name(name) {
        return None;
    }
    Some(RuleCallback {
        repository: format!("{owner}/{name}"),
        run: run.parse::<i64>().ok().filter(|run| *run > 0)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_read_and_what_is_missing_is_named() {
        let mut body = json!({
            "action": "requested", "environment": "Production", "deployment_callback_url": "https://api.github.com/x",
            "repository": {"id": 7, "name": "shop", "full_name": "acme/shop", "owner": {"id": 2, "login": "acme"}},
            "sender": {"id": 1, "login": "ada", "type": "User"},
            "deployment": {"id": 145, "sha": "f95f", "ref": "main", "environment": "Production",
                "created_at": "2026-01-03T01:28:30Z"},
        });
        let read = |body: &serde_json::Value| {
            let event = "deployment_protection_rule";
            super::super::facts(event, body.to_string().as_bytes())
        };
        let Some(observation) = read(&body).unwrap() else {
            panic!()
        };
        let ObservedEvent::ProtectionRule(fact) = observation.event else {
            panic!()
        };
        assert!(fact.is_requested);
        assert_eq!(
            (&*fact.environment, fact.deployment.github_id),
            ("Production", 145)
        );
        assert_eq!(fact.asked_by.unwrap().login, "ada");
        for field in ["deployment", "deployment_callback_url"] {
            let whole = body.clone();
            body[field] = serde_json::Value::Null;
            let error = read(&body).unwrap_err().to_string();
            assert!(error.contains(field), "{error}");
            body = whole;
        }
    }

    fn of(base: &str, address: &str) -> Option<RuleCallback> {
        callback(&Url::parse(base).unwrap(), address)
    }

    #[test]
    fn only_an_address_of_our_own_github_is_one() {
        let place = "repos/acme/shop/actions/runs/7/deployment_protection_rule";
        let found = Some(RuleCallback {
            repository: "acme/shop".to_owned(),
            run: 7,
        });
        for base in [
            "https://api.github.com",
            "https://api.github.com/",
            "https://git.acme.example/api/v3",
        ] {
            let own = format!("{}/{place}", base.trim_end_matches('/'));
            assert_eq!(of(base, &own), found, "{own}");
        }
        for wrong in [
            format!("https://api.github.com.evil.example/{place}"),
            format!("http://api.github.com/{place}"),
            format!("https://api.github.com:8443/{place}"),
            format!("https://api.github.com@evil.example/{place}"),
            format!("https://me@api.github.com/{place}"),
            format!("https://api.github.com/{place}?x=1"),
            format!("https://api.github.com/x/{place}"),
            format!("https://api.github.com/{place}/x"),
            format!("https://api.github.com/{}", place.replace('7', "seven")),
            format!("https://api.github.com/{}", place.replace("acme", "a%2Fb")),
            "not an address".to_owned(),
        ] {
            assert_eq!(of("https://api.github.com", &wrong), None, "{wrong}");
        }
        let outside = format!("https://git.acme.example/{place}");
        assert_eq!(of("https://git.acme.example/api/v3", &outside), None);
    }
}
