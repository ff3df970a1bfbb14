//! Exchanging a token that a workflow of GitHub Actions brings for one of ours: no secret is kept in CI.

use domain::{
    actor::{Actor, Scope},
    tokens::{Claims, EXCHANGED_FOR, LEEWAY, NewToken, Token, TrustRule, WrongTime},
};
use integrations::actions::ActionsError;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::AuditEntry;

use crate::{CommandError, Commands, Origin};

/// Why a token was not exchanged.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The token is not to be believed; why, in words for whoever sent it.
    #[error("{0}")]
    Untrusted(String),
    /// The token is genuine, and no rule trusts its workflow.
    #[error(
        "no trust rule fits this workflow; an admin makes one at /admin/tokens for its issuer, audience, repository, workflow, ref \
         and environment; a repository that took over another one's name needs a rule of its own"
    )]
    NoRule,
    /// Everything else.
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl From<WrongTime> for ExchangeError {
    fn from(wrong: WrongTime) -> Self {
        Self::Untrusted(wrong.to_string())
    }
}

impl From<store::StoreError> for ExchangeError {
    fn from(error: store::StoreError) -> Self {
        Self::Command(error.into())
    }
}

impl From<ActionsError> for ExchangeError {
    fn from(error: ActionsError) -> Self {
        match error {
            ActionsError::Unavailable => Self::Command(CommandError::Unavailable {
                system: "the issuer of the token",
                retry_at: None,
            }),
            wrong => Self::Untrusted(wrong.to_string()),
        }
    }
}

impl Commands {
    /// Exchanges a signed token of a workflow for one of ours that works for 15 minutes; `asked` narrows the rule's scopes,
    /// without any all are given. Whoever fails too often from an address is told to wait.
    pub async fn exchange(
        &self,
        subject: &str,
        asked: &[Scope],
        from: &Origin,
    ) -> Result<(Token, String), ExchangeError> {
        let refused = match self.try_exchange(subject, asked, from).await {
            Err(refused @ (ExchangeError::Untrusted(_) | ExchangeError::NoRule)) => refused,
            given_or_failed => return given_or_failed,
        };
        if let late @ CommandError::TooMany { .. } = self.failing_token(&from.address) {
            return Err(late.into());
        }
        let detail = json!({ "why": refused.to_string(), "address": from.address });
        self.note_security_event("token_exchange_refused", "token exchange", &detail)
            .await?;
        Err(refused)
    }

    async fn try_exchange(
        &self,
        subject: &str,
        asked: &[Scope],
        from: &Origin,
    ) -> Result<(Token, String), ExchangeError> {
        let tokens = self.actions.as_ref().ok_or(ActionsError::Issuer)?;
        let now = self.now();
        let claims = tokens.verified(subject, now).await?;
        claims.check_times(now)?;
        let rules = self.reads().trust_rules_of_repository(&claims.repository).await?;
        let fits = |rule: &TrustRule| {
            rule.trusts(&claims) && asked.iter().all(|scope| rule.terms.scopes.contains(scope))
        };
        let rule = rules.into_iter().find(fits).ok_or(ExchangeError::NoRule)?;
        self.give(&rule, asked, (&claims, from)).await
    }

    async fn give(
        &self,
        rule: &TrustRule,
        asked: &[Scope],
        (claims, from): (&Claims, &Origin),
    ) -> Result<(Token, String), ExchangeError> {
        let actor = Actor::System {
            name: format!("GitHub Actions of {}", rule.terms.repository),
        };
        let scopes = if asked.is_empty() {
            rule.terms.scopes.as_slice()
        } else {
            asked
        };
        let mut tx = self.store.begin(&actor).await?;
        if let (None, Some(id)) = (rule.repository_id, claims.repository_id)
            && !tx.pin_trust_rule(rule.id, id).await?
        {
            return Err(ExchangeError::NoRule);
        }
        if !tx.hold_trust_rule(rule.id).await? {
            return Err(ExchangeError::NoRule);
        }
        let seen = Sha256::digest(format!("{}\0{}", claims.issuer, claims.id));
        if !tx.use_exchanged(&seen, claims.expires_at + LEEWAY).await? {
            return Err(ExchangeError::Untrusted(
                "the token was exchanged before; ask for a new one for every exchange".to_owned(),
            ));
        }
        let new = NewToken {
            name: format!("workflow of {}", rule.terms.repository),
            scopes: scopes.to_vec(),
            reach: rule.terms.reach.clone(),
            owner: Some(rule.account.into()),
            expires_at: self.now() + EXCHANGED_FOR,
        };
        let (mut token, secret) = self.token_in(&mut tx, new, self.randomness()).await?;
        tx.set_trust_rule(token.id, rule.id, &claims.run).await?;
        token.is_exchanged = true;
        tx.audit(AuditEntry {
            id: self.id(),
            at: token.created_at,
            action: "token.exchange",
            subject: format!("token:{}", token.id),
            reason: None,
            before: None,
            after: Some(json!({
                "rule": rule.id, "service_account": rule.account, "scopes": token.scopes, "reach": token.reach,
                "expires_at": token.expires_at, "issuer": claims.issuer, "repository": claims.repository, "repository_id": claims.repository_id,
                "workflow": claims.workflow_ref, "ref": claims.git_ref, "environment": claims.environment,
                "run": claims.run.run, "attempt": claims.run.attempt, "sha": claims.run.sha, "address": from.address,
            })),
        })
        .await?;
        tx.commit().await?;
        Ok((token, secret))
    }
}
