//! From the events reported about one deploy to its state and times.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::DeployState;

/// Silence after which an open deploy counts as lost.
pub const LOST_AFTER: TimeDelta = TimeDelta::hours(24);

/// One thing that was reported about a deploy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployEvent {
    /// Which of the deploy's jobs or GitHub deployments says it.
    pub part: String,
    /// The state it reports.
    pub state: DeployState,
    /// When, as the sender says.
    pub at: DateTime<Utc>,
    /// Whether users were exposed, where the sender says it; else the state says it.
    pub exposed: Option<bool>,
    /// Canary weight in percent reached by this event.
    pub weight: Option<i16>,
    /// The sender's own words.
    pub note: Option<String>,
}

/// State and times that follow from a deploy's own events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    /// Where it stands.
    pub state: DeployState,
    /// First event of all.
    pub requested_at: Option<DateTime<Utc>>,
    /// First sign of work on the environment.
    pub started_at: Option<DateTime<Utc>>,
    /// Time that the gate held it, over closed waits.
    pub approval_wait: TimeDelta,
    /// When the first user could see it.
    pub exposed_at: Option<DateTime<Utc>>,
    /// When every user could see it.
    pub promoted_at: Option<DateTime<Utc>>,
    /// When undoing it began, where its own executor undoes it.
    pub rolling_back_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// The newest event: silence is counted from here.
    pub last_event_at: Option<DateTime<Utc>>,
}

/// Folds a deploy's events, given in any order and with repetitions, as of `now`.
pub fn fold(events: &[DeployEvent], now: DateTime<Utc>) -> Folded {
    let parts = parts(events);
    let state = combined_state(&parts);
    let last_event_at = parts.iter().flatten().map(|event| event.at).max();
    let mut folded = Folded {
        state,
        requested_at: events.iter().map(|event| event.at).min(),
        started_at: events
            .iter()
            .filter(|event| shows_work(event.state))
            .map(|event| event.at)
            .min(),
        approval_wait: approval_wait(&parts),
        exposed_at: events
            .iter()
            .filter(|event| shows_exposure(event))
            .map(|event| event.at)
            .min(),
        promoted_at: promoted_at(&parts),
        rolling_back_at: events
            .iter()
            .filter(|event| event.state == DeployState::RollingBack)
            .map(|event| event.at)
            .min(),
        finished_at: state.is_final().then_some(last_event_at).flatten(),
        last_event_at,
    };
    if state == DeployState::Succeeded {
        folded.finished_at = folded.promoted_at.or(folded.finished_at);
    }
    if let Some(silent_since) = last_event_at
        && !state.is_final()
        && now - silent_since >= LOST_AFTER
    {
        folded.state = DeployState::Lost;
        folded.finished_at = Some(silent_since + LOST_AFTER);
    }
    folded
}

/// The events of each part that tell of it, in the order they happened; events of one second follow the loop.
fn parts(events: &[DeployEvent]) -> Vec<Vec<&DeployEvent>> {
    let mut sorted: Vec<&DeployEvent> = events.iter().collect();
    sorted.sort_by(|a, b| {
        (&a.part, a.at, a.state, a.weight, a.exposed).cmp(&(&b.part, b.at, b.state, b.weight, b.exposed))
    });
    sorted
        .chunk_by(|a, b| a.part == b.part)
        .map(without_echoes)
        .collect()
}

/// Users have what succeeded, and only failing or undoing takes it from them. Any other step that is reported later is an
/// echo of one before: a status that was sent late, or a step that is told again.
fn without_echoes<'a>(part: &[&'a DeployEvent]) -> Vec<&'a DeployEvent> {
    use DeployState as S;
    let mut has_succeeded = false;
    part.iter()
        .copied()
        .filter(|event| {
            let is_echo = has_succeeded
                && !matches!(
                    event.state,
                    S::Succeeded | S::Failed | S::RollingBack | S::RolledBack
                );
            has_succeeded |= event.state == S::Succeeded && event.exposed != Some(false);
            !is_echo
        })
        .collect()
}

/// One bad part makes the deploy bad; it is good when all parts are; else it stands where its slowest part stands.
fn combined_state(parts: &[Vec<&DeployEvent>]) -> DeployState {
    let states: Vec<DeployState> = parts
        .iter()
        .filter_map(|part| part.last())
        .map(|event| event.state)
        .collect();
    let bad = states
        .iter()
        .copied()
        .filter(|state| state.is_final() && *state != DeployState::Succeeded)
        .max();
    bad.or_else(|| states.iter().copied().min())
        .unwrap_or(DeployState::Requested)
}

fn shows_work(state: DeployState) -> bool {
    use DeployState as S;
    matches!(
        state,
        S::Backup | S::Deploy | S::Verify | S::Confirm | S::RollingBack | S::Succeeded | S::RolledBack
    )
}

fn shows_exposure(event: &DeployEvent) -> bool {
    use DeployState as S;
    event.exposed.unwrap_or_else(|| {
        event.weight.is_some_and(|weight| weight > 0)
            || matches!(
                event.state,
                S::Verify | S::Confirm | S::Succeeded | S::RollingBack | S::RolledBack
            )
    })
}

/// A part is fully promoted at its first success, or at full canary weight; the deploy when its last part is.
fn promoted_at(parts: &[Vec<&DeployEvent>]) -> Option<DateTime<Utc>> {
    let promoted = |event: &&&DeployEvent| {
        event.exposed != Some(false) && (event.state == DeployState::Succeeded || event.weight == Some(100))
    };
    let of_parts = parts
        .iter()
        .map(|part| part.iter().find(promoted).map(|event| event.at));
    of_parts.collect::<Option<Vec<_>>>()?.into_iter().max()
}

/// Total length of the union of all closed waits.
fn approval_wait(parts: &[Vec<&DeployEvent>]) -> TimeDelta {
    let mut waits: Vec<(DateTime<Utc>, DateTime<Utc>)> = Vec::new();
    for part in parts {
        let mut since = None;
        for event in part {
            if event.state == DeployState::AwaitingApproval {
                since = since.or(Some(event.at));
            } else if let Some(from) = since.take() {
                waits.push((from, event.at));
            }
        }
    }
    waits.sort_unstable();
    let mut total = TimeDelta::zero();
    let mut covered_to = DateTime::<Utc>::MIN_UTC;
    for (from, to) in waits {
        let from = from.max(covered_to);
        if to > from {
            total += to - from;
            covered_to = to;
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_760_000_000 + minute * 60, 0).unwrap()
    }

    fn event(part: &str, state: DeployState, minute: i64) -> DeployEvent {
        DeployEvent {
            part: part.into(),
            state,
            at: at(minute),
            exposed: None,
            weight: None,
            note: None,
        }
    }

    #[test]
    fn an_approved_deploy_has_all_its_times() {
        use DeployState as S;
        let events = [
            event("1", S::Requested, 0),
            event("1", S::AwaitingApproval, 1),
            event("1", S::Deploy, 31),
            event("1", S::Succeeded, 35),
        ];
        let folded = fold(&events, at(36));
        assert_eq!(folded.state, S::Succeeded);
        assert_eq!(folded.requested_at, Some(at(0)));
        assert_eq!(folded.started_at, Some(at(31)));
        assert_eq!(folded.approval_wait, TimeDelta::minutes(30));
        assert_eq!(folded.exposed_at, Some(at(35)));
        assert_eq!(folded.promoted_at, Some(at(35)));
        assert_eq!(folded.finished_at, Some(at(35)));
    }

    #[test]
    fn three_jobs_of_a_run_are_one_deploy_that_is_done_when_the_last_is() {
        use DeployState as S;
        let events = [
            event("1", S::Succeeded, 5),
            event("2", S::Succeeded, 7),
            event("3", S::Deploy, 6),
        ];
        let folded = fold(&events, at(8));
        assert_eq!(
            (folded.state, folded.exposed_at, folded.promoted_at),
            (S::Deploy, Some(at(5)), None)
        );
        let failed = [&events[..2], &[event("3", S::Failed, 9)]].concat();
        let folded = fold(&failed, at(10));
        assert_eq!(
            (folded.state, folded.exposed_at, folded.promoted_at),
            (S::Failed, Some(at(5)), None)
        );
    }

    #[test]
    fn a_canary_is_exposed_at_its_first_weight_and_promoted_at_the_last() {
        use DeployState as S;
        let step = |weight, minute| DeployEvent {
            weight: Some(weight),
            ..event("1", S::Deploy, minute)
        };
        let folded = fold(&[step(0, 1), step(5, 2), step(50, 3), step(100, 4)], at(5));
        assert_eq!(
            (folded.exposed_at, folded.promoted_at),
            (Some(at(2)), Some(at(4)))
        );
    }

    #[test]
    fn a_failure_before_exposure_shows_nothing_to_users() {
        use DeployState as S;
        let folded = fold(&[event("1", S::Deploy, 0), event("1", S::Failed, 3)], at(4));
        assert_eq!((folded.exposed_at, folded.finished_at), (None, Some(at(3))));
        let exposed = DeployEvent {
            exposed: Some(true),
            ..event("1", S::Failed, 3)
        };
        assert_eq!(fold(&[exposed], at(4)).exposed_at, Some(at(3)));
    }

    #[test]
    fn a_day_of_silence_ends_an_open_deploy() {
        let events = [event("1", DeployState::Deploy, 0)];
        assert_eq!(fold(&events, at(24 * 60 - 1)).state, DeployState::Deploy);
        let lost = fold(&events, at(48 * 60));
        assert_eq!(
            (lost.state, lost.finished_at),
            (DeployState::Lost, Some(at(24 * 60)))
        );
    }

    #[test]
    fn what_succeeded_can_only_fail_or_be_undone() {
        use DeployState as S;
        let succeeded = event("1", S::Succeeded, 5);
        for later in S::ALL {
            let folded = fold(&[succeeded.clone(), event("1", later, 60)], at(48 * 60));
            match later {
                S::Failed | S::RolledBack => assert_eq!(folded.state, later),
                // Then nothing was heard for a day.
                S::RollingBack => assert_eq!(folded.state, S::Lost),
                echo => assert_eq!(
                    (folded.state, folded.finished_at, folded.promoted_at),
                    (S::Succeeded, Some(at(5)), Some(at(5))),
                    "after {echo:?}"
                ),
            }
        }
        let again = [succeeded, event("1", S::Failed, 60), event("1", S::Succeeded, 90)];
        assert_eq!(fold(&again, at(91)).state, S::Succeeded);
    }
}
