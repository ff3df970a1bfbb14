//! The REST endpoints: a path and a query in, JSON out, from a world's state. Knows no HTTP.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    answers, comparing, dispatching,
    payloads::{self, API},
    protecting,
    questions::Query,
    state::{Deployment, Pull, Release, Repo, State, Status},
    trees,
};

/// GitHub leaves the content of larger files out of `contents`.
const INLINE: usize = 1024 * 1024;

/// An answer.
pub(super) enum Reply {
    Json(Value),
    /// 202: it is going to be done.
    Accepted,
    /// One page, and the number of the last one.
    Page(Value, usize),
    /// One page, and where the next one begins.
    Cursor(Value, Option<String>),
    /// The repository is called otherwise now: the path to ask.
    Moved(String),
    NotFound,
    /// 409: there is no commit yet.
    Empty,
    /// 422: no such commit.
    NoCommit,
}

/// Answers lists of repositories, `/repos/{owner}/{name}/…` and `/repositories/{id}/…`. `signed_in` sees private repositories.
pub(super) fn answer(state: &State, segments: &[&str], query: &Query, signed_in: bool) -> Reply {
    let (repo, rest) = match segments {
        ["user", "repos"] if signed_in => return repositories(state, |_| true, query),
        ["orgs", name, "repos"] => {
            return repositories(
                state,
                |repo| repo.owner == *name && (signed_in || !repo.private),
                query,
            );
        }
        ["installation", "repositories"] => {
            let Some(account) = &query.account else {
                return Reply::NotFound;
            };
            let Reply::Page(rows, last) = repositories(state, |repo| repo.owner == *account, query) else {
                return Reply::NotFound;
            };
            return Reply::Page(
                json!({"total_count": state.repos.len(), "repositories": rows}),
                last,
            );
        }
        ["app", "hook", "deliveries"] => return log(state, query),
        ["app", "hook", "deliveries", id, "attempts"] => {
            let known = id
                .parse()
                .ok()
                .filter(|id| state.log.iter().any(|attempt| attempt.id == *id));
            let Some(id) = known else {
                return Reply::NotFound;
            };
            state.asked_again.borrow_mut().push(id);
            return Reply::Accepted;
        }
        ["repos", owner, name, rest @ ..] => {
            let full = format!("{owner}/{name}");
            let by_name =
                |repo: &&Repo| !repo.deleted && !repo.hidden && repo.full_name().eq_ignore_ascii_case(&full);
            if let Some(repo) = state.repos.values().find(by_name) {
                (repo, rest)
            } else if let Some(repo) = state.repos.values().find(|repo| repo.former.contains(&full)) {
                return Reply::Moved(format!("/repositories/{}/{}", repo.id, rest.join("/")));
            } else {
                return Reply::NotFound;
            }
        }
        ["repositories", id, rest @ ..] => match id.parse().ok().and_then(|id: i64| state.repos.get(&id)) {
            Some(repo) if !repo.deleted && !repo.hidden => (repo, rest),
            _ => return Reply::NotFound,
        },
        _ => return Reply::NotFound,
    };
    if repo.private && !signed_in {
        return Reply::NotFound;
    }
    endpoint(state, repo, rest, query)
}

fn endpoint(state: &State, repo: &Repo, rest: &[&str], query: &Query) -> Reply {
    if let Some(reply) = trees::answer(state, repo, rest, query) {
        return reply;
    }
    match rest {
        ["contents", path @ ..] => contents(repo, &path.join("/"), query),
        ["git", "blobs", sha] => match repo.commits.blob(sha) {
            Some(bytes) => Reply::Json(
                json!({"sha": sha, "node_id": payloads::node("Blob", 1), "size": bytes.len(), "encoding": "base64",
                "content": lines(bytes), "url": format!("{API}/repos/{}/git/blobs/{sha}", repo.full_name())}),
            ),
            None => Reply::NotFound,
        },
        ["pulls", number, "commits"] => match number
            .parse()
            .ok()
            .and_then(|number: i64| repo.pulls.get(&number))
        {
            Some(pull) => {
                let own = repo.commits.between(&pull.base_sha, &pull.head_sha);
                let own: Vec<Value> = own
                    .into_iter()
                    .take(250)
                    .map(|commit| payloads::commit(repo, commit))
                    .collect();
                page(&own, query)
            }
            None => Reply::NotFound,
        },
        ["commits", sha, "pulls"] => match repo.commits.find(sha) {
            Some(_) => pulls_of(state, repo, sha, query),
            None => Reply::NoCommit,
        },
        ["compare", range] => comparing::answer(repo, range, query),
        ["pulls"] => pulls(state, repo, query),
        ["deployments"] => {
            let rows: Vec<&Deployment> = repo.deployments.values().rev().collect();
            page_of(&rows, query, |row| payloads::deployment(repo, row))
        }
        ["deployments", id, "statuses"] => {
            match id.parse().ok().and_then(|id: i64| repo.deployments.get(&id)) {
                Some(deployment) => {
                    let rows: Vec<&Status> = deployment.statuses.iter().rev().collect();
                    page_of(&rows, query, |row| payloads::status(repo, deployment, row))
                }
                None => Reply::NotFound,
            }
        }
        ["releases"] => {
            let mut rows: Vec<&Release> = repo.releases.values().collect();
            rows.sort_by_key(|release| std::cmp::Reverse((release.created_at, release.id)));
            page_of(&rows, query, |row| payloads::release(repo, row))
        }
        ["actions", "workflows", workflow, "runs"] => dispatching::list(state, repo, workflow, query),
        ["actions", "runs", run, "pending_deployments"] => protecting::pending(state, repo, run),
        ["actions", "runs", run, "jobs"] => jobs(repo, run, query),
        _ => Reply::NotFound,
    }
}

fn contents(repo: &Repo, path: &str, query: &Query) -> Reply {
    if repo.branches.is_empty() {
        return Reply::NotFound;
    }
    let Some(sha) = repo.resolve(query.git_ref.as_deref().unwrap_or(&repo.default_branch)) else {
        return Reply::NotFound;
    };
    let tree = repo.commits.tree(&sha);
    let entry = |path: &str, bytes: &[u8]| answers::file(repo, &sha, path, bytes);
    if let Some(bytes) = tree.get(path) {
        let inline = bytes.len() <= INLINE;
        let mut value = entry(path, bytes);
        value["encoding"] = if inline { "base64" } else { "none" }.into();
        value["content"] = if inline { lines(bytes) } else { String::new() }.into();
        return Reply::Json(value);
    }
    let inside: Vec<Value> = tree
        .iter()
        .filter(|(file, _)| path.is_empty() || file.starts_with(&format!("{path}/")))
        .map(|(file, bytes)| entry(file, bytes))
        .collect();
    if inside.is_empty() {
        Reply::NotFound
    } else {
        Reply::Json(inside.into())
    }
}

/// Base64 in lines of 60, as GitHub writes it.
fn lines(bytes: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(bytes);
    text.as_bytes()
        .chunks(60)
        .map(|line| format!("{}\n", String::from_utf8_lossy(line)))
        .collect()
}

fn pulls_of(state: &State, repo: &Repo, sha: &str, query: &Query) -> Reply {
    let holds = |pull: &&Pull| {
        let own = repo.commits.between(&pull.base_sha, &pull.head_sha);
        pull.merge_commit_sha.as_deref() == Some(sha) || own.iter().any(|commit| commit.sha == sha)
    };
    let pulls: Vec<Value> = repo
        .pulls
        .values()
        .filter(holds)
        .map(|pull| answers::listed_pull(state, repo, pull))
        .collect();
    page(&pulls, query)
}

/// The App's log, newest first; a cursor is the number of the last attempt of the page before.
fn log(state: &State, query: &Query) -> Reply {
    let before: i64 = query.get("cursor").parse().unwrap_or(i64::MAX);
    let mut rest = state.log.iter().rev().filter(|attempt| attempt.id < before);
    let page: Vec<_> = rest.by_ref().take(query.per_page).collect();
    let next = rest.next().and(page.last()).map(|attempt| attempt.id.to_string());
    Reply::Cursor(page.into_iter().map(answers::attempt).collect(), next)
}

/// Deleted and hidden ones are in no list.
fn repositories(state: &State, holds: impl Fn(&Repo) -> bool, query: &Query) -> Reply {
    let mut rows: Vec<&Repo> = state
        .repos
        .values()
        .filter(|repo| !repo.deleted && !repo.hidden && holds(repo))
        .collect();
    rows.sort_by_key(|repo| repo.full_name());
    page_of(&rows, query, |repo| payloads::repository(state, repo.id))
}

/// Open ones unless others are asked for; the newest first, by their last change where that is asked for.
fn pulls(state: &State, repo: &Repo, query: &Query) -> Reply {
    let all = query.get("state") == "all";
    let mut rows: Vec<&Pull> = repo
        .pulls
        .values()
        .filter(|pull| all || pull.closed_at.is_none())
        .collect();
    if query.get("sort") == "updated" && query.get("direction") == "desc" {
        rows.sort_by_key(|pull| std::cmp::Reverse((pull.updated_at, pull.number)));
    } else {
        rows.reverse();
    }
    page_of(&rows, query, |pull| answers::listed_pull(state, repo, pull))
}

/// The jobs of a run: of the last attempt, unless all are asked for. A job's id is that of the deployment that it made.
fn jobs(repo: &Repo, run: &str, query: &Query) -> Reply {
    let Some(run) = run.parse().ok().and_then(|run: i64| repo.runs.get(&run)) else {
        return Reply::NotFound;
    };
    let rows: Vec<&Deployment> = repo
        .deployments
        .values()
        .filter(|deployment| deployment.run == Some(run.id))
        .filter(|deployment| query.get("filter") == "all" || deployment.attempt == run.attempt)
        .collect();
    match page_of(&rows, query, |made| answers::job(repo, run, made)) {
        Reply::Page(jobs, last) => Reply::Page(json!({"total_count": rows.len(), "jobs": jobs}), last),
        other => other,
    }
}

/// A page of rows; only what is on it is written out.
pub(super) fn page_of<R>(rows: &[R], query: &Query, write: impl Fn(&R) -> Value) -> Reply {
    let start = (query.page - 1) * query.per_page;
    let shown: Vec<Value> = rows.iter().skip(start).take(query.per_page).map(write).collect();
    Reply::Page(shown.into(), rows.len().div_ceil(query.per_page).max(1))
}

pub(super) fn page(rows: &[Value], query: &Query) -> Reply {
    let start = (query.page - 1) * query.per_page;
    let shown: Vec<Value> = rows.iter().skip(start).take(query.per_page).cloned().collect();
    Reply::Page(shown.into(), rows.len().div_ceil(query.per_page).max(1))
}
