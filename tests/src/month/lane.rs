//! One service's way of working: pull requests to its main branch, releases to staging and production. Each act notes what
//! must be seen of it.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use tests::fakes::github::{MergeMethod, NewCommit, NewDeployment, NewPull, RepoHandle, Run, World};

use crate::expected::Service;

/// A merged change that production has not got.
struct Waiting {
    title: String,
    first_commit: DateTime<Utc>,
}

/// A release that production got.
#[derive(Clone)]
pub struct Release {
    /// Its commit.
    pub sha: String,
    /// Its version.
    pub version: String,
    /// When users first saw it.
    pub exposed: DateTime<Utc>,
}

/// One service and its repository.
pub struct Lane {
    world: World,
    pub repo: RepoHandle,
    pub seen: Service,
    waiting: Vec<Waiting>,
    /// Hours that production's gate holds a release; 0 is no gate.
    gate: i64,
    version: u32,
    baseline: bool,
}

impl Lane {
    /// A service without a history yet.
    pub fn new(world: &World, repository: &str, gate: i64) -> Self {
        Self {
            world: world.clone(),
            repo: world.repo(repository),
            seen: Service::default(),
            waiting: Vec::new(),
            gate,
            version: 0,
            baseline: true,
        }
    }

    /// A commit straight to the main branch: a change without a pull request.
    pub fn commit(&mut self, title: &str) -> String {
        let sha = self.repo.commit(NewCommit::new(title).file(&path(title), title));
        let first_commit = self.world.now();
        self.waiting.push(Waiting {
            title: title.to_owned(),
            first_commit,
        });
        sha
    }

    /// A pull request that is written, reviewed and merged; returns its number and the commit on the main branch.
    pub fn change(&mut self, author: &str, title: &str, method: MergeMethod) -> (i64, String) {
        self.merged(author, NewPull::new(&branch(title), title), method)
    }

    /// The same with a pull request of one's own.
    pub fn merged(&mut self, author: &str, new: NewPull, method: MergeMethod) -> (i64, String) {
        let before = self.world.act_as(author).now();
        let (title, number) = self.written(new);
        self.world.wait(TimeDelta::hours(3));
        let sha = self.repo.merge(number, method);
        self.waiting.push(Waiting {
            title,
            first_commit: before + TimeDelta::seconds(1),
        });
        (number, sha)
    }

    /// Two commits: the second after a word of the reviewer.
    fn written(&self, new: NewPull) -> (String, i64) {
        let (title, branch) = (new.title().to_owned(), new.branch().to_owned());
        let first = NewCommit::new(&title).file(&path(&title), "first");
        let number = self.repo.propose(new, vec![first]);
        self.world.wait(TimeDelta::minutes(50));
        let second = NewCommit::new("Take the review's remarks").file(&path(&title), "second");
        self.repo.push(&branch, vec![second]);
        (title, number)
    }

    /// GitHub's revert of a pull request, merged; returns the commit on the main branch.
    pub fn revert(&mut self, author: &str, number: i64, title: &str) -> String {
        let before = self.world.act_as(author).now();
        let revert = self.repo.revert(number);
        self.world.wait(TimeDelta::minutes(12));
        let sha = self.repo.merge(revert, MergeMethod::Squash);
        self.waiting.push(Waiting {
            title: format!("Revert \"{title}\""),
            first_commit: before + TimeDelta::seconds(1),
        });
        sha
    }

    /// Staging, then production, then whatever waited is delivered.
    pub fn ship(&mut self, sha: &str) -> Release {
        let version = self.next_version();
        self.to_staging(sha, &version);
        let run = self.repo.start_run("deploy", sha);
        self.produce(sha, &version, &run)
    }

    /// The same, but the first attempt at production breaks before users see it; its second attempt works.
    pub fn ship_at_the_second_attempt(&mut self, sha: &str) -> Release {
        let version = self.next_version();
        self.to_staging(sha, &version);
        let run = self.repo.start_run("deploy", sha);
        let broken = self.deployment("production", sha, &version, &run);
        self.repo.set_status(broken, "in_progress");
        self.world.wait(TimeDelta::minutes(4));
        self.repo.set_status(broken, "failure");
        self.repo.finish_run(&run, "failure");
        self.note_deploy("production");
        self.world.wait(TimeDelta::minutes(9));
        let run = self.repo.rerun(&run);
        self.produce(sha, &version, &run)
    }

    /// An older release takes its place again.
    pub fn roll_back(&mut self, from: &Release, to: &Release) {
        self.world.wait(TimeDelta::minutes(35));
        let run = self.repo.start_run("rollback", &to.sha);
        let deployment = self.deployment("production", &to.sha, &to.version, &run);
        self.repo.set_status(deployment, "in_progress");
        self.world.wait(TimeDelta::minutes(2));
        self.repo.set_status(deployment, "success");
        let restored = self.world.now();
        self.repo.finish_run(&run, "success");
        self.note_deploy("production");
        self.runs("production", &to.version);
        self.seen.figures.fail(from.exposed, restored);
    }

    /// Titles of what was merged and did not reach production.
    pub fn left(&self) -> Vec<String> {
        self.waiting.iter().map(|change| change.title.clone()).collect()
    }

    fn next_version(&mut self) -> String {
        self.version += 1;
        format!("1.{}.0", self.version)
    }

    fn to_staging(&mut self, sha: &str, version: &str) {
        self.world
            .act_as("github-actions[bot]")
            .wait(TimeDelta::minutes(6));
        let run = self.repo.start_run("deploy-staging", sha);
        let deployment = self.deployment("staging", sha, version, &run);
        self.repo.set_status(deployment, "in_progress");
        self.world.wait(TimeDelta::minutes(3));
        self.repo.set_status(deployment, "success");
        self.repo.finish_run(&run, "success");
        self.note_deploy("staging");
        self.runs("staging", version);
    }

    /// Two jobs of one run bring it to production: one deploy, complete with the second.
    fn produce(&mut self, sha: &str, version: &str, run: &Run) -> Release {
        let jobs = [1, 2].map(|_| self.deployment("production", sha, version, run));
        if self.gate > 0 {
            self.set_all(&jobs, "waiting");
            self.world.wait(TimeDelta::hours(self.gate));
        }
        self.set_all(&jobs, "in_progress");
        self.world.wait(TimeDelta::minutes(5));
        self.repo.set_status(jobs[0], "success");
        let exposed = self.world.now();
        self.repo.set_status(jobs[1], "success");
        let promoted = self.world.now();
        self.repo.finish_run(run, "success");
        self.note_deploy("production");
        self.runs("production", version);
        self.deliver(promoted);
        Release {
            sha: sha.to_owned(),
            version: version.to_owned(),
            exposed,
        }
    }

    /// The first deployment is the baseline: it counts, and what it brings has no lead time.
    fn deliver(&mut self, promoted: DateTime<Utc>) {
        self.seen.figures.counted += 1;
        let delivered = std::mem::take(&mut self.waiting);
        if !std::mem::take(&mut self.baseline) {
            let leads = delivered
                .iter()
                .map(|change| (promoted - change.first_commit).num_seconds());
            self.seen.figures.leads.extend(leads);
        }
    }

    fn deployment(&self, environment: &str, sha: &str, version: &str, run: &Run) -> i64 {
        let new = NewDeployment::new(environment, sha).by_run(run);
        self.repo.deploy_with(new.payload(json!({ "version": version })))
    }

    fn set_all(&self, jobs: &[i64], state: &str) {
        for job in jobs {
            self.repo.set_status(*job, state);
        }
    }

    fn note_deploy(&mut self, environment: &str) {
        *self.seen.deploys.entry(environment.to_owned()).or_default() += 1;
    }

    fn runs(&mut self, environment: &str, version: &str) {
        self.seen
            .running
            .insert(environment.to_owned(), version.to_owned());
    }
}

fn branch(title: &str) -> String {
    title.to_lowercase().replace(' ', "-")
}

fn path(title: &str) -> String {
    format!("src/{}.rs", branch(title))
}
