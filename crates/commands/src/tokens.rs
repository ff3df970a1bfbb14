//! API tokens: making them, ending them, and knowing their holders.

use domain::{
    access::Action,
    actor::Viewer,
    ids::TokenId,
    tokens::{NewToken, SECRET_BYTES, Token, is_well_formed, secret},
};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::AuditEntry;

use crate::{CommandError, Commands, Result, access::whole};

impl Commands {
    /// Makes a token from random bytes and gives its secret, which nobody can read again.
    pub async fn create_token(
        &self,
        by: &Viewer,
        new: NewToken,
        random: [u8; SECRET_BYTES],
    ) -> Result<(Token, String)> {
        whole(by, Action::ManageTokens)?;
        let secret = secret(random);
        let token = Token {
            id: self.id(),
            name: new.name,
            scopes: new.scopes,
            owner: new.owner,
            created_at: self.now(),
            expires_at: new.expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        let mut tx = self.store.begin(by.actor()).await?;
        tx.insert_token(&token, &Sha256::digest(secret.as_bytes()))
            .await?;
        tx.audit(AuditEntry {
            id: self.id(),
            at: token.created_at,
            action: "token.create",
            subject: format!("token:{}", token.id),
            reason: None,
            before: None,
            after: Some(
                json!({ "name": token.name, "scopes": token.scopes, "owner": token.owner, "expires_at": token.expires_at }),
            ),
        })
        .await?;
        tx.commit().await?;
        Ok((token, secret))
    }

    /// Ends a token at once.
    pub async fn revoke_token(&self, by: &Viewer, id: TokenId) -> Result<Token> {
        whole(by, Action::ManageTokens)?;
        let mut tx = self.store.begin(by.actor()).await?;
        let mut token = tx
            .token(id)
            .await?
            .ok_or_else(|| CommandError::not_found(format!("token {id}")))?;
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
        let holder = Viewer::token(token.id, token.name, token.scopes);
        let Some(owner) = token.owner else {
            return Ok(holder);
        };
        // A token never may more than its owner, and nothing once the owner cannot sign in.
        let (_, grants) = self
            .reads()
            .viewer_of(owner)
            .await?
            .ok_or(CommandError::SignedOut)?;
        Ok(holder.owned_by(grants))
    }
}
