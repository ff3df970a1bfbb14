//! The demo's work: pull requests from their first commit to their merge, and the pushes and checks that come of them.

use chrono::{DateTime, TimeDelta, Utc};
use domain::facts::{
    AuthorFact, CommitFact, ObservedEvent, PersonFact, PullRequestFact, PushFact, RunFact, WorkflowRunFact,
};
use rand::RngExt;

use super::{
    history::{History, OWNER},
    pipeline::Merge,
    story::Pace,
    words,
};

impl History<'_> {
    /// The push that the history begins with.
    pub fn push_first(&mut self, at: DateTime<Utc>, head: &str) {
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
        let mut fact = opened(number, &author, ready);
        fact.title.clone_from(&title);
        fact.body = body;
        fact.head_ref = branch;
        fact.head_sha = commits
            .last()
            .map_or_else(String::new, |commit| commit.sha.clone());
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
            attempt: Some(1),
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
            title: None,
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

    /// Work that is not merged yet.
    pub fn open_pull_requests(&mut self) {
        for _ in 0..self.rng.random_range(0..3) {
            let author = self.person();
            self.number += 1;
            let n = usize::try_from(self.number).unwrap_or_default();
            let at = self.now - TimeDelta::hours(self.rng.random_range(2..70));
            let fact = PullRequestFact {
                title: words::title(self.repository.team, n),
                draft: self.rng.random_bool(0.3),
                head_ref: format!("{}/work-{}", author.login, self.number),
                head_sha: self.sha(),
                ..opened(self.number, &author, at)
            };
            self.tell(at, Some(author), ObservedEvent::PullRequest(Box::new(fact)));
        }
    }
}

fn opened(number: i64, author: &PersonFact, at: DateTime<Utc>) -> PullRequestFact {
    PullRequestFact {
        action: "opened".into(),
        number,
        title: String::new(),
        body: String::new(),
        draft: false,
        author: Some(author.clone()),
        head_ref: String::new(),
        head_sha: String::new(),
        from_fork: false,
        base_ref: "main".into(),
        merge_commit_sha: None,
        labels: Vec::new(),
        opened_at: at,
        updated_at: at,
        merged_at: None,
        closed_at: None,
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
