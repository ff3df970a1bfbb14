//! A reply of the routes as HTTP: its status, the headers of pages and redirects, and ETags.

use axum::{
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{failures::with_headers, git, questions::Query, routes::Reply};

/// Answers a request; `headers` are those that every answer has.
pub(super) fn respond(
    reply: Reply,
    query: &Query,
    request: &Request,
    headers: &mut Vec<(&'static str, String)>,
) -> Response {
    let message = |status: StatusCode, text: &str| (status, serde_json::json!({"message": text}).to_string());
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let (status, body) = match reply {
        Reply::Json(value) => (StatusCode::OK, value.to_string()),
        Reply::Page(value, last) => {
            let here = format!("http://{host}{}", request.uri().path());
            let to = |page: usize, rel: &str| {
                format!("<{here}?per_page={}&page={page}>; rel=\"{rel}\"", query.per_page)
            };
            if query.page < last {
                headers.push(("link", [to(query.page + 1, "next"), to(last, "last")].join(", ")));
            } else if query.page > 1 {
                headers.push(("link", [to(query.page - 1, "prev"), to(1, "first")].join(", ")));
            }
            (StatusCode::OK, value.to_string())
        }
        Reply::Cursor(value, next) => {
            let path = request.uri().path();
            headers.extend(next.map(|next| {
                let address = format!("http://{host}{path}?per_page={}&cursor={next}", query.per_page);
                ("link", format!("<{address}>; rel=\"next\""))
            }));
            (StatusCode::OK, value.to_string())
        }
        Reply::Moved(path) => {
            let rest = request
                .uri()
                .query()
                .map_or_else(String::new, |query| format!("?{query}"));
            headers.push(("location", format!("http://{host}{path}{rest}")));
            message(StatusCode::MOVED_PERMANENTLY, "Moved Permanently")
        }
        Reply::Accepted => (StatusCode::ACCEPTED, "{}".to_owned()),
        Reply::NotFound => message(StatusCode::NOT_FOUND, "Not Found"),
        Reply::Empty => message(StatusCode::CONFLICT, "Git Repository is empty."),
        Reply::NoCommit => message(StatusCode::UNPROCESSABLE_ENTITY, "No commit found for SHA"),
    };
    if status == StatusCode::OK {
        let tag = format!("W/\"{}\"", git::id(&[body.as_bytes()]));
        let known = request
            .headers()
            .get(header::IF_NONE_MATCH)
            .is_some_and(|value| value.as_bytes() == tag.as_bytes());
        headers.push(("etag", tag));
        if known {
            return with_headers(headers, StatusCode::NOT_MODIFIED.into_response());
        }
    }
    with_headers(headers, (status, body).into_response())
}
