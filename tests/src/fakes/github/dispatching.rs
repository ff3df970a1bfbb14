//! Dispatching workflows, by what their files say: whether they can be, which inputs they take, and how their runs are called.

use serde_json::{Map, Value, json};

use super::{
    office::Answer,
    payloads::{self, API, SITE},
    questions::Query,
    repo::RepoHandle,
    routes::{Reply, page},
    runs::Run,
    state::{Repo, State},
    world::World,
};

fn refused(message: &str) -> Answer {
    Answer::One(
        422,
        json!({ "message": message, "documentation_url": "https://docs.github.com/rest" }),
    )
}

impl World {
    /// Starts a run of a workflow on the ref that is asked for; 204 unless its details are asked for too.
    pub(super) fn dispatch(&self, (owner, name): (&str, &str), workflow: &str, body: &[u8]) -> Answer {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let not_found = || Answer::One(404, json!({"message": "Not Found"}));
        let mut state = self.state();
        let full = format!("{owner}/{name}");
        let found = state
            .repos
            .values()
            .find(|repo| !repo.deleted && !repo.hidden && repo.full_name().eq_ignore_ascii_case(&full));
        let Some(repo) = found else { return not_found() };
        let git_ref = asked["ref"].as_str().unwrap_or_default();
        let Some(sha) = repo.resolve(git_ref) else {
            return refused(&format!("No ref found for: {git_ref}"));
        };
        let path = format!(".github/workflows/{workflow}");
        let Some(file) = repo.commits.tree(&sha).get(&path).cloned() else {
            return not_found();
        };
        let (text, id) = (String::from_utf8_lossy(&file).into_owned(), repo.id);
        if !text.contains("workflow_dispatch") {
            return refused("Workflow does not have 'workflow_dispatch' trigger");
        }
        let inputs = asked["inputs"].as_object().cloned().unwrap_or_default();
        let unknown: Vec<&String> = inputs
            .keys()
            .filter(|input| !text.contains(&format!("{input}:")))
            .collect();
        if !unknown.is_empty() {
            return refused(&format!("Unexpected inputs provided: {unknown:?}"));
        }
        let run = state.dispatched(id, (&path, &text), (git_ref, &sha), &inputs);
        if asked["return_run_details"] != true {
            return Answer::One(204, Value::Null);
        }
        Answer::One(
            200,
            json!({
                "workflow_run_id": run, "run_url": format!("{API}/repos/{full}/actions/runs/{run}"),
                "html_url": format!("{SITE}/{full}/actions/runs/{run}"),
            }),
        )
    }
}

impl State {
    fn dispatched(
        &mut self,
        repo: i64,
        (path, text): (&str, &str),
        (git_ref, sha): (&str, &str),
        inputs: &Map<String, Value>,
    ) -> i64 {
        let (id, at, actor) = (self.id(), self.tick(), self.sender());
        let line = |key: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(key))
                .map(str::trim)
        };
        let title = line("run-name:").map(|title| {
            inputs.iter().fold(title.to_owned(), |title, (name, value)| {
                let placeholder = format!("${{{{ inputs.{name} }}}}");
                title.replace(&placeholder, value.as_str().unwrap_or_default())
            })
        });
        let of = self.repo_mut(repo);
        let run = Run {
            id,
            attempt: 1,
            workflow: line("name:").unwrap_or(path).to_owned(),
            path: path.to_owned(),
            sha: sha.to_owned(),
            status: "queued".to_owned(),
            conclusion: None,
            title,
            inputs: inputs.clone(),
            branch: git_ref.to_owned(),
            event: "workflow_dispatch".to_owned(),
            number: of.runs.len() + 1,
            actor,
            created_at: at,
            started_at: at,
            updated_at: at,
        };
        of.runs.insert(id, run);
        self.emit_run(repo, id, "requested");
        id
    }
}

impl RepoHandle {
    /// The runs that were dispatched, oldest first.
    pub fn dispatched_runs(&self) -> Vec<Run> {
        self.read(|repo| {
            let runs = repo.runs.values();
            runs.filter(|run| run.event == "workflow_dispatch")
                .cloned()
                .collect()
        })
    }
}

/// The runs of a workflow, newest first.
pub(super) fn list(state: &State, repo: &Repo, workflow: &str, query: &Query) -> Reply {
    let path = format!(".github/workflows/{workflow}");
    let event = query.get("event");
    let mut runs: Vec<&Run> = repo
        .runs
        .values()
        .filter(|run| run.path == path && (event.is_empty() || run.event == event))
        .collect();
    runs.sort_by_key(|run| std::cmp::Reverse((run.created_at, run.id)));
    let rows: Vec<Value> = runs.iter().map(|run| listed(state, repo, run)).collect();
    match page(&rows, query) {
        Reply::Page(shown, last) => {
            Reply::Page(json!({"total_count": rows.len(), "workflow_runs": shown}), last)
        }
        other => other,
    }
}

/// A run as the API lists it: with all that GitHub's description requires.
fn listed(state: &State, repo: &Repo, run: &Run) -> Value {
    let mut it = payloads::run(repo, run);
    let full = repo.full_name();
    it["repository"] = payloads::repository(state, repo.id);
    it["head_repository"] = it["repository"].clone();
    it["head_commit"] = repo
        .commits
        .find(&run.sha)
        .map(|commit| payloads::simple_commit(repo, commit))
        .into();
    it["check_suite_url"] = format!("{API}/repos/{full}/check-suites/{}", run.id + 1).into();
    it["artifacts_url"] = format!("{API}/repos/{full}/actions/runs/{}/artifacts", run.id).into();
    it["workflow_url"] = format!("{API}/repos/{full}/actions/workflows/{}", run.workflow_id()).into();
    it
}
