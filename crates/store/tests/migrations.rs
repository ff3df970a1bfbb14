//! The migrations run on an empty database, and running them again changes nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends at what it did not expect"
)]

use store::{MigrationState, Store};

/// A server that these tests have for themselves gives new databases the tables.
const EMPTY: &str = "do $$ declare one name; begin
    for one in select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' loop
        execute format('drop schema %I cascade', one);
    end loop;
    create schema public;
end $$";

#[sqlx::test(migrations = false)]
async fn migrations_apply_once(pool: sqlx::PgPool) {
    sqlx::raw_sql(EMPTY).execute(&pool).await.unwrap();
    let store = Store::on(pool);
    assert!(matches!(
        store.migration_state().await.unwrap(),
        MigrationState::Behind(_)
    ));
    store.migrate().await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(store.migration_state().await.unwrap(), MigrationState::Current);
}
