//! The breaker: after several failures in a row a system is left alone for a while, then one request tries whether it is back.
//!
//! Pure: times are passed in. An answer of any kind is a success; only silence, slowness and 5xx are failures.

use chrono::{DateTime, TimeDelta, Utc};

/// How long the client bears what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Failures in a row after which it is left alone.
    pub failures: u32,
    /// How long it is left alone the first time; each failed try doubles it.
    pub rest: TimeDelta,
    /// The longest rest.
    pub longest_rest: TimeDelta,
    /// How long a token that GitHub refused is not tried again: it locks out who insists.
    pub refused: TimeDelta,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            failures: 5,
            rest: TimeDelta::seconds(30),
            longest_rest: TimeDelta::minutes(5),
            refused: TimeDelta::minutes(1),
        }
    }
}

/// Whether requests go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// They do.
    Closed,
    /// One goes out to try; the others wait for what becomes of it.
    HalfOpen,
    /// None does.
    Open,
}

impl BreakerState {
    /// The word in metrics and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
        }
    }
}

/// The breaker as pages and metrics show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakerStatus {
    /// Whether requests go out.
    pub state: BreakerState,
    /// Failures in a row.
    pub failures: u32,
    /// Since when none goes out.
    pub open_since: Option<DateTime<Utc>>,
    /// When the next one tries.
    pub next_try: Option<DateTime<Utc>>,
}

#[derive(Debug)]
pub(crate) struct Breaker {
    patience: Patience,
    failures: u32,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    since: DateTime<Utc>,
    until: DateTime<Utc>,
    rest: TimeDelta,
    probing: bool,
}

impl Breaker {
    pub fn new(patience: Patience) -> Self {
        Self {
            patience,
            failures: 0,
            open: None,
        }
    }

    /// Whether a request may go out now; else when to ask again. The one that tries holds the others off for one rest, so
    /// that a try that is cut off is followed by another.
    pub fn admit(&mut self, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let Some(open) = &mut self.open else { return Ok(()) };
        if now < open.until {
            return Err(open.until);
        }
        open.probing = true;
        open.until = now + self.patience.rest;
        Ok(())
    }

    /// Notes an answer; whether GitHub was away until now.
    pub fn succeeded(&mut self) -> bool {
        self.failures = 0;
        self.open.take().is_some()
    }

    /// Notes a failure; whether the system is left alone from now on.
    pub fn failed(&mut self, now: DateTime<Utc>) -> bool {
        self.failures = self.failures.saturating_add(1);
        if let Some(open) = &mut self.open {
            // A request that went out before the breaker opened says nothing new.
            if open.probing {
                open.probing = false;
                open.rest = (open.rest * 2).min(self.patience.longest_rest);
                open.until = now + open.rest;
            }
            return false;
        }
        if self.failures < self.patience.failures {
            return false;
        }
        self.open = Some(Open {
            since: now,
            until: now + self.patience.rest,
            rest: self.patience.rest,
            probing: false,
        });
        true
    }

    pub fn status(&self) -> BreakerStatus {
        let state = match &self.open {
            None => BreakerState::Closed,
            Some(open) if open.probing => BreakerState::HalfOpen,
            Some(_) => BreakerState::Open,
        };
        BreakerStatus {
            state,
            failures: self.failures,
            open_since: self.open.as_ref().map(|open| open.since),
            next_try: self.open.as_ref().map(|open| open.until),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn open() -> Breaker {
        let mut breaker = Breaker::new(Patience::default());
        for _ in 0..4 {
            assert!(!breaker.failed(at(0)));
            assert_eq!(breaker.admit(at(0)), Ok(()));
        }
        assert!(breaker.failed(at(0)), "the fifth opens it");
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_an_answer_between_them_does_not() {
        let mut breaker = Breaker::new(Patience::default());
        for _ in 0..20 {
            breaker.failed(at(0));
            breaker.succeeded();
        }
        assert_eq!(breaker.status().state, BreakerState::Closed);
        assert_eq!(open().admit(at(29)), Err(at(30)));
    }

    #[test]
    fn one_request_tries_and_the_others_wait() {
        let mut breaker = open();
        assert_eq!(breaker.admit(at(30)), Ok(()));
        assert_eq!(breaker.status().state, BreakerState::HalfOpen);
        assert_eq!(breaker.admit(at(31)), Err(at(60)));
        assert!(breaker.succeeded());
        assert_eq!(breaker.admit(at(31)), Ok(()));
    }

    #[test]
    fn each_failed_try_doubles_the_rest_up_to_a_bound() {
        let mut breaker = open();
        let mut now = 30;
        for rest in [60, 120, 240, 300, 300] {
            assert_eq!(breaker.admit(at(now)), Ok(()));
            assert!(!breaker.failed(at(now)));
            assert_eq!(breaker.admit(at(now)), Err(at(now + rest)));
            now += rest;
        }
        assert_eq!(breaker.status().open_since, Some(at(0)));
    }

    #[test]
    fn a_try_that_was_cut_off_is_followed_by_another() {
        let mut breaker = open();
        assert_eq!(breaker.admit(at(30)), Ok(()));
        assert_eq!(breaker.admit(at(60)), Ok(()));
    }

    #[test]
    fn late_failures_of_earlier_requests_do_not_prolong_the_rest() {
        let mut breaker = open();
        breaker.failed(at(20));
        assert_eq!(breaker.admit(at(30)), Ok(()));
    }
}
