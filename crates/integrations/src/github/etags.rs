//! Answers that were given before, by caller and address: GitHub is asked whether they changed, and "no" costs no budget.

use std::{fmt, future::Future, pin::Pin};

use url::Url;

/// The largest body that is kept: a page of a hundred rows of any list is smaller.
const MAX_KEPT: usize = 512 * 1024;

/// A future that a store of answers gives.
pub type Answering<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An answer as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// GitHub's name for this version.
    pub etag: String,
    /// The body.
    pub body: Vec<u8>,
    /// The `Link` header, which says whether there is another page.
    pub link: Option<String>,
}

/// Where answers are kept. What cannot be read or kept is asked again: neither call fails.
///
/// The caller is part of the key, because what one installation may see is no other's business.
pub trait AnswerStore: Send + Sync + fmt::Debug {
    /// The answer kept for a caller and an address.
    fn find<'a>(&'a self, caller: &'a str, url: &'a str) -> Answering<'a, Option<KeptAnswer>>;
    /// Keeps one instead of the last.
    fn keep<'a>(&'a self, caller: &'a str, url: &'a str, answer: KeptAnswer) -> Answering<'a, ()>;
}

/// Whether an answer may be asked for again and be the same: one that names a commit by its sha never changes, is asked for
/// once, and would only fill the store.
pub(super) fn is_worth_keeping(url: &Url) -> bool {
    let in_path = url.path().split(['/', '.']).any(is_sha);
    !in_path && !url.query_pairs().any(|(_, value)| is_sha(&value))
}

pub(super) fn fits(body: &[u8]) -> bool {
    body.len() <= MAX_KEPT
}

fn is_sha(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_commit_is_not_kept() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let worth = |path: &str| {
            let url = format!("https://api.github.com/{path}").parse().unwrap();
            is_worth_keeping(&url)
        };
        assert!(worth("repos/acme/pay/contents/catalog-info.yaml?ref=main"));
        assert!(worth("orgs/acme/teams?per_page=100&page=1"));
        assert!(!worth(&format!("repos/acme/pay/contents/x?ref={a}")));
        assert!(!worth(&format!("repos/acme/pay/compare/{a}...{b}?page=1")));
        assert!(!worth(&format!("repos/acme/pay/git/trees/{a}?recursive=1")));
    }
}
