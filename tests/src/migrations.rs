//! Migrations on tables with rows: each runs on a database that holds sample rows of every version before it.
//!
//! A migration that makes tables or columns ships rows for them in `tests/data/migrations/<version>.sql`.

use sqlx::{AssertSqlSafe, Executor, PgPool};
use store::MIGRATOR;

/// The rows of a version; none where it only adds indexes.
fn sample(version: i64) -> Option<String> {
    let file = format!("{}/data/migrations/{version}.sql", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(file).ok()
}

/// Takes away what the server gave a new database.
pub(crate) async fn empty(pool: &PgPool) {
    let schemas: Vec<String> = sqlx::query_scalar(
        "select nspname::text from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    for schema in schemas {
        let drop = format!("drop schema \"{schema}\" cascade");
        pool.execute(AssertSqlSafe(drop)).await.unwrap();
    }
    pool.execute("create schema public").await.unwrap();
}

#[sqlx::test(migrations = false)]
async fn every_migration_runs_on_the_rows_of_the_versions_before_it(pool: PgPool) {
    empty(&pool).await;
    let mut filled = 0;
    for migration in MIGRATOR.iter() {
        let outcome = pool
            .execute(AssertSqlSafe(migration.sql.as_str().to_owned()))
            .await;
        outcome.unwrap_or_else(|problem| panic!("{} on tables with rows: {problem}", migration.description));
        if let Some(rows) = sample(migration.version) {
            let outcome = pool.execute(AssertSqlSafe(rows)).await;
            outcome.unwrap_or_else(|problem| panic!("sample rows of {}: {problem}", migration.version));
            filled += 1;
        }
    }
    assert!(filled >= 11, "only {filled} versions brought rows");
    let empty: Vec<String> = empty_tables(&pool).await;
    assert!(
        empty.is_empty(),
        "no sample rows in {empty:?}: add them to tests/data/migrations"
    );
}

/// Tables of the schema without a row, data that migrations bring themselves and partitions aside.
async fn empty_tables(pool: &PgPool) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut empty = Vec::new();
    for table in tables {
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!("select count(*) from \"{table}\"")))
            .fetch_one(pool)
            .await
            .unwrap();
        if count == 0 {
            empty.push(table);
        }
    }
    empty
}

#[sqlx::test(migrations = false)]
async fn audit_rows_cannot_be_changed(pool: PgPool) {
    store::Store::on(pool.clone()).migrate().await.unwrap();
    let insert = "insert into audit (id, at, actor_kind, actor_name, action, subject)
                  values (gen_random_uuid(), now(), 'local', 'local operator', 'x.do', 'x:1')";
    pool.execute(insert).await.unwrap();
    assert!(
        pool.execute("update audit set actor_name = 'somebody else'")
            .await
            .is_err()
    );
    assert!(pool.execute("delete from audit").await.is_err());
}
