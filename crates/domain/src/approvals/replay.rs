//! What policies would have done to deploys that were: looked at before a policy is saved.

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, Utc};

use super::{
    Evaluation, FactName, Facts, Policy, StoredPolicy, Target, evaluate,
    policy::{first_that_fits, in_force},
};
use crate::ids::DeployId;

/// A deploy that was, with what policies look at.
#[derive(Clone, Debug, PartialEq)]
pub struct PastDeploy {
    /// Which.
    pub id: DeployId,
    /// Slug of its service.
    pub service: String,
    /// Name of its environment.
    pub environment: String,
    /// What policies are looked for.
    pub target: Target,
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// Whether it failed after users had it.
    pub failed: bool,
    /// What was known of it.
    pub facts: Facts,
}

/// A deploy that was, and what would have come of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// Which.
    pub id: DeployId,
    /// Slug of its service.
    pub service: String,
    /// Name of its environment.
    pub environment: String,
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// Whether it failed after users had it.
    pub failed: bool,
    /// How many people are asked about it as the policies are.
    pub before: u8,
    /// How many would be.
    pub after: u8,
    /// Why it would have been stopped, in a sentence; `None` where it would not.
    pub stopped: Option<String>,
}

impl Replayed {
    /// Whether a figure is made of it: how many are asked about it differs, it would have been stopped, or it failed.
    fn counts(&self) -> bool {
        self.before != self.after || self.stopped.is_some() || self.failed
    }
}

/// Deploys about which more people would be asked, or fewer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    /// How many deploys.
    pub deploys: u64,
    /// How many approvals in all.
    pub approvals: u64,
}

impl Shift {
    fn note(&mut self, approvals: u8) {
        self.deploys += u64::from(approvals > 0);
        self.approvals += u64::from(approvals);
    }
}

/// What would have come of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replay {
    /// Deploys that were looked at.
    pub deploys: u64,
    /// Of these, how many people are asked about as the policies are.
    pub asked_before: u64,
    /// How many they would be asked about.
    pub asked: u64,
    /// Those about which more people would be asked.
    pub more: Shift,
    /// Those about which fewer would be.
    pub fewer: Shift,
    /// How many would have been refused or frozen.
    pub stopped: u64,
    /// Deploys that failed.
    pub failed: u64,
    /// Of these, how many would have been refused or frozen.
    pub stopped_failed: u64,
    /// How often a fact that the policies look at is not known of a deploy that was.
    pub unknown: BTreeMap<FactName, u64>,
    /// The deploys that the figures are made of, in the order in which they were given.
    pub rows: Vec<Replayed>,
}

impl Replay {
    /// How many more deploys people would have been asked about; fewer where it is below nothing.
    pub fn asked_more(&self) -> i64 {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        number(self.asked) - number(self.asked_before)
    }

    /// How many more approvals, and of how many deploys: ", for 64 more approvals on 32 deploys and 3 fewer on 3".
    fn approvals(&self) -> String {
        let said = |shift: Shift, word: &str| {
            let (approvals, deploys) = (
                counted(shift.approvals, "approval"),
                counted(shift.deploys, "deploy"),
            );
            let approvals = approvals.replacen(' ', &format!(" {word} "), 1);
            format!("{approvals} on {deploys}")
        };
        match (self.more.deploys, self.fewer.deploys) {
            (0, 0) => " for as many approvals".to_owned(),
            (_, 0) => format!(", for {}", said(self.more, "more")),
            (0, _) => format!(", for {}", said(self.fewer, "fewer")),
            (..) => format!(
                ", for {} and {}",
                said(self.more, "more"),
                said(self.fewer, "fewer")
            ),
        }
    }

    /// What it would have stopped of what failed, and of what went well.
    fn stops(&self) -> String {
        let (good, stopped_good) = (self.deploys - self.failed, self.stopped - self.stopped_failed);
        let failed = format!(
            "{} of {}",
            self.stopped_failed,
            counted(self.failed, "failed deploy")
        );
        match (self.failed, good) {
            (0, 0) => "; there was no deploy".to_owned(),
            (0, _) => format!(
                ", would have stopped {stopped_good} of {}, none of which failed",
                counted(good, "deploy")
            ),
            (_, 0) => format!(", would have stopped {failed}"),
            (..) => format!(", would have stopped {failed} and {stopped_good} of {good} that did not fail"),
        }
    }
}

fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

impl fmt::Display for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = self.asked_more();
        let times = |count: u64| if count == 1 { "time" } else { "times" };
        match more.unsigned_abs() {
            0 => f.write_str("would have asked as often")?,
            count if more > 0 => write!(f, "would have asked {count} more {}", times(count))?,
            count => write!(f, "would have asked {count} fewer {}", times(count))?,
        }
        write!(f, "{}{}", self.approvals(), self.stops())
    }
}

/// Asks the policies as they are and as they would be about every deploy that was.
pub fn replay(before: &[StoredPolicy], after: &[StoredPolicy], deploys: &[PastDeploy]) -> Replay {
    let mut replay = Replay::default();
    // Of thousands of deploys each, which policies are looked at is one question.
    let (before, after) = (in_force(before), in_force(after));
    for deploy in deploys {
        let (was, now) = (asked_of(&before, deploy), asked_of(&after, deploy));
        replay.deploys += 1;
        replay.asked_before += u64::from(was.asks());
        replay.asked += u64::from(now.asks());
        replay.stopped += u64::from(now.stops());
        replay.failed += u64::from(deploy.failed);
        replay.stopped_failed += u64::from(deploy.failed && now.stops());
        let row = row(deploy, &was, &now);
        replay.more.note(row.after.saturating_sub(row.before));
        replay.fewer.note(row.before.saturating_sub(row.after));
        replay.rows.extend(row.counts().then_some(row));
        for (name, _) in now.unknown {
            *replay.unknown.entry(name).or_default() += 1;
        }
    }
    replay
}

fn row(deploy: &PastDeploy, was: &Evaluation, now: &Evaluation) -> Replayed {
    let refused = now.needs.refused.as_ref().map(|why| format!("Refused: {why}."));
    let frozen = now
        .frozen
        .as_ref()
        .map(|frozen| format!("Frozen: {}.", frozen.name));
    Replayed {
        id: deploy.id,
        service: deploy.service.clone(),
        environment: deploy.environment.clone(),
        at: deploy.at,
        failed: deploy.failed,
        before: was.needs.people(),
        after: now.needs.people(),
        stopped: refused.or(frozen),
    }
}

fn asked_of(policies: &[&StoredPolicy], deploy: &PastDeploy) -> Evaluation {
    let unwritten = Policy::unwritten();
    let policy = first_that_fits(policies, deploy.target).map_or(&unwritten, |stored| &stored.policy);
    evaluate(policy, &deploy.facts, deploy.at)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::{
        approvals::{Freeze, Origin, Risk, Span},
        environments::EnvironmentClass,
    };

    fn stored(policy: Policy) -> StoredPolicy {
        StoredPolicy {
            id: uuid::Uuid::from_u128(1).into(),
            policy,
            origin: Origin::Page,
            position: 1,
            version: 1,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    /// A deploy every hour from the beginning of time on; every tenth failed.
    fn deploys() -> Vec<PastDeploy> {
        (0..50)
            .map(|hour| PastDeploy {
                id: uuid::Uuid::from_u128(u128::try_from(hour).unwrap()).into(),
                service: "shop".into(),
                environment: "live".into(),
                target: Target {
                    tier: None,
                    class: EnvironmentClass::Production,
                    risk: Risk::Low,
                },
                at: DateTime::UNIX_EPOCH + TimeDelta::hours(hour),
                failed: hour % 10 == 0,
                facts: Facts::default(),
            })
            .collect()
    }

    #[test]
    fn a_policy_is_asked_about_what_was_before_it_is_saved() {
        let nobody = Policy {
            approvals: 0,
            ..Policy::unwritten()
        };
        let one = Policy {
            freezes: vec![Freeze {
                name: "Day two".into(),
                zone: chrono_tz::UTC,
                span: Span::Once {
                    from: "1970-01-02T00:00:00".parse().unwrap(),
                    to: "1970-01-03T00:00:00".parse().unwrap(),
                },
            }],
            ..Policy::unwritten()
        };
        let (before, after) = ([stored(nobody)], [stored(one)]);
        let found = replay(&before, &after, &deploys());
        assert_eq!((found.deploys, found.asked_before, found.asked), (50, 0, 50));
        assert_eq!((found.stopped, found.failed, found.stopped_failed), (24, 5, 2));
        assert_eq!(
            found.to_string(),
            "would have asked 50 more times, for 50 more approvals on 50 deploys, \
             would have stopped 2 of 5 failed deploys and 22 of 45 that did not fail"
        );
        assert_eq!(
            found.rows.len(),
            50,
            "of each it differs whether anybody is asked"
        );
        let row = &found.rows[30];
        assert_eq!((row.before, row.after, row.failed), (0, 1, true));
        assert_eq!(row.stopped.as_deref(), Some("Frozen: Day two."));
        let back = replay(&after, &before, &deploys());
        assert_eq!(
            back.to_string(),
            "would have asked 50 fewer times, for 50 fewer approvals on 50 deploys, \
             would have stopped 0 of 5 failed deploys and 0 of 45 that did not fail"
        );
        // As often, and about each deploy twenty people where it is one.
        let twenty = Policy {
            approvals: 20,
            ..Policy::unwritten()
        };
        let many = replay(&[stored(Policy::unwritten())], &[stored(twenty)], &deploys());
        assert_eq!(
            many.to_string(),
            "would have asked as often, for 950 more approvals on 50 deploys, \
             would have stopped 0 of 5 failed deploys and 0 of 45 that did not fail"
        );
        assert_eq!(many.rows.len(), 50, "of each it differs how many are asked");
        let same = replay(&after, &after, &deploys());
        assert_eq!(
            same.rows.len(),
            24 + 3,
            "those that are frozen, and the others that failed"
        );
        assert_eq!(
            replay(&after, &after, &[]).to_string(),
            "would have asked as often for as many approvals; there was no deploy"
        );
    }
}
