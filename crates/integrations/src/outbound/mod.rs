//! Calls to addresses that people or other systems name: everything that is not the operator's own setting goes through here.
//!
//! Somebody who may name an address must not reach through Fairway what only Fairway reaches: its own loopback, the network
//! that it runs in, the metadata of its machine. Knows no system that is called.

mod address;
mod allowed;
mod client;
mod error;
mod resolver;

pub(crate) use self::client::{builder, check, refused};
pub use self::{
    allowed::Allowed,
    client::{Bounds, OutboundClient},
    error::OutboundError,
};
