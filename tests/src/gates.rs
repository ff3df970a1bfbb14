//! What waits at a gate outside: runs at GitHub that a protection rule holds, and steps of workflows. Each goes once, by a decision
//! about just what it does.

mod action;
mod at_github;
mod checks;
mod held;
mod misled;
mod promotion;
mod steps;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use commands::{Clock, CommandError, Commands, outbox::Outward};
use domain::{
    access::{NewGrant, Role},
    actor::{Actor, Viewer},
    approvals::{BoundRelease, NewDecision, Verdict},
    catalog::{NewService, RawService},
    ids::{ApprovalId, EnvironmentId, ServiceId},
    people::NewAccount,
};
use integrations::{
    github::{GithubClient, GithubConfig, facts},
    hooks::HookClient,
    outbound::Allowed,
};
use sqlx::PgPool;
use store::Store;
use tests::fakes::github::{Delivery, FakeGithub, NewCommit, RepoHandle, Told};
use uuid::Uuid;

use crate::harness::keyring;

fn operator() -> Viewer {
    Viewer::trusted(Actor::CommandLine)
}

/// A clock that a test moves.
struct Hands(Mutex<DateTime<Utc>>);

impl Hands {
    fn advance(&self, time: TimeDelta) {
        *self.0.lock().unwrap() += time;
    }
}

impl Clock for Hands {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    fn id(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn secret(&self) -> [u8; 32] {
        rand::random()
    }
}

/// A service `shop` of tier 3 in `acme/shop`, whose production asks one approver who did not ask for the deploy.
struct Ground {
    pool: PgPool,
    commands: Commands,
    hands: Arc<Hands>,
    github: FakeGithub,
    repo: RepoHandle,
    approver: Viewer,
}

impl Ground {
    async fn new(pool: &PgPool) -> Self {
        let github = FakeGithub::start().await;
        let repo = github.act_as("ada").repo("acme/shop");
        repo.commit(NewCommit::new("Start").file("a", "1"));
        let hands = Arc::new(Hands(Mutex::new(github.now().trunc_subsecs(6))));
        let store = Store::on(pool.clone());
        server::migrate(&store).await.unwrap();
        let client = GithubClient::new(GithubConfig {
            base_url: github.base_url(),
            token: Some(FakeGithub::TOKEN.into()),
            timeout: Duration::from_secs(5),
        });
        let commands = Commands::new(store, Arc::clone(&hands) as Arc<dyn Clock>)
            .with_keyring(keyring())
            .with_github(client.unwrap())
            .with_outward(Outward {
                public_url: "https://fairway.example".to_owned(),
                hooks: HookClient::new(Allowed::parse("127.0.0.1").unwrap()).unwrap(),
                personal: HookClient::new(Allowed::parse("127.0.0.1").unwrap()).unwrap(),
                mail: None,
            });
        register(&commands, "shop").await;
        let approver = approver(&commands, pool, "eve").await;
        Self {
            pool: pool.clone(),
            commands,
            hands,
            github,
            repo,
            approver,
        }
    }

    /// Takes in what GitHub says.
    async fn hear(&self) -> Vec<Delivery> {
        let deliveries = self.github.take_deliveries();
        self.hear_all(&deliveries).await;
        deliveries
    }

    async fn hear_all(&self, deliveries: &[Delivery]) {
        for delivery in deliveries {
            if let Some(observation) = facts(&delivery.event, &delivery.body).unwrap() {
                self.commands.observe(&observation, "github").await.unwrap();
            }
        }
    }

    /// Sends what is due, after what became of requests was followed.
    async fn send(&self) {
        self.commands.take_approval_outcomes().await.unwrap();
        self.commands.send_effects().await.unwrap();
    }

    /// What runs were told finally.
    fn answers(&self) -> Vec<Told> {
        let told = self.github.told().into_iter();
        told.filter(|told| told.state.is_some()).collect()
    }

    fn states(&self) -> Vec<String> {
        self.answers().into_iter().filter_map(|told| told.state).collect()
    }

    async fn count(&self, table: &str) -> i64 {
        let query = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        sqlx::query_scalar(query).fetch_one(&self.pool).await.unwrap()
    }

    /// The request that was opened last, with all that it binds.
    async fn request(&self) -> (ApprovalId, BoundRelease) {
        type Row = (Uuid, Uuid, Uuid, Option<String>);
        let row: Row = sqlx::query_as(
            "select id, service_id, environment_id, sha from approval_requests order by opened_at desc, id desc limit 1",
        )
        .fetch_one(&self.pool)
        .await
        .unwrap();
        let release = BoundRelease {
            service: ServiceId(row.1),
            environment: EnvironmentId(row.2),
            sha: row.3,
            digest: None,
            config: None,
            terraform_plan: None,
            terms: None,
        };
        (ApprovalId(row.0), release)
    }

    async fn decide(&self, verdict: Verdict) -> Result<(), CommandError> {
        let (id, release) = self.request().await;
        let new = NewDecision {
            verdict,
            reason: Some("I have looked at it".to_owned()),
            binding: release.binding(),
        };
        self.commands.decide(&self.approver, id, &new).await.map(drop)
    }
}

async fn register(commands: &Commands, name: &str) {
    let raw = RawService {
        name: name.to_owned(),
        owner: "payments".to_owned(),
        repository: format!("acme/{name}"),
        tier: "3".to_owned(),
        ..RawService::default()
    };
    let new = NewService::parse(raw).unwrap();
    commands.register_service(&operator(), &new).await.unwrap();
}

/// An approver for the whole organisation who is known at GitHub.
async fn approver(commands: &Commands, pool: &PgPool, name: &str) -> Viewer {
    let new = NewAccount::parse(name, &format!("{name}@fairway.example")).unwrap();
    let grants = vec![NewGrant::whole(Role::Approver)];
    let id = commands.add_demo_person(&operator(), new, grants).await.unwrap();
    sqlx::query(
        "insert into identities (provider, subject, person_id, created_at) values ('github', $1, $2, now())",
    )
    .bind(format!("at github {id}"))
    .bind(id.0)
    .execute(pool)
    .await
    .unwrap();
    commands.viewer(id).await.unwrap().unwrap()
}
