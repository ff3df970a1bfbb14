//! What is asked: the segments of a path and the query behind it.

use url::form_urlencoded;

/// What stands behind the question mark, and who asks.
pub(super) struct Query {
    pub git_ref: Option<String>,
    pub page: usize,
    pub per_page: usize,
    /// The account whose installation asks.
    pub account: Option<String>,
    /// Everything that was asked, as written.
    pub asked: Vec<(String, String)>,
}

impl Query {
    /// Reads what stands behind the question mark.
    pub(super) fn parse(text: &str) -> Self {
        let find = |key: &str| {
            form_urlencoded::parse(text.as_bytes())
                .find(|(name, _)| name == key)
                .map(|(_, value)| value)
        };
        let number = |key: &str, default: usize| {
            find(key)
                .and_then(|value| value.parse().ok())
                .unwrap_or(default)
                .max(1)
        };
        Self {
            git_ref: find("ref").map(std::borrow::Cow::into_owned),
            page: number("page", 1),
            per_page: number("per_page", 30).min(100),
            account: None,
            asked: form_urlencoded::parse(text.as_bytes()).into_owned().collect(),
        }
    }

    /// What was asked under a name; empty where nothing was.
    pub(super) fn get(&self, key: &str) -> &str {
        let found = self.asked.iter().find(|(name, _)| name == key);
        found.map_or("", |(_, value)| value)
    }
}

/// A path segment without its percent signs.
pub(super) fn decoded(segment: &str) -> String {
    let plus = segment.replace('+', "%2B");
    form_urlencoded::parse(plus.as_bytes())
        .next()
        .map_or_else(String::new, |(text, _)| text.into_owned())
}
