//! The keys of sealed secrets: which rows need which, and sealing all of them with the newest.

use domain::{
    access::Action,
    actor::Viewer,
    ids::{ExecutorId, NotificationTargetId, PersonId},
};
use secrecy::{ExposeSecret, SecretSlice};
use serde_json::json;
use store::{AuditEntry, SealedColumn, SealedRow, Tx};
use uuid::Uuid;

use crate::{
    CommandError, Commands, Result,
    access::whole,
    keyring::{KeyError, KeyId, Keyring, Place},
};

/// Rows sealed anew in one transaction.
const AT_ONCE: i64 = 100;

/// How many rows of a column are sealed with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyUse {
    /// Table and column.
    pub column: &'static str,
    /// The key's id in hexadecimal digits.
    pub key: String,
    /// How many.
    pub rows: i64,
    /// Whether this process has the key.
    pub is_known: bool,
}

/// What is done with secrets whose key is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// Nothing: rotating stops.
    Keep,
    /// They are removed, and their people set them up again.
    Remove,
}

/// What rotating did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotated {
    /// Secrets that were sealed anew.
    pub sealed: u64,
    /// Secrets that were removed, since their key is lost.
    pub removed: u64,
}

impl From<KeyError> for CommandError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::NoKey => Self::Conflict {
                why: error.to_string(),
            },
            KeyError::Unknown(_) | KeyError::Broken => Self::internal(error),
        }
    }
}

impl Commands {
    /// The same commands with the keys that secrets are sealed with.
    #[must_use]
    pub fn with_keyring(self, keyring: Keyring) -> Self {
        Self { keyring, ..self }
    }

    /// The ids of the keys of this process; the first one seals.
    pub fn key_ids(&self) -> Vec<KeyId> {
        self.keyring.ids()
    }

    /// Which keys the rows of the database need.
    pub async fn key_uses(&self) -> Result<Vec<KeyUse>> {
        let mut uses = Vec::new();
        for column in SealedColumn::ALL {
            for (key, rows) in self.reads().sealing_keys(column).await? {
                uses.push(KeyUse {
                    column: column.as_str(),
                    is_known: self.keyring.has(&key),
                    key: hex::encode(key),
                    rows,
                });
            }
        }
        Ok(uses)
    }

    /// Refuses when a row is sealed with a key that this process does not have: people would be locked out one by one.
    pub async fn check_keys(&self) -> Result<()> {
        let lost = self.key_uses().await?.into_iter().find(|one| !one.is_known);
        let Some(KeyUse {
            column, key, rows, ..
        }) = lost
        else {
            return Ok(());
        };
        Err(CommandError::Conflict {
            why: format!(
                "secrets in {column} ({rows} of them) are sealed with the key {key}, which this process does not have. \
                 Set FAIRWAY_KEY or FAIRWAY_KEY_FILE to what it was; if it is lost, `fairway keys rotate --remove-lost` \
                 removes them, and their people set them up again"
            ),
        })
    }

    /// Seals every secret with the first key that is sealed with another. What is done stays done, so it can be broken off
    /// and run again, also while the server runs.
    pub async fn rotate_keys(&self, by: &Viewer, lost: Lost) -> Result<Rotated> {
        whole(by, Action::ManagePeople)?;
        let mut rotated = Rotated::default();
        for column in SealedColumn::ALL {
            let mut after = Uuid::nil();
            loop {
                let current = self.keyring.current()?;
                let rows = self
                    .reads()
                    .sealed_otherwise(column, current.as_bytes(), (after, AT_ONCE))
                    .await?;
                let Some(furthest) = rows.last() else { break };
                after = furthest.row;
                let batch = self.rotate_rows(by, (column, &rows), lost).await?;
                rotated.sealed += batch.sealed;
                rotated.removed += batch.removed;
            }
        }
        Ok(rotated)
    }

    async fn rotate_rows(
        &self,
        by: &Viewer,
        (column, rows): (SealedColumn, &[SealedRow]),
        lost: Lost,
    ) -> Result<Rotated> {
        let mut tx = self.store.begin(by.actor()).await?;
        let mut batch = Rotated::default();
        for row in rows {
            let place = Place {
                column: column.as_str(),
                row: row.row,
            };
            match self.keyring.open(place, &row.sealed) {
                Ok(secret) => {
                    let anew = self.sealed(place, &secret)?;
                    batch.sealed += u64::from(tx.reseal(column, row, &anew).await?);
                }
                Err(_) if lost == Lost::Remove => {
                    remove(&mut tx, column, row).await?;
                    batch.removed += 1;
                }
                Err(error) => {
                    // Says which key is missing and what to do, where that is why.
                    self.check_keys().await?;
                    return Err(error.into());
                }
            }
        }
        // Another process was first with all of them.
        if batch == Rotated::default() {
            return Ok(batch);
        }
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "keys.rotate",
            subject: format!("key:{}", self.keyring.current()?),
            reason: None,
            before: None,
            after: Some(
                json!({ "column": column.as_str(), "sealed": batch.sealed, "removed": batch.removed }),
            ),
        })
        .await?;
        tx.commit().await?;
        Ok(batch)
    }

    /// A secret sealed for its place.
    pub(crate) fn sealed(&self, place: Place, secret: &SecretSlice<u8>) -> Result<Vec<u8>> {
        Ok(self.keyring.seal(place, secret.expose_secret(), self.secret())?)
    }

    /// A secret that was sealed for its place.
    pub(crate) fn opened(&self, place: Place, sealed: &[u8]) -> Result<SecretSlice<u8>> {
        Ok(self.keyring.open(place, sealed)?)
    }
}

/// Removes a secret that nobody can open, with what depends on it.
async fn remove(tx: &mut Tx, column: SealedColumn, row: &SealedRow) -> Result<()> {
    match column {
        SealedColumn::TotpSecret => {
            let person = PersonId(row.row);
            tx.set_totp(person, None).await?;
            tx.put_recovery_codes(person, &[]).await?;
        }
        SealedColumn::ExecutorSecret => tx.forget_executor_secret(ExecutorId(row.row)).await?,
        SealedColumn::TargetSecret => {
            tx.delete_target(NotificationTargetId(row.row)).await?;
        }
    }
    Ok(())
}
