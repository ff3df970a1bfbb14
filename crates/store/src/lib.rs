//! Every SQL statement of Fairway.
//!
//! Reads are noun phrases on [`Reads`] (a pool, no transaction); writes are verbs on [`Tx`], a unit of work that is
//! begun for an actor, enqueues jobs in the same transaction and holds its audit rows. Row structs are private and die
//! here; what comes back are domain types. This crate knows no HTTP and reads no clock.

mod audit;
mod backlog;
mod catalog;
mod deploys;
mod dora;
mod environments;
mod error;
mod facts;
mod idempotency;
mod incidents;
mod intake;
mod jobs;
mod migrate;
mod organisation;
mod partitions;
mod running;
mod server;
mod tokens;

use std::{sync::Arc, time::Duration};

pub use audit::AuditEntry;
pub use backlog::Backlog;
pub use catalog::{EntityClaim, EntityPlace, GoodVersion, PutEntity};
pub use deploys::{DeployPlace, ServiceSnapshot, StoredDerived};
use domain::actor::Actor;
pub use dora::RowsAsked;
pub use error::StoreError;
pub use facts::{
    ComparedCommits, KnownAuthor, NewCommit, NewPerson, ObservedRepository, PullRequestPlace,
    PullRequestToFetch, RepositoryPlace, RepositorySighting,
};
pub use idempotency::{Remembered, RequestKey};
pub use intake::{DeliveryOutcome, DeliveryToStore, Stored, StoredDelivery};
pub use jobs::{EnqueuedJob, JobKey};
pub use migrate::{MIGRATOR, MigrationState};
pub use server::ServerFacts;
use sqlx::{
    PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};

/// What a store call gives.
pub type Result<T> = std::result::Result<T, StoreError>;

/// How long a request waits for a connection before it is told to come back (promise 30).
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// The database of one installation.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
    days: Arc<dora::DayCache>,
    request: Option<Arc<RequestKey>>,
}

/// Reads on the pool. Has no `begin`: whoever holds it cannot write.
#[derive(Clone, Debug)]
pub struct Reads {
    pub(crate) pool: PgPool,
    days: Arc<dora::DayCache>,
}

/// A unit of work for one actor. Dropped without [`Tx::commit`], it leaves nothing behind.
pub struct Tx {
    pub(crate) inner: Transaction<'static, Postgres>,
    pub(crate) actor: Actor,
    claimed: Option<String>,
}

impl Store {
    /// Connects with at most `connections` connections; fails when the database does not answer.
    pub async fn connect(options: PgConnectOptions, connections: u32) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options.application_name("fairway"))
            .await?;
        Ok(Self::on(pool))
    }

    /// A store on a pool that somebody else made.
    pub fn on(pool: PgPool) -> Self {
        Self {
            pool,
            days: Arc::default(),
            request: None,
        }
    }

    /// The pool itself, for the job runner, which brings its own SQL.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Everything that pages and the API read.
    pub fn reads(&self) -> Reads {
        Reads {
            pool: self.pool.clone(),
            days: Arc::clone(&self.days),
        }
    }

    /// Begins a unit of work for an actor.
    pub async fn begin(&self, actor: &Actor) -> Result<Tx> {
        let mut tx = Tx {
            inner: self.pool.begin().await?,
            actor: actor.clone(),
            claimed: None,
        };
        if let Some(request) = &self.request {
            tx.claim(request).await?;
        }
        Ok(tx)
    }

    /// Closes every connection once it is idle.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

impl Reads {
    /// Whether the database answers.
    pub async fn is_reachable(&self) -> Result<()> {
        sqlx::query("select 1").execute(&self.pool).await?;
        Ok(())
    }
}

impl Tx {
    /// Makes everything of this unit of work visible at once.
    pub async fn commit(self) -> Result<()> {
        self.inner.commit().await?;
        Ok(())
    }

    /// Who this unit of work is for.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}
