//! What an answer's status and headers mean.

use domain::names;
use http::{
    HeaderMap, Method, StatusCode,
    header::{ETAG, LINK},
};
use serde::Deserialize;
use url::Url;

use super::{
    budget::limited_until,
    error::GithubError,
    etags::{self, KeptAnswer},
    sender::Raw,
    transport::{Answer, now},
};

/// As much of GitHub's words as a person reads.
const MOST_WORDS: usize = 300;

#[derive(Deserialize)]
struct RefusalWire {
    message: Option<String>,
}

/// The answer as it is kept, where it has a version and is not too large.
pub(super) fn to_keep(raw: &Raw) -> Option<KeptAnswer> {
    let text = |name| Some(raw.headers.get(name)?.to_str().ok()?.to_owned());
    (raw.status == StatusCode::OK && etags::fits(&raw.body)).then_some(())?;
    Some(KeptAnswer {
        etag: text(ETAG)?,
        body: raw.body.to_vec(),
        link: text(LINK),
    })
}

/// What a status means.
pub(super) fn judge(raw: Raw, (method, what): (&Method, &str)) -> Result<Answer, GithubError> {
    let Raw {
        status,
        headers,
        body,
    } = raw;
    let what = what.to_owned();
    match status.as_u16() {
        200..=299 => Ok(Answer {
            has_next: has_next(&headers),
            next_cursor: headers
                .get(LINK)
                .and_then(|link| link.to_str().ok())
                .and_then(next_cursor),
            body,
        }),
        401 => Err(GithubError::Unauthorized),
        403 | 429 => Err(match limited_until(status, &headers, &body, now()) {
            Some(until) => GithubError::RateLimited { until },
            None if is_suspended(&body) => GithubError::NotInstalled {
                account: String::new(),
            },
            None => GithubError::Forbidden { what },
        }),
        400 | 422 if *method == Method::POST || *method == Method::PATCH => Err(GithubError::Refused {
            what,
            words: message(&body),
        }),
        // 409: an empty repository; 410: gone; 422: no such commit; 451: withdrawn.
        404 | 409 | 410 | 422 | 451 => Err(GithubError::NotFound { what }),
        status @ 500.. => Err(GithubError::Unavailable { status: Some(status) }),
        status => Err(GithubError::Garbled {
            what: format!("status {status} for `{what}`"),
        }),
    }
}

/// Whether an installation is refused because somebody suspended it: a token that was made before says so only in words.
fn is_suspended(body: &[u8]) -> bool {
    String::from_utf8_lossy(body).contains("has been suspended")
}

/// Why GitHub refuses something, in its words.
fn message(body: &[u8]) -> String {
    let refusal: Option<RefusalWire> = serde_json::from_slice(body).ok();
    let said = refusal.and_then(|refusal| refusal.message);
    let said = said.unwrap_or_else(|| "it does not say why".to_owned());
    names::title_written_out(
        said.chars()
            .take(MOST_WORDS)
            .collect::<String>()
            .trim_end_matches('.'),
    )
}

/// The `cursor` of the next page's address.
pub(super) fn next_cursor(link: &str) -> Option<String> {
    let next = link.split(',').find(|one| names_next(one))?;
    let address = next.split_once('<')?.1.split_once('>')?.0;
    let mut pairs = Url::parse(address)
        .ok()?
        .query_pairs()
        .into_owned()
        .collect::<Vec<_>>();
    let place = pairs.iter().position(|(name, _)| name == "cursor")?;
    Some(pairs.swap_remove(place).1)
}

fn has_next(headers: &HeaderMap) -> bool {
    let link = headers.get(LINK).and_then(|link| link.to_str().ok());
    link.is_some_and(names_next)
}

pub(super) fn names_next(link: &str) -> bool {
    link.contains("rel=\"next\"")
}
