//! GitHub Actions as an issuer of tokens: verifies what a workflow brings to prove which one it is.
//!
//! Owns the signature, the issuer's keys and the wire's claims. Knows no rule of trust and no time but the one it is given.

mod claims;
mod error;
mod keys;
mod verify;

pub use self::{error::ActionsError, verify::ActionsTokens};
