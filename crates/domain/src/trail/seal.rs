//! Seals: each holds the hash of its row and of the seal before it.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::row::row_time;

/// A SHA-256.
pub type Digest = [u8; 32];

/// Every so many seals one is noted from which the chain can be verified.
pub const CHECKPOINT_EVERY: i64 = 10_000;

/// The seal of a row, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// Its place in the chain, from 1.
    pub number: i64,
    /// The row that it seals.
    pub row: Uuid,
    /// The row's time.
    pub row_at: Option<DateTime<Utc>>,
    /// SHA-256 of the row's canonical form.
    pub row_hash: Vec<u8>,
    /// When it was sealed.
    pub sealed_at: Option<DateTime<Utc>>,
    /// The seal's own hash, see [`Seal::chained`].
    pub hash: Vec<u8>,
}

impl Seal {
    /// What the seal's hash must be: SHA-256 of seven lines, each ended by a line feed: the name of the form, the number, the
    /// hash of the seal before (or the genesis) in hexadecimal, the row's id, the row's time, the time of sealing, and the
    /// row's hash in hexadecimal.
    pub fn chained(&self, previous: &Digest) -> Digest {
        let time = |at: Option<DateTime<Utc>>| at.map(row_time).unwrap_or_default();
        let lines = format!(
            "fairway audit seal 1\n{}\n{}\n{}\n{}\n{}\n{}\n",
            self.number,
            hex::encode(previous),
            self.row,
            time(self.row_at),
            time(self.sealed_at),
            hex::encode(&self.row_hash)
        );
        Sha256::digest(lines).into()
    }
}

/// How far the trail is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainState {
    /// Number of the last seal; 0 before the first.
    pub sealed: i64,
    /// When it was made.
    pub sealed_at: Option<DateTime<Utc>>,
    /// The last seal from which the chain can be verified.
    pub checkpoint: Option<i64>,
    /// Rows that have no seal yet.
    pub unsealed: i64,
    /// The time of the oldest of them.
    pub oldest_unsealed: Option<DateTime<Utc>>,
}
