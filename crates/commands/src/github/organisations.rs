//! Reading an organisation's teams and people.

use std::collections::HashMap;

use domain::{facts::PersonFact, ids::PersonId};
use integrations::github::{GithubClient, GithubError, OrganisationTeam};
use store::GithubTeamRow;

use crate::{
    Commands, Result,
    intake::system,
    jobs::{Job, SyncOrganisation},
};

impl Commands {
    /// Enqueues the reading of every account that owns a repository. Run by the clock; gives how many there are.
    pub async fn sync_organisations(&self) -> Result<usize> {
        if !self.asks_github() {
            return Ok(0);
        }
        let logins = self.reads().repository_owners().await?;
        let mut tx = self.store.begin(&system("fairway")).await?;
        for login in &logins {
            let login = login.clone();
            tx.enqueue(SyncOrganisation { login }.enqueued()?).await?;
        }
        tx.commit().await?;
        Ok(logins.len())
    }

    /// Reads an organisation's teams and people and stores them. What it may not read, or what is a person's account, is
    /// noted, and the last reading stays.
    pub async fn sync_organisation(&self, job: &SyncOrganisation) -> Result<()> {
        let Some(client) = self.github() else {
            return Ok(());
        };
        match read(client, &job.login).await {
            Ok((members, teams)) => self.store_organisation(&job.login, &members, &teams).await,
            Err(error @ (GithubError::Forbidden { .. } | GithubError::NotFound { .. })) => {
                let mut tx = self.store.begin(&system("github")).await?;
                let words = error.to_string();
                tx.note_github_organisation(&job.login, Some(&words), self.now())
                    .await?;
                tx.commit().await?;
                Ok(())
            }
            Err(error) => Err(self.passed_on(error)),
        }
    }

    async fn store_organisation(
        &self,
        login: &str,
        members: &[PersonFact],
        teams: &[(OrganisationTeam, Vec<PersonFact>)],
    ) -> Result<()> {
        let at = self.now();
        let mut tx = self.store.begin(&system("github")).await?;
        let everybody = members.iter().chain(teams.iter().flat_map(|(_, people)| people));
        let known = self.people(&mut tx, everybody, at).await?;
        let ids = |people: &[PersonFact]| ids(&known, people);
        let rows: Vec<GithubTeamRow> = teams
            .iter()
            .map(|(team, people)| GithubTeamRow {
                github_id: team.id,
                slug: team.slug.clone(),
                name: team.name.clone(),
                parent: team.parent,
                members: ids(people),
            })
            .collect();
        tx.put_github_teams(login, &rows, at).await?;
        tx.put_github_members(login, &ids(members)).await?;
        tx.note_github_organisation(login, None, at).await?;
        tx.commit().await?;
        Ok(())
    }
}

type Read = (Vec<PersonFact>, Vec<(OrganisationTeam, Vec<PersonFact>)>);

async fn read(client: &GithubClient, login: &str) -> std::result::Result<Read, GithubError> {
    let members = client.members(login).await?;
    let mut teams = Vec::new();
    for team in client.teams(login).await? {
        let people = client.team_members(login, &team.slug).await?;
        teams.push((team, people));
    }
    Ok((members, teams))
}

fn ids(known: &HashMap<i64, PersonId>, people: &[PersonFact]) -> Vec<PersonId> {
    let id = |person: &PersonFact| known.get(&person.github_id).copied();
    people.iter().filter_map(id).collect()
}
