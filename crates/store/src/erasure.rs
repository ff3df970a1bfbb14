//! Erasing a person: a pseudonym takes the place of who they are, everywhere, and the audit trail stays provable.
//!
//! A table that comes to name people comes into this file too.

use domain::{
    ids::PersonId,
    trail::{TrailRow, pseudonym},
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    Result, StoreError, Tx,
    trail::record::{ROW, StoredRow},
};

/// What an erasure took away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Accounts and addresses by which the person was known.
    pub identities: u64,
    /// Rows of the audit trail that named them.
    pub audit_rows: usize,
}

/// What stands beside the id of a person: names in facts and in what is derived from them, and all that an account has.
const NAMED: [&str; 16] = [
    "update commits set author_name = null, author_email = null where author_person_id = $1",
    "update pull_request_commits set author_name = null, author_email = null where author_person_id = $1",
    "update lead_times set author_name = null where author_person_id = $1",
    "update deploy_changes set author_name = null where author_person_id = $1",
    "update undelivered_changes set author_name = null where author_person_id = $1",
    "update github_deployments set creator_name = null where creator_id = $1",
    "delete from github_team_members where person_id = $1",
    "delete from github_members where person_id = $1",
    "update security_events set detail = detail - 'person' - 'address' - 'device' where detail ->> 'person' = $1::uuid::text",
    "delete from sessions where person_id = $1",
    "delete from single_use_links where person_id = $1",
    "delete from recovery_codes where person_id = $1",
    "delete from grants where person_id = $1",
    "delete from idempotency_keys k using tokens t where t.id = k.token_id and t.owner_id = $1",
    // What a workflow's token said of whoever started its run, for the day that it is kept.
    "update tokens t set claims = t.claims - 'actor' - 'actor_id' from identities i
     where i.person_id = $1 and i.provider = 'github' and t.claims ->> 'actor_id' = i.subject",
    // Not only ownerless: such a token is a machine's and would outlive whose it was.
    "delete from tokens where owner_id = $1",
];

/// Names without an id: the audit row of what was done says whose they are.
const SIGNED: [&str; 8] = [
    "update corrections c set made_by = $2 from audit a
     where a.actor_id = $1 and a.action = 'deploy.correct' and a.after ->> 'correction' = c.id::text",
    "update corrections c set undone_by = $2 from audit a
     where a.actor_id = $1 and a.action = 'deploy.undo_correction' and a.before ->> 'correction' = c.id::text",
    "update incident_deploys d set made_by = $2 from audit a
     where a.actor_id = $1 and a.action = 'incident.report' and a.subject = 'incident:' || d.incident_id
       and d.made_by = a.actor_name",
    "update grants g set granted_by = $2 from audit a
     where a.actor_id = $1 and a.action in ('person.invite', 'person.add', 'person.set_up', 'person.grant_role')
       and a.subject = 'person:' || g.person_id and g.granted_by = a.actor_name",
    "update sign_in_rules r set made_by = $2 from audit a
     where a.actor_id = $1 and a.action = 'sign_in_rule.make' and a.subject = 'sign_in_rule:' || r.id
       and r.made_by = a.actor_name",
    "update drives d set started_by = $2 from audit a
     where a.actor_id = $1 and a.action in ('drive.start', 'drive.roll_back') and a.subject = 'deploy:' || d.deploy_id
       and d.started_by = a.actor_name",
    "update drive_phases p set actor = $2 from audit a
     where a.actor_id = $1 and a.action in ('drive.start', 'drive.roll_back') and a.subject = 'deploy:' || p.deploy_id
       and p.actor = a.actor_name",
    "update drive_inputs i set told_by = $2 from audit a
     where a.actor_id = $1 and starts_with(a.action, 'drive.') and a.subject = 'deploy:' || i.deploy_id
       and i.told_by = a.actor_name",
];

impl Tx {
    /// Replaces a person by a pseudonym; `None` where there is no such person. One who was erased already is a duplicate.
    pub async fn erase_person(&mut self, person: PersonId) -> Result<Option<Erased>> {
        let name: Option<String> =
            sqlx::query_scalar("select display_name from people where id = $1 for update")
                .bind(person.0)
                .fetch_optional(&mut *self.inner)
                .await?;
        let pseudonym = pseudonym(person.0);
        match name {
            None => return Ok(None),
            Some(name) if name == pseudonym => {
                return Err(StoreError::Duplicate {
                    constraint: "erased people".to_owned(),
                });
            }
            Some(_) => {}
        }
        for statement in SIGNED {
            sqlx::query(statement)
                .bind(person.0)
                .bind(&pseudonym)
                .execute(&mut *self.inner)
                .await?;
        }
        for statement in NAMED {
            sqlx::query(statement)
                .bind(person.0)
                .execute(&mut *self.inner)
                .await?;
        }
        self.erase_from_outbox(person).await?;
        let identities = self.erase_identities(person.0, &pseudonym).await?;
        let audit_rows = self.erase_who(person.0, &pseudonym).await? + self.erase_what(person.0).await?;
        Ok(Some(Erased {
            identities,
            audit_rows,
        }))
    }

    /// What the person is called and known by; gives how many accounts and addresses.
    async fn erase_identities(&mut self, person: Uuid, pseudonym: &str) -> Result<u64> {
        let identities = sqlx::query("delete from identities where person_id = $1")
            .bind(person)
            .execute(&mut *self.inner)
            .await?;
        let accounts = sqlx::query("delete from accounts where person_id = $1")
            .bind(person)
            .execute(&mut *self.inner)
            .await?;
        sqlx::query("update people set display_name = $2, login = null where id = $1")
            .bind(person)
            .bind(pseudonym)
            .execute(&mut *self.inner)
            .await?;
        Ok(identities.rows_affected() + accounts.rows_affected())
    }

    /// In the rows of what the person did: who and from where.
    async fn erase_who(&mut self, person: Uuid, pseudonym: &str) -> Result<usize> {
        let condition = "a.actor_id = $1::uuid and a.actor_kind = 'person' and a.who_salt is not null";
        let digests = self
            .digests(condition, person.to_string(), |row| row.who.digest())
            .await?;
        sqlx::query(
            "update audit a set actor_name = $3, address = null, user_agent = null, who_salt = null,
                 who_digest = decode(d.digest, 'hex')
             from unnest($1::uuid[], $2::text[]) d (id, digest)
             where a.id = d.id and a.who_salt is not null",
        )
        .bind(digests.iter().map(|(id, _)| *id).collect::<Vec<_>>())
        .bind(
            digests
                .iter()
                .map(|(_, digest)| digest.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(pseudonym)
        .execute(&mut *self.inner)
        .await?;
        Ok(digests.len())
    }

    /// In the rows of what was done to the person: why, before and after, which say who they are.
    async fn erase_what(&mut self, person: Uuid) -> Result<usize> {
        let condition = "a.subject = $1 and a.what_salt is not null";
        let digests = self
            .digests(condition, format!("person:{person}"), |row| row.what.digest())
            .await?;
        sqlx::query(
            "update audit a set reason = null, before = null, after = null, what_salt = null,
                 what_digest = decode(d.digest, 'hex')
             from unnest($1::uuid[], $2::text[]) d (id, digest)
             where a.id = d.id and a.what_salt is not null",
        )
        .bind(digests.iter().map(|(id, _)| *id).collect::<Vec<_>>())
        .bind(
            digests
                .iter()
                .map(|(_, digest)| digest.as_str())
                .collect::<Vec<_>>(),
        )
        .execute(&mut *self.inner)
        .await?;
        Ok(digests.len())
    }

    async fn digests(
        &mut self,
        condition: &str,
        person: String,
        digest: impl Fn(&TrailRow) -> String,
    ) -> Result<Vec<(Uuid, String)>> {
        let statement = format!("select {ROW} from audit a where {condition} order by a.at, a.id");
        // Made of this crate's own words.
        let records: Vec<StoredRow> = sqlx::query_as(AssertSqlSafe(statement))
            .bind(person)
            .fetch_all(&mut *self.inner)
            .await?;
        let rows = records.into_iter().filter_map(StoredRow::into_row);
        Ok(rows.map(|row| (row.id, digest(&row))).collect())
    }
}
