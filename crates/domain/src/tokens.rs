//! API tokens: what a secret looks like, what a new token may be asked to do, and when it stops working.
//!
//! A secret is `fwy_`, 33 base62 digits of 192 random bits and 6 of a checksum, so that a scanner finds leaked ones and
//! a mistyped one is refused without asking the database. Only its SHA-256 is ever stored.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

mod reach;
mod run;
mod service_account;
mod trust;

pub use self::{
    reach::Reach,
    run::RunClaims,
    service_account::{NewServiceAccount, ServiceAccount},
    trust::{Claims, EXCHANGED_FOR, LEEWAY, RawTrust, TrustRule, TrustTerms, WrongTime},
};
use crate::{
    actor::Scope,
    error::FieldErrors,
    ids::{PersonId, ServiceAccountId, TokenId},
    report::Checked,
};

/// Bytes of randomness in a secret.
pub const SECRET_BYTES: usize = 24;
/// Days that a token works where nobody says otherwise.
pub const DEFAULT_DAYS: u32 = 90;
/// Days that a token may work at most.
pub const MAX_DAYS: u32 = 366;

const PREFIX: &str = "fwy_";
/// 62^33 is the first power of 62 above 2^192.
const RANDOM_DIGITS: usize = 33;
/// 62^6 is the first power of 62 above 2^32.
const CHECK_DIGITS: usize = 6;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The longest name; it stands in tables and in the audit trail.
const MAX_NAME: usize = 100;

/// The secret of some random bytes: shown once, never stored.
pub fn secret(random: [u8; SECRET_BYTES]) -> String {
    let mut text = format!("{PREFIX}{}", base62(&random, RANDOM_DIGITS));
    let check = base62(&checksum(text.as_bytes()).to_be_bytes(), CHECK_DIGITS);
    text.push_str(&check);
    text
}

/// Whether a text can be a secret: its form and its checksum are right. Says nothing about whether the token exists.
pub fn is_well_formed(text: &str) -> bool {
    let length = PREFIX.len() + RANDOM_DIGITS + CHECK_DIGITS;
    if !text.is_ascii() || text.len() != length || !text.starts_with(PREFIX) {
        return false;
    }
    let (body, check) = text.split_at(length - CHECK_DIGITS);
    base62(&checksum(body.as_bytes()).to_be_bytes(), CHECK_DIGITS) == check
}

/// A big-endian number in base 62, padded with zeros.
fn base62(number: &[u8], digits: usize) -> String {
    let mut number = number.to_vec();
    let mut text = vec![b'0'; digits];
    for digit in text.iter_mut().rev() {
        let mut rest = 0_u32;
        for byte in &mut number {
            let value = rest * 256 + u32::from(*byte);
            // The quotient of a rest below 62 and a byte fits a byte.
            *byte = u8::try_from(value / 62).unwrap_or(u8::MAX);
            rest = value % 62;
        }
        *digit = DIGITS[rest as usize];
    }
    text.into_iter().map(char::from).collect()
}

/// CRC-32 as of ISO 3309, which GitHub's tokens use too.
fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xEDB8_8320
            } else {
                crc >> 1
            };
        }
    }
    !crc
}

/// Whose a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// A person's.
    Person(PersonId),
    /// A program's.
    ServiceAccount(ServiceAccountId),
}

impl From<PersonId> for Owner {
    fn from(person: PersonId) -> Self {
        Self::Person(person)
    }
}

impl From<ServiceAccountId> for Owner {
    fn from(account: ServiceAccountId) -> Self {
        Self::ServiceAccount(account)
    }
}

/// A token as lists show it. The secret is not in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Which.
    pub id: TokenId,
    /// What it is for; stands in the audit trail.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Where it may.
    pub reach: Reach,
    /// Whose it is: it never may more than they. `None` for a machine's, made on the server.
    pub owner: Option<Owner>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When somebody revoked it.
    pub revoked_at: Option<DateTime<Utc>>,
    /// Whether a workflow got it for a token of its own.
    pub is_exchanged: bool,
}

/// A token with the name of whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedToken {
    /// The token.
    pub token: Token,
    /// Name of its owner; `None` where nobody owns it.
    pub owner: Option<String>,
}

impl Token {
    /// Whether it works at a time.
    pub fn works_at(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

/// A token to make, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may do; at least one, each once.
    pub scopes: Vec<Scope>,
    /// Where it may.
    pub reach: Reach,
    /// Whose it is to be; `None` for a machine's.
    pub owner: Option<Owner>,
    /// When it stops working.
    pub expires_at: DateTime<Utc>,
}

impl NewToken {
    /// Checks name, scopes and days as somebody typed them.
    pub fn parse(name: &str, scopes: &[String], days: u32, now: DateTime<Utc>) -> Result<Self, FieldErrors> {
        let mut checked = Checked::new(now);
        let name = checked.named(
            "name",
            name,
            MAX_NAME,
            "say what the token is for, for example `CI`",
        );
        let known = parse_scopes(scopes).unwrap_or_else(|wrong| {
            checked.extend(wrong);
            Vec::new()
        });
        if !(1..=MAX_DAYS).contains(&days) {
            checked.add("expires_days", format!("choose 1 to {MAX_DAYS} days"));
        }
        let expires_at = now + TimeDelta::days(i64::from(days.min(MAX_DAYS)));
        checked.or(Self {
            name,
            scopes: known,
            reach: Reach::default(),
            owner: None,
            expires_at,
        })
    }
}

impl NewToken {
    /// The same token for somebody.
    #[must_use]
    pub fn owned_by(self, owner: impl Into<Owner>) -> Self {
        Self {
            owner: Some(owner.into()),
            ..self
        }
    }

    /// The same token limited to some environments.
    #[must_use]
    pub fn within(self, reach: Reach) -> Self {
        Self { reach, ..self }
    }
}

/// The scopes that words name, each once.
fn parse_scopes(words: &[String]) -> Result<Vec<Scope>, FieldErrors> {
    let choices = || Scope::ALL.map(Scope::as_str).join(", ");
    let (mut known, mut errors) = (Vec::new(), FieldErrors::new());
    for (index, word) in words.iter().enumerate() {
        match Scope::parse(word.trim()) {
            Some(scope) if known.contains(&scope) => {}
            Some(scope) => known.push(scope),
            None => errors.add(format!("scopes[{index}]"), format!("choose from {}", choices())),
        }
    }
    if words.is_empty() {
        errors.add("scopes", format!("give at least one of {}", choices()));
    }
    errors.or(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_have_one_form_and_a_checksum() {
        let text = secret([0xA5; SECRET_BYTES]);
        assert_eq!(text.len(), 43);
        assert!(is_well_formed(&text), "{text}");
        assert!(is_well_formed(&secret([0; SECRET_BYTES])) && is_well_formed(&secret([255; SECRET_BYTES])));
        assert_ne!(secret([1; SECRET_BYTES]), secret([2; SECRET_BYTES]));
        for index in PREFIX.len()..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[index] = if wrong[index] == b'x' { b'y' } else { b'x' };
            assert!(
                !is_well_formed(&String::from_utf8(wrong).unwrap()),
                "digit {index}"
            );
        }
        for wrong in ["", "fwy_", &text[1..], &format!("{text}0"), "fwy_ä"] {
            assert!(!is_well_formed(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_checksum_is_the_standard_one() {
        assert_eq!(checksum(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_new_token_is_checked_field_by_field() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let scopes = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let new = NewToken::parse(" CI ", &scopes(&["read", "deploys:write", "read"]), 90, now).unwrap();
        assert_eq!(new.name, "CI");
        assert_eq!(new.scopes, [Scope::Read, Scope::DeploysWrite]);
        assert_eq!(new.expires_at, now + TimeDelta::days(90));
        let fields = |name, words: &[&str], days| -> Vec<String> {
            let errors = NewToken::parse(name, &scopes(words), days, now).unwrap_err();
            errors.0.into_iter().map(|error| error.field).collect()
        };
        assert_eq!(
            fields("", &["read", "write"], 0),
            ["name", "scopes[1]", "expires_days"]
        );
        assert_eq!(fields("CI", &[], 90), ["scopes"]);
        assert_eq!(fields("a\0b", &["read"], 367), ["name", "expires_days"]);
    }
}
