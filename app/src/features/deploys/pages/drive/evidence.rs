//! What was known of the release when people were asked, and what goes on without.

use commands::drives::DriveStanding;
use domain::deploys::drive::{
    Drive,
    evidence::{Finding, Item},
    grounds::Grounds,
    inputs::Report,
    read::DriveDetail,
};
use leptos::prelude::*;

use super::said;
use crate::{
    parts::{finding_status, finding_words, item_words},
    ui::{Column, Panel, Row, StatusMark, Table},
};

/// The panel; nothing of a rollback, which brings back what ran before, nor before anything was looked at.
pub(in super::super) fn evidence(standing: &DriveStanding) -> Option<AnyView> {
    let detail = standing.drive.as_ref()?;
    let mut found = prepared(detail)?;
    found.extend(backup(&detail.drive, detail));
    let columns = vec![
        Column::new("Evidence"),
        Column::new("Found"),
        Column::new("What").grows(),
    ];
    let rows = found.into_iter().map(row).collect();
    let view = view! {
        <Panel title="Evidence" id="evidence" flush=true><Table caption="Evidence" columns rows /></Panel>
    };
    Some(view.into_any())
}

/// What people decided on, or what the last look found.
fn prepared(detail: &DriveDetail) -> Option<Vec<(Item, Finding)>> {
    if let Some(prepared) = &detail.drive.prepared {
        return Some(prepared.evidence.findings().to_vec());
    }
    let looked = detail
        .phases
        .iter()
        .rev()
        .find_map(|record| match record.grounds() {
            Some(Grounds::Prepared(prepared)) => Some(prepared.evidence),
            Some(Grounds::Evidence(evidence)) => Some(evidence),
            _ => None,
        });
    looked.map(|evidence| evidence.findings().to_vec())
}

/// The backup that was made, or that it goes on without one.
fn backup(drive: &Drive, detail: &DriveDetail) -> Option<(Item, Finding)> {
    let made = detail.phases.iter().find_map(|record| match record.grounds() {
        Some(Grounds::Report(
            report @ Report {
                backup_id: Some(_), ..
            },
        )) => Some(said(&report)),
        _ => None,
    });
    let finding = if let Some(made) = made {
        Finding::good(made)
    } else {
        let waiver = drive.waivers.iter().find(|waiver| waiver.item == Item::Backup)?;
        Finding::waived(waiver.reason.as_str())
    };
    Some((Item::Backup, finding))
}

fn row((item, finding): (Item, Finding)) -> Row {
    let (status, words) = (finding_status(&finding), finding_words(&finding));
    Row::new(item_words(item))
        .cell(view! { <StatusMark status /> })
        .cell(view! { <span class="drive-because">{words}</span> })
}
