//! When a deploy began, was seen and ended, and what people and machines may say about it because of that.

use chrono::{DateTime, SecondsFormat, Utc};

use super::DeployState;
use crate::{error::FieldErrors, report::AHEAD};

/// The times of a deploy as they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// Where it stands.
    pub state: DeployState,
    /// When it was asked for.
    pub requested_at: Option<DateTime<Utc>>,
    /// When users first saw it.
    pub exposed_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// When users first saw the next deploy of its environment.
    pub successor_exposed_at: Option<DateTime<Utc>>,
}

impl Life {
    /// Checks a time from which users are said to have seen it: not before it was asked for; of one that succeeded, not
    /// after the next one took its place; of any other, not after it ended; never in the future.
    pub fn check_exposure(&self, at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), FieldErrors> {
        let ended = self.finished_at.filter(|_| self.state != DeployState::Succeeded);
        let ends = [
            (Some(now), "which is now"),
            (self.successor_exposed_at, "when the next deploy took its place"),
            (ended, "when it ended"),
        ];
        let ends = ends.into_iter().filter_map(|(end, why)| Some((end?, why)));
        let (to, why_to) = ends.min_by_key(|(end, _)| *end).unwrap_or((now, "which is now"));
        let from = self.requested_at.unwrap_or(to).min(to);
        // The clock of whoever says it may be ahead of ours.
        let skew = if to == now {
            AHEAD
        } else {
            chrono::TimeDelta::zero()
        };
        if from <= at && at <= to + skew {
            return Ok(());
        }
        let message = format!(
            "give a time from {}, when this deploy was asked for, to {}, {why_to}",
            time(from),
            time(to)
        );
        Err(FieldErrors::one("value", message))
    }

    /// Checks that it can fix another: users saw that one, and before this one.
    pub fn check_fixes(&self, fixed: &Self) -> Result<(), FieldErrors> {
        let message = match (fixed.exposed_at, self.exposed_at) {
            (None, _) => "users never saw that deploy, so there was nothing to fix".to_owned(),
            (Some(fixed), Some(own)) if fixed > own => format!(
                "users saw that deploy only at {}, after this one at {}; a deploy fixes an earlier one",
                time(fixed),
                time(own)
            ),
            _ => return Ok(()),
        };
        Err(FieldErrors::one("value", message))
    }

    /// Checks that a deploy asked for at `requested_at` can undo this one.
    pub fn check_undone(&self, requested_at: DateTime<Utc>) -> Result<(), FieldErrors> {
        match self.requested_at.filter(|own| *own > requested_at) {
            Some(own) => Err(FieldErrors::one(
                "rollback_of",
                format!(
                    "that deploy was asked for only at {}, after this one at {}; a rollback undoes an earlier one",
                    time(own),
                    time(requested_at)
                ),
            )),
            None => Ok(()),
        }
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::minutes(minute)
    }

    fn life(state: DeployState, finished: Option<i64>, successor: Option<i64>) -> Life {
        Life {
            state,
            requested_at: Some(at(10)),
            exposed_at: None,
            finished_at: finished.map(at),
            successor_exposed_at: successor.map(at),
        }
    }

    #[test]
    fn an_exposure_lies_in_the_life_of_its_deploy() {
        use DeployState as S;
        let ok = |life: &Life, minute| life.check_exposure(at(minute), at(100)).is_ok();
        let good = life(S::Succeeded, Some(20), None);
        assert!(ok(&good, 10) && ok(&good, 60) && ok(&good, 104));
        assert!(!ok(&good, 9) && !ok(&good, 106) && !ok(&good, 40_000_000) && !ok(&good, -13_000_000));
        let replaced = life(S::Succeeded, Some(20), Some(50));
        assert!(ok(&replaced, 50) && !ok(&replaced, 51));
        for ended in [S::Failed, S::Lost, S::Superseded, S::RolledBack] {
            let ended = life(ended, Some(20), Some(50));
            assert!(ok(&ended, 20) && !ok(&ended, 21), "{ended:?}");
        }
        let said = replaced.check_exposure(at(60), at(100)).unwrap_err().to_string();
        for bound in [time(at(10)), time(at(50)), "took its place".to_owned()] {
            assert!(said.contains(&bound), "{said}");
        }
    }

    #[test]
    fn only_what_came_before_is_fixed_or_undone() {
        let seen = |minute| Life {
            exposed_at: Some(at(minute)),
            ..life(DeployState::Succeeded, Some(minute), None)
        };
        assert!(seen(30).check_fixes(&seen(20)).is_ok());
        assert!(seen(20).check_fixes(&seen(30)).is_err());
        assert!(
            seen(20)
                .check_fixes(&life(DeployState::Failed, Some(15), None))
                .is_err()
        );
        assert!(seen(20).check_undone(at(12)).is_ok());
        assert!(seen(20).check_undone(at(9)).is_err());
    }
}
