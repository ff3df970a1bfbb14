//! Observations of the demo as GitHub writes them: the event's name and the payload of its webhook, as far as Fairway reads
//! it. The other way round of `integrations::github::facts`.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::facts::{
    CommitFact, DeploymentFact, DeploymentStatusFact, Observation, ObservedEvent, PersonFact,
    PullRequestFact, PushFact, ReleaseFact, RepositoryFact, RunFact, WorkflowRunFact,
};
use serde_json::{Value, json};

/// An event's name and payload; `None` for what the demo tells otherwise.
pub(super) fn payload(observation: &Observation) -> Option<(&'static str, Value)> {
    let (event, mut body) = match &observation.event {
        ObservedEvent::Push(fact) => ("push", push(fact)),
        ObservedEvent::PullRequest(fact) => ("pull_request", pull_request(fact, observation)),
        ObservedEvent::Deployment(fact) => ("deployment", deployment_event(fact)),
        ObservedEvent::DeploymentStatus(fact) => ("deployment_status", deployment_status(fact)),
        ObservedEvent::WorkflowRun(fact) => ("workflow_run", workflow_run(fact)),
        ObservedEvent::Release(fact) => ("release", release(fact)),
        ObservedEvent::Ping | ObservedEvent::Repository(_) | ObservedEvent::ProtectionRule(_) => return None,
    };
    let mut about = observation.repository.as_ref().map_or(Value::Null, repository);
    if let ObservedEvent::Push(fact) = &observation.event {
        // Push events say it in seconds, and so there alone.
        about["pushed_at"] = fact.pushed_at.timestamp().into();
    }
    body["repository"] = about;
    body["sender"] = observation.sender.as_ref().map_or(Value::Null, account);
    Some((event, body))
}

fn at(time: DateTime<Utc>) -> Value {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true).into()
}

fn maybe(time: Option<DateTime<Utc>>) -> Value {
    time.map_or(Value::Null, at)
}

fn account(person: &PersonFact) -> Value {
    json!({
        "id": person.github_id,
        "login": person.login,
        "type": if person.is_bot { "Bot" } else { "User" },
    })
}

fn repository(fact: &RepositoryFact) -> Value {
    json!({
        "id": fact.github_id,
        "name": fact.name,
        "full_name": fact.full_name(),
        "owner": { "login": fact.owner, "type": "Organization" },
        "default_branch": fact.default_branch,
        "private": fact.private,
        "archived": fact.archived,
        "html_url": format!("https://github.com/{}", fact.full_name()),
    })
}

fn push(fact: &PushFact) -> Value {
    let commits: Vec<Value> = fact.commits.iter().map(commit).collect();
    json!({
        "ref": fact.git_ref,
        "before": fact.before,
        "after": fact.after,
        "forced": fact.forced,
        "head_commit": commits.last(),
        "commits": commits,
    })
}

/// GitHub knows the account of an author who pushes under its private address.
fn commit(fact: &CommitFact) -> Value {
    let address = fact
        .author
        .person
        .as_ref()
        .map(|person| format!("{}+{}@users.noreply.github.com", person.github_id, person.login));
    json!({
        "id": fact.sha,
        "message": fact.message,
        "timestamp": maybe(fact.authored_at),
        "author": {
            "name": fact.author.name,
            "email": address.or_else(|| fact.author.email.clone()),
            "username": fact.author.login,
        },
        "added": [],
        "removed": [],
        "modified": fact.paths,
    })
}

fn pull_request(fact: &PullRequestFact, observation: &Observation) -> Value {
    let here = observation
        .repository
        .as_ref()
        .map(|repository| repository.github_id);
    let labels: Vec<Value> = fact.labels.iter().map(|name| json!({ "name": name })).collect();
    json!({
        "action": fact.action,
        "number": fact.number,
        "pull_request": {
            "number": fact.number,
            "title": fact.title,
            "body": fact.body,
            "draft": fact.draft,
            "user": fact.author.as_ref().map(account),
            "head": { "ref": fact.head_ref, "sha": fact.head_sha, "repo": { "id": here } },
            "base": { "ref": fact.base_ref, "repo": { "id": here } },
            "labels": labels,
            "merge_commit_sha": fact.merge_commit_sha,
            "merged": fact.merged_at.is_some(),
            "created_at": at(fact.opened_at),
            "updated_at": at(fact.updated_at),
            "merged_at": maybe(fact.merged_at),
            "closed_at": maybe(fact.closed_at),
        },
    })
}

fn deployment(fact: &DeploymentFact) -> Value {
    json!({
        "id": fact.github_id,
        "sha": fact.sha,
        "ref": fact.git_ref,
        "task": fact.task,
        "payload": fact.payload,
        "environment": fact.environment,
        "original_environment": fact.environment,
        "description": fact.description,
        "creator": fact.creator.as_ref().map(account),
        "created_at": at(fact.created_at),
        "updated_at": at(fact.updated_at),
    })
}

fn run(fact: &RunFact) -> Value {
    json!({ "id": fact.id, "run_attempt": fact.attempt, "name": fact.name, "path": fact.path })
}

fn deployment_event(fact: &DeploymentFact) -> Value {
    json!({
        "action": "created",
        "deployment": deployment(fact),
        "workflow_run": fact.run.as_ref().map(run),
    })
}

fn deployment_status(fact: &DeploymentStatusFact) -> Value {
    let mut body = deployment_event(&fact.deployment);
    body["deployment_status"] = json!({
        "id": fact.github_id,
        "state": fact.state,
        "description": fact.description,
        "log_url": fact.log_url,
        "environment_url": fact.environment_url,
        "created_at": at(fact.created_at),
    });
    body
}

fn workflow_run(fact: &WorkflowRunFact) -> Value {
    let mut ran = run(&fact.run);
    ran["display_title"] = fact.title.clone().into();
    ran["head_sha"] = fact.head_sha.clone().into();
    ran["head_branch"] = fact.head_branch.clone().into();
    ran["event"] = fact.event.clone().into();
    ran["status"] = fact.status.clone().into();
    ran["conclusion"] = fact.conclusion.clone().into();
    ran["html_url"] = fact.url.clone().into();
    ran["run_started_at"] = maybe(fact.started_at);
    ran["updated_at"] = at(fact.updated_at);
    json!({ "action": fact.status, "workflow_run": ran })
}

fn release(fact: &ReleaseFact) -> Value {
    json!({
        "action": if fact.deleted { "deleted" } else { "published" },
        "release": {
            "id": fact.github_id,
            "tag_name": fact.tag,
            "name": fact.name,
            "target_commitish": fact.target,
            "draft": fact.draft,
            "prerelease": fact.prerelease,
            "html_url": fact.url,
            "published_at": maybe(fact.published_at),
            "updated_at": maybe(fact.updated_at),
        },
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use integrations::github;

    use super::{
        super::{history, story},
        *,
    };

    /// What a webhook cannot say: a push's time below the second, and which of a commit's two times its one time is.
    fn as_sent(mut observation: Observation) -> Observation {
        if let ObservedEvent::Push(push) = &mut observation.event {
            push.pushed_at -= TimeDelta::nanoseconds(i64::from(push.pushed_at.timestamp_subsec_nanos()));
            for commit in &mut push.commits {
                commit.committed_at = None;
                if let Some(person) = &commit.author.person {
                    let address = format!("{}+{}@users.noreply.github.com", person.github_id, person.login);
                    commit.author.email = Some(address.to_lowercase());
                }
            }
        }
        observation
    }

    #[test]
    fn github_would_have_said_the_same() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let mut said = std::collections::BTreeSet::new();
        for (index, repository) in (0..).zip(&story::REPOSITORIES) {
            for (_, observation) in history::of_repository(index, repository, now) {
                let (event, body) = payload(&observation).unwrap();
                let read = github::facts(event, body.to_string().as_bytes())
                    .unwrap()
                    .unwrap();
                assert_eq!(read, as_sent(observation));
                said.insert(event);
            }
        }
        assert_eq!(said.len(), 6, "{said:?}");
    }
}
