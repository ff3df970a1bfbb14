//! The audit trail as a chain: sealing what is committed, and reading it in the order of its seals.
//!
//! What a row's bytes and a seal's hash are is the domain's.

mod read;
pub(crate) mod record;
mod seal;

pub use self::{
    read::{Trail, UNSEALED_AFTER, Unsealed},
    seal::SealRules,
};
