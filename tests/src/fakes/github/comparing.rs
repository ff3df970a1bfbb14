//! What lies between two commits.

use serde_json::{Value, json};

use super::{
    answers, git,
    payloads::{self, API, SITE},
    questions::Query,
    routes::Reply,
    state::Repo,
};

/// What a head has that a base has not, a page of its commits, and the files on the first page.
pub(super) fn answer(repo: &Repo, range: &str, query: &Query) -> Reply {
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
    let (full, page) = (
        repo.full_name(),
        format!("{SITE}/{}/compare/{range}", repo.full_name()),
    );
    let mut value = json!({
        "url": format!("{API}/repos/{full}/compare/{range}"), "html_url": page, "permalink_url": page,
        "diff_url": format!("{page}.diff"), "patch_url": format!("{page}.patch"), "status": status, "ahead_by": total,
        "behind_by": behind.len(), "total_commits": total, "base_commit": of(&base), "merge_base_commit": of(&common),
        "commits": listed,
    });
    if query.page == 1 {
        value["files"] = files(repo, &common, &head).into();
    }
    Reply::Page(value, total.div_ceil(query.per_page).max(1))
}

fn files(repo: &Repo, base: &str, head: &str) -> Vec<Value> {
    let (before, after) = (repo.commits.tree(base), repo.commits.tree(head));
    let changes = git::changes(&before, &after);
    let file = |status: &str, path: &String| {
        let bytes = after.get(path).or(before.get(path)).expect("a changed file");
        answers::changed_file(repo, head, (path, status), bytes)
    };
    let of = |status: &'static str, paths: &[String]| -> Vec<Value> {
        paths.iter().map(|path| file(status, path)).collect()
    };
    let mut all = of("added", &changes.added);
    all.extend(of("removed", &changes.removed));
    all.extend(of("modified", &changes.modified));
    all.truncate(300);
    all
}
