//! Two rows of people that are one person, and authors whom nobody is mapped to.

use chrono::{DateTime, Utc};
use domain::{
    ids::{PersonId, RepositoryId},
    sign_in::UnmappedAuthor,
};
use sqlx::PgExecutor;

use crate::{Reads, Result, Tx};

/// What moves from one person ($1) to another ($2). A table that comes to name people comes into this list too; but for those of
/// approvals, which stay as they were written and are read by the row that is left (`person_root`).
const MOVED: [&str; 14] = [
    "update identities set person_id = $2 where person_id = $1",
    "update commits set author_person_id = $2 where author_person_id = $1",
    "update pull_requests set author_person_id = $2 where author_person_id = $1",
    "update pull_request_commits set author_person_id = $2 where author_person_id = $1",
    "update lead_times set author_person_id = $2 where author_person_id = $1",
    "update deploy_changes set author_person_id = $2 where author_person_id = $1",
    "update undelivered_changes set author_person_id = $2 where author_person_id = $1",
    "update deploys set initiator_id = $2 where initiator_id = $1",
    "update drive_initiators set person_id = $2 where person_id = $1",
    "update github_deployments set creator_id = $2 where creator_id = $1",
    "insert into github_team_members (team_id, person_id) select team_id, $2 from github_team_members where person_id = $1
     on conflict do nothing",
    "insert into github_members (organisation, person_id) select organisation, $2 from github_members where person_id = $1
     on conflict do nothing",
    // They have ended; whose they were stands in lists.
    "update tokens set owner_id = $2 where owner_id = $1",
    "update people f set login = null, merged_into = $2 from people i where f.id = $1 and i.id = $2",
];

/// What one person has twice goes: nobody gets a right by being merged.
const DROPPED: [&str; 7] = [
    "delete from github_team_members where person_id = $1",
    "delete from github_members where person_id = $1",
    "delete from sessions where person_id = $1",
    "delete from single_use_links where person_id = $1",
    "delete from recovery_codes where person_id = $1",
    "delete from grants where person_id = $1",
    "delete from accounts where person_id = $1",
];

impl Reads {
    /// The authors of commits whom nobody is mapped to, the busiest first.
    pub async fn unmapped_authors(&self, most: i64) -> Result<Vec<UnmappedAuthor>> {
        let rows = sqlx::query!(
            r#"select u.email as "email!", u.name, u.commits as "commits!", s.person_id as "person_id?", s.display_name as "display_name?"
               from (select author_email as email, max(author_name) as name, count(*) as commits from commits
                     where author_person_id is null and author_email is not null
                     group by author_email order by count(*) desc, author_email limit $1) u
               left join lateral (
                   select a.person_id, p.display_name from accounts a join people p on p.id = a.person_id
                   where a.disabled_at is null and (a.email = u.email or lower(p.display_name) = lower(u.name))
                   order by a.email = u.email desc, a.person_id limit 1) s on true
               order by u.commits desc, u.email"#,
            most
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| UnmappedAuthor {
                email: row.email,
                name: row.name,
                commits: row.commits,
                suggestion: row.person_id.map(PersonId).zip(row.display_name),
            })
            .collect())
    }

    /// The person whom somebody names: by id, by the e-mail of an account, by a verified e-mail, or by the login at GitHub. `None`
    /// where that is more than one: a login may be another one's by now.
    pub async fn person_named(&self, text: &str) -> Result<Option<(PersonId, String)>> {
        person_named(&self.pool, text).await
    }
}

async fn person_named(executor: impl PgExecutor<'_>, text: &str) -> Result<Option<(PersonId, String)>> {
    let mut rows = sqlx::query!(
        r#"select p.id, p.display_name from people p
               where p.merged_into is null and (p.id::text = lower($1) or lower(p.login) = lower($1)
                  or exists (select from accounts a where a.person_id = p.id and a.email = lower($1))
                  or exists (select from identities i where i.person_id = p.id and i.provider = 'email' and i.subject = lower($1)))
               order by p.id limit 2"#,
        text
    )
    .fetch_all(executor)
    .await?;
    let only = rows.pop().filter(|_| rows.is_empty());
    Ok(only.map(|row| (row.id.into(), row.display_name)))
}

impl Tx {
    /// The person whom somebody names.
    pub async fn person_named(&mut self, text: &str) -> Result<Option<(PersonId, String)>> {
        person_named(&mut *self.inner, text).await
    }

    /// Gives a person the e-mails that are nobody's; those that are somebody else's stay theirs. Gives which were new.
    pub async fn put_emails(
        &mut self,
        person: PersonId,
        emails: &[String],
        at: DateTime<Utc>,
    ) -> Result<Vec<String>> {
        Ok(sqlx::query_scalar!(
            "insert into identities (provider, subject, person_id, created_at)
             select distinct 'email', email, $1::uuid, $3::timestamptz from unnest($2::text[]) as email
             on conflict do nothing returning subject",
            person.0,
            emails,
            at
        )
        .fetch_all(&mut *self.inner)
        .await?)
    }

    /// Maps commits that nobody is mapped to by their authors' e-mails; gives the repositories that they are in.
    pub async fn map_authors(&mut self, person: PersonId, emails: &[String]) -> Result<Vec<RepositoryId>> {
        let rows = sqlx::query_scalar!(
            r#"with landed as (
                   update commits set author_person_id = $1 where author_person_id is null and author_email = any($2)
                   returning repository_id),
               proposed as (
                   update pull_request_commits c set author_person_id = $1 from pull_requests p
                   where p.id = c.pull_request_id and c.author_person_id is null and c.author_email = any($2)
                   returning p.repository_id)
               select repository_id as "id!" from landed union select repository_id from proposed order by 1"#,
            person.0,
            emails
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.into_iter().map(RepositoryId).collect())
    }

    /// Takes an address in commits from a person; gives whether it was theirs.
    pub async fn delete_email(&mut self, person: PersonId, email: &str) -> Result<bool> {
        let gone = sqlx::query!(
            "delete from identities where provider = 'email' and subject = $2 and person_id = $1",
            person.0,
            email
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(gone.rows_affected() == 1)
    }

    /// Makes commits of a person under an address nobody's; gives the repositories that they are in.
    pub async fn unmap_authors(&mut self, person: PersonId, email: &str) -> Result<Vec<RepositoryId>> {
        let rows = sqlx::query_scalar!(
            r#"with landed as (
                   update commits set author_person_id = null where author_person_id = $1 and author_email = $2
                   returning repository_id),
               proposed as (
                   update pull_request_commits c set author_person_id = null from pull_requests p
                   where p.id = c.pull_request_id and c.author_person_id = $1 and c.author_email = $2
                   returning p.repository_id)
               select repository_id as "id!" from landed union select repository_id from proposed order by 1"#,
            person.0,
            email
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.into_iter().map(RepositoryId).collect())
    }

    /// Makes one person of two: what is of the one is of the other. The one's account goes with all that it had, and its tokens
    /// end: a token may what its owner may, who would be the other one. Gives how many ended.
    pub async fn merge_people(&mut self, from: PersonId, into: PersonId, at: DateTime<Utc>) -> Result<u64> {
        let ended = sqlx::query(
            "update tokens set revoked_at = $2 where owner_id = $1 and revoked_at is null and expires_at > $2",
        )
        .bind(from.0)
        .bind(at)
        .execute(&mut *self.inner)
        .await?;
        sqlx::query!(
            "update people i set login = coalesce(i.login, f.login) from people f where i.id = $2 and f.id = $1",
            from.0,
            into.0
        )
        .execute(&mut *self.inner)
        .await?;
        for statement in MOVED {
            sqlx::query(statement)
                .bind(from.0)
                .bind(into.0)
                .execute(&mut *self.inner)
                .await?;
        }
        for statement in DROPPED {
            sqlx::query(statement)
                .bind(from.0)
                .execute(&mut *self.inner)
                .await?;
        }
        self.delete_targets_of(from).await?;
        Ok(ended.rows_affected())
    }

    /// Rows that are this person too, however many steps ago they were merged.
    pub async fn merged_into(&mut self, person: PersonId) -> Result<Vec<PersonId>> {
        let rows = sqlx::query_scalar!(
            r#"with recursive merged (id) as (
                   select id from people where merged_into = $1
                   union select p.id from people p join merged m on p.merged_into = m.id)
               select id as "id!" from merged order by 1"#,
            person.0
        )
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}
