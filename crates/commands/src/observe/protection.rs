//! A deployment that waits for a protection rule: whether GitHub asks at its own place, and letting the run wait.

use domain::facts::ProtectionRuleFact;
use integrations::github::RuleCallback;
use serde_json::json;

use super::Observing;
use crate::{Commands, Result};

impl Commands {
    /// Stores the deployment like any other, and asks for a decision about it.
    pub(super) async fn store_protection_rule(
        &self,
        observing: &mut Observing<'_>,
        fact: &ProtectionRuleFact,
    ) -> Result<()> {
        if !fact.is_requested {
            return Ok(());
        }
        let Some(callback) = self.own_callback(observing, fact).await? else {
            return Ok(());
        };
        let deployment = callback.deployment(fact);
        self.store_deployment(observing, &deployment).await?;
        let (repository, at) = (observing.repository.id, observing.at);
        Box::pin(self.hold_run(observing.tx, (repository, callback.run), fact, at)).await
    }

    /// Where the answer goes, if that is a run of this repository at our GitHub. Anything else is nobody's question: whoever could
    /// have it answered elsewhere could have a token sent there.
    async fn own_callback(
        &self,
        observing: &mut Observing<'_>,
        fact: &ProtectionRuleFact,
    ) -> Result<Option<RuleCallback>> {
        let Some(github) = self.github() else {
            tracing::warn!("a run waits for a protection rule, and no GitHub is set to answer it");
            return Ok(None);
        };
        let id = observing.repository.id;
        if let Some(callback) = github.rule_callback(&fact.callback_url)
            && observing.tx.repository_called(&callback.repository).await? == Some(id)
        {
            return Ok(Some(callback));
        }
        let detail = json!({ "callback": fact.callback_url, "repository": id });
        self.note_security_event("protection_rule_elsewhere", "github", &detail)
            .await?;
        Ok(None)
    }
}
