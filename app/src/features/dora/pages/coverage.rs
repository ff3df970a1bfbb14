//! Beside the figures: what is missing from them, and what people changed.

use domain::dora::{Metric, Report, RowSet, Scope};
use leptos::prelude::*;

use super::asked::Asked;
use crate::{
    ctx,
    format::{count, counted},
    paths,
};

/// "9 of 30 services send no deployments; 12 changes have unknown first commit."
#[component]
pub(super) fn CoverageLine(asked: Asked, report: Report) -> impl IntoView {
    let of = report.coverage;
    let mut parts: Vec<AnyView> = Vec::new();
    if of.silent_services > 0 {
        let words = match asked.scope {
            Scope::Service(_) => "This service has sent no deployment yet".to_owned(),
            Scope::Organisation | Scope::Team(_) => {
                format!(
                    "{} of {} services send no deployments",
                    count(of.silent_services),
                    count(of.services)
                )
            }
        };
        parts.push(words.into_any());
    }
    if of.unknown_changes > 0 {
        let href = asked.address.rows(Metric::LeadTime, RowSet::UnknownChanges);
        let words = format!(
            "{} with unknown first commit",
            counted(of.unknown_changes, "change")
        );
        parts.push(view! { <a href=href>{words}</a> }.into_any());
    }
    if of.unknown_deploys > 0 {
        parts.push(
            format!(
                "{} with changes not all known",
                counted(of.unknown_deploys, "deployment")
            )
            .into_any(),
        );
    }
    if of.unknown_changes + of.unknown_deploys > 0 && !ctx::asks_github() {
        parts.push("commits are not fetched: no GitHub token is configured".into_any());
    }
    if of.unmatched > 0 {
        let words = format!("{} match no service", counted(of.unmatched, "deployment"));
        parts.push(view! { <a href=paths::admin_unmatched()>{words}</a> }.into_any());
    }
    if of.corrections > 0 {
        parts.push(format!("{} corrected by people", counted(of.corrections, "deploy")).into_any());
    }
    if parts.is_empty() {
        parts.push("Every service sends deployments and every change is known".into_any());
    }
    let mut parts = parts.into_iter();
    let first = parts.next();
    let rest = parts.map(|part| view! { "; "{part} }).collect_view();
    view! { <p class="dora-coverage"><b>"Coverage"</b>" "{first}{rest}"."</p> }
}
