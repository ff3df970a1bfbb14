//! Incidents in a column: what is wrong, how bad, for how long.

use domain::{
    deploys::read::ServiceRef,
    incidents::{Incident, Severity},
};
use leptos::prelude::*;

use super::ServiceLink;
use crate::ui::{Glyph, Span, Status, StatusMark, Time, TimeStyle, Tone};

/// How a severity looks and is called; 1 is worst.
pub fn severity_status(severity: Severity) -> Status {
    let number = severity.get();
    let words = format!("severity {number}");
    match number {
        1 => Status::danger(words),
        2 => Status::warn(words),
        3 => Status::new(Tone::Info, Glyph::Dot, words),
        _ => Status::idle(words),
    }
}

/// Incidents, each with its service where the page is not about one.
#[component]
pub fn Incidents(
    /// What to list.
    incidents: Vec<(Option<ServiceRef>, Incident)>,
) -> impl IntoView {
    let items = incidents
        .into_iter()
        .map(|(service, incident)| item(service, incident));
    view! { <ul class="items">{items.collect_view()}</ul> }
}

fn item(service: Option<ServiceRef>, incident: Incident) -> impl IntoView {
    let number = format!("INC-{}", incident.number);
    let name = view! { <span class="item-name">{incident.title}</span>" "<span class="dim">{number}</span> };
    let name = match incident.url {
        Some(url) => view! { <a href=url rel="noreferrer">{name}</a> }.into_any(),
        None => name.into_any(),
    };
    let detected = incident.detected_at;
    let length = match incident.mitigated_at.or(incident.resolved_at) {
        None => view! { "open for "<Time at=detected style=TimeStyle::Age /> }.into_any(),
        Some(end) => view! { <Time at=detected />", for "<Span length=Some(end - detected) /> }.into_any(),
    };
    let service = service.map(|service| view! { <ServiceLink slug=service.slug name=service.title />" · " });
    view! {
        <li>
            <p>{name}</p>
            <p class="item-note">{service}<StatusMark status=severity_status(incident.severity) />" · "{length}</p>
        </li>
    }
}
