//! The live check: is the token or App accepted, where is it installed, and does each right answer.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    access::Action,
    actor::Viewer,
    integrations::{CheckOutcome, GithubInstallation, GithubPermission, PermissionCheck},
};
use futures::future::join_all;
use integrations::github::{GithubClient, GithubError, Installation};
use store::{RepositoryPlace, Tx};

use crate::{
    CommandError, Commands, Result,
    access::whole,
    backfill::jobs::{FetchRanges, LANES, ReadHistory},
    intake::system,
    jobs::{
        FetchCompare, FetchPullRequestCommits, Job, ReconcileRepository, SyncCatalogFile, SyncOrganisation,
    },
};

/// Jobs that wait while GitHub refuses; each asks it for one thing.
const WAITING: [&str; 6] = [
    FetchPullRequestCommits::TASK,
    FetchCompare::TASK,
    FetchRanges::TASK,
    SyncCatalogFile::TASK,
    ReconcileRepository::TASK,
    SyncOrganisation::TASK,
];

impl Commands {
    /// Checks GitHub now, because a person asked.
    pub async fn check_github_now(&self, by: &Viewer) -> Result<()> {
        whole(by, Action::CheckGithub)?;
        if self.github().is_none() {
            let why = "nothing can be checked before a token or an App is set; the page says how";
            return Err(CommandError::Conflict { why: why.to_owned() });
        }
        self.check_github().await
    }

    /// Checks GitHub and stores what was found: an observation, so it writes no audit row. Whatever GitHub answers, the check
    /// itself succeeds.
    pub async fn check_github(&self) -> Result<()> {
        let Some(client) = self.github() else {
            return Ok(());
        };
        client.forgive();
        let installations = client.installations().await;
        let stored_place = self.reads().repository_to_probe().await?;
        let has_commits = stored_place.is_some();
        let place = match (stored_place, &installations) {
            (Some(place), _) => Ok(Some(place)),
            (None, Ok(_)) => listed_place(client).await,
            (None, Err(error)) => Err(error.clone()),
        };
        let outcomes = match &place {
            Ok(Some(place)) => {
                join_all(GithubPermission::ALL.map(|one| probe(client, one, (place, has_commits)))).await
            }
            Ok(None) => GithubPermission::ALL.map(|_| nothing_to_try(None)).into(),
            Err(error) => GithubPermission::ALL.map(|_| nothing_to_try(Some(error))).into(),
        };
        let at = self.now();
        let checks: Vec<PermissionCheck> = GithubPermission::ALL
            .into_iter()
            .zip(outcomes)
            .map(|(permission, (outcome, detail))| PermissionCheck {
                permission,
                outcome,
                detail,
                checked_at: at,
            })
            .collect();
        let mut tx = self.store.begin(&system("fairway")).await?;
        if let Ok(installations) = &installations {
            let rows: Vec<_> = installations.iter().map(stored).collect();
            tx.put_github_installations(&rows, at).await?;
        }
        tx.put_github_checks(&checks).await?;
        if checks.iter().any(|check| check.outcome == CheckOutcome::Granted) {
            hasten(&mut tx, at).await?;
        }
        tx.commit().await?;
        self.note_github().await
    }
}

/// What waited for GitHub goes on now: jobs, and the reading of history, which keeps its own times.
async fn hasten(tx: &mut Tx, at: DateTime<Utc>) -> Result<()> {
    tx.hasten_jobs(&WAITING.map(str::to_owned)).await?;
    if tx.hasten_backfills(at).await? {
        for lane in 0..LANES {
            tx.enqueue(ReadHistory { lane }.enqueued()?).await?;
        }
    }
    Ok(())
}

type Found = (CheckOutcome, Option<String>);

/// A repository that GitHub lists, where none with commits is stored. Asking also tells whether the token is accepted.
async fn listed_place(client: &GithubClient) -> std::result::Result<Option<RepositoryPlace>, GithubError> {
    for list in client.repository_lists().await? {
        for listed in client.repositories_page(&list, 1).await?.rows {
            let fact = listed.fact;
            if let (Some(default_branch), None | Some(false)) = (fact.default_branch, fact.archived) {
                return Ok(Some(RepositoryPlace {
                    owner: fact.owner,
                    name: fact.name,
                    default_branch,
                }));
            }
        }
    }
    Ok(None)
}

async fn probe(
    client: &GithubClient,
    permission: GithubPermission,
    (place, has_commits): (&RepositoryPlace, bool),
) -> Found {
    let of = (&*place.owner, &*place.name, &*place.default_branch);
    match client.try_permission(permission, of).await {
        Ok(()) => (CheckOutcome::Granted, None),
        // An empty repository has nothing to show to anyone.
        Err(error @ GithubError::NotFound { .. }) if !has_commits => {
            (CheckOutcome::Unknown, Some(error.to_string()))
        }
        Err(error @ (GithubError::Forbidden { .. } | GithubError::NotFound { .. })) => {
            (CheckOutcome::Missing, Some(error.to_string()))
        }
        Err(error) => (CheckOutcome::Unknown, Some(error.to_string())),
    }
}

/// Without a repository nothing is tried, but a refusal of the token is known already.
fn nothing_to_try(refusal: Option<&GithubError>) -> Found {
    let why = refusal.map_or_else(
        || "GitHub lists no repository to try it with; it is tried once one is".to_owned(),
        ToString::to_string,
    );
    (CheckOutcome::Unknown, Some(why))
}

fn stored(installation: &Installation) -> (GithubInstallation, BTreeMap<String, String>) {
    let row = GithubInstallation {
        id: installation.id,
        account: installation.account.clone(),
        is_organisation: installation.is_organisation,
        all_repositories: installation.all_repositories,
        suspended_at: installation.suspended_at,
        removed_at: None,
        html_url: installation.html_url.clone(),
    };
    (row, installation.permissions.clone())
}
