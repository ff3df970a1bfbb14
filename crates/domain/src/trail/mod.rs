//! The audit trail as something that can be proved: the bytes that a row is hashed as, the seals that chain the hashes, the
//! head of the chain that is signed, and the rule that finds the first thing that is wrong.
//!
//! Knows no table and no file: both are read elsewhere and checked here. `docs/security/audit.md` describes the form for
//! those who check it with other means; the two must stay the same.

mod canonical;
mod fault;
mod head;
mod row;
mod seal;
mod verify;

pub use self::{
    canonical::canonical_json,
    fault::Fault,
    head::Head,
    row::{Erasable, TrailRow, What, Who, pseudonym, row_time},
    seal::{CHECKPOINT_EVERY, ChainState, Digest, Seal},
    verify::{Sealed, Verifier},
};
