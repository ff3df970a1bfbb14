//! Who did something: accounts and git authors → facts.

use domain::{
    facts::{AuthorFact, PersonFact},
    names::{title_written_out, written_out},
};

use super::wire::{SignatureWire, UserWire};

/// A text that says something: GitHub often sends `""` for nothing.
pub(super) fn said(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// A name as people may read it: what cannot be seen in it is written out.
pub(super) fn named(text: Option<String>) -> Option<String> {
    said(text).map(|text| written_out(&text))
}

/// An account; `None` without an id or a login.
pub(super) fn person(wire: &UserWire) -> Option<PersonFact> {
    let login = said(wire.login.clone())?;
    let is_bot = wire.kind.as_deref() == Some("Bot") || login.ends_with("[bot]");
    Some(PersonFact {
        github_id: wire.id?,
        login,
        is_bot,
    })
}

/// A git author, with the account that an API answer names beside it.
pub(super) fn author(wire: SignatureWire, account: Option<&UserWire>) -> AuthorFact {
    let email = said(wire.email).map(|email| email.trim().to_lowercase());
    let login = said(wire.username);
    let person = account
        .and_then(person)
        .or_else(|| private_address(login.as_deref()?, email.as_deref()?));
    let login = person.as_ref().map(|person| person.login.clone()).or(login);
    AuthorFact {
        person,
        login,
        name: said(wire.name).map(|name| title_written_out(&name)),
        email,
    }
}

/// The account behind GitHub's private address `id+login@users.noreply.github.com`. Anybody can write that address into a
/// commit, so it counts only where GitHub itself matched the same login.
fn private_address(login: &str, email: &str) -> Option<PersonFact> {
    let (id, named) = email.strip_suffix("@users.noreply.github.com")?.split_once('+')?;
    let same = named.eq_ignore_ascii_case(login);
    let github_id = id.parse().ok().filter(|_| same)?;
    Some(PersonFact {
        github_id,
        login: login.to_owned(),
        is_bot: login.ends_with("[bot]"),
    })
}
