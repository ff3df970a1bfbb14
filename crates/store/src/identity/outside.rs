//! Identities at providers: whose they are, and the groups that the provider named last.

use chrono::{DateTime, Utc};
use domain::{
    ids::PersonId,
    sign_in::{Identity, Way},
};

use crate::{Reads, Result, Tx};

/// Whose an identity is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityOwner {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Whether they have an account.
    pub has_account: bool,
    /// Whether that account was disabled.
    pub is_disabled: bool,
}

/// An identity of somebody who signed in with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedIdentity {
    /// Whose it is.
    pub person: PersonId,
    /// What they are known by there.
    pub subject: String,
}

impl Reads {
    /// What a person is known by, addresses last.
    pub async fn identities_of(&self, person: PersonId) -> Result<Vec<Identity>> {
        let rows = sqlx::query!(
            r#"select i.provider, i.subject, coalesce(i.label, case when i.provider = 'github' then p.login end, i.subject) as "label!",
                      array(select g.group_name from identity_groups g
                            where g.provider = i.provider and g.subject = i.subject order by 1) as "groups!"
               from identities i join people p on p.id = i.person_id
               where i.person_id = $1 order by i.provider = 'email', i.provider, i.subject"#,
            person.0
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Identity {
                provider: row.provider,
                subject: row.subject,
                label: row.label,
                groups: row.groups,
            })
            .collect())
    }

    /// Identities of a provider that somebody with an account has signed in with.
    pub async fn used_identities(&self, way: Way) -> Result<Vec<UsedIdentity>> {
        let rows = sqlx::query!(
            "select i.person_id, i.subject from identities i join accounts a on a.person_id = i.person_id
             where i.provider = $1 and i.signed_in_at is not null order by i.person_id, i.subject",
            way.as_str()
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| UsedIdentity {
                person: row.person_id.into(),
                subject: row.subject,
            })
            .collect())
    }

    /// Whose an identity is.
    pub async fn identity_owner(&self, way: Way, subject: &str) -> Result<Option<IdentityOwner>> {
        let row = sqlx::query!(
            r#"select i.person_id as "person_id!", p.display_name as "display_name!", a.person_id is not null as "has_account!",
                      coalesce(a.disabled_at is not null, false) as "is_disabled!"
               from identities i join people p on p.id = i.person_id left join accounts a on a.person_id = i.person_id
               where i.provider = $1 and i.subject = $2"#,
            way.as_str(),
            subject
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| IdentityOwner {
            person: row.person_id.into(),
            name: row.display_name,
            has_account: row.has_account,
            is_disabled: row.is_disabled,
        }))
    }

    /// Whose invitation to one of these e-mails still waits, and their name.
    pub async fn invited(&self, emails: &[String]) -> Result<Option<(PersonId, String)>> {
        let row = sqlx::query!(
            "select a.person_id, p.display_name from accounts a join people p on p.id = a.person_id
             where a.email = any($1) and a.accepted_at is null and a.disabled_at is null order by a.created_at limit 1",
            emails
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| (row.person_id.into(), row.display_name)))
    }
}

impl Tx {
    /// Gives a person an identity that is nobody's, or theirs already; `false` where it is somebody else's.
    pub async fn put_identity(
        &mut self,
        person: PersonId,
        (way, subject): (Way, &str),
        label: &str,
        at: DateTime<Utc>,
    ) -> Result<bool> {
        let put = sqlx::query!(
            "insert into identities (provider, subject, person_id, created_at, label, signed_in_at) values ($1, $2, $3, $5, $4, $5)
             on conflict (provider, subject) do update set label = excluded.label, signed_in_at = excluded.signed_in_at
             where identities.person_id = excluded.person_id",
            way.as_str(),
            subject,
            person.0,
            label,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(put.rows_affected() == 1)
    }

    /// Takes an identity away, with the groups that its provider named; gives whether it was the person's. A login is that of
    /// the number at GitHub and goes with it.
    pub async fn delete_identity(&mut self, person: PersonId, (way, subject): (Way, &str)) -> Result<bool> {
        let gone = sqlx::query!(
            "delete from identities where provider = $1 and subject = $2 and person_id = $3",
            way.as_str(),
            subject,
            person.0
        )
        .execute(&mut *self.inner)
        .await?;
        if gone.rows_affected() == 1 && way == Way::Github {
            sqlx::query!("update people set login = null where id = $1", person.0)
                .execute(&mut *self.inner)
                .await?;
        }
        Ok(gone.rows_affected() == 1)
    }

    /// Takes over the groups that a provider names for an identity; gives those that it is in no more.
    pub async fn put_identity_groups(
        &mut self,
        (way, subject): (Way, &str),
        groups: &[String],
    ) -> Result<Vec<String>> {
        let left = sqlx::query_scalar!(
            "delete from identity_groups where provider = $1 and subject = $2 and group_name <> all($3) returning group_name",
            way.as_str(),
            subject,
            groups
        )
        .fetch_all(&mut *self.inner)
        .await?;
        sqlx::query!(
            "insert into identity_groups (provider, subject, group_name) select distinct $1::text, $2::text, name from unnest($3::text[]) as name
             on conflict do nothing",
            way.as_str(),
            subject,
            groups
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(left)
    }

    /// Forgets the groups that the OpenID provider named for a person whom it said nothing of since a time.
    pub async fn drop_groups_unheard_since(&mut self, person: PersonId, since: DateTime<Utc>) -> Result<()> {
        sqlx::query!(
            "delete from identity_groups g using identities i
             where i.provider = g.provider and i.subject = g.subject and i.provider = 'oidc' and i.person_id = $1
               and (i.signed_in_at is null or i.signed_in_at < $2)",
            person.0,
            since
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Gives somebody who is known by what they did an account, in which they can sign in.
    pub async fn insert_account_of(
        &mut self,
        person: PersonId,
        email: &str,
        at: DateTime<Utc>,
    ) -> Result<()> {
        sqlx::query!(
            "insert into accounts (person_id, email, accepted_at, created_at) values ($1, $2, $3, $3)",
            person.0,
            email,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Calls a person by the name that their provider says, where they were called by their login only.
    pub async fn name_person(&mut self, person: PersonId, name: &str) -> Result<()> {
        sqlx::query!(
            "update people set display_name = $2 where id = $1 and display_name = login",
            person.0,
            name
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Lets an invitation end that its person needs no more, and the link that was sent for it.
    pub async fn accept_account(&mut self, person: PersonId, at: DateTime<Utc>) -> Result<()> {
        let accepted = sqlx::query!(
            "update accounts set accepted_at = $2 where person_id = $1 and accepted_at is null",
            person.0,
            at
        )
        .execute(&mut *self.inner)
        .await?;
        if accepted.rows_affected() == 1 {
            sqlx::query!("delete from single_use_links where person_id = $1", person.0)
                .execute(&mut *self.inner)
                .await?;
        }
        Ok(())
    }
}
