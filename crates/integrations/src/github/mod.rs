//! GitHub: its webhook deliveries in, and reads through its REST API.

mod answers;
mod app_auth;
mod apps;
mod budget;
mod client;
mod convert;
mod counting;
mod dispatching;
mod endpoints;
mod error;
mod etags;
mod form;
mod gate;
mod installing;
mod judging;
mod list;
mod organisations;
mod payload;
mod people;
mod probes;
mod sender;
pub mod signature;
mod status;
mod tokens;
mod transport;
mod trees;
mod wire;

pub use answers::{ChangedFile, CommitList, CompareStatus, Comparison, FileContent};
pub use app_auth::{AppKey, AppKeyError};
pub use apps::{App, Installation, NewApp};
pub use budget::{Budget, RateLimit};
pub use client::{FETCHED, GithubClient};
pub use counting::counted;
pub use dispatching::{Dispatch, DispatchedRun, LookedUp};
pub use endpoints::ENDPOINTS;
pub use error::GithubError;
pub use etags::{AnswerStore, Answering, KeptAnswer};
pub use form::json_of;
pub use list::{Listed, ListedCommit, RepositoryList, SentDeliveries, SentDelivery};
pub use organisations::OrganisationTeam;
pub use payload::{Outline, PayloadError, facts, outline};
pub use status::GithubStatus;
pub use transport::GithubConfig;
pub use trees::{RepositoryTree, TreeFile};

pub use crate::breaker::{BreakerState, BreakerStatus, Patience};
