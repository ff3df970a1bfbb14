//! Accounts: who can sign in, and with what.

use std::fmt;

use chrono::{DateTime, Utc};
use domain::{
    access::Grant,
    ids::PersonId,
    people::{Account, AccountState, NewAccount},
};
use uuid::Uuid;

use crate::{Reads, Result, Tx};

/// What signing in looks at. Its `Debug` shows who it is about, not the hash.
#[derive(Clone)]
pub struct Credentials {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// argon2id as a PHC string; `None` where no password was chosen.
    pub password_hash: Option<String>,
    /// Whether the account was disabled.
    pub is_disabled: bool,
    /// Whether a code is asked for too.
    pub has_totp: bool,
    /// Since when password and authenticator are what they are; `None` without either.
    pub changed_at: Option<DateTime<Utc>>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

struct CredentialsRow {
    person_id: Uuid,
    display_name: String,
    password_hash: Option<String>,
    is_disabled: bool,
    has_totp: bool,
    changed_at: Option<DateTime<Utc>>,
}

impl From<CredentialsRow> for Credentials {
    fn from(row: CredentialsRow) -> Self {
        Self {
            person: row.person_id.into(),
            name: row.display_name,
            password_hash: row.password_hash,
            is_disabled: row.is_disabled,
            has_totp: row.has_totp,
            changed_at: row.changed_at,
        }
    }
}

struct AccountRow {
    person_id: Uuid,
    display_name: String,
    email: String,
    accepted_at: Option<DateTime<Utc>>,
    disabled_at: Option<DateTime<Utc>>,
    has_totp: bool,
    seen_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl AccountRow {
    fn read(self, grants: Vec<Grant>) -> Account {
        let state = match (self.disabled_at, self.accepted_at) {
            (Some(_), _) => AccountState::Disabled,
            (None, None) => AccountState::Invited,
            (None, Some(_)) => AccountState::Active,
        };
        Account {
            person: self.person_id.into(),
            name: self.display_name,
            email: self.email,
            state,
            has_totp: self.has_totp,
            grants,
            seen_at: self.seen_at,
            created_at: self.created_at,
        }
    }
}

impl Reads {
    /// What somebody with this e-mail signs in with.
    pub async fn credentials_of_email(&self, email: &str) -> Result<Option<Credentials>> {
        let row = sqlx::query_as!(
            CredentialsRow,
            r#"select a.person_id, p.display_name, a.password_hash, a.disabled_at is not null as "is_disabled!",
                      a.totp_since is not null as "has_totp!", greatest(a.password_set_at, a.totp_since) as changed_at
               from accounts a join people p on p.id = a.person_id where a.email = $1"#,
            email
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(Into::into))
    }

    /// What a person signs in with.
    pub async fn credentials(&self, person: PersonId) -> Result<Option<Credentials>> {
        let row = sqlx::query_as!(
            CredentialsRow,
            r#"select a.person_id, p.display_name, a.password_hash, a.disabled_at is not null as "is_disabled!",
                      a.totp_since is not null as "has_totp!", greatest(a.password_set_at, a.totp_since) as changed_at
               from accounts a join people p on p.id = a.person_id where a.person_id = $1"#,
            person.0
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(Into::into))
    }

    /// Addresses that whoever has this e-mail signed in from since a time, or is signed in from.
    pub async fn addresses_of(&self, email: &str, since: DateTime<Utc>) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar!(
            r#"select s.address as "address!" from accounts a join sessions s on s.person_id = a.person_id where a.email = $1
               union
               select t.after ->> 'address' from accounts a join audit t on t.subject = 'person:' || a.person_id
               where a.email = $1 and t.at > $2 and t.action = 'session.sign_in' and t.after ->> 'address' is not null"#,
            email,
            since
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// An account with what was granted.
    pub async fn account(&self, person: PersonId) -> Result<Option<Account>> {
        let row = sqlx::query_as!(
            AccountRow,
            r#"select a.person_id, p.display_name, a.email, a.accepted_at, a.disabled_at,
                      a.totp_since is not null as "has_totp!",
                      (select max(s.seen_at) from sessions s where s.person_id = a.person_id) as seen_at, a.created_at
               from accounts a join people p on p.id = a.person_id where a.person_id = $1"#,
            person.0
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(row.read(self.grants_of(person).await?)))
    }

    /// Every account by name.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        let rows = sqlx::query_as!(
            AccountRow,
            r#"select a.person_id, p.display_name, a.email, a.accepted_at, a.disabled_at,
                      a.totp_since is not null as "has_totp!",
                      (select max(s.seen_at) from sessions s where s.person_id = a.person_id) as seen_at, a.created_at
               from accounts a join people p on p.id = a.person_id order by lower(p.display_name), a.person_id"#
        )
        .fetch_all(&self.pool)
        .await?;
        let mut grants = self.all_grants().await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let own = grants.remove(&row.person_id).unwrap_or_default();
                row.read(own)
            })
            .collect())
    }
}

impl Tx {
    /// Makes a person with an account. They can sign in from `accepted` on; `None` for an invitation that waits.
    pub async fn insert_account(
        &mut self,
        id: PersonId,
        new: &NewAccount,
        accepted: Option<DateTime<Utc>>,
        at: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "insert into people (id, display_name, is_bot, created_at) values ($1, $2, false, $3)",
            id.0,
            new.name,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        sqlx::query!(
            "insert into accounts (person_id, email, accepted_at, created_at) values ($1, $2, $3, $4)",
            id.0,
            new.email,
            accepted,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// The account of an e-mail, locked until this unit of work ends.
    pub async fn account_of_email(&mut self, email: &str) -> Result<Option<PersonId>> {
        let id = sqlx::query_scalar!(
            "select person_id from accounts where email = $1 for update",
            email
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(id.map(Into::into))
    }

    /// Sets the password of an account, which can sign in from now on.
    pub async fn set_password(&mut self, person: PersonId, hash: &str, at: DateTime<Utc>) -> Result<()> {
        sqlx::query!(
            "update accounts set password_hash = $2, password_set_at = $3, accepted_at = coalesce(accepted_at, $3)
             where person_id = $1",
            person.0,
            hash,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Stores the same password under other parameters, unless it was changed meanwhile.
    pub async fn rehash_password(&mut self, person: PersonId, old: &str, new: &str) -> Result<()> {
        sqlx::query!(
            "update accounts set password_hash = $3 where person_id = $1 and password_hash = $2",
            person.0,
            old,
            new
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Disables an account from a time on, or enables it again with `None`.
    pub async fn set_disabled(&mut self, person: PersonId, since: Option<DateTime<Utc>>) -> Result<()> {
        sqlx::query!(
            "update accounts set disabled_at = $2 where person_id = $1",
            person.0,
            since
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
