//! GitHub: its webhook deliveries in, and reads through its REST API.

mod answers;
mod client;
mod convert;
mod error;
mod payload;
pub mod signature;
mod transport;
mod wire;

pub use client::{ChangedFile, CommitList, CompareStatus, Comparison, FETCHED, FileContent, GithubClient};
pub use error::GithubError;
pub use payload::{Outline, PayloadError, facts, outline};
pub use transport::{GithubConfig, RateLimit};
