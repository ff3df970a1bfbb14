//! People who sign in: set-up and invitations, passwords and codes, sessions, roles.

mod accounts;
mod limits;
mod links;
mod password;
mod roles;
mod second_factor;
mod shared;
mod signing_in;
mod teams;
mod totp;

pub(crate) use self::{links::taken, signing_in::SIGNED_IN};
pub use self::{
    links::{LetIn, code_of},
    second_factor::{NewAuthenticator, RECOVERY_CODES},
    shared::{Origin, Shared},
    signing_in::{Proved, SignIn},
};
