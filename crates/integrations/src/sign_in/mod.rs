//! Providers that say who somebody is: OpenID Connect, and GitHub's OAuth.
//!
//! Owns their protocols. Knows no session and no account: what somebody may do with an answer is the commands' business.

mod error;
mod github;
mod http;
mod oidc;
mod returned;

pub use self::{
    error::SignInError,
    github::{GithubOauth, GithubOauthConfig},
    oidc::{Oidc, OidcConfig},
    returned::{Challenge, Returned},
};
