//! Showing deploys at GitHub: deployments with their statuses, check runs, and statuses of commits.
//!
//! GitHub has no key by which one of these is one: each can be looked for, by what Fairway wrote into it, before it is made again.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    answers::missing,
    client::{GithubClient, parse},
    error::GithubError,
};

/// GitHub refuses longer descriptions of statuses.
const LONGEST_DESCRIPTION: usize = 140;
/// The task of deployments that Fairway makes: a workflow that begins on deployments can tell them from others.
const TASK: &str = "deploy:fairway";
/// What is looked through; what is looked for is newer than this many others.
const LOOKED_AT: &str = "100";

/// A deployment to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDeployment<'a> {
    /// Owner and name of the repository.
    pub repository: (&'a str, &'a str),
    /// The commit.
    pub sha: &'a str,
    /// Name of the environment.
    pub environment: &'a str,
    /// Whether users are there.
    pub is_production: bool,
    /// What Fairway calls the deploy, by which the deployment is found again.
    pub deploy: &'a str,
    /// For people.
    pub description: &'a str,
}

/// A status of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeploymentStatus<'a> {
    /// GitHub's word.
    pub state: &'a str,
    /// For people.
    pub description: &'a str,
    /// Where more stands; another one for each status, by which it is found again.
    pub log_url: &'a str,
}

/// A check run as it is to stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRun<'a> {
    /// Its name.
    pub name: &'a str,
    /// The commit.
    pub sha: &'a str,
    /// What Fairway calls the deploy, by which the run is found again.
    pub external_id: &'a str,
    /// Where more stands.
    pub details_url: &'a str,
    /// How it ended; `None` while it runs.
    pub conclusion: Option<&'a str>,
    /// In a line.
    pub title: &'a str,
    /// In Markdown.
    pub summary: &'a str,
}

/// A status of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitStatus<'a> {
    /// The commit.
    pub sha: &'a str,
    /// GitHub's word.
    pub state: &'a str,
    /// What it is a status of; the newest of each counts.
    pub context: &'a str,
    /// For people.
    pub description: &'a str,
    /// Where more stands; another one for each status, by which it is found again.
    pub target_url: &'a str,
}

#[derive(Deserialize)]
struct MadeWire {
    id: Option<i64>,
}

#[derive(Deserialize)]
struct DeploymentWire {
    id: Option<i64>,
    payload: Option<Value>,
}

#[derive(Deserialize)]
struct StatusWire {
    log_url: Option<String>,
    context: Option<String>,
    target_url: Option<String>,
}

#[derive(Deserialize)]
struct CheckRunsWire {
    check_runs: Option<Vec<CheckRunWire>>,
}

#[derive(Deserialize)]
struct CheckRunWire {
    id: Option<i64>,
    external_id: Option<String>,
}

impl GithubClient {
    /// Makes a deployment, whatever the checks of its commit say; gives its number.
    ///
    /// # Errors
    /// With [`GithubError::Unavailable`], [`GithubError::Timeout`] and [`GithubError::Garbled`] it may have been made all the same.
    pub async fn create_deployment(&self, new: &NewDeployment<'_>) -> Result<i64, GithubError> {
        let (owner, name) = new.repository;
        let body = json!({
            "ref": new.sha, "task": TASK, "auto_merge": false, "required_contexts": [], "environment": new.environment,
            "description": cut(new.description), "production_environment": new.is_production,
            "transient_environment": false, "payload": { "fairway_deploy": new.deploy },
        });
        let segments = ["repos", owner, name, "deployments"];
        let made: MadeWire = parse(&self.transport.post_json(&segments, body).await?)?;
        made.id.ok_or_else(|| missing("id"))
    }

    /// The deployment of an earlier try.
    pub async fn look_for_deployment(&self, new: &NewDeployment<'_>) -> Result<Option<i64>, GithubError> {
        let (owner, name) = new.repository;
        let query = [
            ("sha", new.sha),
            ("environment", new.environment),
            ("task", TASK),
            ("per_page", LOOKED_AT),
        ];
        let segments = ["repos", owner, name, "deployments"];
        let listed: Vec<DeploymentWire> = parse(&self.transport.get(&segments, &query).await?)?;
        let is_it = |wire: &DeploymentWire| {
            let payload = wire.payload.as_ref();
            payload.is_some_and(|payload| payload["fairway_deploy"] == new.deploy)
        };
        Ok(listed.into_iter().find(is_it).and_then(|wire| wire.id))
    }

    /// Gives a deployment a status.
    ///
    /// # Errors
    /// As of [`Self::create_deployment`].
    pub async fn set_deployment_status(
        &self,
        (owner, name): (&str, &str),
        deployment: i64,
        status: &DeploymentStatus<'_>,
    ) -> Result<(), GithubError> {
        let deployment = deployment.to_string();
        let segments = ["repos", owner, name, "deployments", &*deployment, "statuses"];
        let body = json!({
            "state": status.state, "description": cut(status.description), "log_url": status.log_url,
        });
        self.transport.post_json(&segments, body).await.map(drop)
    }

    /// Whether a deployment has a status of an earlier try.
    pub async fn has_deployment_status(
        &self,
        (owner, name): (&str, &str),
        deployment: i64,
        log_url: &str,
    ) -> Result<bool, GithubError> {
        let deployment = deployment.to_string();
        let segments = ["repos", owner, name, "deployments", &*deployment, "statuses"];
        let answer = self.transport.get(&segments, &[("per_page", LOOKED_AT)]).await?;
        let listed: Vec<StatusWire> = parse(&answer)?;
        Ok(listed
            .iter()
            .any(|status| status.log_url.as_deref() == Some(log_url)))
    }

    /// Makes a check run; gives its number.
    ///
    /// # Errors
    /// As of [`Self::create_deployment`].
    pub async fn create_check_run(
        &self,
        (owner, name): (&str, &str),
        run: &CheckRun<'_>,
    ) -> Result<i64, GithubError> {
        let mut body = run.body();
        body["head_sha"] = run.sha.into();
        let segments = ["repos", owner, name, "check-runs"];
        let made: MadeWire = parse(&self.transport.post_json(&segments, body).await?)?;
        made.id.ok_or_else(|| missing("id"))
    }

    /// Has a check run stand as it is to; done twice it is as done once.
    pub async fn update_check_run(
        &self,
        (owner, name): (&str, &str),
        id: i64,
        run: &CheckRun<'_>,
    ) -> Result<(), GithubError> {
        let id = id.to_string();
        let segments = ["repos", owner, name, "check-runs", &*id];
        self.transport.patch_json(&segments, run.body()).await.map(drop)
    }

    /// The check run of an earlier try.
    pub async fn look_for_check_run(
        &self,
        (owner, name): (&str, &str),
        run: &CheckRun<'_>,
    ) -> Result<Option<i64>, GithubError> {
        let segments = ["repos", owner, name, "commits", run.sha, "check-runs"];
        let query = [
            ("check_name", run.name),
            ("filter", "all"),
            ("per_page", LOOKED_AT),
        ];
        let listed: CheckRunsWire = parse(&self.transport.get(&segments, &query).await?)?;
        let mut listed = listed.check_runs.unwrap_or_default().into_iter();
        let found = listed.find(|wire| wire.external_id.as_deref() == Some(run.external_id));
        Ok(found.and_then(|wire| wire.id))
    }

    /// Gives a commit a status.
    ///
    /// # Errors
    /// As of [`Self::create_deployment`].
    pub async fn set_commit_status(
        &self,
        (owner, name): (&str, &str),
        status: &CommitStatus<'_>,
    ) -> Result<(), GithubError> {
        let segments = ["repos", owner, name, "statuses", status.sha];
        let body = json!({
            "state": status.state, "context": status.context, "description": cut(status.description),
            "target_url": status.target_url,
        });
        self.transport.post_json(&segments, body).await.map(drop)
    }

    /// Whether a commit has a status of an earlier try.
    pub async fn has_commit_status(
        &self,
        (owner, name): (&str, &str),
        status: &CommitStatus<'_>,
    ) -> Result<bool, GithubError> {
        let segments = ["repos", owner, name, "commits", status.sha, "statuses"];
        let answer = self.transport.get(&segments, &[("per_page", LOOKED_AT)]).await?;
        let listed: Vec<StatusWire> = parse(&answer)?;
        Ok(listed.iter().any(|known| {
            known.context.as_deref() == Some(status.context)
                && known.target_url.as_deref() == Some(status.target_url)
        }))
    }
}

impl CheckRun<'_> {
    /// All but the commit, which never changes.
    fn body(&self) -> Value {
        let mut body = json!({
            "name": self.name, "external_id": self.external_id, "details_url": self.details_url,
            "status": if self.conclusion.is_some() { "completed" } else { "in_progress" },
            "output": { "title": self.title, "summary": self.summary },
        });
        if let Some(conclusion) = self.conclusion {
            body["conclusion"] = conclusion.into();
        }
        body
    }
}

fn cut(text: &str) -> String {
    text.chars().take(LONGEST_DESCRIPTION).collect()
}
