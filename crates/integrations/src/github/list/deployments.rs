//! Deployments with their statuses and, where Actions made them, the run; and the attempts of a run by its jobs.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use domain::{
    backfill::{DeploymentHistory, HistoryPage, HistoryRows, JobAttempts, run_in_log_url},
    facts::{DeploymentStatusFact, RunFact},
};
use serde::Deserialize;

use super::{Listed, graphql::ConnectionWire, misfits::Misfits, node_ids};
use crate::github::{
    answers::missing,
    client::GithubClient,
    convert,
    error::GithubError,
    people::named,
    wire::{DeploymentStatusWire, DeploymentWire},
};

/// Of each deployment its first 30 statuses, and the workflows that ran on its commit. Longer lists are asked of REST.
const DETAILS: &str = "... on Deployment{id databaseId \
    statuses(first:30){pageInfo{hasNextPage} nodes{id state description logUrl environmentUrl createdAt}}\
    commit{checkSuites(first:30){nodes{workflowRun{databaseId workflow{name}}}}}}";
/// Pages of one deployment's statuses, and of one run's jobs, that are read at most.
const MOST_PAGES: u32 = 10;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DetailsWire {
    id: Option<String>,
    database_id: Option<i64>,
    statuses: Option<ConnectionWire<StatusWire>>,
    commit: Option<CommitWire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusWire {
    id: Option<String>,
    state: Option<String>,
    description: Option<String>,
    log_url: Option<String>,
    environment_url: Option<String>,
    created_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CommitWire {
    check_suites: Option<ConnectionWire<CheckSuiteWire>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CheckSuiteWire {
    workflow_run: Option<RunWire>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RunWire {
    database_id: Option<i64>,
    workflow: Option<NameWire>,
}

#[derive(Deserialize)]
struct NameWire {
    name: Option<String>,
}

#[derive(Deserialize)]
struct JobsWire {
    jobs: Option<Vec<JobWire>>,
}

#[derive(Deserialize)]
struct JobWire {
    id: Option<i64>,
    run_attempt: Option<i32>,
}

/// A deployment's statuses and the names of the workflows that ran on its commit, by run.
#[derive(Default)]
struct Details {
    statuses: Vec<DeploymentStatusWire>,
    workflows: HashMap<i64, String>,
}

impl GithubClient {
    pub(super) async fn deployments_page(
        &self,
        place: (&str, &str),
        page: u32,
    ) -> Result<HistoryPage, GithubError> {
        let (owner, repo) = place;
        let Listed { rows, more }: Listed<DeploymentWire> = self
            .list_page(&["repos", owner, repo, "deployments"], &[], page)
            .await?;
        let (details, misfit) = self.details(place, &rows).await?;
        let mut histories = Vec::with_capacity(rows.len());
        for (wire, details) in rows.into_iter().zip(details) {
            histories.push(history(wire, details)?);
        }
        Ok(HistoryPage {
            rows: HistoryRows::Deployments(histories),
            more,
            misfit,
        })
    }

    /// The details of each deployment, and what was odd about them: a request of GraphQL for all, and one of REST for each
    /// that GraphQL does not tell wholly.
    async fn details(
        &self,
        place: (&str, &str),
        rows: &[DeploymentWire],
    ) -> Result<(Vec<Details>, Option<String>), GithubError> {
        let ids: Vec<&str> = rows.iter().filter_map(|row| row.node_id.as_deref()).collect();
        let mut nodes = self
            .nodes::<DetailsWire>(place.0, DETAILS, &ids)
            .await?
            .into_iter();
        let mut misfits = Misfits::default();
        let mut by_graphql = Vec::with_capacity(rows.len());
        for row in rows {
            let (statuses, workflows) = match row.node_id.as_ref().and_then(|_| nodes.next()) {
                Some(Some(node)) => told(node, row.id),
                Some(None) => (Err("nodes"), HashMap::new()),
                None => (Ok(None), HashMap::new()),
            };
            let statuses = statuses.unwrap_or_else(|path| {
                misfits.add(path);
                None
            });
            by_graphql.push((statuses, workflows));
        }
        // Said before the requests that come of it: they may end at the reserve.
        let misfit = self.note_misfits(place, &misfits);
        let mut all = Vec::with_capacity(rows.len());
        for (row, (statuses, workflows)) in rows.iter().zip(by_graphql) {
            let statuses = match (statuses, row.id) {
                (Some(statuses), _) => statuses,
                (None, Some(id)) => self.deployment_statuses(place, id).await?,
                (None, None) => Vec::new(),
            };
            all.push(Details { statuses, workflows });
        }
        Ok((all, misfit))
    }

    /// The statuses of one deployment.
    async fn deployment_statuses(
        &self,
        (owner, repo): (&str, &str),
        deployment: i64,
    ) -> Result<Vec<DeploymentStatusWire>, GithubError> {
        self.keep_reserve(owner).await?;
        let id = deployment.to_string();
        let segments = ["repos", owner, repo, "deployments", &id, "statuses"];
        let mut statuses = Vec::new();
        for page in 1..=MOST_PAGES {
            let listed: Listed<DeploymentStatusWire> = self.list_page(&segments, &[], page).await?;
            statuses.extend(listed.rows);
            if !listed.more {
                break;
            }
        }
        Ok(statuses)
    }

    /// The attempts of the jobs of some runs.
    pub async fn attempts_of_jobs(
        &self,
        place: (&str, &str),
        runs: &[i64],
    ) -> Result<JobAttempts, GithubError> {
        let mut all = JobAttempts::default();
        for run in runs {
            self.keep_reserve(place.0).await?;
            all.0.insert(*run, self.jobs_of_run(place, *run).await?);
        }
        Ok(all)
    }

    /// Attempt by job of a run.
    async fn jobs_of_run(
        &self,
        (owner, repo): (&str, &str),
        run: i64,
    ) -> Result<BTreeMap<i64, i32>, GithubError> {
        let run = run.to_string();
        let segments = ["repos", owner, repo, "actions", "runs", &run, "jobs"];
        let mut attempts = BTreeMap::new();
        for page in 1..=MOST_PAGES {
            let number = page.to_string();
            let query = [("filter", "all"), ("per_page", "100"), ("page", &*number)];
            let answer = match self.transport.get(&segments, &query).await {
                // Runs are kept for a time only; what they would tell is then not known.
                Err(GithubError::NotFound { .. } | GithubError::Forbidden { .. }) => break,
                other => other?,
            };
            let wire: JobsWire = crate::github::client::parse(&answer)?;
            let jobs = wire.jobs.unwrap_or_default().into_iter();
            attempts.extend(jobs.filter_map(|job| Some((job.id?, job.run_attempt?))));
            if !answer.has_next {
                break;
            }
        }
        Ok(attempts)
    }
}

/// Statuses that are told whole, `None` where there are more; or the path at which the answer does not fit.
type ToldStatuses = Result<Option<Vec<DeploymentStatusWire>>, &'static str>;

/// What GraphQL tells of a deployment. Its statuses only where the list is whole and the numbers behind its ids are those
/// of REST, which the deployment's own id shows.
fn told(node: DetailsWire, id: Option<i64>) -> (ToldStatuses, HashMap<i64, String>) {
    let suites = node.commit.and_then(|commit| commit.check_suites);
    let runs = suites
        .into_iter()
        .flat_map(ConnectionWire::rows)
        .filter_map(|suite| suite.workflow_run);
    let workflows = runs
        .filter_map(|run| Some((run.database_id?, run.workflow?.name?)))
        .collect();
    let known = node.id.as_deref().and_then(node_ids::number);
    let statuses = match node.statuses {
        _ if node.database_id.is_none() || node.database_id != id => Err("nodes.databaseId"),
        _ if known != id => Err("nodes.id"),
        None => Err("nodes.statuses"),
        Some(statuses) if statuses.is_cut() => Ok(None),
        Some(statuses) if statuses.nodes.is_none() => Err("nodes.statuses.nodes"),
        Some(statuses) => {
            let rows: Option<Vec<_>> = statuses.rows().map(status).collect();
            rows.map(Some).ok_or("nodes.statuses.nodes.id")
        }
    };
    (statuses, workflows)
}

/// A status as REST tells it; `None` for an id of another form.
fn status(wire: StatusWire) -> Option<DeploymentStatusWire> {
    Some(DeploymentStatusWire {
        id: Some(node_ids::number(&wire.id?)?),
        state: wire.state.map(|state| state.to_lowercase()),
        description: wire.description,
        environment_url: wire.environment_url,
        log_url: wire.log_url,
        target_url: None,
        created_at: wire.created_at,
    })
}

fn history(wire: DeploymentWire, details: Details) -> Result<DeploymentHistory, GithubError> {
    let Details { statuses, workflows } = details;
    let log_urls = statuses.iter().filter_map(|status| {
        let url = status.log_url.as_ref().filter(|url| !url.is_empty());
        url.or(status.target_url.as_ref())
    });
    let run = log_urls
        .filter_map(|url| run_in_log_url(url))
        .map(|(run, _)| run)
        .min();
    let run = run.map(|id| RunFact {
        id,
        attempt: None,
        name: named(workflows.get(&id).cloned()),
        path: None,
    });
    let deployment = convert::listed_deployment(wire, run).map_err(missing)?;
    let statuses: Result<Vec<DeploymentStatusFact>, _> = statuses
        .into_iter()
        .map(|wire| convert::status_fact(wire, deployment.clone()).map_err(missing))
        .collect();
    Ok(DeploymentHistory {
        statuses: statuses?,
        deployment,
    })
}
