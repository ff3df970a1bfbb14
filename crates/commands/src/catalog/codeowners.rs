//! Taking CODEOWNERS over, and what it says of services.

use chrono::{DateTime, Utc};
use domain::{
    catalog::{
        CodeOwner, CodeownersSays, EntityKind, EntityRef, OwnerSource, Ownership, Service, SourceKind,
        representative_path, rule_for,
    },
    ids::{RepositoryId, TeamId},
};
use store::{StoredCodeowners, Tx};

use crate::{
    Commands, Result,
    jobs::{DeriveService, Job},
};

impl Commands {
    /// Takes over a repository's CODEOWNERS as of a commit, or that it has none, and gives the services whose own
    /// description names no team to the team that it names.
    pub(crate) async fn take_codeowners(
        &self,
        tx: &mut Tx,
        repository: RepositoryId,
        file: Option<&StoredCodeowners>,
        (commit, at): (&str, DateTime<Utc>),
    ) -> Result<()> {
        match file {
            Some(file) => tx.put_codeowners(repository, file, (commit, at)).await?,
            None if tx.drop_codeowners(repository).await? => {}
            None => return Ok(()),
        }
        for (service, globs) in tx.services_without_own_team(repository).await? {
            let team = codeowners_team(tx, repository, &globs).await?;
            if tx.set_service_team(service, team, at).await? {
                tx.enqueue(DeriveService { service }.enqueued()?).await?;
            }
        }
        Ok(())
    }

    /// Who owns a service, who says so, and what CODEOWNERS says.
    pub async fn ownership(
        &self,
        service: &Service,
        described_in: Option<SourceKind>,
        owner: Option<&EntityRef>,
    ) -> Result<Ownership> {
        let reads = self.reads();
        let file = match &service.repository {
            Some(repository) => reads.codeowners(repository.id).await?,
            None => None,
        };
        let mut codeowners = None;
        if let Some(file) = file {
            let rule = rule_for(&file.text, &representative_path(&service.path_globs));
            let named = rule.as_ref().map(|rule| rule.owners.clone()).unwrap_or_default();
            let slugs: Vec<String> = slugs(&named);
            let teams = reads.teams_by_github_slug(&slugs).await?;
            let owner = |text: String| CodeOwner {
                team: CodeOwner::team_slug(&text).and_then(|slug| teams.get(&slug.to_lowercase()).cloned()),
                text,
            };
            codeowners = Some(CodeownersSays {
                path: file.path,
                rule,
                owners: named.into_iter().map(owner).collect(),
            });
        }
        let names_team = owner.is_none_or(|owner| owner.known_kind() == Some(EntityKind::Group));
        let source = service.summary.owner.as_ref().map(|_| match described_in {
            _ if !names_team => OwnerSource::Codeowners,
            Some(SourceKind::Api) => OwnerSource::Hand,
            _ => OwnerSource::File,
        });
        Ok(Ownership {
            owner: service.summary.owner.clone(),
            source,
            codeowners,
        })
    }
}

/// The first team of the catalog that CODEOWNERS names for these paths.
pub(super) async fn codeowners_team(
    tx: &mut Tx,
    repository: RepositoryId,
    globs: &[String],
) -> Result<Option<TeamId>> {
    let Some(file) = tx.codeowners(repository).await? else {
        return Ok(None);
    };
    let Some(rule) = rule_for(&file.text, &representative_path(globs)) else {
        return Ok(None);
    };
    let slugs = slugs(&rule.owners);
    let teams = tx.teams_by_github_slug(&slugs).await?;
    Ok(slugs
        .iter()
        .find_map(|slug| teams.get(&slug.to_lowercase()))
        .map(|team| team.id))
}

fn slugs(owners: &[String]) -> Vec<String> {
    let slugs = owners.iter().filter_map(|owner| CodeOwner::team_slug(owner));
    slugs.map(str::to_owned).collect()
}
