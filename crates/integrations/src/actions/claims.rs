//! Claims as they are written in a token, and as the domain knows them.

use chrono::{DateTime, Utc};
use domain::tokens::{Claims, RunClaims};
use serde::Deserialize;

use super::error::ActionsError;

/// The longest text that is taken. GitHub's longest, a workflow's reference, stays far below.
const LONGEST: usize = 1000;
/// More audiences than a token needs.
const MOST_AUDIENCES: usize = 10;

/// Of which issuer a token says it is; asked before anything is verified, to know whose keys to take.
#[derive(Deserialize)]
pub(super) struct IssuerWire {
    pub iss: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ClaimsWire {
    iss: Option<String>,
    aud: Option<AudienceWire>,
    jti: Option<String>,
    repository: Option<String>,
    repository_id: Option<String>,
    workflow_ref: Option<String>,
    #[serde(rename = "ref")]
    git_ref: Option<String>,
    environment: Option<String>,
    run_id: Option<String>,
    run_attempt: Option<String>,
    sha: Option<String>,
    actor: Option<String>,
    actor_id: Option<String>,
    iat: Option<i64>,
    nbf: Option<i64>,
    exp: Option<i64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum AudienceWire {
    One(String),
    Many(Vec<String>),
}

impl ClaimsWire {
    /// The claims, or the first that is missing or cannot be used.
    pub fn convert(self) -> Result<Claims, ActionsError> {
        let audience = match self.aud {
            Some(AudienceWire::One(one)) => vec![one],
            Some(AudienceWire::Many(many)) if many.len() <= MOST_AUDIENCES => many,
            _ => return Err(ActionsError::Claim("aud")),
        };
        let environment = match self.environment {
            Some(name) => Some(text("environment", Some(name))?),
            None => None,
        };
        let not_before = match self.nbf {
            Some(seconds) => Some(time("nbf", Some(seconds))?),
            None => None,
        };
        let repository_id = number("repository_id", self.repository_id.as_deref())?;
        let run = RunClaims {
            run: number("run_id", self.run_id.as_deref())?,
            attempt: number("run_attempt", self.run_attempt.as_deref())?,
            sha: self.sha.map(|sha| text("sha", Some(sha))).transpose()?,
            actor: self.actor.map(|login| text("actor", Some(login))).transpose()?,
            actor_id: number("actor_id", self.actor_id.as_deref())?,
        };
        Ok(Claims {
            issuer: text("iss", self.iss)?,
            audience,
            id: text("jti", self.jti)?,
            repository: text("repository", self.repository)?,
            repository_id,
            workflow_ref: text("workflow_ref", self.workflow_ref)?,
            git_ref: text("ref", self.git_ref)?,
            environment,
            run,
            issued_at: time("iat", self.iat)?,
            not_before,
            expires_at: time("exp", self.exp)?,
        })
    }
}

/// A text that can be stored and shown.
fn text(claim: &'static str, value: Option<String>) -> Result<String, ActionsError> {
    value
        .filter(|text| !text.is_empty() && text.len() <= LONGEST && !text.chars().any(char::is_control))
        .ok_or(ActionsError::Claim(claim))
}

/// A number, which GitHub writes as a text; one that is not there is none.
fn number(claim: &'static str, text: Option<&str>) -> Result<Option<i64>, ActionsError> {
    let number = text.map(str::parse::<i64>).transpose();
    number.map_err(|_| ActionsError::Claim(claim))
}

fn time(claim: &'static str, seconds: Option<i64>) -> Result<DateTime<Utc>, ActionsError> {
    // Within what can be added to and subtracted from.
    seconds
        .filter(|seconds| (0..=u32::MAX.into()).contains(seconds))
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .ok_or(ActionsError::Claim(claim))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(change: impl FnOnce(&mut serde_json::Value)) -> Result<Claims, ActionsError> {
        let mut value = json!({
            "iss": "https://issuer.example", "aud": "us", "jti": "1", "repository": "acme/shop", "workflow_ref": "a@b",
            "ref": "refs/heads/main", "iat": 1_800_000_000, "exp": 1_800_000_300,
        });
        change(&mut value);
        serde_json::from_value::<ClaimsWire>(value).unwrap().convert()
    }

    #[test]
    fn claims_are_read_and_the_first_that_is_wrong_is_named() {
        let read = claims(|_| {}).unwrap();
        assert_eq!(
            (read.audience, read.environment, read.not_before),
            (vec!["us".to_owned()], None, None)
        );
        assert_eq!(read.run, RunClaims::default());
        let of_run = claims(|c| {
            c["run_id"] = json!("71");
            c["actor_id"] = json!("7");
        });
        let run = of_run.unwrap().run;
        assert_eq!((run.run, run.actor_id, run.sha), (Some(71), Some(7), None));
        assert_eq!(
            claims(|c| c["aud"] = json!(["us", "them"]))
                .unwrap()
                .audience
                .len(),
            2
        );
        for (name, value) in [
            ("aud", json!(null)),
            ("jti", json!("")),
            ("repository", json!("a\u{0}b")),
            ("ref", json!("r".repeat(1001))),
            ("exp", json!(-1)),
            ("iat", json!(i64::MAX)),
            ("environment", json!("a\nb")),
            ("repository_id", json!("acme")),
            ("run_id", json!("seven")),
            ("run_attempt", json!("")),
            ("actor", json!("")),
        ] {
            let refused = claims(|claims| claims[name] = value).unwrap_err();
            assert_eq!(refused, ActionsError::Claim(name));
        }
    }
}
