//! The repositories that Fairway may read.

use domain::backfill::{ListedRepository, Visibility};
use serde::Deserialize;

use super::{Listed, PER_PAGE};
use crate::github::{
    answers::missing,
    client::{GithubClient, parse},
    convert,
    error::GithubError,
    tokens::Caller,
    wire::RepositoryWire,
};

/// A list of repositories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepositoryList {
    /// Those of an installation of the App.
    Installation(i64),
    /// Those of an organisation.
    Organisation(String),
    /// Those that the token's owner may read.
    Token,
}

#[derive(Deserialize)]
struct InstallationRepositoriesWire {
    repositories: Option<Vec<RepositoryWire>>,
}

impl GithubClient {
    /// The lists that together hold every repository: one for each installation that is not suspended, or the token's.
    pub async fn repository_lists(&self) -> Result<Vec<RepositoryList>, GithubError> {
        if self.transport.credentials.app.is_none() {
            return Ok(vec![RepositoryList::Token]);
        }
        let installations = self.installations().await?;
        Ok(installations
            .into_iter()
            .filter(|installation| installation.suspended_at.is_none())
            .map(|installation| RepositoryList::Installation(installation.id))
            .collect())
    }

    /// A page of a list of repositories, from 1.
    pub async fn repositories_page(
        &self,
        list: &RepositoryList,
        page: u32,
    ) -> Result<Listed<ListedRepository>, GithubError> {
        let Listed { rows, more } = match list {
            RepositoryList::Installation(id) => self.installation_repositories(*id, page).await?,
            // By name, so that a repository that changes meanwhile does not move to a page that was read.
            RepositoryList::Organisation(name) => {
                let query = [("type", "all"), ("sort", "full_name")];
                self.list_page(&["orgs", name, "repos"], &query, page).await?
            }
            RepositoryList::Token => {
                self.list_page(&["user", "repos"], &[("sort", "full_name")], page)
                    .await?
            }
        };
        let rows: Result<Vec<_>, _> = rows.iter().map(listed).collect();
        Ok(Listed { rows: rows?, more })
    }

    async fn installation_repositories(
        &self,
        id: i64,
        page: u32,
    ) -> Result<Listed<RepositoryWire>, GithubError> {
        let page = page.to_string();
        let query = [("per_page", PER_PAGE), ("page", &*page)];
        let segments = ["installation", "repositories"];
        let answer = self
            .transport
            .get_as(Caller::Installation(id), &segments, &query)
            .await?;
        let wire: InstallationRepositoriesWire = parse(&answer)?;
        Ok(Listed {
            rows: wire.repositories.unwrap_or_default(),
            more: answer.has_next,
        })
    }
}

fn listed(wire: &RepositoryWire) -> Result<ListedRepository, GithubError> {
    let fact = convert::repository(wire).ok_or_else(|| missing("id"))?;
    let said = wire.visibility.as_deref().and_then(Visibility::parse);
    let visibility = said.unwrap_or(if fact.private == Some(false) {
        Visibility::Public
    } else {
        Visibility::Private
    });
    Ok(ListedRepository {
        fact,
        visibility,
        fork: wire.fork.unwrap_or_default(),
    })
}
