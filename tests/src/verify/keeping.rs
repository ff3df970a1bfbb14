//! Samples go some time after their deploy ended, and never where something was decided by them.

use commands::Commands;
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

use super::commands;

/// Whether Fairway drives a deploy, and how that ended.
enum Driven {
    No,
    OnItsWay,
    Ended(&'static str),
}

/// A deploy of the shop with two samples of a watch, so many days ago.
struct Old {
    number: u128,
    days: i32,
    drive: Driven,
    verdict: &'static str,
}

impl Old {
    fn passed(number: u128, days: i32) -> Self {
        Self {
            number,
            days,
            drive: Driven::Ended("succeeded"),
            verdict: "pass",
        }
    }

    async fn store(&self, pool: &PgPool) {
        let id = Uuid::from_u128(self.number);
        let (shop, production, days) = (Uuid::from_u128(2), Uuid::from_u128(3), self.days);
        let failure = match self.verdict {
            "fail" => "'error_ratio', now(), 'ask', 2, 0.01",
            _ => "null, null, null, null, null",
        };
        let rows = format!(
            "insert into deploys (id, service_id, environment_id, key, source, version, created_at)
                 values ('{id}', '{shop}', '{production}', 'api:{id}', 'api', '2', now() - interval '{days} days');
             insert into verify_verdicts (deploy_id, weight, service_id, version, exposed_at, matrix, verdict, is_over, kind,
                 since, remedy, slot, threshold, noted_at)
                 values ('{id}', 100, '{shop}', '2', now(), '{{}}', '{}', true, {failure}, now());
             insert into verify_samples (deploy_id, weight, kind, slot, due_at, taken_at, window_ms, query, threshold, value)
                 select '{id}', 100, 'error_ratio', slot, at, at, 30000, 'up', 0.01, 0
                 from unnest(array[1, 2]) slot, (select now() - interval '{days} days' as at) t;",
            self.verdict
        );
        sqlx::raw_sql(AssertSqlSafe(rows)).execute(pool).await.unwrap();
        let ended = match self.drive {
            Driven::No => return,
            Driven::OnItsWay => None,
            Driven::Ended(how) => Some(how),
        };
        drive(pool, (id, None), (self.days, ended)).await;
    }
}

/// A drive that began and, where it did, ended so many days ago.
async fn drive(
    pool: &PgPool,
    (deploy, undoes): (Uuid, Option<Uuid>),
    (days, ended): (i32, Option<&'static str>),
) {
    sqlx::query(
        "insert into drives (deploy_id, service_id, environment_id, strategy, weights, undoes, waivers, started_by, created_at,
             phase, ended, round, step, since, exposed, look_at)
         select d.id, d.service_id, d.environment_id, 'rolling', '{100}', $2, '[]', 'a test', t.at,
             case when $4::text is null then 'verify' end, $4, 0, 0, t.at, true, t.at
         from deploys d, (select now() - make_interval(days => $3) as at) t where d.id = $1",
    )
    .bind(deploy)
    .bind(undoes)
    .bind(days)
    .bind(ended)
    .execute(pool)
    .await
    .unwrap();
}

/// The numbers of the deploys of which samples are kept.
async fn kept(pool: &PgPool) -> Vec<u128> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select deploy_id from verify_samples group by 1 having count(*) = 2 order by deploy_id",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    ids.into_iter().map(|id| id.as_u128()).collect()
}

async fn months(pool: &PgPool) -> i64 {
    sqlx::query_scalar("select count(*) from pg_inherits where inhparent = 'verify_samples'::regclass")
        .fetch_one(pool)
        .await
        .unwrap()
}

/// A shop whose samples of a hundred days ago have a month of their own.
async fn aged(pool: &PgPool) -> Commands {
    let commands = commands(pool, None).await;
    sqlx::query("select ensure_month_partitions('verify_samples', (now() - interval '100 days')::date, 1)")
        .execute(pool)
        .await
        .unwrap();
    commands
}

#[sqlx::test(migrations = false)]
async fn samples_go_a_month_after_the_end_and_stay_where_something_was_decided_by_them(pool: PgPool) {
    let commands = aged(&pool).await;
    let before = months(&pool).await;
    for old in [
        Old::passed(19, 29),
        Old::passed(20, 60),
        Old::passed(21, 31),
        Old {
            verdict: "fail",
            ..Old::passed(22, 31)
        },
        Old::passed(23, 31),
        Old {
            drive: Driven::OnItsWay,
            ..Old::passed(24, 40)
        },
        Old {
            drive: Driven::No,
            ..Old::passed(25, 31)
        },
        Old::passed(26, 100),
    ] {
        old.store(&pool).await;
    }
    // Somebody had the deploy undone whose watch had passed; nothing was ever measured of what undid it.
    drive(
        &pool,
        (Uuid::from_u128(5), Some(Uuid::from_u128(23))),
        (31, Some("failed")),
    )
    .await;
    // What began long ago and ended just now is as young as its end.
    sqlx::query("update drives set since = now() where deploy_id = $1")
        .bind(Uuid::from_u128(20))
        .execute(&pool)
        .await
        .unwrap();
    for _ in 0..2 {
        commands.drop_old().await.unwrap();
        assert_eq!(kept(&pool).await, [19, 20, 22, 23, 24]);
        assert_eq!(
            months(&pool).await,
            before - 1,
            "a month of which nothing is left goes whole"
        );
    }
}

#[sqlx::test(migrations = false)]
async fn a_month_that_holds_what_was_decided_by_stays(pool: PgPool) {
    let commands = aged(&pool).await;
    let before = months(&pool).await;
    Old::passed(30, 100).store(&pool).await;
    Old {
        verdict: "fail",
        ..Old::passed(31, 100)
    }
    .store(&pool)
    .await;
    commands.drop_old().await.unwrap();
    assert_eq!(kept(&pool).await, [31]);
    assert_eq!(months(&pool).await, before);
}
