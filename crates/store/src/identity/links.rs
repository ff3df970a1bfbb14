//! Links that let somebody in once. A link's code never comes here: only its SHA-256.

use chrono::{DateTime, Utc};
use domain::{ids::PersonId, people::LinkPurpose};

use crate::{Reads, Result, StoreError, Tx};

/// A link that still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SingleUseLink {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Whom it lets in, where that is one person.
    pub person: Option<PersonId>,
}

fn read(purpose: &str, person: Option<uuid::Uuid>) -> Result<SingleUseLink> {
    Ok(SingleUseLink {
        purpose: LinkPurpose::parse(purpose)
            .ok_or_else(|| StoreError::corrupt("single_use_links", "purpose", purpose))?,
        person: person.map(Into::into),
    })
}

impl Reads {
    /// The link whose code has this SHA-256, while it works.
    pub async fn single_use_link(&self, sha256: &[u8], now: DateTime<Utc>) -> Result<Option<SingleUseLink>> {
        let row = sqlx::query!(
            "select purpose, person_id from single_use_links where sha256 = $1 and used_at is null and expires_at > $2",
            sha256,
            now
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| read(&row.purpose, row.person_id)).transpose()
    }

    /// When the newest invitation of a person was made.
    pub async fn invitation_made_at(&self, person: PersonId) -> Result<Option<DateTime<Utc>>> {
        Ok(sqlx::query_scalar!(
            "select max(created_at) from single_use_links where person_id = $1 and purpose = 'invitation'",
            person.0
        )
        .fetch_one(&self.pool)
        .await?)
    }
}

impl Tx {
    /// Makes a link that works from now until its purpose's time is over. A person's earlier invitations end with a new one.
    pub async fn insert_link(
        &mut self,
        link: SingleUseLink,
        sha256: &[u8],
        now: DateTime<Utc>,
    ) -> Result<()> {
        let purpose = link.purpose.as_str();
        let person = link.person.map(|person| person.0);
        if link.purpose == LinkPurpose::Invitation {
            sqlx::query!(
                "delete from single_use_links where person_id = $1 and purpose = $2",
                person,
                purpose
            )
            .execute(&mut *self.inner)
            .await?;
        }
        sqlx::query!(
            "insert into single_use_links (sha256, purpose, person_id, created_at, expires_at) values ($1, $2, $3, $4, $5)",
            sha256,
            purpose,
            person,
            now,
            now + link.purpose.lasts()
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Uses a link: of two who try at once, one gets it.
    pub async fn use_link(&mut self, sha256: &[u8], now: DateTime<Utc>) -> Result<Option<SingleUseLink>> {
        let row = sqlx::query!(
            "update single_use_links set used_at = $2 where sha256 = $1 and used_at is null and expires_at > $2
             returning purpose, person_id",
            sha256,
            now
        )
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(|row| read(&row.purpose, row.person_id)).transpose()
    }
}
