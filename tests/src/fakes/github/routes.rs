//! The REST endpoints: a path and a query in, JSON out, from a world's state. Knows no HTTP.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    git::{self, blob_id},
    payloads::{self, API},
    state::{Repo, State},
};

/// GitHub leaves the content of larger files out of `contents`.
const INLINE: usize = 1024 * 1024;

/// An answer.
pub(super) enum Reply {
    Json(Value),
    /// One page, and the number of the last one.
    Page(Value, usize),
    /// The repository is called otherwise now: the path to ask.
    Moved(String),
    NotFound,
    /// 409: there is no commit yet.
    Empty,
    /// 422: no such commit.
    NoCommit,
}

pub(super) struct Query {
    pub git_ref: Option<String>,
    pub page: usize,
    pub per_page: usize,
}

/// Answers `/repos/{owner}/{name}/…` and `/repositories/{id}/…`. `signed_in` sees private repositories.
pub(super) fn answer(state: &State, segments: &[&str], query: &Query, signed_in: bool) -> Reply {
    let (repo, rest) = match segments {
        ["repos", owner, name, rest @ ..] => {
            let full = format!("{owner}/{name}");
            let by_name = |repo: &&Repo| !repo.deleted && repo.full_name().eq_ignore_ascii_case(&full);
            if let Some(repo) = state.repos.values().find(by_name) {
                (repo, rest)
            } else if let Some(repo) = state.repos.values().find(|repo| repo.former.contains(&full)) {
                return Reply::Moved(format!("/repositories/{}/{}", repo.id, rest.join("/")));
            } else {
                return Reply::NotFound;
            }
        }
        ["repositories", id, rest @ ..] => match id.parse().ok().and_then(|id: i64| state.repos.get(&id)) {
            Some(repo) if !repo.deleted => (repo, rest),
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
    match rest {
        ["contents", path @ ..] => contents(repo, &path.join("/"), query),
        ["git", "blobs", sha] => match repo.commits.blob(sha) {
            Some(bytes) => Reply::Json(json!({"sha": sha, "size": bytes.len(), "encoding": "base64",
                "content": lines(bytes), "url": format!("{API}/repos/{}/git/blobs/{sha}", repo.full_name())})),
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
        ["compare", range] => compare(repo, range, query),
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
    let entry = |path: &str, bytes: &[u8]| {
        json!({"name": path.rsplit('/').next(), "path": path, "sha": blob_id(bytes), "size": bytes.len(), "type": "file",
            "url": format!("{API}/repos/{}/contents/{path}?ref={sha}", repo.full_name())})
    };
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
    let holds = |pull: &&super::state::Pull| {
        let own = repo.commits.between(&pull.base_sha, &pull.head_sha);
        pull.merge_commit_sha.as_deref() == Some(sha) || own.iter().any(|commit| commit.sha == sha)
    };
    let pulls: Vec<Value> = repo
        .pulls
        .values()
        .filter(holds)
        .map(|pull| payloads::pull(state, repo.id, pull))
        .collect();
    page(&pulls, query)
}

fn compare(repo: &Repo, range: &str, query: &Query) -> Reply {
    if repo.branches.is_empty() {
        return Reply::Empty;
    }
    let ends = range
        .split_once("...")
        .map(|(base, head)| (repo.resolve(base), repo.resolve(head)));
    let Some((Some(base), Some(head))) = ends else {
        return Reply::NotFound;
    };
    let Some(common) = repo.commits.merge_base(&base, &head) else {
        return Reply::NotFound;
    };
    let (ahead, behind) = (
        repo.commits.between(&base, &head),
        repo.commits.between(&head, &base),
    );
    let status = match (ahead.is_empty(), behind.is_empty()) {
        (true, true) => "identical",
        (false, true) => "ahead",
        (true, false) => "behind",
        (false, false) => "diverged",
    };
    let (total, of) = (ahead.len(), |sha: &str| {
        repo.commits
            .find(sha)
            .map(|commit| payloads::commit(repo, commit))
    });
    let start = (query.page - 1) * query.per_page;
    let listed: Vec<Value> = ahead
        .iter()
        .skip(start)
        .take(query.per_page)
        .map(|commit| payloads::commit(repo, commit))
        .collect();
    let mut value = json!({
        "url": format!("{API}/repos/{}/compare/{range}", repo.full_name()), "status": status, "ahead_by": total,
        "behind_by": behind.len(), "total_commits": total, "base_commit": of(&base), "merge_base_commit": of(&common),
        "commits": listed,
    });
    if query.page == 1 {
        value["files"] = files(repo, &common, &head).into();
    }
    Reply::Page(value, total.div_ceil(query.per_page).max(1))
}

fn files(repo: &Repo, base: &str, head: &str) -> Vec<Value> {
    let changes = git::changes(&repo.commits.tree(base), &repo.commits.tree(head));
    let of = |status: &'static str, paths: Vec<String>| {
        paths
            .into_iter()
            .map(move |path| json!({"filename": path, "status": status, "additions": 1, "deletions": 0}))
    };
    let all = of("added", changes.added)
        .chain(of("removed", changes.removed))
        .chain(of("modified", changes.modified));
    all.take(300).collect()
}

fn page(rows: &[Value], query: &Query) -> Reply {
    let start = (query.page - 1) * query.per_page;
    let shown: Vec<Value> = rows.iter().skip(start).take(query.per_page).cloned().collect();
    Reply::Page(shown.into(), rows.len().div_ceil(query.per_page).max(1))
}
