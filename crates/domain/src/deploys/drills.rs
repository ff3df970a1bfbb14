//! Rollback drills: the last good release comes back in an environment that is no production, and goes again. What a drill
//! is, when it is due, why one is skipped, and what came of it.
//!
//! A drill is two drives, its legs, each of which holds the environment until the other has it. Knows no database and no clock.

mod pullable;
mod schedule;
mod standing;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

pub use self::{
    pullable::{Pull, Pullable},
    schedule::{RawSchedule, Schedule, Scheduled, Slot},
    standing::DrillStanding,
};
use super::drive::End;
use crate::{
    ids::{DeployId, DrillId},
    moments::MOMENT,
};

/// A half of a drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// The last good release comes back.
    Back,
    /// What ran before comes again.
    Return,
}

/// What came of a drill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Outcome {
    /// The release before ran and was good, and what ran before it runs again.
    Passed,
    /// Either did not work.
    Failed,
    /// Nothing was touched.
    Skipped,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Passed, Self::Failed, Self::Skipped];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    /// The outcome that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// A drill as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drill {
    /// Which.
    pub id: DrillId,
    /// Name of the environment.
    pub environment: String,
    /// When it began, or was skipped.
    pub begun_at: DateTime<Utc>,
    /// The deploy that brought the last good release back; nothing of one that was skipped.
    pub back: Option<DeployId>,
    /// The deploy that brought what ran before again.
    pub again: Option<DeployId>,
    /// When the last good release ran, watched and good.
    pub stable_at: Option<DateTime<Utc>>,
    /// What came of it; nothing of one on its way.
    pub outcome: Option<Outcome>,
    /// Why.
    pub why: Option<String>,
}

impl Drill {
    /// How long it took until the last good release ran, watched and good.
    pub fn took(&self) -> Option<TimeDelta> {
        Some(self.stable_at? - self.begun_at)
    }

    /// Whether it was tried, whatever came of it.
    pub fn ran(&self) -> bool {
        self.outcome != Some(Outcome::Skipped)
    }
}

/// Why no drill can begin now, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Skip {
    /// Users are there.
    #[error("drills never touch production, and this environment is of that class; choose another one")]
    Production,
    /// One is on its way.
    #[error("a drill of this service is on its way; wait for its end")]
    Drilling,
    /// There is nothing to come back to.
    #[error("nothing runs there; deploy a release first")]
    NothingRuns,
    /// There is nothing to go back to.
    #[error("no release before what runs there is known to be good; a second release makes one")]
    NoWayBack,
    /// Somebody deploys there.
    #[error("deploy {0} is on its way there; drill once it has ended")]
    Deploying(DeployId),
    /// Another drive has the environment.
    #[error("deploy {0} has the environment; drill once it has ended")]
    Leased(DeployId),
    /// Nobody deploys there.
    #[error("nobody is set to carry out deploys there; set an executor in the settings of the service")]
    NoExecutor,
    /// Nothing is deployed now.
    #[error("the freeze {name} holds until {}; drill after it", .until.format(MOMENT))]
    Frozen {
        /// Its name.
        name: String,
        /// When it ends.
        until: DateTime<Utc>,
    },
}

/// How a leg ended, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegEnd {
    /// How.
    pub end: End,
    /// Why, for people.
    pub why: String,
}

/// What came of a drill whose legs ended so; the second is missing where nothing was left to bring again.
pub fn judge(back: &LegEnd, again: Option<&LegEnd>) -> (Outcome, String) {
    let failed = |what: &str, why: &str| (Outcome::Failed, format!("{what}: {why}"));
    match (back.end, again.map(|leg| (leg.end, leg.why.as_str()))) {
        (End::Succeeded, Some((End::Succeeded, _))) => {
            let why = "the last good release ran, was watched and good, and what ran before runs again";
            (Outcome::Passed, why.to_owned())
        }
        (End::Succeeded, Some((_, why))) => failed(
            "the last good release ran, but what ran before did not come again",
            why,
        ),
        (End::Succeeded, None) => failed(
            "the last good release ran, but what ran before was not brought again",
            "another deploy has the environment",
        ),
        (_, Some((End::Succeeded, _)) | None) => failed("going back did not work", &back.why),
        (_, Some((_, why))) => failed(
            "neither going back nor coming again worked",
            &format!("{}; {why}", back.why),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(end: End) -> LegEnd {
        LegEnd {
            end,
            why: format!("it ended {}", end.as_str()),
        }
    }

    #[test]
    fn a_drill_passes_where_both_legs_worked_and_says_which_did_not() {
        let good = leg(End::Succeeded);
        assert_eq!(judge(&good, Some(&good)).0, Outcome::Passed);
        for end in End::ALL {
            let bad = leg(end);
            let cases = [
                (judge(&bad, None), "going back"),
                (judge(&bad, Some(&good)), "going back"),
                (judge(&good, Some(&bad)), "did not come again"),
                (judge(&bad, Some(&bad)), "neither"),
            ];
            for ((outcome, why), words) in cases {
                if end != End::Succeeded {
                    assert_eq!(outcome, Outcome::Failed, "{end:?}");
                    assert!(why.contains(words) && why.contains(&bad.why), "{why}");
                }
            }
        }
        assert_eq!(judge(&good, None).0, Outcome::Failed);
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.as_str()), Some(outcome));
        }
    }
}
