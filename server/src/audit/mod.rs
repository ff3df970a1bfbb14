//! The audit trail outside of the database: sealing beside requests and jobs, signed heads, and the file that an outsider
//! can verify alone.
//!
//! What a row's bytes, a seal and a head are is the domain's; what the trail holds is the store's.

mod csv;
mod export;
mod heads;
mod import;
mod keep;
mod keys;

pub use self::{
    export::Format,
    heads::{file_of, read_heads, signed_head},
    import::Imported,
    keep::keep,
    keys::{KeyError, PublicKey, SigningKey},
};
