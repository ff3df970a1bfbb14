//! Mail, by the one server that the settings name.

mod client;
mod error;

pub use self::{
    client::{Letter, MailConfig, Mailer},
    error::MailError,
};
