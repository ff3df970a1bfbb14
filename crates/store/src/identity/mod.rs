//! People who sign in: accounts, what was granted to them, sessions, and links that work once.

mod accounts;
mod grants;
mod links;
mod second_factor;
mod sessions;

pub use self::{
    accounts::Credentials,
    links::SingleUseLink,
    second_factor::TotpState,
    sessions::{Sessions, SessionsClock, session_key},
};
