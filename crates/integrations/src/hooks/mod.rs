//! Webhooks that Fairway sends to addresses that people name: signed orders to executors, and news to chat.
//!
//! Every call goes through the guarded client, and a host that is away several times in a row is left alone for a while.

mod client;
mod error;

pub use self::{
    client::{Hook, HookClient},
    error::HookError,
};
