//! Every SQL statement of Fairway.
//!
//! Reads are noun phrases on [`Reads`] (a pool, no transaction); writes are verbs on [`Tx`], a unit of work that is
//! begun for an actor, enqueues jobs in the same transaction and holds its audit rows. Row structs are private and die
//! here; what comes back are domain types. This crate knows no HTTP and reads no clock.

mod approvals;
mod audit;
mod backfill;
mod backlog;
mod backup;
mod catalog;
mod connecting;
mod deploys;
mod dora;
mod drills;
mod drives;
mod environments;
mod erasure;
mod error;
mod facts;
mod github;
mod home;
mod idempotency;
mod identity;
mod incidents;
mod intake;
mod jobs;
mod live;
mod migrate;
mod organisation;
mod origin;
mod outbox;
mod paging;
mod partitions;
mod running;
mod sealed;
mod search;
mod server;
mod sight;
mod teams;
mod tokens;
mod trail;
mod verify;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

pub use approvals::{
    ApprovalToStore, DecisionToStore, Evidence, ExpiringApproval, PolicyToStore, StoredApproval, Undecided,
};
pub use audit::AuditEntry;
pub use backfill::{HistoryPlace, HistoryStep, Known, RepositoryToCompare};
pub use backlog::Backlog;
pub use backup::{Snapshot, TableContents};
pub use catalog::{EntityClaim, EntityPlace, GoodVersion, PutEntity};
pub use connecting::{NoConnection, OLDEST_POSTGRES};
pub use deploys::{DeployPlace, ServiceSnapshot, StoredDerived};
use domain::{actor::Actor, sight::Sight};
pub use dora::RowsAsked;
pub use drills::{DrillPlace, DrillToStore, OpenDrill};
pub use drives::{AskedFor, Begun, DrivenDeploy, PhasePlace, PlaceNames, PlaceNow, ShownPart, ToShow};
pub use erasure::Erased;
pub use error::StoreError;
pub use facts::{
    ComparedCommits, HeldDeployment, KnownAuthor, NewCommit, NewPerson, ObservedRepository, PullRequestPlace,
    PullRequestToFetch, RepositoryPlace, RepositorySighting, UntoldDeployment,
};
pub use github::{FileToCompare, GithubTeamRow, RepositoryToReconcile, StoredAnswer, StoredCodeowners};
pub use idempotency::{Remembered, RequestKey};
pub use identity::{
    Credentials, IdentityOwner, Sessions, SessionsClock, SignedIn, SingleUseLink, TotpState, UsedIdentity,
    session_key,
};
pub use intake::{DeliveryOutcome, DeliveryToStore, Stored, StoredDelivery, StrandedDelivery};
pub use jobs::{EnqueuedJob, JobKey};
pub use live::{LiveBatch, LiveHints};
pub use migrate::{MIGRATOR, MigrationState};
pub use origin::Origin;
pub use outbox::{Chosen, ClaimedEffect, NewEffect, PutExecutor, SEND_EFFECTS, StoredExecutor, StoredTarget};
pub use sealed::{SealedColumn, SealedRow};
pub use server::ServerFacts;
use sqlx::{
    Connection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
pub use tokens::Holding;
use tokio::sync::Notify;
pub use trail::{SealRules, Trail, UNSEALED_AFTER, Unsealed};

/// What a store call gives.
pub type Result<T> = std::result::Result<T, StoreError>;

/// How long a request waits for a connection before it is told to come back (promise 30).
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that was used a moment ago is not asked whether it lives: that would double the round trips of a page.
const FRESH: Duration = Duration::from_secs(1);

/// The database of one installation.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
    days: Arc<dora::DayCache>,
    request: Option<Arc<RequestKey>>,
    live_written: Arc<Notify>,
    commits: Arc<AtomicU64>,
}

/// Reads on the pool, as somebody sees them. Has no `begin`: whoever holds it cannot write.
#[derive(Clone, Debug)]
pub struct Reads {
    pub(crate) pool: PgPool,
    days: Arc<dora::DayCache>,
    commits: Arc<AtomicU64>,
    sight: Sight,
}

/// A unit of work for one actor. Dropped without [`Tx::commit`], it leaves nothing behind.
pub struct Tx {
    pub(crate) inner: Transaction<'static, Postgres>,
    pub(crate) actor: Actor,
    /// Someone begins it, so it changes something that they answer for, and no audit row says so yet.
    owes_audit: bool,
    claimed: Option<String>,
    live: live::Noted,
    live_written: Arc<Notify>,
    commits: Arc<AtomicU64>,
}

impl Store {
    /// Connects with at most `connections` connections; fails with [`NoConnection`] when the database cannot be used.
    pub async fn connect(options: PgConnectOptions, connections: u32) -> Result<Self> {
        let options = options.application_name("fairway");
        connecting::try_out(&options).await?;
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > FRESH {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options);
        Ok(Self::on(pool))
    }

    /// A store on a pool that somebody else made.
    pub fn on(pool: PgPool) -> Self {
        Self {
            pool,
            days: Arc::default(),
            request: None,
            live_written: Arc::default(),
            commits: Arc::default(),
        }
    }

    /// The pool itself, for the job runner, which brings its own SQL.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Everything that is read, of which nothing is hidden; [`Reads::seen_by`] is what people get.
    pub fn reads(&self) -> Reads {
        Reads {
            pool: self.pool.clone(),
            days: Arc::clone(&self.days),
            commits: Arc::clone(&self.commits),
            sight: Sight::Everything,
        }
    }

    /// Begins a unit of work for an actor. Unless that is a system, which only observes, it must write an audit row before it
    /// commits.
    pub async fn begin(&self, actor: &Actor) -> Result<Tx> {
        let observes = matches!(actor, Actor::System { .. });
        self.begin_owing(actor, !observes).await
    }

    /// Begins a unit of work that takes over what another system says, at someone's request: an observation, which writes no
    /// audit row. That it was asked for is a change of its own.
    pub async fn begin_observation(&self, actor: &Actor) -> Result<Tx> {
        self.begin_owing(actor, false).await
    }

    async fn begin_owing(&self, actor: &Actor, owes_audit: bool) -> Result<Tx> {
        let mut tx = Tx {
            inner: self.pool.begin().await?,
            actor: actor.clone(),
            owes_audit,
            claimed: None,
            live: live::Noted::default(),
            live_written: Arc::clone(&self.live_written),
            commits: Arc::clone(&self.commits),
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
    /// How many units of work were committed through this store: what was read before another number may be old.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Acquire)
    }

    /// Whether the database answers.
    pub async fn is_reachable(&self) -> Result<()> {
        sqlx::query("select 1").execute(&self.pool).await?;
        Ok(())
    }
}

impl Tx {
    /// Makes everything of this unit of work visible at once; with [`StoreError::Unaudited`] nothing of it where someone
    /// changes something that no audit row tells of.
    pub async fn commit(mut self) -> Result<()> {
        if self.owes_audit {
            return Err(StoreError::Unaudited);
        }
        let written = self.write_changes().await?;
        self.inner.commit().await?;
        self.commits.fetch_add(1, Ordering::Release);
        if written {
            self.live_written.notify_one();
        }
        Ok(())
    }

    /// Who this unit of work is for.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }
}
