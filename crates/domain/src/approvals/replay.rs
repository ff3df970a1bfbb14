//! What policies would have done to deploys that were: looked at before a policy is saved.

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, Utc};

use super::{Evaluation, FactName, Facts, Policy, StoredPolicy, Target, choose, evaluate};

/// A deploy that was, with what policies look at.
#[derive(Clone, Debug, PartialEq)]
pub struct PastDeploy {
    /// What policies are looked for.
    pub target: Target,
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// Whether it failed after users had it.
    pub failed: bool,
    /// What was known of it.
    pub facts: Facts,
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
    /// How many would have been refused or frozen.
    pub stopped: u64,
    /// Deploys that failed.
    pub failed: u64,
    /// Of these, how many would have been refused or frozen.
    pub stopped_failed: u64,
    /// How often a fact that the policies look at is not known of a deploy that was.
    pub unknown: BTreeMap<FactName, u64>,
}

impl Replay {
    /// How many more deploys people would have been asked about; fewer where it is below nothing.
    pub fn asked_more(&self) -> i64 {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        number(self.asked) - number(self.asked_before)
    }
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
        match (self.stopped_failed, self.failed) {
            (_, 0) => f.write_str("; no deploy failed"),
            (stopped, 1) => write!(f, ", would have stopped {stopped} of 1 failed deploy"),
            (stopped, failed) => write!(f, ", would have stopped {stopped} of {failed} failed deploys"),
        }
    }
}

/// Asks the policies as they are and as they would be about every deploy that was.
pub fn replay(before: &[StoredPolicy], after: &[StoredPolicy], deploys: &[PastDeploy]) -> Replay {
    let mut replay = Replay::default();
    for deploy in deploys {
        let now = asked_of(after, deploy);
        replay.deploys += 1;
        replay.asked_before += u64::from(asked_of(before, deploy).asks());
        replay.asked += u64::from(now.asks());
        replay.stopped += u64::from(now.stops());
        replay.failed += u64::from(deploy.failed);
        replay.stopped_failed += u64::from(deploy.failed && now.stops());
        for (name, _) in now.unknown {
            *replay.unknown.entry(name).or_default() += 1;
        }
    }
    replay
}

fn asked_of(policies: &[StoredPolicy], deploy: &PastDeploy) -> Evaluation {
    let unwritten = Policy::unwritten();
    let policy = choose(policies, &deploy.target).map_or(&unwritten, |stored| &stored.policy);
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
            "would have asked 50 more times, would have stopped 2 of 5 failed deploys"
        );
        let back = replay(&after, &before, &deploys());
        assert_eq!(
            back.to_string(),
            "would have asked 50 fewer times, would have stopped 0 of 5 failed deploys"
        );
        assert_eq!(
            replay(&after, &after, &[]).to_string(),
            "would have asked as often; no deploy failed"
        );
    }
}
