//! The list of services: filtered, sorted and paged by key.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use domain::{
    catalog::{ServiceFilter, ServiceSort, ServiceSummary},
    page::{MAX_PAGE_SIZE, Page, Position},
};
use sqlx::{FromRow, Postgres, QueryBuilder};
use uuid::Uuid;

use super::services::{SUMMARY_COLUMNS, SUMMARY_TABLES, SummaryRow};
use crate::{Reads, Result, StoreError, sight::Hidden, teams::uuids};

/// `owner=none` lists services without a team.
const NO_OWNER: &str = "none";
/// More words than anyone types; each one is a pattern that every row is compared with.
const MAX_WORDS: usize = 8;
/// What words are looked for in.
const SEARCHED: &str =
    "(s.title || ' ' || s.slug || ' ' || coalesce(s.description, '') || ' ' || array_to_string(s.tags, ' '))";

#[derive(FromRow)]
struct ListRow {
    #[sqlx(flatten)]
    summary: SummaryRow,
    sort_key: String,
}

/// Where a page starts: the sort key and id of a row.
enum Key {
    Text(String),
    Number(i32),
    Time(Option<DateTime<Utc>>),
}

/// How a sort is written in SQL.
struct Order {
    /// Compared and ordered by; never null.
    expression: &'static str,
    /// The same as text, for cursors.
    as_text: &'static str,
    descending: bool,
    parse: fn(&str) -> Option<Key>,
}

impl Reads {
    /// A page of the services in the catalog.
    pub async fn services(&self, filter: &ServiceFilter) -> Result<Page<ServiceSummary>> {
        let order = order_of(filter.sort);
        let size = filter.size.clamp(1, MAX_PAGE_SIZE);
        let backwards = matches!(filter.position, Position::Before(_));
        let descending = order.descending ^ filter.reverse ^ backwards;
        let mut query = QueryBuilder::new("select ");
        query
            .push(SUMMARY_COLUMNS)
            .push(", ")
            .push(order.as_text)
            .push(" as sort_key from ")
            .push(SUMMARY_TABLES);
        query.push(" where s.removed_at is null");
        self.push_seen(&mut query, "s.id", Hidden::Services);
        push_filters(&mut query, filter);
        if let Position::After(cursor) | Position::Before(cursor) = &filter.position {
            let (key, id) = parse_cursor(cursor, &order).ok_or(StoreError::BadCursor)?;
            query
                .push(" and (")
                .push(order.expression)
                .push(", s.id) ")
                .push(if descending { "< (" } else { "> (" });
            match key {
                Key::Text(text) => query.push_bind(text),
                Key::Number(number) => query.push_bind(number),
                Key::Time(time) => query
                    .push("coalesce(")
                    .push_bind(time)
                    .push(", '-infinity'::timestamptz)"),
            };
            query.push(", ").push_bind(id).push(")");
        }
        let direction = if descending { " desc" } else { "" };
        query
            .push(" order by ")
            .push(order.expression)
            .push(direction)
            .push(", s.id")
            .push(direction);
        // Number in the text: PostgreSQL cannot plan once for a limit that it does not know, and planning takes as long as reading.
        query.push(" limit ").push(i64::from(size) + 1);
        let rows: Vec<ListRow> = query.build_query_as().fetch_all(&self.pool).await?;
        let rows = rows
            .into_iter()
            .map(|row| Ok((row.sort_key, row.summary.into_summary()?)))
            .collect::<Result<Vec<_>>>()?;
        let page = Page::of(rows, size, &filter.position, |(key, row)| {
            format!("{key}|{}", row.id)
        });
        Ok(page.map(|(_, row)| row))
    }
}

fn order_of(sort: ServiceSort) -> Order {
    let (text, number) = (
        (|text: &str| Some(Key::Text(text.to_owned()))) as fn(&str) -> Option<Key>,
        (|text: &str| text.parse().ok().map(Key::Number)) as fn(&str) -> Option<Key>,
    );
    match sort {
        ServiceSort::Name => Order {
            expression: "lower(s.title)",
            as_text: "lower(s.title)",
            descending: false,
            parse: text,
        },
        ServiceSort::Owner => {
            // `~` stands after every letter and digit of a slug in this collation.
            let expression = r#"coalesce(t.slug, '~') collate "C""#;
            Order {
                expression,
                as_text: expression,
                descending: false,
                parse: text,
            }
        }
        ServiceSort::Tier => Order {
            expression: "coalesce(s.tier, 9)::int",
            as_text: "coalesce(s.tier, 9)::text",
            descending: false,
            parse: number,
        },
        ServiceSort::Health => {
            const RANK: &str =
                "(case st.health when 'down' then 0 when 'degraded' then 1 when 'healthy' then 2 else 3 end)";
            const RANK_TEXT: &str = "(case st.health when 'down' then '0' when 'degraded' then '1' when 'healthy' then '2' else '3' end)";
            Order {
                expression: RANK,
                as_text: RANK_TEXT,
                descending: false,
                parse: number,
            }
        }
        ServiceSort::LastDeploy => Order {
            expression: "coalesce(st.last_deploy_at, '-infinity'::timestamptz)",
            as_text: "coalesce((extract(epoch from st.last_deploy_at) * 1000000)::bigint::text, '')",
            descending: true,
            parse: parse_time,
        },
        ServiceSort::Incidents => Order {
            expression: "st.open_incidents",
            as_text: "st.open_incidents::text",
            descending: true,
            parse: number,
        },
    }
}

fn parse_time(text: &str) -> Option<Key> {
    if text.is_empty() {
        return Some(Key::Time(None));
    }
    // PostgreSQL's calendar begins later than chrono's.
    let time = DateTime::from_timestamp_micros(text.parse().ok()?).filter(|time| time.timestamp() >= 0);
    time.map(|time| Key::Time(Some(time)))
}

fn parse_cursor(cursor: &str, order: &Order) -> Option<(Key, Uuid)> {
    let (key, id) = cursor.rsplit_once('|').filter(|(key, _)| !key.contains('\0'))?;
    Some(((order.parse)(key)?, Uuid::from_str(id).ok()?))
}

fn push_filters(query: &mut QueryBuilder<Postgres>, filter: &ServiceFilter) {
    if let Some(owner) = owner(filter) {
        if owner == NO_OWNER {
            query.push(" and s.team_id is null");
        } else {
            query.push(" and t.slug = ").push_bind(owner);
        }
    }
    if let Some(teams) = &filter.teams {
        query
            .push(" and s.team_id = any(")
            .push_bind(uuids(teams))
            .push(")");
    }
    if let Some(tier) = filter.tier {
        query.push(" and s.tier = ").push_bind(i16::from(tier.number()));
    }
    if let Some(lifecycle) = filter.lifecycle.as_deref().map(clean) {
        query.push(" and s.lifecycle = ").push_bind(lifecycle);
    }
    if let Some(health) = filter.health {
        query.push(" and st.health = ").push_bind(health.as_str());
    }
    for pattern in patterns(filter) {
        query
            .push(" and ")
            .push(SEARCHED)
            .push(" ilike ")
            .push_bind(pattern);
    }
}

/// The slug of the owning team that the filter means, in any case: stored ones are in lower case.
pub(super) fn owner(filter: &ServiceFilter) -> Option<String> {
    let owner = clean(filter.owner.as_deref()?);
    Some(owner.to_ascii_lowercase())
}

/// What no text column holds and PostgreSQL refuses.
pub(super) fn clean(text: &str) -> String {
    text.replace('\0', "")
}

pub(super) fn patterns(filter: &ServiceFilter) -> Vec<String> {
    let text = clean(filter.text.as_deref().unwrap_or_default());
    let escaped = |word: &str| word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    text.split_whitespace()
        .take(MAX_WORDS)
        .map(|word| format!("%{}%", escaped(word)))
        .collect()
}
