//! The migrations run on an empty database, and running them again changes nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test ends at what it did not expect"
)]

use store::{MigrationState, Store};

#[sqlx::test(migrations = false)]
async fn migrations_apply_once(pool: sqlx::PgPool) {
    let store = Store::on(pool);
    assert!(matches!(
        store.migration_state().await.unwrap(),
        MigrationState::Behind(_)
    ));
    store.migrate().await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(store.migration_state().await.unwrap(), MigrationState::Current);
}
