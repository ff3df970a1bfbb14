//! API tokens: making them, ending them, and knowing their holders.

use chrono::TimeDelta;
use domain::{
    access::{Action, Grant},
    actor::Viewer,
    error::FieldErrors,
    ids::{PersonId, TokenId},
    tokens::{NewToken, Owner, SECRET_BYTES, Token, is_well_formed, secret},
};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{AuditEntry, Tx};

use crate::{
    CommandError, Commands, Result,
    access::{anywhere, whole},
};

/// How long what a provider said of somebody's groups holds in their tokens. Nobody but their browser can ask it again, and whoever
/// works here signs in within a week, since no session lasts longer.
const GROUPS_HOLD: TimeDelta = TimeDelta::days(7);

impl Commands {
    /// Makes a token from random bytes and gives its secret, which nobody can read again.
    pub async fn create_token(
        &self,
        by: &Viewer,
        new: NewToken,
        random: [u8; SECRET_BYTES],
    ) -> Result<(Token, String)> {
        whole(by, Action::ManageTokens)?;
        if let Some(Owner::ServiceAccount(account)) = new.owner {
            self.working_account(account).await?;
        }
        self.insert(by, new, random).await
    }

    /// Makes a token for a service account or, where none is named, for nobody; its randomness is this process's.
    pub async fn issue_token(&self, by: &Viewer, new: NewToken) -> Result<(Token, String)> {
        self.create_token(by, new, self.randomness()).await
    }

    /// Makes a token of one's own, which never may more than oneself.
    pub async fn create_own_token(&self, by: &Viewer, new: NewToken) -> Result<(Token, String)> {
        anywhere(by, Action::OwnTokens)?;
        let person = by.signed_in().ok_or(CommandError::SignedOut)?;
        self.insert(by, new.owned_by(person), self.randomness()).await
    }

    async fn insert(
        &self,
        by: &Viewer,
        new: NewToken,
        random: [u8; SECRET_BYTES],
    ) -> Result<(Token, String)> {
        let mut tx = self.store.begin(by.actor()).await?;
        // A form that is sent twice shows one secret; the other token would work unseen.
        if let Some(owner) = new.owner
            && tx.has_token_named(owner, &new.name, self.now()).await?
        {
            let taken = "a token of this name works already; revoke it first, or choose another name";
            return Err(FieldErrors::one("name", taken).into());
        }
        let made = self.token_in(&mut tx, new, random).await?;
        self.audit_made(&mut tx, &made.0).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Makes a token in a unit of work; the caller writes the audit row.
    pub(crate) async fn token_in(
        &self,
        tx: &mut Tx,
        new: NewToken,
        random: [u8; SECRET_BYTES],
    ) -> Result<(Token, String)> {
        let secret = secret(random);
        let token = Token {
            id: self.id(),
            name: new.name,
            scopes: new.scopes,
            reach: new.reach,
            owner: new.owner,
            created_at: self.now(),
            expires_at: new.expires_at,
            last_used_at: None,
            revoked_at: None,
            is_exchanged: false,
        };
        tx.insert_token(&token, &Sha256::digest(secret.as_bytes()))
            .await?;
        Ok((token, secret))
    }

    async fn audit_made(&self, tx: &mut Tx, token: &Token) -> Result<()> {
        Ok(tx
            .audit(AuditEntry {
                id: self.id(),
                at: token.created_at,
                action: "token.create",
                subject: format!("token:{}", token.id),
                reason: None,
                before: None,
                after: Some(json!({
                    "name": token.name, "scopes": token.scopes, "reach": token.reach, "owner": token.owner,
                    "expires_at": token.expires_at,
                })),
            })
            .await?)
    }

    /// The random bytes of a secret.
    pub(crate) fn randomness(&self) -> [u8; SECRET_BYTES] {
        let mut random = [0; SECRET_BYTES];
        random.copy_from_slice(&self.secret()[..SECRET_BYTES]);
        random
    }

    /// Ends a token at once: one's own, or for whoever manages them any.
    pub async fn revoke_token(&self, by: &Viewer, id: TokenId) -> Result<Token> {
        let mut tx = self.store.begin(by.actor()).await?;
        let found = tx.token(id).await?;
        // Whoever may not learns nothing about which tokens there are.
        if !found.as_ref().is_some_and(|token| owns(by, token)) {
            whole(by, Action::ManageTokens)?;
        }
        let mut token = found.ok_or_else(|| CommandError::not_found(format!("token {id}")))?;
        if token.revoked_at.is_some() {
            return Err(CommandError::Conflict {
                why: format!("the token {} is revoked already", token.name),
            });
        }
        let now = self.now();
        tx.revoke_token(id, now).await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: now,
            action: "token.revoke",
            subject: format!("token:{id}"),
            reason: None,
            before: Some(json!({ "name": token.name, "scopes": token.scopes })),
            after: None,
        })
        .await?;
        tx.commit().await?;
        token.revoked_at = Some(now);
        Ok(token)
    }

    /// The holder of a token's secret. Unknown, expired and revoked ones are all [`CommandError::SignedOut`].
    ///
    /// The database is asked with every request, so that a token that is revoked at one process ends at all of them at once.
    pub async fn holder_of(&self, secret: &str) -> Result<Viewer> {
        if !is_well_formed(secret) {
            return Err(CommandError::SignedOut);
        }
        let now = self.now();
        let found = self
            .reads()
            .token_of_secret(&Sha256::digest(secret.as_bytes()))
            .await?;
        let token = found
            .filter(|token| token.works_at(now))
            .ok_or(CommandError::SignedOut)?;
        self.store.note_token_use(&token, now).await?;
        let holder = Viewer::token(token.id, token.name, token.scopes).within(token.reach);
        // A token never may more than its owner, and nothing once the owner cannot sign in or is disabled.
        let grants = match token.owner {
            None => return Ok(holder),
            Some(Owner::Person(person)) => self.grants_in_tokens(person).await?,
            Some(Owner::ServiceAccount(account)) => {
                let account = self.reads().service_account(account).await?;
                let working = account.filter(|account| account.disabled_at.is_none());
                vec![working.ok_or(CommandError::SignedOut)?.grant()]
            }
        };
        Ok(holder.owned_by(grants))
    }

    /// What a person may by a token: as much as by a session, where their provider was asked lately.
    async fn grants_in_tokens(&self, person: PersonId) -> Result<Vec<Grant>> {
        let found = self.reads().viewer_of(person).await?;
        let (_, grants) = found.ok_or(CommandError::SignedOut)?;
        let since = self.now() - GROUPS_HOLD;
        let old = self.reads().grants_not_named_since(person, since).await?;
        let holding: Vec<Grant> = grants
            .into_iter()
            .filter(|grant| !old.contains(&grant.id))
            .collect();
        if holding.is_empty() && !old.is_empty() {
            return Err(CommandError::Denied {
                why: "Roles that groups of your provider gave hold in a token for seven days. Sign in once more and it works again."
                    .to_owned(),
            });
        }
        Ok(holding)
    }
}

fn owns(by: &Viewer, token: &Token) -> bool {
    by.signed_in()
        .is_some_and(|person| token.owner == Some(Owner::Person(person)))
}
