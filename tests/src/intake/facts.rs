//! Everything that is stored, without the ids that each database makes for itself: two databases that were told the same
//! compare equal.

use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::PgPool;

/// Table → its rows, sorted, with references by what they refer to.
pub type Stored = BTreeMap<&'static str, Vec<String>>;

/// What events say.
const FACTS: &[(&str, &str)] = &[
    (
        "repositories",
        "select to_jsonb(r) - '{id,created_at}'::text[] from repositories r",
    ),
    (
        "repository_names",
        "select jsonb_build_array(n.full_name, r.github_id, n.since) from repository_names n
         join repositories r on r.id = n.repository_id",
    ),
    (
        "people",
        "select jsonb_build_array(i.provider, i.subject, p.login, p.display_name, p.is_bot)
         from people p left join identities i on i.person_id = p.id
         where not exists (select from accounts a where a.person_id = p.id)",
    ),
    (
        "commits",
        "select to_jsonb(c) - '{repository_id,author_person_id}'::text[] || jsonb_build_array(r.github_id, i.subject)
         from commits c join repositories r on r.id = c.repository_id left join identities i on i.person_id = c.author_person_id",
    ),
    (
        "pushes",
        "select to_jsonb(p) - 'repository_id' || jsonb_build_array(r.github_id)
         from pushes p join repositories r on r.id = p.repository_id",
    ),
    (
        "pull_requests",
        "select to_jsonb(p) - '{id,repository_id,author_person_id}'::text[] || jsonb_build_array(r.github_id, i.subject)
         from pull_requests p join repositories r on r.id = p.repository_id
         left join identities i on i.person_id = p.author_person_id",
    ),
    (
        "github_releases",
        "select to_jsonb(g) - 'repository_id' || jsonb_build_array(r.github_id)
         from github_releases g join repositories r on r.id = g.repository_id",
    ),
    (
        "workflow_runs",
        "select to_jsonb(w) - 'repository_id' || jsonb_build_array(r.github_id)
         from workflow_runs w join repositories r on r.id = w.repository_id",
    ),
    (
        "github_deployments",
        "select to_jsonb(g) - '{repository_id,environment_id,service_id,deploy_id,creator_id}'::text[]
             || jsonb_build_array(r.github_id, e.name, s.slug, d.key, i.subject)
         from github_deployments g join repositories r on r.id = g.repository_id
         join environments e on e.id = g.environment_id left join services s on s.id = g.service_id
         left join deploys d on d.id = g.deploy_id left join identities i on i.person_id = g.creator_id",
    ),
    (
        "github_deployment_statuses",
        "select to_jsonb(s) from github_deployment_statuses s",
    ),
    (
        "environments",
        "select jsonb_build_array(name, class, class_by_hand) from environments",
    ),
    (
        "deploy_events",
        "select to_jsonb(v) - 'deploy_id' || jsonb_build_array(s.slug, e.name, d.key)
         from deploy_events v join deploys d on d.id = v.deploy_id join services s on s.id = d.service_id
         join environments e on e.id = d.environment_id",
    ),
];

/// What follows from them, once every job has run.
const DERIVED: &[(&str, &str)] = &[
    (
        "deploys",
        "select to_jsonb(d) - '{id,service_id,environment_id,repository_id,initiator_id,team_id,replaces,rollback_of,
             superseded_by,rolled_back_by,stated_rollback_of,derived_at,derived_fingerprint}'::text[]
             || jsonb_build_array(s.slug, e.name,
                 (select key from deploys o where o.id = d.replaces), (select key from deploys o where o.id = d.rollback_of),
                 (select key from deploys o where o.id = d.superseded_by),
                 (select key from deploys o where o.id = d.rolled_back_by))
         from deploys d join services s on s.id = d.service_id join environments e on e.id = d.environment_id",
    ),
    (
        "lead_times",
        "select to_jsonb(l) - '{deploy_id,service_id,team_id,pull_request_id,author_person_id}'::text[]
             || jsonb_build_array(s.slug, d.key)
         from lead_times l join deploys d on d.id = l.deploy_id join services s on s.id = l.service_id",
    ),
    (
        "deploy_changes",
        "select to_jsonb(c) - '{deploy_id,pull_request_id,author_person_id}'::text[] || jsonb_build_array(s.slug, d.key)
         from deploy_changes c join deploys d on d.id = c.deploy_id join services s on s.id = d.service_id",
    ),
    (
        "running",
        "select jsonb_build_array(s.slug, e.name, d.key, r.since) from running r join deploys d on d.id = r.deploy_id
         join services s on s.id = r.service_id join environments e on e.id = r.environment_id",
    ),
];

/// The facts.
pub async fn facts(pool: &PgPool) -> Stored {
    stored(pool, FACTS).await
}

/// The facts and what follows from them.
pub async fn history(pool: &PgPool) -> Stored {
    let mut all = stored(pool, FACTS).await;
    all.append(&mut stored(pool, DERIVED).await);
    all
}

async fn stored(pool: &PgPool, tables: &[(&'static str, &'static str)]) -> Stored {
    let mut all = Stored::new();
    for (table, query) in tables {
        let rows: Vec<Value> = sqlx::query_scalar(*query).fetch_all(pool).await.unwrap();
        let mut rows: Vec<String> = rows.iter().map(Value::to_string).collect();
        rows.sort_unstable();
        all.insert(table, rows);
    }
    all
}

/// Fails with the first rows that differ.
pub fn assert_same(expected: &Stored, found: &Stored, context: &str) {
    for (table, rows) in expected {
        let other = &found[table];
        let missing: Vec<_> = rows.iter().filter(|row| !other.contains(row)).take(3).collect();
        let extra: Vec<_> = other.iter().filter(|row| !rows.contains(row)).take(3).collect();
        assert!(
            rows == other,
            "{context}: {table} differs ({} rows, expected {})\nmissing: {missing:#?}\nextra: {extra:#?}",
            other.len(),
            rows.len()
        );
    }
}

/// Empties everything that events, jobs and registration filled; the audit trail lets nobody do that.
pub async fn forget(pool: &PgPool) {
    let tables: Vec<String> = sqlx::query_scalar(
        "select quote_ident(relname) from pg_class where relkind in ('r', 'p') and not relispartition
         and relnamespace = 'public'::regnamespace and relname not in ('_sqlx_migrations', 'organisation', 'dora_bands')
         and not starts_with(relname, 'audit')",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let statement = format!("truncate {} cascade", tables.join(", "));
    // What people decide refuses to be emptied; nothing was decided here.
    let mut tx = pool.begin().await.unwrap();
    sqlx::query("set local session_replication_role = 'replica'")
        .execute(&mut *tx)
        .await
        .unwrap();
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    sqlx::query("delete from graphile_worker._private_jobs")
        .execute(pool)
        .await
        .unwrap();
}
