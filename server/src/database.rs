//! The way from the settings to an open store: Fairway's own PostgreSQL or a given one, and the demo's database.

mod error;

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use store::{MigrationState, Store};
use url::Url;

pub use self::error::DatabaseError;
pub(crate) use self::error::{chain, next_step};
use crate::{
    config::{DatabaseConfig, Source},
    postgres::Embedded,
};

/// How long a start waits for a PostgreSQL that is starting too, as in compose and Kubernetes.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// An open store and the server behind it when that is Fairway's own.
#[derive(Debug)]
pub struct Database {
    store: Store,
    url: SecretString,
    embedded: Option<Embedded>,
}

impl Database {
    /// Opens the database, starting Fairway's own PostgreSQL when no other is set; the demo's database is made when it
    /// is missing. A server that does not answer yet is asked again for as long as `patience`.
    ///
    /// # Errors
    /// [`DatabaseError`] with what to do.
    pub async fn open(config: &DatabaseConfig, patience: Duration) -> Result<Self, DatabaseError> {
        let (url, embedded) = match &config.source {
            Source::Url(url) => (url.clone(), None),
            Source::Embedded { data_dir, bin_dir } => {
                let embedded = Embedded::start(data_dir.as_deref(), bin_dir.as_deref()).await?;
                tracing::info!(folder = %embedded.data_dir().display(), "using Fairway's own PostgreSQL");
                (embedded.url(embedded_name(config)), Some(embedded))
            }
        };
        match connect(&url, config, patience).await {
            Ok(store) => Ok(Self { store, url, embedded }),
            Err(problem) => {
                stop(embedded).await;
                Err(problem)
            }
        }
    }

    /// The open store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The address of the database.
    pub fn url(&self) -> &SecretString {
        &self.url
    }

    /// A new, empty database on the same server, named like this one with `_suffix` at the end; one that was left
    /// behind under that name goes first.
    ///
    /// # Errors
    /// [`DatabaseError`] when the role may not make databases.
    pub async fn beside(&self, suffix: &str) -> Result<Self, DatabaseError> {
        let mut url = Url::parse(self.url.expose_secret())
            .map_err(|problem| DatabaseError::Address(problem.to_string()))?;
        let own = url.path().trim_start_matches('/').to_owned();
        let name = name_beside(&own, suffix)?;
        url.set_path(&name);
        let text = url.to_string();
        Store::drop_database(&text)
            .await
            .map_err(DatabaseError::Unreachable)?;
        Store::create_database(&text)
            .await
            .map_err(DatabaseError::Unreachable)?;
        let url = SecretString::from(text);
        let store = open_store(&url, FEW_CONNECTIONS).await?;
        Ok(Self {
            store,
            url,
            embedded: None,
        })
    }

    /// Drops this database with everything in it.
    ///
    /// # Errors
    /// [`DatabaseError`] when the server does not answer or the role may not drop it.
    pub async fn drop_whole(self) -> Result<(), DatabaseError> {
        self.store.close().await;
        Store::drop_database(self.url.expose_secret())
            .await
            .map_err(DatabaseError::Unreachable)
    }

    /// Closes the connections and stops Fairway's own PostgreSQL unless another process uses it.
    pub async fn close(self) {
        self.store.close().await;
        stop(self.embedded).await;
    }

    /// Drops the demo's database with everything in it, unless a process still uses it: that one would lose its tables
    /// under its feet and blame the database.
    ///
    /// # Errors
    /// [`DatabaseError`] when it is in use, the server does not answer or the role may not drop it.
    pub async fn drop_demo(config: &DatabaseConfig) -> Result<(), DatabaseError> {
        let (url, embedded) = match &config.source {
            Source::Url(url) => (url.clone(), None),
            Source::Embedded { data_dir, bin_dir } => {
                let embedded = Embedded::start(data_dir.as_deref(), bin_dir.as_deref()).await?;
                (embedded.url(DEMO), Some(embedded))
            }
        };
        let dropped = Store::drop_unused_database(url.expose_secret()).await;
        stop(embedded).await;
        if dropped.map_err(DatabaseError::Unreachable)? {
            Ok(())
        } else {
            Err(DatabaseError::DemoInUse)
        }
    }
}

/// PostgreSQL cuts longer names off, in bytes; a name that was cut could be that of the real database.
const LONGEST_NAME: usize = 63;

/// A name of its own for a database beside `own`, never the same as `own`.
fn name_beside(own: &str, suffix: &str) -> Result<String, DatabaseError> {
    let mut end = own.len().min(LONGEST_NAME.saturating_sub(suffix.len() + 1));
    while !own.is_char_boundary(end) {
        end -= 1;
    }
    let name = format!("{}_{suffix}", &own[..end]);
    if name == own {
        let next = format!("its name is the one that the database beside it would get; rename {own}");
        return Err(DatabaseError::Address(next));
    }
    Ok(name)
}

/// For a database that one command works on.
const FEW_CONNECTIONS: u32 = 2;

const REAL: &str = "fairway";
const DEMO: &str = "fairway_demo";

fn embedded_name(config: &DatabaseConfig) -> &'static str {
    if config.demo { DEMO } else { REAL }
}

async fn stop(embedded: Option<Embedded>) {
    if let Some(embedded) = embedded
        && let Err(problem) = embedded.stop().await
    {
        tracing::error!(%problem, "Fairway's own PostgreSQL did not stop");
    }
}

async fn connect(
    url: &SecretString,
    config: &DatabaseConfig,
    patience: Duration,
) -> Result<Store, DatabaseError> {
    let own = matches!(config.source, Source::Embedded { .. });
    let begun = Instant::now();
    loop {
        let problem = match try_connect(url, config, own).await {
            Ok(store) => return Ok(store),
            Err(DatabaseError::Unreachable(problem)) => problem,
            Err(other) => return Err(other),
        };
        if begun.elapsed() >= patience || !problem.is_passing() {
            return Err(DatabaseError::Unreachable(problem));
        }
        tracing::warn!(
            problem = chain(&problem),
            "the database does not answer yet; trying again"
        );
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn try_connect(url: &SecretString, config: &DatabaseConfig, own: bool) -> Result<Store, DatabaseError> {
    // A server of our own has only the databases that we make; on a given one only the demo's is ours to make.
    if own || config.demo {
        Store::create_database(url.expose_secret())
            .await
            .map_err(DatabaseError::Unreachable)?;
    }
    open_store(url, config.connections).await
}

async fn open_store(url: &SecretString, connections: u32) -> Result<Store, DatabaseError> {
    // The parser's message may repeat parts of the address, so it is not passed on.
    let options = url.expose_secret().parse().map_err(|_| {
        DatabaseError::Address(
            "it is not understood; write postgres://user:password@host:5432/database".into(),
        )
    })?;
    Store::connect(options, connections)
        .await
        .map_err(DatabaseError::Unreachable)
}

/// Brings tables and queue to this version. Safe to run twice and by several processes.
///
/// # Errors
/// [`DatabaseError::Migrate`] or [`DatabaseError::MigrateJobs`].
pub async fn migrate(store: &Store) -> Result<(), DatabaseError> {
    migrate_jobs(store).await?;
    store.migrate().await.map_err(DatabaseError::Migrate)
}

/// The queue's migrations take no lock, so two processes that start at once may meet; the second then finds the work
/// done.
async fn migrate_jobs(store: &Store) -> Result<(), DatabaseError> {
    let queue = graphile_worker::WorkerUtils::new(store.pool().clone(), graphile_worker::Schema::default());
    let mut tries = 0;
    while let Err(problem) = queue.migrate().await {
        tries += 1;
        if tries == 3 {
            return Err(DatabaseError::MigrateJobs(problem.to_string()));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

/// Whether the tables are those of this version.
///
/// # Errors
/// [`DatabaseError::Behind`] when migrations are missing.
pub async fn check_current(store: &Store) -> Result<(), DatabaseError> {
    match store
        .migration_state()
        .await
        .map_err(DatabaseError::Unreachable)?
    {
        MigrationState::Current => Ok(()),
        MigrationState::Behind(missing) => Err(DatabaseError::Behind(missing)),
    }
}

/// Makes the partitions of this month and the next ones; without them nothing could be received.
///
/// # Errors
/// [`DatabaseError::Unreachable`] when the database refuses.
pub async fn prepare_partitions(store: &Store, now: DateTime<Utc>) -> Result<(), DatabaseError> {
    store
        .ensure_partitions(now.date_naive())
        .await
        .map_err(DatabaseError::Unreachable)
}

#[cfg(test)]
mod tests {
    use super::name_beside;

    #[test]
    fn a_database_beside_is_never_the_one_it_stands_beside() {
        assert_eq!(name_beside("fairway", "rehearsal").unwrap(), "fairway_rehearsal");
        let long = "f".repeat(63);
        let beside = name_beside(&long, "rehearsal").unwrap();
        assert_eq!(beside.len(), 63, "PostgreSQL cuts nothing off");
        assert_ne!(beside, long);
        let taken = format!("{}_rehearsal", "f".repeat(53));
        assert!(name_beside(&taken, "rehearsal").is_err());
    }
}
