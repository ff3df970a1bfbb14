//! An identity that is a person's no more: one that was connected by mistake, or that somebody else holds by now.

use domain::{access::Action, actor::Viewer, error::FieldErrors, ids::PersonId, sign_in::Way};
use serde_json::json;
use store::AuditEntry;

use crate::{CommandError, Commands, Result, access::whole};

impl Commands {
    /// Takes an identity at a provider from a person: nobody comes in by it any more, what its groups gave goes, and every
    /// session of theirs ends. What was done under it stays theirs.
    ///
    /// Only admins do this, since whoever could do it alone would be two people to whoever asks for two.
    pub async fn unlink_identity(
        &self,
        by: &Viewer,
        person: PersonId,
        (identity, why): (&str, &str),
    ) -> Result<()> {
        whole(by, Action::ManagePeople)?;
        let (way, subject) = chosen(identity, why)?;
        let mut tx = self.begin_as(by).await?;
        tx.lock_admins().await?;
        let account = self.account(person).await?;
        if !tx.delete_identity(person, (way, subject)).await? {
            return Err(CommandError::not_found(
                "such identity of theirs; somebody may have taken it away already",
            ));
        }
        self.follow_rules(&mut tx, person).await?;
        self.keeps_an_admin(&mut tx, &account).await?;
        let ended = tx.end_sessions(person, None).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "person.unlink",
            subject: format!("person:{person}"),
            reason: Some(why.trim()),
            before: Some(json!({ "provider": way.as_str(), "identity": subject })),
            after: Some(json!({ "sessions_ended": ended })),
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// The provider and what somebody is known by there, as a form writes them with a space between, where a reason is given too.
fn chosen<'a>(identity: &'a str, why: &str) -> std::result::Result<(Way, &'a str), FieldErrors> {
    let known = identity
        .split_once(' ')
        .and_then(|(way, subject)| Some((Way::parse(way)?, subject)));
    let mut errors = FieldErrors::new();
    let length = why.trim().chars().count();
    if !(3..=2000).contains(&length) || why.contains('\0') {
        errors.add(
            "why",
            "say why, in 3 to 2,000 characters; it stands in the audit trail",
        );
    }
    errors.with(known.ok_or_else(|| FieldErrors::one("identity", "choose one of their identities")))
}
