//! Branches and trees of a repository, and what the check of rights asks.

use serde_json::{Value, json};

use super::{
    answers,
    git::{NONE, blob_id},
    payloads,
    questions::Query,
    routes::{self, Reply},
    showing,
    state::{Repo, State},
};

/// Answers what is asked of a repository's branches, trees, commits, runs and of itself; `None` for anything else.
pub(super) fn answer(state: &State, repo: &Repo, rest: &[&str], query: &Query) -> Option<Reply> {
    Some(match rest {
        [] => Reply::Json(answers::repository(state, repo)),
        ["branches", name] => match repo.branches.get(*name) {
            Some(sha) => Reply::Json(answers::branch(repo, name, sha)),
            None => Reply::NotFound,
        },
        ["git", "trees", sha] => match repo.commits.find(sha) {
            Some(_) => tree(repo, sha),
            None => Reply::NotFound,
        },
        ["pulls", number] => {
            let number: i64 = number.parse().unwrap_or_default();
            match repo.pulls.get(&number) {
                Some(pull) => Reply::Json(payloads::pull(state, repo.id, pull)),
                None => Reply::NotFound,
            }
        }
        ["commits"] => commits(repo, query),
        ["actions", "runs"] => Reply::Json(json!({"total_count": 0, "workflow_runs": []})),
        ["commits", git_ref, "check-runs"] => showing::check_runs(state, repo, git_ref, query),
        ["commits", git_ref, "statuses"] => showing::statuses(state, repo, git_ref, query),
        _ => return None,
    })
}

/// What a branch holds, newest first.
fn commits(repo: &Repo, query: &Query) -> Reply {
    if repo.branches.is_empty() {
        return Reply::Page(json!([]), 1);
    }
    let from = Some(query.get("sha")).filter(|from| !from.is_empty());
    let Some(head) = repo.resolve(from.unwrap_or(&repo.default_branch)) else {
        return Reply::NotFound;
    };
    let mut rows: Vec<_> = repo.commits.between(NONE, &head);
    rows.reverse();
    routes::page_of(&rows, query, |made| payloads::commit(repo, made))
}

fn tree(repo: &Repo, sha: &str) -> Reply {
    let entry = |(path, bytes): (&String, &std::sync::Arc<[u8]>)| json!({"path": path, "mode": "100644", "type": "blob", "sha": blob_id(bytes), "size": bytes.len()});
    let entries: Vec<Value> = repo.commits.tree(sha).iter().map(entry).collect();
    Reply::Json(json!({"sha": sha, "tree": entries, "truncated": false}))
}
