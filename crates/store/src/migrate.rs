//! Migrations: forward only, one lock at a time, never waiting long for a table that is in use.

use crate::{Result, Store, StoreError};

/// The migrations of this version, compiled in.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

/// How the database's schema stands to this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationState {
    /// Everything this version needs is there.
    Current,
    /// So many migrations are missing: run `fairway migrate`.
    Behind(usize),
}

impl Store {
    /// Applies what is missing. Waits at most 5 s for any table lock, so that a running version is never blocked for long.
    pub async fn migrate(&self) -> Result<()> {
        let mut connection = self.pool.acquire().await?;
        sqlx::query("set lock_timeout = '5s'")
            .execute(&mut *connection)
            .await?;
        let outcome = MIGRATOR.run(&mut *connection).await.map_err(StoreError::Migrate);
        sqlx::query("reset lock_timeout")
            .execute(&mut *connection)
            .await?;
        drop(connection);
        outcome?;
        // The job queue brings its own schema and migrations.
        let queue = graphile_worker::WorkerUtils::new(self.pool.clone(), graphile_worker::Schema::default());
        queue
            .migrate()
            .await
            .map_err(|error| StoreError::Jobs(error.to_string()))?;
        self.index_failed_jobs().await
    }

    /// Every page counts the jobs that failed: a handful in a queue that may be long. The table is the queue's, so no migration
    /// of ours can know when it is there.
    async fn index_failed_jobs(&self) -> Result<()> {
        let known: Option<String> =
            sqlx::query_scalar("select to_regclass('graphile_worker.fairway_jobs_failed')::text")
                .fetch_one(&self.pool)
                .await?;
        if known.is_none() {
            sqlx::query(
                "create index if not exists fairway_jobs_failed
                 on graphile_worker._private_jobs (created_at desc, id desc)
                 where last_error is not null or attempts >= max_attempts",
            )
            .execute(&self.pool)
            .await?;
        }
        Ok(())
    }

    /// How many migrations are missing.
    pub async fn migration_state(&self) -> Result<MigrationState> {
        let table: Option<String> = sqlx::query_scalar("select to_regclass('_sqlx_migrations')::text")
            .fetch_one(&self.pool)
            .await?;
        if table.is_none() {
            return Ok(MigrationState::Behind(MIGRATOR.iter().count()));
        }
        let applied: Vec<i64> = sqlx::query_scalar("select version from _sqlx_migrations where success")
            .fetch_all(&self.pool)
            .await?;
        let missing = MIGRATOR
            .iter()
            .filter(|migration| !applied.contains(&migration.version))
            .count();
        Ok(if missing == 0 {
            MigrationState::Current
        } else {
            MigrationState::Behind(missing)
        })
    }
}
