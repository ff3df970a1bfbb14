//! Keyset paging: a page of rows and the cursors to its neighbours.

use serde::{Deserialize, Serialize};

/// Rows on a page where nobody asks for another number.
pub const PAGE_SIZE: u32 = 50;
/// The most rows that one page may hold.
pub const MAX_PAGE_SIZE: u32 = 200;

/// Where a page starts: just after, or just before, the row that the cursor names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Position {
    /// The first page.
    #[default]
    Start,
    /// The rows after the cursor.
    After(String),
    /// The rows before the cursor, in the same order.
    Before(String),
}

/// A page of rows in the order asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows, at most the asked number.
    pub rows: Vec<T>,
    /// Cursor for the page before this one; `None` on the first page.
    pub previous: Option<String>,
    /// Cursor for the page after this one; `None` on the last page.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The same page with each row turned into something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(f).collect(),
            previous: self.previous,
            next: self.next,
        }
    }

    /// Makes a page from up to `size + 1` rows that were read in the reading direction.
    ///
    /// `cursor` names a row. For `Position::Before` the rows were read backwards and are turned round here.
    pub fn of(mut rows: Vec<T>, size: u32, position: &Position, cursor: impl Fn(&T) -> String) -> Self {
        let more = rows.len() > size as usize;
        rows.truncate(size as usize);
        let backwards = matches!(position, Position::Before(_));
        if backwards {
            rows.reverse();
        }
        let has_previous = if backwards {
            more
        } else {
            matches!(position, Position::After(_))
        };
        let has_next = if backwards { true } else { more };
        let previous = rows.first().filter(|_| has_previous).map(&cursor);
        let next = rows.last().filter(|_| has_next).map(&cursor);
        Self { rows, previous, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_know_their_neighbours() {
        let page = Page::of(vec![1, 2, 3], 2, &Position::Start, ToString::to_string);
        assert_eq!(
            (page.rows, page.previous, page.next),
            (vec![1, 2], None, Some("2".into()))
        );
        let page = Page::of(vec![3], 2, &Position::After("2".into()), ToString::to_string);
        assert_eq!(
            (page.rows, page.previous, page.next),
            (vec![3], Some("3".into()), None)
        );
        let page = Page::of(vec![2, 1], 2, &Position::Before("3".into()), ToString::to_string);
        assert_eq!(
            (page.rows, page.previous, page.next),
            (vec![1, 2], None, Some("2".into()))
        );
    }
}
