//! What the catalog of PostgreSQL says of our tables, as far as a version that does not know of a change depends on it.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{FromRow, PgConnection};
use store::MIGRATOR;

/// How a migration says that the version before keeps to what it changes: this, a name and the reason.
const KEPT_TO: &str = "-- Safe for the version before: ";

#[derive(FromRow)]
struct Column {
    relation: String,
    name: String,
    kind: String,
    not_null: bool,
    /// A default, an identity or a generated value.
    fills_itself: bool,
}

/// A constraint or a unique index with the columns that it looks at.
#[derive(FromRow)]
struct Rule {
    relation: String,
    name: String,
    columns: Vec<String>,
}

/// Tables, views and functions of the schema.
pub(super) struct Tables {
    /// By relation and name.
    columns: BTreeMap<(String, String), Column>,
    rules: Vec<Rule>,
    functions: BTreeSet<String>,
}

impl Tables {
    pub async fn read(connection: &mut PgConnection) -> Self {
        let columns: Vec<Column> = sqlx::query_as(
            "select c.relname::text as relation, a.attname::text as name, format_type(a.atttypid, a.atttypmod) as kind,
                 a.attnotnull as not_null, a.atthasdef or a.attidentity <> '' as fills_itself
             from pg_attribute a join pg_class c on c.oid = a.attrelid
             where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
               and a.attnum > 0 and not a.attisdropped and c.relname <> '_sqlx_migrations'",
        )
        .fetch_all(&mut *connection)
        .await
        .unwrap();
        let rules = sqlx::query_as(
            "with rule as (
                 select conrelid as relation, conname as name, conkey as keys from pg_constraint where contype in ('c', 'f', 'u', 'p', 'x')
                 union
                 select i.indrelid, x.relname, i.indkey::int2[] from pg_index i join pg_class x on x.oid = i.indexrelid where i.indisunique)
             select c.relname::text as relation, r.name::text,
                 array(select attname::text from pg_attribute a where a.attrelid = r.relation and a.attnum = any(r.keys)) as columns
             from rule r join pg_class c on c.oid = r.relation
             where c.relnamespace = 'public'::regnamespace and not c.relispartition and c.relname <> '_sqlx_migrations'",
        )
        .fetch_all(&mut *connection)
        .await
        .unwrap();
        let functions: Vec<String> = sqlx::query_scalar(
            "select p.oid::regprocedure::text from pg_proc p
             where p.pronamespace = 'public'::regnamespace
               and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')",
        )
        .fetch_all(connection)
        .await
        .unwrap();
        Self {
            columns: columns
                .into_iter()
                .map(|column| ((column.relation.clone(), column.name.clone()), column))
                .collect(),
            rules,
            functions: functions.into_iter().collect(),
        }
    }

    /// Columns that every insert into a table must give.
    pub fn wanted(&self, table: &str) -> Vec<String> {
        self.columns
            .values()
            .filter(|column| column.relation == table && column.is_wanted())
            .map(|column| column.name.clone())
            .collect()
    }

    /// What a version that knows these tables cannot do with those of `after`. Names of `kept_to` are left out.
    pub fn breaks(&self, after: &Self, kept_to: &BTreeSet<String>) -> Vec<String> {
        let mut breaks = self.columns_that_break(after);
        breaks.extend(self.rules_that_break(after));
        let gone = self.functions.difference(&after.functions);
        breaks.extend(gone.map(|function| (function.clone(), "is gone".to_owned())));
        breaks.sort();
        breaks.dedup();
        breaks.retain(|(name, _)| !kept_to.contains(name));
        breaks
            .into_iter()
            .map(|(name, what)| format!("{name} {what}"))
            .collect()
    }

    fn is_known(&self, relation: &str) -> bool {
        self.columns.keys().any(|(known, _)| known == relation)
    }

    /// Columns that are gone, that are another thing now, and new ones that the version before would have to give.
    fn columns_that_break(&self, after: &Self) -> Vec<(String, String)> {
        let mut breaks = Vec::new();
        for (place, column) in &self.columns {
            match after.columns.get(place) {
                None if !after.is_known(&place.0) => breaks.push((place.0.clone(), "is gone".to_owned())),
                None => breaks.push((column.path(), "is gone".to_owned())),
                Some(now) => breaks.extend(column.change(now).map(|what| (column.path(), what))),
            }
        }
        let new = after.columns.iter().filter(|(place, column)| {
            !self.columns.contains_key(place) && self.is_known(&place.0) && column.is_wanted()
        });
        let words = "is wanted, and the version before does not know it";
        breaks.extend(new.map(|(_, column)| (column.path(), words.to_owned())));
        breaks
    }

    /// Rules on known columns that are new, and those that are gone: an upsert may lean on one.
    fn rules_that_break(&self, after: &Self) -> Vec<(String, String)> {
        let has = |tables: &Self, rule: &Rule| tables.rules.iter().any(|known| known.name == rule.name);
        let new = after.rules.iter().filter(|rule| {
            let mut columns = rule.columns.iter();
            let on_known = rule.columns.is_empty()
                || columns.any(|column| {
                    self.columns
                        .contains_key(&(rule.relation.clone(), column.clone()))
                });
            self.is_known(&rule.relation) && on_known && !has(self, rule)
        });
        let gone = self.rules.iter().filter(|rule| !has(after, rule));
        let refuses = new.map(|rule| (rule.name.clone(), "may refuse what the version before writes"));
        let gone = gone.map(|rule| (rule.name.clone(), "is gone, and an upsert may lean on it"));
        refuses
            .chain(gone)
            .map(|(name, what)| (name, what.to_owned()))
            .collect()
    }
}

impl Column {
    fn path(&self) -> String {
        format!("{}.{}", self.relation, self.name)
    }

    /// Whether every insert must give it.
    fn is_wanted(&self) -> bool {
        self.not_null && !self.fills_itself
    }

    /// What a version that knows this column finds changed.
    fn change(&self, now: &Self) -> Option<String> {
        if now.kind != self.kind {
            Some(format!("was {} and is {}", self.kind, now.kind))
        } else if now.not_null && !self.not_null || now.is_wanted() && !self.is_wanted() {
            Some("must be there now".to_owned())
        } else if self.not_null && !now.not_null {
            Some("may be null now".to_owned())
        } else {
            None
        }
    }
}

/// The names that migrations after a version say the version before keeps to.
pub(super) fn kept_to(newest: i64) -> BTreeSet<String> {
    let later = MIGRATOR.iter().filter(|migration| migration.version > newest);
    later
        .flat_map(|migration| {
            let lines = migration.sql.as_str().lines();
            let names: Vec<String> = lines
                .filter_map(|line| line.trim().strip_prefix(KEPT_TO))
                .filter_map(|rest| rest.split(' ').next())
                .map(|name| name.trim_end_matches([':', ',', '.']).to_owned())
                .collect();
            names
        })
        .collect()
}
