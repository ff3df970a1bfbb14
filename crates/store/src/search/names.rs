//! Services, teams, people and other entities by their names: exact, beginning so, holding these words, or nearest to them.

use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::{Reads, Result, sight::Hidden};

/// Rows that are ranked: all that fit a telling text, and enough of those that fit a letter.
const RANKED: i64 = 500;
/// Of these, the newest are preferred among equals.
const COMPARED: i64 = 50;
/// Two names of eight letters of which two are exchanged are 0.44 apart in the words of `pg_trgm`; what has nothing in
/// common is 1 apart.
const FARTHEST: f32 = 0.62;
/// Shorter words have no trigram of their own; they are looked for where a word begins.
const TRIGRAM: usize = 3;

/// A table of named things. All texts are ours, never a person's.
pub(super) struct Names {
    table: &'static str,
    /// What its ids are compared with, where some may be hidden.
    hidden: Option<Hidden>,
    /// Which rows count; written as in the partial indexes.
    alive: &'static str,
    /// Columns that order what fits equally well.
    columns: &'static str,
    /// The order among what fits equally well.
    order: &'static str,
    /// Joined to the best: what orders them at last.
    last: Option<(&'static str, &'static str)>,
}

/// Critical services first, then those deployed last.
pub(super) const SERVICES: Names = Names {
    table: "services",
    hidden: Some(Hidden::Services),
    alive: "removed_at is null",
    columns: "tier, slug",
    order: "tier nulls last, length(slug), slug",
    last: Some((
        "join service_state st on st.service_id = best.id",
        "tier nulls last, st.last_deploy_at desc nulls last, slug",
    )),
};

pub(super) const TEAMS: Names = Names {
    table: "teams",
    hidden: None,
    alive: "true",
    columns: "slug",
    order: "slug",
    last: None,
};

/// People before bots.
pub(super) const PEOPLE: Names = Names {
    table: "people",
    hidden: None,
    alive: "true",
    columns: "is_bot, length(search_names) as letters",
    order: "is_bot, letters, search_names",
    last: None,
};

pub(super) const ENTITIES: Names = Names {
    table: "entities",
    // Kinds that are no services.
    hidden: None,
    alive: "removed_at is null and kind in ('API', 'Resource', 'System', 'Domain', 'Template', 'User')",
    columns: "kind, length(search_names) as letters",
    order: "letters, kind, search_names",
    last: None,
};

impl Reads {
    /// What holds all the words, best first: the exact name, names that begin so, words that begin so, the rest.
    pub(super) async fn fitting_names(
        &self,
        names: &Names,
        words: &[String],
        limit: i64,
    ) -> Result<Vec<Uuid>> {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::new("select best.id from (select ranked.* from (select *, ");
        push_rank(&mut query, words);
        query.push(" as rank from (");
        self.push_beginning(&mut query, names, words);
        query.push(" union ");
        self.push_holding(&mut query, names, words);
        query.push(") fitting) ranked order by rank, ").push(names.order);
        query
            .push(" limit ")
            .push_bind(COMPARED.max(limit))
            .push(") best ");
        let (join, order) = names.last.unwrap_or(("", names.order));
        query.push(join).push(" order by rank, ").push(order);
        query.push(" limit ").push_bind(limit);
        Ok(query.build_query_scalar().fetch_all(&self.pool).await?)
    }

    /// The names nearest to the words, as far as they have letters in common.
    pub(super) async fn nearest_names(
        &self,
        names: &Names,
        words: &[String],
        limit: i64,
    ) -> Result<Vec<Uuid>> {
        let text = words.join(" ");
        let mut query = QueryBuilder::new("select id from (select id, ");
        query
            .push_bind(text.clone())
            .push("::text <<-> search_names as distance from ")
            .push(names.table);
        query.push(" where ").push(names.alive);
        if let Some(hidden) = names.hidden {
            self.push_seen(&mut query, "id", hidden);
        }
        query.push(" order by ").push_bind(text);
        query.push("::text <<-> search_names limit ").push_bind(limit);
        query
            .push(") near where distance < ")
            .push_bind(FARTHEST)
            .push(" order by distance");
        Ok(query.build_query_scalar().fetch_all(&self.pool).await?)
    }
}

/// 0 the name itself, 1 it begins so, 2 its words begin so, 3 it holds them.
fn push_rank(query: &mut QueryBuilder<Postgres>, words: &[String]) {
    let whole = words.join(" ");
    query
        .push("case when starts_with(search_names, ")
        .push_bind(format!(" {whole} |"));
    query
        .push(") or right(search_names, length(")
        .push_bind(format!("| {whole}"));
    query.push(")) = ").push_bind(format!("| {whole}"));
    query
        .push(" then 0 when starts_with(search_names, ")
        .push_bind(format!(" {whole}"));
    query.push(") then 1 when true");
    for word in words {
        query
            .push(" and search_names like ")
            .push_bind(format!("% {}%", escaped(word)));
    }
    query.push(" then 2 else 3 end");
}

impl Reads {
    /// The names that begin so, in their order: the exact one is among them, whatever else fits.
    fn push_beginning(&self, query: &mut QueryBuilder<Postgres>, names: &Names, words: &[String]) {
        let from = format!(" {}", words.join(" "));
        self.push_columns(query, names);
        query.push(" and search_names ~>=~ ").push_bind(from.clone());
        query.push(" and search_names ~<~ ").push_bind(after(&from));
        query
            .push(" order by search_names using ~<~ limit ")
            .push_bind(RANKED)
            .push(")");
    }

    fn push_holding(&self, query: &mut QueryBuilder<Postgres>, names: &Names, words: &[String]) {
        self.push_columns(query, names);
        for word in words {
            let begins = if word.chars().count() < TRIGRAM { " " } else { "" };
            query
                .push(" and search_names like ")
                .push_bind(format!("%{begins}{}%", escaped(word)));
        }
        query.push(" limit ").push_bind(RANKED).push(")");
    }

    fn push_columns(&self, query: &mut QueryBuilder<Postgres>, names: &Names) {
        query
            .push("(select id, search_names, ")
            .push(names.columns)
            .push(" from ")
            .push(names.table);
        query.push(" where ").push(names.alive);
        if let Some(hidden) = names.hidden {
            self.push_seen(query, "id", hidden);
        }
    }
}

/// A word as `like` compares it letter by letter.
pub(super) fn escaped(word: &str) -> String {
    word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// What stands after every text with this beginning, in the order of bytes.
pub(super) fn after(beginning: &str) -> String {
    format!("{beginning}{}", char::MAX)
}
