//! One repository's 180 days as the observations that GitHub would have sent, in order of time.

use chrono::{DateTime, Datelike, TimeDelta, Utc, Weekday};
use domain::facts::{
    AuthorFact, CommitFact, Observation, ObservedEvent, PersonFact, PullRequestFact, PushFact, ReleaseFact,
    RepositoryFact, RunFact, WorkflowRunFact,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sha2::{Digest, Sha256};

use super::{
    pipeline::{Merge, Pipeline},
    story::{DAYS, Pace, Repository, WAITING, pace, people},
    words,
};

/// An observation and when it happened.
pub(super) type Timed = (DateTime<Utc>, Observation);

/// The GitHub organisation's name.
const OWNER: &str = "saltmarsh";

/// Makes a repository's history up to `now`. The same `now` gives the same history.
pub(super) struct History<'a> {
    pub repository: &'a Repository,
    pub fact: RepositoryFact,
    pub rng: StdRng,
    pub out: Vec<Timed>,
    now: DateTime<Utc>,
    next_id: i64,
    number: i64,
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

    fn push_first(&mut self, at: DateTime<Utc>, head: &str) {
        let author = self.person();
        let commit = self.commit(
            head.to_owned(),
            "First release of the new pipeline".into(),
            at,
            &author,
        );
        self.tell(at, Some(author), push(head.to_owned(), at, vec![commit]));
    }

    fn commit(&mut self, sha: String, message: String, at: DateTime<Utc>, author: &PersonFact) -> CommitFact {
        let folder = match self.repository.services.len() {
            1 => "src",
            _ => ["api", "indexer", "shared"][self.rng.random_range(0..3)],
        };
        CommitFact {
            sha,
            message,
            authored_at: Some(at),
            committed_at: Some(at),
            author: AuthorFact {
                person: Some(author.clone()),
                login: Some(author.login.clone()),
                name: Some(author.login.clone()),
                email: Some(format!("{}@saltmarsh.example", author.login)),
            },
            paths: Some(vec![format!("{folder}/lib.rs")]),
        }
    }

    /// Tells of a pull request from its opening to its merge at `merged`; `fix` is its title, branch and description.
    pub fn pull_request(
        &mut self,
        merged: DateTime<Utc>,
        pace: Pace,
        fix: Option<(String, String, String)>,
    ) -> Merge {
        let author = self.author(fix.is_some());
        self.number += 1;
        let number = self.number;
        let hurry = if fix.is_some() { 0.04 } else { 1.0 };
        let ready = merged - self.about(pace.review * hurry);
        let first = ready - self.about(pace.coding * hurry);
        let (title, branch, body) = fix.unwrap_or_else(|| {
            let n = usize::try_from(number).unwrap_or_default();
            (
                words::title(self.repository.team, n),
                format!("{}/work-{number}", author.login),
                String::new(),
            )
        });
        let own = if author.is_bot {
            1
        } else {
            self.rng.random_range(1..4)
        };
        let mut commits = Vec::new();
        for step in 0..own {
            let sha = self.sha();
            let at = first + (ready - first) / own * step;
            commits.push(self.commit(sha, title.clone(), at, &author));
        }
        let merge_sha = self.sha();
        let mut fact = PullRequestFact {
            action: "opened".into(),
            number,
            title: title.clone(),
            body,
            draft: false,
            author: Some(author.clone()),
            head_ref: branch,
            head_sha: commits
                .last()
                .map_or_else(String::new, |commit| commit.sha.clone()),
            from_fork: false,
            base_ref: "main".into(),
            merge_commit_sha: None,
            labels: Vec::new(),
            opened_at: ready,
            updated_at: ready,
            merged_at: None,
            closed_at: None,
        };
        self.tell(
            ready,
            Some(author.clone()),
            ObservedEvent::PullRequest(Box::new(fact.clone())),
        );
        fact.action = "closed".into();
        fact.updated_at = merged;
        fact.merged_at = Some(merged);
        fact.closed_at = Some(merged);
        fact.merge_commit_sha = Some(merge_sha.clone());
        self.tell(
            merged,
            Some(author.clone()),
            ObservedEvent::PullRequest(Box::new(fact)),
        );
        // One in twelve is squashed: its own commits stay hidden until GitHub is asked, and its first commit unknown.
        if self.rng.random_bool(1.0 / 12.0) {
            commits.clear();
        }
        let message = if commits.is_empty() {
            format!("{title} (#{number})")
        } else {
            format!("Merge pull request #{number} from {OWNER}/work")
        };
        let merge_commit = self.commit(merge_sha.clone(), message, merged, &author);
        commits.push(merge_commit);
        self.tell(
            merged,
            Some(author.clone()),
            push(merge_sha.clone(), merged, commits),
        );
        self.check(&merge_sha, merged, &author);
        Merge {
            sha: merge_sha,
            at: merged,
            pace,
            fixes: None,
            number,
        }
    }

    fn author(&mut self, fix: bool) -> PersonFact {
        if !fix && self.rng.random_bool(0.08) {
            return PersonFact {
                github_id: 2001,
                login: "renovate[bot]".into(),
                is_bot: true,
            };
        }
        self.person()
    }

    /// The checks of a merge commit, green after a few minutes.
    fn check(&mut self, head: &str, at: DateTime<Utc>, author: &PersonFact) {
        let done = at + TimeDelta::seconds(self.rng.random_range(150..420));
        let run = RunFact {
            id: self.id(),
            attempt: 1,
            name: Some("Checks".into()),
            path: Some(".github/workflows/checks.yml".into()),
        };
        let url = format!(
            "https://github.com/{}/actions/runs/{}",
            self.fact.full_name(),
            run.id
        );
        let fact = WorkflowRunFact {
            run,
            head_sha: head.to_owned(),
            head_branch: Some("main".into()),
            event: Some("push".into()),
            status: "completed".into(),
            conclusion: Some("success".into()),
            url: Some(url),
            started_at: Some(at),
            updated_at: done,
        };
        self.tell(
            done,
            Some(author.clone()),
            ObservedEvent::WorkflowRun(Box::new(fact)),
        );
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

    /// Work that is not merged yet.
    fn open_pull_requests(&mut self) {
        for _ in 0..self.rng.random_range(0..3) {
            let author = self.person();
            self.number += 1;
            let n = usize::try_from(self.number).unwrap_or_default();
            let at = self.now - TimeDelta::hours(self.rng.random_range(2..70));
            let fact = PullRequestFact {
                action: "opened".into(),
                number: self.number,
                title: words::title(self.repository.team, n),
                body: String::new(),
                draft: self.rng.random_bool(0.3),
                author: Some(author.clone()),
                head_ref: format!("{}/work-{}", author.login, self.number),
                head_sha: self.sha(),
                from_fork: false,
                base_ref: "main".into(),
                merge_commit_sha: None,
                labels: Vec::new(),
                opened_at: at,
                updated_at: at,
                merged_at: None,
                closed_at: None,
            };
            self.tell(at, Some(author), ObservedEvent::PullRequest(Box::new(fact)));
        }
    }
}

fn push(after: String, at: DateTime<Utc>, commits: Vec<CommitFact>) -> ObservedEvent {
    ObservedEvent::Push(PushFact {
        git_ref: "refs/heads/main".into(),
        before: String::new(),
        after,
        pushed_at: at,
        forced: false,
        commits,
    })
}

fn sha(repository: &str, n: i64) -> String {
    hex::encode(Sha256::digest(format!("{repository}/{n}")))[..40].to_owned()
}
