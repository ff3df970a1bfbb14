//! What addresses of lists have in common, and the redirect to the address without what says nothing: a form that is sent
//! without script names each of its fields, and an address is to be pasted to a colleague.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use domain::{
    catalog::ServiceSort,
    dora::{DEFAULT_EDITION, Metric, Preset},
    page::Position,
};
use http::Method;

use crate::paths;

/// What was written, without spaces around it; nothing where that is empty.
pub fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Where a page starts, by the cursors of its address.
pub fn position(after: &str, before: &str) -> Position {
    match (given(after), given(before)) {
        (Some(cursor), _) => Position::After(cursor),
        (None, Some(cursor)) => Position::Before(cursor),
        (None, None) => Position::Start,
    }
}

/// Sends a page's visitor on to the same address without empty parameters and defaults, where it has any.
pub(crate) async fn tidy(request: Request, next: Next) -> Response {
    let uri = request.uri();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    match uri
        .query()
        .filter(|_| reads)
        .and_then(|query| tidied(uri.path(), query))
    {
        Some(address) => Redirect::to(&address).into_response(),
        None => next.run(request).await,
    }
}

/// The address without what says nothing; `None` where it is as short as it can be.
fn tidied(path: &str, query: &str) -> Option<String> {
    // Browsers take `//host` and `/\host` for another site.
    if path.starts_with("//") || path.contains('\\') {
        return None;
    }
    let says_something = |pair: &&str| match pair.split_once('=') {
        Some((name, value)) => !value.is_empty() && !is_default(path, name, value),
        None => false,
    };
    let kept: Vec<&str> = query.split('&').filter(says_something).collect();
    let kept = kept.join("&");
    if kept == query {
        return None;
    }
    Some(if kept.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{kept}")
    })
}

/// Whether a field of a form holds what its page shows anyway.
fn is_default(path: &str, name: &str, value: &str) -> bool {
    if path == paths::services() {
        return name == "sort" && value == ServiceSort::default().as_str();
    }
    if path == paths::dora() {
        return match name {
            "range" => value == Preset::default().days().to_string(),
            "edition" => value == DEFAULT_EDITION.to_string(),
            "trend" => value == Metric::LeadTime.as_str(),
            _ => false,
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_loses_what_says_nothing_and_keeps_the_rest_as_it_was_written() {
        let to = |path: &str, query: &str| tidied(path, query);
        assert_eq!(
            to("/services", "q=&owner=a%26b&tier=&sort=name").as_deref(),
            Some("/services?owner=a%26b")
        );
        assert_eq!(to("/services", "q=").as_deref(), Some("/services"));
        assert_eq!(to("/services", "q").as_deref(), Some("/services"));
        assert_eq!(
            to("/dora", "team=&range=90&from=&to=&edition=2023").as_deref(),
            Some("/dora")
        );
        assert_eq!(to("/dora", "team=x&range=30"), None);
        assert_eq!(to("/deploys", "sort=name&x=%20"), None);
        assert_eq!(to("/deploys", "a=1&&b=2").as_deref(), Some("/deploys?a=1&b=2"));
    }

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(tidied("//evil.example", "q="), None);
        assert_eq!(tidied("/\\evil.example", "q="), None);
    }
}
