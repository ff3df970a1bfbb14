//! How deploys read: state, kind, and why one counts as failed.

use domain::deploys::{DeployKind, DeployState, FailureCause};

use crate::ui::Status;

/// How a deploy's state looks and is called.
pub fn deploy_status(state: DeployState) -> Status {
    match state {
        DeployState::Requested => Status::idle("requested"),
        DeployState::Prepare => Status::live("preparing"),
        DeployState::AwaitingApproval => Status::waiting("waits for approval"),
        DeployState::Backup => Status::live("backing up"),
        DeployState::Deploy => Status::live("deploying"),
        DeployState::Verify => Status::live("verifying"),
        DeployState::Confirm => Status::waiting("waits for confirmation"),
        DeployState::RollingBack => Status::warn("rolling back"),
        DeployState::Succeeded => Status::ok("succeeded"),
        DeployState::Rejected => Status::danger("rejected"),
        DeployState::Expired => Status::idle("expired"),
        DeployState::Cancelled => Status::idle("cancelled"),
        DeployState::Superseded => Status::idle("superseded"),
        DeployState::Lost => Status::warn("lost"),
        DeployState::Failed => Status::danger("failed"),
        DeployState::RolledBack => Status::danger("rolled back"),
    }
}

/// A deploy's kind in a word.
pub fn kind_words(kind: DeployKind) -> &'static str {
    match kind {
        DeployKind::Normal => "normal",
        DeployKind::Hotfix => "hotfix",
        DeployKind::Rollback => "rollback",
        DeployKind::Config => "config",
        DeployKind::Retry => "retry",
        DeployKind::Drill => "drill",
    }
}

/// Why a deploy counts as failed, as a clause: "failed: …".
pub fn failure_words(cause: FailureCause) -> &'static str {
    match cause {
        FailureCause::Correction => "a person says so",
        FailureCause::RolledBack => "it was rolled back",
        FailureCause::FailedAfterExposure => "it failed after people saw it",
        FailureCause::Incident => "an incident names it as cause",
        FailureCause::Revert => "a change of it was reverted",
        FailureCause::Hotfix => "a hotfix names it",
    }
}
