//! Requests as rows of a table.

use domain::approvals::{ApprovalSummary, Review};
use leptos::prelude::*;

use super::super::address::InboxTab;
use crate::{
    parts::{EnvironmentName, approval_status, count_status},
    paths,
    ui::{Column, Mono, Row, StatusMark, Time, TimeStyle},
};

/// The columns of a tab.
pub(super) fn columns(tab: InboxTab) -> Vec<Column> {
    let mut columns = vec![
        Column::new("Release").grows(),
        Column::new("Environment").wide_only(),
    ];
    match tab {
        InboxTab::Mine | InboxTab::Open => columns.extend([
            Column::new("Approvals"),
            Column::new("Time left").numeric(),
            Column::new("Policy").dim().wide_only(),
            Column::new("Asked").numeric().dim().wide_only(),
        ]),
        InboxTab::Decided => columns.extend([
            Column::new("Outcome"),
            Column::new("Approvals").numeric().wide_only(),
            Column::new("Policy").dim().wide_only(),
            Column::new("Ended").numeric().dim(),
        ]),
    }
    columns
}

/// A request in a tab.
pub(super) fn row(request: ApprovalSummary, tab: InboxTab) -> Row {
    let (environment, class, opened) = (request.environment.clone(), request.class, request.opened_at);
    let row = Row::new(name(&request))
        .under(view! { <EnvironmentName name=environment.clone() class />" · asked "<Time at=opened /> })
        .cell(view! { <EnvironmentName name=environment class /> })
        .item(request.id);
    match tab {
        InboxTab::Mine | InboxTab::Open => row
            .cell(view! { <StatusMark status=count_status(&request) /> })
            .cell(view! { <Time at=request.deadline style=TimeStyle::Left /> })
            .cell(request.policy)
            .cell(view! { <Time at=opened /> }),
        InboxTab::Decided => {
            let ended = request.ended_at.unwrap_or(request.deadline);
            row.cell(view! { <StatusMark status=approval_status(request.state) /> })
                .cell(format!("{} of {}", request.given, request.needed))
                .cell(request.policy)
                .cell(view! { <Time at=ended /> })
        }
    }
}

/// What was done without a decision.
pub(super) fn review_row((review, about): (Review, ApprovalSummary)) -> Row {
    let (environment, class) = (about.environment.clone(), about.class);
    Row::new(name(&about))
        .under(view! { <EnvironmentName name=environment class /> })
        .cell(review.name)
        .cell(review.reason)
        .cell(view! { <Time at=review.due_at style=TimeStyle::Left /> })
        .item(about.id)
}

/// The release as the link to its request.
fn name(request: &ApprovalSummary) -> impl IntoView + use<> {
    let (href, title, release) = (
        paths::approval(request.id),
        request.title.clone(),
        request.release.name(),
    );
    view! { <a href=href>{title}" "<Mono>{release}</Mono></a> }
}
