//! Gates that wait for whoever looks: requests that they can decide about, and what was done without a decision.

use commands::CommandError;
use domain::{
    access::{Action, Resource},
    approvals::{ApprovalFilter, ApprovalSummary, Stage},
    page::Position,
};
use leptos::prelude::*;

use super::ROWS;
use crate::{
    ctx::Ctx,
    format,
    parts::{EnvironmentName, count_status},
    paths,
    ui::{Column, Mono, Notice, Panel, Row, StatusMark, Table, Time, TimeStyle, Tone},
};

/// What waits for whoever looks.
pub(super) struct Gates {
    /// The most urgent.
    requests: Vec<ApprovalSummary>,
    /// All.
    total: u64,
    /// What was done without a decision and waits for a second person.
    reviews: u64,
}

/// What waits for whoever looks; nothing where they decide nowhere.
pub(super) async fn load(ctx: &Ctx) -> Result<Option<Gates>, CommandError> {
    if ctx.why_not(Action::Approve, &Resource::Anything).is_some() {
        return Ok(None);
    }
    let waits = ctx.commands().waits_for(ctx.viewer()?).await?;
    let (total, reviews) = (waits.decisions.len() as u64, waits.reviews.len() as u64);
    let filter = ApprovalFilter {
        stage: Some(Stage::Open),
        among: Some(waits.decisions),
        ..ApprovalFilter::default()
    };
    let requests = if total == 0 {
        Vec::new()
    } else {
        ctx.reads().approvals(&filter, &Position::Start, ROWS).await?.rows
    };
    Ok(Some(Gates {
        requests,
        total,
        reviews,
    }))
}

/// The panel of them.
pub(super) fn gates(gates: Gates) -> AnyView {
    let Gates {
        requests,
        total,
        reviews,
    } = gates;
    let note = format::counted(total, "request");
    let href = paths::approvals();
    let columns = vec![
        Column::new("Release"),
        Column::new("Approvals"),
        Column::new("Environment").dim().wide_only(),
        Column::new("Time left").numeric(),
    ];
    let rows = requests.into_iter().map(row).collect();
    let to_review = (reviews > 0).then(|| {
        let words = if reviews == 1 {
            "1 release went on without a decision and waits for your review.".to_owned()
        } else {
            format!("{} releases went on without a decision and wait for your review.", format::count(reviews))
        };
        view! { <div class="panel-inset"><Notice tone=Tone::Warn><a href=paths::approvals()>{words}</a></Notice></div> }
    });
    let nothing = || view! { <p class="panel-line">"No release waits for your decision."</p> };
    view! {
        <Panel title="Waiting for you" id="approvals" note=move || view! { <a href=href.clone()>{note.clone()}" →"</a> } flush=true>
            {to_review}
            <Table caption="Requests that wait for you" columns rows empty=nothing />
        </Panel>
    }
    .into_any()
}

fn row(request: ApprovalSummary) -> Row {
    let (href, release) = (paths::approval(request.id), request.release.name());
    let status = count_status(&request);
    let title = request.title;
    Row::new(view! { <a href=href>{title}" "<Mono>{release}</Mono></a> })
        .cell(view! { <StatusMark status /> })
        .cell(view! { <EnvironmentName name=request.environment class=request.class /> })
        .cell(view! { <Time at=request.deadline style=TimeStyle::Left /> })
        .item(request.id)
}
