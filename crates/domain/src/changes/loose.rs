//! Commits that no push brought: which merged pull request each belongs to, so that history that was read gives the
//! changes that its pushes would have given.

use std::collections::HashMap;

use super::stored::{Commit, PullRequest};

/// Commits of each pull request by its number, in the order of its branch with the merge at the end; and those that belong
/// to none. `pull_requests` are in the order in which they were merged: of two that hold one commit, the first brought it.
///
/// A merge commit leaves a pull request's own commits as they were; a rebase leaves copies, which keep author time and
/// message; a squash leaves one commit, which is the merge.
pub(super) fn by_pull_request<'a>(
    loose: &'a [Commit],
    pull_requests: &[PullRequest],
) -> (HashMap<i64, Vec<&'a Commit>>, Vec<&'a Commit>) {
    let (mut own, mut copies, mut merges) = (HashMap::new(), HashMap::new(), HashMap::new());
    for pull_request in pull_requests {
        let number = pull_request.number;
        merges.insert(&*pull_request.merge_commit_sha, (number, usize::MAX));
        for (place, commit) in pull_request.own_commits.iter().enumerate() {
            own.entry(&*commit.sha).or_insert((number, place));
            if let Some(at) = commit.authored_at {
                copies.entry((at, &*commit.message)).or_insert((number, place));
            }
        }
    }
    let mut groups: HashMap<i64, Vec<(usize, &Commit)>> = HashMap::new();
    let mut alone = Vec::new();
    for commit in loose {
        let as_copy = || copies.get(&(commit.authored_at?, &*commit.message));
        let sha = &*commit.sha;
        match merges.get(sha).or_else(|| own.get(sha)).or_else(as_copy) {
            Some((number, place)) => groups.entry(*number).or_default().push((*place, commit)),
            None => alone.push(commit),
        }
    }
    let in_order = |(number, mut group): (i64, Vec<(usize, &'a Commit)>)| {
        group.sort_by(|a, b| (a.0, &a.1.sha).cmp(&(b.0, &b.1.sha)));
        (number, group.into_iter().map(|(_, commit)| commit).collect())
    };
    (groups.into_iter().map(in_order).collect(), alone)
}
