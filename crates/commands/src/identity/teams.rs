//! Who belongs to a team here: whoever holds a role of it.

use domain::{
    access::{Action, Grant},
    actor::Viewer,
    ids::PersonId,
};

use super::roles::{stay_taken, words};
use crate::{CommandError, Commands, Result, access::whole};

impl Commands {
    /// Takes every role of a team away from a person, all or none; gives how many those were. What they hold for the whole
    /// organisation stays, so no admin of it goes with them.
    pub async fn remove_member(&self, by: &Viewer, team: &str, person: PersonId) -> Result<usize> {
        whole(by, Action::ManagePeople)?;
        let account = self.account(person).await?;
        let of_team = |grant: &Grant| grant.team.as_ref().is_some_and(|held| held.slug == team);
        let (gone, left): (Vec<Grant>, Vec<Grant>) = account.grants.iter().cloned().partition(of_team);
        if gone.is_empty() {
            return Err(CommandError::not_found(format!(
                "member {} of team {team}",
                account.name
            )));
        }
        let mut tx = self.store.begin(by.actor()).await?;
        for grant in &gone {
            tx.delete_grant(person, grant.id).await?;
        }
        stay_taken(&mut tx, person, &gone).await?;
        self.audit_roles(&mut tx, "team.remove_member", &account, words(&left))
            .await?;
        tx.commit().await?;
        Ok(gone.len())
    }
}
