//! The audit trail: no change without a row, no row that anybody can alter, delete or insert unseen, and the proof of it in
//! the hands of others.

mod erasing;
mod outside;
mod rules;
mod sealing;
mod tampering;

use std::sync::Arc;

use chrono::TimeDelta;
use commands::{
    CommandError, Commands, SystemClock,
    trail::{Verdict, Verifying},
};
use domain::actor::{Actor, Viewer};
use sqlx::{AssertSqlSafe, Executor as _, PgPool};
use store::{SealRules, Store};

/// Commands on a database without any server.
async fn commands(pool: &PgPool) -> Commands {
    let store = Store::on(pool.clone());
    server::migrate(&store).await.unwrap();
    Commands::new(store, Arc::new(SystemClock))
}

fn operator() -> Viewer {
    Viewer::trusted(Actor::CommandLine)
}

/// A change that writes one row.
async fn change(commands: &Commands, name: &str) -> Result<(), CommandError> {
    let mut organisation = commands.organisation().await?;
    organisation.name = name.to_owned();
    commands.describe_organisation(&operator(), &organisation).await
}

/// Writes rows of every shape past the commands: `count` of them in one transaction, a second apart.
async fn write(pool: &PgPool, from: i64, count: i64) {
    sqlx::query(include_str!("audit/rows.sql"))
        .bind(from)
        .bind(count)
        .execute(pool)
        .await
        .unwrap();
}

/// Seals everything with a checkpoint at every so many seals.
async fn seal(commands: &Commands, checkpoint_every: i64) -> usize {
    let rules = SealRules {
        at_once: 1_000,
        checkpoint_every,
    };
    let mut all = 0;
    loop {
        let sealed = commands.store().seal_audit(commands.now(), rules).await.unwrap();
        all += sealed;
        if sealed == 0 {
            return all;
        }
    }
}

/// The trail as it is now, all of it.
async fn verdict(commands: &Commands, checkpoint_every: i64) -> Verdict {
    let asked = Verifying {
        checkpoint_every,
        unsealed_after: TimeDelta::hours(1),
        ..Verifying::default()
    };
    commands.verify_audit(&asked).await.unwrap()
}

/// Runs SQL as whoever owns the database and switches triggers off.
async fn tamper(pool: &PgPool, sql: &str) {
    let mut connection = pool.acquire().await.unwrap();
    connection
        .execute("set session_replication_role = replica")
        .await
        .unwrap();
    connection.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    connection
        .execute("reset session_replication_role")
        .await
        .unwrap();
}
