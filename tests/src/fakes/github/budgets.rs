//! How many requests a token has left, counted apart for REST and GraphQL, in windows that end at a full second.

use chrono::Utc;

/// The two purses of a token.
pub(super) struct Budgets {
    rest: Purse,
    graphql: Purse,
    /// Requests that came although none was left.
    pub violations: u64,
    /// The fewest that were ever left.
    pub lowest: u64,
}

struct Purse {
    limit: u64,
    remaining: u64,
    /// Length of a window in seconds.
    window: i64,
    /// End of this window, in seconds since 1970.
    reset: i64,
}

impl Default for Budgets {
    fn default() -> Self {
        Self::of(Self::LIMIT, 1800)
    }
}

impl Budgets {
    pub const LIMIT: u64 = 5000;

    pub fn of(limit: u64, window: i64) -> Self {
        let purse = || Purse {
            limit,
            remaining: limit,
            window,
            reset: Utc::now().timestamp() + window,
        };
        Self {
            rest: purse(),
            graphql: purse(),
            violations: 0,
            lowest: limit,
        }
    }

    pub fn leave(&mut self, remaining: u64) {
        self.rest.remaining = remaining;
        self.graphql.remaining = remaining;
    }

    /// Gives one request of REST back: what did not change costs nothing. Says how many are left.
    pub fn give_back(&mut self) -> u64 {
        self.rest.remaining += 1;
        self.rest.remaining
    }

    /// Takes one request off a purse; the headers that tell of it, or the seconds until there are more.
    pub fn take(&mut self, graphql: bool) -> Result<Vec<(&'static str, String)>, i64> {
        let (purse, resource) = if graphql {
            (&mut self.graphql, "graphql")
        } else {
            (&mut self.rest, "core")
        };
        let now = Utc::now().timestamp();
        if now >= purse.reset {
            purse.reset = now + purse.window;
            purse.remaining = purse.limit;
        }
        let Some(remaining) = purse.remaining.checked_sub(1) else {
            self.violations += 1;
            return Err(purse.reset - now);
        };
        purse.remaining = remaining;
        self.lowest = self.lowest.min(remaining);
        Ok(vec![
            ("x-ratelimit-limit", purse.limit.to_string()),
            ("x-ratelimit-remaining", remaining.to_string()),
            (
                "x-ratelimit-used",
                purse.limit.saturating_sub(remaining).to_string(),
            ),
            ("x-ratelimit-reset", purse.reset.to_string()),
            ("x-ratelimit-resource", resource.to_owned()),
            ("x-github-media-type", "github.v3; format=json".to_owned()),
        ])
    }
}
