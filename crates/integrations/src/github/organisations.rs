//! An organisation's people and teams.

use domain::facts::PersonFact;
use serde::Deserialize;

use super::{client::GithubClient, error::GithubError, people::person, wire::UserWire};

/// Pages that are read of one list: 10,000 rows.
const MOST_PAGES: usize = 100;

/// A team of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationTeam {
    /// GitHub's number.
    pub id: i64,
    /// Name in addresses and in CODEOWNERS.
    pub slug: String,
    /// Name.
    pub name: String,
    /// The team that it is part of.
    pub parent: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct TeamWire {
    id: Option<i64>,
    slug: Option<String>,
    name: Option<String>,
    parent: Option<ParentWire>,
}

#[derive(Debug, Deserialize)]
struct ParentWire {
    id: Option<i64>,
}

impl GithubClient {
    /// The teams of an organisation. `NotFound` for an account that is a person's.
    pub async fn teams(&self, organisation: &str) -> Result<Vec<OrganisationTeam>, GithubError> {
        let wires: Vec<TeamWire> = self.pages(&["orgs", organisation, "teams"], MOST_PAGES).await?;
        let team = |wire: TeamWire| {
            let slug = wire.slug?;
            Some(OrganisationTeam {
                id: wire.id?,
                name: wire.name.unwrap_or_else(|| slug.clone()),
                slug,
                parent: wire.parent.and_then(|parent| parent.id),
            })
        };
        Ok(wires.into_iter().filter_map(team).collect())
    }

    /// The members of a team, those of its child teams among them.
    pub async fn team_members(&self, organisation: &str, team: &str) -> Result<Vec<PersonFact>, GithubError> {
        self.people(&["orgs", organisation, "teams", team, "members"])
            .await
    }

    /// The members of an organisation.
    pub async fn members(&self, organisation: &str) -> Result<Vec<PersonFact>, GithubError> {
        self.people(&["orgs", organisation, "members"]).await
    }

    async fn people(&self, segments: &[&str]) -> Result<Vec<PersonFact>, GithubError> {
        let wires: Vec<UserWire> = self.pages(segments, MOST_PAGES).await?;
        Ok(wires.iter().filter_map(person).collect())
    }
}
