//! What GitHub would answer where the demo's releases wait and Fairway asked for their pull requests' own commits: whoever wrote some
//! of a release does not decide about it, and as long as that is not known nobody does.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use commands::{CommandError, Commands};
use domain::facts::{CommitFact, ObservedEvent, PullRequestFact};

use super::history::{OWNER, Timed};

/// How far back: what waits was not merged longer ago.
const SINCE: TimeDelta = TimeDelta::days(45);

/// A pull request's own commits.
pub(super) struct OwnCommits {
    repository: &'static str,
    number: i64,
    commits: Vec<CommitFact>,
}

/// Those of everything that was merged lately in a repository.
pub(super) fn own_commits(repository: &'static str, told: &[Timed], now: DateTime<Utc>) -> Vec<OwnCommits> {
    let pushed = told
        .iter()
        .filter_map(|(_, observation)| match &observation.event {
            ObservedEvent::Push(push) => Some((push.after.as_str(), push.commits.as_slice())),
            _ => None,
        });
    let pushed: HashMap<&str, &[CommitFact]> = pushed.collect();
    let lately = told.iter().filter(|(at, _)| *at >= now - SINCE);
    let merged = lately.filter_map(|(_, observation)| match &observation.event {
        ObservedEvent::PullRequest(fact) => Some((fact, fact.merge_commit_sha.as_deref()?)),
        _ => None,
    });
    let own = merged.filter_map(|(fact, sha)| {
        Some(OwnCommits {
            repository,
            number: fact.number,
            commits: before_the_merge(fact, pushed.get(sha)?)?,
        })
    });
    own.collect()
}

/// The commits of a push but for the merge itself. Of what was squashed GitHub still has the head; when it was begun stays unknown.
fn before_the_merge(fact: &PullRequestFact, pushed: &[CommitFact]) -> Option<Vec<CommitFact>> {
    let (merge, own) = pushed.split_last()?;
    if !own.is_empty() {
        return Some(own.to_vec());
    }
    Some(vec![CommitFact {
        sha: fact.head_sha.clone(),
        authored_at: None,
        ..merge.clone()
    }])
}

/// Answers as GitHub would.
pub(super) async fn answer(commands: &Commands, all: &[OwnCommits]) -> Result<(), CommandError> {
    for own in all {
        let repository = format!("{OWNER}/{}", own.repository);
        commands
            .note_pull_request_commits((&repository, own.number), &own.commits)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{
        super::{history, story},
        *,
    };

    #[test]
    fn what_waits_was_written_by_people_who_are_known() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        for (index, repository) in (0..).zip(&story::REPOSITORIES) {
            if !story::WAITING.contains(&repository.name) {
                continue;
            }
            let told = history::of_repository(index, repository, now);
            let own = own_commits(repository.name, &told, now);
            let waits = own.last().unwrap();
            assert!(own.len() > 3, "{}: {}", repository.name, own.len());
            assert!(waits.commits.iter().all(|commit| commit.author.person.is_some()));
        }
    }
}
