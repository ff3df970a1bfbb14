//! Rehearsing rollbacks: by schedule, through the same loop, where no users are, and in no figure.

use chrono::{DateTime, TimeDelta, Utc};
use commands::{Clock, CommandError, PolicyForm};
use domain::{
    deploys::{
        DeployKind, NotCounted,
        drills::{Drill, Outcome, Pullable, RawSchedule},
        drive::{
            End, Phase, Standing,
            report::{NewReport, RawReport},
        },
    },
    executors::RawExecutor,
    ids::DeployId,
};
use sqlx::PgPool;
use tests::fakes::hooks::FakeReceiver;

use super::{SECRET, Shop, by, digest, fail, outward};

/// A Monday, a while before the window of the schedule.
fn monday() -> DateTime<Utc> {
    "2026-11-02T06:00:00Z".parse().unwrap()
}

fn schedule() -> RawSchedule {
    RawSchedule {
        environment: "staging".into(),
        every_days: "7".into(),
        from: "10:00".into(),
        to: "12:00".into(),
        zone: "Europe/Berlin".into(),
    }
}

/// The shop with an executor in staging, where some releases ran one after the other.
async fn staged(pool: &PgPool, releases: usize) -> (Shop, FakeReceiver, Vec<DeployId>) {
    let mut shop = Shop::open_at(pool, monday()).await;
    let mut deploys = Vec::new();
    for release in 1..=releases {
        shop.clock.forward(TimeDelta::minutes(10));
        deploys.push(shop.report_good(release, "staging").await);
    }
    let clock = shop.clock.clone();
    let receiver = FakeReceiver::start(SECRET, move || clock.now().timestamp()).await;
    shop.commands = shop.commands.clone().with_outward(outward());
    let raw = RawExecutor {
        kind: "webhook".into(),
        url: receiver.deploy_url(),
        secret: SECRET.into(),
        ..RawExecutor::default()
    };
    let at = ("shop", "staging");
    shop.commands.set_executor(&by(), at, &raw).await.unwrap();
    (shop, receiver, deploys)
}

async fn scheduled(pool: &PgPool, releases: usize) -> (Shop, FakeReceiver, Vec<DeployId>) {
    let staged = staged(pool, releases).await;
    let commands = &staged.0.commands;
    commands
        .set_drill_schedule(&by(), "shop", &schedule())
        .await
        .unwrap();
    staged
}

impl Shop {
    /// Goes on to a time of the clock.
    fn forward_to(&self, at: &str) {
        let at: DateTime<Utc> = at.parse().unwrap();
        self.clock.forward(at - self.commands.now());
    }

    /// The newest drill.
    async fn drill(&self) -> Drill {
        let standing = self.commands.reads().drill_standing(self.service).await;
        standing.unwrap().recent.remove(0)
    }

    /// Lets all go well until a drive ends; what is ordered is sent in between.
    async fn carry_out(&self, deploy: DeployId) -> End {
        for _ in 0..20 {
            let standing = self.settle(deploy).await;
            self.commands.send_effects().await.unwrap();
            match standing {
                Standing::Ended(end) => return end,
                Standing::At(place) => assert!(self.say_well(deploy).await, "{place:?} waits for nobody"),
            }
        }
        panic!("it never ended");
    }

    async fn incidents_and_pages(&self) -> (i64, i64) {
        let query = "select (select count(*) from incidents),
                            (select count(*) from outbox where payload ->> 'topic' = 'deploy_failed')";
        sqlx::query_as(query).fetch_one(&self.pool).await.unwrap()
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_drill_that_is_due_goes_back_and_comes_again_and_is_in_no_figure(pool: PgPool) {
    let (shop, receiver, deploys) = scheduled(&pool, 2).await;
    assert_eq!(shop.commands.begin_due_drills().await.unwrap(), 0, "not yet");
    shop.forward_to("2026-11-02T09:05:00Z");
    let (one, other) = tokio::join!(shop.commands.begin_due_drills(), shop.commands.begin_due_drills());
    assert_eq!(one.unwrap() + other.unwrap(), 1, "a window has one turn");
    let back = shop.drill().await.back.unwrap();
    assert_eq!(shop.drive(back).await.release.digest, Some(digest(1)));
    assert_eq!(shop.holder().await, Some(back.0));
    shop.clock.forward(TimeDelta::seconds(40));
    assert_eq!(shop.carry_out(back).await, End::Succeeded);

    let half = shop.drill().await;
    let again = half.again.unwrap();
    assert_eq!((half.outcome, shop.holder().await), (None, Some(again.0)));
    assert_eq!(shop.drive(again).await.release.digest, Some(digest(2)));
    assert_eq!(shop.carry_out(again).await, End::Succeeded);
    let over = shop.drill().await;
    assert_eq!(over.outcome, Some(Outcome::Passed), "{:?}", over.why);
    let took = over.took().unwrap();
    assert!(
        took >= TimeDelta::seconds(40) && took < TimeDelta::minutes(1),
        "{took}"
    );
    assert_eq!(shop.holder().await, None);
    let orders = receiver.orders();
    let acts: Vec<&str> = orders
        .iter()
        .filter_map(|(_, order)| order["act"].as_str())
        .collect();
    assert_eq!(acts, ["roll_back", "deploy"], "{orders:?}");

    for leg in [back, again] {
        let shown = shop.commands.reads().deploy(leg).await.unwrap().unwrap().summary;
        assert_eq!(shown.kind, DeployKind::Drill);
        assert_eq!(shown.not_counted_why, Some(NotCounted::NotProduction));
        assert!(!shown.failed && shown.environment == "staging");
    }
    let undone = shop.commands.reads().deploy(deploys[1]).await.unwrap().unwrap();
    assert_eq!(undone.summary.rolled_back_by, None);
    assert_eq!(shop.incidents_and_pages().await, (0, 0));
    let standing = shop.commands.drive_standing(&by(), again).await.unwrap();
    assert_eq!(
        standing.way_back.unwrap().id,
        deploys[0],
        "the way back is as it was"
    );

    assert_eq!(shop.commands.begin_due_drills().await.unwrap(), 0);
    shop.forward_to("2026-11-09T09:00:00Z");
    assert_eq!(shop.commands.begin_due_drills().await.unwrap(), 1, "a week later");
}

#[sqlx::test(migrations = "../migrations")]
async fn what_stands_in_the_way_is_the_reason_for_which_one_is_skipped(pool: PgPool) {
    let (shop, _receiver, _) = scheduled(&pool, 1).await;
    let turn = async |at: &str| {
        shop.forward_to(at);
        assert_eq!(shop.commands.begin_due_drills().await.unwrap(), 0);
        let drill = shop.drill().await;
        assert_eq!((drill.outcome, drill.back), (Some(Outcome::Skipped), None));
        drill.why.unwrap()
    };
    let why = turn("2026-11-02T09:05:00Z").await;
    assert!(why.contains("no release before"), "{why}");
    let standing = shop.commands.reads().drill_standing(shop.service).await.unwrap();
    let closes: DateTime<Utc> = "2026-11-02T11:00:00Z".parse().unwrap();
    assert_eq!(standing.overdue_since(closes), Some(closes));

    shop.forward_to("2026-11-03T09:00:00Z");
    shop.report_good(2, "staging").await;
    let open = shop.ask(3, |raw| raw.deploy.environment = "staging".into()).await;
    shop.bring(open, Phase::Deploy, 0).await;
    let why = turn("2026-11-03T09:05:00Z").await;
    assert!(why.contains(&open.to_string()), "{why}");
    assert_eq!(shop.holder().await, Some(open.0), "nothing was touched");
    assert_eq!(shop.finish(open).await, End::Succeeded);

    let document = "apiVersion: fairway.dev/v1\nkind: Policy\nmetadata: {name: Here}\n\
                    spec: {match: {environments: [staging]}, exclude: [initiator], minApprovals: 1, freezes: [{name: Advent, timeZone: UTC, \
                    from: '2000-01-01T00:00', to: '2100-01-01T00:00'}]}\n";
    let form = PolicyForm {
        document: document.to_owned(),
        position: 1,
        replaces: None,
    };
    shop.commands.save_policy(&by(), &form).await.unwrap();
    let why = turn("2026-11-04T09:05:00Z").await;
    assert!(why.contains("the freeze Advent"), "{why}");
    let drives: i64 = sqlx::query_scalar("select count(*) from drives")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(drives, 1);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_fails_comes_again_all_the_same_and_opens_no_incident(pool: PgPool) {
    let (shop, _receiver, deploys) = staged(&pool, 2).await;
    let at = ("shop", "staging");
    let back = shop
        .commands
        .start_drill(&by(), at, "before the season")
        .await
        .unwrap();
    let twice = shop.commands.start_drill(&by(), at, "before the season").await;
    assert!(matches!(twice, Err(CommandError::Conflict { why }) if why.contains("on its way")));
    let place = shop.bring(back, Phase::Verify, 0).await;
    shop.judge(back, &place, fail()).await;
    assert_eq!(shop.settle(back).await, Standing::Ended(End::Failed));
    let again = shop.drill().await.again.unwrap();
    assert_eq!(shop.finish(again).await, End::Succeeded);
    let drill = shop.drill().await;
    assert_eq!((drill.outcome, drill.took()), (Some(Outcome::Failed), None));
    let why = drill.why.unwrap();
    assert!(
        why.contains("going back did not work") && why.contains("error rate"),
        "{why}"
    );
    assert_eq!(shop.incidents_and_pages().await, (0, 1));
    let running = shop.commands.reads().running(shop.service).await.unwrap();
    let staging = running
        .iter()
        .find(|release| release.deploy.environment == "staging");
    assert_eq!(staging.unwrap().deploy.id, again);
    let undone = shop.commands.reads().deploy(deploys[1]).await.unwrap().unwrap();
    assert!(!undone.summary.failed && undone.summary.rolled_back_by.is_none());
}

#[sqlx::test(migrations = "../migrations")]
async fn what_somebody_deploys_meanwhile_stays(pool: PgPool) {
    let (shop, _receiver, _) = staged(&pool, 2).await;
    let at = ("shop", "staging");
    let back = shop
        .commands
        .start_drill(&by(), at, "before the season")
        .await
        .unwrap();
    shop.bring(back, Phase::Verify, 0).await;
    shop.clock.forward(TimeDelta::minutes(1));
    shop.report_good(3, "staging").await;
    assert_eq!(shop.settle(back).await, Standing::Ended(End::Superseded));
    let drill = shop.drill().await;
    assert_eq!((drill.outcome, drill.again), (Some(Outcome::Failed), None));
    assert_eq!(shop.holder().await, None);
}

#[sqlx::test(migrations = "../migrations")]
async fn no_drill_touches_production(pool: PgPool) {
    let (shop, _receiver, _) = staged(&pool, 2).await;
    shop.report_good(2, "production").await;
    let of = RawSchedule {
        environment: "production".into(),
        ..schedule()
    };
    let refused = shop.commands.set_drill_schedule(&by(), "shop", &of).await;
    assert!(matches!(refused, Err(CommandError::Invalid(_))), "{refused:?}");
    let at = ("shop", "production");
    let refused = shop.commands.start_drill(&by(), at, "before the season").await;
    assert!(matches!(refused, Err(CommandError::Conflict { why }) if why.contains("never touch production")));
    // What was staging when the drill began may be production by the time that something is ordered.
    let at = ("shop", "staging");
    let back = shop
        .commands
        .start_drill(&by(), at, "before the season")
        .await
        .unwrap();
    sqlx::query("update environments set class = 'production' where name = 'staging'")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(shop.settle(back).await, Standing::Ended(End::Failed));
    assert!(shop.dispatched(back).await.is_empty());
    let drill = shop.drill().await;
    assert_eq!((drill.outcome, drill.again), (Some(Outcome::Failed), None));
}

#[sqlx::test(migrations = "../migrations")]
async fn a_release_can_be_pulled_once_an_executor_said_that_it_was(pool: PgPool) {
    let (shop, _receiver, _) = staged(&pool, 2).await;
    let running = shop.report_good(2, "production").await;
    let known = async || {
        let readiness = shop.commands.reads().readiness(shop.service, running).await;
        readiness.unwrap().pullable().unwrap()
    };
    assert!(matches!(known().await, Pullable::Pinned { seen_at: Some(_) }));
    let at = ("shop", "staging");
    let back = shop
        .commands
        .start_drill(&by(), at, "before the season")
        .await
        .unwrap();
    let place = shop.bring(back, Phase::Deploy, 0).await;
    let raw = RawReport {
        key: shop.drive(back).await.key_of(&place),
        outcome: "succeeded".into(),
        pulled: Some(true),
        ..RawReport::default()
    };
    let new = NewReport::parse(raw, shop.commands.now()).unwrap();
    shop.commands.report_drive(&by(), new).await.unwrap();
    assert!(matches!(known().await, Pullable::Pulled { .. }));
}
