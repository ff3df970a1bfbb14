//! `/dora/rows.csv`: the rows of a set.

use axum::{body::Body, extract::State, response::Response};
use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::{
    dora::{ChangeRow, DeployRow, RowSet, Stage},
    page::Position,
};
use futures::{Stream, StreamExt, stream};
use store::{Reads, RowsAsked};

use super::{
    super::pages::{Address, stage_head},
    request::{file_name, number, resolved},
};
use crate::{
    csv::Csv,
    ctx::{AppContext, Queried, Readable},
    error,
};

/// Rows read at once while a table is written.
const AT_ONCE: u32 = 2000;

/// The rows of a set, written while they are read: a year of a large organisation is never held at once.
pub async fn dora_rows_csv(
    State(app): State<AppContext>,
    Readable(reads): Readable,
    Queried(address): Queried<Address>,
) -> Response {
    let begun = async {
        let asked = resolved(&app, &reads, address).await?;
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
            *download.body_mut() = Body::from_stream(rows(reads, wanted));
            download
        }
        Err(problem) => error::plain(&problem),
    }
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
