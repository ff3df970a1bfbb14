//! A GitHub that a test scripts: repositories with commits, pull requests, runs, deployments and releases.
//!
//! [`World`] is the state and what can be done to it; every act leaves the webhook deliveries that GitHub would send.
//! [`FakeGithub`] serves a world over HTTP as the REST API does, with its paging, limits and failures.

mod answers;
mod budgets;
mod comparing;
mod deliveries;
mod dispatching;
mod failures;
mod git;
mod graphql;
mod http;
mod oauth;
mod office;
mod payloads;
mod protecting;
mod pulls;
mod questions;
mod repo;
mod responses;
mod routes;
mod runs;
mod showing;
mod state;
mod trees;
mod world;

pub use deliveries::{Delivery, sign};
pub use failures::Failure;
pub use git::{Author, NewCommit};
pub use http::FakeGithub;
pub use protecting::Told;
pub use pulls::{MergeMethod, NewPull};
pub use repo::RepoHandle;
pub use runs::{NewDeployment, Run};
pub use showing::{CheckRun, CommitStatus};
pub use state::User;
pub use world::World;
