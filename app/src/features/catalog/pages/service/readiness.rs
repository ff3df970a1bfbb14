//! How ready the service is to go back: what would come back, the last backup, the last rollback. Only what is stored; what
//! nobody told is said to be unknown.

use domain::deploys::{
    drive::{
        Target,
        read::{LastRollback, Readiness},
    },
    report::is_digest,
};
use leptos::prelude::*;

use crate::{
    format::short_sha,
    paths,
    ui::{Mono, Prop, Props, Section, Span, Time},
};

/// The section; nothing where nothing runs in production.
pub(super) fn readiness(readiness: Option<Readiness>) -> Option<AnyView> {
    let Readiness {
        way_back,
        backup,
        rollback,
    } = readiness?;
    let backup = match backup {
        Some((id, at)) => view! { <Mono>{id}</Mono>" "<Time at /> }.into_any(),
        None => unknown("no executor told of one"),
    };
    let items = vec![
        Prop::new(
            "Goes back to",
            way_back.map_or_else(|| unknown("no good release before"), back),
        ),
        Prop::new("Last backup", backup),
        Prop::new("Last rollback", rollback.map_or_else(|| unknown("none"), last)),
        Prop::new("Last drill", unknown("none recorded")),
    ];
    Some(view! { <Section title="Ready to go back" id="readiness"><Props items /></Section> }.into_any())
}

fn unknown(words: &'static str) -> AnyView {
    view! { <span class="unknown">{words}</span> }.into_any()
}

fn back(target: Target) -> AnyView {
    let release = target.release;
    let pinned = release.digest.as_deref().is_some_and(is_digest);
    let sha = release.sha.as_deref().map(|sha| short_sha(sha).to_owned());
    let name = release.version.or(sha).unwrap_or_else(|| "a release".to_owned());
    let href = paths::deploy(target.deploy);
    let how = if pinned {
        ", pinned by its digest"
    } else {
        ", not pinned by a digest"
    };
    view! { <a href=href><Mono>{name}</Mono></a>{how} }.into_any()
}

fn last(rollback: LastRollback) -> AnyView {
    let LastRollback { deploy, at, took } = rollback;
    view! { <a href=paths::deploy(deploy)><Time at /></a>", took "<Span length=took /> }.into_any()
}
