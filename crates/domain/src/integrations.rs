//! How it stands with the systems outside: rights, budgets, silence. What pages and metrics say of GitHub.

use chrono::{DateTime, TimeDelta, Utc};

/// A right that Fairway needs on GitHub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GithubPermission {
    /// Names of repositories.
    Metadata,
    /// Files and commits.
    Contents,
    /// Pull requests and their commits.
    PullRequests,
    /// Deployments and their statuses.
    Deployments,
    /// Workflow runs.
    Actions,
    /// Check runs.
    Checks,
    /// Teams and members of the organisation.
    Members,
}

impl GithubPermission {
    /// Every right, in the order of the page.
    pub const ALL: [Self; 7] = [
        Self::Metadata,
        Self::Contents,
        Self::PullRequests,
        Self::Deployments,
        Self::Actions,
        Self::Checks,
        Self::Members,
    ];

    /// GitHub's word for it, in manifests and in what is granted.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Contents => "contents",
            Self::PullRequests => "pull_requests",
            Self::Deployments => "deployments",
            Self::Actions => "actions",
            Self::Checks => "checks",
            Self::Members => "members",
        }
    }

    /// The right of a word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.as_str() == text)
    }

    /// Its name on GitHub's pages.
    pub fn title(self) -> &'static str {
        match self {
            Self::Metadata => "Metadata",
            Self::Contents => "Contents",
            Self::PullRequests => "Pull requests",
            Self::Deployments => "Deployments",
            Self::Actions => "Actions",
            Self::Checks => "Checks",
            Self::Members => "Members (organisation)",
        }
    }

    /// What is missing without it.
    pub fn purpose(self) -> &'static str {
        match self {
            Self::Metadata => "finds repositories and their names",
            Self::Contents => "reads catalog files, CODEOWNERS and commits",
            Self::PullRequests => "gives lead time its first commit and its reviews",
            Self::Deployments => "fills gaps in deploy history",
            Self::Actions => "names the workflow behind a deployment",
            Self::Checks => "shows whether a release was green",
            Self::Members => "maps teams and their people",
        }
    }
}

/// What a live check of a right found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CheckOutcome {
    /// GitHub answered.
    Granted,
    /// GitHub refused.
    Missing,
    /// It could not be tried.
    Unknown,
}

impl CheckOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Granted, Self::Missing, Self::Unknown];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
        }
    }

    /// The outcome of a stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }
}

/// The last live check of a right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionCheck {
    /// Which right.
    pub permission: GithubPermission,
    /// What was found.
    pub outcome: CheckOutcome,
    /// What GitHub answered, where it is not granted.
    pub detail: Option<String>,
    /// When.
    pub checked_at: DateTime<Utc>,
}

/// What a caller may still ask of GitHub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GithubBudget {
    /// `token`, `app`, `anonymous`, or `installation:` and its number; `/graphql` behind it for that API.
    pub caller: String,
    /// The account of the installation.
    pub account: Option<String>,
    /// Requests per window; `None` until GitHub said so.
    pub limit: Option<u64>,
    /// Requests left.
    pub remaining: Option<u64>,
    /// When the window ends.
    pub reset_at: Option<DateTime<Utc>>,
    /// Until when nothing is asked.
    pub paused_until: Option<DateTime<Utc>>,
    /// Since when GitHub accepts its token no more.
    pub refused_since: Option<DateTime<Utc>>,
    /// When that was noted.
    pub noted_at: DateTime<Utc>,
}

/// Whether an outside system answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemHealth {
    /// `closed`: requests go out; `open`: none does; `half_open`: one tries.
    pub breaker: String,
    /// Since when none goes out.
    pub open_since: Option<DateTime<Utc>>,
    /// When the next one tries.
    pub next_try: Option<DateTime<Utc>>,
    /// When it last answered.
    pub last_answer_at: Option<DateTime<Utc>>,
    /// When it last did not.
    pub last_failure_at: Option<DateTime<Utc>>,
    /// How.
    pub last_failure: Option<String>,
    /// When that was noted.
    pub noted_at: DateTime<Utc>,
}

/// A process that stopped noting says nothing about now.
const NOTED_FOR: TimeDelta = TimeDelta::minutes(10);

impl SystemHealth {
    /// As of when what is fed from the system is, where it does not answer now. Before its first answer that is when its
    /// silence began.
    pub fn silent_as_of(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let open = self.open_since.filter(|_| now - self.noted_at < NOTED_FOR)?;
        Some(self.last_answer_at.unwrap_or(open))
    }
}

/// Where the App is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GithubInstallation {
    /// GitHub's number.
    pub id: i64,
    /// Login of the account.
    pub account: String,
    /// Whether it is an organisation.
    pub is_organisation: bool,
    /// Whether it sees every repository, or chosen ones only.
    pub all_repositories: bool,
    /// Since when it is suspended.
    pub suspended_at: Option<DateTime<Utc>>,
    /// Since when it is gone.
    pub removed_at: Option<DateTime<Utc>>,
    /// Its settings on GitHub.
    pub html_url: String,
}

/// What is stored of the webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookState {
    /// The last delivery.
    pub last_at: Option<DateTime<Utc>>,
    /// Its event.
    pub last_event: Option<String>,
    /// Deliveries of the last 24 hours.
    pub last_day: i64,
    /// Refused for their signature in the last 24 hours.
    pub refused_last_day: i64,
}

/// An organisation whose teams and people were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GithubOrganisation {
    /// Login.
    pub login: String,
    /// Teams.
    pub teams: i64,
    /// Teams that a Group of the catalog names.
    pub mapped: i64,
    /// Members.
    pub members: i64,
    /// When it was read.
    pub fetched_at: DateTime<Utc>,
    /// Why the last reading failed.
    pub problem: Option<String>,
}

/// A catalog file that is gone, with the service that it described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// `owner/name:path`.
    pub location: String,
    /// Since when.
    pub removed_at: DateTime<Utc>,
    /// The commit that was read without it.
    pub commit: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_counts_only_while_somebody_notes_it() {
        let at = |minutes| DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes);
        let health = SystemHealth {
            breaker: "open".into(),
            open_since: Some(at(10)),
            next_try: Some(at(11)),
            last_answer_at: Some(at(8)),
            last_failure_at: Some(at(10)),
            last_failure: None,
            noted_at: at(12),
        };
        assert_eq!(health.silent_as_of(at(13)), Some(at(8)));
        assert_eq!(health.silent_as_of(at(30)), None);
        let answers = SystemHealth {
            open_since: None,
            ..health
        };
        assert_eq!(answers.silent_as_of(at(13)), None);
    }

    #[test]
    fn words_are_read_back() {
        for permission in GithubPermission::ALL {
            assert_eq!(GithubPermission::parse(permission.as_str()), Some(permission));
        }
        for outcome in CheckOutcome::ALL {
            assert_eq!(CheckOutcome::parse(outcome.as_str()), Some(outcome));
        }
    }
}
