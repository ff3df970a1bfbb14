//! The audit trail: a row per change of state, in the transaction of the change.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    actor::Actor,
    audit::{AuditFilter, AuditRow, SubjectName},
    ids::AuditId,
    page::{Page, Position},
};
use serde_json::Value;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::{
    Origin, Reads, Result, Tx,
    paging::{cursor, push_page},
    sight::Hidden,
};

/// The choice of actions and actors is of the newest changes: reading all of the trail for it would take longer than the page.
const RECENT: i64 = 10_000;

/// What is written about one change of state.
#[derive(Clone, Debug)]
pub struct AuditEntry<'a> {
    /// Id of the row.
    pub id: AuditId,
    /// When.
    pub at: DateTime<Utc>,
    /// What was done, for example `deploy.correct`.
    pub action: &'a str,
    /// To what, for example `deploy:0199…`.
    pub subject: String,
    /// Why, where a person says it.
    pub reason: Option<&'a str>,
    /// The state before, as far as it changed.
    pub before: Option<Value>,
    /// The state after.
    pub after: Option<Value>,
}

impl Tx {
    /// Writes the audit row of a change; it becomes visible with the change or not at all.
    pub async fn audit(&mut self, entry: AuditEntry<'_>) -> Result<()> {
        let actor_id = match &self.actor {
            Actor::Person { id, .. } => Some(id.0),
            Actor::Token { id, .. } => Some(id.0),
            Actor::CommandLine | Actor::System { .. } => None,
        };
        let Origin {
            request_id,
            address,
            user_agent,
        } = Origin::current();
        sqlx::query!(
            "insert into audit (id, at, actor_kind, actor_id, actor_name, action, subject, reason, before, after,
                                request_id, address, user_agent)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            entry.id.0,
            entry.at,
            self.actor.kind(),
            actor_id,
            self.actor.name(),
            entry.action,
            entry.subject,
            entry.reason,
            entry.before,
            entry.after,
            request_id,
            address.map(|address| address.to_string()),
            user_agent
        )
        .execute(&mut *self.inner)
        .await?;
        self.owes_audit = false;
        Ok(())
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    at: DateTime<Utc>,
    actor_kind: String,
    actor_name: String,
    action: String,
    subject: String,
    reason: Option<String>,
    before: Option<Value>,
    after: Option<Value>,
    address: Option<String>,
    user_agent: Option<String>,
    request_id: Option<String>,
}

impl From<Row> for AuditRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            at: row.at,
            actor_kind: row.actor_kind,
            actor: row.actor_name,
            action: row.action,
            subject: row.subject,
            reason: row.reason,
            before: row.before,
            after: row.after,
            address: row.address,
            user_agent: row.user_agent,
            request_id: row.request_id,
        }
    }
}

impl Reads {
    /// A page of the trail, newest first.
    pub async fn audit(
        &self,
        filter: &AuditFilter,
        position: &Position,
        size: u32,
    ) -> Result<Page<AuditRow>> {
        let mut query = QueryBuilder::<Postgres>::new(
            "select id, at, actor_kind, actor_name, action, subject, reason, before, after, address, user_agent, request_id
             from audit where true",
        );
        self.push_seen_subjects(&mut query);
        push_filter(&mut query, filter);
        push_page::<Uuid>(&mut query, ("at", "id"), position, size)?;
        let rows: Vec<Row> = query.build_query_as().fetch_all(&self.pool).await?;
        let rows = rows.into_iter().map(Into::into).collect();
        Ok(Page::of(rows, size, position, |row: &AuditRow| {
            cursor(row.at, row.id)
        }))
    }

    /// Leaves out what was done to hidden services, to what belongs to them and to repositories that they live in, and whose
    /// workflows are trusted where that names such a repository.
    fn push_seen_subjects(&self, query: &mut QueryBuilder<Postgres>) {
        if self.sight().is_everything() {
            return;
        }
        query.push(" and subject not in (select 'service:' || gone.id from ");
        self.push_hidden(query, Hidden::Services);
        query.push(" gone union all select 'repository:' || gone.id from ");
        self.push_hidden(query, Hidden::Repositories);
        query.push(
            " gone union all select 'deployment:' || g.github_id from github_deployments g where g.repository_id in ",
        );
        self.push_hidden(query, Hidden::Repositories);
        for (word, table) in [
            ("deploy:", "deploys"),
            ("incident:", "incidents"),
            ("approval:", "approval_requests"),
            ("effect:", "outbox"),
        ] {
            query.push(format_args!(
                " union all select '{word}' || x.id from {table} x where x.service_id in "
            ));
            self.push_hidden(query, Hidden::Services);
        }
        query.push(
            ") and (action not in ('token.exchange', 'service_account.trust', 'service_account.distrust')
                 or lower(coalesce(after ->> 'repository', before ->> 'repository', '')) not in ",
        );
        self.push_hidden(query, Hidden::RepositoryNames);
        query.push(")");
    }

    /// What people, services, service accounts and tokens among these subjects are called today, by subject. Whoever sees the
    /// row of a service sees its name.
    pub async fn subject_names(&self, subjects: &[String]) -> Result<HashMap<String, SubjectName>> {
        let ids: Vec<Uuid> = subjects
            .iter()
            .filter_map(|subject| subject.split_once(':')?.1.parse().ok())
            .collect();
        let rows = sqlx::query!(
            r#"select 'person:' || p.id as "subject!", p.display_name as "name!",
                      (select a.person_id::text from accounts a where a.person_id = p.id) as page
               from people p where p.id = any($1)
               union all select 'service:' || id, slug, case when removed_at is null then slug end from services where id = any($1)
               union all select 'service_account:' || id, name, id::text from service_accounts where id = any($1)
               union all select 'token:' || id, name, id::text from tokens where id = any($1)"#,
            &ids
        )
        .fetch_all(&self.pool)
        .await?;
        let named = rows.into_iter().map(|row| {
            let name = SubjectName {
                name: row.name,
                page: row.page,
            };
            (row.subject, name)
        });
        Ok(named.collect())
    }

    /// The actions and the actors of the newest changes, each once, in order.
    pub async fn audit_words(&self) -> Result<(Vec<String>, Vec<String>)> {
        let mut query = QueryBuilder::<Postgres>::new(
            "select distinct action, actor_name from (select action, actor_name from audit where true",
        );
        self.push_seen_subjects(&mut query);
        query
            .push(" order by at desc, id desc limit ")
            .push_bind(RECENT)
            .push(") recent");
        let rows: Vec<(String, String)> = query.build_query_as().fetch_all(&self.pool).await?;
        let (mut actions, mut actors): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
        for words in [&mut actions, &mut actors] {
            words.sort_unstable();
            words.dedup();
        }
        Ok((actions, actors))
    }
}

fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &AuditFilter) {
    let clean = |text: &String| text.replace('\0', "");
    if let Some(actor) = filter.actor.as_ref().map(clean) {
        query.push(" and (actor_name = ").push_bind(actor.clone());
        query.push(" or actor_kind = ").push_bind(actor).push(")");
    }
    if let Some(action) = filter.action.as_ref().map(clean) {
        query.push(" and (action = ").push_bind(action.clone());
        query
            .push(" or starts_with(action, ")
            .push_bind(format!("{action}."))
            .push("))");
    }
    if let Some(subject) = filter.subject.as_ref().map(clean) {
        query
            .push(" and starts_with(subject, ")
            .push_bind(subject)
            .push(")");
    }
    if let Some(from) = filter.from {
        query.push(" and at >= ").push_bind(from);
    }
    if let Some(to) = filter.to {
        query.push(" and at < ").push_bind(to);
    }
}
