//! Trust in tokens that another system signs: what GitHub Actions says of a running workflow, and the rules that it is held
//! against before it is exchanged for a token of ours.
//!
//! Knows no signature: what comes here was verified.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    actor::Scope,
    error::FieldErrors,
    ids::{ServiceAccountId, TrustRuleId},
    names,
    tokens::{Reach, RunClaims, parse_scopes},
};

/// How long an exchanged token works. A job that takes longer asks again.
pub const EXCHANGED_FOR: TimeDelta = TimeDelta::minutes(15);
/// Clocks differ by this much at most.
pub const LEEWAY: TimeDelta = TimeDelta::seconds(30);
/// GitHub's tokens work for five minutes, those of a GitHub Enterprise for ten; one that works for longer is none of theirs.
const LONGEST_LIFE: TimeDelta = TimeDelta::hours(1);
/// The longest text of a rule.
const LONGEST: usize = 300;

/// What a verified token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `iss`: who signed it.
    pub issuer: String,
    /// `aud`: for whom.
    pub audience: Vec<String>,
    /// `jti`: the token's own id.
    pub id: String,
    /// `repository`: `owner/name`.
    pub repository: String,
    /// `repository_id`: the number behind the name, which never changes.
    pub repository_id: Option<i64>,
    /// `workflow_ref`: `owner/name/.github/workflows/file.yml@ref`.
    pub workflow_ref: String,
    /// `ref`: the branch or tag that the workflow runs for.
    pub git_ref: String,
    /// `environment`: the deployment environment of the job, where it has one.
    pub environment: Option<String>,
    /// Its run.
    pub run: RunClaims,
    /// `iat`
    pub issued_at: DateTime<Utc>,
    /// `nbf`
    pub not_before: Option<DateTime<Utc>>,
    /// `exp`
    pub expires_at: DateTime<Utc>,
}

/// Why a token's times do not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongTime {
    /// It is over.
    #[error("the token has expired; ask for a new one right before it is exchanged")]
    Over,
    /// It is of the future.
    #[error("the token is not valid yet; compare the clocks of both machines")]
    Early,
    /// It works for longer than any that its issuer makes.
    #[error("the token works for longer than an hour; only short-lived ones are exchanged")]
    Long,
}

impl Claims {
    /// Holds the token's times against the clock.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn check_times(&self, now: DateTime<Utc>) -> Result<(), WrongTime> {
        if now >= self.expires_at + LEEWAY {
            return Err(WrongTime::Over);
        }
        let begins = self
            .not_before
            .map_or(self.issued_at, |begins| begins.max(self.issued_at));
        if now + LEEWAY < begins {
            return Err(WrongTime::Early);
        }
        if self.expires_at - self.issued_at > LONGEST_LIFE {
            return Err(WrongTime::Long);
        }
        Ok(())
    }
}

/// Which workflows are trusted, and what they get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustRule {
    /// Which.
    pub id: TrustRuleId,
    /// Whose tokens it gives: they never may more.
    pub account: ServiceAccountId,
    /// What it asks of a token and gives for it.
    #[serde(flatten)]
    pub terms: TrustTerms,
    /// The number of the repository, which the first token that was taken said.
    pub repository_id: Option<i64>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl TrustRule {
    /// Whether a verified token is all that the rule asks, and of the repository that it was first used by: who has its name
    /// today may be somebody else.
    pub fn trusts(&self, claims: &Claims) -> bool {
        let known = self.repository_id;
        self.terms.fits(claims) && known.is_none_or(|id| claims.repository_id == Some(id))
    }
}

/// What a rule asks of a token, and what it gives. What is left out is not asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustTerms {
    /// The issuer, one of those that the server is set to believe.
    pub issuer: String,
    /// What must be among the token's audiences: a token made for someone else is not for us.
    pub audience: String,
    /// `owner/name`, compared without case, as GitHub does.
    pub repository: String,
    /// File of the workflow, for example `.github/workflows/deploy.yml`.
    pub workflow: Option<String>,
    /// Branch or tag, for example `refs/heads/main`.
    pub git_ref: Option<String>,
    /// The deployment environment of the job, compared without case, as GitHub does.
    pub environment: Option<String>,
    /// What the tokens may.
    pub scopes: Vec<Scope>,
    /// Where they may.
    pub reach: Reach,
}

/// A rule as a form sends it.
#[derive(Clone, Debug, Default)]
pub struct RawTrust {
    /// The issuer's address.
    pub issuer: String,
    /// The audience.
    pub audience: String,
    /// `owner/name`.
    pub repository: String,
    /// File of the workflow, or nothing.
    pub workflow: String,
    /// Branch or tag, or nothing.
    pub git_ref: String,
    /// Environment of the job, or nothing.
    pub environment: String,
    /// Words of scopes.
    pub scopes: Vec<String>,
    /// Names of environments, between commas.
    pub environments: String,
    /// Words of classes.
    pub classes: Vec<String>,
}

impl TrustTerms {
    /// Reads a rule; `issuers` are those that the server is set to believe.
    ///
    /// # Errors
    /// What is wrong with each field.
    pub fn parse(raw: &RawTrust, issuers: &[String]) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        if !issuers.contains(&raw.issuer) {
            errors.add("issuer", "choose an issuer that the server is set to believe");
        }
        let mut text = |field: &str, value: &str| {
            let value = value.trim();
            if value.chars().count() > LONGEST {
                errors.add(field, format!("write at most {LONGEST} characters"));
            } else if let Some(hidden) = names::unseen(value) {
                errors.add(field, names::leave_out(hidden));
            }
            Some(value.to_owned()).filter(|value| !value.is_empty())
        };
        let audience = text("audience", &raw.audience);
        let repository = text("repository", &raw.repository);
        let workflow = text("workflow", &raw.workflow);
        let git_ref = text("git_ref", &raw.git_ref);
        let environment = text("rule_environment", &raw.environment);
        if audience.is_none() {
            errors.add("audience", "say what the workflow asks for as the audience");
        }
        if !repository.as_deref().is_some_and(is_repository) {
            errors.add("repository", "write one repository as owner/name");
        }
        if workflow.as_deref().is_some_and(|file| !is_workflow(file)) {
            errors.add(
                "workflow",
                "write the file's path, such as .github/workflows/deploy.yml",
            );
        }
        if git_ref
            .as_deref()
            .is_some_and(|git_ref| !git_ref.starts_with("refs/"))
        {
            errors.add("git_ref", "write it whole, such as refs/heads/main");
        }
        let classes: Vec<&str> = raw.classes.iter().map(String::as_str).collect();
        let gives = FieldErrors::both(
            parse_scopes(&raw.scopes),
            Reach::parse("rule_environments", &raw.environments, &classes),
        );
        let (scopes, reach) = errors.with(gives)?;
        Ok(Self {
            issuer: raw.issuer.clone(),
            audience: audience.unwrap_or_default(),
            repository: repository.unwrap_or_default(),
            workflow,
            git_ref,
            environment,
            scopes,
            reach,
        })
    }

    /// Whether a verified token is all that the rule asks.
    pub fn fits(&self, claims: &Claims) -> bool {
        let workflow = self.workflow.as_deref();
        let environment = self.environment.as_ref().is_none_or(|asked| {
            let found = claims.environment.as_ref();
            found.is_some_and(|found| asked.to_lowercase() == found.to_lowercase())
        });
        self.issuer == claims.issuer
            && claims.audience.contains(&self.audience)
            && self.repository.eq_ignore_ascii_case(&claims.repository)
            && (workflow.is_none() || workflow == file_of(claims))
            && self.git_ref.as_ref().is_none_or(|asked| *asked == claims.git_ref)
            && environment
    }
}

/// The file of the token's workflow. One of another repository is none: who may write there is not who may write here.
///
/// A file's name may hold an `@`, so the path ends where a whole reference begins: `deploy.yml@x.yml` is not `deploy.yml`.
fn file_of(claims: &Claims) -> Option<&str> {
    let (path, _) = claims.workflow_ref.split_once("@refs/")?;
    let (repository, file) = path.split_at_checked(claims.repository.len())?;
    let file = file.strip_prefix('/')?;
    repository
        .eq_ignore_ascii_case(&claims.repository)
        .then_some(file)
}

fn is_repository(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    text.split_once('/')
        .is_some_and(|(owner, name)| is_part(owner) && is_part(name))
}

fn is_workflow(text: &str) -> bool {
    let is_file = matches!(text.rsplit_once('.'), Some((_, "yml" | "yaml")));
    is_file && text.starts_with(".github/workflows/") && !text.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://token.actions.githubusercontent.com";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn claims() -> Claims {
        Claims {
            issuer: ISSUER.into(),
            audience: vec!["https://fairway.example".into()],
            id: "1".into(),
            repository: "acme/shop".into(),
            repository_id: Some(4711),
            workflow_ref: "acme/shop/.github/workflows/deploy.yml@refs/heads/main".into(),
            git_ref: "refs/heads/main".into(),
            environment: Some("production".into()),
            run: RunClaims::default(),
            issued_at: at(0),
            not_before: Some(at(-10)),
            expires_at: at(300),
        }
    }

    fn raw() -> RawTrust {
        RawTrust {
            issuer: ISSUER.into(),
            audience: "https://fairway.example".into(),
            repository: "Acme/shop".into(),
            workflow: ".github/workflows/deploy.yml".into(),
            git_ref: "refs/heads/main".into(),
            environment: "Production".into(),
            scopes: vec!["deploys:write".into()],
            environments: "production".into(),
            classes: Vec::new(),
        }
    }

    fn terms(change: impl FnOnce(&mut RawTrust)) -> TrustTerms {
        let mut raw = raw();
        change(&mut raw);
        TrustTerms::parse(&raw, &[ISSUER.to_owned()]).unwrap()
    }

    #[test]
    fn times_are_held_against_the_clock_with_a_little_leeway() {
        let claims = claims();
        assert_eq!(claims.check_times(at(-30)), Ok(()));
        assert_eq!(claims.check_times(at(-31)), Err(WrongTime::Early));
        assert_eq!(claims.check_times(at(329)), Ok(()));
        assert_eq!(claims.check_times(at(330)), Err(WrongTime::Over));
        let early = Claims {
            not_before: Some(at(100)),
            ..claims.clone()
        };
        assert_eq!(early.check_times(at(0)), Err(WrongTime::Early));
        let long = Claims {
            expires_at: at(3601),
            ..claims
        };
        assert_eq!(long.check_times(at(0)), Err(WrongTime::Long));
    }

    #[test]
    fn everything_that_a_rule_asks_must_fit() {
        assert!(terms(|_| {}).fits(&claims()));
        let wrong: [fn(&mut Claims); 10] = [
            |claims| claims.issuer = "https://evil.example".into(),
            |claims| claims.audience = vec!["https://other.example".into()],
            |claims| claims.repository = "acme/shop2".into(),
            |claims| claims.git_ref = "refs/heads/feature".into(),
            |claims| claims.environment = None,
            |claims| claims.environment = Some("staging".into()),
            |claims| claims.workflow_ref = "acme/shop/.github/workflows/deploy.yaml@refs/heads/main".into(),
            |claims| claims.workflow_ref = "evil/shop/.github/workflows/deploy.yml@refs/heads/main".into(),
            |claims| {
                claims.workflow_ref = "acme/shop/.github/workflows/deploy.yml@x.yml@refs/heads/main".into();
            },
            |claims| claims.workflow_ref = String::new(),
        ];
        for (number, change) in wrong.into_iter().enumerate() {
            let mut claims = claims();
            change(&mut claims);
            assert!(!terms(|_| {}).fits(&claims), "{number}");
        }
        let mut branch = claims();
        branch.workflow_ref = "acme/shop/.github/workflows/deploy.yml@refs/heads/a@refs/b".into();
        assert!(terms(|_| {}).fits(&branch), "a branch may hold one");
        let open = terms(|raw| {
            raw.workflow.clear();
            raw.git_ref.clear();
            raw.environment.clear();
        });
        let mut any = claims();
        any.environment = None;
        any.git_ref = "refs/pull/7/merge".into();
        any.workflow_ref = "acme/other/x@y".into();
        assert!(open.fits(&any));
    }

    #[test]
    fn a_repository_of_the_same_name_inherits_no_trust() {
        let mut rule = TrustRule {
            id: TrustRuleId(uuid::Uuid::nil()),
            account: ServiceAccountId(uuid::Uuid::nil()),
            terms: terms(|_| {}),
            repository_id: None,
            created_at: at(0),
        };
        let with = |repository_id| Claims {
            repository_id,
            ..claims()
        };
        assert!(rule.trusts(&with(None)) && rule.trusts(&with(Some(4711))));
        rule.repository_id = Some(4711);
        assert!(rule.trusts(&with(Some(4711))));
        assert!(!rule.trusts(&with(Some(4712))) && !rule.trusts(&with(None)));
    }

    #[test]
    fn a_rule_is_checked_field_by_field() {
        let raw = RawTrust {
            issuer: "https://evil.example".into(),
            repository: "acme".into(),
            workflow: "deploy.yml".into(),
            git_ref: "main".into(),
            scopes: vec!["everything".into()],
            ..RawTrust::default()
        };
        let wrong = TrustTerms::parse(&raw, &[ISSUER.to_owned()]).unwrap_err();
        let fields: Vec<String> = wrong.0.into_iter().map(|error| error.field).collect();
        assert_eq!(
            fields,
            [
                "issuer",
                "audience",
                "repository",
                "workflow",
                "git_ref",
                "scopes[0]"
            ]
        );
    }
}
