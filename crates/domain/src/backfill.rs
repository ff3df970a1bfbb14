//! Repositories that GitHub lists, and the reading of their history: how far it is, when it pauses, what it brings.

mod attempts;
mod history;
mod repositories;

pub use attempts::{JobAttempts, RunDeployment};
pub use history::{
    BackfillState, DeploymentHistory, HISTORY, HistoryKind, HistoryPage, HistoryProgress, HistoryRows,
    PullRequestHistory, RESERVE_PERCENT, run_in_log_url, tries_again_at,
};
pub use repositories::{
    BackfillTotals, FoundRepository, ListedRepository, RepositoryFilter, RepositoryScan, RepositoryStanding,
    Visibility, service_name,
};
