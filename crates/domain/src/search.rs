//! What people type to find something, and what is found.
//!
//! One line of text may name a service, quote a sha, a version or a pull request, or be an address that was pasted.
//! What it could mean is read here; where to look is the store's.

mod results;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::results::{DeliveredBy, Found, PersonHit, PullRequestHit, Search, SearchResults};

/// More than anyone types; the rest of a longer text is not looked at.
pub const LONGEST_QUERY: usize = 200;
/// Each word is compared with every name.
const MOST_WORDS: usize = 6;
/// The shortest beginning of a sha that git itself takes.
const SHORTEST_SHA: usize = 4;
/// A beginning of a sha that is all letters is rather a word, up to this length.
const SURELY_SHA: usize = 7;
/// The first characters of a deploy's id say when it was made, to about a minute.
const SHORTEST_ID: usize = 8;
const ID_DIGITS: usize = 32;

/// What can be found, in the order in which it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum SearchKind {
    /// Services, by slug and title.
    Services,
    /// Deploys, by id, sha, version and service.
    Deploys,
    /// Pull requests, by number and words of the title.
    PullRequests,
    /// Teams, by slug and title.
    Teams,
    /// People and bots, by login and name.
    People,
    /// APIs, resources, systems and the other entities of the catalog.
    Entities,
}

impl SearchKind {
    /// Every kind, in the order in which it is shown.
    pub const ALL: [Self; 6] = [
        Self::Services,
        Self::Deploys,
        Self::PullRequests,
        Self::Teams,
        Self::People,
        Self::Entities,
    ];

    /// The word in the query string.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Services => "services",
            Self::Deploys => "deploys",
            Self::PullRequests => "pull_requests",
            Self::Teams => "teams",
            Self::People => "people",
            Self::Entities => "entities",
        }
    }

    /// The kind that a query string names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A pull request as people quote it: `#12`, `payments-api#12`, `acme/payments-api#12` or its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullRequestQuote {
    /// Its repository's owner, in lower case.
    pub owner: Option<String>,
    /// Its repository's name, in lower case.
    pub repository: Option<String>,
    /// Its number.
    pub number: i64,
}

/// What a text could mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// The text without white space around it, cut to [`LONGEST_QUERY`].
    pub text: String,
    /// Its words in lower case, split where names are: at spaces and `-_.~/`.
    pub words: Vec<String>,
    /// The words that are not part of a release, for "payments 1.4".
    pub names: Vec<String>,
    /// A pull request that it quotes.
    pub pull_request: Option<PullRequestQuote>,
    /// The beginning of a sha, in lower case.
    pub sha: Option<String>,
    /// The beginning of a version, as typed.
    pub version: Option<String>,
    /// The deploys whose id begins so: from the first to the last.
    pub id: Option<(Uuid, Uuid)>,
}

impl SearchQuery {
    /// Reads a text; nothing is wrong with any.
    pub fn parse(raw: &str) -> Self {
        let text: String = raw
            .trim()
            .chars()
            .filter(|letter| *letter != '\0')
            .take(LONGEST_QUERY)
            .collect();
        let text = text.trim().to_owned();
        let mut query = Self {
            words: words(&text),
            ..Self::default()
        };
        for token in text.split_whitespace() {
            let last = token.trim_end_matches('/').rsplit('/').next().unwrap_or(token);
            let quote = quoted(token);
            let is_release =
                quote.is_none() && last.len() > 1 && last.bytes().any(|byte| byte.is_ascii_digit());
            query.pull_request = query.pull_request.or(quote);
            query.sha = query.sha.or_else(|| sha(last));
            query.id = query.id.or_else(|| id_range(last));
            if is_release {
                query.version = query.version.or_else(|| Some(last.to_owned()));
            } else {
                query.names.extend(words(token));
            }
        }
        query.names.truncate(MOST_WORDS);
        query.text = text;
        query
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The kinds in the order that suits the text: what it quotes comes first.
    pub fn order(&self) -> [SearchKind; 6] {
        let mut order = SearchKind::ALL;
        let first = if self.pull_request.is_some() && self.text.contains(['#', '/']) {
            SearchKind::PullRequests
        } else if self.names.is_empty() && (self.sha.is_some() || self.id.is_some()) {
            SearchKind::Deploys
        } else {
            SearchKind::Services
        };
        order.sort_by_key(|kind| *kind != first);
        order
    }
}

/// Words in lower case, split where names are.
fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| letter.is_whitespace() || "-_.~/#:,".contains(letter))
        .filter(|word| !word.is_empty())
        .take(MOST_WORDS)
        .map(str::to_lowercase)
        .collect()
}

fn quoted(token: &str) -> Option<PullRequestQuote> {
    let lower = token.to_ascii_lowercase();
    let address = lower
        .split_once("://")
        .map(|(_, rest)| rest.split('/').collect::<Vec<_>>());
    if let Some([_, owner, repository, "pull", number, ..]) = address.as_deref() {
        return Some(PullRequestQuote {
            owner: Some((*owner).to_owned()),
            repository: Some((*repository).to_owned()),
            number: number.parse().ok()?,
        });
    }
    let (place, number) = lower.split_once('#').unwrap_or(("", &lower));
    let number = Some(number)
        .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?
        .parse()
        .ok()?;
    let (owner, repository) = match place.split_once('/') {
        Some((owner, repository)) => (Some(owner), Some(repository)),
        None => (None, Some(place).filter(|place| !place.is_empty())),
    };
    Some(PullRequestQuote {
        owner: owner.map(str::to_owned),
        repository: repository.map(str::to_owned),
        number,
    })
}

fn sha(token: &str) -> Option<String> {
    let is_hex = token.bytes().all(|byte| byte.is_ascii_hexdigit());
    let has_digit = token.bytes().any(|byte| byte.is_ascii_digit());
    let fits =
        (SHORTEST_SHA..=40).contains(&token.len()) && is_hex && (has_digit || token.len() >= SURELY_SHA);
    fits.then(|| token.to_ascii_lowercase())
}

/// The smallest and the largest id with this beginning.
fn id_range(token: &str) -> Option<(Uuid, Uuid)> {
    let digits: String = token.chars().filter(|letter| *letter != '-').collect();
    let fits = (SHORTEST_ID..=ID_DIGITS).contains(&digits.len()) && token.len() <= 36;
    if !fits || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let filled = |with: &str| Uuid::try_parse(&format!("{digits}{}", with.repeat(ID_DIGITS - digits.len())));
    Some((filled("0").ok()?, filled("f").ok()?))
}

/// A part of a text, and whether it is what was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The letters.
    pub text: String,
    /// Whether they fit a word of the query.
    pub fits: bool,
}

/// A text in parts, so that what fits the words can be shown. Words that begin a word of the text are preferred; the
/// parts in their order are the text again.
pub fn parts(text: &str, words: &[String]) -> Vec<Part> {
    let letters: Vec<char> = text.chars().collect();
    let lower: Vec<char> = letters
        .iter()
        .map(|letter| letter.to_lowercase().next().unwrap_or(*letter))
        .collect();
    let mut fits = vec![false; letters.len()];
    for word in words {
        let word: Vec<char> = word.chars().collect();
        let at = |index: usize| lower.get(index..index + word.len()) == Some(&word[..]);
        let begins = |index: usize| index == 0 || !lower[index - 1].is_alphanumeric();
        let places: Vec<usize> = (0..lower.len())
            .filter(|index| !word.is_empty() && at(*index))
            .collect();
        let has_beginning = places.iter().any(|index| begins(*index));
        for index in places
            .into_iter()
            .filter(|index| !has_beginning || begins(*index))
        {
            fits[index..index + word.len()].fill(true);
        }
    }
    let mut parts: Vec<Part> = Vec::new();
    for (letter, fits) in letters.into_iter().zip(fits) {
        match parts.last_mut() {
            Some(part) if part.fits == fits => part.text.push(letter),
            _ => parts.push(Part {
                text: letter.to_string(),
                fits,
            }),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quote(text: &str) -> Option<(Option<String>, Option<String>, i64)> {
        SearchQuery::parse(text)
            .pull_request
            .map(|quote| (quote.owner, quote.repository, quote.number))
    }

    #[test]
    fn names_are_split_where_search_splits_them() {
        let query = SearchQuery::parse("  Payments-API  risk_engine ");
        assert_eq!(query.words, ["payments", "api", "risk", "engine"]);
        assert_eq!((query.version, query.sha, query.id), (None, None, None));
        assert!(SearchQuery::parse(" -/. ").is_empty());
    }

    #[test]
    fn pull_requests_are_quoted_in_four_ways() {
        let at =
            |owner: &str, name: &str, number| Some((Some(owner.to_owned()), Some(name.to_owned()), number));
        assert_eq!(quote("#12"), Some((None, None, 12)));
        assert_eq!(quote("12"), Some((None, None, 12)));
        assert_eq!(
            quote("Payments-api#12"),
            Some((None, Some("payments-api".into()), 12))
        );
        assert_eq!(quote("acme/payments-api#12"), at("acme", "payments-api", 12));
        assert_eq!(
            quote("https://github.com/Acme/payments-api/pull/12/files"),
            at("acme", "payments-api", 12)
        );
        for other in [
            "#",
            "payments",
            "#12a",
            "1.2",
            "https://github.com/acme/api",
            "99999999999999999999",
        ] {
            assert_eq!(quote(other), None, "{other}");
        }
    }

    #[test]
    fn shas_versions_and_ids_are_told_from_words() {
        let sha = |text: &str| SearchQuery::parse(text).sha;
        assert_eq!(sha("9f3C"), Some("9f3c".into()));
        assert_eq!(
            sha("https://github.com/acme/api/commit/9f3c2ab01d"),
            Some("9f3c2ab01d".into())
        );
        assert_eq!((sha("cafe"), sha("12"), sha("facade1g")), (None, None, None));
        assert_eq!(sha("defaced"), Some("defaced".into()));
        let query = SearchQuery::parse("payments v1.4.2");
        assert_eq!(query.version.as_deref(), Some("v1.4.2"));
        assert_eq!(query.names, ["payments"]);
        let (from, to) = SearchQuery::parse("0192f5d2-7").id.unwrap();
        assert_eq!(from.to_string(), "0192f5d2-7000-0000-0000-000000000000");
        assert_eq!(to.to_string(), "0192f5d2-7fff-ffff-ffff-ffffffffffff");
        let whole = "0192f5d2-7abc-7def-8123-456789abcdef";
        let address = SearchQuery::parse(&format!("https://fairway.example/deploys/{whole}"));
        assert_eq!(
            address.id.map(|(from, to)| (from == to, from.to_string())),
            Some((true, whole.into()))
        );
    }

    #[test]
    fn what_is_quoted_comes_first() {
        let first = |text: &str| SearchQuery::parse(text).order()[0];
        assert_eq!(first("payments"), SearchKind::Services);
        assert_eq!(first("acme/api#7"), SearchKind::PullRequests);
        assert_eq!(first("9f3c2ab"), SearchKind::Deploys);
        let mut order = SearchQuery::parse("#7").order().to_vec();
        order.sort_by_key(|kind| kind.as_str());
        order.dedup();
        assert_eq!(order.len(), SearchKind::ALL.len());
    }

    #[test]
    fn what_fits_is_marked_where_a_word_begins_if_it_does() {
        let marked = |text: &str, words: &[&str]| {
            let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            let show = |part: Part| {
                if part.fits {
                    format!("[{}]", part.text)
                } else {
                    part.text
                }
            };
            parts(text, &words).into_iter().map(show).collect::<String>()
        };
        assert_eq!(marked("payments-api", &["pay"]), "[pay]ments-api");
        assert_eq!(marked("Payments API", &["api", "payments"]), "[Payments] [API]");
        assert_eq!(marked("cart-carts", &["art"]), "c[art]-c[art]s");
        assert_eq!(marked("art-cart", &["art"]), "[art]-cart");
        assert_eq!(marked("İstanbul", &["stan"]), "İ[stan]bul");
        assert_eq!(marked("ledger", &["x", ""]), "ledger");
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_its_parts_are_the_text(text in ".{0,300}", other in "[a-zA-Z0-9 äß#/.-]{0,40}") {
            let query = SearchQuery::parse(&text);
            prop_assert!(query.text.chars().count() <= LONGEST_QUERY && !query.text.contains('\0'));
            prop_assert!(query.words.len() <= MOST_WORDS);
            let whole: String = parts(&other, &query.words).into_iter().map(|part| part.text).collect();
            prop_assert_eq!(whole, other);
        }
    }
}
