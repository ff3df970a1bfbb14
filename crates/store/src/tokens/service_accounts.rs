//! Accounts of programs.

use chrono::{DateTime, Utc};
use domain::{access::Role, ids::ServiceAccountId, people::TeamRef, tokens::ServiceAccount};
use uuid::Uuid;

use crate::{Reads, Result, StoreError, Tx};

struct AccountRow {
    id: Uuid,
    name: String,
    about: String,
    role: String,
    team_id: Option<Uuid>,
    slug: Option<String>,
    title: Option<String>,
    created_at: DateTime<Utc>,
    disabled_at: Option<DateTime<Utc>>,
}

impl TryFrom<AccountRow> for ServiceAccount {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            role: Role::parse(&row.role)
                .ok_or_else(|| StoreError::corrupt("service_accounts", "role", row.id))?,
            name: row.name,
            about: row.about,
            team: row.team_id.map(|id| TeamRef {
                id: id.into(),
                slug: row.slug.unwrap_or_default(),
                title: row.title.unwrap_or_default(),
            }),
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        })
    }
}

impl Reads {
    /// A service account. Read with every request of its tokens.
    pub async fn service_account(&self, id: ServiceAccountId) -> Result<Option<ServiceAccount>> {
        let row = sqlx::query_as!(
            AccountRow,
            r#"select a.id, a.name, a.about, a.role, a.team_id, t.slug as "slug?", t.title as "title?", a.created_at, a.disabled_at
               from service_accounts a left join teams t on t.id = a.team_id where a.id = $1"#,
            id.0
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(ServiceAccount::try_from).transpose()
    }

    /// A service account by its name, without regard to case.
    pub async fn service_account_of_name(&self, name: &str) -> Result<Option<ServiceAccount>> {
        let row = sqlx::query_as!(
            AccountRow,
            r#"select a.id, a.name, a.about, a.role, a.team_id, t.slug as "slug?", t.title as "title?", a.created_at, a.disabled_at
               from service_accounts a left join teams t on t.id = a.team_id where lower(a.name) = lower($1)"#,
            name
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(ServiceAccount::try_from).transpose()
    }

    /// Every service account by name.
    pub async fn service_accounts(&self) -> Result<Vec<ServiceAccount>> {
        let rows = sqlx::query_as!(
            AccountRow,
            r#"select a.id, a.name, a.about, a.role, a.team_id, t.slug as "slug?", t.title as "title?", a.created_at, a.disabled_at
               from service_accounts a left join teams t on t.id = a.team_id order by lower(a.name)"#
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(ServiceAccount::try_from).collect()
    }
}

impl Tx {
    /// Makes a service account.
    pub async fn insert_service_account(&mut self, account: &ServiceAccount) -> Result<()> {
        sqlx::query!(
            "insert into service_accounts (id, name, about, role, team_id, created_at) values ($1, $2, $3, $4, $5, $6)",
            account.id.0,
            account.name,
            account.about,
            account.role.as_str(),
            account.team.as_ref().map(|team| team.id.0),
            account.created_at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Lets none of an account's tokens work from a time on, or all again with `None`.
    pub async fn disable_service_account(
        &mut self,
        id: ServiceAccountId,
        since: Option<DateTime<Utc>>,
    ) -> Result<()> {
        sqlx::query!(
            "update service_accounts set disabled_at = $2 where id = $1",
            id.0,
            since
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
