//! The query of an address: read as a typed value, and refused where it holds what the page does not know. A filter that
//! is misspelt would else show everything, as if it had been applied.

use commands::CommandError;
use domain::error::FieldErrors;
use http::Uri;
use serde::{Deserialize, de::DeserializeOwned};
use url::form_urlencoded;

use crate::address::ListAddress;

/// Of a query that no page wrote.
const UNREADABLE: &str = "its part after the question mark cannot be read; each name may stand there once";
/// Names of what mail programs and advertisements add to links beside `utm_…`; they ask a page for nothing.
const TRACKING: [&str; 8] = [
    "fbclid", "gclid", "dclid", "msclkid", "mc_cid", "mc_eid", "mkt_tok", "_gl",
];
/// Names that are said to be unknown; a longer list helps nobody.
const NAMED: usize = 5;
/// Letters of a name that are repeated.
const SHOWN: usize = 40;

/// What the query of an address may hold.
pub trait Known: DeserializeOwned {
    /// The names that may stand there, at a path; nothing where every name may.
    fn names(path: &str) -> Option<Vec<&'static str>>;
}

impl<T: ListAddress + Default + DeserializeOwned> Known for T {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        let query = Self::default();
        let fields = query.fields().into_iter().map(|(name, _)| name);
        Some(fields.chain(["after", "before"]).collect())
    }
}

/// Of a page that is whole without a query.
#[derive(Debug, Deserialize)]
pub struct NoQuery {}

impl Known for NoQuery {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        Some(Vec::new())
    }
}

/// Of an address that there is no page at: that is said first.
#[derive(Debug, Deserialize)]
pub struct AnyQuery {}

impl Known for AnyQuery {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        None
    }
}

/// The query of an address.
///
/// # Errors
/// [`CommandError::Invalid`] when a name is not known, a value does not fit its type, or a name stands there twice.
pub(crate) fn read<T: Known>(uri: &Uri) -> Result<T, CommandError> {
    let text = uri.query().unwrap_or_default();
    if let Some(names) = T::names(uri.path()) {
        refuse_unknown(text, &names)?;
    }
    axum::extract::Query::<T>::try_from_uri(uri)
        .map(|query| query.0)
        .map_err(|_| CommandError::Invalid(FieldErrors::one("address", UNREADABLE)))
}

fn refuse_unknown(query: &str, names: &[&str]) -> Result<(), FieldErrors> {
    let mut unknown: Vec<String> = Vec::new();
    for (name, _) in form_urlencoded::parse(query.as_bytes()) {
        let name: String = name.chars().take(SHOWN).collect();
        if !names.contains(&name.as_str()) && !is_tracking(&name) && !unknown.contains(&name) {
            unknown.push(name);
        }
    }
    // Where a page starts is no choice of its visitor.
    let filters: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| !matches!(*name, "after" | "before"))
        .collect();
    let words = if filters.is_empty() {
        "is no filter here; there is none, so leave it out".to_owned()
    } else {
        format!("is no filter here; there are {}", filters.join(", "))
    };
    let mut errors = FieldErrors::new();
    for name in unknown.into_iter().take(NAMED) {
        errors.add(name, words.as_str());
    }
    errors.or(())
}

fn is_tracking(name: &str) -> bool {
    name.starts_with("utm_") || TRACKING.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_named_with_what_is() {
        let said = |query: &str, names: &[&str]| {
            let outcome = refuse_unknown(query, names);
            outcome.err().map(|errors| errors.to_string())
        };
        let names = ["q", "owner", "after", "before"];
        assert_eq!(said("q=a&owner=b&after=c", &names), None);
        assert_eq!(said("", &[]), None);
        assert_eq!(
            said("ownr=x&ownr=y", &names).as_deref(),
            Some("ownr: is no filter here; there are q, owner")
        );
        assert_eq!(
            said("page=2", &["after", "before"]).as_deref(),
            Some("page: is no filter here; there is none, so leave it out")
        );
        assert_eq!(
            said("a=&b=&c=&d=&e=&f=&g=", &[])
                .unwrap()
                .matches("is no filter")
                .count(),
            NAMED
        );
        assert_eq!(said(&"x".repeat(500), &[]).unwrap().find(':'), Some(SHOWN));
    }

    #[test]
    fn what_links_carry_for_others_is_let_through() {
        assert!(refuse_unknown("utm_source=mail&utm_medium=x&gclid=1&q=a", &["q"]).is_ok());
        let uri: Uri = "/nothing?whatever=1".parse().unwrap();
        assert!(read::<AnyQuery>(&uri).is_ok() && read::<NoQuery>(&uri).is_err());
        let uri: Uri = "/?utm_campaign=launch".parse().unwrap();
        assert!(read::<NoQuery>(&uri).is_ok());
    }
}
