//! How the demo's merges reach staging and production: trains, gates, broken pipelines, rollbacks and their repairs.

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use domain::facts::{DeploymentFact, DeploymentStatusFact, ObservedEvent, PersonFact, RunFact};
use rand::RngExt;

use super::{history::History, story::Pace};

/// A merge commit that can be deployed.
#[derive(Clone, Debug)]
pub(super) struct Merge {
    pub sha: String,
    pub at: DateTime<Utc>,
    pub pace: Pace,
    /// The version that it repairs.
    pub fixes: Option<String>,
    pub number: i64,
}

/// What one deployment puts where: a commit under a version, for one of the repository's services.
#[derive(Clone, Copy)]
struct Build<'b> {
    sha: &'b str,
    version: &'b str,
    service: usize,
}

/// The pipeline of one repository.
pub(super) struct Pipeline<'h, 'a> {
    history: &'h mut History<'a>,
    minor: u32,
    patch: u32,
    /// What runs in production: commit and version.
    running: Option<(String, String)>,
    free_at: DateTime<Utc>,
    /// Merge time of the newest release: what was merged before it went out with it.
    carried_to: DateTime<Utc>,
}

impl<'h, 'a> Pipeline<'h, 'a> {
    pub fn new(history: &'h mut History<'a>) -> Self {
        let minor = history.rng.random_range(2..30);
        Self {
            history,
            minor,
            patch: 0,
            running: None,
            free_at: DateTime::<Utc>::MIN_UTC,
            carried_to: DateTime::<Utc>::MIN_UTC,
        }
    }

    /// Deploys the merges in order; what a later train takes along is not deployed by itself.
    pub fn run(mut self, merges: &[Merge], now: DateTime<Utc>) {
        let mut waiting: Vec<&Merge> = Vec::new();
        for (index, merge) in merges.iter().enumerate() {
            waiting.push(merge);
            let next = merges.get(index + 1);
            if next.is_some_and(|next| same_train(merge, next)) {
                continue;
            }
            waiting.clear();
            self.deploy(merge, now);
        }
    }

    fn deploy(&mut self, merge: &Merge, now: DateTime<Utc>) {
        if merge.at < self.carried_to {
            return;
        }
        self.carried_to = merge.at;
        let version = self.next_version();
        let built = merge.at + self.history.about(0.2);
        self.history.release(&merge.sha, &version, built);
        let service_count = self.history.repository.services.len();
        let staged = self.stage(merge, &version, built);
        for service in 0..service_count {
            let asked = (staged + TimeDelta::minutes(2)).max(self.free_at);
            let one = Build {
                sha: &merge.sha,
                version: &version,
                service,
            };
            self.produce(merge, one, asked, now);
        }
        if self.carried_to == merge.at {
            self.running = Some((merge.sha.clone(), version));
        }
    }

    fn next_version(&mut self) -> String {
        if self.history.rng.random_bool(0.3) {
            self.minor += 1;
            self.patch = 0;
        } else {
            self.patch += 1;
        }
        format!("2.{}.{}", self.minor, self.patch)
    }

    /// To staging, which is quick and rarely breaks; returns when it was there.
    fn stage(&mut self, merge: &Merge, version: &str, asked: DateTime<Utc>) -> DateTime<Utc> {
        let mut done = asked;
        for service in 0..self.history.repository.services.len() {
            let run = self.run_fact(1);
            let build = Build {
                sha: &merge.sha,
                version,
                service,
            };
            let deployment = self.deployment("staging", build, run, asked);
            done = asked + TimeDelta::seconds(self.history.rng.random_range(120..400));
            self.status(&deployment, "success", done);
        }
        done
    }

    /// To production: gate, perhaps a broken pipeline and its second attempt, perhaps a rollback and a repair.
    fn produce(&mut self, merge: &Merge, build: Build<'_>, asked: DateTime<Utc>, now: DateTime<Utc>) {
        let mut run = self.run_fact(1);
        let mut start = asked;
        let mut deployment = self.deployment("production", build, run.clone(), asked);
        if merge.pace.approval > 0.0 && merge.fixes.is_none() {
            self.status(&deployment, "waiting", asked + TimeDelta::seconds(20));
            start = asked + self.history.about(merge.pace.approval);
        }
        self.status(&deployment, "in_progress", start);
        let mut done = start + TimeDelta::seconds(self.history.rng.random_range(180..780));
        if self.history.rng.random_bool(merge.pace.broken) {
            self.status(&deployment, "failure", done);
            run.attempt = Some(2);
            let again = done + TimeDelta::minutes(self.history.rng.random_range(6..50));
            deployment = self.deployment("production", build, run, again);
            done = again + TimeDelta::seconds(self.history.rng.random_range(180..600));
        }
        self.status(&deployment, "success", done);
        self.free_at = done + TimeDelta::minutes(3);
        if merge.fixes.is_none()
            && self.history.rng.random_bool(merge.pace.bad)
            && now - done > TimeDelta::hours(8)
        {
            self.go_back(merge, build, done, now);
        }
    }

    /// The release before takes its place again; a repair follows.
    fn go_back(&mut self, merge: &Merge, build: Build<'_>, bad_since: DateTime<Utc>, now: DateTime<Utc>) {
        let Build { version, service, .. } = build;
        let Some((sha, old)) = self.running.clone() else {
            return;
        };
        let noticed = bad_since + TimeDelta::minutes(self.history.rng.random_range(4..75));
        let run = self.run_fact(1);
        let deployment = self.deployment(
            "production",
            Build {
                sha: &sha,
                version: &old,
                service,
            },
            run,
            noticed,
        );
        let back = noticed + TimeDelta::seconds(self.history.rng.random_range(80..300));
        self.status(&deployment, "success", back);
        self.free_at = back + TimeDelta::minutes(3);
        let repaired = back + self.history.about(2.5);
        if repaired + TimeDelta::hours(2) > now || service > 0 {
            return;
        }
        let revert = self.history.rng.random_bool(0.5);
        let words = if revert {
            let body = format!("Reverts {}#{}", self.history.fact.full_name(), merge.number);
            (
                format!("Revert #{}", merge.number),
                format!("revert-{}", merge.number),
                body,
            )
        } else {
            // Every other author in a hurry forgets to say what it fixes.
            let body = match merge.number % 2 {
                0 => format!("The release brought timeouts.\n\nFixes-Deploy: {version}"),
                _ => "The release brought timeouts.".to_owned(),
            };
            (
                format!("Hotfix: repair {version}"),
                format!("hotfix/{version}"),
                body,
            )
        };
        let fix = Merge {
            fixes: Some(version.to_owned()),
            ..self.history.pull_request(repaired, merge.pace, Some(words))
        };
        self.deploy(&fix, now);
    }

    fn run_fact(&mut self, attempt: i32) -> RunFact {
        let id = self.history.id();
        RunFact {
            id,
            attempt: Some(attempt),
            name: Some("Deploy".into()),
            path: Some(".github/workflows/deploy.yml".into()),
        }
    }

    fn deployment(
        &mut self,
        environment: &str,
        build: Build<'_>,
        run: RunFact,
        at: DateTime<Utc>,
    ) -> DeploymentFact {
        let creator = self.history.person();
        let Build {
            sha,
            version,
            service,
        } = build;
        let name = self.history.repository.services[service];
        let fact = DeploymentFact {
            github_id: self.history.id(),
            environment: environment.into(),
            sha: sha.to_owned(),
            git_ref: "main".into(),
            task: Some("deploy".into()),
            payload: serde_json::json!({ "service": name, "version": version }),
            description: None,
            creator: Some(creator.clone()),
            run: Some(run),
            created_at: at,
            updated_at: at,
        };
        self.tell(at, creator, ObservedEvent::Deployment(Box::new(fact.clone())));
        fact
    }

    fn status(&mut self, deployment: &DeploymentFact, state: &str, at: DateTime<Utc>) {
        let run = deployment.run.as_ref().map_or(0, |run| run.id);
        let fact = DeploymentStatusFact {
            github_id: self.history.id(),
            state: state.into(),
            description: None,
            log_url: Some(format!(
                "https://github.com/{}/actions/runs/{run}",
                self.history.fact.full_name()
            )),
            environment_url: None,
            created_at: at,
            deployment: DeploymentFact {
                updated_at: at,
                ..deployment.clone()
            },
        };
        let creator = deployment.creator.clone();
        let event = ObservedEvent::DeploymentStatus(Box::new(fact));
        self.history.tell(at, creator, event);
    }

    fn tell(&mut self, at: DateTime<Utc>, sender: PersonFact, event: ObservedEvent) {
        self.history.tell(at, Some(sender), event);
    }
}

/// Whether two merges leave on the same train: both before the next departure day.
fn same_train(merge: &Merge, next: &Merge) -> bool {
    let train = merge.pace.train;
    train > 0
        && i64::from(merge.at.num_days_from_ce()) / train == i64::from(next.at.num_days_from_ce()) / train
}
