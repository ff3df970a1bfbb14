//! The figures and their rows for spreadsheets: `/dora.csv` and `/dora/rows.csv`, with the filters of their pages.
//!
//! Units are plain (seconds, shares in [0, 1], deploys per day) and values are written in full, so that what a
//! spreadsheet computes from the rows is the figure.

use axum::{
    Extension,
    body::Body,
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::{
    actor::Viewer,
    dora::{ChangeRow, DeployRow, Figures, Group, Metric, Report, RowSet, Scope, Spread, Stage},
    page::Position,
};
use futures::{Stream, StreamExt, stream};
use store::{Reads, RowsAsked};

use super::pages::{Address, Asked, metric_unit, stage_head};
use crate::{csv::Csv, ctx::AppContext, error};

/// Rows read at once while a table is written.
const AT_ONCE: u32 = 2000;

/// Every figure of a scope and range, the period before, and the groups.
pub async fn dora_csv(
    State(app): State<AppContext>,
    viewer: Option<Extension<Viewer>>,
    Query(address): Query<Address>,
) -> Response {
    let table = async {
        let asked = resolved(&app, viewer, address).await?;
        let report = app
            .commands
            .reads()
            .dora(asked.question(), app.commands.now())
            .await?;
        Ok((figures(&asked, &report), file_name(&asked, "dora")))
    };
    match table.await {
        Ok((csv, name)) => csv.into_download(&name),
        Err(problem) => refused(&problem),
    }
}

/// The rows of a set, written while they are read: a year of a large organisation is never held at once.
pub async fn dora_rows_csv(
    State(app): State<AppContext>,
    viewer: Option<Extension<Viewer>>,
    Query(address): Query<Address>,
) -> Response {
    let begun = async {
        let asked = resolved(&app, viewer, address).await?;
        let (_, set) = asked.address.asked_rows()?;
        Ok((asked, set))
    };
    match begun.await {
        Ok((asked, set)) => {
            let name = file_name(&asked, &format!("dora-{}", set.as_str()));
            let wanted = RowsAsked {
                of: asked.question(),
                set,
                position: Position::Start,
                size: AT_ONCE,
                now: app.commands.now(),
            };
            let mut download = Csv::default().into_download(&name);
            *download.body_mut() = Body::from_stream(rows(app.commands.reads(), wanted));
            download
        }
        Err(problem) => refused(&problem),
    }
}

fn refused(problem: &CommandError) -> Response {
    (error::status(problem), problem.to_string()).into_response()
}

async fn resolved(
    app: &AppContext,
    viewer: Option<Extension<Viewer>>,
    address: Address,
) -> Result<Asked, CommandError> {
    if viewer.is_none() {
        return Err(CommandError::SignedOut);
    }
    let zone = app.organisation.time_zone;
    address
        .resolve(&app.commands.reads(), app.commands.now(), zone)
        .await
}

fn figures(asked: &Asked, report: &Report) -> Csv {
    let mut csv = Csv::new(&[
        "whose",
        "metric",
        "unit",
        "value",
        "p90",
        "n",
        "band",
        "before",
        "n_before",
        "first_day",
        "last_day",
        "edition",
    ]);
    for metric in Metric::ALL {
        csv.row(&metric_line(asked, report, metric));
    }
    if !report.groups.is_empty() {
        csv.row::<&str>(&[]);
        csv.row(&[
            "slug",
            "title",
            "deploys",
            "deploys_per_day",
            "lead_median_seconds",
            "lead_n",
            "failed",
            "mature",
            "fail_rate",
            "recovery_median_seconds",
            "recovery_n",
            "open",
            "rework_rate",
        ]);
    }
    for group in &report.groups {
        csv.row(&group_line(group));
    }
    csv
}

fn metric_line(asked: &Asked, report: &Report, metric: Metric) -> [String; 12] {
    let (value, spread, n, ranked) = measured(&report.figures, metric);
    let (before, _, n_before, _) = measured(&report.previous, metric);
    let band = asked.bands.of(metric, ranked, n);
    [
        asked.whose.clone(),
        metric.as_str().into(),
        metric_unit(metric).into(),
        number(value),
        number(spread.p90),
        n.to_string(),
        band.map(|band| band.as_str().to_owned()).unwrap_or_default(),
        number(before),
        n_before.to_string(),
        asked.range.from.to_string(),
        asked.range.last_day().to_string(),
        asked.bands.edition.to_string(),
    ]
}

/// Value, spread, n, and what the band looks at.
fn measured(figures: &Figures, metric: Metric) -> (Option<f64>, Spread, u64, Option<f64>) {
    let none = Spread::default();
    match metric {
        Metric::Frequency => {
            let of = &figures.frequency;
            (of.per_day, none, of.total, of.median_service)
        }
        Metric::LeadTime => {
            let of = figures.lead_time.total;
            (of.median, of, of.n, of.median)
        }
        Metric::ChangeFailRate => {
            let of = &figures.change_fail_rate;
            (of.share, none, of.mature, of.share)
        }
        Metric::Recovery => {
            let of = figures.recovery.total;
            (of.median, of, of.n, of.median)
        }
        Metric::Rework => (figures.rework.share, none, figures.rework.counted, None),
    }
}

fn group_line(group: &Group) -> [String; 13] {
    let name = group.name.as_ref();
    let rate = &group.change_fail_rate;
    [
        name.map(|name| name.slug.clone()).unwrap_or_default(),
        name.map(|name| name.title.clone()).unwrap_or_default(),
        group.deploys.to_string(),
        number(group.per_day),
        number(group.lead_time.median),
        group.lead_time.n.to_string(),
        rate.failed.to_string(),
        rate.mature.to_string(),
        number(rate.share),
        number(group.recovery.median),
        group.recovery.n.to_string(),
        group.open.to_string(),
        number(group.rework.share),
    ]
}

/// Every digit that the value has; empty when it is not known.
fn number(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// The rows of a set, a piece of text at a time.
fn rows(reads: Reads, wanted: RowsAsked) -> impl Stream<Item = Result<String, CommandError>> + Send {
    let head = head(wanted.set).drained();
    let rest = stream::try_unfold(Some(wanted), move |wanted| {
        let reads = reads.clone();
        async move {
            let Some(wanted) = wanted else { return Ok(None) };
            let mut csv = Csv::default();
            let next = if wanted.set.is_of_changes() {
                let page = reads.dora_changes(&wanted).await?;
                page.rows.iter().for_each(|row| csv.row(&change_line(row)));
                page.next
            } else {
                let page = reads.dora_deploys(&wanted).await?;
                page.rows.iter().for_each(|row| csv.row(&deploy_line(row)));
                page.next
            };
            let next = next.map(|cursor| RowsAsked {
                position: Position::After(cursor),
                ..wanted
            });
            Ok::<_, CommandError>(Some((csv.drained(), next)))
        }
    });
    stream::once(std::future::ready(Ok(head))).chain(rest)
}

fn head(set: RowSet) -> Csv {
    if !set.is_of_changes() {
        return Csv::new(&[
            "deploy",
            "service",
            "team",
            "version",
            "sha",
            "kind",
            "exposed_at",
            "failure",
            "failed_at",
            "restored_at",
            "restored_by",
            "recovery_seconds",
            "rework",
            "corrected",
        ]);
    }
    let stages = Stage::ALL.map(stage_head);
    let before = [
        "change",
        "title",
        "author",
        "bot",
        "deploy",
        "service",
        "team",
        "first_commit_at",
        "merged_at",
        "promoted_at",
    ];
    let after = ["lead_seconds", "delivery_seconds", "unknown", "corrected"];
    let heads: Vec<&str> = before
        .into_iter()
        .chain(stages.iter().map(String::as_str))
        .chain(after)
        .collect();
    Csv::new(&heads)
}

fn time(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.to_rfc3339()).unwrap_or_default()
}

fn deploy_line(row: &DeployRow) -> [String; 14] {
    [
        row.id.to_string(),
        row.service.clone(),
        team(row.team.as_ref()),
        row.version.clone().unwrap_or_default(),
        row.sha.clone().unwrap_or_default(),
        row.kind.as_str().to_owned(),
        time(Some(row.exposed_at)),
        row.failure
            .map(|cause| cause.as_str().to_owned())
            .unwrap_or_default(),
        time(row.failed_at),
        time(row.restored_at),
        row.restored_by.clone().unwrap_or_default(),
        number(row.recovery),
        row.rework.to_string(),
        row.corrected.to_string(),
    ]
}

fn change_line(row: &ChangeRow) -> Vec<String> {
    let mut cells = vec![
        row.change.clone(),
        row.title.clone(),
        row.author.clone().unwrap_or_default(),
        row.by_bot.to_string(),
        row.deploy.to_string(),
        row.service.clone(),
        team(row.team.as_ref()),
        time(row.first_commit_at),
        time(row.merged_at),
        time(Some(row.promoted_at)),
    ];
    cells.extend(row.stages.map(number));
    cells.extend([
        number(row.lead),
        number(row.delivery),
        row.unknown.join(" "),
        row.corrected.to_string(),
    ]);
    cells
}

fn team(team: Option<&domain::people::TeamRef>) -> String {
    team.map(|team| team.slug.clone()).unwrap_or_default()
}

/// The name of a downloaded file: `dora-payments-2026-08-25-2026-11-22.csv`.
fn file_name(asked: &Asked, what: &str) -> String {
    let whose = match asked.scope {
        Scope::Organisation => "organisation",
        Scope::Team(_) => &asked.address.team,
        Scope::Service(_) => &asked.address.service,
    };
    format!(
        "{what}-{whose}-{}-{}.csv",
        asked.range.from,
        asked.range.last_day()
    )
}
