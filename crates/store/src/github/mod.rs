//! GitHub's side of things: answers kept by their version, how it stands with it, its organisations, and CODEOWNERS.

mod answers;
mod codeowners;
mod health;
mod organisations;
mod reconcile;

pub use answers::StoredAnswer;
pub use codeowners::StoredCodeowners;
pub use organisations::GithubTeamRow;
pub use reconcile::{FileToCompare, RepositoryToReconcile};
