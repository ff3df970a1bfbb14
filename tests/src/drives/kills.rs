//! A real process that drives, killed at every phase: another goes on where it was, and what was ordered was ordered once.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{TimeDelta, Utc};
use commands::{Commands, SystemClock};
use domain::deploys::{
    DeployState as S,
    drive::{End, Phase, Standing},
};
use sqlx::{ConnectOptions, PgPool};
use store::Store;

use super::{Shop, as_it_is, fail};
use crate::process::{Fairway, Folder};

/// Far more than what is seen: a dead process's jobs are taken over after twenty seconds.
const PATIENCE: Duration = Duration::from_secs(120);

async fn until<F: Future<Output = bool>>(mut holds: impl FnMut() -> F, what: &str) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < PATIENCE, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Kills the process a moment after something was said, each time a little later, and starts another.
struct Killed {
    folder: Folder,
    url: String,
    fairway: Fairway,
    kills: u64,
}

impl Killed {
    async fn start(pool: &PgPool) -> Self {
        let folder = Folder::new("drives").with_site();
        let url = pool.connect_options().to_url_lossy().to_string();
        let fairway = Fairway::serve(&folder, &[("DATABASE_URL", &url)]).await;
        Self {
            folder,
            url,
            fairway,
            kills: 0,
        }
    }

    async fn kill(&mut self) {
        tokio::time::sleep(Duration::from_millis(7 * self.kills)).await;
        self.fairway.signal("KILL");
        self.fairway.ended().await;
        self.kills += 1;
        self.fairway = Fairway::serve(&self.folder, &[("DATABASE_URL", &self.url)]).await;
    }
}

/// A shop on the machine's own clock, as the process under test has it.
async fn shop(pool: &PgPool) -> Shop {
    let shop = Shop::open_at(pool, Utc::now() - TimeDelta::hours(2)).await;
    let store = Store::on(pool.clone());
    Shop {
        commands: Commands::new(store, Arc::new(SystemClock)),
        ..shop
    }
}

#[sqlx::test(migrations = false)]
async fn a_drive_survives_a_kill_at_every_phase_and_rolls_back_once(pool: PgPool) {
    let shop = shop(&pool).await;
    let mut process = Killed::start(&pool).await;
    let deploy = shop.ask(2, as_it_is).await;
    process.kill().await;
    for phase in [Phase::AwaitingApproval, Phase::Backup, Phase::Deploy] {
        until(|| stands(&shop, deploy, phase), phase.as_str()).await;
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
        until(|| stands(&shop, undoing, phase), phase.as_str()).await;
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
    println!("{} kills", process.kills);
}

async fn stands(shop: &Shop, deploy: domain::ids::DeployId, phase: Phase) -> bool {
    let standing = shop.drive(deploy).await.standing;
    standing.place().is_some_and(|place| place.phase == phase)
}
