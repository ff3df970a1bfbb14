//! Deploys and phases as a CI or a person reports them: raw input, and the checks that make it trustworthy.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{DeployKind, DeployState, Strategy};
use crate::{environments::EnvironmentClass, error::FieldErrors, ids::DeployId, report::Checked};

/// A deploy as somebody sends it. Times are RFC 3339.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RawDeploy {
    /// Slug of the service.
    pub service: String,
    /// Name of the environment.
    pub environment: String,
    /// Full commit sha.
    pub sha: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Image digest.
    pub digest: Option<String>,
    /// Branch or tag.
    pub git_ref: Option<String>,
    /// `normal hotfix rollback config retry`; left out, the history says it.
    pub kind: Option<String>,
    /// `rolling blue_green canary`; `rolling` by default.
    pub strategy: Option<String>,
    /// Id of the deploy that this one undoes.
    pub rollback_of: Option<String>,
    /// The sender's own identity: the same deploy reported again updates it.
    pub external_id: Option<String>,
    /// When it was asked for; now by default.
    pub requested_at: Option<String>,
    /// The sender's own words.
    pub description: Option<String>,
    /// Where the log is.
    pub log_url: Option<String>,
    /// Where the environment answers.
    pub environment_url: Option<String>,
    /// Who asked for it.
    pub initiator: Option<String>,
    /// What happened so far, for example `[{"state": "succeeded", "at": "…"}]`.
    pub phases: Vec<RawPhase>,
}

/// A phase as somebody sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RawPhase {
    /// A word of [`DeployState`].
    pub state: String,
    /// When; now by default.
    pub at: Option<String>,
    /// Whether users were exposed; left out, the state says it.
    pub exposed: Option<bool>,
    /// Canary weight in percent.
    pub weight: Option<i64>,
    /// The sender's own words.
    pub note: Option<String>,
}

/// A deploy as reported, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDeploy {
    /// Slug of the service.
    pub service: String,
    /// Name of the environment.
    pub environment: String,
    /// Full commit sha, in lower case.
    pub sha: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Image digest.
    pub digest: Option<String>,
    /// Branch or tag.
    pub git_ref: Option<String>,
    /// Kind, where stated.
    pub kind: Option<DeployKind>,
    /// Strategy.
    pub strategy: Strategy,
    /// What it undoes.
    pub rollback_of: Option<DeployId>,
    /// The sender's own identity.
    pub external_id: Option<String>,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// The sender's own words.
    pub description: Option<String>,
    /// Where the log is.
    pub log_url: Option<String>,
    /// Where the environment answers.
    pub environment_url: Option<String>,
    /// Who asked for it.
    pub initiator: Option<String>,
    /// What happened so far.
    pub phases: Vec<NewPhase>,
}

/// A phase as reported, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPhase {
    /// Where the deploy stands.
    pub state: DeployState,
    /// Since when.
    pub at: DateTime<Utc>,
    /// Whether users were exposed, where stated.
    pub exposed: Option<bool>,
    /// Canary weight, 0 to 100.
    pub weight: Option<i16>,
    /// The sender's own words.
    pub note: Option<String>,
}

/// A release as a deploy names it: all that is known of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedRelease {
    /// Full commit sha.
    pub sha: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Image digest.
    pub digest: Option<String>,
}

/// The most phases in one report.
const MAX_PHASES: usize = 100;

impl NewDeploy {
    /// Checks a report as of `now`.
    pub fn parse(raw: RawDeploy, now: DateTime<Utc>) -> Result<Self, FieldErrors> {
        let mut checked = Checked::new(now);
        let says_what = [&raw.sha, &raw.version, &raw.digest]
            .iter()
            .any(|said| said.as_deref().is_some_and(|said| !said.trim().is_empty()));
        let phases = phases(&mut checked, raw.phases);
        // Who does not say when a deploy was asked for cannot mean a time after it had begun.
        let begun = phases.iter().map(|phase| phase.at).min();
        let requested_at = checked.time("requested_at", raw.requested_at);
        let requested_at = requested_at.unwrap_or_else(|| begun.map_or(now, |begun| begun.min(now)));
        let new = Self {
            service: checked.service("service", &raw.service),
            environment: checked.named(
                "environment",
                &raw.environment,
                100,
                "name the environment, for example `production`",
            ),
            sha: checked.sha("sha", raw.sha),
            version: checked.name("version", raw.version, 200),
            digest: checked.digest("digest", raw.digest),
            git_ref: checked.name("git_ref", raw.git_ref, 255),
            kind: checked.word(
                "kind",
                raw.kind,
                DeployKind::parse_stated,
                "normal, hotfix, rollback, config, retry",
            ),
            strategy: checked
                .word(
                    "strategy",
                    raw.strategy,
                    Strategy::parse,
                    "rolling, blue_green, canary",
                )
                .unwrap_or_default(),
            rollback_of: checked.id("rollback_of", raw.rollback_of),
            external_id: checked.name("external_id", raw.external_id, 200),
            requested_at,
            description: checked.text("description", raw.description, 2000),
            log_url: checked.url("log_url", raw.log_url),
            environment_url: checked.url("environment_url", raw.environment_url),
            initiator: checked.name("initiator", raw.initiator, 200),
            phases,
        };
        if !says_what {
            checked.add(
                "sha",
                "say what is deployed: give at least one of sha, version and digest",
            );
        }
        if let Some(early) = new.phases.iter().position(|phase| phase.at < requested_at) {
            checked.add(
                format!("phases[{early}].at"),
                "a phase cannot be before requested_at",
            );
        }
        checked.or(new)
    }

    /// Checks that a report of a known deploy means the release that it took: a deploy takes one, and a release never
    /// changes. The error says which word differs and what to do.
    pub fn check_release(&self, taken: &NamedRelease) -> Result<(), String> {
        let words = [
            ("sha", &taken.sha, &self.sha),
            ("version", &taken.version, &self.version),
            ("digest", &taken.digest, &self.digest),
        ];
        let differing = words.into_iter().find_map(|(word, taken, said)| {
            let (taken, said) = (taken.as_ref()?, said.as_ref()?);
            (taken != said).then_some((word, taken, said))
        });
        match differing {
            Some((word, taken, said)) => Err(format!(
                "the deploy of this external_id took {word} {taken}, not {said}; a deploy takes one release, so report another \
                 attempt with an external_id of its own"
            )),
            None => Ok(()),
        }
    }

    /// Refuses what may not go to an environment of a class: a mutable tag is not a release.
    pub fn check_class(&self, class: EnvironmentClass) -> Result<(), FieldErrors> {
        let mutable = self
            .version
            .as_deref()
            .is_some_and(|version| tag_of(version).eq_ignore_ascii_case("latest"));
        if mutable && class == EnvironmentClass::Production {
            return Err(FieldErrors::one(
                "version",
                "`latest` can change under a running service; give the version or the image digest that it stands for",
            ));
        }
        Ok(())
    }
}

/// The tag of what may be a whole image: `registry.example/shop:latest` is as mutable as `latest`.
pub(super) fn tag_of(version: &str) -> &str {
    version.rsplit([':', '/']).next().unwrap_or(version).trim()
}

impl NewPhase {
    /// Checks a phase as of `now`.
    pub fn parse(raw: RawPhase, now: DateTime<Utc>) -> Result<Self, FieldErrors> {
        let mut checked = Checked::new(now);
        match phase(&mut checked, "", raw) {
            Some(new) => checked.or(new),
            None => Err(checked.into_errors()),
        }
    }
}

fn phases(checked: &mut Checked, raw: Vec<RawPhase>) -> Vec<NewPhase> {
    if raw.len() > MAX_PHASES {
        checked.add("phases", format!("send at most {MAX_PHASES} phases at once"));
        return Vec::new();
    }
    raw.into_iter()
        .enumerate()
        .filter_map(|(index, raw)| phase(checked, &format!("phases[{index}]."), raw))
        .collect()
}

fn phase(checked: &mut Checked, path: &str, raw: RawPhase) -> Option<NewPhase> {
    let at = checked
        .time(&format!("{path}at"), raw.at)
        .unwrap_or(checked.now());
    let note = checked.text(&format!("{path}note"), raw.note, 2000);
    let weight = raw.weight.map(|weight| i16::try_from(weight).unwrap_or(-1));
    if weight.is_some_and(|weight| !(0..=100).contains(&weight)) {
        checked.add(
            format!("{path}weight"),
            "give the canary's share in percent, 0 to 100",
        );
    }
    let reportable = |word: &str| {
        DeployState::parse(word).filter(|state| !matches!(state, DeployState::Superseded | DeployState::Lost))
    };
    let Some(state) = reportable(raw.state.trim()) else {
        checked.add(
            format!("{path}state"),
            "choose one of requested, prepare, awaiting_approval, backup, deploy, verify, confirm, rolling_back, \
             succeeded, rejected, expired, cancelled, failed, rolled_back",
        );
        return None;
    };
    Some(NewPhase {
        state,
        at,
        exposed: raw.exposed,
        weight,
        note,
    })
}

/// Whether a text is an image digest: `sha256:` and 64 lower-case hex digits. A tag is not one.
pub fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64
            && hex
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    fn raw() -> RawDeploy {
        RawDeploy {
            service: "orders".into(),
            environment: "production".into(),
            sha: Some("A".repeat(40)),
            ..RawDeploy::default()
        }
    }

    fn fields(raw: RawDeploy) -> Vec<String> {
        NewDeploy::parse(raw, now())
            .unwrap_err()
            .0
            .into_iter()
            .map(|error| error.field)
            .collect()
    }

    #[test]
    fn a_report_is_read_and_defaults_are_filled() {
        let new = NewDeploy::parse(raw(), now()).unwrap();
        assert_eq!(new.sha.as_deref(), Some("a".repeat(40).as_str()));
        assert_eq!(
            (new.requested_at, new.kind, new.strategy),
            (now(), None, Strategy::Rolling)
        );
    }

    #[test]
    fn everything_wrong_is_said_at_once_with_its_path() {
        let wrong = RawDeploy {
            service: " ".into(),
            sha: Some("abc".into()),
            digest: Some("latest".into()),
            kind: Some("great".into()),
            rollback_of: Some("x".into()),
            requested_at: Some("yesterday".into()),
            log_url: Some("javascript:alert(1)".into()),
            phases: vec![
                RawPhase {
                    state: "lost".into(),
                    weight: Some(101),
                    ..RawPhase::default()
                },
                RawPhase {
                    state: "deploy".into(),
                    at: Some("1999-01-01T00:00:00Z".into()),
                    ..RawPhase::default()
                },
            ],
            ..raw()
        };
        let fields = fields(wrong);
        for field in [
            "service",
            "sha",
            "digest",
            "kind",
            "rollback_of",
            "requested_at",
            "log_url",
            "phases[0].state",
            "phases[0].weight",
            "phases[1].at",
        ] {
            assert!(fields.iter().any(|wrong| wrong == field), "{field} in {fields:?}");
        }
    }

    #[test]
    fn a_release_must_be_named_and_production_takes_no_mutable_tag() {
        assert_eq!(fields(RawDeploy { sha: None, ..raw() }), ["sha"]);
        let latest = RawDeploy {
            version: Some("latest".into()),
            ..raw()
        };
        let latest = NewDeploy::parse(latest, now()).unwrap();
        assert!(latest.check_class(EnvironmentClass::Production).is_err());
        assert!(latest.check_class(EnvironmentClass::Staging).is_ok());
        for (version, is_taken) in [
            ("registry.example:5000/shop:latest", false),
            ("shop/Latest", false),
            ("registry.example/latest/shop:1.4.2", true),
        ] {
            let named = NewDeploy {
                version: Some(version.into()),
                ..latest.clone()
            };
            let checked = named.check_class(EnvironmentClass::Production);
            assert_eq!(checked.is_ok(), is_taken, "{version}");
        }
    }

    #[test]
    fn the_future_and_nul_bytes_are_refused() {
        let ahead = RawDeploy {
            requested_at: Some((now() + TimeDelta::minutes(6)).to_rfc3339()),
            ..raw()
        };
        assert_eq!(fields(ahead), ["requested_at"]);
        let nul = RawDeploy {
            description: Some("a\0b".into()),
            ..raw()
        };
        assert_eq!(fields(nul), ["description"]);
    }

    #[test]
    fn a_known_deploy_keeps_its_release() {
        let report = |version: Option<&str>| {
            let version = version.map(str::to_owned);
            NewDeploy::parse(RawDeploy { version, ..raw() }, now()).unwrap()
        };
        let taken = NamedRelease {
            version: Some("1.2.3".into()),
            ..NamedRelease::default()
        };
        assert_eq!(report(Some("1.2.3")).check_release(&taken), Ok(()));
        assert_eq!(report(None).check_release(&taken), Ok(()));
        assert_eq!(
            report(Some("1.2.4")).check_release(&NamedRelease::default()),
            Ok(())
        );
        let said = report(Some("1.2.4")).check_release(&taken).unwrap_err();
        assert!(said.contains("version 1.2.3, not 1.2.4"), "{said}");
    }

    #[test]
    fn names_hold_nothing_that_cannot_be_seen() {
        let hidden = RawDeploy {
            environment: "production\u{202e}".into(),
            version: Some("1.2\u{200b}.3".into()),
            external_id: Some("run\n1".into()),
            description: Some("two\nlines".into()),
            ..raw()
        };
        assert_eq!(fields(hidden), ["environment", "version", "external_id"]);
    }

    #[test]
    fn digests_are_exact() {
        assert!(is_digest(&format!("sha256:{}", "a0".repeat(32))));
        assert!(!is_digest(&format!("sha256:{}", "A0".repeat(32))));
        assert!(!is_digest("sha256:abc") && !is_digest("latest"));
    }
}
