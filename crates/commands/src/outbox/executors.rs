//! Saying who carries out the deploys of a service to an environment.

use domain::{
    access::Action,
    actor::Viewer,
    error::FieldErrors,
    executors::{NewExecutor, RawExecutor, Reach},
    ids::{EnvironmentId, ExecutorId, ServiceId},
};
use secrecy::SecretSlice;
use serde_json::{Value, json};
use store::{AuditEntry, PutExecutor, SealedColumn, StoredExecutor, Tx};

use crate::{
    CommandError, Commands, Result,
    access::{self, anywhere, named_place, on_service, whole},
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
        may_dispatch(&mut tx, by, (found, of.1), &new.reach).await?;
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

/// Refuses a workflow that is not the viewer's to start: Fairway dispatches with rights of its own, in every repository where it
/// is installed. Whoever manages some services names the repository of this one, or one whose services are all theirs.
async fn may_dispatch(
    tx: &mut Tx,
    by: &Viewer,
    ((service, environment), name): ((ServiceId, EnvironmentId), &str),
    reach: &Reach,
) -> Result<()> {
    let Reach::GithubActions { repository, .. } = reach else {
        return Ok(());
    };
    if whole(by, Action::EditExecutors).is_ok() {
        return Ok(());
    }
    if let Some(named) = tx.repository_now_called(repository).await? {
        let services = tx.services_of_repository(named).await?;
        let class = tx.class_of_environment(environment).await?;
        let is_own = services.contains(&service);
        if is_own || all_theirs(tx, by, &services, (name.to_owned(), Some(class))).await? {
            return Ok(());
        }
    }
    let message = "name the repository of this service, or one whose services are all yours to manage; an admin of the whole \
                   organisation may name any";
    Err(FieldErrors::one("repository", message).into())
}

async fn all_theirs(tx: &mut Tx, by: &Viewer, services: &[ServiceId], place: access::Place) -> Result<bool> {
    for service in services {
        let about = (*service, Some(place.clone()));
        match on_service(tx, by, Action::EditExecutors, about).await {
            Ok(()) => {}
            Err(CommandError::Denied { .. }) => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(!services.is_empty())
}
