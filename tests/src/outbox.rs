//! Effects on the outside, against receivers over HTTP and SMTP: each is seen once, whatever ends in between, and none tells a secret.

mod deputies;
mod dispatching;
mod news;
mod orders;
mod secrets;

use std::sync::{Arc, Mutex};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use commands::{Clock, Commands, outbox::Outward};
use domain::{
    actor::{Actor, Viewer},
    catalog::{NewService, RawService},
    executors::{Act, Order, RawExecutor},
    ids::{DeployId, EnvironmentId, PersonId, ServiceId},
    outbox::Effect,
};
use integrations::{hooks::HookClient, outbound::Allowed};
use sqlx::PgPool;
use store::Store;
use tests::{
    fakes::hooks::FakeReceiver,
    session::{person, sign_in_as},
};
use uuid::Uuid;

use crate::harness::keyring;

/// What orders are signed with.
const SECRET: &str = "canary-0123456789abcdef0123456789abcdef";
/// Longer than a process holds what it is sending.
const LEASE_OVER: TimeDelta = TimeDelta::seconds(36);

fn operator() -> Viewer {
    Viewer::trusted(Actor::CommandLine)
}

/// A clock that a test moves.
struct Hands(Mutex<DateTime<Utc>>);

impl Hands {
    fn at(now: DateTime<Utc>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(now.trunc_subsecs(6))))
    }

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

/// An installation with a service and an environment.
struct Ground {
    commands: Commands,
    hands: Arc<Hands>,
    of: (ServiceId, EnvironmentId),
}

fn outward(allowed: &str) -> Outward {
    let client = || HookClient::new(Allowed::parse(allowed).unwrap()).unwrap();
    Outward {
        public_url: "https://fairway.example".to_owned(),
        hooks: client(),
        personal: client(),
        mail: None,
    }
}

impl Ground {
    async fn new(pool: &PgPool, now: DateTime<Utc>) -> Self {
        let hands = Hands::at(now);
        let store = Store::on(pool.clone());
        server::migrate(&store).await.unwrap();
        let commands = Commands::new(store, Arc::clone(&hands) as Arc<dyn Clock>)
            .with_keyring(keyring())
            .with_outward(outward("127.0.0.1"));
        let service = register(&commands, "shop", "payments").await;
        let mut tx = commands
            .store()
            .begin_observation(&Actor::CommandLine)
            .await
            .unwrap();
        let environment = tx
            .ensure_environment(Uuid::now_v7().into(), "production", hands.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Self {
            commands,
            hands,
            of: (service, environment),
        }
    }

    /// The same with another process's memory.
    fn other_process(&self) -> Commands {
        self.commands.clone().with_outward(outward("127.0.0.1"))
    }

    async fn webhook(&self, url: &str) {
        let raw = RawExecutor {
            kind: "webhook".into(),
            url: url.into(),
            secret: SECRET.into(),
            ..RawExecutor::default()
        };
        self.commands
            .set_executor(&operator(), ("shop", "production"), &raw)
            .await
            .unwrap();
    }

    /// A decision that wants a deploy; whether that is new.
    async fn want(&self, key: &str) -> bool {
        let order = Order {
            act: Act::Deploy,
            key: key.into(),
            fence: 1,
            deploy: DeployId(Uuid::from_u128(7)),
            service: "shop".into(),
            environment: "production".into(),
            version: Some("1.4.2".into()),
            commit: Some("a".repeat(40)),
            digest: None,
            config: None,
            plan: None,
            strategy: None,
            weight: None,
            undoes: None,
            previous: None,
        };
        let store = self.commands.store();
        let mut tx = store.begin_observation(&Actor::CommandLine).await.unwrap();
        let is_new = self.commands.order(&mut tx, key, self.of, &order).await.unwrap();
        tx.commit().await.unwrap();
        is_new
    }

    async fn effect(&self, key: &str) -> Effect {
        let found = self.commands.reads().effect_of_key(key).await.unwrap();
        found.expect("it is wanted")
    }
}

async fn register(commands: &Commands, name: &str, team: &str) -> ServiceId {
    let raw = RawService {
        name: name.to_owned(),
        owner: team.to_owned(),
        repository: format!("acme/{name}"),
        ..RawService::default()
    };
    let new = NewService::parse(raw).unwrap();
    let registered = commands.register_service(&operator(), &new).await.unwrap();
    registered.summary.id
}

/// A receiver whose clock is the sender's.
async fn receiver(hands: &Arc<Hands>) -> FakeReceiver {
    let hands = Arc::clone(hands);
    FakeReceiver::start(SECRET, move || hands.now().timestamp()).await
}

/// A person with a role for the whole organisation, as whoever they are.
async fn someone(ground: &Ground, pool: &PgPool, (number, role): (u8, Option<&str>)) -> Viewer {
    sign_in_as(pool, number, &format!("Person {number}"), role).await;
    let id = PersonId(person(number));
    let known = ground.commands.viewer(id).await.unwrap();
    known.unwrap_or_else(|| Viewer::person(id, format!("Person {number}"), Vec::new()))
}
