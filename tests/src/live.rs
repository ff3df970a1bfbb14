//! `/live`: what changes reaches every open page once and in one order, whichever process it listens to, and whatever
//! becomes of that process.

mod idle;
mod listener;
mod processes;
mod resuming;
mod streams;

use std::{sync::Arc, time::Duration};

use chrono::Utc;
use commands::{Commands, SystemClock};
use domain::{
    actor::{Actor, Viewer},
    catalog::{NewService, RawService},
    deploys::report::{NewDeploy, RawDeploy, RawPhase},
    ids::{DeployId, ServiceId},
    live::Mark,
};
use sqlx::PgPool;
use store::Store;

/// Commands on a database without any server.
async fn commands(pool: &PgPool) -> Commands {
    let store = Store::on(pool.clone());
    server::migrate(&store).await.unwrap();
    Commands::new(store, Arc::new(SystemClock))
}

fn operator() -> Viewer {
    Viewer::trusted(Actor::CommandLine)
}

async fn service(commands: &Commands, name: &str) -> ServiceId {
    let raw = RawService {
        name: name.into(),
        owner: "group:checkout".into(),
        ..RawService::default()
    };
    let new = NewService::parse(raw).unwrap();
    let service = commands.register_service(&operator(), &new).await.unwrap();
    service.summary.id
}

/// Reports a production deploy that succeeded just now.
async fn deploy(commands: &Commands, service: &str, version: usize) -> DeployId {
    let raw = RawDeploy {
        service: service.into(),
        environment: "production".into(),
        version: Some(format!("1.{version}.0")),
        phases: vec![RawPhase {
            state: "succeeded".into(),
            ..RawPhase::default()
        }],
        ..RawDeploy::default()
    };
    let new = NewDeploy::parse(raw, Utc::now()).unwrap();
    commands.report_deploy(&operator(), new).await.unwrap().id
}

/// The last event of the feed, once everyone may read it: transactions of other tests on the same PostgreSQL, which began
/// before it, have ended.
async fn settled(commands: &Commands, pool: &PgPool) -> String {
    if feed(pool).await.is_empty() {
        write(pool, 1).await;
    }
    let last: Mark = feed(pool).await.pop().unwrap().parse().unwrap();
    while commands.reads().live_end().await.unwrap() < last {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    last.to_string()
}

/// Every event of the feed as its id on the wire, in its order.
async fn feed(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar("select transaction || '.' || number from live_events order by transaction, number")
        .fetch_all(pool)
        .await
        .unwrap()
}

/// Writes events without any command, all in one transaction.
async fn write(pool: &PgPool, count: i64) {
    sqlx::query("insert into live_events (at, kind) select now(), 'catalog' from generate_series(1, $1)")
        .bind(count)
        .execute(pool)
        .await
        .unwrap();
}
