//! The whole loop on a real Prometheus: what is exposed is watched, what turns bad is rolled back by rule, what is not known is held.
//! Time is compressed: a watch of five minutes takes ten seconds, or as long as the ninety seconds need that are promised.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use commands::{Commands, SystemClock, verify::Watching};
use domain::{
    approvals::Verdict as Word,
    deploys::{
        DeployKind, DeployState as S, FailureCause,
        drive::{
            End, Phase, Place, Reason, Standing,
            inputs::{Subject, Told},
        },
    },
    ids::DeployId,
    verify::{Check, VerdictKind},
};
use integrations::{
    outbound::Allowed,
    probing::Prober,
    prometheus::{Prometheus, PrometheusConfig},
};
use sqlx::{ConnectOptions, PgPool};
use store::Store;
use tests::fakes::hooks::FakeReceiver;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{
    SECRET, Shop, by,
    kills::{is_told, until},
};
use crate::{
    harness::{count, keyring},
    process::{Fairway, Folder},
    verify::{RealPrometheus, Shop as Service},
};

/// Far above the least traffic, in every window.
const BUSY: f64 = 400.0;
/// So many times as fast a watch of five minutes takes ten seconds.
const FAST: i32 = 30;
/// What turns bad is rolled back within this of when the executor says that users see it.
const IN_TIME: TimeDelta = TimeDelta::seconds(90);

/// Version 1.1.0 of the shop with traffic, 1.2.0 beside it, a Prometheus that scrapes both, and who carries orders out.
struct World {
    shop: Shop,
    _old: Service,
    new: Service,
    prometheus: RealPrometheus,
    receiver: FakeReceiver,
}

impl World {
    async fn new(pool: &PgPool) -> Self {
        Self::at(pool, FAST).await
    }

    /// The same, with watches so many times as fast as they are.
    async fn at(pool: &PgPool, times: i32) -> Self {
        let (old, new) = (Service::start(BUSY).await, Service::start(BUSY).await);
        let prometheus = RealPrometheus::scraping(&[(&old, "shop", "1.1.0"), (&new, "shop", "1.2.0")]).await;
        let receiver = FakeReceiver::start(SECRET, || Utc::now().timestamp()).await;
        let shop = Shop::open_at(pool, Utc::now() - TimeDelta::hours(2)).await;
        sqlx::query(
            "insert into verify_windows (tier, window_ms, step_ms, least_samples) values (3, 300000 / $1, 30000 / $1, 8)",
        )
        .bind(times)
        .execute(pool)
        .await
        .unwrap();
        let url = prometheus.url.clone();
        let client = Prometheus::new(&PrometheusConfig {
            url,
            access: None,
            tenant: None,
        });
        let commands = Commands::new(Store::on(pool.clone()), Arc::new(SystemClock))
            .with_keyring(keyring())
            .with_watching(Watching {
                prometheus: Some(client.unwrap()),
                prober: Some(Prober::new(Allowed::parse("127.0.0.1").unwrap()).unwrap()),
            });
        let shop = Shop { commands, ..shop };
        Self {
            shop: shop.carried_out_by(&receiver).await,
            _old: old,
            new,
            prometheus,
            receiver,
        }
    }

    /// Lets all go well, and every order be carried out, until a drive is watched.
    async fn exposed(&self, deploy: DeployId) -> Place {
        for _ in 0..40 {
            match self.shop.settle(deploy).await {
                Standing::At(place) if place.phase == Phase::Verify => return place,
                Standing::At(place) => {
                    self.shop.commands.send_effects().await.unwrap();
                    assert!(self.shop.say_well(deploy).await, "{place:?} waits for nobody");
                }
                Standing::Ended(end) => panic!("it ended {end:?}: {:?}", self.shop.detail(deploy).await.why),
            }
        }
        panic!("it was never exposed");
    }

    /// Takes the samples that are due until a drive leaves the phase that it is watched in, or is told what to wait for.
    async fn watched(&self, deploy: DeployId) -> Standing {
        let place = self.exposed(deploy).await;
        for _ in 0..240 {
            self.shop.commands.watch_drive(deploy).await.unwrap();
            let standing = self.shop.settle(deploy).await;
            if standing != Standing::At(place) || self.asks(deploy).await {
                return standing;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        panic!("nothing came of watching it");
    }

    async fn asks(&self, deploy: DeployId) -> bool {
        let why = self.shop.detail(deploy).await.why;
        why.is_some_and(|why| why.contains("a person decides"))
    }
}

/// How long it took from when the executor says that users see a deploy until it was being rolled back.
async fn took(shop: &Shop, deploy: DeployId) -> TimeDelta {
    let subject = Subject::of_phase(Phase::Deploy, 0, 0);
    let said = shop.commands.reads().told_of(deploy, &subject).await.unwrap();
    let Some(Told::Report(report)) = said else {
        panic!("the executor said nothing");
    };
    let phases = shop.detail(deploy).await.phases;
    let rolling = phases.iter().find(|phase| phase.state == S::RollingBack);
    rolling.unwrap().started_at - report.at
}

fn small_canary(raw: &mut domain::deploys::drive::request::RawDrive) {
    super::canary(raw);
    raw.weights = vec![5, 100];
}

#[sqlx::test(migrations = "../migrations")]
async fn a_canary_that_turns_bad_is_rolled_back_by_rule_and_figures_say_so(pool: PgPool) {
    let world = World::at(&pool, 10).await;
    let shop = &world.shop;
    world.new.set(|knobs| knobs.bad = 0.2);
    let bad = shop.ask(2, small_canary).await;
    let standing = world.watched(bad).await;
    assert_eq!(standing.state(), S::RollingBack);
    let detail = shop.detail(bad).await;
    let took = took(shop, bad).await;
    assert!(took < IN_TIME / 10, "{took}");

    // Why, by which samples, beside which thresholds.
    let undoing = detail.undone_by.unwrap();
    let Some(Reason::Verdict { why, detail }) = shop.detail(undoing).await.reason else {
        panic!("it was rolled back by rule");
    };
    assert!(why.contains("above 1.00 %"), "{why}");
    assert_eq!(detail["weight"], 5);
    let verdict = &detail["outlook"]["verdict"];
    assert_eq!(verdict["verdict"], "fail");
    assert!(
        verdict["slot"].as_u64().unwrap() <= 3,
        "within ninety seconds: {verdict}"
    );
    let verdicts = shop.commands.reads().verify_verdicts(bad).await.unwrap();
    assert_eq!(verdicts[0].outlook.verdict.kind(), VerdictKind::Fail);
    let samples = shop.commands.reads().verify_samples(bad, 5).await.unwrap();
    let ratio = samples
        .iter()
        .find(|sample| sample.check == Check::ErrorRatio)
        .unwrap();
    assert!(ratio.query.contains(r#"version="1.2.0""#), "{}", ratio.query);
    assert_eq!(ratio.baseline.unwrap().value, Ok(0.0), "the one before is well");

    // The release before comes back by an order of its own, is watched too, and is good.
    assert_eq!(world.watched(undoing).await, Standing::Ended(End::Succeeded));
    assert_eq!(shop.drive(bad).await.standing, Standing::Ended(End::RolledBack));
    assert!(shop.detail(undoing).await.time_to_roll_back().unwrap() > TimeDelta::seconds(9));

    shop.commands.send_effects().await.unwrap();
    let orders = world.receiver.orders().into_iter();
    let acts: Vec<_> = orders.map(|(_, order)| order["act"].clone()).collect();
    assert_eq!(acts, ["back_up", "deploy", "roll_back", "mark_stable"]);

    let read = async |deploy| shop.commands.reads().deploy(deploy).await.unwrap().unwrap();
    let failed = read(bad).await.summary;
    assert_eq!(failed.state, S::RolledBack);
    assert!(failed.counted && failed.failed && failed.restored_at.is_some());
    assert_eq!(failed.failure_cause, Some(FailureCause::RolledBack));
    assert_eq!(read(undoing).await.summary.kind, DeployKind::Rollback);
    let incidents = shop
        .commands
        .reads()
        .incidents_of_service(shop.service, 9)
        .await
        .unwrap();
    assert_eq!(
        (incidents.len(), incidents[0].caused_by.as_slice()),
        (1, [bad].as_slice())
    );
    assert!(incidents[0].mitigated_at.is_some());
}

/// A canary whose service does not do well is rolled back in time, for what is wrong with it.
async fn is_rolled_back(pool: &PgPool, turn_bad: impl FnOnce(&Service), check: Check) {
    let world = World::at(pool, 10).await;
    let shop = &world.shop;
    turn_bad(&world.new);
    let bad = shop.ask(2, small_canary).await;
    assert_eq!(world.watched(bad).await.state(), S::RollingBack);
    let took = took(shop, bad).await;
    assert!(took < IN_TIME / 10, "{took}");
    let undoing = shop.detail(bad).await.undone_by.unwrap();
    let Some(Reason::Verdict { detail, .. }) = shop.detail(undoing).await.reason else {
        panic!("it was rolled back by rule");
    };
    let verdict = &detail["outlook"]["verdict"];
    assert_eq!(verdict["check"], check.as_str(), "{verdict}");
    world.exposed(undoing).await;
    assert_eq!(shop.dispatched(undoing).await, [100]);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_canary_that_is_slow_is_rolled_back(pool: PgPool) {
    let slow = |service: &Service| service.set(|knobs| knobs.slow = 0.05);
    is_rolled_back(&pool, slow, Check::P99).await;
}

#[sqlx::test(migrations = "../migrations")]
async fn a_canary_that_is_down_is_rolled_back(pool: PgPool) {
    let down = |service: &Service| service.set(|knobs| knobs.is_up = false);
    is_rolled_back(&pool, down, Check::Down).await;
}

/// Nobody but the process's own jobs takes samples and acts on them.
#[sqlx::test(migrations = false)]
async fn a_process_watches_and_rolls_back_by_itself(pool: PgPool) {
    let world = World::at(&pool, 5).await;
    let shop = &world.shop;
    let folder = Folder::new("watching").with_site();
    let database = pool.connect_options().to_url_lossy().to_string();
    let (key, prometheus) = ("5a".repeat(32), world.prometheus.url.to_string());
    let variables = [
        ("DATABASE_URL", &*database),
        ("FAIRWAY_KEY", &*key),
        ("FAIRWAY_OUTBOUND_ALLOW", "127.0.0.1"),
        ("FAIRWAY_PROMETHEUS_URL", &*prometheus),
    ];
    let _process = Fairway::serve(&folder, &variables).await;
    world.new.set(|knobs| knobs.bad = 0.2);
    let deploy = shop.ask(2, small_canary).await;
    for phase in [Phase::AwaitingApproval, Phase::Backup, Phase::Deploy] {
        let receiver = &world.receiver;
        until(|| is_told(shop, receiver, deploy, phase), phase.as_str()).await;
        match phase {
            // Whoever waits is told by the process.
            Phase::AwaitingApproval => assert!(shop.says(&shop.drive(deploy).await, 0, Word::Approve).await),
            _ => assert!(shop.say_well(deploy).await),
        }
    }
    until(
        async || shop.detail(deploy).await.undone_by.is_some(),
        "it is rolled back",
    )
    .await;
    let took = took(shop, deploy).await;
    assert!(took < IN_TIME / 5, "{took}");
    let undoing = shop.detail(deploy).await.undone_by.unwrap();
    until(
        || is_told(shop, &world.receiver, undoing, Phase::Deploy),
        "the release before is ordered",
    )
    .await;
}

/// Takes connections and never answers; counts them.
async fn hanging() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/healthz", listener.local_addr().unwrap());
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    tokio::spawn(async move {
        let mut held = Vec::new();
        loop {
            held.push(listener.accept().await.unwrap());
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    (url, taken)
}

#[sqlx::test(migrations = false)]
async fn a_health_address_that_hangs_holds_no_other_job_up(pool: PgPool) {
    let mut shop = Shop::open(&pool).await;
    shop.commands = shop.commands.with_watching(Watching {
        prometheus: None,
        prober: Some(Prober::new(Allowed::parse("127.0.0.1").unwrap()).unwrap()),
    });
    let to = |environment: &'static str| {
        move |raw: &mut domain::deploys::drive::request::RawDrive| raw.deploy.environment = environment.into()
    };
    for environment in ["one", "two", "three"] {
        let deploy = shop.ask(2, to(environment)).await;
        shop.bring(deploy, Phase::Verify, 0).await;
    }
    let (url, taken) = hanging().await;
    sqlx::query("update services set health_url = $1")
        .bind(url)
        .execute(&pool)
        .await
        .unwrap();
    // A sample of each is due.
    shop.clock.forward(TimeDelta::seconds(31));
    let other = shop.ask(2, to("four")).await;
    let stop = CancellationToken::new();
    let workers = server::jobs::start(shop.commands.clone(), 1, Duration::from_secs(3), stop.clone());
    let workers = workers.await.unwrap();
    until(
        async || shop.drive(other).await.standing.state() != S::Requested,
        "another job is run",
    )
    .await;
    let samples = "select count(*) from verify_samples";
    assert_eq!(
        count(&pool, samples).await,
        0,
        "none of those that hang has ended"
    );
    until(
        async || taken.load(Ordering::Relaxed) >= 3,
        "all of them are asked at once",
    )
    .await;
    assert_eq!(count(&pool, samples).await, 0, "each of them takes seconds");
    stop.cancel();
    workers.await.unwrap();
}

#[sqlx::test(migrations = "../migrations")]
async fn a_prometheus_that_is_killed_holds_the_deploy_and_asks_a_person(pool: PgPool) {
    let mut world = World::new(&pool).await;
    let deploy = world.shop.ask(2, |_| {}).await;
    let place = world.exposed(deploy).await;
    for _ in 0..8 {
        world.shop.commands.watch_drive(deploy).await.unwrap();
        assert_eq!(world.shop.settle(deploy).await, Standing::At(place));
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    // It even turns bad, which nobody can know now.
    world.new.set(|knobs| knobs.bad = 0.5);
    world.prometheus.kill();
    let held = world.watched(deploy).await;
    assert_eq!(held, Standing::At(place));
    let why = world.shop.detail(deploy).await.why.unwrap();
    assert!(why.contains("Prometheus does not answer"), "{why}");
    assert_eq!(world.shop.detail(deploy).await.undone_by, None);
    let told = "select count(*) from outbox where kind = 'tell' and payload ->> 'topic' = 'deploy_waits'";
    assert_eq!(count(&pool, told).await, 1, "a person is told, once");
    assert_eq!(
        count(&pool, "select count(*) from drives where undoes is not null").await,
        0
    );
    world
        .shop
        .commands
        .confirm_drive(&by(), deploy, (None, "the graphs elsewhere look good"))
        .await
        .unwrap();
    assert_eq!(world.shop.finish(deploy).await, End::Succeeded);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_service_that_was_down_before_is_not_rolled_back_for_being_down(pool: PgPool) {
    let mut world = World::new(&pool).await;
    sqlx::query("update services set health_url = $1")
        .bind(world.new.health_url())
        .execute(&pool)
        .await
        .unwrap();
    world.new.set(|knobs| knobs.is_healthy = false);
    world.prometheus.kill();
    let deploy = world.shop.ask(2, |_| {}).await;
    let held = world.watched(deploy).await;
    assert!(held.is_open(), "{held:?}");
    let samples = world
        .shop
        .commands
        .reads()
        .verify_samples(deploy, 100)
        .await
        .unwrap();
    let down = samples.iter().find(|sample| sample.check == Check::Down).unwrap();
    assert!(down.probe_before.is_some(), "asked before anything was touched");
    assert_eq!(world.shop.detail(deploy).await.undone_by, None);
}

#[sqlx::test(migrations = "../migrations")]
async fn a_release_without_a_name_that_metrics_have_is_left_to_a_person(pool: PgPool) {
    let world = World::new(&pool).await;
    let nameless = |raw: &mut domain::deploys::drive::request::RawDrive| {
        (raw.deploy.sha, raw.deploy.version) = (None, None);
    };
    let deploy = world.shop.ask(2, nameless).await;
    let held = world.watched(deploy).await;
    assert!(held.is_open(), "{held:?}");
    let why = world.shop.detail(deploy).await.why.unwrap();
    assert!(why.contains("neither a version nor a commit"), "{why}");
}
