//! Sending a dead effect again, when a person says so.

use domain::{access::Action, actor::Viewer, ids::EffectId};
use serde_json::json;
use store::AuditEntry;

use crate::{CommandError, Commands, Result, access::whole};

impl Commands {
    /// Sends an effect again that was given up, with all its tries and the same id. Whoever presses it has looked whether it
    /// arrived: where that cannot be found out, it is sent now.
    pub async fn replay_effect(&self, by: &Viewer, id: EffectId) -> Result<()> {
        whole(by, Action::RetryJob)?;
        let missing = || CommandError::not_found(format!("dead effect {id}; it is being sent, or was"));
        let effect = self.reads_of(by).effect(id).await?.ok_or_else(missing)?;
        let (mut tx, now) = (self.store.begin(by.actor()).await?, self.now());
        let error = tx.reset_effect(id, now).await?.ok_or_else(missing)?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "effect.replay",
            subject: format!("effect:{id}"),
            reason: None,
            before: Some(json!({ "state": "dead", "error": error })),
            after: Some(json!({ "state": "waiting", "key": effect.key })),
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }
}
