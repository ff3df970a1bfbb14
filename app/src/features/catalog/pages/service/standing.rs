//! How a service is: its health and what that follows from, and its incidents.

use domain::{
    catalog::{Service, ServiceRepository},
    incidents::Incident,
    integrations::Tombstone,
};
use leptos::prelude::*;

use super::waiting::Missing;
use crate::{
    format,
    parts::{Incidents, deploy_status, health_status, severity_status},
    paths,
    ui::{Mono, Notice, Prop, Props, Section, Sha, StatusMark, Time, Tone},
};

/// Where the page lists what production does not have.
pub(super) const WAITING: &str = "waiting";

/// Health, the last deploy, what waits for production, what is open.
pub(super) fn standing(service: &Service, unknown: Option<Missing>) -> impl IntoView + use<> {
    let state = service.summary.state.clone();
    let mut items = vec![Prop::new(
        "Health",
        view! { <StatusMark status=health_status(state.health) /> },
    )];
    if let (Some(deploy), Some(at), Some(last)) =
        (state.last_deploy, state.last_deploy_at, state.last_deploy_state)
    {
        let status = deploy_status(last);
        items.push(Prop::new(
            "Last deploy",
            view! { <a href=paths::deploy(deploy)><StatusMark status /></a>" "<span class="dim"><Time at /></span> },
        ));
    }
    let to_list = format!("#{WAITING}");
    let waiting = match (state.undelivered_changes, unknown) {
        (Some(0), _) => "nothing".into_any(),
        (Some(count), _) => {
            let words = format::counted(u64::from(count), "change");
            view! { <a href=to_list>{words}</a> }.into_any()
        }
        (None, why) => {
            let title = why.map(Missing::words);
            view! { <a class="unknown" href=to_list title=title>"unknown"</a> }.into_any()
        }
    };
    items.push(Prop::new("Not in production yet", waiting));
    let incidents = match (state.open_incidents, state.worst_severity) {
        (0, _) => "none".into_any(),
        (1, Some(worst)) => view! { <StatusMark status=severity_status(worst) /> }.into_any(),
        (count, Some(worst)) => {
            view! { {count}", worst "<StatusMark status=severity_status(worst) /> }.into_any()
        }
        (count, None) => count.into_any(),
    };
    items.push(Prop::new("Open incidents", incidents));
    view! { <Section title="Right now"><Props items /></Section> }
}

/// The last incidents; nothing where there never was one.
pub(super) fn incidents(incidents: Vec<Incident>) -> impl IntoView {
    let incidents: Vec<_> = incidents.into_iter().map(|incident| (None, incident)).collect();
    (!incidents.is_empty()).then(|| view! { <Section title="Incidents"><Incidents incidents /></Section> })
}

/// What a page of the past says first: the service left the catalogue, or its repository is gone or archived.
pub(super) fn past(service: &Service, tombstone: Option<Tombstone>) -> impl IntoView + use<> {
    let repository = service.repository.as_ref();
    let gone = repository.and_then(gone);
    let archived = gone.is_none() && repository.is_some_and(|repository| repository.archived);
    let left = match service.removed_at {
        Some(at) => view! {
            <Notice tone=Tone::Warn>
                "No catalog file describes this service any more: it left the catalogue "<Time at />
                ". Its history stays, and its deploys still count where they counted."
                {tombstone.map(grave)}
            </Notice>
        }
        .into_any(),
        None if archived => view! {
            <Notice tone=Tone::Info>"Its repository is archived at GitHub: nothing new is expected from it."</Notice>
        }
        .into_any(),
        None => ().into_any(),
    };
    view! { {left}{gone} }
}

/// That nothing comes from the repository any more, and what to do where it should.
fn gone(repository: &ServiceRepository) -> Option<AnyView> {
    let (name, at) = (repository.full_name.clone(), repository.gone_at?);
    let notice = view! {
        <Notice tone=Tone::Warn>
            <p><strong>"Its repository is gone. "</strong><Mono>{name}</Mono>" was deleted, or GitHub does not show it to Fairway any more, since "
                <Time at />". Nothing new arrives from it; what is known stays."</p>
            <p>"If it still exists, let Fairway's App or token see it again and "<a href=paths::admin_repositories()>"look at the repositories"</a>
                ". If it moved or was replaced, describe this service in a catalog file of the new one."</p>
        </Notice>
    };
    Some(notice.into_any())
}

/// Which file described it last.
fn grave(tombstone: Tombstone) -> impl IntoView {
    let Tombstone { location, commit, .. } = tombstone;
    let commit = commit.map(|sha| view! { " with "<Sha sha bare=true /> });
    view! { <br />"Its file was "<Mono>{location}</Mono>", removed"{commit}". Put it back, and the service is back." }
}
