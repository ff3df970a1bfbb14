//! Rules of trust in tokens that another system signs, and which of those were exchanged.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    actor::Actor,
    ids::{ServiceAccountId, TokenId, TrustRuleId},
    tokens::{RunClaims, TrustRule, TrustTerms},
};
use serde_json::json;
use uuid::Uuid;

use super::{classes, reach, scopes, words};
use crate::{Reads, Result, Store, StoreError, Tx};

/// What workflows got stays in lists and for questions this much longer than it works.
const EXCHANGED_KEPT: TimeDelta = TimeDelta::days(1);

struct RuleRow {
    id: Uuid,
    service_account_id: Uuid,
    issuer: String,
    audience: String,
    repository: String,
    workflow: Option<String>,
    git_ref: Option<String>,
    environment: Option<String>,
    scopes: Vec<String>,
    environments: Vec<String>,
    classes: Vec<String>,
    repository_github_id: Option<i64>,
    created_at: DateTime<Utc>,
}

impl TryFrom<RuleRow> for TrustRule {
    type Error = StoreError;

    fn try_from(row: RuleRow) -> Result<Self> {
        let wrong = |column| StoreError::corrupt("trust_rules", column, row.id);
        Ok(Self {
            id: row.id.into(),
            account: row.service_account_id.into(),
            terms: TrustTerms {
                issuer: row.issuer,
                audience: row.audience,
                repository: row.repository,
                workflow: row.workflow,
                git_ref: row.git_ref,
                environment: row.environment,
                scopes: scopes(&row.scopes).ok_or_else(|| wrong("scopes"))?,
                reach: reach(row.environments, &row.classes).ok_or_else(|| wrong("classes"))?,
            },
            repository_id: row.repository_github_id,
            created_at: row.created_at,
        })
    }
}

impl Reads {
    /// The rules that trust a repository, oldest first; those of disabled accounts are none.
    pub async fn trust_rules_of_repository(&self, repository: &str) -> Result<Vec<TrustRule>> {
        let rows = sqlx::query_as!(
            RuleRow,
            "select r.id, r.service_account_id, r.issuer, r.audience, r.repository, r.workflow, r.git_ref, r.environment,
                    r.scopes, r.environments, r.classes, r.repository_github_id, r.created_at
             from trust_rules r join service_accounts a on a.id = r.service_account_id
             where lower(r.repository) = lower($1) and a.disabled_at is null order by r.created_at, r.id",
            repository
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(TrustRule::try_from).collect()
    }

    /// The rules of a service account, oldest first.
    pub async fn trust_rules_of(&self, account: ServiceAccountId) -> Result<Vec<TrustRule>> {
        let rows = sqlx::query_as!(
            RuleRow,
            "select id, service_account_id, issuer, audience, repository, workflow, git_ref, environment, scopes, environments,
                    classes, repository_github_id, created_at
             from trust_rules where service_account_id = $1 order by created_at, id",
            account.0
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(TrustRule::try_from).collect()
    }
}

impl Store {
    /// Forgets what was exchanged and is over: the tokens that workflows got, and which tokens of theirs were used.
    pub async fn drop_exchanged(&self, now: DateTime<Utc>) -> Result<()> {
        let cutoff = now - EXCHANGED_KEPT;
        sqlx::query!(
            "delete from idempotency_keys k using tokens t
             where t.id = k.token_id and t.trust_rule_id is not null and t.expires_at < $1",
            cutoff
        )
        .execute(&self.pool)
        .await?;
        sqlx::query!(
            "delete from tokens t where trust_rule_id is not null and expires_at < $1
               and not exists (select from idempotency_keys k where k.token_id = t.id)",
            cutoff
        )
        .execute(&self.pool)
        .await?;
        sqlx::query!("delete from exchanged_tokens where expires_at < $1", cutoff)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

impl Tx {
    /// Stores a rule.
    pub async fn insert_trust_rule(&mut self, rule: &TrustRule) -> Result<()> {
        let terms = &rule.terms;
        sqlx::query!(
            "insert into trust_rules (id, service_account_id, issuer, audience, repository, workflow, git_ref, environment, scopes,
                                      environments, classes, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            rule.id.0,
            rule.account.0,
            terms.issuer,
            terms.audience,
            terms.repository,
            terms.workflow,
            terms.git_ref,
            terms.environment,
            &words(&terms.scopes),
            &terms.reach.environments,
            &classes(&terms.reach),
            rule.created_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Removes a rule of an account, and ends what it gave; gives the rule, where there was one.
    pub async fn remove_trust_rule(
        &mut self,
        account: ServiceAccountId,
        id: TrustRuleId,
        now: DateTime<Utc>,
    ) -> Result<Option<TrustRule>> {
        let row = sqlx::query_as!(
            RuleRow,
            "delete from trust_rules where id = $1 and service_account_id = $2
             returning id, service_account_id, issuer, audience, repository, workflow, git_ref, environment, scopes, environments,
                       classes, repository_github_id, created_at",
            id.0,
            account.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        sqlx::query!(
            "update tokens set revoked_at = $2 where trust_rule_id = $1 and revoked_at is null and expires_at > $2",
            id.0,
            now
        )
        .execute(&mut *self.inner)
        .await?;
        row.map(TrustRule::try_from).transpose()
    }

    /// Lets a rule trust the repository of this number alone from now on; `false` where it trusts another one. Of two that try
    /// at once, the first says which.
    pub async fn pin_trust_rule(&mut self, id: TrustRuleId, repository: i64) -> Result<bool> {
        let pinned = sqlx::query!(
            "update trust_rules set repository_github_id = $2
             where id = $1 and coalesce(repository_github_id, $2) = $2",
            id.0,
            repository
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(pinned.rows_affected() == 1)
    }

    /// Holds a rule until this unit of work ends; `false` where somebody removed it meanwhile, or disabled its account.
    pub async fn hold_trust_rule(&mut self, id: TrustRuleId) -> Result<bool> {
        let held = sqlx::query_scalar!(
            "select r.id from trust_rules r join service_accounts a on a.id = r.service_account_id
             where r.id = $1 and a.disabled_at is null for share",
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(held.is_some())
    }

    /// Notes that a token of an issuer was exchanged; `false` where it was before. Of two that try at once, one is first.
    pub async fn use_exchanged(&mut self, sha256: &[u8], expires_at: DateTime<Utc>) -> Result<bool> {
        let noted = sqlx::query!(
            "insert into exchanged_tokens (sha256, expires_at) values ($1, $2) on conflict do nothing",
            sha256,
            expires_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(noted.rows_affected() == 1)
    }

    /// Says by which rule a token was given.
    pub async fn set_trust_rule(&mut self, token: TokenId, rule: TrustRuleId, run: &RunClaims) -> Result<()> {
        sqlx::query!(
            "update tokens set trust_rule_id = $2, claims = $3 where id = $1",
            token.0,
            rule.0,
            json!(run)
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// What is known of whoever uses a token beside whose it is; `None` where no token is used.
    pub async fn holding(&mut self, actor: &Actor) -> Result<Option<Holding>> {
        let Actor::Token { id, .. } = actor else {
            return Ok(None);
        };
        let row = sqlx::query!(
            r#"select owner_id is null and service_account_id is null as "is_nobodys!", trust_rule_id is not null as "is_exchanged!",
                   claims from tokens where id = $1"#,
            id.0
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let run = row.claims.map(serde_json::from_value).transpose();
        let run: Option<RunClaims> = run.map_err(|_| StoreError::corrupt("tokens", "claims", id.0))?;
        Ok(Some(Holding {
            is_nobodys: row.is_nobodys,
            run: run.or_else(|| row.is_exchanged.then(RunClaims::default)),
        }))
    }
}

/// What is known of a token beside whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Whether it is neither a person's nor a service account's.
    pub is_nobodys: bool,
    /// The run of a workflow, where its token was exchanged for this one.
    pub run: Option<RunClaims>,
}
