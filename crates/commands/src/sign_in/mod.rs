//! Signing in by a provider: the question and its answer, whom the answer lets in, and whose groups have which roles.

mod asking;
mod authors;
mod groups;
mod letting_in;
mod merging;
mod rules;
mod unlinking;
mod ways;

pub use self::{
    asking::{Flow, Purpose},
    ways::Ways,
};
pub use integrations::sign_in::Returned;
