//! GitHub: its webhook deliveries in, and reads through its REST API.

mod answers;
mod client;
mod convert;
mod error;
mod form;
mod payload;
mod people;
pub mod signature;
mod transport;
mod wire;

pub use answers::{ChangedFile, CommitList, CompareStatus, Comparison, FileContent};
pub use client::{FETCHED, GithubClient};
pub use error::GithubError;
pub use form::json_of;
pub use payload::{Outline, PayloadError, facts, outline};
pub use transport::{GithubConfig, RateLimit};
