//! The database server itself: its version and clock, and databases made and dropped whole.

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Postgres, migrate::MigrateDatabase, postgres::PgConnectOptions,
};

use crate::{Reads, Result, Store, connecting::refused};

/// PostgreSQL's code for what somebody else is using.
const OBJECT_IN_USE: &str = "55006";

/// What `fairway doctor` asks of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerFacts {
    /// Major version, for example 15.
    pub major_version: i32,
    /// The server's clock while it answered.
    pub now: DateTime<Utc>,
}

impl Reads {
    /// Version and clock of the server.
    pub async fn server_facts(&self) -> Result<ServerFacts> {
        let (version, now): (i32, DateTime<Utc>) =
            sqlx::query_as("select current_setting('server_version_num')::int, clock_timestamp()")
                .fetch_one(&self.pool)
                .await?;
        Ok(ServerFacts {
            major_version: version / 10_000,
            now,
        })
    }

    /// A word that no other database has, and that tells nothing of it: two processes with the same one share their data.
    pub async fn installation(&self) -> Result<String> {
        let place: String = sqlx::query_scalar(
            "select system_identifier || '/' || (select oid from pg_database where datname = current_database())
             from pg_control_system()",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(hex::encode(&Sha256::digest(place)[..8]))
    }
}

impl Store {
    /// Makes the database that an address names, unless it exists. The role needs the right to make databases. Nothing is in it:
    /// what an admin gave their own new databases would be in the way of what is restored.
    pub async fn create_database(url: &str) -> Result<()> {
        if Postgres::database_exists(url).await.map_err(refused)? {
            return Ok(());
        }
        let address: PgConnectOptions = url.parse().map_err(refused)?;
        let name = address.get_database().unwrap_or_default().replace('"', "\"\"");
        let statement = format!("create database \"{name}\" template template0");
        let beside = address.clone().database("postgres");
        let mut connection = beside.connect().await.map_err(refused)?;
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut connection)
            .await
            .map_err(refused)?;
        connection.close().await.map_err(refused)
    }

    /// Lets this database answer before a commit is on disk, on this connection and on those opened from now on: the demo's
    /// data can be made again, and making it waits for no disk.
    pub async fn relax_durability(&self) -> Result<()> {
        let statement = "do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$";
        let mut connection = self.pool.acquire().await?;
        sqlx::query(statement).execute(&mut *connection).await?;
        sqlx::query("set synchronous_commit = off")
            .execute(&mut *connection)
            .await?;
        Ok(())
    }

    /// Drops the database that an address names, with everything in it, ending the sessions on it; does nothing when
    /// there is none.
    pub async fn drop_database(url: &str) -> Result<()> {
        Postgres::force_drop_database(url).await.map_err(refused)
    }

    /// Drops the database that an address names, with everything in it, unless somebody is connected to it; says whether
    /// it is gone. PostgreSQL waits five seconds for sessions that are ending.
    pub async fn drop_unused_database(url: &str) -> Result<bool> {
        match Postgres::drop_database(url).await {
            Err(sqlx::Error::Database(problem)) if problem.code().as_deref() == Some(OBJECT_IN_USE) => {
                Ok(false)
            }
            dropped => dropped.map(|()| true).map_err(refused),
        }
    }
}
