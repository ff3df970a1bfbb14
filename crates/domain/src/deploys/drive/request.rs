//! Asking for a driven deploy: raw input, and the checks that make it one.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Configuration, Drive, Weights,
    evidence::{Finding, Item, check_tag},
};
use crate::{
    deploys::{
        DeployKind, Strategy,
        report::{NewDeploy, RawDeploy},
    },
    environments::EnvironmentClass,
    error::FieldErrors,
    report::Checked,
};

/// A driven deploy as somebody asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RawDrive {
    /// What is deployed where. Phases and what it undoes are left out: Fairway says those.
    pub deploy: RawDeploy,
    /// Shares of a canary in percent; the strategy's own by default.
    pub weights: Vec<i64>,
    /// Hash of the configuration.
    pub config: Option<String>,
    /// Hash of the Terraform plan.
    pub plan: Option<String>,
    /// What goes on without being known, and why.
    pub waivers: Vec<RawWaiver>,
    /// What the pipeline knows of the image.
    pub facts: Vec<RawFact>,
}

/// Going on without an item, as somebody sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RawWaiver {
    /// A word of [`Item`].
    pub item: String,
    /// Why.
    pub reason: String,
}

/// What is known of a scan or a signature, as somebody sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RawFact {
    /// `scan` or `signature`.
    pub item: String,
    /// Whether it is as it should be.
    pub good: bool,
    /// What was found.
    pub what: String,
    /// Of a scan: how many critical findings.
    pub critical: Option<i64>,
}

/// A driven deploy as asked for, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDrive {
    /// What is deployed where.
    pub deploy: NewDeploy,
    /// Shares of the traffic.
    pub weights: Weights,
    /// What an approval binds beside the release.
    pub configuration: Configuration,
    /// What goes on without being known, and why.
    pub waivers: Vec<(Item, String)>,
    /// What the pipeline knows of the image.
    pub facts: Vec<(Item, Finding)>,
}

/// The most waivers or facts in one request.
const MOST: usize = 20;

impl NewDrive {
    /// Checks a request as of `now`.
    ///
    /// # Errors
    /// Everything that is wrong, field by field.
    pub fn parse(raw: RawDrive, now: DateTime<Utc>) -> Result<Self, FieldErrors> {
        let mut checked = Checked::new(now);
        if !raw.deploy.phases.is_empty() {
            checked.add(
                "phases",
                "leave them out: Fairway says how a deploy goes that it drives",
            );
        }
        if raw.deploy.requested_at.is_some() {
            checked.add(
                "requested_at",
                "leave it out: a deploy that Fairway drives is asked for now",
            );
        }
        if raw.deploy.rollback_of.is_some() || raw.deploy.kind.as_deref() == Some("rollback") {
            checked.add(
                "rollback_of",
                "roll a deploy back where it is, instead of asking for another one",
            );
        }
        if raw.waivers.len() > MOST || raw.facts.len() > MOST {
            checked.add("waivers", format!("send at most {MOST} waivers and {MOST} facts"));
        }
        let waivers = raw.waivers.into_iter().take(MOST).enumerate();
        let waivers = waivers
            .filter_map(|(index, raw)| waiver(&mut checked, index, raw))
            .collect();
        let facts = raw.facts.into_iter().take(MOST).enumerate();
        let facts: Vec<(Item, Finding)> = facts
            .filter_map(|(index, raw)| fact(&mut checked, index, raw))
            .collect();
        check_contradictions(&mut checked, &facts);
        let configuration = Configuration {
            config: checked.name("config", raw.config, 200),
            plan: checked.name("plan", raw.plan, 200),
        };
        let is_bound =
            raw.deploy.sha.is_some() || raw.deploy.digest.is_some() || configuration.plan.is_some();
        if !is_bound {
            checked.add(
                "sha",
                "name the commit or the image's digest; nobody can approve a version alone, which may be anything",
            );
        }
        let deploy = NewDeploy::parse(raw.deploy, now);
        let weights = match &deploy {
            Ok(deploy) => Weights::parse(deploy.strategy, &raw.weights),
            Err(_) => Ok(Weights::of(Strategy::default())),
        };
        let both = FieldErrors::both(deploy, weights);
        let ((deploy, weights), (waivers, facts)) = FieldErrors::both(both, checked.or((waivers, facts)))?;
        Ok(Self {
            deploy,
            weights,
            configuration,
            waivers,
            facts,
        })
    }

    /// Refuses what may not go to an environment of a class.
    ///
    /// # Errors
    /// Of the field `version` or `digest`.
    pub fn check_class(&self, class: EnvironmentClass) -> Result<(), FieldErrors> {
        check_tag(self.deploy.version.as_deref(), class)?;
        if class == EnvironmentClass::Production && self.deploy.digest.is_none() {
            let message =
                "name the image by its digest, `sha256:…`: production takes nothing that can change";
            return Err(FieldErrors::one("digest", message));
        }
        Ok(())
    }

    /// Checks that a request that comes again asks for what it asked for first: what people decide on never changes under them.
    /// What it does not say of the release, it said before.
    ///
    /// # Errors
    /// What differs, and what to do.
    pub fn check_same(&self, taken: &Drive, kind: Option<DeployKind>) -> Result<(), String> {
        let (deploy, release) = (&self.deploy, &taken.release);
        let release = [
            ("sha", &deploy.sha, &release.sha),
            ("version", &deploy.version, &release.version),
            ("digest", &deploy.digest, &release.digest),
        ];
        let release = release.map(|(word, said, taken)| (word, said.is_none() || said == taken));
        let waived = self.waivers.iter();
        let waived: BTreeSet<(Item, &str)> = waived.map(|(item, why)| (*item, why.as_str())).collect();
        let first = taken.waivers.iter();
        let first: BTreeSet<(Item, &str)> = first
            .map(|waiver| (waiver.item, waiver.reason.as_str()))
            .collect();
        let (own, theirs) = (&self.configuration, &taken.configuration);
        let words = [
            ("kind", deploy.kind == kind),
            ("strategy", deploy.strategy == taken.strategy),
            ("weights", self.weights == taken.weights),
            ("config", own.config == theirs.config),
            ("plan", own.plan == theirs.plan),
            ("waivers", waived == first),
        ];
        let differing: Vec<&str> = release
            .into_iter()
            .chain(words)
            .filter_map(|(word, is_same)| (!is_same).then_some(word))
            .collect();
        if differing.is_empty() {
            return Ok(());
        }
        Err(format!(
            "the deploy of this external_id was asked for with another {}; what people decide on does not change, so ask for \
             another one with an external_id of its own",
            differing.join(", ")
        ))
    }
}

fn waiver(checked: &mut Checked, index: usize, raw: RawWaiver) -> Option<(Item, String)> {
    let path = format!("waivers[{index}]");
    let item = Item::parse(raw.item.trim()).filter(|item| item.can_be_waived());
    if item.is_none() {
        checked.add(
            format!("{path}.item"),
            "choose one of checks, scan, signature, rollback_target, promotion, backup",
        );
    }
    let reason = checked.text(&format!("{path}.reason"), Some(raw.reason), 2000);
    let reason = reason.filter(|reason| reason.chars().count() >= 3);
    if reason.is_none() {
        checked.add(format!("{path}.reason"), "say why in 3 to 2,000 characters");
    }
    item.zip(reason)
}

fn fact(checked: &mut Checked, index: usize, raw: RawFact) -> Option<(Item, Finding)> {
    let path = format!("facts[{index}]");
    let item = Item::parse(raw.item.trim()).filter(|item| matches!(item, Item::Scan | Item::Signature));
    if item.is_none() {
        checked.add(format!("{path}.item"), "choose one of scan, signature");
    }
    let what = checked.text(&format!("{path}.what"), Some(raw.what), 2000);
    if what.is_none() {
        checked.add(format!("{path}.what"), "say what was found, and by what");
    }
    let critical = critical(checked, &path, (item, raw.good), raw.critical);
    let (item, what) = item.zip(what)?;
    let finding = if raw.good {
        Finding::good(what)
    } else {
        Finding::bad(what).with_critical(critical)
    };
    Some((item, finding))
}

/// How many critical findings a scan has, where that is said and fits the rest.
fn critical(
    checked: &mut Checked,
    path: &str,
    (item, good): (Option<Item>, bool),
    said: Option<i64>,
) -> Option<u32> {
    let said = said?;
    let count = u32::try_from(said).ok().filter(|count| (*count == 0) == good);
    let count = count.filter(|_| item == Some(Item::Scan));
    if count.is_none() {
        checked.add(
            format!("{path}.critical"),
            "leave it out, or say of a scan how many critical findings there are: 0 where it is good, else 1 or more",
        );
    }
    count
}

/// Of two findings about one item nobody knows which holds.
fn check_contradictions(checked: &mut Checked, facts: &[(Item, Finding)]) {
    for (index, (item, finding)) in facts.iter().enumerate() {
        let mut before = facts[..index].iter();
        if before.any(|(other, said)| other == item && said != finding) {
            let message = format!(
                "what is known of the {} was said otherwise before; send one finding of it",
                item.as_str()
            );
            checked.add("facts", message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::world::drive, *};

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    fn raw() -> RawDrive {
        RawDrive {
            deploy: RawDeploy {
                service: "orders".into(),
                environment: "production".into(),
                sha: Some("a".repeat(40)),
                digest: Some(format!("sha256:{}", "a".repeat(64))),
                strategy: Some("canary".into()),
                ..RawDeploy::default()
            },
            ..RawDrive::default()
        }
    }

    #[test]
    fn a_request_is_read_with_the_weights_of_its_strategy() {
        let new = NewDrive::parse(raw(), now()).unwrap();
        assert_eq!(new.weights.as_slice(), [5, 25, 50, 100]);
        assert!(new.check_class(EnvironmentClass::Production).is_ok());
    }

    #[test]
    fn what_can_be_anything_is_not_asked_for() {
        let mut named = raw();
        named.deploy.environment = "staging".into();
        named.deploy.version = Some("1.2.0".into());
        (named.deploy.sha, named.deploy.digest) = (None, None);
        let errors = NewDrive::parse(named.clone(), now()).unwrap_err();
        assert_eq!(errors.0[0].field, "sha");
        named.plan = Some("p1".into());
        assert!(NewDrive::parse(named, now()).is_ok());
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let wrong = RawDrive {
            weights: vec![50],
            waivers: vec![RawWaiver {
                item: "digest".into(),
                reason: "no".into(),
            }],
            facts: vec![RawFact {
                item: "checks".into(),
                ..RawFact::default()
            }],
            deploy: RawDeploy {
                kind: Some("rollback".into()),
                ..raw().deploy
            },
            ..RawDrive::default()
        };
        let errors = NewDrive::parse(wrong, now()).unwrap_err();
        let fields: Vec<&str> = errors.0.iter().map(|error| error.field.as_str()).collect();
        for field in [
            "weights",
            "rollback_of",
            "waivers[0].item",
            "waivers[0].reason",
            "facts[0].item",
            "facts[0].what",
        ] {
            assert!(fields.contains(&field), "{field} in {fields:?}");
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let fact = |good, what: &str| RawFact {
            item: "scan".into(),
            good,
            what: what.into(),
            critical: None,
        };
        let said = |facts: Vec<RawFact>| NewDrive::parse(RawDrive { facts, ..raw() }, now());
        let (bad, good) = (fact(false, "CVE-2026-1 is critical"), fact(true, "nothing"));
        for facts in [vec![bad.clone(), good.clone()], vec![good, bad.clone()]] {
            let errors = said(facts).unwrap_err();
            assert_eq!(errors.0[0].field, "facts");
        }
        assert!(said(vec![bad.clone(), bad]).is_ok());
    }

    #[test]
    fn critical_findings_are_counted_where_the_scan_is_bad() {
        let said = |item: &str, good, critical| {
            let fact = RawFact {
                item: item.into(),
                good,
                what: "Trivy".into(),
                critical: Some(critical),
            };
            let facts = vec![fact];
            NewDrive::parse(RawDrive { facts, ..raw() }, now()).map(|new| new.facts)
        };
        let bad = Finding::bad("Trivy").with_critical(Some(3));
        assert_eq!(said("scan", false, 3).unwrap(), [(Item::Scan, bad)]);
        assert_eq!(
            said("scan", true, 0).unwrap(),
            [(Item::Scan, Finding::good("Trivy"))]
        );
        for (item, good, count) in [
            ("scan", true, 1),
            ("scan", false, 0),
            ("scan", false, -1),
            ("signature", false, 1),
        ] {
            let errors = said(item, good, count).unwrap_err();
            assert_eq!(errors.0[0].field, "facts[0].critical", "{item} {good} {count}");
        }
    }

    #[test]
    fn a_request_that_comes_again_asks_for_the_same() {
        let new = NewDrive::parse(raw(), now()).unwrap();
        let taken = drive(1);
        assert_eq!(new.check_same(&taken, None), Ok(()));
        let mut silent = new.clone();
        silent.deploy.digest = None;
        assert_eq!(silent.check_same(&taken, None), Ok(()), "it was said before");
        let changed = |change: &dyn Fn(&mut NewDrive)| {
            let mut other = new.clone();
            change(&mut other);
            other.check_same(&taken, None).unwrap_err()
        };
        let scan = (Item::Scan, "the scanner is slow".to_owned());
        for (word, why) in [
            ("kind", changed(&|new| new.deploy.kind = Some(DeployKind::Hotfix))),
            (
                "strategy",
                changed(&|new| new.deploy.strategy = Strategy::Rolling),
            ),
            (
                "weights",
                changed(&|new| new.weights = Weights::of(Strategy::Rolling)),
            ),
            (
                "config",
                changed(&|new| new.configuration.config = Some("c2".into())),
            ),
            ("plan", changed(&|new| new.configuration.plan = Some("p2".into()))),
            ("waivers", changed(&|new| new.waivers.push(scan.clone()))),
        ] {
            assert!(why.contains(&format!("another {word};")), "{word}: {why}");
        }
    }

    #[test]
    fn production_takes_a_digest_and_no_tag_that_moves() {
        let mut new = NewDrive::parse(raw(), now()).unwrap();
        new.deploy.version = Some("latest".into());
        assert_eq!(
            new.check_class(EnvironmentClass::Production).unwrap_err().0[0].field,
            "version"
        );
        new.deploy.version = None;
        new.deploy.digest = None;
        assert_eq!(
            new.check_class(EnvironmentClass::Production).unwrap_err().0[0].field,
            "digest"
        );
        assert!(new.check_class(EnvironmentClass::Staging).is_ok());
    }
}
