//! Pull requests as they are now, with what a webhook would have told on the way: when they were drafts, their commits.

use chrono::{DateTime, Utc};
use domain::{
    backfill::{HistoryPage, HistoryRows, PullRequestHistory},
    facts::{CommitFact, PullRequestFact},
};
use serde::Deserialize;

use super::{Listed, graphql::ConnectionWire, misfits::Misfits};
use crate::github::{
    answers::missing,
    client::{FETCHED, GithubClient},
    convert,
    error::GithubError,
    people::author,
    wire::{PullRequestWire, SignatureWire, UserWire},
};

/// The action of the event that ends a draft, as webhooks name it.
const READY: &str = "ready_for_review";
/// Of each pull request its first 25 commits and the last 20 turns between draft and ready: a hundred of them stay far
/// below GitHub's limits for one question. Longer lists are asked for one by one.
const DETAILS: &str = "... on PullRequest{\
    commits(first:25){totalCount nodes{commit{oid message authoredDate committedDate \
        author{name email user{databaseId login}}}}}\
    timelineItems(last:20,itemTypes:[READY_FOR_REVIEW_EVENT,CONVERT_TO_DRAFT_EVENT]){nodes{__typename \
        ... on ReadyForReviewEvent{createdAt} ... on ConvertToDraftEvent{createdAt}}}}";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DetailsWire {
    commits: Option<ConnectionWire<PullRequestCommitWire>>,
    timeline_items: Option<ConnectionWire<TurnWire>>,
}

impl DetailsWire {
    /// Where it has not what GitHub always tells.
    fn misfit(&self) -> Option<&'static str> {
        match (&self.commits, &self.timeline_items) {
            (None, _) => Some("nodes.commits"),
            (_, None) => Some("nodes.timelineItems"),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct PullRequestCommitWire {
    commit: Option<CommitWire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CommitWire {
    oid: Option<String>,
    message: Option<String>,
    authored_date: Option<DateTime<Utc>>,
    committed_date: Option<DateTime<Utc>>,
    author: Option<GitActorWire>,
}

#[derive(Deserialize)]
struct GitActorWire {
    name: Option<String>,
    email: Option<String>,
    user: Option<AccountWire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccountWire {
    database_id: Option<i64>,
    login: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TurnWire {
    #[serde(rename = "__typename")]
    kind: Option<String>,
    created_at: Option<DateTime<Utc>>,
}

impl GithubClient {
    pub(super) async fn pull_requests_page(
        &self,
        place: (&str, &str),
        page: u32,
    ) -> Result<HistoryPage, GithubError> {
        let (owner, repo) = place;
        // By their last change: whatever changes while pages are read moves to the first page, and nothing moves past us.
        let query = [("state", "all"), ("sort", "updated"), ("direction", "desc")];
        let Listed { rows, more }: Listed<PullRequestWire> = self
            .list_page(&["repos", owner, repo, "pulls"], &query, page)
            .await?;
        let ids: Vec<String> = rows.iter().filter_map(|row| row.node_id.clone()).collect();
        let asked = ids.len() == rows.len();
        let ids: Vec<&str> = ids.iter().filter(|_| asked).map(String::as_str).collect();
        let mut details = self.nodes::<DetailsWire>(owner, DETAILS, &ids).await?.into_iter();
        let mut misfits = Misfits::default();
        let mut histories = Vec::with_capacity(rows.len());
        for wire in rows {
            let told = details.next();
            let misfit = told.as_ref().and_then(|told| match told {
                Some(details) => details.misfit(),
                None => Some("nodes"),
            });
            if let Some(path) = misfit {
                misfits.add(path);
            }
            histories.push(history(wire, told.flatten())?);
        }
        Ok(HistoryPage {
            rows: HistoryRows::PullRequests(histories),
            more,
            misfit: self.note_misfits(place, &misfits),
        })
    }
}

fn history(wire: PullRequestWire, details: Option<DetailsWire>) -> Result<PullRequestHistory, GithubError> {
    let now = convert::pull_request(FETCHED.to_owned(), wire, None).map_err(missing)?;
    let (turns, commits) = details.map_or((None, None), |details| (details.timeline_items, details.commits));
    let before = turns.map_or_else(Vec::new, |turns| drafts(&now, turns.rows()));
    let by_bot = now.author.as_ref().is_some_and(|author| author.is_bot);
    let commits = commits.filter(|commits| !by_bot && !commits.is_cut());
    Ok(PullRequestHistory {
        before,
        commits: commits.and_then(|commits| commits.rows().map(commit).collect()),
        now,
    })
}

/// The pull request as it was at each turn between draft and ready. One that became ready first was opened as a draft.
fn drafts(now: &PullRequestFact, turns: impl Iterator<Item = TurnWire>) -> Vec<PullRequestFact> {
    let at = |action: &str, draft: bool, updated_at: DateTime<Utc>| PullRequestFact {
        action: action.to_owned(),
        draft,
        updated_at,
        merged_at: None,
        closed_at: None,
        merge_commit_sha: None,
        ..now.clone()
    };
    let mut states = Vec::new();
    for turn in turns {
        let Some(when) = turn.created_at else { continue };
        let ready = turn.kind.as_deref() == Some("ReadyForReviewEvent");
        if ready && states.is_empty() {
            states.push(at("opened", true, now.opened_at));
        }
        states.push(at(if ready { READY } else { "converted_to_draft" }, !ready, when));
    }
    states
}

/// A commit as REST would tell it. Which bot wrote one is said there only, so that a bot's commit gives `None`.
fn commit(wire: PullRequestCommitWire) -> Option<CommitFact> {
    let wire = wire.commit?;
    let by = wire.author?;
    let by_bot = |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains("[bot]"));
    if by.user.is_none() && (by_bot(&by.name) || by_bot(&by.email)) {
        return None;
    }
    let account = by.user.map(|user| UserWire {
        id: user.database_id,
        login: user.login,
        ..UserWire::default()
    });
    let signature = SignatureWire {
        name: by.name,
        email: by.email,
        ..SignatureWire::default()
    };
    Some(CommitFact {
        sha: wire.oid?,
        message: wire.message.unwrap_or_default(),
        authored_at: wire.authored_date,
        committed_at: wire.committed_date,
        author: author(signature, account.as_ref()),
        paths: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(draft: bool) -> PullRequestWire {
        let json = serde_json::json!({
            "number": 7, "title": "Pay", "draft": draft, "created_at": "2026-10-01T08:00:00Z",
            "updated_at": "2026-10-05T08:00:00Z", "head": {"ref": "pay", "sha": "h"}, "base": {"ref": "main"},
        });
        serde_json::from_value(json).unwrap()
    }

    fn details(json: serde_json::Value) -> DetailsWire {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn turns_tell_when_it_was_a_draft() {
        let turns = serde_json::json!({"timelineItems": {"nodes": [
            {"__typename": "ReadyForReviewEvent", "createdAt": "2026-10-02T08:00:00Z"},
            null,
            {"__typename": "ConvertToDraftEvent", "createdAt": "2026-10-03T08:00:00Z"},
        ]}});
        let history = history(wire(true), Some(details(turns))).unwrap();
        let told: Vec<_> = history
            .before
            .iter()
            .map(|state| (&*state.action, state.draft, state.updated_at.to_rfc3339()))
            .collect();
        assert_eq!(
            told,
            [
                ("opened", true, "2026-10-01T08:00:00+00:00".to_owned()),
                ("ready_for_review", false, "2026-10-02T08:00:00+00:00".to_owned()),
                ("converted_to_draft", true, "2026-10-03T08:00:00+00:00".to_owned()),
            ]
        );
        assert_eq!(history.commits, None, "nothing was said of its commits");
    }

    #[test]
    fn only_a_whole_list_of_known_authors_counts() {
        let of = |total: usize, user: serde_json::Value, name: &str| {
            let commit = serde_json::json!({"oid": "c1", "message": "One", "authoredDate": "2026-09-30T08:00:00Z",
                "author": {"name": name, "email": "A@B.example", "user": user}});
            let json = serde_json::json!({"commits": {"totalCount": total, "nodes": [{"commit": commit}]}});
            history(wire(false), Some(details(json))).unwrap().commits
        };
        let ada = serde_json::json!({"databaseId": 5, "login": "ada"});
        let known = of(1, ada.clone(), "Ada").unwrap();
        assert_eq!(
            known[0].author.person.as_ref().map(|person| person.github_id),
            Some(5)
        );
        assert_eq!(known[0].author.email.as_deref(), Some("a@b.example"));
        assert!(of(1, serde_json::Value::Null, "Ada").is_some());
        assert_eq!(of(1, serde_json::Value::Null, "dependabot[bot]"), None);
        assert_eq!(of(26, ada, "Ada"), None, "the list was cut");
    }
}
