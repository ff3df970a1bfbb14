//! The background jobs: their names, payloads and how they are coalesced. Each runs one command.

use chrono::{DateTime, Utc};
use domain::ids::{DeliveryId, RepositoryId, ServiceId};
use serde::{Deserialize, Serialize};
use store::{EnqueuedJob, JobKey};

/// A job that the queue runs later.
pub trait Job: Serialize + for<'de> Deserialize<'de> {
    /// Name of the task in the queue.
    const TASK: &'static str;

    /// Waiting jobs of one key become one.
    fn key(&self) -> Option<String> {
        None
    }

    /// Jobs of one queue run one after the other.
    fn queue(&self) -> Option<String> {
        None
    }

    /// The job as the queue stores it.
    fn enqueued(&self) -> store::Result<EnqueuedJob> {
        let mut job = EnqueuedJob::new(Self::TASK, self)?;
        job.key = self.key().map(|key| JobKey(format!("{}:{key}", Self::TASK)));
        job.queue = self.queue();
        Ok(job)
    }
}

/// Understand one stored delivery.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProcessDelivery {
    /// Which.
    pub id: DeliveryId,
    /// The partition that it is in.
    pub received_at: DateTime<Utc>,
}

impl Job for ProcessDelivery {
    const TASK: &'static str = "process_delivery";
}

/// Derive a service's history again from its facts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeriveService {
    /// Which.
    pub service: ServiceId,
}

impl Job for DeriveService {
    const TASK: &'static str = "derive_service";

    fn key(&self) -> Option<String> {
        Some(self.service.to_string())
    }
}

/// Ask GitHub for a pull request's own commits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FetchPullRequestCommits {
    /// Repository.
    pub repository: RepositoryId,
    /// Number of the pull request.
    pub number: i64,
}

impl Job for FetchPullRequestCommits {
    const TASK: &'static str = "fetch_pull_request_commits";

    fn key(&self) -> Option<String> {
        Some(format!("{}#{}", self.repository, self.number))
    }
}

/// Ask GitHub what lies between two commits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FetchCompare {
    /// Repository.
    pub repository: RepositoryId,
    /// From.
    pub base: String,
    /// To.
    pub head: String,
}

impl Job for FetchCompare {
    const TASK: &'static str = "fetch_compare";

    fn key(&self) -> Option<String> {
        Some(format!("{}:{}...{}", self.repository, self.base, self.head))
    }
}

/// Read a repository's catalog file as of a commit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SyncCatalogFile {
    /// Repository.
    pub repository: RepositoryId,
    /// Commit to read it at.
    pub commit: String,
    /// Path of the file in the repository.
    pub path: String,
}

impl Job for SyncCatalogFile {
    const TASK: &'static str = "sync_catalog_file";

    fn key(&self) -> Option<String> {
        Some(format!("{}:{}", self.repository, self.path))
    }
}

/// Compare a repository's catalog files and CODEOWNERS with its default branch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReconcileRepository {
    /// Which.
    pub repository: RepositoryId,
}

impl Job for ReconcileRepository {
    const TASK: &'static str = "reconcile_repository";

    fn key(&self) -> Option<String> {
        Some(self.repository.to_string())
    }
}

/// Read an organisation's teams and people from GitHub.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SyncOrganisation {
    /// Login.
    pub login: String,
}

impl Job for SyncOrganisation {
    const TASK: &'static str = "sync_organisation";

    fn key(&self) -> Option<String> {
        Some(self.login.to_lowercase())
    }
}

/// Ask GitHub again who is in the groups that rules name. Runs every 15 minutes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecheckGithubMembers {}

impl Job for RecheckGithubMembers {
    const TASK: &'static str = "recheck_github_members";

    fn key(&self) -> Option<String> {
        Some("all".to_owned())
    }
}

/// Make the missing day rollups of the figures. Runs every few minutes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RefreshDoraDays {}

impl Job for RefreshDoraDays {
    const TASK: &'static str = "refresh_dora_days";

    fn key(&self) -> Option<String> {
        Some("all".to_owned())
    }
}

/// Tell what waits for approvals what became of them. Runs every minute, and whenever one ends; without a key, as no decision
/// waits for another.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FollowApprovals {}

impl Job for FollowApprovals {
    const TASK: &'static str = "follow_approvals";
}

/// Send the effects that are due. Runs every minute, and whenever one is wanted; without a key, as no decision waits for another.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendEffects {}

impl Job for SendEffects {
    const TASK: &'static str = store::SEND_EFFECTS;
}
