//! What GitHub is shown of a drive: how its deployment there stands, a check of its commit, and a sentence.
//!
//! Whoever sees the repository reads it, so it holds no reason and no figure; those stand on the page that it links to.

use super::{Drive, Standing};
use crate::deploys::DeployState;

/// A state of a deployment at GitHub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeploymentShown {
    /// Nothing was begun.
    Pending,
    /// It is on its way.
    InProgress,
    /// It is what runs, and good.
    Success,
    /// It did not work, or was undone, or people said no.
    Failure,
    /// Nothing came of it.
    Error,
    /// Another one took its place.
    Inactive,
}

/// How a check of a commit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckShown {
    /// It runs.
    Running,
    /// It passed.
    Success,
    /// It did not.
    Failure,
    /// Somebody called it off.
    Cancelled,
    /// Nobody decided in time, or nothing was heard.
    TimedOut,
    /// It says nothing of the commit.
    Neutral,
}

/// What is shown of a drive as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Of its deployment.
    pub deployment: DeploymentShown,
    /// Of its commit.
    pub check: CheckShown,
    /// For people, shorter than GitHub cuts it.
    pub says: String,
}

impl DeploymentShown {
    /// GitHub's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InProgress => "in_progress",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Error => "error",
            Self::Inactive => "inactive",
        }
    }
}

impl CheckShown {
    /// GitHub's word for how a check run ended; `None` while it runs.
    pub fn conclusion(self) -> Option<&'static str> {
        match self {
            Self::Running => None,
            Self::Success => Some("success"),
            Self::Failure => Some("failure"),
            Self::Cancelled => Some("cancelled"),
            Self::TimedOut => Some("timed_out"),
            Self::Neutral => Some("neutral"),
        }
    }

    /// GitHub's word for the status of a commit, which knows fewer.
    pub fn status(self) -> &'static str {
        match self {
            Self::Running => "pending",
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Cancelled | Self::TimedOut | Self::Neutral => "error",
        }
    }
}

impl Shown {
    /// What is shown of a drive.
    pub fn of(drive: &Drive) -> Self {
        use CheckShown::{Cancelled, Failure, Neutral, Running, Success, TimedOut};
        let (deployment, check, says) = match drive.standing.state() {
            DeployState::Requested | DeployState::Prepare => {
                (DeploymentShown::Pending, Running, "Evidence is gathered")
            }
            DeployState::AwaitingApproval => (DeploymentShown::Pending, Running, "People decide"),
            DeployState::Backup => (DeploymentShown::Pending, Running, "The way back is secured"),
            DeployState::Deploy => (DeploymentShown::InProgress, Running, "Being deployed"),
            DeployState::Verify => (DeploymentShown::InProgress, Running, "Being watched"),
            DeployState::Confirm => (DeploymentShown::InProgress, Running, "Green, and to be confirmed"),
            DeployState::RollingBack => (DeploymentShown::Failure, Failure, "Being rolled back"),
            DeployState::Succeeded => (DeploymentShown::Success, Success, "Deployed, watched and good"),
            DeployState::Rejected => (DeploymentShown::Failure, Failure, "Rejected"),
            DeployState::Expired => (DeploymentShown::Error, TimedOut, "Nobody decided in time"),
            DeployState::Cancelled => (DeploymentShown::Error, Cancelled, "Called off"),
            DeployState::Superseded => (
                DeploymentShown::Inactive,
                Neutral,
                "A later deploy took its place",
            ),
            DeployState::Lost => (
                DeploymentShown::Error,
                TimedOut,
                "Nothing was heard of it any more",
            ),
            DeployState::Failed => (DeploymentShown::Failure, Failure, "It did not work"),
            DeployState::RolledBack => (DeploymentShown::Failure, Failure, "Rolled back"),
        };
        Self {
            deployment,
            check,
            says: share(drive, says),
        }
    }
}

/// With how much of the traffic it is about, where that is less than all.
fn share(drive: &Drive, says: &str) -> String {
    let Standing::At(place) = drive.standing else {
        return says.to_owned();
    };
    let weight = drive.weight(place.step);
    let is_step = matches!(place.phase.state(), DeployState::Deploy | DeployState::Verify);
    if is_step && weight < 100 {
        format!("{says} at {weight} % of the traffic")
    } else {
        says.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{End, Phase, Place, world::drive},
        *,
    };

    #[test]
    fn what_is_shown_follows_from_where_it_stands() {
        let mut drive = drive(2);
        let mut shown = |standing: Standing| {
            drive.standing = standing;
            let shown = Shown::of(&drive);
            assert!(shown.says.len() < 140, "GitHub cuts it");
            (shown.deployment.as_str(), shown.check.conclusion())
        };
        let at = |phase| {
            Standing::At(Place {
                phase,
                round: 0,
                step: 0,
                since: chrono::DateTime::UNIX_EPOCH,
            })
        };
        for (phase, word) in [
            (Phase::Prepare, "pending"),
            (Phase::AwaitingApproval, "pending"),
            (Phase::Backup, "pending"),
            (Phase::Deploy, "in_progress"),
            (Phase::Verify, "in_progress"),
            (Phase::Confirm, "in_progress"),
        ] {
            assert_eq!(shown(at(phase)), (word, None), "{phase:?}");
        }
        assert_eq!(shown(at(Phase::RollingBack)), ("failure", Some("failure")));
        for (end, word, conclusion) in [
            (End::Succeeded, "success", "success"),
            (End::RolledBack, "failure", "failure"),
            (End::Rejected, "failure", "failure"),
            (End::Expired, "error", "timed_out"),
            (End::Cancelled, "error", "cancelled"),
            (End::Superseded, "inactive", "neutral"),
        ] {
            assert_eq!(shown(Standing::Ended(end)), (word, Some(conclusion)), "{end:?}");
        }
    }
}
