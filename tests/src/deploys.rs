//! Deploys from events and reports to what pages read: placing, deriving, correcting, matching.

mod environments;
mod placing;
mod releases;
mod reported;
mod speed;
mod timeline;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use commands::{Commands, SystemClock};
use domain::{
    actor::{Actor, Viewer},
    catalog::{NewService, RawService},
    deploys::read::{DeployFilter, DeploySummary},
    facts::{
        AuthorFact, CommitFact, DeploymentFact, DeploymentStatusFact, Observation, ObservedEvent, PersonFact,
        PullRequestFact, PushFact, RepositoryFact, RunFact,
    },
    ids::ServiceId,
};
use sqlx::PgPool;
use store::Store;

async fn commands(pool: &PgPool) -> Commands {
    let store = Store::on(pool.clone());
    server::migrate(&store).await.unwrap();
    Commands::new(store, Arc::new(SystemClock))
}

fn operator() -> Viewer {
    Viewer::trusted(Actor::CommandLine)
}

/// A minute of the tests' time, in the past.
fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_760_000_000, 0).unwrap() + TimeDelta::minutes(minute)
}

fn sha(number: usize) -> String {
    format!("{number:040x}")
}

async fn service(commands: &Commands, name: &str) -> ServiceId {
    let raw = RawService {
        name: name.into(),
        repository: "acme/shop".into(),
        owner: "group:checkout".into(),
        ..RawService::default()
    };
    let new = NewService::parse(raw).unwrap();
    commands
        .register_service(&operator(), &new)
        .await
        .unwrap()
        .summary
        .id
}

fn observation(event: ObservedEvent) -> Observation {
    Observation {
        repository: Some(RepositoryFact {
            github_id: 77,
            owner: "acme".into(),
            name: "shop".into(),
            default_branch: Some("main".into()),
            private: Some(true),
            archived: Some(false),
            updated_at: Some(at(-5000)),
        }),
        sender: None,
        event,
    }
}

/// A push of one commit onto the one before it.
fn push(number: usize, minute: i64) -> Observation {
    observation(ObservedEvent::Push(PushFact {
        git_ref: "refs/heads/main".into(),
        before: sha(number - 1),
        after: sha(number),
        pushed_at: at(minute),
        forced: false,
        commits: vec![CommitFact {
            sha: sha(number),
            message: format!("Change {number}"),
            authored_at: Some(at(minute - 30)),
            committed_at: Some(at(minute - 30)),
            author: AuthorFact {
                person: Some(ada()),
                ..AuthorFact::default()
            },
            paths: Some(vec!["src/main.rs".into()]),
        }],
    }))
}

fn ada() -> PersonFact {
    PersonFact {
        github_id: 5,
        login: "ada".into(),
        is_bot: false,
    }
}

fn merged(number: i64, commit: usize, minute: i64) -> Observation {
    observation(ObservedEvent::PullRequest(Box::new(PullRequestFact {
        action: "closed".into(),
        number,
        title: format!("Pull request {number}"),
        body: String::new(),
        draft: false,
        author: Some(ada()),
        head_ref: "work".into(),
        head_sha: sha(900 + commit),
        from_fork: false,
        base_ref: "main".into(),
        merge_commit_sha: Some(sha(commit)),
        labels: vec![],
        opened_at: at(minute - 60),
        updated_at: at(minute),
        merged_at: Some(at(minute)),
        closed_at: Some(at(minute)),
    })))
}

fn deployment(id: i64, environment: &str, commit: usize, minute: i64) -> DeploymentFact {
    DeploymentFact {
        github_id: id,
        environment: environment.into(),
        sha: sha(commit),
        git_ref: "main".into(),
        task: Some("deploy".into()),
        payload: serde_json::json!({}),
        description: None,
        creator: Some(ada()),
        run: None,
        created_at: at(minute),
        updated_at: at(minute),
    }
}

fn of_run(mut fact: DeploymentFact, run: i64) -> DeploymentFact {
    fact.run = Some(RunFact {
        id: run,
        attempt: Some(1),
        name: Some("Deploy".into()),
        path: Some(".github/workflows/deploy.yml".into()),
    });
    fact
}

fn made(fact: &DeploymentFact) -> Observation {
    observation(ObservedEvent::Deployment(Box::new(fact.clone())))
}

fn status(id: i64, fact: &DeploymentFact, state: &str, minute: i64) -> Observation {
    observation(ObservedEvent::DeploymentStatus(Box::new(DeploymentStatusFact {
        github_id: id,
        state: state.into(),
        description: None,
        log_url: Some(format!("https://github.com/acme/shop/runs/{id}")),
        environment_url: None,
        created_at: at(minute),
        deployment: fact.clone(),
    })))
}

async fn observe(commands: &Commands, events: &[Observation]) {
    for event in events {
        commands.observe(event, "github").await.unwrap();
    }
}

async fn timeline(commands: &Commands) -> Vec<DeploySummary> {
    let filter = DeployFilter::default();
    commands.reads().deploys(&filter).await.unwrap().rows
}
