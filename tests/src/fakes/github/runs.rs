//! Acts of Actions: workflow runs, deployments and their statuses.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{
    payloads::{self, SITE},
    repo::RepoHandle,
    state::{Deployment, State, Status, User},
};

/// A workflow run's latest attempt.
#[derive(Clone, Debug)]
pub struct Run {
    /// GitHub's run id, the same for every attempt.
    pub id: i64,
    /// Attempt, from 1.
    pub attempt: i32,
    /// The workflow's name.
    pub workflow: String,
    /// The workflow's file.
    pub path: String,
    /// Commit that it runs on.
    pub sha: String,
    /// `queued`, `in_progress`, `completed`.
    pub status: String,
    /// Once completed.
    pub conclusion: Option<String>,
    /// What it is called, where its workflow says so.
    pub title: Option<String>,
    /// What it was dispatched with.
    pub inputs: Map<String, Value>,
    pub(super) branch: String,
    pub(super) event: String,
    pub(super) number: usize,
    pub(super) actor: User,
    pub(super) created_at: DateTime<Utc>,
    pub(super) started_at: DateTime<Utc>,
    pub(super) updated_at: DateTime<Utc>,
}

impl Run {
    /// One id per workflow file.
    pub(super) fn workflow_id(&self) -> i64 {
        self.path
            .bytes()
            .fold(7, |id, byte| (id * 31 + i64::from(byte)) % 100_000_007)
    }
}

/// A deployment to be made.
#[derive(Clone, Debug)]
pub struct NewDeployment {
    environment: String,
    sha: String,
    run: Option<i64>,
    task: String,
    payload: Value,
    description: Option<String>,
}

impl NewDeployment {
    /// Of a commit to an environment, by the current actor.
    pub fn new(environment: &str, sha: &str) -> Self {
        let (environment, sha) = (environment.to_owned(), sha.to_owned());
        Self {
            environment,
            sha,
            run: None,
            task: "deploy".to_owned(),
            payload: json!({}),
            description: None,
        }
    }

    /// Made by a job of this run.
    #[must_use]
    pub fn by_run(mut self, run: &Run) -> Self {
        self.run = Some(run.id);
        self
    }

    /// With another task than `deploy`.
    #[must_use]
    pub fn task(mut self, task: &str) -> Self {
        task.clone_into(&mut self.task);
        self
    }

    /// With the sender's own data: an object, or a string.
    #[must_use]
    pub fn payload(mut self, payload: Value) -> Self {
        self.payload = payload;
        self
    }

    /// With the sender's own words.
    #[must_use]
    pub fn description(mut self, text: &str) -> Self {
        self.description = Some(text.to_owned());
        self
    }
}

impl RepoHandle {
    /// Starts the workflow `.github/workflows/{workflow}.yml` on a commit of the default branch.
    pub fn start_run(&self, workflow: &str, sha: &str) -> Run {
        let mut state = self.world.state();
        let (id, at, actor) = (state.id(), state.tick(), state.sender());
        let repo = state.repo_mut(self.id);
        let run = Run {
            id,
            attempt: 1,
            workflow: workflow.to_owned(),
            path: format!(".github/workflows/{workflow}.yml"),
            sha: sha.to_owned(),
            status: "queued".to_owned(),
            conclusion: None,
            title: None,
            inputs: Map::new(),
            branch: repo.default_branch.clone(),
            event: "push".to_owned(),
            number: repo.runs.len() + 1,
            actor,
            created_at: at,
            started_at: at,
            updated_at: at,
        };
        repo.runs.insert(id, run);
        state.emit_run(self.id, id, "requested");
        state.change_run(self.id, id, "in_progress", None);
        state.emit_run(self.id, id, "in_progress");
        state.repo(self.id).runs[&id].clone()
    }

    /// Ends the current attempt: `success`, `failure`, `cancelled` …
    pub fn finish_run(&self, run: &Run, conclusion: &str) {
        let mut state = self.world.state();
        state.tick();
        state.change_run(self.id, run.id, "completed", Some(conclusion));
        state.emit_run(self.id, run.id, "completed");
    }

    /// Starts another attempt of a run.
    pub fn rerun(&self, run: &Run) -> Run {
        let mut state = self.world.state();
        let at = state.tick();
        let stored = state.repo_mut(self.id).runs.get_mut(&run.id).expect("a run");
        stored.attempt += 1;
        stored.started_at = at;
        state.change_run(self.id, run.id, "in_progress", None);
        state.emit_run(self.id, run.id, "in_progress");
        state.repo(self.id).runs[&run.id].clone()
    }

    /// Deploys a commit to an environment, by a run or without one; returns the deployment's id.
    pub fn deploy(&self, environment: &str, sha: &str, run: Option<&Run>) -> i64 {
        let mut new = NewDeployment::new(environment, sha);
        new.run = run.map(|run| run.id);
        self.deploy_with(new)
    }

    /// Makes a deployment; returns its id.
    pub fn deploy_with(&self, new: NewDeployment) -> i64 {
        let mut state = self.world.state();
        let (id, at, creator) = (state.id(), state.tick(), state.sender());
        let repo = state.repo_mut(self.id);
        let deployment = Deployment {
            id,
            environment: new.environment,
            git_ref: repo.default_branch.clone(),
            sha: new.sha,
            task: new.task,
            payload: new.payload,
            description: new.description,
            creator,
            attempt: new.run.map_or(1, |run| repo.runs[&run].attempt),
            run: new.run,
            statuses: Vec::new(),
            created_at: at,
            updated_at: at,
        };
        repo.deployments.insert(id, deployment);
        if !state.quiet {
            let payload = state.deployment_payload(self.id, id);
            state.emit("deployment", self.id, payload);
        }
        id
    }

    /// Gives a deployment a status: `waiting queued in_progress success failure …`; returns the status's id.
    pub fn set_status(&self, deployment: i64, state_word: &str) -> i64 {
        self.set_status_with(deployment, state_word, (None, ""))
    }

    /// The same with an address of a log, where it is not the run's, and words.
    pub(super) fn set_status_with(
        &self,
        deployment: i64,
        state_word: &str,
        (said_url, description): (Option<&str>, &str),
    ) -> i64 {
        let mut state = self.world.state();
        let (id, at, creator) = (state.id(), state.tick(), state.sender());
        state
            .repo_mut(self.id)
            .deployments
            .get_mut(&deployment)
            .expect("a deployment")
            .updated_at = at;
        let repo = state.repo(self.id);
        let stored = &repo.deployments[&deployment];
        // One job makes a deployment and all its statuses; its id is the deployment's here.
        let log_url = stored
            .run
            .map(|run| format!("{SITE}/{}/actions/runs/{run}/job/{deployment}", repo.full_name()));
        let status = Status {
            id,
            state: state_word.to_owned(),
            creator,
            environment_url: format!("https://{}.example.com", stored.environment),
            log_url: said_url.map(str::to_owned).or(log_url).unwrap_or_default(),
            description: description.to_owned(),
            created_at: at,
        };
        let stored = state
            .repo_mut(self.id)
            .deployments
            .get_mut(&deployment)
            .expect("a deployment");
        stored.statuses.push(status.clone());
        if state.quiet {
            return id;
        }
        let mut payload = state.deployment_payload(self.id, deployment);
        let repo = state.repo(self.id);
        payload["deployment_status"] = payloads::status(repo, &repo.deployments[&deployment], &status);
        state.emit("deployment_status", self.id, payload);
        id
    }

    /// Its deployments, each with how many statuses it has.
    pub fn deployments(&self) -> Vec<(i64, i64)> {
        let statuses = |it: &Deployment| i64::try_from(it.statuses.len()).expect("a few");
        self.read(|repo| {
            repo.deployments
                .values()
                .map(|it| (it.id, statuses(it)))
                .collect()
        })
    }

    /// The usual deploy: a run, a deployment, `in_progress`, and after `minutes` the outcome (`success` or `failure`).
    /// Returns the deployment's id.
    pub fn deploy_through(&self, environment: &str, sha: &str, minutes: i64, outcome: &str) -> i64 {
        let run = self.start_run("deploy", sha);
        let deployment = self.deploy(environment, sha, Some(&run));
        self.set_status(deployment, "in_progress");
        self.world.wait(chrono::TimeDelta::minutes(minutes));
        self.set_status(deployment, outcome);
        self.finish_run(&run, outcome);
        deployment
    }
}

impl State {
    fn change_run(&mut self, id: i64, run: i64, status: &str, conclusion: Option<&str>) {
        let now = self.now;
        let run = self.repo_mut(id).runs.get_mut(&run).expect("a run");
        status.clone_into(&mut run.status);
        run.conclusion = conclusion.map(str::to_owned);
        run.updated_at = now;
    }

    pub(super) fn emit_run(&mut self, id: i64, run: i64, action: &str) {
        if self.quiet {
            return;
        }
        let repo = self.repo(id);
        let run = &repo.runs[&run];
        let mut it = payloads::run(repo, run);
        it["repository"] = payloads::repository(self, id);
        it["head_repository"] = it["repository"].clone();
        it["head_commit"] = repo
            .commits
            .find(&run.sha)
            .map(|commit| payloads::pushed_commit(repo, commit))
            .into();
        let payload =
            json!({"action": action, "workflow_run": it, "workflow": payloads::workflow(repo, run)});
        self.emit("workflow_run", id, payload);
    }

    /// What `deployment` and `deployment_status` events share.
    fn deployment_payload(&self, id: i64, deployment: i64) -> Value {
        let repo = self.repo(id);
        let stored = &repo.deployments[&deployment];
        let run = stored.run.map(|run| &repo.runs[&run]);
        json!({
            "action": "created", "deployment": payloads::deployment(repo, stored),
            "workflow": run.map(|run| payloads::workflow(repo, run)),
            "workflow_run": run.map(|run| payloads::run(repo, run)),
        })
    }
}
