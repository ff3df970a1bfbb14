//! One repository's 180 days as the observations that GitHub would have sent, in order of time.

use chrono::{DateTime, Datelike, TimeDelta, Utc, Weekday};
use domain::facts::{Observation, ObservedEvent, PersonFact, ReleaseFact, RepositoryFact};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sha2::{Digest, Sha256};

use super::{
    pipeline::{Merge, Pipeline},
    story::{DAYS, Pace, Repository, WAITING, pace, people},
};

/// An observation and when it happened.
pub(super) type Timed = (DateTime<Utc>, Observation);

/// The GitHub organisation's name.
pub(super) const OWNER: &str = "saltmarsh";

/// Makes a repository's history up to `now`. The same `now` gives the same history.
pub(super) struct History<'a> {
    pub repository: &'a Repository,
    pub fact: RepositoryFact,
    pub rng: StdRng,
    pub out: Vec<Timed>,
    pub now: DateTime<Utc>,
    /// Number of the newest pull request.
    pub number: i64,
    next_id: i64,
}

/// Everything that GitHub would have told of a repository.
pub(super) fn of_repository(index: i64, repository: &Repository, now: DateTime<Utc>) -> Vec<Timed> {
    let mut history = History::new(index, repository, now);
    let merges = history.work();
    if !repository.silent {
        Pipeline::new(&mut history).run(&merges, now);
    }
    let mut out = history.out;
    out.retain(|(at, _)| *at <= now);
    out.sort_by_key(|(at, _)| *at);
    chain_pushes(&mut out);
    out
}

/// Each push starts where the one before it ended: repairs were told after the work that they came before.
fn chain_pushes(out: &mut [Timed]) {
    let mut head = "0".repeat(40);
    for (_, observation) in out {
        if let ObservedEvent::Push(push) = &mut observation.event {
            push.before = std::mem::replace(&mut head, push.after.clone());
        }
    }
}

impl<'a> History<'a> {
    fn new(index: i64, repository: &'a Repository, now: DateTime<Utc>) -> Self {
        let fact = RepositoryFact {
            github_id: 9_000 + index,
            owner: OWNER.into(),
            name: repository.name.into(),
            default_branch: Some("main".into()),
            private: Some(true),
            archived: Some(false),
            updated_at: None,
        };
        let seed = repository.name.bytes().fold(7_u64, |seed, byte| {
            seed.wrapping_mul(31).wrapping_add(byte.into())
        });
        Self {
            repository,
            fact,
            rng: StdRng::seed_from_u64(seed),
            out: Vec::new(),
            now,
            next_id: (index + 1) * 1_000_000,
            number: 100 + index * 7,
        }
    }

    /// A new GitHub id.
    pub fn id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    /// A new commit sha.
    pub fn sha(&mut self) -> String {
        let id = self.id();
        sha(self.repository.name, id)
    }

    /// A duration around `hours`: mostly shorter, sometimes much longer, as real work is.
    pub fn about(&mut self, hours: f64) -> TimeDelta {
        let spread: f64 =
            self.rng.random_range(0.25_f64..1.0) + 3.0 * self.rng.random_range(0.0_f64..1.0).powi(6);
        #[expect(clippy::cast_possible_truncation, reason = "hours of work in milliseconds")]
        TimeDelta::seconds((hours * spread * 3600.0) as i64)
    }

    /// Someone of the team.
    pub fn person(&mut self) -> PersonFact {
        let team = people(self.repository.team);
        let (login, github_id) = team[self.rng.random_range(0..team.len())];
        PersonFact {
            github_id,
            login: login.into(),
            is_bot: false,
        }
    }

    /// Notes that something happened.
    pub fn tell(&mut self, at: DateTime<Utc>, sender: Option<PersonFact>, event: ObservedEvent) {
        let repository = Some(self.fact.clone());
        self.out.push((
            at,
            Observation {
                repository,
                sender,
                event,
            },
        ));
    }

    /// All merges of the history, oldest first, with their events told on the way.
    fn work(&mut self) -> Vec<Merge> {
        let start = self.now - TimeDelta::days(DAYS);
        let first = self.sha();
        self.push_first(start - TimeDelta::hours(6), &first);
        let mut planned: Vec<(DateTime<Utc>, Pace)> = Vec::new();
        for day in 0..DAYS {
            let midnight = start + TimeDelta::days(day);
            if matches!(midnight.weekday(), Weekday::Sat | Weekday::Sun) {
                continue;
            }
            let pace = pace(self.repository.team, day);
            let wanted = pace.merges * self.repository.share;
            let count = usize::from(self.rng.random_bool(wanted.min(1.0)))
                + usize::from(self.rng.random_bool((wanted - 0.5).clamp(0.0, 0.6)));
            for _ in 0..count {
                planned.push((
                    midnight + TimeDelta::seconds(self.rng.random_range(0..32_400)),
                    pace,
                ));
            }
        }
        if WAITING.contains(&self.repository.name) {
            let long_gate = Pace {
                approval: 90.0,
                broken: 0.0,
                bad: 0.0,
                train: 0,
                ..pace(self.repository.team, DAYS)
            };
            planned.push((self.now - TimeDelta::minutes(50), long_gate));
        }
        planned.sort_by_key(|(at, _)| *at);
        let mut merges = vec![Merge {
            sha: first,
            at: start - TimeDelta::hours(6),
            pace: pace(self.repository.team, 0),
            fixes: None,
            number: 0,
        }];
        for (at, pace) in planned {
            let merge = self.pull_request(at, pace, None);
            merges.push(merge);
        }
        self.open_pull_requests();
        merges
    }

    /// A release of a merge commit, which names its version.
    pub fn release(&mut self, sha: &str, version: &str, at: DateTime<Utc>) {
        let fact = ReleaseFact {
            github_id: self.id(),
            tag: format!("v{version}"),
            name: Some(version.to_owned()),
            target: sha.to_owned(),
            draft: false,
            prerelease: false,
            published_at: Some(at),
            updated_at: Some(at),
            url: Some(format!(
                "https://github.com/{}/releases/tag/v{version}",
                self.fact.full_name()
            )),
            deleted: false,
        };
        self.tell(at, None, ObservedEvent::Release(fact));
    }
}

fn sha(repository: &str, n: i64) -> String {
    hex::encode(Sha256::digest(format!("{repository}/{n}")))[..40].to_owned()
}
