//! People who sign in: accounts, what was granted to them, sessions, links that work once, and
//! what providers say.

mod accounts;
mod grants;
mod links;
mod merging;
mod outside;
mod rules;
mod second_factor;
mod sessions;

pub use self::{
    accounts::Credentials,
    grants::SignedIn,
    links::SingleUseLink,
    outside::{IdentityOwner, UsedIdentity},
    second_factor::TotpState,
    sessions::{Sessions, SessionsClock, session_key},
};
