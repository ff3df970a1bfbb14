//! Groups of providers: taken over with each answer, asked again of GitHub every 15 minutes, and what follows for roles.

use std::collections::{BTreeMap, HashSet};

use domain::{
    access::Grant,
    ids::PersonId,
    sign_in::{Outsider, Way},
};
use integrations::github::{GithubClient, GithubError};
use serde_json::json;
use store::{AuditEntry, Tx};

use crate::{CommandError, Commands, Result, intake::system};

/// GitHub's numbers of the people of each group that a rule names.
type Members = BTreeMap<String, HashSet<i64>>;

impl Commands {
    /// Takes over what a provider says of somebody's groups; gives whether they lost a role by it.
    pub(super) async fn follow_provider(
        &self,
        tx: &mut Tx,
        person: PersonId,
        who: &Outsider,
    ) -> Result<bool> {
        tx.put_identity_groups((who.way, who.subject.as_str()), &who.groups)
            .await?;
        self.follow_rules(tx, person).await
    }

    /// Takes what groups of the OpenID provider gave somebody, where they come in another way and it was not asked about them
    /// lately: it may know them no more. Coming by it gives it back. Gives whether a role was lost.
    pub(crate) async fn forget_unheard_groups(&self, tx: &mut Tx, person: PersonId) -> Result<bool> {
        // A session that it began goes on without it for just as long.
        let since = self.now() - self.ways.recheck * 2;
        tx.drop_groups_unheard_since(person, since).await?;
        self.follow_rules(tx, person).await
    }

    /// Gives and takes what rules say of a person's groups as they are stored; gives whether a role was lost.
    pub(super) async fn follow_rules(&self, tx: &mut Tx, person: PersonId) -> Result<bool> {
        let lost = tx.drop_unruled_grants(person).await?;
        let mut got = Vec::new();
        for of_rule in tx.missing_ruled_grants(person).await? {
            let grant = Grant {
                id: self.id(),
                ..of_rule
            };
            tx.insert_ruled_grant(person, &grant, self.now()).await?;
            got.push(grant);
        }
        if lost.is_empty() && got.is_empty() {
            return Ok(false);
        }
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "person.follow_groups",
            subject: format!("person:{person}"),
            reason: None,
            before: Some(json!({ "lost": words(&lost) })),
            after: Some(json!({ "got": words(&got) })),
        })
        .await?;
        Ok(!lost.is_empty())
    }

    /// Asks GitHub again who is in the groups that rules name. Whoever lost a role by it is signed out everywhere. Run by the
    /// clock; gives how many those are.
    pub async fn recheck_github_members(&self) -> Result<usize> {
        if self.ways.github.is_none() {
            return Ok(0);
        }
        let known = self.reads().used_identities(Way::Github).await?;
        if known.is_empty() {
            return Ok(0);
        }
        let members = self.github_members().await?;
        let mut out = 0;
        for identity in known {
            let groups = groups_of(&members, &identity.subject);
            let mut tx = self.store.begin(&system("github")).await?;
            tx.put_identity_groups((Way::Github, identity.subject.as_str()), &groups)
                .await?;
            if self.follow_rules(&mut tx, identity.person).await? {
                tx.end_sessions(identity.person, None).await?;
                out += 1;
            }
            tx.commit().await?;
        }
        Ok(out)
    }

    /// The groups that rules name and somebody at GitHub is in now.
    pub(super) async fn github_groups_of(&self, subject: &str) -> Result<Vec<String>> {
        Ok(groups_of(&self.github_members().await?, subject))
    }

    async fn github_members(&self) -> Result<Members> {
        let mut members = Members::new();
        for group in self.reads().ruled_groups(Way::Github).await? {
            let client = self.github().ok_or_else(|| CommandError::Garbled {
                why: "Fairway has no token and no App to read GitHub's teams with; set one, or use another way in".to_owned(),
            })?;
            let people = match people(client, &group).await {
                Ok(people) => people,
                // Nobody is in a team that is gone. Fairway cannot tell it from one that it may not see, and fails closed.
                Err(GithubError::NotFound { .. }) => {
                    tracing::warn!(
                        group,
                        "GitHub has no such organisation or team, or does not show it"
                    );
                    HashSet::new()
                }
                Err(error) => return Err(self.passed_on(error)),
            };
            members.insert(group, people);
        }
        Ok(members)
    }
}

async fn people(client: &GithubClient, group: &str) -> std::result::Result<HashSet<i64>, GithubError> {
    let people = match group.split_once('/') {
        Some((organisation, team)) => client.team_members(organisation, team).await?,
        None => client.members(group).await?,
    };
    Ok(people.into_iter().map(|person| person.github_id).collect())
}

fn groups_of(members: &Members, subject: &str) -> Vec<String> {
    let Ok(id) = subject.parse::<i64>() else {
        return Vec::new();
    };
    members
        .iter()
        .filter(|(_, people)| people.contains(&id))
        .map(|(group, _)| group.clone())
        .collect()
}

pub(super) fn words(grants: &[Grant]) -> Vec<String> {
    grants.iter().map(ToString::to_string).collect()
}
