//! An authenticator beside the password, and recovery codes for the day it is lost.

use std::fmt;

use domain::{actor::Viewer, error::FieldErrors, ids::PersonId};
use secrecy::{ExposeSecret, SecretSlice};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{AuditEntry, SealedColumn, TotpState, Tx};
use url::form_urlencoded::byte_serialize;

use super::{shared::Origin, totp};
use crate::{CommandError, Commands, Result, keyring::Place};

/// How many recovery codes a person gets.
pub const RECOVERY_CODES: usize = 10;
/// Bytes of an authenticator's secret: as long as SHA-1's output (RFC 4226).
const SECRET: usize = 20;
/// Bytes of a recovery code: 120 bits, too many to guess, so their SHA-256 needs no salt. They fill 24 letters of base 32.
const RECOVERY: usize = 15;
/// Letters that stand together.
const GROUP: usize = 4;

/// An authenticator in the making. Its `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct NewAuthenticator {
    /// The secret as people type it.
    pub secret: String,
    /// The same with names as a QR code carries it.
    pub uri: String,
}

impl fmt::Debug for NewAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAuthenticator").finish_non_exhaustive()
    }
}

/// Where a person's secret is sealed.
fn place(person: PersonId) -> Place {
    Place {
        column: SealedColumn::TotpSecret.as_str(),
        row: person.0,
    }
}

impl Commands {
    /// Begins to set an authenticator up: makes its secret, which asks for no codes yet. An earlier secret that was never
    /// confirmed is replaced.
    pub async fn propose_authenticator(&self, by: &Viewer) -> Result<()> {
        let person = by.signed_in().ok_or(CommandError::SignedOut)?;
        let secret = SecretSlice::from(self.secret()[..SECRET].to_vec());
        let sealed = self.sealed(place(person), &secret)?;
        let mut tx = self.store.begin(by.actor()).await?;
        if !tx.propose_totp(person, &sealed).await? {
            return Err(set_up_already());
        }
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "person.propose_authenticator",
            subject: format!("person:{person}"),
            reason: None,
            before: None,
            after: None,
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The authenticator in the making; `None` before its secret is made.
    pub async fn proposed_authenticator(&self, by: &Viewer) -> Result<Option<NewAuthenticator>> {
        let person = by.signed_in().ok_or(CommandError::SignedOut)?;
        let account = self.account(person).await?;
        let secret = match self.reads().totp(person).await? {
            Some(state) if state.since.is_some() => return Err(set_up_already()),
            Some(state) => totp::base32(self.totp_secret(person, &state)?.expose_secret()),
            None => return Ok(None),
        };
        let encoded = |text: &str| {
            byte_serialize(text.as_bytes())
                .collect::<String>()
                .replace('+', "%20")
        };
        let issuer = encoded(&format!("Fairway {}", self.reads().organisation().await?.name));
        let uri = format!(
            "otpauth://totp/{issuer}:{}?secret={secret}&issuer={issuer}",
            encoded(&account.email)
        );
        Ok(Some(NewAuthenticator { secret, uri }))
    }

    /// Has codes asked for from now on, once one is right; gives the recovery codes, which nobody can read again. Every other
    /// session of the person ends, since nobody was asked for a code when it began.
    pub async fn confirm_authenticator(
        &self,
        by: &Viewer,
        code: &str,
        session: &[u8],
        from: &Origin,
    ) -> Result<Vec<String>> {
        let person = by.signed_in().ok_or(CommandError::SignedOut)?;
        let account = self.account(person).await?;
        self.hold_up_account(&account.email, from).await?;
        let state = self.reads().totp(person).await?;
        let state = state
            .filter(|state| state.since.is_none())
            .ok_or_else(|| CommandError::Conflict {
                why: "there is no authenticator to confirm; begin again".to_owned(),
            })?;
        let now = self.now();
        let secret = self.totp_secret(person, &state)?;
        let step = totp::step_of(secret.expose_secret(), code, now.timestamp());
        let mut tx = self.store.begin(by.actor()).await?;
        let taken = match step {
            Some(step) => tx.take_totp_step(person, step).await?,
            None => false,
        };
        if !taken {
            return Err(
                FieldErrors::one("code", "this is not the code that the authenticator shows now").into(),
            );
        }
        let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| self.recovery_code()).collect();
        let hashes: Vec<Vec<u8>> = codes.iter().map(|code| hash(code)).collect();
        tx.put_recovery_codes(person, &hashes).await?;
        tx.set_totp(person, Some(now)).await?;
        let ended = tx.end_sessions(person, Some(session)).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "person.set_authenticator",
            subject: format!("person:{person}"),
            reason: None,
            before: None,
            after: Some(json!({ "recovery_codes": RECOVERY_CODES, "sessions_ended": ended })),
        })
        .await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Takes one's authenticator off, by a code of it or a recovery code; every other session of the person ends.
    pub async fn remove_authenticator(
        &self,
        by: &Viewer,
        code: &str,
        session: &[u8],
        from: &Origin,
    ) -> Result<()> {
        let person = by.signed_in().ok_or(CommandError::SignedOut)?;
        let mut tx = self.store.begin(by.actor()).await?;
        if !self.takes_code(&mut tx, (person, code), from).await? {
            let message = "this is neither a code of now nor a recovery code that is left";
            return Err(FieldErrors::one("code", message).into());
        }
        tx.set_totp(person, None).await?;
        tx.put_recovery_codes(person, &[]).await?;
        let ended = tx.end_sessions(person, Some(session)).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: self.now(),
            action: "person.remove_authenticator",
            subject: format!("person:{person}"),
            reason: None,
            before: None,
            after: Some(json!({ "sessions_ended": ended })),
        })
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether a code is one of the authenticator's or a recovery code; taken once, it is none any more. The caller writes
    /// the audit row.
    pub(super) async fn takes_code(
        &self,
        tx: &mut Tx,
        (person, code): (PersonId, &str),
        from: &Origin,
    ) -> Result<bool> {
        let (account, now) = (self.account(person).await?, self.now());
        self.identity.limits.of_address(&from.address, now)?;
        self.hold_up_account(&account.email, from).await?;
        let state = self.reads().totp(person).await?;
        let Some(state) = state.filter(|state| state.since.is_some()) else {
            return Ok(false);
        };
        let secret = self.totp_secret(person, &state)?;
        Ok(
            match totp::step_of(secret.expose_secret(), code, now.timestamp()) {
                Some(step) => tx.take_totp_step(person, step).await?,
                None => tx.use_recovery_code(person, &hash(code), now).await?,
            },
        )
    }

    fn totp_secret(&self, person: PersonId, state: &TotpState) -> Result<SecretSlice<u8>> {
        self.opened(place(person), &state.sealed)
    }

    fn recovery_code(&self) -> String {
        let text = totp::base32(&self.secret()[..RECOVERY]).to_lowercase();
        let letters: Vec<char> = text.chars().collect();
        let groups: Vec<String> = letters.chunks(GROUP).map(String::from_iter).collect();
        groups.join("-")
    }
}

fn set_up_already() -> CommandError {
    CommandError::Conflict {
        why: "an authenticator is set up already; take it off first".to_owned(),
    }
}

/// What is stored of a recovery code, however it is typed.
fn hash(code: &str) -> Vec<u8> {
    let plain: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    Sha256::digest(plain.as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::hash;

    #[test]
    fn a_recovery_code_is_read_however_it_is_typed() {
        assert_eq!(hash("abcd-efgh-2345-6723"), hash(" ABCD efgh23456723 "));
        assert_ne!(hash("abcd-efgh-2345-6723"), hash("abcd-efgh-2345-6724"));
    }
}
