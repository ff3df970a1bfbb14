//! The database server itself: its version and clock, and databases made and dropped whole.

use chrono::{DateTime, Utc};
use sqlx::{Postgres, migrate::MigrateDatabase};

use crate::{Reads, Result, Store};

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
}

impl Store {
    /// Makes the database that an address names, unless it exists. The role needs the right to make databases.
    pub async fn create_database(url: &str) -> Result<()> {
        if !Postgres::database_exists(url).await? {
            Postgres::create_database(url).await?;
        }
        Ok(())
    }

    /// Lets this database answer before a commit is on disk, for connections opened from now on: the demo's data can be
    /// made again, and making it waits for no disk.
    pub async fn relax_durability(&self) -> Result<()> {
        let statement = "do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$";
        sqlx::query(statement).execute(&self.pool).await?;
        Ok(())
    }

    /// Drops the database that an address names, with everything in it, ending the sessions on it; does nothing when
    /// there is none.
    pub async fn drop_database(url: &str) -> Result<()> {
        Ok(Postgres::force_drop_database(url).await?)
    }
}
