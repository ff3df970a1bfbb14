//! What others show at a commit: deployments that they make, their statuses, check runs, and statuses of the commit.

use serde_json::{Value, json};

use super::{
    office::{Answer, Who},
    payloads::{self, API, SITE, node, time},
    questions::Query,
    repo::RepoHandle,
    routes::{Reply, page},
    runs::NewDeployment,
    state::{Repo, State},
    world::World,
};

/// A check run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRun {
    /// GitHub's number.
    pub id: i64,
    /// The commit.
    pub sha: String,
    /// Its name.
    pub name: String,
    /// What its maker calls it.
    pub external_id: String,
    /// Where more stands.
    pub details_url: String,
    /// `in_progress` or `completed`.
    pub status: String,
    /// Once completed.
    pub conclusion: Option<String>,
    /// In a line.
    pub title: String,
    /// How often it was made or changed.
    pub told: usize,
    repo: i64,
    at: chrono::DateTime<chrono::Utc>,
}

/// A status of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitStatus {
    /// The commit.
    pub sha: String,
    /// `pending`, `success`, `failure` or `error`.
    pub state: String,
    /// What it is a status of.
    pub context: String,
    /// In words.
    pub description: String,
    /// Where more stands.
    pub target_url: String,
    id: i64,
    repo: i64,
    at: chrono::DateTime<chrono::Utc>,
}

/// Everything that is shown at commits.
#[derive(Default)]
pub(super) struct Marks {
    checks: Vec<CheckRun>,
    statuses: Vec<CommitStatus>,
}

fn refused(message: &str) -> Answer {
    Answer::One(
        422,
        json!({ "message": message, "documentation_url": "https://docs.github.com/rest", "status": "422" }),
    )
}

fn text(asked: &Value, name: &str) -> String {
    asked[name].as_str().unwrap_or_default().to_owned()
}

impl World {
    /// The check runs, oldest first.
    pub fn check_runs(&self) -> Vec<CheckRun> {
        self.state().marks.checks.clone()
    }

    /// The statuses of commits, oldest first.
    pub fn commit_statuses(&self) -> Vec<CommitStatus> {
        self.state().marks.statuses.clone()
    }

    /// Answers what shows something; `None` for what does not.
    pub(super) fn show(
        &self,
        who: &Who,
        full_name: &str,
        (method, rest): (&str, &[&str]),
        body: &[u8],
    ) -> Option<Answer> {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let found = {
            let state = self.state();
            let mut repos = state.repos.values();
            repos
                .find(|repo| !repo.deleted && !repo.hidden && repo.full_name() == full_name)
                .map(|repo| repo.id)
        };
        let repo = RepoHandle::new(self.clone(), found?);
        Some(match (method, rest) {
            ("POST", ["deployments"]) => repo.made_deployment(&asked),
            ("POST", ["deployments", id, "statuses"]) => repo.gave_status(id.parse().ok()?, &asked),
            ("POST", ["check-runs"]) | ("PATCH", ["check-runs", _])
                if !matches!(who, Who::Installation { .. }) =>
            {
                let message = "You must authenticate via a GitHub App.";
                Answer::One(403, json!({ "message": message }))
            }
            ("POST", ["check-runs"]) => repo.made_check_run(&asked),
            ("PATCH", ["check-runs", id]) => repo.changed_check_run(id.parse().ok()?, &asked),
            ("POST", ["statuses", sha]) => repo.gave_commit_status(sha, &asked),
            _ => return None,
        })
    }
}

impl RepoHandle {
    /// The statuses of a deployment, oldest first: the word, and where more stands.
    pub fn statuses_of(&self, deployment: i64) -> Vec<(String, String)> {
        self.read(|repo| {
            let statuses = repo.deployments[&deployment].statuses.iter();
            statuses
                .map(|status| (status.state.clone(), status.log_url.clone()))
                .collect()
        })
    }

    /// Commit and environment of a deployment.
    pub fn deployed(&self, deployment: i64) -> (String, String) {
        self.read(|repo| {
            let it = &repo.deployments[&deployment];
            (it.sha.clone(), it.environment.clone())
        })
    }

    fn made_deployment(&self, asked: &Value) -> Answer {
        let git_ref = text(asked, "ref");
        let Some(sha) = self.read(|repo| repo.resolve(&git_ref)) else {
            return refused(&format!("No ref found for: {git_ref}"));
        };
        let new = NewDeployment::new(&text(asked, "environment"), &sha)
            .task(&text(asked, "task"))
            .payload(asked["payload"].clone())
            .description(&text(asked, "description"));
        let id = self.deploy_with(new);
        Answer::One(
            201,
            self.read(|repo| payloads::deployment(repo, &repo.deployments[&id])),
        )
    }

    fn gave_status(&self, deployment: i64, asked: &Value) -> Answer {
        if !self.read(|repo| repo.deployments.contains_key(&deployment)) {
            return Answer::One(404, json!({"message": "Not Found"}));
        }
        let description = text(asked, "description");
        if description.chars().count() > 140 {
            return refused("description is too long (maximum is 140 characters)");
        }
        let log_url = text(asked, "log_url");
        self.set_status_with(deployment, &text(asked, "state"), (Some(&log_url), &description));
        Answer::One(
            201,
            self.read(|repo| {
                let it = &repo.deployments[&deployment];
                payloads::status(repo, it, it.statuses.last().expect("one was given"))
            }),
        )
    }

    fn made_check_run(&self, asked: &Value) -> Answer {
        let sha = text(asked, "head_sha");
        if self.read(|repo| repo.commits.find(&sha).is_none()) {
            return refused("No commit found for SHA");
        }
        let mut state = self.world.state();
        let (id, at) = (state.id(), state.tick());
        let mut run = CheckRun {
            id,
            sha,
            name: text(asked, "name"),
            external_id: String::new(),
            details_url: String::new(),
            status: String::new(),
            conclusion: None,
            title: String::new(),
            told: 0,
            repo: self.id,
            at,
        };
        run.take(asked);
        let answer = listed_check(state.repo(self.id), &run);
        state.marks.checks.push(run);
        Answer::One(201, answer)
    }

    fn changed_check_run(&self, id: i64, asked: &Value) -> Answer {
        let mut state = self.world.state();
        let mut runs = state.marks.checks.iter_mut();
        let Some(run) = runs.find(|run| run.id == id && run.repo == self.id) else {
            return Answer::One(404, json!({"message": "Not Found"}));
        };
        run.take(asked);
        let run = run.clone();
        Answer::One(200, listed_check(state.repo(self.id), &run))
    }

    fn gave_commit_status(&self, sha: &str, asked: &Value) -> Answer {
        if self.read(|repo| repo.commits.find(sha).is_none()) {
            return refused(&format!("No commit found for SHA: {sha}"));
        }
        let mut state = self.world.state();
        let status = CommitStatus {
            sha: sha.to_owned(),
            state: text(asked, "state"),
            context: text(asked, "context"),
            description: text(asked, "description"),
            target_url: text(asked, "target_url"),
            id: state.id(),
            repo: self.id,
            at: state.tick(),
        };
        if status.description.chars().count() > 140 {
            return refused("description is too long (maximum is 140 characters)");
        }
        let answer = listed_status(&mut state, &status);
        state.marks.statuses.push(status);
        Answer::One(201, answer)
    }
}

impl CheckRun {
    fn take(&mut self, asked: &Value) {
        self.external_id = text(asked, "external_id");
        self.details_url = text(asked, "details_url");
        self.status = text(asked, "status");
        self.conclusion = asked["conclusion"].as_str().map(str::to_owned);
        self.title = text(&asked["output"], "title");
        self.told += 1;
    }
}

/// The check runs of a commit, newest first.
pub(super) fn check_runs(state: &State, repo: &Repo, git_ref: &str, query: &Query) -> Reply {
    let sha = repo.resolve(git_ref);
    let name = query.get("check_name");
    let all = state.marks.checks.iter().rev();
    let rows: Vec<Value> = all
        .filter(|run| run.repo == repo.id && Some(&run.sha) == sha.as_ref())
        .filter(|run| name.is_empty() || run.name == name)
        .map(|run| listed_check(repo, run))
        .collect();
    Reply::Json(json!({ "total_count": rows.len(), "check_runs": rows }))
}

/// The statuses of a commit, newest first.
pub(super) fn statuses(state: &State, repo: &Repo, git_ref: &str, query: &Query) -> Reply {
    let sha = repo.resolve(git_ref);
    let all = state.marks.statuses.iter().rev();
    let rows: Vec<Value> = all
        .filter(|status| status.repo == repo.id && Some(&status.sha) == sha.as_ref())
        .map(|status| status_json(repo, status, None))
        .collect();
    page(&rows, query)
}

fn listed_check(repo: &Repo, run: &CheckRun) -> Value {
    let (full, id) = (repo.full_name(), run.id);
    let url = format!("{API}/repos/{full}/check-runs/{id}");
    json!({
        "id": id, "node_id": node("CheckRun", id), "head_sha": run.sha, "external_id": run.external_id, "url": url,
        "html_url": format!("{SITE}/{full}/runs/{id}"), "details_url": run.details_url, "status": run.status,
        "conclusion": run.conclusion, "started_at": time(run.at),
        "completed_at": run.conclusion.as_ref().map(|_| time(run.at)), "name": run.name, "check_suite": null, "app": null,
        "output": { "title": run.title, "summary": "", "text": null, "annotations_count": 0,
            "annotations_url": format!("{url}/annotations") },
        "pull_requests": [],
    })
}

fn listed_status(state: &mut State, status: &CommitStatus) -> Value {
    let creator = payloads::account(&state.sender());
    status_json(state.repo(status.repo), status, Some(creator))
}

fn status_json(repo: &Repo, status: &CommitStatus, creator: Option<Value>) -> Value {
    let id = status.id;
    json!({
        "id": id, "node_id": node("StatusContext", id), "avatar_url": null, "state": status.state, "context": status.context,
        "description": status.description, "target_url": status.target_url, "creator": creator,
        "url": format!("{API}/repos/{}/statuses/{}", repo.full_name(), status.sha), "created_at": time(status.at),
        "updated_at": time(status.at),
    })
}
