//! Dispatching workflows of Actions, and finding the run of a dispatch that nobody heard the end of.
//!
//! GitHub has no key by which a dispatch is one: whoever sends one again looks first, by the id that the workflow shows in the
//! name of its runs.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;

use super::{
    client::{GithubClient, parse},
    error::GithubError,
};

/// Clocks differ, and GitHub's says when a run was made.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(2);
/// Pages of runs that are looked through; a repository dispatches far fewer within the time that is asked for.
const MOST_PAGES: usize = 5;

/// A workflow to be dispatched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispatch<'a> {
    /// Owner and name of the repository.
    pub repository: (&'a str, &'a str),
    /// The workflow's file or number.
    pub workflow: &'a str,
    /// Branch or tag.
    pub git_ref: &'a str,
    /// Its inputs; GitHub refuses what the workflow does not declare.
    pub inputs: BTreeMap<String, String>,
}

/// A run that a dispatch made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DispatchedRun {
    /// GitHub's number.
    pub id: i64,
    /// Its page.
    pub html_url: Option<String>,
}

/// What is known of an earlier dispatch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookedUp {
    /// It made this run.
    Made(DispatchedRun),
    /// It made none.
    Nothing,
    /// Runs were made that do not name their dispatch: it may be one of them.
    Unnamed,
}

#[derive(Deserialize)]
struct MadeWire {
    workflow_run_id: Option<i64>,
    html_url: Option<String>,
}

#[derive(Deserialize)]
struct RunsWire {
    workflow_runs: Option<Vec<RunWire>>,
}

#[derive(Deserialize)]
struct RunWire {
    id: Option<i64>,
    name: Option<String>,
    display_title: Option<String>,
    html_url: Option<String>,
    created_at: Option<DateTime<Utc>>,
}

impl GithubClient {
    /// Dispatches a workflow, once; gives the run that it made, where GitHub says so.
    ///
    /// # Errors
    /// With [`GithubError::Unavailable`], [`GithubError::Timeout`] and [`GithubError::Garbled`] it may have been made all the
    /// same; with any other it was not.
    pub async fn dispatch_workflow(
        &self,
        dispatch: &Dispatch<'_>,
    ) -> Result<Option<DispatchedRun>, GithubError> {
        let (owner, name) = dispatch.repository;
        let segments = [
            "repos",
            owner,
            name,
            "actions",
            "workflows",
            dispatch.workflow,
            "dispatches",
        ];
        let body = json!({
            "ref": dispatch.git_ref, "inputs": dispatch.inputs, "return_run_details": true,
        });
        let answer = self.transport.post_json(&segments, body).await?;
        // An Enterprise Server that does not know the question answers 204 without a word.
        if answer.body.is_empty() {
            return Ok(None);
        }
        let made: MadeWire = parse(&answer)?;
        Ok(made.workflow_run_id.map(|id| DispatchedRun {
            id,
            html_url: made.html_url,
        }))
    }

    /// What became of a dispatch that was sent at or after `since`, found by the word that its run's name holds.
    pub async fn look_for_run(
        &self,
        (repository, workflow): ((&str, &str), &str),
        word: &str,
        since: DateTime<Utc>,
    ) -> Result<LookedUp, GithubError> {
        let (owner, name) = repository;
        let segments = ["repos", owner, name, "actions", "workflows", workflow, "runs"];
        let mut unnamed = false;
        for page in 1..=MOST_PAGES {
            let page = page.to_string();
            let query = [
                ("event", "workflow_dispatch"),
                ("per_page", "100"),
                ("page", &*page),
            ];
            let answer = self.transport.get(&segments, &query).await?;
            let runs: RunsWire = parse(&answer)?;
            let listed = runs.workflow_runs.unwrap_or_default();
            let (runs, older): (Vec<RunWire>, Vec<RunWire>) = listed
                .into_iter()
                .partition(|run| run.is_since(since - CLOCKS_DIFFER));
            if let Some(run) = runs.iter().find(|run| run.names(word)) {
                return Ok(run.made());
            }
            unnamed |= runs.iter().any(RunWire::is_unnamed);
            // Newest first: what follows is older still.
            if !answer.has_next || !older.is_empty() {
                return Ok(if unnamed {
                    LookedUp::Unnamed
                } else {
                    LookedUp::Nothing
                });
            }
        }
        // More than was looked through.
        Ok(LookedUp::Unnamed)
    }
}

impl RunWire {
    fn is_since(&self, since: DateTime<Utc>) -> bool {
        self.created_at.is_none_or(|at| at >= since)
    }

    fn names(&self, word: &str) -> bool {
        self.display_title
            .as_deref()
            .is_some_and(|title| title.contains(word))
    }

    /// Without a `run-name` GitHub calls a dispatched run by its workflow's name.
    fn is_unnamed(&self) -> bool {
        self.display_title.is_none() || self.display_title == self.name
    }

    fn made(&self) -> LookedUp {
        self.id.map_or(LookedUp::Unnamed, |id| {
            LookedUp::Made(DispatchedRun {
                id,
                html_url: self.html_url.clone(),
            })
        })
    }
}
