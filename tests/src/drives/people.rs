//! Who did what with a drive, and what is left of them when they are erased.

use std::{sync::Arc, time::Duration};

use commands::Commands;
use domain::{
    access::{Grant, Role},
    actor::Viewer,
    deploys::drive::{End, Phase, Standing, request::NewDrive},
    ids::{GrantId, PersonId},
};
use sqlx::{PgPool, postgres::PgPoolOptions};
use store::Store;
use uuid::Uuid;

use super::{Shop, by, raw};

const ADA: PersonId = PersonId(Uuid::from_u128(0xada));

fn ada(role: Role) -> Viewer {
    let grant = Grant {
        id: GrantId(Uuid::nil()),
        role,
        team: None,
        tiers: Vec::new(),
        classes: Vec::new(),
    };
    Viewer::person(ADA, "Ada Canary".into(), vec![grant])
}

#[sqlx::test(migrations = "../migrations")]
async fn whoever_asked_is_known_until_they_are_erased(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    sqlx::query(
        "insert into people (id, display_name, login, created_at) values ($1, 'Ada Canary', 'ada', now())",
    )
    .bind(ADA.0)
    .execute(&pool)
    .await
    .unwrap();
    let ask = async |who: &Viewer| {
        let new = NewDrive::parse(raw(2), shop.commands.now()).unwrap();
        shop.commands.start_drive(who, new).await
    };
    assert!(
        ask(&ada(Role::Viewer)).await.is_err(),
        "a viewer asks for nothing"
    );
    let deploy = ask(&ada(Role::Developer)).await.unwrap().id;
    shop.bring(deploy, Phase::AwaitingApproval, 0).await;
    shop.commands
        .cancel_drive(&ada(Role::Developer), deploy, "wrong branch")
        .await
        .unwrap();
    assert_eq!(shop.settle(deploy).await, Standing::Ended(End::Cancelled));
    assert_eq!(shop.detail(deploy).await.started_by, "Ada Canary");
    let summary = shop
        .commands
        .reads()
        .deploy(deploy)
        .await
        .unwrap()
        .unwrap()
        .summary;
    assert_eq!(
        summary.initiator.unwrap().name,
        "Ada Canary",
        "by name, and not by login"
    );

    shop.commands
        .erase_person(&by(), ADA, "asked for by mail")
        .await
        .unwrap();
    for table in [
        "deploys",
        "drives",
        "drive_phases",
        "drive_inputs",
        "deploy_events",
    ] {
        let sql = format!("select count(*) from {table} t where t::text like '%Canary%'");
        let named: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(named, 0, "{table}");
    }
}

/// As many requests at once as there are connections would wait for each other if each needed a second one.
#[sqlx::test(migrations = "../migrations")]
async fn asking_for_somebody_takes_one_connection(pool: PgPool) {
    let shop = Shop::open(&pool).await;
    let one = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        .connect_lazy_with((*pool.connect_options()).clone());
    let commands = Commands::new(Store::on(one), Arc::new(shop.clock.clone()));
    let mut raw = raw(2);
    raw.deploy.initiator = Some("eve@fairway.example".into());
    let new = NewDrive::parse(raw, shop.commands.now()).unwrap();
    assert!(commands.start_drive(&by(), new).await.unwrap().is_new);
}
