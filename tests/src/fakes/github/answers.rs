//! JSON that only API answers hold, never a webhook; all that GitHub's description requires.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    git::blob_id,
    payloads::{self, API, SITE, node, time},
    runs::Run,
    state::{Attempt, Deployment, Pull, Repo, State, User},
    world::World,
};

/// The App's name in addresses.
const SLUG: &str = "fairway-acme";
/// When it was made and installed.
const MADE_AT: &str = "2026-10-01T08:00:00Z";

/// What lists of pull requests leave out.
const OF_A_SINGLE_PULL: [&str; 12] = [
    "merged",
    "mergeable",
    "rebaseable",
    "mergeable_state",
    "merged_by",
    "comments",
    "review_comments",
    "maintainer_can_modify",
    "commits",
    "additions",
    "deletions",
    "changed_files",
];

/// The App.
pub(super) fn app() -> Value {
    let owner = User {
        id: 1,
        login: "acme".to_owned(),
        name: String::new(),
        email: String::new(),
        kind: "Organization",
    };
    json!({
        "id": World::APP, "node_id": node("App", 1), "slug": SLUG, "name": "Fairway Acme", "owner": payloads::account(&owner),
        "description": null, "external_url": "https://fairway.example", "html_url": format!("{SITE}/apps/{SLUG}"),
        "created_at": MADE_AT, "updated_at": MADE_AT, "permissions": {"contents": "read"}, "events": ["push"],
    })
}

/// Its installation in an account.
pub(super) fn installation(
    id: i64,
    account: &User,
    permissions: &impl serde::Serialize,
    suspended_at: Option<DateTime<Utc>>,
) -> Value {
    json!({
        "id": id, "account": payloads::account(account), "app_id": World::APP, "app_slug": SLUG, "target_id": account.id,
        "target_type": account.kind, "single_file_name": null, "permissions": permissions, "repository_selection": "all",
        "events": ["push"], "created_at": MADE_AT, "updated_at": MADE_AT, "suspended_by": null,
        "suspended_at": suspended_at.map(time), "repositories_url": format!("{API}/installation/repositories"),
        "access_tokens_url": format!("{API}/app/installations/{id}/access_tokens"),
        "html_url": format!("{SITE}/organizations/{}/settings/installations/{id}", account.login),
    })
}

/// A team without a parent.
pub(super) fn team(organisation: &User, id: i64, slug: &str) -> Value {
    let url = format!("{API}/organizations/{}/team/{id}", organisation.id);
    json!({
        "id": id, "node_id": node("Team", id), "slug": slug, "name": slug, "description": null, "privacy": "closed",
        "permission": "pull", "type": "organization", "parent": null, "url": url,
        "html_url": format!("{SITE}/orgs/{}/teams/{slug}", organisation.login),
        "members_url": format!("{url}/members{{/member}}"), "repositories_url": format!("{url}/repos"),
    })
}

/// A repository with what only it alone is told with.
pub(super) fn repository(state: &State, repo: &Repo) -> Value {
    let mut value = payloads::repository(state, repo.id);
    value["network_count"] = 0.into();
    value["subscribers_count"] = 0.into();
    value
}

/// A branch and its newest commit.
pub(super) fn branch(repo: &Repo, name: &str, sha: &str) -> Value {
    let (full, commit) = (repo.full_name(), repo.commits.find(sha));
    let url = format!("{API}/repos/{full}/branches/{name}");
    json!({
        "name": name, "commit": commit.map(|commit| payloads::commit(repo, commit)), "protected": false,
        "protection": {"enabled": false}, "protection_url": format!("{url}/protection"),
        "_links": {"self": url, "html": format!("{SITE}/{full}/tree/{name}")},
    })
}

/// A file as of a commit, without its content.
pub(super) fn file(repo: &Repo, sha: &str, path: &str, bytes: &[u8]) -> Value {
    let (full, blob) = (repo.full_name(), blob_id(bytes));
    let url = format!("{API}/repos/{full}/contents/{path}?ref={sha}");
    let git = format!("{API}/repos/{full}/git/blobs/{blob}");
    let html = format!("{SITE}/{full}/blob/{sha}/{path}");
    json!({
        "name": path.rsplit('/').next(), "path": path, "sha": blob, "size": bytes.len(), "type": "file", "url": url,
        "git_url": git, "html_url": html, "download_url": format!("https://raw.githubusercontent.com/{full}/{sha}/{path}"),
        "_links": {"self": url, "git": git, "html": html},
    })
}

/// A file that a comparison up to a commit names.
pub(super) fn changed_file(repo: &Repo, head: &str, (path, status): (&str, &str), bytes: &[u8]) -> Value {
    let full = repo.full_name();
    json!({
        "sha": blob_id(bytes), "filename": path, "status": status, "additions": 1, "deletions": 0, "changes": 1,
        "blob_url": format!("{SITE}/{full}/blob/{head}/{path}"), "raw_url": format!("{SITE}/{full}/raw/{head}/{path}"),
        "contents_url": format!("{API}/repos/{full}/contents/{path}?ref={head}"),
    })
}

/// A pull request as lists have it, without what GitHub counts for a single one.
pub(super) fn listed_pull(state: &State, repo: &Repo, it: &Pull) -> Value {
    let mut value = payloads::pull(state, repo.id, it);
    let fields = value.as_object_mut().expect("an object");
    fields.retain(|name, _| !OF_A_SINGLE_PULL.contains(&name.as_str()));
    value
}

/// The job of a run that made a deployment; they share a number.
pub(super) fn job(repo: &Repo, run: &Run, made: &Deployment) -> Value {
    let (full, id) = (repo.full_name(), made.id);
    let api = format!("{API}/repos/{full}/actions");
    json!({
        "id": id, "node_id": node("Job", id), "run_id": run.id, "run_attempt": made.attempt, "name": made.environment,
        "head_sha": run.sha, "head_branch": run.branch, "workflow_name": run.workflow, "status": run.status,
        "conclusion": run.conclusion, "created_at": time(run.created_at), "started_at": time(run.started_at),
        "completed_at": run.conclusion.as_ref().map(|_| time(run.updated_at)), "labels": ["ubuntu-latest"],
        "runner_id": 1, "runner_name": "GitHub Actions 1", "runner_group_id": 0, "runner_group_name": "GitHub Actions",
        "run_url": format!("{api}/runs/{}", run.id), "url": format!("{api}/jobs/{id}"),
        "check_run_url": format!("{API}/repos/{full}/check-runs/{id}"),
        "html_url": format!("{SITE}/{full}/actions/runs/{}/job/{id}", run.id),
    })
}

/// An attempt to deliver.
pub(super) fn attempt(it: &Attempt) -> Value {
    json!({
        "id": it.id, "guid": it.delivery.id, "delivered_at": time(it.at), "redelivery": false, "duration": 0.27,
        "status_code": it.status_code, "status": if it.status_code == 202 { "OK" } else { "Invalid HTTP Response" },
        "event": it.delivery.event, "action": null, "installation_id": 1, "repository_id": null, "throttled_at": null,
    })
}
