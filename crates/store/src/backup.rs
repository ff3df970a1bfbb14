//! What a backup must hold: the rows of every table at one moment, counted and summed up.

use sqlx::{AssertSqlSafe, PgConnection, Postgres, Transaction};

use crate::{Result, Store};

/// The rows of one table, enough to tell two copies apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableContents {
    /// Schema and name, quoted as SQL writes them.
    pub table: String,
    /// How many rows.
    pub rows: i64,
    /// Sum of a 64-bit hash of each row's text; the order of rows does not matter.
    pub digest: String,
}

/// One moment of the database, which other connections can share by its name for as long as this is held.
pub struct Snapshot {
    inner: Transaction<'static, Postgres>,
    name: String,
}

impl Store {
    /// Holds on to this moment.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let mut inner = self
            .pool
            .begin_with("begin isolation level repeatable read read only")
            .await?;
        let name = sqlx::query_scalar("select pg_export_snapshot()")
            .fetch_one(&mut *inner)
            .await?;
        Ok(Snapshot { inner, name })
    }
}

impl Snapshot {
    /// Its name, for `pg_dump --snapshot`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The contents of every table, by name. Reads every row.
    pub async fn contents(&mut self) -> Result<Vec<TableContents>> {
        // Times are written in the session's zone.
        sqlx::query("set local timezone = 'UTC'")
            .execute(&mut *self.inner)
            .await?;
        let mut all = Vec::new();
        for table in tables(&mut self.inner).await? {
            let statement = format!(
                "select count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text from only {table} t"
            );
            // The name comes from the database's own catalogue, quoted there.
            let (rows, digest) = sqlx::query_as(AssertSqlSafe(statement))
                .fetch_one(&mut *self.inner)
                .await?;
            all.push(TableContents { table, rows, digest });
        }
        Ok(all)
    }
}

async fn tables(connection: &mut PgConnection) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar(
        "select format('%I.%I', n.nspname, c.relname)
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema')
         order by 1",
    )
    .fetch_all(connection)
    .await?)
}
