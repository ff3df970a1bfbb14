//! Changes: a merged pull request, or a default-branch commit without one; and which of them lie between two commits.

mod ancestry;
mod change;
mod loose;
mod mainline;
mod stored;

pub use ancestry::Ancestry;
pub use change::{Change, short};
pub use mainline::{Mainline, UnknownRange, own_changes, owns_any};
pub use stored::{Commit, ComparedRange, Landing, OwnCommit, PullRequest, Push};
