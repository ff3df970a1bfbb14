//! The list of tokens and service accounts, and one service account.

mod account;
mod list;
mod trust;

pub use self::{account::service_account_page, list::tokens_page};
