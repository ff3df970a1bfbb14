//! Lists that come newest first, page by page: the cursor names a time and an id, and a page starts beside that row.

use std::{fmt::Display, str::FromStr};

use chrono::{DateTime, Utc};
use domain::page::Position;
use sqlx::{Encode, Postgres, QueryBuilder, Type};

use crate::{Result, StoreError};

/// The cursor that names a row.
pub(crate) fn cursor(at: DateTime<Utc>, id: impl Display) -> String {
    format!("{}_{id}", at.timestamp_micros())
}

/// Narrows a query that has a `where` to the page at `position`, puts it into order and reads one row more than `size`, by
/// which the page knows whether there is another. `columns` are the time and the id.
pub(crate) fn push_page<I>(
    query: &mut QueryBuilder<Postgres>,
    (at_column, id_column): (&str, &str),
    position: &Position,
    size: u32,
) -> Result<()>
where
    I: FromStr + Type<Postgres> + for<'q> Encode<'q, Postgres> + Send + 'static,
{
    let backwards = matches!(position, Position::Before(_));
    if let Position::After(cursor) | Position::Before(cursor) = position {
        let (at, id) = parse::<I>(cursor).ok_or(StoreError::BadCursor)?;
        let beyond = if backwards { ">" } else { "<" };
        query.push(format!(" and ({at_column}, {id_column}) {beyond} ("));
        query.push_bind(at).push(", ").push_bind(id).push(")");
    }
    let way = if backwards { "asc" } else { "desc" };
    query.push(format!(" order by {at_column} {way}, {id_column} {way} limit "));
    query.push_bind(i64::from(size) + 1);
    Ok(())
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
    }
}
