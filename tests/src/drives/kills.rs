//! A real process that drives, killed at every phase: another goes on where it was, and what was ordered was ordered once.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{TimeDelta, Utc};
use commands::{Commands, SystemClock};
use domain::{
    approvals::Verdict as Word,
    deploys::{
        DeployState as S,
        drive::{End, Phase, Place, Standing, request::RawWaiver},
    },
    executors::RawExecutor,
    ids::DeployId,
};
use sqlx::{ConnectOptions, PgPool};
use store::Store;
use tests::fakes::{
    github::{FakeGithub, NewCommit, RepoHandle},
    hooks::FakeReceiver,
};

use super::{SECRET, Shop, as_it_is, by, fail};
use crate::{
    harness::keyring,
    process::{Fairway, Folder},
};

/// Far more than what is seen: a dead process's jobs are taken over after twenty seconds, what it was sending after half a minute.
const PATIENCE: Duration = Duration::from_secs(300);

/// A workflow whose runs say what dispatched them.
const WORKFLOW: &str = "name: Deploy
run-name: ${{ inputs.act }} (${{ inputs.fairway_delivery }})
on:
  workflow_dispatch:
    inputs:
      act:
      key:
      commit:
      fairway_delivery:
";

pub(super) async fn until<F: Future<Output = bool>>(mut holds: impl FnMut() -> F, what: &str) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Kills the process a moment after something was said, each time a little later, and starts another.
struct Killed {
    folder: Folder,
    variables: Vec<(&'static str, String)>,
    fairway: Fairway,
    kills: u64,
}

impl Killed {
    async fn start(pool: &PgPool, more: &[(&'static str, String)]) -> Self {
        let folder = Folder::new("drives").with_site();
        let mut variables = vec![
            ("DATABASE_URL", pool.connect_options().to_url_lossy().to_string()),
            // As `harness::keyring` has it.
            ("FAIRWAY_KEY", "5a".repeat(32)),
            ("FAIRWAY_OUTBOUND_ALLOW", "127.0.0.1".to_owned()),
        ];
        variables.extend_from_slice(more);
        let fairway = serve(&folder, &variables).await;
        Self {
            folder,
            variables,
            fairway,
            kills: 0,
        }
    }

    async fn kill(&mut self) {
        tokio::time::sleep(Duration::from_millis(7 * self.kills)).await;
        self.fairway.signal("KILL");
        self.fairway.ended().await;
        self.kills += 1;
        self.fairway = serve(&self.folder, &self.variables).await;
    }
}

async fn serve(folder: &Folder, variables: &[(&'static str, String)]) -> Fairway {
    let variables: Vec<(&str, &str)> = variables
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    Fairway::serve(folder, &variables).await
}

/// A shop on the machine's own clock, as the process under test has it.
async fn shop(pool: &PgPool) -> Shop {
    let shop = Shop::open_at(pool, Utc::now() - TimeDelta::hours(2)).await;
    let store = Store::on(pool.clone());
    Shop {
        commands: Commands::new(store, Arc::new(SystemClock)).with_keyring(keyring()),
        ..shop
    }
}

#[sqlx::test(migrations = false)]
async fn a_drive_survives_a_kill_at_every_phase_and_rolls_back_once(pool: PgPool) {
    let receiver = FakeReceiver::start(SECRET, || Utc::now().timestamp()).await;
    let shop = shop(&pool).await.carried_out_by(&receiver).await;
    let mut process = Killed::start(&pool, &[]).await;
    let deploy = shop.ask(2, as_it_is).await;
    process.kill().await;
    for phase in [Phase::AwaitingApproval, Phase::Backup, Phase::Deploy] {
        until(|| is_told(&shop, &receiver, deploy, phase), phase.as_str()).await;
        assert!(shop.say_well(deploy).await);
        process.kill().await;
    }
    until(|| stands(&shop, deploy, Phase::Verify), "it is watched").await;
    let place = *shop.drive(deploy).await.standing.place().unwrap();
    shop.judge(deploy, &place, fail()).await;
    process.kill().await;

    until(
        async || shop.detail(deploy).await.undone_by.is_some(),
        "it is undone",
    )
    .await;
    let undoing = shop.detail(deploy).await.undone_by.unwrap();
    for phase in [Phase::Deploy, Phase::Verify] {
        until(|| is_told(&shop, &receiver, undoing, phase), phase.as_str()).await;
        assert!(shop.say_well(undoing).await);
        process.kill().await;
    }
    until(
        || async { !shop.drive(deploy).await.standing.is_open() },
        "the undone deploy ends",
    )
    .await;
    assert_eq!(
        shop.drive(deploy).await.standing,
        Standing::Ended(End::RolledBack)
    );
    assert_eq!(
        shop.drive(undoing).await.standing,
        Standing::Ended(End::Succeeded)
    );
    assert_eq!(
        shop.states(deploy).await,
        [
            S::Requested,
            S::Prepare,
            S::AwaitingApproval,
            S::Backup,
            S::Deploy,
            S::Verify,
            S::RollingBack,
            S::RolledBack
        ]
    );
    assert_eq!(
        (shop.dispatched(deploy).await, shop.dispatched(undoing).await),
        (vec![100], vec![100])
    );
    let drives: i64 = sqlx::query_scalar("select count(*) from drives")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(drives, 2, "one rollback");
    let acts = || {
        let orders = receiver.orders();
        orders
            .iter()
            .map(|(_, order)| order["act"].clone())
            .collect::<Vec<_>>()
    };
    until(async || acts().len() == 4, "everything is ordered").await;
    assert_eq!(acts(), ["back_up", "deploy", "roll_back", "mark_stable"]);
    println!("{} kills", process.kills);
}

/// A shop whose deploys to production a workflow carries out.
async fn with_workflow(pool: &PgPool) -> (Shop, FakeGithub, RepoHandle) {
    let github = FakeGithub::start().await;
    // Runs are younger than whatever is looked for: the clocks differ.
    github.world().at(Utc::now() + TimeDelta::minutes(10));
    let repo = github.world().act_as("ada").repo("acme/shop");
    repo.commit(NewCommit::new("Start").file(".github/workflows/deploy.yml", WORKFLOW));
    let shop = shop(pool).await;
    let raw = RawExecutor {
        kind: "github_actions".into(),
        repository: "acme/shop".into(),
        workflow: "deploy.yml".into(),
        inputs: "act={act}\nkey={key}\ncommit={commit}".into(),
        ..RawExecutor::default()
    };
    let at = ("shop", "production");
    shop.commands.set_executor(&by(), at, &raw).await.unwrap();
    (shop, github, repo)
}

/// From now on an order that is committed is sent twenty seconds later, so that a process can be killed in between.
const LATER: &str = "create function later() returns trigger language plpgsql as
     $$ begin new.not_before := new.not_before + interval '20 seconds'; return new; end $$;
 create trigger later before insert on outbox for each row when (new.kind = 'execute') execute function later();";

/// Waits until a deploy is ordered; the order is committed then, and nobody has begun to send it.
async fn committed(pool: &PgPool, deploy: DeployId) {
    let ordered = async || {
        let attempts: Option<i32> = sqlx::query_scalar(
            "select attempts from outbox where payload->>'deploy' = $1::text and payload->>'act' = 'deploy'",
        )
        .bind(deploy.to_string())
        .fetch_optional(pool)
        .await
        .unwrap();
        assert_eq!(attempts.unwrap_or(0), 0, "it is too late");
        attempts.is_some()
    };
    until(ordered, "it is ordered").await;
}

/// A decision is taken, and the process ends before, while or after it acts on it: GitHub shows one run.
#[sqlx::test(migrations = false)]
async fn what_was_decided_is_dispatched_once_whenever_the_process_is_killed(pool: PgPool) {
    let (shop, github, repo) = with_workflow(&pool).await;
    let more = [
        ("FAIRWAY_GITHUB_API_URL", github.base_url().to_string()),
        ("FAIRWAY_GITHUB_TOKEN", FakeGithub::TOKEN.to_owned()),
    ];
    let mut process = Killed::start(&pool, &more).await;
    for release in 2..7 {
        let between = release == 6;
        if between {
            sqlx::raw_sql(LATER).execute(&pool).await.unwrap();
        }
        let deploy = shop
            .ask(release, |raw| {
                raw.waivers.push(RawWaiver {
                    item: "backup".into(),
                    reason: "it has no database".into(),
                });
            })
            .await;
        until(
            || stands(&shop, deploy, Phase::AwaitingApproval),
            "people are asked",
        )
        .await;
        let drive = shop.drive(deploy).await;
        assert!(shop.says(&drive, 0, Word::Approve).await);
        // A little later each time: before the decision is followed, while it is, while the order is sent; the last time surely
        // after the order was committed and before it is sent.
        if between {
            committed(&pool, deploy).await;
        }
        process.kill().await;
        until(|| stands(&shop, deploy, Phase::Deploy), "it is deployed").await;
        let key = key(&shop, deploy).await;
        let runs = || {
            let runs = repo.dispatched_runs().into_iter();
            runs.filter(|run| run.inputs["key"] == key).count()
        };
        until(async || runs() > 0, "it is dispatched").await;
        shop.say_well(deploy).await;
        until(|| stands(&shop, deploy, Phase::Verify), "it is watched").await;
        let place = place(&shop, deploy).await.unwrap();
        shop.judge(deploy, &place, super::pass()).await;
        until(
            || async { !shop.drive(deploy).await.standing.is_open() },
            "it ends",
        )
        .await;
        assert_eq!(runs(), 1, "release {release} is dispatched once");
    }
    println!("{} kills", process.kills);
}

async fn place(shop: &Shop, deploy: DeployId) -> Option<Place> {
    shop.drive(deploy).await.standing.place().copied()
}

/// What its present phase is called in orders.
async fn key(shop: &Shop, deploy: DeployId) -> String {
    let drive = shop.drive(deploy).await;
    drive
        .standing
        .place()
        .map_or_else(String::new, |place| drive.key_of(place))
}

/// Whether a drive stands in a phase, and whoever carries it out was told so.
pub(super) async fn is_told(shop: &Shop, receiver: &FakeReceiver, deploy: DeployId, phase: Phase) -> bool {
    if !stands(shop, deploy, phase).await {
        return false;
    }
    let key = key(shop, deploy).await;
    !phase.is_ordered() || receiver.orders().iter().any(|(_, order)| order["key"] == key)
}

async fn stands(shop: &Shop, deploy: DeployId, phase: Phase) -> bool {
    let standing = shop.drive(deploy).await.standing;
    standing.place().is_some_and(|place| place.phase == phase)
}
