//! Who decided about a drive: its requests for approval, round by round.

use commands::drives::DriveStanding;
use domain::approvals::ApprovalSummary;
use leptos::prelude::*;

use crate::{
    parts::standing_status,
    paths,
    ui::{Prop, Props, Section, StatusMark, Time},
};

/// The requests; nothing where nobody was asked.
pub(in super::super) fn trail(standing: &DriveStanding) -> Option<AnyView> {
    let asked: Vec<Prop> = standing.approvals.iter().map(request).collect();
    (!asked.is_empty())
        .then(|| view! { <Section title="Approvals"><Props items=asked /></Section> }.into_any())
}

fn request(request: &ApprovalSummary) -> Prop {
    let (href, at) = (
        paths::approval(request.id),
        request.ended_at.unwrap_or(request.opened_at),
    );
    let (status, count) = standing_status(request);
    Prop::of(
        view! { <a href=href>{request.policy.clone()}</a> },
        view! { <StatusMark status />" "{count.map(|count| format!("{count} "))}<span class="dim"><Time at /></span> },
    )
}
