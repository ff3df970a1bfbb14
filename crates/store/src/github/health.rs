//! How it stands with GitHub: silence, budgets, rights, installations and the webhook. Observations, so no audit rows.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::integrations::{
    CheckOutcome, GithubBudget, GithubInstallation, GithubPermission, PermissionCheck, SystemHealth,
    WebhookState,
};

use crate::{Reads, Result, Store, StoreError, Tx};

struct BudgetRow {
    caller: String,
    account: Option<String>,
    request_limit: Option<i64>,
    remaining: Option<i64>,
    reset_at: Option<DateTime<Utc>>,
    paused_until: Option<DateTime<Utc>>,
    refused_since: Option<DateTime<Utc>>,
    noted_at: DateTime<Utc>,
}

impl From<BudgetRow> for GithubBudget {
    fn from(row: BudgetRow) -> Self {
        let whole = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok());
        Self {
            caller: row.caller,
            account: row.account,
            limit: whole(row.request_limit),
            remaining: whole(row.remaining),
            reset_at: row.reset_at,
            paused_until: row.paused_until,
            refused_since: row.refused_since,
            noted_at: row.noted_at,
        }
    }
}

impl Store {
    /// Notes whether a system answers. Several processes note: the newest answer counts, and who was left alone since when is
    /// what the last one says.
    pub async fn note_system_health(&self, system: &str, health: &SystemHealth) -> Result<()> {
        sqlx::query!(
            "insert into outside_systems as s (system, breaker, open_since, next_try, last_answer_at, last_failure_at,
                 last_failure, noted_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (system) do update set breaker = excluded.breaker, open_since = excluded.open_since,
                 next_try = excluded.next_try, last_answer_at = greatest(s.last_answer_at, excluded.last_answer_at),
                 last_failure_at = greatest(s.last_failure_at, excluded.last_failure_at),
                 last_failure = case when excluded.last_failure_at >= coalesce(s.last_failure_at, '-infinity')
                                     then excluded.last_failure else s.last_failure end,
                 noted_at = excluded.noted_at",
            system,
            health.breaker,
            health.open_since,
            health.next_try,
            health.last_answer_at,
            health.last_failure_at,
            health.last_failure,
            health.noted_at
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes what callers may still ask.
    pub async fn note_github_budgets(&self, budgets: &[GithubBudget]) -> Result<()> {
        for budget in budgets {
            let whole = |count: Option<u64>| count.and_then(|count| i64::try_from(count).ok());
            sqlx::query!(
                "insert into github_budgets (caller, request_limit, remaining, reset_at, paused_until, refused_since, noted_at)
                 values ($1, $2, $3, $4, $5, $6, $7)
                 on conflict (caller) do update set request_limit = excluded.request_limit, remaining = excluded.remaining,
                     reset_at = excluded.reset_at, paused_until = excluded.paused_until,
                     refused_since = excluded.refused_since, noted_at = excluded.noted_at
                 where github_budgets.noted_at <= excluded.noted_at",
                budget.caller,
                whole(budget.limit),
                whole(budget.remaining),
                budget.reset_at,
                budget.paused_until,
                budget.refused_since,
                budget.noted_at
            )
            .execute(&self.pool)
            .await?;
        }
        Ok(())
    }
}

impl Tx {
    /// Takes over the list of installations; the ones that it does not name are gone since `at`.
    pub async fn put_github_installations(
        &mut self,
        installations: &[(GithubInstallation, BTreeMap<String, String>)],
        at: DateTime<Utc>,
    ) -> Result<()> {
        for (installation, permissions) in installations {
            let permissions = serde_json::to_value(permissions)
                .map_err(|_| StoreError::corrupt("github_installations", "permissions", installation.id))?;
            sqlx::query!(
                "insert into github_installations
                     (id, account, is_organisation, permissions, all_repositories, suspended_at, html_url, checked_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8)
                 on conflict (id) do update set account = excluded.account, is_organisation = excluded.is_organisation,
                     permissions = excluded.permissions, all_repositories = excluded.all_repositories,
                     suspended_at = excluded.suspended_at, html_url = excluded.html_url, removed_at = null,
                     checked_at = excluded.checked_at",
                installation.id,
                installation.account,
                installation.is_organisation,
                permissions,
                installation.all_repositories,
                installation.suspended_at,
                installation.html_url,
                at
            )
            .execute(&mut *self.inner)
            .await?;
        }
        let known: Vec<i64> = installations
            .iter()
            .map(|(installation, _)| installation.id)
            .collect();
        sqlx::query!(
            "update github_installations set removed_at = $2 where removed_at is null and id <> all($1)",
            &known,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        // Their budgets are nobody's any more.
        sqlx::query!(
            "delete from github_budgets b where b.caller like 'installation:%' and exists
                 (select from github_installations i where i.removed_at is not null
                    and split_part(b.caller, '/', 1) = 'installation:' || i.id)"
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Stores the outcome of live checks.
    pub async fn put_github_checks(&mut self, checks: &[PermissionCheck]) -> Result<()> {
        for check in checks {
            sqlx::query!(
                "insert into github_checks (permission, outcome, detail, checked_at) values ($1, $2, $3, $4)
                 on conflict (permission) do update set outcome = excluded.outcome, detail = excluded.detail,
                     checked_at = excluded.checked_at",
                check.permission.as_str(),
                check.outcome.as_str(),
                check.detail,
                check.checked_at
            )
            .execute(&mut *self.inner)
            .await?;
        }
        Ok(())
    }
}

impl Reads {
    /// Whether a system answers; `None` until anybody asked it.
    pub async fn system_health(&self, system: &str) -> Result<Option<SystemHealth>> {
        Ok(sqlx::query_as!(
            SystemHealth,
            "select breaker, open_since, next_try, last_answer_at, last_failure_at, last_failure, noted_at
             from outside_systems where system = $1",
            system
        )
        .fetch_optional(&self.pool)
        .await?)
    }

    /// What callers may still ask, as last noted.
    pub async fn github_budgets(&self) -> Result<Vec<GithubBudget>> {
        let rows = sqlx::query_as!(
            BudgetRow,
            r#"select b.caller, i.account as "account?", b.request_limit, b.remaining, b.reset_at, b.paused_until,
                      b.refused_since, b.noted_at
               from github_budgets b
               left join github_installations i on 'installation:' || i.id = split_part(b.caller, '/', 1)
               order by b.caller"#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Where the App is installed, by account; those that are gone last.
    pub async fn github_installations(&self) -> Result<Vec<GithubInstallation>> {
        Ok(sqlx::query_as!(
            GithubInstallation,
            "select id, account, is_organisation, all_repositories, suspended_at, removed_at, html_url
             from github_installations order by removed_at is not null, lower(account), id"
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// The last live check of each right.
    pub async fn github_checks(&self) -> Result<Vec<PermissionCheck>> {
        let rows = sqlx::query!("select permission, outcome, detail, checked_at from github_checks")
            .fetch_all(&self.pool)
            .await?;
        let mut checks = Vec::with_capacity(rows.len());
        for row in rows {
            // A right of another version of Fairway is not asked about here.
            let Some(permission) = GithubPermission::parse(&row.permission) else {
                continue;
            };
            let outcome = CheckOutcome::parse(&row.outcome)
                .ok_or_else(|| StoreError::corrupt("github_checks", "outcome", &row.permission))?;
            checks.push(PermissionCheck {
                permission,
                outcome,
                detail: row.detail,
                checked_at: row.checked_at,
            });
        }
        checks.sort_by_key(|check| check.permission);
        Ok(checks)
    }

    /// What came in by the webhook.
    pub async fn github_webhook(&self, now: DateTime<Utc>) -> Result<WebhookState> {
        let since = now - TimeDelta::days(1);
        // Through deliveries_by_time, and only the newest partitions.
        let row = sqlx::query!(
            r#"select (select count(*) from deliveries where received_at > $1 and source = 'github') as "last_day!",
                      (select count(*) from security_events
                       where at > $1 and source = 'github' and kind = 'bad_signature') as "refused!""#,
            since
        )
        .fetch_one(&self.pool)
        .await?;
        let last = sqlx::query!(
            "select received_at, event from deliveries where source = 'github' order by received_at desc, id desc limit 1"
        )
        .fetch_optional(&self.pool)
        .await?;
        let (last_at, last_event) = last.map(|last| (last.received_at, last.event)).unzip();
        Ok(WebhookState {
            last_at,
            last_event,
            last_day: row.last_day,
            refused_last_day: row.refused,
        })
    }
}
