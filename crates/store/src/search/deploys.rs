//! Deploys by id, by the beginning of a sha or a version, and by their service.

use domain::search::SearchQuery;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::names::{SERVICES, after};
use crate::{Reads, Result, sight::Hidden};

/// Newest deploys that are looked through for a version: a common beginning is found among them at once.
const NEWEST: i64 = 1000;
/// Rows of an index that are looked at for one beginning.
const LOOKED_AT: i64 = 500;
/// Services that a release is looked for in, and how far back in each.
const SERVICES_LOOKED_IN: i64 = 10;
const DEPLOYS_LOOKED_AT: i64 = 2000;

impl Reads {
    /// The deploys that the text quotes, newest first; those of the services it names, when it names any.
    pub(super) async fn fitting_deploys(&self, query: &SearchQuery, limit: i64) -> Result<Vec<Uuid>> {
        if query.id.is_none() && query.sha.is_none() && query.version.is_none() {
            return Ok(Vec::new());
        }
        let mut statement = if query.names.is_empty() {
            self.anywhere(query)
        } else {
            let services = self
                .fitting_names(&SERVICES, &query.names, SERVICES_LOOKED_IN)
                .await?;
            of_services(query, services)
        };
        statement
            .push(") found order by exact desc, requested_at desc, id desc limit ")
            .push_bind(limit);
        Ok(statement.build_query_scalar().fetch_all(&self.pool).await?)
    }

    /// The newest deploys of these services.
    pub(super) async fn newest_deploys(&self, services: &[Uuid], limit: i64) -> Result<Vec<Uuid>> {
        if services.is_empty() {
            return Ok(Vec::new());
        }
        Ok(sqlx::query_scalar(
            "select d.id from unnest($1::uuid[]) as s(id) cross join lateral (
                 select id, requested_at from deploys where service_id = s.id and requested_at is not null
                 order by requested_at desc, id desc limit $2) d
             order by d.requested_at desc, d.id desc limit $2",
        )
        .bind(services)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?)
    }
}

impl Reads {
    /// Each part is a list of its own with a limit of its own, read from its own index.
    fn anywhere(&self, query: &SearchQuery) -> QueryBuilder<Postgres> {
        const COLUMNS: &str = "select id, requested_at, ";
        let versions = versions(query);
        let mut statement = QueryBuilder::new(
            "select id from (select null::uuid as id, null::timestamptz as requested_at, \
             null::boolean as exact where false",
        );
        if let Some((from, to)) = query.id {
            statement
                .push(" union (")
                .push(COLUMNS)
                .push("true from deploys where id between ")
                .push_bind(from);
            statement
                .push(" and ")
                .push_bind(to)
                .push(" and requested_at is not null");
            self.push_seen(&mut statement, "service_id", Hidden::Services);
            statement.push(" order by id limit ");
            statement.push_bind(LOOKED_AT).push(")");
        }
        if let Some(sha) = &query.sha {
            // Shas are hexadecimal, so `g` stands after every sha with this beginning, in any collation.
            statement
                .push(" union (")
                .push(COLUMNS)
                .push("true from deploys where sha >= ")
                .push_bind(sha.clone());
            statement.push(" and sha < ").push_bind(format!("{sha}g"));
            statement.push(" and requested_at is not null");
            self.push_seen(&mut statement, "service_id", Hidden::Services);
            statement
                .push(" order by sha limit ")
                .push_bind(LOOKED_AT)
                .push(")");
        }
        if !versions.is_empty() {
            statement
                .push(" union (")
                .push(COLUMNS)
                .push("version = any(")
                .push_bind(versions.clone());
            statement
                .push(") from (select id, requested_at, version from deploys where requested_at is not null");
            self.push_seen(&mut statement, "service_id", Hidden::Services);
            statement.push(" order by requested_at desc, id desc limit ");
            statement.push_bind(NEWEST).push(") newest where ");
            push_beginnings(&mut statement, &versions);
            statement.push(")");
        }
        for version in &versions {
            statement
                .push(" union (")
                .push(COLUMNS)
                .push("version = any(")
                .push_bind(versions.clone());
            statement.push(") from deploys where ");
            push_range(&mut statement, version);
            statement.push(" and requested_at is not null");
            self.push_seen(&mut statement, "service_id", Hidden::Services);
            statement
                .push(" order by version using ~<~ limit ")
                .push_bind(LOOKED_AT);
            statement.push(")");
        }
        statement
    }
}

fn of_services(query: &SearchQuery, services: Vec<Uuid>) -> QueryBuilder<Postgres> {
    let versions = versions(query);
    let mut statement =
        QueryBuilder::new("select id from (select d.id, d.requested_at, coalesce(d.version = any(");
    statement
        .push_bind(versions.clone())
        .push("), false) as exact from unnest(")
        .push_bind(services);
    statement.push(
        "::uuid[]) as s(id) cross join lateral (select id, requested_at, version, sha from deploys \
         where service_id = s.id and requested_at is not null order by requested_at desc, id desc limit ",
    );
    statement.push_bind(DEPLOYS_LOOKED_AT).push(") d where (");
    push_beginnings(&mut statement, &versions);
    statement.push(")");
    if let Some(sha) = &query.sha {
        statement
            .push(" or starts_with(d.sha, ")
            .push_bind(sha.clone())
            .push(")");
    }
    statement
}

/// A version is written with or without a `v` before it.
fn versions(query: &SearchQuery) -> Vec<String> {
    let Some(version) = &query.version else {
        return Vec::new();
    };
    let other = match version.strip_prefix(['v', 'V']) {
        Some(bare) if bare.starts_with(|letter: char| letter.is_ascii_digit()) => Some(bare.to_owned()),
        None if version.starts_with(|letter: char| letter.is_ascii_digit()) => Some(format!("v{version}")),
        _ => None,
    };
    [Some(version.clone()), other].into_iter().flatten().collect()
}

fn push_range(statement: &mut QueryBuilder<Postgres>, beginning: &str) {
    statement.push("version ~>=~ ").push_bind(beginning.to_owned());
    statement.push(" and version ~<~ ").push_bind(after(beginning));
}

fn push_beginnings(statement: &mut QueryBuilder<Postgres>, versions: &[String]) {
    statement.push("false");
    for version in versions {
        statement
            .push(" or starts_with(version, ")
            .push_bind(version.clone())
            .push(")");
    }
}
