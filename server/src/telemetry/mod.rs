//! What operators see of the process: log lines and metrics.
//!
//! Must not know what the events mean; those who emit them do.

pub mod backlog;
pub mod breakers;
pub mod github;
pub mod logs;
pub mod metrics;
