//! Pages of lists: the cursor and limit that queries bring, and the shape that answers have.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    error::FieldErrors,
    page::{MAX_PAGE_SIZE, PAGE_SIZE, Page, Position},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::receive::is_clean;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Listing<T> {
    /// The rows, at most `limit`.
    items: Vec<T>,
    /// What `page` must be for the next rows; null on the last page.
    next: Option<String>,
}

impl<T> Listing<T> {
    /// The page as machines get it: forwards only, its cursor opaque.
    pub fn of(page: Page<T>) -> Self {
        Self {
            items: page.rows,
            next: page.next.map(|cursor| URL_SAFE_NO_PAD.encode(cursor)),
        }
    }

    /// A list that is never long enough for a second page.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

/// Where a page starts and how many rows it holds.
pub(super) fn paging(page: Option<&str>, limit: Option<u32>) -> Result<(Position, u32), FieldErrors> {
    let size = limit.unwrap_or(PAGE_SIZE);
    if !(1..=MAX_PAGE_SIZE).contains(&size) {
        let message = format!("choose 1 to {MAX_PAGE_SIZE}");
        return Err(FieldErrors::one("limit", message));
    }
    let Some(page) = page else {
        return Ok((Position::Start, size));
    };
    let cursor = URL_SAFE_NO_PAD
        .decode(page)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|cursor| is_clean(cursor));
    match cursor {
        Some(cursor) => Ok((Position::After(cursor), size)),
        None => Err(FieldErrors::one(
            "page",
            "give the `next` of the page before, as it was",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let page = Page {
            rows: vec![1],
            previous: None,
            next: Some("ä|7".to_owned()),
        };
        let next = Listing::of(page).next.unwrap();
        assert_eq!(
            paging(Some(&next), None).unwrap(),
            (Position::After("ä|7".to_owned()), PAGE_SIZE)
        );
        for (page, limit) in [
            (None, Some(0)),
            (None, Some(201)),
            (Some("%"), None),
            (Some("AA"), None),
        ] {
            assert!(paging(page, limit).is_err(), "{page:?} {limit:?}");
        }
    }
}
