//! Facts: what outside systems reported, stored so that any order and any number of the same events ends in the same rows.
//!
//! Every writer here first holds the repository's row ([`Tx::observe_repository`]), so that two jobs on one repository
//! take turns and never wait for each other in a circle. Nothing here decides what facts mean.

mod commits;
mod deployments;
mod people;
mod protection;
mod pull_requests;
mod releases;
mod repositories;
mod runs;

pub use commits::{ComparedCommits, KnownAuthor, NewCommit};
pub use people::NewPerson;
pub use protection::HeldDeployment;
pub use pull_requests::{PullRequestPlace, PullRequestToFetch};
pub use repositories::{ObservedRepository, RepositoryPlace, RepositorySighting};
pub use runs::UntoldDeployment;
