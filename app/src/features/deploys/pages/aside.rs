//! The side column of a deploy: what it is, when what happened, what stood before and after it, which incidents name it.

use chrono::TimeDelta;
use domain::{
    approvals::ApprovalSummary,
    deploys::{
        DeployKind, NotCounted,
        read::{DeployDetail, DeploySummary},
    },
    environments::EnvironmentClass,
};
use leptos::prelude::*;

use super::detail::link;
use crate::{
    format,
    parts::{Incidents, Person, Team, standing_status},
    paths,
    ui::{Copyable, Mono, Prop, Props, Section as Aside, Sha, Span, StatusMark, Time, TimeStyle},
};

/// What it is, and whether it counts.
pub fn facts(detail: &DeployDetail, approval: Option<&ApprovalSummary>) -> impl IntoView + use<> {
    let deploy = detail.summary.clone();
    let repository = detail.repository.clone();
    let counted = counted(&deploy);
    let mut items = vec![
        Prop::new("Asked for by", view! { <Person person=deploy.initiator /> }),
        Prop::new(
            "Reported by",
            match detail.source.as_str() {
                "github" => "GitHub",
                "fairway" => "Fairway, which drives it",
                _ => "the API",
            },
        ),
    ];
    items.extend(approval.map(|approval| {
        let href = paths::approval(approval.id);
        let (status, count) = standing_status(approval);
        Prop::new(
            "Approval",
            view! { <a href=href><StatusMark status />" "{count}</a> },
        )
    }));
    items.extend(
        deploy
            .version
            .map(|version| Prop::new("Version", view! { <Mono>{version}</Mono> })),
    );
    items.extend(deploy.sha.map(|sha| {
        let href = repository.map(|repository| format!("https://github.com/{repository}/commit/{sha}"));
        Prop::new("Commit", view! { <Sha sha href=href /> })
    }));
    items.extend(
        deploy
            .git_ref
            .map(|git_ref| Prop::new("Ref", view! { <Mono>{git_ref}</Mono> })),
    );
    items.extend(
        deploy
            .digest
            .map(|digest| Prop::new("Digest", view! { <Copyable text=digest what="digest" /> })),
    );
    items.push(Prop::new("Strategy", deploy.strategy.as_str().replace('_', "/")));
    items.extend(
        detail
            .team
            .clone()
            .map(|team| Prop::new("Team then", view! { <Team team=Some(team) /> })),
    );
    view! { <Aside title="Deploy"><Props items /><p class="aside-note">{counted}</p></Aside> }
}

/// Whether it counts. Of one on its way: whether it will.
fn counted(deploy: &DeploySummary) -> &'static str {
    let why = deploy
        .not_counted_why
        .filter(|why| *why != NotCounted::NotExposed);
    let never = match (deploy.class, deploy.kind) {
        (EnvironmentClass::Production, DeployKind::Rollback) => Some(NotCounted::Rollback),
        (EnvironmentClass::Production, DeployKind::Drill) => Some(NotCounted::Drill),
        (EnvironmentClass::Production, _) => None,
        _ => Some(NotCounted::NotProduction),
    };
    if deploy.counted {
        return "Counted in the DORA figures.";
    }
    match why.or(if deploy.is_open() {
        never
    } else {
        deploy.not_counted_why
    }) {
        Some(why) => why.sentence(),
        None if deploy.is_open() => "It counts in the DORA figures once users see it.",
        None => "Not decided yet.",
    }
}

/// When what happened.
pub fn times(detail: &DeployDetail) -> impl IntoView + use<> {
    let deploy = &detail.summary;
    let mut items = vec![Prop::new(
        "Asked for",
        view! { <Time at=deploy.requested_at style=TimeStyle::Exact /> },
    )];
    let waited = format::length(deploy.approval_seconds).filter(|wait| *wait > TimeDelta::zero());
    items.extend(waited.map(|wait| Prop::new("Approval wait", view! { <Span length=Some(wait) /> })));
    for (name, at) in [
        ("Started", deploy.started_at),
        ("First users", deploy.exposed_at),
        ("All users", deploy.promoted_at),
        ("Finished", deploy.finished_at),
    ] {
        let style = if at.is_some_and(|at| at.date_naive() == deploy.requested_at.date_naive()) {
            TimeStyle::Clock
        } else {
            TimeStyle::Exact
        };
        items.extend(at.map(|at| Prop::new(name, view! { <Time at style /> })));
    }
    let took = deploy.finished_at.map(|end| end - deploy.requested_at);
    items.push(Prop::new("Took", view! { <Span length=took /> }));
    view! { <Aside title="Times"><Props items /></Aside> }
}

/// What stood before and after it.
pub fn neighbours(detail: &DeployDetail) -> impl IntoView + use<> {
    let items: Vec<Prop> = [
        ("Replaced", detail.replaces.clone()),
        ("Replaced by", detail.replaced_by.clone()),
        ("Rolls back", detail.rollback_of.clone()),
        ("Undone by", detail.undone_by.clone()),
        ("Superseded by", detail.superseded_by.clone()),
    ]
    .into_iter()
    .filter_map(|(name, deploy)| Some(Prop::new(name, link(deploy?))))
    .collect();
    (!items.is_empty()).then(|| view! { <Aside title="Before and after"><Props items /></Aside> })
}

/// Incidents that name it as their cause.
pub fn incidents(detail: &DeployDetail) -> impl IntoView + use<> {
    let incidents: Vec<_> = detail
        .incidents
        .iter()
        .map(|incident| (None, incident.clone()))
        .collect();
    (!incidents.is_empty())
        .then(|| view! { <Aside title="Incidents that name it"><Incidents incidents /></Aside> })
}
