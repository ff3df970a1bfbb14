//! The edge: what other sites cannot make a browser do, what looking leaves alone, what no log line and no table holds, and
//! whether the documents on security name tests that exist.

mod canaries;
mod cross_site;
mod documents;
mod heads;
mod looking;

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, PgPool};

/// Every row of every table as text, by table; partitions under their own names.
async fn contents(pool: &PgPool) -> BTreeMap<String, String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_toast%'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut contents = BTreeMap::new();
    for table in tables {
        let rows =
            format!("select coalesce(string_agg(t::text, E'\\n' order by t::text), '') from {table} t");
        let rows: String = sqlx::query_scalar(AssertSqlSafe(rows))
            .fetch_one(pool)
            .await
            .unwrap();
        contents.insert(table, rows);
    }
    contents
}
