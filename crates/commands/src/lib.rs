//! Everything that a person or a machine can do, one function each: authorise, decide, one `Tx`, enqueue in it, audit row
//! in it, commit.
//!
//! Knows no HTTP server and no page. The edges see one error: [`CommandError`].

mod access;
mod approvals;
pub mod backfill;
pub mod catalog;
mod clock;
mod deploys;
mod dora;
pub mod drives;
mod environments;
mod erasure;
mod error;
mod exchange;
mod fetch;
pub mod github;
pub mod identity;
mod incidents;
mod intake;
pub mod jobs;
pub mod keyring;
mod keys;
mod observe;
mod organisation;
pub mod outbox;
mod queue;
mod service_accounts;
pub mod sign_in;
mod tokens;
pub mod trail;
pub mod verify;

use std::sync::Arc;

pub use approvals::{ApprovalStanding, Opened, PolicyForm, StepStanding, WaitsFor, WhyNot};
use chrono::{DateTime, TimeDelta, Utc};
pub use clock::{Clock, SystemClock};
pub use deploys::Reported;
use domain::{actor::Viewer, approvals::PolicyPlace, sight::Sight};
pub use error::CommandError;
pub use exchange::ExchangeError;
pub use identity::{LetIn, NewAuthenticator, Origin, Proved, SignIn};
pub use intake::{Processed, Received};
use integrations::{actions::ActionsTokens, github::GithubClient};
use keyring::Keyring;
pub use keys::{KeyUse, Lost, Rotated};
pub use sign_in::{Flow, Purpose, Returned, Ways};
use store::{Reads, RequestKey, Store};
use uuid::Uuid;

/// What a command gives.
pub type Result<T, E = CommandError> = std::result::Result<T, E>;

/// The commands of one installation. Cheap to clone.
#[derive(Clone)]
pub struct Commands {
    pub(crate) store: Store,
    clock: Arc<dyn Clock>,
    github: Option<Arc<GithubClient>>,
    github_setup: Option<Arc<github::GithubSetup>>,
    actions: Option<Arc<ActionsTokens>>,
    deliveries_kept: TimeDelta,
    identity: Arc<identity::Shared>,
    keyring: Keyring,
    ways: Arc<Ways>,
    watching: Arc<verify::Watching>,
    policies_in: Option<Arc<PolicyPlace>>,
    outward: Option<Arc<outbox::Outward>>,
}

/// How long bodies of deliveries are kept unless it is set.
const DELIVERIES_KEPT: TimeDelta = TimeDelta::days(90);

impl Commands {
    /// Commands on a store, with a clock that tells times and makes ids.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            github: None,
            github_setup: None,
            actions: None,
            deliveries_kept: DELIVERIES_KEPT,
            identity: Arc::default(),
            keyring: Keyring::default(),
            ways: Arc::default(),
            watching: Arc::default(),
            policies_in: None,
            outward: None,
        }
    }

    /// The same commands, which keep the bodies of deliveries for another time.
    #[must_use]
    pub fn keeping_deliveries(self, kept: TimeDelta) -> Self {
        Self {
            deliveries_kept: kept,
            ..self
        }
    }

    /// How long bodies of deliveries are kept.
    pub fn deliveries_kept(&self) -> TimeDelta {
        self.deliveries_kept
    }

    /// The same commands a while ago: what they do was done then. For the demo, whose past is told.
    #[must_use]
    pub fn ago(&self, by: TimeDelta) -> Self {
        let clock = Arc::clone(&self.clock);
        Self {
            clock: Arc::new(clock::Behind { clock, by }),
            ..self.clone()
        }
    }

    /// The same commands with a GitHub to ask. Without one nothing is fetched: what events leave out stays unknown.
    #[must_use]
    pub fn with_github(self, client: GithubClient) -> Self {
        Self {
            github: Some(Arc::new(client)),
            ..self
        }
    }

    /// The same commands, which verify tokens that workflows bring. Without it none is exchanged.
    #[must_use]
    pub fn with_actions(self, tokens: ActionsTokens) -> Self {
        Self {
            actions: Some(Arc::new(tokens)),
            ..self
        }
    }

    /// The issuers whose tokens can be exchanged.
    pub fn issuers(&self) -> Vec<String> {
        self.actions
            .as_ref()
            .map(|tokens| tokens.issuers())
            .unwrap_or_default()
    }

    /// The same commands for one request of a token: what one of them does, it does once however often the request is
    /// sent with this key. A repeated one is a conflict, and [`Reads::remembered`] knows what came of it.
    #[must_use]
    pub fn for_request(&self, key: RequestKey) -> Self {
        Self {
            store: self.store.for_request(key),
            ..self.clone()
        }
    }

    /// Everything, of which nothing is hidden: for what answers nobody.
    pub fn reads(&self) -> Reads {
        self.store.reads()
    }

    /// What a viewer may read: the reads that pages and the API use beside the commands.
    pub fn reads_of(&self, viewer: &Viewer) -> Reads {
        self.reads().seen_by(Sight::of(viewer))
    }

    /// The store, for the job runner and the health checks of the process.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The GitHub to ask, where one is configured.
    pub(crate) fn github(&self) -> Option<&GithubClient> {
        self.github.as_deref()
    }

    /// Whether GitHub is asked for what events leave out: a token is configured.
    pub fn asks_github(&self) -> bool {
        self.github.is_some()
    }

    /// The time now, to the microsecond that the database keeps.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The store of sessions, for the session layer.
    pub fn sessions(&self) -> store::Sessions {
        let clock = Arc::clone(&self.clock);
        self.store.sessions(Arc::new(move || clock.now()))
    }

    /// Bytes that nobody can foretell.
    pub(crate) fn secret(&self) -> [u8; 32] {
        self.clock.secret()
    }

    /// A new time-ordered id.
    pub(crate) fn id<T: From<Uuid>>(&self) -> T {
        self.clock.id().into()
    }
}
