//! What the events of one pull request add up to, in whatever order they arrive.
//!
//! Every event carries the whole pull request as it was then: the newest one counts. When it became ready for review is
//! no field of it and follows from two times that only ever grow.

use chrono::{DateTime, Utc};

use crate::{facts::PullRequestFact, ids::PersonId};

/// Action of the event that ends a draft.
const READY: &str = "ready_for_review";

/// A pull request as its events so far describe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequestRecord {
    /// The newest description. Who wrote it stands in `author`.
    pub newest: PullRequestFact,
    /// The author.
    pub author: Option<PersonId>,
    /// When the last known `ready_for_review` happened.
    pub ready_event_at: Option<DateTime<Utc>>,
    /// When it was last seen as a draft.
    pub draft_seen_at: Option<DateTime<Utc>>,
}

impl PullRequestRecord {
    /// What a single event says.
    pub fn new(fact: PullRequestFact, author: Option<PersonId>) -> Self {
        Self {
            ready_event_at: (fact.action == READY).then_some(fact.updated_at),
            draft_seen_at: fact.draft.then_some(fact.updated_at),
            newest: fact,
            author,
        }
    }

    /// Adds another event. Any order of the same events, with any repetition, gives the same record.
    pub fn absorb(&mut self, other: Self) {
        self.ready_event_at = self.ready_event_at.max(other.ready_event_at);
        self.draft_seen_at = self.draft_seen_at.max(other.draft_seen_at);
        if age(&self.newest) < age(&other.newest) {
            self.newest = other.newest;
            self.author = other.author.or(self.author);
        } else {
            self.author = self.author.or(other.author);
        }
    }

    /// When it last became ready for review: when it was opened, unless it was ever seen as a draft; then at the
    /// `ready_for_review` after that. `None` while it is a draft, and when that event is not known.
    pub fn ready_at(&self) -> Option<DateTime<Utc>> {
        match (self.ready_event_at, self.draft_seen_at) {
            _ if self.newest.draft => None,
            (ready, None) => Some(ready.unwrap_or(self.newest.opened_at)),
            (Some(ready), Some(draft)) if ready >= draft => Some(ready),
            _ => None,
        }
    }

    /// `open`, `closed` or `merged`.
    pub fn state(&self) -> &'static str {
        match (self.newest.merged_at, self.newest.closed_at) {
            (Some(_), _) => "merged",
            (None, Some(_)) => "closed",
            (None, None) => "open",
        }
    }
}

/// What orders two descriptions: GitHub's time, and within its one second what they say, an end after what it ended.
fn age(fact: &PullRequestFact) -> impl Ord + '_ {
    (
        (fact.updated_at, fact.merged_at, fact.closed_at, !fact.draft),
        (&fact.head_sha, &fact.title, &fact.body, &fact.labels),
        (
            &fact.base_ref,
            &fact.head_ref,
            fact.from_fork,
            &fact.merge_commit_sha,
        ),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_760_000_000 + minute * 60, 0).unwrap()
    }

    fn fact(action: &str, minute: i64, draft: bool) -> PullRequestFact {
        PullRequestFact {
            action: action.into(),
            number: 7,
            title: format!("Title at {minute}"),
            body: String::new(),
            draft,
            author: None,
            head_ref: "work".into(),
            head_sha: "h".into(),
            from_fork: false,
            base_ref: "main".into(),
            merge_commit_sha: None,
            labels: vec![],
            opened_at: at(0),
            updated_at: at(minute),
            merged_at: None,
            closed_at: None,
        }
    }

    fn record(facts: impl IntoIterator<Item = PullRequestFact>) -> PullRequestRecord {
        let mut records = facts.into_iter().map(|fact| PullRequestRecord::new(fact, None));
        let mut whole = records.next().unwrap();
        records.for_each(|record| whole.absorb(record));
        whole
    }

    #[test]
    fn readiness_follows_from_what_was_seen() {
        let ready = |events: &[(&str, i64, bool)]| {
            record(
                events
                    .iter()
                    .map(|(action, minute, draft)| fact(action, *minute, *draft)),
            )
            .ready_at()
        };
        assert_eq!(ready(&[("opened", 0, false), ("edited", 5, false)]), Some(at(0)));
        assert_eq!(
            ready(&[("closed", 9, false)]),
            Some(at(0)),
            "nothing says that it ever was a draft"
        );
        assert_eq!(ready(&[("opened", 0, true)]), None);
        assert_eq!(
            ready(&[("opened", 0, true), ("ready_for_review", 4, false)]),
            Some(at(4))
        );
        assert_eq!(
            ready(&[("opened", 0, true), ("edited", 9, false)]),
            None,
            "the event is missing"
        );
        let there_and_back = [
            ("opened", 0, false),
            ("converted_to_draft", 3, true),
            ("ready_for_review", 6, false),
            ("edited", 8, false),
        ];
        assert_eq!(ready(&there_and_back), Some(at(6)));
        assert_eq!(ready(&there_and_back[..2]), None);
    }

    /// A life of a pull request as GitHub would tell it: every event with the state after it.
    fn life() -> impl Strategy<Value = Vec<PullRequestFact>> {
        prop::collection::vec((0..4_u8, 0..3_i64), 1..12).prop_map(|steps| {
            let (mut minute, mut draft, mut closed) = (0, steps[0].0 == 0, None);
            let mut facts = vec![fact("opened", 0, draft)];
            for (step, wait) in steps {
                minute += wait;
                let action = match step {
                    0 if closed.is_none() => {
                        draft = !draft;
                        if draft { "converted_to_draft" } else { READY }
                    }
                    1 if closed.is_none() => {
                        closed = Some(at(minute));
                        "closed"
                    }
                    _ => "edited",
                };
                facts.push(PullRequestFact {
                    closed_at: closed,
                    ..fact(action, minute, draft)
                });
            }
            facts
        })
    }

    proptest! {
        #[test]
        fn any_order_and_repetition_gives_the_same(
            (events, shuffled) in life().prop_flat_map(|events| {
                let twice = [events.clone(), events.clone()].concat();
                (Just(events), Just(twice).prop_shuffle())
            })
        ) {
            let ignore_action = |mut record: PullRequestRecord| {
                record.newest.action.clear();
                record
            };
            prop_assert_eq!(ignore_action(record(events)), ignore_action(record(shuffled)));
        }

        #[test]
        fn a_life_told_in_full_is_ready_when_its_last_draft_ended(events in life()) {
            // Told with distinct times, so that no two states share a second.
            let events: Vec<_> = events
                .into_iter()
                .enumerate()
                .map(|(index, event)| PullRequestFact {
                    updated_at: at(i64::try_from(index).unwrap()),
                    ..event
                })
                .collect();
            let last = events.last().unwrap();
            let expected = if last.draft {
                None
            } else {
                let ended = events.iter().rev().find(|event| event.action == READY);
                Some(ended.map_or(last.opened_at, |event| event.updated_at))
            };
            prop_assert_eq!(record(events.clone()).ready_at(), expected);
        }
    }
}
