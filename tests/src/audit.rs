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
    sqlx::query(
        "insert into audit (id, at, actor_kind, actor_id, actor_name, action, subject, reason, before, after, request_id,
                            address, user_agent)
         select gen_random_uuid(), now() - make_interval(hours => 2) + make_interval(secs => n),
             case when n % 3 = 0 then 'token' else 'person' end,
             case when n % 5 = 0 then null else gen_random_uuid() end, 'ada ' || n, 'deploy.correct', 'deploy:' || n,
             case when n % 2 = 0 then 'reason \"' || n || E'\\n' end,
             case when n % 4 = 0 then jsonb_build_object('planned', false, 'weight', 1.50 * n) end,
             case when n % 7 > 0 then jsonb_build_object('z', n, 'list', array[n, n + 1], 'text', 'é' || n) end,
             'request-' || n, '192.0.2.' || n % 250, case when n % 6 > 0 then 'curl/8' end
         from generate_series($1::bigint, $1 + $2 - 1) n",
    )
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
