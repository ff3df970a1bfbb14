//! GitHub's words → Fairway's facts. Says only what the payload says; decides nothing.
//!
//! A field that a fact cannot do without is named in the error with its path; everything else that is missing is `None`.

use chrono::{DateTime, Utc};
use domain::{
    facts::{
        CommitFact, DeploymentFact, DeploymentStatusFact, ObservedEvent, PullRequestFact, PushFact,
        ReleaseFact, RepositoryChange, RepositoryFact, RunFact, WorkflowRunFact,
    },
    names::{title_written_out, written_out},
};
use serde_json::Value;

use super::{
    people::{author, named, person, said},
    wire::{
        DeploymentEventWire, DeploymentStatusWire, DeploymentWire, EnvelopeWire, PullRequestEventWire,
        PullRequestWire, PushCommitWire, PushWire, ReleaseEventWire, ReleaseWire, RepositoryEventWire,
        RepositoryWire, WorkflowRunEventWire, WorkflowRunWire, WorkflowWire,
    },
};
use crate::json;

/// A required field that is not there: its path.
pub(super) type Absent = &'static str;

pub(super) fn repository(wire: &RepositoryWire) -> Option<RepositoryFact> {
    let (full_owner, full_name) = wire
        .full_name
        .as_deref()
        .and_then(|name| name.split_once('/'))
        .unzip();
    let owner = wire
        .owner
        .as_ref()
        .and_then(|owner| owner.login.as_deref().or(owner.name.as_deref()));
    Some(RepositoryFact {
        github_id: wire.id?,
        owner: owner.or(full_owner)?.to_owned(),
        name: wire.name.as_deref().or(full_name)?.to_owned(),
        default_branch: wire.default_branch.clone(),
        private: wire.private,
        archived: wire.archived,
        updated_at: wire.updated_at,
    })
}

pub(super) fn repository_change(envelope: &EnvelopeWire, wire: RepositoryEventWire) -> ObservedEvent {
    let (renamed, transferred) = wire
        .changes
        .map(|changes| (changes.repository, changes.owner))
        .unzip();
    let former_name = renamed
        .flatten()
        .and_then(|it| it.name)
        .and_then(|name| name.from);
    let former_owner = transferred
        .flatten()
        .and_then(|it| it.from)
        .and_then(|from| from.organization.or(from.user))
        .and_then(|owner| owner.login);
    ObservedEvent::Repository(match (envelope.action(), former_name, former_owner) {
        ("renamed", Some(from), _) => RepositoryChange::Renamed { from },
        ("transferred", _, Some(from)) => RepositoryChange::Transferred { from },
        ("archived", ..) => RepositoryChange::Archived,
        ("unarchived", ..) => RepositoryChange::Unarchived,
        ("deleted", ..) => RepositoryChange::Deleted,
        _ => RepositoryChange::Seen,
    })
}

pub(super) fn push(envelope: &EnvelopeWire, wire: PushWire) -> Result<ObservedEvent, Absent> {
    let pushed_at = envelope
        .repository
        .as_ref()
        .and_then(|repository| repository.pushed_at);
    let head_time = wire.head_commit.and_then(|commit| commit.timestamp);
    let commits = wire
        .commits
        .unwrap_or_default()
        .into_iter()
        .map(push_commit)
        .collect::<Option<_>>();
    Ok(ObservedEvent::Push(PushFact {
        git_ref: wire.git_ref.ok_or("ref")?,
        before: wire.before.ok_or("before")?,
        after: wire.after.ok_or("after")?,
        pushed_at: pushed_at.or(head_time).ok_or("repository.pushed_at")?,
        forced: wire.forced.unwrap_or_default(),
        commits: commits.ok_or("commits[].id")?,
    }))
}

fn push_commit(wire: PushCommitWire) -> Option<CommitFact> {
    let mut paths = Vec::new();
    let lists = [wire.added, wire.removed, wire.modified];
    let listed = lists.iter().any(Option::is_some);
    paths.extend(lists.into_iter().flatten().flatten());
    Some(CommitFact {
        sha: wire.id?,
        message: wire.message.unwrap_or_default(),
        authored_at: wire.timestamp,
        committed_at: None,
        author: author(wire.author.unwrap_or_default(), None),
        paths: listed.then_some(paths),
    })
}

pub(super) fn pull_request_event(
    envelope: &EnvelopeWire,
    wire: PullRequestEventWire,
) -> Result<ObservedEvent, Absent> {
    let mut inner = wire.pull_request.ok_or("pull_request")?;
    inner.number = inner.number.or(wire.number);
    let base = envelope.repository.as_ref().and_then(|repository| repository.id);
    pull_request(envelope.action().to_owned(), inner, base)
        .map(|fact| ObservedEvent::PullRequest(Box::new(fact)))
}

/// `repository` is the id of the repository that the pull request is in.
pub(super) fn pull_request(
    action: String,
    wire: PullRequestWire,
    repository: Option<i64>,
) -> Result<PullRequestFact, Absent> {
    let (head, base) = (wire.head.unwrap_or_default(), wire.base.unwrap_or_default());
    let base_id = base.repo.as_ref().and_then(|repo| repo.id).or(repository);
    // A fork that is gone has no repository any more: what is not known to be here counts as a fork.
    let from_fork = head.repo.as_ref().and_then(|repo| repo.id) != base_id;
    let opened_at = wire.created_at.ok_or("pull_request.created_at")?;
    Ok(PullRequestFact {
        action,
        number: wire.number.ok_or("pull_request.number")?,
        title: title_written_out(&wire.title.unwrap_or_default()),
        body: wire.body.unwrap_or_default(),
        draft: wire.draft.unwrap_or_default(),
        author: wire.user.as_ref().and_then(person),
        head_ref: head.git_ref.unwrap_or_default(),
        head_sha: head.sha.ok_or("pull_request.head.sha")?,
        from_fork,
        base_ref: base.git_ref.ok_or("pull_request.base.ref")?,
        // Before the merge GitHub puts the sha of its trial merge here, which never reaches the branch.
        merge_commit_sha: wire.merge_commit_sha.filter(|_| wire.merged_at.is_some()),
        labels: wire
            .labels
            .unwrap_or_default()
            .into_iter()
            .filter_map(|label| label.name)
            .collect(),
        opened_at,
        updated_at: latest([wire.updated_at, wire.closed_at, wire.merged_at]).unwrap_or(opened_at),
        merged_at: wire.merged_at,
        closed_at: wire.closed_at,
    })
}

fn latest<const N: usize>(times: [Option<DateTime<Utc>>; N]) -> Option<DateTime<Utc>> {
    times.into_iter().flatten().max()
}

fn run(wire: Option<&WorkflowRunWire>, workflow: Option<WorkflowWire>) -> Option<RunFact> {
    let (wire, workflow) = (wire?, workflow.unwrap_or_default());
    Some(RunFact {
        id: wire.id?,
        attempt: Some(wire.run_attempt.unwrap_or(1)),
        name: named(wire.name.clone()).or(named(workflow.name)),
        path: named(wire.path.clone()).or(named(workflow.path)),
    })
}

pub(super) fn deployment(_: &EnvelopeWire, event: DeploymentEventWire) -> Result<ObservedEvent, Absent> {
    with_status(event).map(|(fact, _)| ObservedEvent::Deployment(Box::new(fact)))
}

/// The deployment of an event and, where it carries one, the status.
fn with_status(event: DeploymentEventWire) -> Result<(DeploymentFact, Option<DeploymentStatusWire>), Absent> {
    let run = run(event.workflow_run.as_ref(), event.workflow);
    let wire = event.deployment.ok_or("deployment")?;
    let payload = payload(wire.payload.as_ref());
    Ok((deployment_fact(wire, run, payload)?, event.deployment_status))
}

/// A deployment as the API lists it, with the run that is known to have made it.
pub(super) fn listed_deployment(
    wire: DeploymentWire,
    run: Option<RunFact>,
) -> Result<DeploymentFact, Absent> {
    let payload = payload(wire.payload.as_ref());
    deployment_fact(wire, run, payload)
}

fn deployment_fact(
    wire: DeploymentWire,
    run: Option<RunFact>,
    payload: Value,
) -> Result<DeploymentFact, Absent> {
    let created_at = wire.created_at.ok_or("deployment.created_at")?;
    let sha = wire.sha.ok_or("deployment.sha")?;
    Ok(DeploymentFact {
        github_id: wire.id.ok_or("deployment.id")?,
        environment: named(wire.environment)
            .or(named(wire.original_environment))
            .ok_or("deployment.environment")?,
        git_ref: named(wire.git_ref).unwrap_or_else(|| sha.clone()),
        sha,
        task: said(wire.task),
        payload,
        description: said(wire.description),
        creator: wire.creator.as_ref().and_then(person),
        run,
        created_at,
        updated_at: wire.updated_at.unwrap_or(created_at),
    })
}

/// A deployment's own data: senders put an object there, or the JSON of one into a string.
fn payload(value: Option<&Value>) -> Value {
    match value {
        Some(Value::String(text)) => json::prepared(text.as_bytes())
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .filter(|inner: &Value| inner.is_object() || inner.is_array())
            .unwrap_or_else(|| Value::String(text.clone())),
        Some(other) => other.clone(),
        None => Value::Null,
    }
}

pub(super) fn deployment_status(
    _: &EnvelopeWire,
    event: DeploymentEventWire,
) -> Result<ObservedEvent, Absent> {
    let (deployment, status) = with_status(event)?;
    let wire = status.ok_or("deployment_status")?;
    status_fact(wire, deployment).map(|fact| ObservedEvent::DeploymentStatus(Box::new(fact)))
}

pub(super) fn status_fact(
    wire: DeploymentStatusWire,
    deployment: DeploymentFact,
) -> Result<DeploymentStatusFact, Absent> {
    Ok(DeploymentStatusFact {
        github_id: wire.id.ok_or("deployment_status.id")?,
        state: wire.state.ok_or("deployment_status.state")?,
        description: said(wire.description),
        log_url: said(wire.log_url).or(said(wire.target_url)),
        environment_url: said(wire.environment_url),
        created_at: wire.created_at.ok_or("deployment_status.created_at")?,
        deployment,
    })
}

pub(super) fn workflow_run(_: &EnvelopeWire, event: WorkflowRunEventWire) -> Result<ObservedEvent, Absent> {
    let wire = event.workflow_run.ok_or("workflow_run")?;
    let run = run(Some(&wire), event.workflow).ok_or("workflow_run.id")?;
    let updated_at =
        latest([wire.updated_at, wire.run_started_at, wire.created_at]).ok_or("workflow_run.updated_at")?;
    Ok(ObservedEvent::WorkflowRun(Box::new(WorkflowRunFact {
        run,
        title: said(wire.display_title),
        head_sha: wire.head_sha.ok_or("workflow_run.head_sha")?,
        head_branch: said(wire.head_branch),
        event: said(wire.event),
        status: wire.status.ok_or("workflow_run.status")?,
        conclusion: said(wire.conclusion),
        url: said(wire.html_url),
        started_at: wire.run_started_at.or(wire.created_at),
        updated_at,
    })))
}

pub(super) fn release(envelope: &EnvelopeWire, event: ReleaseEventWire) -> Result<ObservedEvent, Absent> {
    let wire = event.release.ok_or("release")?;
    release_fact(wire, envelope.action() == "deleted").map(ObservedEvent::Release)
}

pub(super) fn release_fact(wire: ReleaseWire, deleted: bool) -> Result<ReleaseFact, Absent> {
    Ok(ReleaseFact {
        github_id: wire.id.ok_or("release.id")?,
        tag: written_out(&wire.tag_name.ok_or("release.tag_name")?),
        name: said(wire.name).map(|name| title_written_out(&name)),
        target: wire.target_commitish.ok_or("release.target_commitish")?,
        draft: wire.draft.unwrap_or_default(),
        prerelease: wire.prerelease.unwrap_or_default(),
        published_at: wire.published_at,
        updated_at: latest([wire.updated_at, wire.published_at, wire.created_at]),
        url: said(wire.html_url),
        deleted,
    })
}
