//! Lists page by page: the cursor names a row by what the list is ordered by and its id, and a page starts beside that row.
//! Most come newest first; lists of names come in the order of their names.

use std::{fmt::Display, str::FromStr};

use chrono::{DateTime, Utc};
use domain::page::Position;
use sqlx::{Encode, Postgres, QueryBuilder, Type};
use uuid::Uuid;

use crate::{Result, StoreError};

/// More words than anyone types; each one is a pattern that every row is compared with.
const MAX_WORDS: usize = 8;

/// The cursor that names a row.
pub(crate) fn cursor(at: DateTime<Utc>, id: impl Display) -> String {
    format!("{}_{id}", at.timestamp_micros())
}

/// Narrows a query that has a `where` to the page at `position`, puts it into order and reads one row more than `size`, by
/// which the page knows whether there is another. `columns` are the time and the id.
pub(crate) fn push_page<I>(
    query: &mut QueryBuilder<Postgres>,
    columns: (&str, &str),
    position: &Position,
    size: u32,
) -> Result<()>
where
    I: FromStr + Type<Postgres> + for<'q> Encode<'q, Postgres> + Send + 'static,
{
    let backwards = matches!(position, Position::Before(_));
    push_times::<I>(query, columns, (position, size), backwards)
}

/// As [`push_page`] for a list that begins with the earliest: what is due first.
pub(crate) fn push_page_from_first<I>(
    query: &mut QueryBuilder<Postgres>,
    columns: (&str, &str),
    position: &Position,
    size: u32,
) -> Result<()>
where
    I: FromStr + Type<Postgres> + for<'q> Encode<'q, Postgres> + Send + 'static,
{
    let backwards = matches!(position, Position::Before(_));
    push_times::<I>(query, columns, (position, size), !backwards)
}

/// Reads times from a place on, rising or falling.
fn push_times<I>(
    query: &mut QueryBuilder<Postgres>,
    (at_column, id_column): (&str, &str),
    (position, size): (&Position, u32),
    rising: bool,
) -> Result<()>
where
    I: FromStr + Type<Postgres> + for<'q> Encode<'q, Postgres> + Send + 'static,
{
    if let Position::After(cursor) | Position::Before(cursor) = position {
        let (at, id) = parse::<I>(cursor).ok_or(StoreError::BadCursor)?;
        let beyond = if rising { ">" } else { "<" };
        query.push(format!(" and ({at_column}, {id_column}) {beyond} ("));
        query.push_bind(at).push(", ").push_bind(id).push(")");
    }
    let way = if rising { "asc" } else { "desc" };
    query.push(format!(" order by {at_column} {way}, {id_column} {way} limit "));
    // In the text, so that it is planned once: a limit that PostgreSQL does not know might be anything.
    query.push(i64::from(size) + 1);
    Ok(())
}

/// The cursor that names a row of a list of names.
pub(crate) fn name_cursor(name: &str, id: impl Display) -> String {
    format!("{name}|{id}")
}

/// As [`push_page`] for a list in the order of a text and an id, from A.
pub(crate) fn push_name_page(
    query: &mut QueryBuilder<Postgres>,
    (name_column, id_column): (&str, &str),
    position: &Position,
    size: u32,
) -> Result<()> {
    let backwards = matches!(position, Position::Before(_));
    if let Position::After(cursor) | Position::Before(cursor) = position {
        let (name, id) = parse_name(cursor).ok_or(StoreError::BadCursor)?;
        let beyond = if backwards { "<" } else { ">" };
        query.push(format!(" and ({name_column}, {id_column}) {beyond} ("));
        query.push_bind(name).push(", ").push_bind(id).push(")");
    }
    let way = if backwards { "desc" } else { "asc" };
    query.push(format!(" order by {name_column} {way}, {id_column} {way} limit "));
    query.push_bind(i64::from(size) + 1);
    Ok(())
}

/// Narrows a query to rows whose text has every word, wherever it stands.
pub(crate) fn push_words(query: &mut QueryBuilder<Postgres>, searched: &str, text: Option<&str>) {
    let text = text.unwrap_or_default().replace('\0', "");
    for word in text.split_whitespace().take(MAX_WORDS) {
        let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        query
            .push(" and ")
            .push(searched)
            .push(" ilike ")
            .push_bind(format!("%{escaped}%"));
    }
}

fn parse_name(cursor: &str) -> Option<(String, Uuid)> {
    let (name, id) = cursor.rsplit_once('|').filter(|(name, _)| !name.contains('\0'))?;
    Some((name.to_owned(), id.parse().ok()?))
}

fn parse<I: FromStr>(cursor: &str) -> Option<(DateTime<Utc>, I)> {
    let (micros, id) = cursor.split_once('_')?;
    let at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
    Some((at, id.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_names_the_row_it_was_made_of_and_nothing_else_is_one() {
        let at = DateTime::from_timestamp_micros(1_790_000_000_123_456).unwrap();
        assert_eq!(parse::<i64>(&cursor(at, 7)), Some((at, 7)));
        for wrong in ["", "7", "x_7", "7_x", "99999999999999999999_7", "_"] {
            assert_eq!(parse::<i64>(wrong), None, "{wrong}");
        }
        let id = Uuid::from_u128(7);
        for name in ["payments", "a|b", "", "ü"] {
            assert_eq!(parse_name(&name_cursor(name, id)), Some((name.to_owned(), id)));
        }
        for wrong in [
            "",
            "payments",
            "payments|7",
            "a\0|00000000-0000-0000-0000-000000000007",
        ] {
            assert_eq!(parse_name(wrong), None, "{wrong}");
        }
    }
}
