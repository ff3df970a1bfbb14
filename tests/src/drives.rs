//! Deploys that Fairway drives: the loop from asking to confirmed or rolled back, on real PostgreSQL.

mod actions;
mod approvals;
mod at_github;
mod canaries;
mod crashes;
mod defects;
mod drills;
mod initiators;
mod kills;
mod leases;
mod orders;
mod people;
mod promotion;
mod reports;
mod rollbacks;
mod said;
mod stories;
mod waivers;
mod watching;

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use commands::{Clock, Commands, outbox::Outward};
use domain::{
    access::{NewGrant, Role},
    actor::{Actor, Viewer},
    approvals::{NewDecision, Verdict as Word},
    catalog::{NewService, RawService},
    deploys::{
        DeployState,
        drive::{
            Drive, Effect, End, Phase, Place, Standing,
            inputs::Verdict,
            read::DriveDetail,
            report::{NewReport, RawReport},
            request::{NewDrive, RawDrive, RawFact, RawWaiver},
        },
        report::{NewDeploy, RawDeploy, RawPhase},
    },
    environments::EnvironmentClass,
    executors::RawExecutor,
    ids::{ApprovalId, DeployId, ServiceId},
    people::NewAccount,
};
use integrations::{hooks::HookClient, outbound::Allowed};
use serde_json::Value;
use sqlx::PgPool;
use store::Store;
use tests::fakes::hooks::FakeReceiver;
use uuid::Uuid;

use crate::harness::keyring;

/// What orders are signed with.
const SECRET: &str = "canary-0123456789abcdef0123456789abcdef";

/// A clock that goes on by a millisecond whenever it is looked at, and by more when a test says so.
#[derive(Clone)]
struct Hand(Arc<Mutex<DateTime<Utc>>>);

impl Hand {
    fn set(at: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(at)))
    }

    fn forward(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        let mut now = self.0.lock().unwrap();
        *now += TimeDelta::milliseconds(1);
        *now
    }

    fn id(&self) -> Uuid {
        Uuid::now_v7()
    }

    fn secret(&self) -> [u8; 32] {
        rand::random()
    }
}

/// A service `shop` of tier 3 whose release 1 runs in production and is good. There one approver is asked who did not ask for the
/// deploy; nobody is asked elsewhere.
struct Shop {
    commands: Commands,
    clock: Hand,
    pool: PgPool,
    service: ServiceId,
    approver: Viewer,
    first: DeployId,
}

fn outward() -> Outward {
    Outward {
        public_url: "https://fairway.example".to_owned(),
        hooks: HookClient::new(Allowed::parse("127.0.0.1").unwrap()).unwrap(),
        personal: HookClient::new(Allowed::parse("127.0.0.1").unwrap()).unwrap(),
        mail: None,
    }
}

/// A person with a role for the whole organisation.
async fn person(commands: &Commands, name: &str, role: Role) -> Viewer {
    let new = NewAccount::parse(name, &format!("{}@fairway.example", name.to_lowercase())).unwrap();
    let grants = vec![NewGrant::whole(role)];
    let id = commands.add_demo_person(&by(), new, grants).await.unwrap();
    commands.viewer(id).await.unwrap().unwrap()
}

fn by() -> Viewer {
    Viewer::trusted(Actor::CommandLine)
}

fn sha(release: usize) -> String {
    format!("{release:040x}")
}

fn digest(release: usize) -> String {
    format!("sha256:{release:064x}")
}

impl Shop {
    async fn open(pool: &PgPool) -> Self {
        Self::open_at(pool, DateTime::from_timestamp(1_790_000_000, 0).unwrap()).await
    }

    async fn open_at(pool: &PgPool, at: DateTime<Utc>) -> Self {
        let mut shop = Self::without_release(pool, at).await;
        shop.clock.forward(TimeDelta::minutes(10));
        shop.first = shop.report_good(1, "production").await;
        shop.set_executor("https://deploy.example/fairway").await;
        shop
    }

    /// Has this address carry out the deploys to production.
    async fn set_executor(&self, url: &str) {
        self.set_executor_of("production", url).await;
    }

    async fn set_executor_of(&self, environment: &str, url: &str) {
        let raw = RawExecutor {
            kind: "webhook".into(),
            url: url.into(),
            secret: SECRET.into(),
            ..RawExecutor::default()
        };
        let at = ("shop", environment);
        self.commands.set_executor(&by(), at, &raw).await.unwrap();
    }

    async fn without_release(pool: &PgPool, at: DateTime<Utc>) -> Self {
        let store = Store::on(pool.clone());
        server::migrate(&store).await.unwrap();
        let clock = Hand::set(at);
        let commands = Commands::new(store, Arc::new(clock.clone())).with_keyring(keyring());
        let raw = RawService {
            name: "shop".into(),
            repository: "acme/shop".into(),
            owner: "group:checkout".into(),
            tier: "3".into(),
            ..RawService::default()
        };
        let new = NewService::parse(raw).unwrap();
        let service = commands.register_service(&by(), &new).await.unwrap().summary.id;
        let approver = person(&commands, "Eve", Role::Approver).await;
        Self {
            commands,
            clock,
            pool: pool.clone(),
            service,
            approver,
            first: DeployId(Uuid::nil()),
        }
    }

    /// A deploy that somebody else carried out, and that went well.
    async fn report_good(&self, release: usize, environment: &str) -> DeployId {
        let raw = RawDeploy {
            service: "shop".into(),
            environment: environment.into(),
            sha: Some(sha(release)),
            digest: Some(digest(release)),
            version: Some(format!("1.{release}.0")),
            phases: vec![RawPhase {
                state: "succeeded".into(),
                ..RawPhase::default()
            }],
            ..RawDeploy::default()
        };
        let new = NewDeploy::parse(raw, self.commands.now()).unwrap();
        self.commands.report_deploy(&by(), new).await.unwrap().id
    }

    /// Has somebody carry out the deploys to an environment, which is made where there is none.
    async fn ready(&self, environment: &str) {
        let class = EnvironmentClass::of_name(environment).as_str();
        sqlx::query(
            "insert into environments (id, name, class, created_at) values (gen_random_uuid(), $1, $2, now())
             on conflict (lower(name)) do nothing",
        )
        .bind(environment)
        .bind(class)
        .execute(&self.pool)
        .await
        .unwrap();
        let is_set: bool = sqlx::query_scalar(
            "select exists (select from executors x join environments e on e.id = x.environment_id where e.name = $1)",
        )
        .bind(environment)
        .fetch_one(&self.pool)
        .await
        .unwrap();
        if !is_set {
            self.set_executor_of(environment, "https://deploy.example/fairway")
                .await;
        }
    }

    /// Asks for a release in production, changed as a test wants it, where somebody carries it out.
    async fn ask(&self, release: usize, change: impl FnOnce(&mut RawDrive)) -> DeployId {
        let mut raw = raw(release);
        change(&mut raw);
        self.ready(&raw.deploy.environment).await;
        let new = NewDrive::parse(raw, self.commands.now()).unwrap();
        self.commands.start_drive(&by(), new).await.unwrap().id
    }

    /// Takes a drive as far as it goes with what is known.
    async fn settle(&self, deploy: DeployId) -> Standing {
        while self.commands.advance_drive(deploy).await.unwrap() {}
        self.drive(deploy).await.standing
    }

    async fn detail(&self, deploy: DeployId) -> DriveDetail {
        self.commands.reads().drive(deploy).await.unwrap().unwrap()
    }

    async fn drive(&self, deploy: DeployId) -> Drive {
        self.detail(deploy).await.drive
    }

    /// Says what whoever it waits for would say if all is well; `false` where it waits for nobody.
    async fn say_well(&self, deploy: DeployId) -> bool {
        let drive = self.drive(deploy).await;
        let Some(place) = drive.standing.place().copied() else {
            return false;
        };
        match place.phase {
            Phase::AwaitingApproval => self.decide(&drive, place.round, Word::Approve).await,
            Phase::Backup | Phase::Deploy => self.report(&drive, &place, "succeeded").await,
            Phase::Verify => self.judge(deploy, &place, pass()).await,
            _ => false,
        }
    }

    /// The request that a drive waits for in a round.
    async fn request(&self, drive: &Drive, round: i16) -> Option<ApprovalId> {
        let id: Option<Uuid> = sqlx::query_scalar("select request_id from approval_gates where key = $1")
            .bind(drive.gate(round))
            .fetch_optional(&self.pool)
            .await
            .unwrap();
        id.map(Into::into)
    }

    /// How that request stands.
    async fn request_state(&self, drive: &Drive, round: i16) -> String {
        let id = self.request(drive, round).await.unwrap();
        sqlx::query_scalar("select state from approval_requests where id = $1")
            .bind(id.0)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    /// The approver decides about it, and whatever waits is told; `false` where there is nothing to decide.
    async fn decide(&self, drive: &Drive, round: i16, word: Word) -> bool {
        let decided = self.says(drive, round, word).await;
        self.commands.take_approval_outcomes().await.unwrap();
        decided
    }

    /// The same before anybody follows the decision.
    async fn says(&self, drive: &Drive, round: i16, word: Word) -> bool {
        let Some(id) = self.request(drive, round).await else {
            return false;
        };
        let new = NewDecision {
            verdict: word,
            reason: Some("I have looked at it".into()),
            binding: drive.binding(),
        };
        let decided = self.commands.decide(&self.approver, id, &new).await;
        decided.is_ok()
    }

    /// The same shop, whose deploys to production this receiver carries out.
    async fn carried_out_by(mut self, receiver: &FakeReceiver) -> Self {
        self.commands = self.commands.with_outward(outward());
        self.set_executor(&receiver.deploy_url()).await;
        self
    }

    /// The number under which a phase was ordered, as its executor knows it.
    async fn fence_of_order(&self, key: &str) -> Option<i64> {
        sqlx::query_scalar(
            "select (payload->>'fence')::bigint from outbox where payload->>'key' = $1 limit 1",
        )
        .bind(key)
        .fetch_optional(&self.pool)
        .await
        .unwrap()
    }

    async fn report(&self, drive: &Drive, place: &Place, outcome: &str) -> bool {
        let key = drive.key_of(place);
        let raw = RawReport {
            fence: self.fence_of_order(&key).await,
            key,
            outcome: outcome.into(),
            backup_id: Some("snap-1".into()),
            backup_verified: Some(true),
            ..RawReport::default()
        };
        let new = NewReport::parse(raw, self.commands.now()).unwrap();
        self.commands.report_drive(&by(), new).await.unwrap()
    }

    async fn judge(&self, deploy: DeployId, place: &Place, verdict: Verdict) -> bool {
        let of = (place.round, place.step);
        self.commands.tell_verdict(deploy, of, verdict).await.unwrap()
    }

    /// Lets all go well until a drive stands in a phase at a step.
    async fn bring(&self, deploy: DeployId, phase: Phase, step: i16) -> Place {
        for _ in 0..40 {
            match self.settle(deploy).await {
                Standing::At(place) if (place.phase, place.step) == (phase, step) => return place,
                Standing::At(_) => assert!(self.say_well(deploy).await, "it waits for nobody"),
                Standing::Ended(end) => panic!("it ended {end:?}: {:?}", self.detail(deploy).await.why),
            }
        }
        panic!("it never came to {phase:?}");
    }

    /// Lets all go well until it ends.
    async fn finish(&self, deploy: DeployId) -> End {
        for _ in 0..40 {
            match self.settle(deploy).await {
                Standing::Ended(end) => return end,
                Standing::At(place) => assert!(self.say_well(deploy).await, "{place:?} waits for nobody"),
            }
        }
        panic!("it never ended");
    }

    /// The states that its phases went through.
    async fn states(&self, deploy: DeployId) -> Vec<DeployState> {
        let phases = self.detail(deploy).await.phases;
        phases.iter().map(|phase| phase.state).collect()
    }

    /// What it ordered, in order.
    async fn ordered(&self, deploy: DeployId) -> Vec<Effect> {
        let phases = self.detail(deploy).await.phases;
        phases.into_iter().flat_map(|phase| phase.effects).collect()
    }

    /// The shares of the traffic that executors were sent to.
    async fn dispatched(&self, deploy: DeployId) -> Vec<i16> {
        let ordered = self.ordered(deploy).await;
        let weights = ordered.iter().filter_map(|effect| match effect {
            Effect::Dispatch { weight } => Some(*weight),
            _ => None,
        });
        weights.collect()
    }

    async fn holder(&self) -> Option<Uuid> {
        sqlx::query_scalar("select deploy_id from drive_leases")
            .fetch_optional(&self.pool)
            .await
            .unwrap()
            .flatten()
    }
}

/// A rolling deploy to production of which all is known that has to be.
fn raw(release: usize) -> RawDrive {
    let fact = |item: &str| RawFact {
        item: item.into(),
        good: true,
        what: "as it should be".into(),
        critical: None,
    };
    RawDrive {
        deploy: RawDeploy {
            service: "shop".into(),
            environment: "production".into(),
            sha: Some(sha(release)),
            digest: Some(digest(release)),
            version: Some(format!("1.{release}.0")),
            ..RawDeploy::default()
        },
        waivers: vec![RawWaiver {
            item: "checks".into(),
            reason: "the tests have no checks".into(),
        }],
        facts: vec![fact("scan"), fact("signature")],
        ..RawDrive::default()
    }
}

fn canary(raw: &mut RawDrive) {
    raw.deploy.strategy = Some("canary".into());
}

fn as_it_is(_: &mut RawDrive) {}

fn pass() -> Verdict {
    Verdict::Pass { detail: Value::Null }
}

fn fail() -> Verdict {
    Verdict::Fail {
        why: "error rate 4 % > 1 %".into(),
        detail: serde_json::json!({ "samples": [0.04, 0.05] }),
    }
}
