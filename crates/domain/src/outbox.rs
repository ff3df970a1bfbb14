//! Effects on the outside: what they are, whom they are for, and what becomes of one after an attempt to send it.
//!
//! Knows no system that is reached. An effect that may have arrived is never taken for one that did not: whoever sends it again
//! uses the same id, and looks first where the receiver can be asked.

use std::{fmt, str::FromStr};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::ids::{DeployId, EffectId, EnvironmentId, NotificationTargetId, RepositoryId, ServiceId};

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EffectKind {
    /// An order to an executor; its payload is an [`Order`](crate::executors::Order).
    Execute,
    /// News for whoever chose them; its payload is a [`Notice`](crate::notifications::Notice).
    Tell,
    /// The same news, to one target.
    Notify,
    /// What a run at GitHub that waits is told; its payload is a [`RuleReply`](crate::approvals::RuleReply).
    Answer,
    /// How a drive stands, shown at GitHub; what that is, is looked up when it is shown.
    Show,
}

impl EffectKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Execute, Self::Tell, Self::Notify, Self::Answer, Self::Show];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Execute => "execute",
            Self::Tell => "tell",
            Self::Notify => "notify",
            Self::Answer => "answer",
            Self::Show => "show",
        }
    }

    /// The kind that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Whom an effect is for. It names a row; addresses and secrets stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EffectTarget {
    /// Whoever carries out the deploys of a service to an environment, when it is sent.
    Executor(ServiceId, EnvironmentId),
    /// Whoever chose to be told, when it is sent.
    Chosen,
    /// One place where news go.
    Place(NotificationTargetId),
    /// Runs of a repository.
    Runs(RepositoryId),
    /// The places at GitHub where a drive is shown.
    Drive(DeployId),
}

impl fmt::Display for EffectTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Executor(service, environment) => write!(f, "executor:{service}/{environment}"),
            Self::Chosen => f.write_str("chosen"),
            Self::Place(id) => write!(f, "target:{id}"),
            Self::Runs(id) => write!(f, "runs:{id}"),
            Self::Drive(id) => write!(f, "drive:{id}"),
        }
    }
}

/// A text that names no target of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an effect is for `executor:SERVICE/ENVIRONMENT`, `target:ID`, `runs:REPOSITORY`, `drive:DEPLOY` or `chosen`"
)]
pub struct NoTarget;

impl FromStr for EffectTarget {
    type Err = NoTarget;

    fn from_str(text: &str) -> Result<Self, NoTarget> {
        if text == "chosen" {
            return Ok(Self::Chosen);
        }
        if let Some(id) = text.strip_prefix("target:") {
            return id.parse().map(Self::Place).map_err(|_| NoTarget);
        }
        if let Some(id) = text.strip_prefix("runs:") {
            return id.parse().map(Self::Runs).map_err(|_| NoTarget);
        }
        if let Some(id) = text.strip_prefix("drive:") {
            return id.parse().map(Self::Drive).map_err(|_| NoTarget);
        }
        let (service, environment) = text
            .strip_prefix("executor:")
            .and_then(|rest| rest.split_once('/'))
            .ok_or(NoTarget)?;
        match (service.parse(), environment.parse()) {
            (Ok(service), Ok(environment)) => Ok(Self::Executor(service, environment)),
            _ => Err(NoTarget),
        }
    }
}

/// How far an effect came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EffectState {
    /// It is to be sent, now or again later.
    Waiting,
    /// The receiver took it.
    Sent,
    /// It was given up, and waits for a person.
    Dead,
}

impl EffectState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Sent, Self::Dead];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Dead => "dead",
        }
    }

    /// The state that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// An effect as people and its decision see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Which.
    pub id: EffectId,
    /// What it is the one effect of.
    pub key: String,
    /// What is done.
    pub kind: EffectKind,
    /// Whom it is for.
    pub target: EffectTarget,
    /// How far it came.
    pub state: EffectState,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried again.
    pub not_before: DateTime<Utc>,
    /// Why the last attempt failed, and what to do.
    pub last_error: Option<String>,
    /// What the receiver answered.
    pub outcome: Option<Value>,
    /// When it was wanted.
    pub created_at: DateTime<Utc>,
    /// When it was sent or given up.
    pub done_at: Option<DateTime<Utc>>,
}

/// How one attempt to send an effect ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Attempt {
    /// The receiver took it, and said this.
    Sent(Value),
    /// It surely did nothing, and trying again cannot help: why, and what to do.
    Refused(String),
    /// It was no attempt: nobody is asked before this time.
    Later(String, DateTime<Utc>),
    /// It failed. `unsure`: it may have arrived all the same.
    Failed {
        /// Why.
        words: String,
        /// Whether it may have arrived.
        unsure: bool,
    },
    /// It may have arrived at an earlier attempt, which cannot be found out: a person has to look.
    Doubtful(String),
}

/// What becomes of an effect after an attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// It is done.
    Sent(Value),
    /// It is given up until a person replays it.
    Dead {
        /// Why.
        words: String,
    },
    /// It is tried again.
    Again {
        /// Not before.
        at: DateTime<Utc>,
        /// Why.
        words: String,
        /// Whether this counts as a try.
        counts: bool,
        /// Whether it may have arrived.
        unsure: bool,
    },
}

/// Tries before an effect is given up: with the waits between them an hour and a half, longer than any restart.
pub const MOST_ATTEMPTS: i32 = 10;
/// The wait after the first failure. A receiver that was told, and did not answer in time, can be looked at by then.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(15);
/// The longest wait between two tries.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(30);

/// What becomes of an effect that was tried `attempts` times, this one included, and ended so now. An earlier attempt that may
/// have arrived (`was_unsure`) stays in doubt until one is sure.
pub fn fate(attempt: Attempt, (attempts, was_unsure): (i32, bool), now: DateTime<Utc>) -> Fate {
    match attempt {
        Attempt::Sent(outcome) => Fate::Sent(outcome),
        Attempt::Refused(words) | Attempt::Doubtful(words) => Fate::Dead { words },
        Attempt::Later(words, at) => Fate::Again {
            at: at.max(now),
            words,
            counts: false,
            unsure: was_unsure,
        },
        Attempt::Failed { words, .. } if attempts >= MOST_ATTEMPTS => Fate::Dead {
            words: format!("{words}. It was tried {attempts} times; mend it, then replay it"),
        },
        Attempt::Failed { words, unsure } => Fate::Again {
            at: now + wait(attempts),
            words,
            counts: true,
            unsure: unsure || was_unsure,
        },
    }
}

/// Twice as long after each failure.
fn wait(attempts: i32) -> TimeDelta {
    let doublings = attempts.saturating_sub(1).clamp(0, MOST_ATTEMPTS);
    (0..doublings)
        .fold(FIRST_WAIT, |wait, _| wait * 2)
        .min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn failed(unsure: bool) -> Attempt {
        Attempt::Failed {
            words: "it is away".to_owned(),
            unsure,
        }
    }

    #[test]
    fn a_target_is_read_as_it_is_written() {
        let id = Uuid::from_u128;
        for target in [
            EffectTarget::Executor(id(1).into(), id(2).into()),
            EffectTarget::Chosen,
            EffectTarget::Place(id(3).into()),
            EffectTarget::Runs(id(4).into()),
            EffectTarget::Drive(id(5).into()),
        ] {
            assert_eq!(target.to_string().parse(), Ok(target));
        }
        for wrong in ["", "executor:", "executor:1/2", "target:x", "https://example.com"] {
            assert_eq!(wrong.parse::<EffectTarget>(), Err(NoTarget), "{wrong}");
        }
    }

    #[test]
    fn words_name_kinds_and_states() {
        for kind in EffectKind::ALL {
            assert_eq!(EffectKind::parse(kind.as_str()), Some(kind));
        }
        for state in EffectState::ALL {
            assert_eq!(EffectState::parse(state.as_str()), Some(state));
        }
    }

    #[test]
    fn what_was_taken_is_done_and_what_was_refused_is_dead_at_once() {
        let sent = fate(Attempt::Sent(json!({"run": 7})), (1, true), now());
        assert_eq!(sent, Fate::Sent(json!({"run": 7})));
        for attempt in [Attempt::Refused("no".into()), Attempt::Doubtful("no".into())] {
            assert_eq!(
                fate(attempt, (1, false), now()),
                Fate::Dead { words: "no".into() }
            );
        }
    }

    #[test]
    fn failures_wait_longer_each_time_and_end_after_the_tenth() {
        let mut waits = Vec::new();
        for attempts in 1..MOST_ATTEMPTS {
            let Fate::Again { at, counts, .. } = fate(failed(false), (attempts, false), now()) else {
                panic!("{attempts}")
            };
            assert!(counts);
            waits.push((at - now()).num_seconds());
        }
        assert_eq!(waits, [15, 30, 60, 120, 240, 480, 960, 1800, 1800]);
        let last = fate(failed(false), (MOST_ATTEMPTS, false), now());
        assert!(
            matches!(&last, Fate::Dead { words } if words.contains("replay")),
            "{last:?}"
        );
    }

    #[test]
    fn doubt_stays_until_an_attempt_is_sure() {
        for (unsure, was, stays) in [
            (false, false, false),
            (true, false, true),
            (false, true, true),
            (true, true, true),
        ] {
            let Fate::Again { unsure: is, .. } = fate(failed(unsure), (2, was), now()) else {
                panic!()
            };
            assert_eq!(is, stays);
        }
    }

    #[test]
    fn a_rest_is_no_try() {
        let until = now() + TimeDelta::minutes(5);
        let rest = fate(Attempt::Later("it rests".into(), until), (9, true), now());
        assert_eq!(
            rest,
            Fate::Again {
                at: until,
                words: "it rests".into(),
                counts: false,
                unsure: true
            }
        );
        let past = fate(
            Attempt::Later("it rests".into(), now() - TimeDelta::minutes(5)),
            (1, false),
            now(),
        );
        assert!(matches!(past, Fate::Again { at, .. } if at == now()));
    }
}
