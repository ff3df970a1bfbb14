//! Environments with a custom protection rule: runs that wait for them, and what they are told.

use serde_json::{Value, json};
use url::Url;

use super::{
    office::Answer,
    payloads::{self, SITE},
    repo::RepoHandle,
    routes::Reply,
    runs::Run,
    state::{Deployment, Repo, State},
    world::World,
};

/// What a run was told about an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Number of the run.
    pub run: i64,
    /// The environment.
    pub environment: String,
    /// `approved` or `rejected`; nothing for why it waits.
    pub state: Option<String>,
    /// In Markdown.
    pub comment: String,
}

/// What waits, and what was told.
#[derive(Default)]
pub(super) struct Rules {
    /// Run, environment and deployment.
    waiting: Vec<(i64, String, i64)>,
    told: Vec<Told>,
}

impl RepoHandle {
    /// A job of a run comes to wait for an environment whose rule `api` is asked about; gives its deployment.
    pub fn wait_for_rule(&self, environment: &str, run: &Run, api: &Url) -> i64 {
        let place = self.full_name();
        let api = api.as_str().trim_end_matches('/');
        let run_id = run.id;
        let callback = format!("{api}/repos/{place}/actions/runs/{run_id}/deployment_protection_rule");
        self.wait_for_rule_at(environment, run, &callback)
    }

    /// The same with an address for the answer that somebody chose.
    pub fn wait_for_rule_at(&self, environment: &str, run: &Run, callback: &str) -> i64 {
        let deployment = self.deploy(environment, &run.sha, Some(run));
        let mut state = self.world.state();
        let waits = (run.id, environment.to_owned(), deployment);
        state.rules.waiting.push(waits);
        let repo = state.repo(self.id);
        let payload = json!({
            "action": "requested", "environment": environment, "event": run.event, "sha": run.sha,
            "ref": format!("refs/heads/{}", run.branch), "deployment_callback_url": callback,
            "deployment": payloads::deployment(repo, &repo.deployments[&deployment]), "pull_requests": [],
        });
        state.emit("deployment_protection_rule", self.id, payload);
        deployment
    }
}

impl World {
    /// What runs were told, in order.
    pub fn told(&self) -> Vec<Told> {
        self.state().rules.told.clone()
    }

    /// How many jobs wait for a rule.
    pub fn waiting_for_rules(&self) -> usize {
        self.state().rules.waiting.len()
    }

    /// Answers a rule: every job goes on that waits for the environment in the run, or ends; without a state they go on waiting.
    pub(super) fn answer_rule(&self, full_name: &str, run: &str, body: &[u8]) -> Answer {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let run: i64 = run.parse().unwrap_or_default();
        let environment = asked["environment_name"].as_str().unwrap_or_default().to_owned();
        let mut state = self.state();
        if !state.repos.values().any(|repo| repo.full_name() == full_name) {
            return Answer::One(404, json!({"message": "Not Found"}));
        }
        let waits = |waiting: &(i64, String, i64)| waiting.0 == run && waiting.1 == environment;
        if !state.rules.waiting.iter().any(waits) {
            let message = "No deployment of this run waits for a protection rule of this App";
            let body = json!({ "message": message, "documentation_url": "https://docs.github.com/rest", "status": "422" });
            return Answer::One(422, body);
        }
        let told = Told {
            run,
            environment: environment.clone(),
            state: asked["state"].as_str().map(str::to_owned),
            comment: asked["comment"].as_str().unwrap_or_default().to_owned(),
        };
        if told.state.is_some() {
            state.rules.waiting.retain(|waiting| !waits(waiting));
        }
        state.rules.told.push(told);
        Answer::One(204, Value::Null)
    }
}

/// The environments that a run waits for.
pub(super) fn pending(state: &State, repo: &Repo, run: &str) -> Reply {
    let run: i64 = run.parse().unwrap_or_default();
    let waiting = state.rules.waiting.iter();
    let mut deployments: Vec<&Deployment> = waiting
        .filter(|waiting| waiting.0 == run)
        .filter_map(|waiting| repo.deployments.get(&waiting.2))
        .collect();
    deployments.dedup_by_key(|deployment| deployment.environment.clone());
    let full = repo.full_name();
    let rows = deployments.into_iter().map(|deployment| {
        let name = &deployment.environment;
        json!({
            "environment": { "id": deployment.id, "node_id": payloads::node("Environment", deployment.id), "name": name,
                "url": format!("{}/repos/{full}/environments/{name}", payloads::API),
                "html_url": format!("{SITE}/{full}/deployments/activity_log?environments_filter={name}") },
            "wait_timer": 0, "wait_timer_started_at": null, "current_user_can_approve": false, "reviewers": [],
        })
    });
    Reply::Json(rows.collect::<Vec<_>>().into())
}
