//! The pages of signing in, of single-use links, and of one's own account.

mod account;
mod authenticator;
mod link;
mod sign_in;

pub use self::{
    account::account_page,
    authenticator::authenticator_page,
    link::link_page,
    sign_in::{code_page, sign_in_page},
};
