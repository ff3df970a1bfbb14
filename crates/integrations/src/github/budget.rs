//! What each caller may still ask: GitHub's rate limits, pauses and refusals, one purse for each installation.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, StatusCode, header::RETRY_AFTER};

use super::error::GithubError;

/// Waiting after a limit that does not say how long: what GitHub's documentation advises.
const UNSAID_WAIT: TimeDelta = TimeDelta::seconds(60);
/// The longest wait that is believed; GitHub's windows are an hour.
const MAX_WAIT: TimeDelta = TimeDelta::hours(2);

/// Behind a caller's name: its purse for GraphQL, which GitHub counts apart.
pub(super) const GRAPHQL: &str = "/graphql";

/// What GitHub last said about a caller's budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests allowed per window.
    pub limit: u64,
    /// Requests left.
    pub remaining: u64,
    /// When the window ends.
    pub reset_at: DateTime<Utc>,
}

/// What one caller may still ask, as pages and metrics show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// `token`, `app`, `anonymous`, or `installation:` and its number; `/graphql` behind it for that API.
    pub caller: String,
    /// What GitHub last said; `None` before the first answer.
    pub limit: Option<RateLimit>,
    /// Until when nothing is asked in its name.
    pub paused_until: Option<DateTime<Utc>>,
    /// Since when GitHub accepts its token no more.
    pub refused_since: Option<DateTime<Utc>>,
}

#[derive(Debug, Default)]
struct Purse {
    limit: Option<RateLimit>,
    paused_until: Option<DateTime<Utc>>,
    /// The same for GraphQL beside REST; stands in the purse of REST.
    all_paused_until: Option<DateTime<Utc>>,
    refused: Option<Refused>,
}

impl Purse {
    fn forgive(&mut self) {
        if let Some(refused) = &mut self.refused {
            refused.last = DateTime::UNIX_EPOCH;
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Refused {
    since: DateTime<Utc>,
    last: DateTime<Utc>,
}

/// The purses of all callers.
#[derive(Debug)]
pub(super) struct Purses {
    refused_for: TimeDelta,
    by_caller: BTreeMap<String, Purse>,
    last: Option<RateLimit>,
}

impl Purses {
    pub fn new(refused_for: TimeDelta) -> Self {
        Self {
            refused_for,
            by_caller: BTreeMap::new(),
            last: None,
        }
    }

    /// Whether the caller may ask now.
    pub fn admit(&self, caller: &str, now: DateTime<Utc>) -> Result<(), GithubError> {
        let of_rest = self.by_caller.get(caller.trim_end_matches(GRAPHQL));
        let all_paused = of_rest.and_then(|purse| purse.all_paused_until);
        if let Some(until) = all_paused.filter(|until| now < *until) {
            return Err(GithubError::RateLimited { until });
        }
        let Some(purse) = self.by_caller.get(caller) else {
            return Ok(());
        };
        if let Some(until) = purse.paused_until.filter(|until| now < *until) {
            return Err(GithubError::RateLimited { until });
        }
        match purse.refused {
            Some(refused) if now < refused.last + self.refused_for => Err(GithubError::Unauthorized),
            _ => Ok(()),
        }
    }

    /// Notes what an answer says of the caller's budget. A purse that it empties is closed until the window ends.
    pub fn note(&mut self, caller: &str, (status, headers): (StatusCode, &HeaderMap), now: DateTime<Utc>) {
        let purse = self.by_caller.entry(caller.to_owned()).or_default();
        if status == StatusCode::UNAUTHORIZED {
            let since = purse.refused.map_or(now, |refused| refused.since);
            purse.refused = Some(Refused { since, last: now });
            return;
        }
        purse.refused = None;
        if let Some(limit) = rate_limit(headers).filter(|_| is_of(caller, headers)) {
            // A window that somebody emptied is as over for us as one that we emptied.
            if limit.remaining == 0 && limit.reset_at > now {
                purse.paused_until = Some(limit.reset_at.min(now + MAX_WAIT));
            }
            purse.limit = Some(limit.clone());
            self.last = Some(limit);
        }
    }

    /// Asks nothing in the caller's name until a time; a longer pause stays.
    pub fn pause(&mut self, caller: &str, until: DateTime<Utc>) {
        let purse = self.by_caller.entry(caller.to_owned()).or_default();
        purse.paused_until = purse.paused_until.max(Some(until));
    }

    /// The same for everything that a caller asks: a secondary limit counts REST and GraphQL together.
    pub fn pause_all(&mut self, caller: &str, until: DateTime<Utc>) {
        let of_rest = caller.trim_end_matches(GRAPHQL);
        self.pause(of_rest, until);
        let purse = self.by_caller.entry(of_rest.to_owned()).or_default();
        purse.all_paused_until = purse.all_paused_until.max(Some(until));
    }

    /// Forgets callers that are no more.
    pub fn retain(&mut self, is_known: impl Fn(&str) -> bool) {
        self.by_caller.retain(|caller, _| is_known(caller));
    }

    /// Lets every refused token be tried again at once.
    pub fn forgive(&mut self) {
        self.by_caller.values_mut().for_each(Purse::forgive);
    }

    /// Lets one caller ask again at once: it has another token now.
    pub fn forgive_one(&mut self, caller: &str) {
        if let Some(purse) = self.by_caller.get_mut(caller) {
            purse.forgive();
        }
    }

    /// What the last answer of all said.
    pub fn last(&self) -> Option<RateLimit> {
        self.last.clone()
    }

    pub fn all(&self, now: DateTime<Utc>) -> Vec<Budget> {
        let budget = |(caller, purse): (&String, &Purse)| Budget {
            caller: caller.clone(),
            limit: purse.limit.clone(),
            paused_until: purse.paused_until.filter(|until| now < *until),
            refused_since: purse.refused.map(|refused| refused.since),
        };
        self.by_caller.iter().map(budget).collect()
    }
}

/// When a refused request may be sent again; `None` when it was refused for another reason than a limit.
///
/// GitHub's rules: `Retry-After` first; else, with no request remaining, the end of the window; else a minute.
pub(super) fn limited_until(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let until = if let Some(wait) = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()) {
        let seconds = wait.trim().parse().ok().and_then(TimeDelta::try_seconds);
        let date = || DateTime::parse_from_rfc2822(wait).ok().map(|date| date.to_utc());
        seconds
            .and_then(|wait| now.checked_add_signed(wait))
            .or_else(date)
    } else if number(headers, "x-ratelimit-remaining") == Some(0) {
        rate_limit(headers).map(|limit| limit.reset_at)
    } else if status != StatusCode::TOO_MANY_REQUESTS && !String::from_utf8_lossy(body).contains("rate limit")
    {
        return None;
    } else {
        None
    };
    Some(
        until
            .unwrap_or(now + UNSAID_WAIT)
            .clamp(now + TimeDelta::seconds(1), now + MAX_WAIT),
    )
}

/// Whether a limit that was met is a secondary one, of everything that a caller asks: no purse is empty.
pub(super) fn is_of_all(headers: &HeaderMap) -> bool {
    number(headers, "x-ratelimit-remaining") != Some(0)
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// Whether the headers tell of this purse: some resources of REST, such as search, have budgets of their own.
fn is_of(caller: &str, headers: &HeaderMap) -> bool {
    let own: &[u8] = if caller.ends_with(GRAPHQL) {
        b"graphql"
    } else {
        b"core"
    };
    let resource = headers.get("x-ratelimit-resource");
    resource.is_none_or(|resource| resource.as_bytes() == own)
}

/// The budget that the headers tell of.
pub(super) fn rate_limit(headers: &HeaderMap) -> Option<RateLimit> {
    let reset = i64::try_from(number(headers, "x-ratelimit-reset")?).ok()?;
    Some(RateLimit {
        limit: number(headers, "x-ratelimit-limit")?,
        remaining: number(headers, "x-ratelimit-remaining")?,
        reset_at: DateTime::from_timestamp(reset, 0)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn said(remaining: u64, resource: &str) -> HeaderMap {
        let reset = at(600).timestamp().to_string();
        let headers = [
            ("x-ratelimit-limit", "5000".to_owned()),
            ("x-ratelimit-remaining", remaining.to_string()),
            ("x-ratelimit-reset", reset),
            ("x-ratelimit-resource", resource.to_owned()),
        ];
        headers
            .into_iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn an_emptied_purse_is_closed_until_its_window_ends_and_the_others_stay_open() {
        let mut purses = Purses::new(TimeDelta::minutes(1));
        purses.note("installation:1", (StatusCode::OK, &said(0, "core")), at(0));
        purses.note("installation:2", (StatusCode::OK, &said(9, "core")), at(0));
        let closed = Err(GithubError::RateLimited { until: at(600) });
        assert_eq!(purses.admit("installation:1", at(599)), closed);
        assert_eq!(purses.admit("installation:2", at(1)), Ok(()));
        assert_eq!(purses.admit("installation:1", at(600)), Ok(()));
        assert_eq!(purses.all(at(600))[0].paused_until, None);
    }

    #[test]
    fn other_resources_do_not_count() {
        let mut purses = Purses::new(TimeDelta::minutes(1));
        purses.note("token", (StatusCode::OK, &said(0, "search")), at(0));
        assert_eq!(purses.admit("token", at(1)), Ok(()));
    }

    #[test]
    fn a_refused_token_is_tried_once_a_minute_and_keeps_since_when() {
        let mut purses = Purses::new(TimeDelta::minutes(1));
        let refused = (StatusCode::UNAUTHORIZED, &HeaderMap::new());
        purses.note("token", refused, at(0));
        assert_eq!(purses.admit("token", at(59)), Err(GithubError::Unauthorized));
        assert_eq!(purses.admit("token", at(60)), Ok(()));
        purses.note("token", refused, at(60));
        assert_eq!(purses.all(at(61))[0].refused_since, Some(at(0)));
        assert_eq!(purses.admit("token", at(61)), Err(GithubError::Unauthorized));
        purses.forgive();
        assert_eq!(purses.admit("token", at(61)), Ok(()));
        purses.note("token", (StatusCode::OK, &HeaderMap::new()), at(62));
        assert_eq!(purses.all(at(62))[0].refused_since, None);
    }

    #[test]
    fn a_new_token_of_one_caller_forgives_no_other() {
        let mut purses = Purses::new(TimeDelta::minutes(1));
        let refused = (StatusCode::UNAUTHORIZED, &HeaderMap::new());
        purses.note("installation:1", refused, at(0));
        purses.note("token", refused, at(0));
        purses.forgive_one("installation:1");
        assert_eq!(purses.admit("installation:1", at(1)), Ok(()));
        assert_eq!(purses.admit("token", at(1)), Err(GithubError::Unauthorized));
    }
}
