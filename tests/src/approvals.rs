//! Deciding about releases: who can, that it happens once, and that nobody gets round it.

mod authors;
mod covering;
mod ending;
mod expiring;
mod eyes;
mod glass;
mod in_git;
mod many;
mod news;
mod policies;
mod roles;
mod sight;
mod waiting;

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use commands::{Clock, CommandError, Commands, Opened, SystemClock};
use domain::{
    access::{NewGrant, Role},
    actor::{Actor, Viewer},
    approvals::{
        BoundRelease, Facts, GateKind, HeldRun, Involved, NewApproval, NewDecision, NewGate, Part, Party,
        Verdict,
    },
    catalog::{NewService, RawService},
    ids::{ApprovalId, EnvironmentId, PersonId, RepositoryId, ServiceId},
    people::NewAccount,
};
use serde_json::json;
use sqlx::PgPool;
use store::Store;
use uuid::Uuid;

/// A clock that a test sets forward.
#[derive(Default)]
struct Hand(Mutex<TimeDelta>);

impl Hand {
    fn forward(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + *self.0.lock().unwrap()
    }

    fn id(&self) -> Uuid {
        SystemClock.id()
    }

    fn secret(&self) -> [u8; 32] {
        SystemClock.secret()
    }
}

/// What waits at a key: a step of a workflow, or a run that a rule of GitHub holds.
pub(crate) fn gate(key: &str) -> NewGate {
    let (kind, details) = match key.strip_prefix("github:") {
        None => (GateKind::Step, json!({})),
        Some(rest) => {
            let mut parts = rest.splitn(3, '/');
            let run = HeldRun {
                repository: RepositoryId(SystemClock.id()),
                run: parts.next().unwrap().parse().unwrap(),
                attempt: parts.next().unwrap().parse().unwrap(),
                environment: parts.next().unwrap().to_owned(),
                deployment: 1,
            };
            (GateKind::Github, serde_json::to_value(run).unwrap())
        }
    };
    NewGate {
        kind,
        key: key.to_owned(),
        details,
    }
}

/// Fairway on a database with a service of tier 3, whose production asks one approver who did not ask for the deploy.
struct Ground {
    pool: PgPool,
    clock: Arc<Hand>,
    commands: Commands,
    service: ServiceId,
    production: EnvironmentId,
}

impl Ground {
    async fn new(pool: PgPool) -> Self {
        let store = Store::on(pool.clone());
        server::migrate(&store).await.unwrap();
        let clock = Arc::new(Hand::default());
        let commands = Commands::new(store, clock.clone());
        let service = register(&commands, "shop", "3").await;
        let production = EnvironmentId(SystemClock.id());
        sqlx::query(
            "insert into environments (id, name, class, created_at) values ($1, 'live', 'production', now())",
        )
        .bind(production.0)
        .execute(&pool)
        .await
        .unwrap();
        Self {
            pool,
            clock,
            commands,
            service,
            production,
        }
    }

    /// A person with a role for the whole organisation, who is known at GitHub.
    async fn person(&self, name: &str, role: Role) -> Viewer {
        let new = NewAccount::parse(name, &format!("{name}@fairway.example")).unwrap();
        let grants = vec![NewGrant::whole(role)];
        let id = self
            .commands
            .add_demo_person(&operator(), new, grants)
            .await
            .unwrap();
        sqlx::query("insert into identities (provider, subject, person_id, created_at) values ('github', $1, $2, now())")
            .bind(format!("at github {id}"))
            .bind(id.0)
            .execute(&self.pool)
            .await
            .unwrap();
        self.viewer(id).await
    }

    async fn viewer(&self, person: PersonId) -> Viewer {
        self.commands.viewer(person).await.unwrap().unwrap()
    }

    /// A commit of the service to production.
    fn release(&self, sha: &str) -> BoundRelease {
        BoundRelease {
            service: self.service,
            environment: self.production,
            sha: Some(sha.repeat(40).chars().take(40).collect()),
            digest: None,
            config: None,
            terraform_plan: None,
            terms: None,
        }
    }

    /// A workflow that nobody started asks about a commit.
    fn asked(&self, sha: &str, key: &str) -> NewApproval {
        NewApproval {
            release: self.release(sha),
            version: None,
            kind: None,
            initiators: vec![Party {
                part: Part::Initiator,
                who: Involved::Machine,
                name: "nightly".to_owned(),
            }],
            run: None,
            course: None,
            is_typed: false,
            facts: Facts::default(),
            gate: gate(key),
        }
    }

    async fn open(&self, sha: &str, key: &str) -> Opened {
        let new = self.asked(sha, key);
        self.commands.open_request(&operator(), &new).await.unwrap()
    }

    fn says(&self, verdict: Verdict, sha: &str) -> NewDecision {
        NewDecision {
            verdict,
            reason: Some("I have looked at it".to_owned()),
            binding: self.release(sha).binding(),
        }
    }

    async fn approve(
        &self,
        by: &Viewer,
        id: ApprovalId,
        sha: &str,
    ) -> Result<domain::approvals::Decided, CommandError> {
        self.commands
            .decide(by, id, &self.says(Verdict::Approve, sha))
            .await
    }

    async fn state(&self, id: ApprovalId) -> String {
        sqlx::query_scalar("select state from approval_requests where id = $1")
            .bind(id.0)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }
}

fn operator() -> Viewer {
    Viewer::trusted(Actor::CommandLine)
}

fn id(viewer: &Viewer) -> PersonId {
    viewer.signed_in().unwrap()
}

async fn register(commands: &Commands, name: &str, tier: &str) -> ServiceId {
    let raw = RawService {
        name: name.to_owned(),
        owner: "payments".to_owned(),
        repository: format!("acme/{name}"),
        tier: tier.to_owned(),
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

/// The sentence of a refusal.
fn why<T: std::fmt::Debug>(result: Result<T, CommandError>) -> String {
    result.unwrap_err().to_string()
}
