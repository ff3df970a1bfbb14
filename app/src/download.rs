//! Lists as files that a browser saves.

use std::{error::Error, future::Future};

use axum::response::{IntoResponse, Response};
use commands::CommandError;
use domain::page::{Page, Position};
use http::header;
use store::StoreError;

use crate::error;

/// Beyond this a file from a page is the wrong tool; the API pages through everything.
const MOST_ROWS: usize = 20_000;

/// The rows of a list, read page by page from its start; at most 20,000 of them.
pub async fn rows<T, F>(read: impl Fn(Position) -> F) -> Result<Vec<T>, CommandError>
where
    F: Future<Output = Result<Page<T>, StoreError>>,
{
    let (mut position, mut rows) = (Position::Start, Vec::new());
    loop {
        let page = read(position).await?;
        rows.extend(page.rows);
        match page.next.filter(|_| rows.len() < MOST_ROWS) {
            Some(cursor) => position = Position::After(cursor),
            None => return Ok(rows),
        }
    }
}

/// The answer that a browser saves under a name.
pub fn saved_as(name: &str, content_type: &str, text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, content_type.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, text).into_response()
}

/// Why there is no such file. A fault of Fairway's is logged here.
pub fn refused(name: &str, problem: &CommandError) -> Response {
    if let CommandError::Internal(source) = problem {
        let source: &(dyn Error + 'static) = source.as_ref();
        tracing::error!(error = source, name, "a download could not be made");
    }
    error::plain(problem)
}
