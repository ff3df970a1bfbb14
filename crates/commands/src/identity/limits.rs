//! How often signing in may be tried: by account, and by the address that it is tried from.
//!
//! Counted in this process only: a second replica doubles what an attacker gets, and that is still far too little.

use std::{net::Ipv6Addr, num::NonZeroU32, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::shared::Origin;
use crate::{CommandError, Commands, Result};

/// So many tries at once for one account …
const ACCOUNT_BURST: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// … and one more after this time each.
const ACCOUNT_EVERY: Duration = Duration::from_secs(30);
/// An office may share one address.
const ADDRESS_BURST: NonZeroU32 = NonZeroU32::new(60).unwrap();
const ADDRESS_EVERY: Duration = Duration::from_secs(1);
/// Programs that share an address fail together when a token ends, and each tries a few times.
const TOKENS_BURST: NonZeroU32 = NonZeroU32::new(300).unwrap();
/// Rows about what was refused, of one address: as many as tries at once, and then few, since whoever is refused can go on.
const NOTES_EVERY: Duration = Duration::from_mins(1);
/// So long an address stays known that somebody signed in from.
const KNOWN_FOR: TimeDelta = TimeDelta::days(90);
/// Beyond this many keys, those that have their whole budget again are forgotten.
const MANY_KEYS: usize = 10_000;

pub(super) struct Limits {
    accounts: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<String>,
    /// Tokens that do not work, by address.
    tokens: DefaultKeyedRateLimiter<String>,
    /// Security events about what was refused, by address.
    notes: DefaultKeyedRateLimiter<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            accounts: RateLimiter::dashmap(quota(ACCOUNT_EVERY, ACCOUNT_BURST)),
            addresses: RateLimiter::dashmap(quota(ADDRESS_EVERY, ADDRESS_BURST)),
            tokens: RateLimiter::dashmap(quota(ADDRESS_EVERY, TOKENS_BURST)),
            notes: RateLimiter::dashmap(quota(NOTES_EVERY, ADDRESS_BURST)),
        }
    }
}

/// A period of no length would be no limit; both constants have one.
fn quota(every: Duration, burst: NonZeroU32) -> Quota {
    Quota::with_period(every)
        .unwrap_or(Quota::per_minute(NonZeroU32::MIN))
        .allow_burst(burst)
}

impl Limits {
    /// Counts a try from an address.
    pub fn of_address(&self, address: &str, now: DateTime<Utc>) -> Result<()> {
        check(&self.addresses, &network(address), now)
    }

    /// Counts a try of an account, whether it exists or not.
    pub fn of_account(&self, account: &str, now: DateTime<Utc>) -> Result<()> {
        check(&self.accounts, &key_of(account), now)
    }

    /// Counts a try of an account from an address that its owner came in from, apart from what others try.
    fn of_account_at(&self, account: &str, address: &str, now: DateTime<Utc>) -> Result<()> {
        check(
            &self.accounts,
            &key_of(&format!("{account} {}", network(address))),
            now,
        )
    }
}

impl Commands {
    /// Counts a try of an account from somewhere.
    ///
    /// Whoever fails on purpose from elsewhere shall not hold its owner up where they came in before, so those addresses have
    /// tries of their own. They are looked up only once the common ones are used up.
    pub(super) async fn hold_up_account(&self, account: &str, from: &Origin) -> Result<()> {
        let (limits, now) = (&self.identity.limits, self.now());
        let Err(held_up) = limits.of_account(account, now) else {
            return Ok(());
        };
        let known = self.reads().addresses_of(account, now - KNOWN_FOR).await?;
        let here = network(&from.address);
        if known.iter().any(|address| network(address) == here) {
            limits.of_account_at(account, &from.address, now)
        } else {
            Err(held_up)
        }
    }

    /// Counts a token that does not work, and says what whoever sent it is told: that it does not work, or to come back later.
    ///
    /// Tokens that work are let through all the same. Runners of many customers share an address, and whoever fails on
    /// purpose shall hold nobody else up; 192 random bits need no limit against guessing.
    pub fn failing_token(&self, from: &str) -> CommandError {
        let counted = check(&self.identity.limits.tokens, &network(from), self.now());
        counted.err().unwrap_or(CommandError::SignedOut)
    }

    /// Notes what was refused at the door, as far as the events of one address may fill the database.
    pub(crate) async fn note_at_the_door(&self, event: &str, from: &str, detail: &Value) -> Result<()> {
        match check(&self.identity.limits.notes, &network(from), self.now()) {
            Ok(()) => self.note_security_event(event, "sign-in", detail).await,
            Err(_) => Ok(()),
        }
    }
}

/// What the tries of an account are counted under: as short for whatever somebody types.
fn key_of(account: &str) -> String {
    hex::encode(Sha256::digest(account.as_bytes()))
}

/// Whoever has one IPv6 address has the other 2^64 of its network too.
fn network(address: &str) -> String {
    address.parse::<Ipv6Addr>().map_or_else(
        |_| address.to_owned(),
        |address| Ipv6Addr::from(u128::from(address) & (u128::MAX << 64)).to_string(),
    )
}

fn check(limiter: &DefaultKeyedRateLimiter<String>, key: &str, now: DateTime<Utc>) -> Result<()> {
    if limiter.len() > MANY_KEYS {
        limiter.retain_recent();
    }
    limiter.check_key(&key.to_owned()).map_err(|not_yet| {
        let wait = not_yet.wait_time_from(DefaultClock::default().now());
        CommandError::TooMany {
            // A moment more than the limiter says, so that who comes back then is not refused by a rounding.
            retry_at: now
                + TimeDelta::from_std(wait).unwrap_or(TimeDelta::minutes(1))
                + TimeDelta::seconds(1),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_tried_ten_times_and_others_are_not_held_up() {
        let (limits, now) = (Limits::default(), DateTime::UNIX_EPOCH);
        for _ in 0..10 {
            limits.of_account("ada@example.com", now).unwrap();
        }
        let CommandError::TooMany { retry_at } = limits.of_account("ada@example.com", now).unwrap_err()
        else {
            panic!("the eleventh try passed")
        };
        assert!(
            retry_at > now && retry_at < now + TimeDelta::seconds(60),
            "{retry_at}"
        );
        limits.of_account("ben@example.com", now).unwrap();
    }

    #[test]
    fn an_address_is_held_up_whatever_accounts_it_tries() {
        let (limits, now) = (Limits::default(), DateTime::UNIX_EPOCH);
        let refused = (0..200)
            .filter(|_| limits.of_address("203.0.113.7", now).is_err())
            .count();
        assert!((130..=140).contains(&refused), "{refused}");
        limits.of_address("203.0.113.8", now).unwrap();
    }

    #[test]
    fn a_long_text_costs_no_more_memory_than_a_short_one() {
        assert_eq!(key_of("a").len(), key_of(&"a".repeat(60_000)).len());
        assert_ne!(key_of("a"), key_of("b"));
    }

    #[test]
    fn an_ipv6_network_is_held_up_as_one() {
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::9"));
        assert_ne!(network("2001:db8:1:2::9"), network("2001:db8:1:3::9"));
        assert_eq!(network("203.0.113.7"), "203.0.113.7");
    }
}
