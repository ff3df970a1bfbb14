//! Saying who carries out the deploys of a service to an environment.

use domain::{
    access::Action,
    actor::Viewer,
    error::FieldErrors,
    executors::{NewExecutor, RawExecutor, Reach},
    ids::{ExecutorId, ServiceId},
};
use secrecy::SecretSlice;
use serde_json::{Value, json};
use store::{AuditEntry, PutExecutor, SealedColumn, StoredExecutor};

use crate::{
    CommandError, Commands, Result,
    access::{anywhere, named_place},
    keyring::Place,
};

impl Commands {
    /// Sets the executor of a service (by its slug) and an environment (by its name). A webhook keeps its secret unless another one
    /// is given.
    pub async fn set_executor(&self, by: &Viewer, of: (&str, &str), raw: &RawExecutor) -> Result<ExecutorId> {
        anywhere(by, Action::EditExecutors)?;
        let new = NewExecutor::parse(raw)?;
        self.check_reach(&new.reach)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let found = named_place(&mut tx, by, Action::EditExecutors, of).await?;
        let known = tx.executor(found).await?;
        let id = known
            .as_ref()
            .map_or_else(|| self.id(), |known| known.executor.id);
        let sealed = self.secret_of(id, &new, known.as_ref())?;
        let put = PutExecutor {
            id,
            of: found,
            reach: &new.reach,
            sealed: sealed.as_deref(),
            at: self.now(),
        };
        if known.is_some() {
            tx.update_executor(&put).await?;
        } else if !tx.insert_executor(&put).await? {
            let why = "somebody set this executor at the same moment; look at it, then try again";
            return Err(CommandError::Conflict { why: why.to_owned() });
        }
        let after = json!({
            "environment": of.1, "executor": new.reach, "secret": new.secret.as_ref().map(|_| "changed"),
        });
        let entry = self.executor_entry("executor.set", found.0, (told(of.1, known.as_ref()), Some(after)));
        tx.audit(entry).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Takes the executor of a service and an environment away: nothing is driven there until another one is set.
    pub async fn remove_executor(&self, by: &Viewer, of: (&str, &str)) -> Result<()> {
        anywhere(by, Action::EditExecutors)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let found = named_place(&mut tx, by, Action::EditExecutors, of).await?;
        let known = tx.executor(found).await?;
        let known =
            known.ok_or_else(|| CommandError::not_found(format!("executor of {} in {}", of.0, of.1)))?;
        tx.delete_executor(known.executor.id).await?;
        let entry = self.executor_entry("executor.remove", found.0, (told(of.1, Some(&known)), None));
        tx.audit(entry).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What would never be called is not stored.
    fn check_reach(&self, reach: &Reach) -> Result<()> {
        if let (Reach::Webhook { url }, Some(outward)) = (reach, self.outward()) {
            let checked = outward.hooks.check(url);
            checked.map_err(|refused| FieldErrors::one("url", refused.to_string()))?;
        }
        Ok(())
    }

    fn secret_of(
        &self,
        id: ExecutorId,
        new: &NewExecutor,
        known: Option<&StoredExecutor>,
    ) -> Result<Option<Vec<u8>>> {
        if !new.reach.is_signed() {
            return Ok(None);
        }
        let place = Place {
            column: SealedColumn::ExecutorSecret.as_str(),
            row: id.0,
        };
        match (&new.secret, known.and_then(|known| known.sealed.clone())) {
            (Some(secret), _) => {
                let secret = SecretSlice::from(secret.clone().into_bytes());
                self.sealed(place, &secret).map(Some)
            }
            (None, Some(kept)) => Ok(Some(kept)),
            (None, None) => {
                let message = "give the secret that orders are signed with; the receiver checks them by it";
                Err(FieldErrors::one("secret", message).into())
            }
        }
    }

    fn executor_entry(
        &self,
        action: &'static str,
        service: ServiceId,
        (before, after): (Option<Value>, Option<Value>),
    ) -> AuditEntry<'static> {
        AuditEntry {
            id: self.id(),
            at: self.now(),
            action,
            subject: format!("service:{service}"),
            reason: None,
            before,
            after,
        }
    }
}

/// An executor in the trail; its secret is in no trail.
fn told(environment: &str, known: Option<&StoredExecutor>) -> Option<Value> {
    known.map(|known| json!({ "environment": environment, "executor": known.executor.reach }))
}
