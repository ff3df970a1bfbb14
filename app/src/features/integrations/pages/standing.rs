//! In one word and a few sentences: whether GitHub works, and if not, what happens by itself and what does not.

use chrono::{DateTime, Utc};
use domain::integrations::CheckOutcome;
use leptos::prelude::*;

use super::github::Loaded;
use crate::ui::{Notice, Status, Time, TimeStyle, Tone};

/// The word beside the title.
pub(super) fn status(reads_github: bool, loaded: &Loaded, now: DateTime<Utc>) -> Status {
    let missing = loaded
        .checks
        .iter()
        .any(|check| check.outcome == CheckOutcome::Missing);
    let refused = loaded.budgets.iter().any(|budget| budget.refused_since.is_some());
    if !reads_github {
        Status::idle("not set up")
    } else if silent(loaded, now).is_some() {
        Status::danger("does not answer")
    } else if refused || loaded.installations.iter().any(|one| one.suspended_at.is_some()) {
        Status::danger("refused")
    } else if missing {
        Status::warn("rights are missing")
    } else if loaded.checks.is_empty() {
        Status::waiting("not checked yet")
    } else {
        Status::ok("connected")
    }
}

fn silent(loaded: &Loaded, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    loaded.health.as_ref().and_then(|health| health.silent_as_of(now))
}

/// What needs to be said above everything else.
pub(super) fn notices(loaded: &Loaded, now: DateTime<Utc>) -> impl IntoView + use<> {
    let silence = loaded.health.clone().zip(silent(loaded, now)).map(|(health, as_of)| {
        let why = health.last_failure;
        view! {
            <Notice tone=Tone::Danger>
                <p><strong>"GitHub does not answer. "</strong>"What comes from it is as of "<Time at=as_of />"; webhooks are still taken."</p>
                <p>{why}{health.next_try.map(|at| view! { ". The next try is at "<Time at style=TimeStyle::Clock />"; jobs wait until then." })}</p>
            </Notice>
        }
    });
    let refused = loaded.budgets.iter().filter_map(|budget| {
        let since = budget.refused_since?;
        let who = caller_words(&budget.caller, budget.account.as_deref());
        Some(view! {
            <Notice tone=Tone::Danger>
                <p><strong>{who}" is refused"</strong>" since "<Time at=since />": it was revoked, or has expired. Jobs wait and go on by themselves once it is accepted again."</p>
                <p>"Make a new token or key on GitHub, set it and start Fairway again; or install the App again. Then press “Check now”."</p>
            </Notice>
        })
    });
    let refused = refused.collect_view();
    let suspended = loaded.installations.iter().filter(|one| one.removed_at.is_none()).filter_map(|one| {
        let (account, since) = (one.account.clone(), one.suspended_at?);
        Some(view! {
            <Notice tone=Tone::Danger>
                <p><strong>"The App is suspended in "{account}</strong>" since "<Time at=since />". An owner of the organisation can lift that in its settings; jobs wait."</p>
            </Notice>
        })
    });
    let suspended = suspended.collect_view();
    view! { {silence}{refused}{suspended} }
}

/// Who asks, in words.
pub(super) fn caller_words(caller: &str, account: Option<&str>) -> String {
    let (name, api) = match caller.strip_suffix("/graphql") {
        Some(name) => (name, " (GraphQL)"),
        None => (caller, ""),
    };
    let words = match (name, account) {
        ("token", _) => "The token".to_owned(),
        ("app", _) => "The App itself".to_owned(),
        ("anonymous", _) => "Without a token".to_owned(),
        (_, Some(account)) => format!("The App in {account}"),
        (installation, None) => installation.replace("installation:", "Installation "),
    };
    format!("{words}{api}")
}

#[cfg(test)]
mod tests {
    use super::caller_words;

    #[test]
    fn callers_have_words() {
        assert_eq!(caller_words("token", None), "The token");
        assert_eq!(
            caller_words("installation:7/graphql", Some("acme")),
            "The App in acme (GraphQL)"
        );
        assert_eq!(caller_words("installation:7", None), "Installation 7");
    }
}
