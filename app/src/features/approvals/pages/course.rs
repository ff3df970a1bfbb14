//! How Fairway would carry the release out: the shares of the traffic, and what goes without being known, with the reason.

use domain::{
    approvals::{ApprovalDetail, Course},
    deploys::{
        Strategy,
        drive::evidence::{Finding, Item},
    },
};
use leptos::prelude::*;

use crate::{
    parts::{finding_status, finding_words, item_words},
    ui::{Column, Panel, Row, StatusMark, Table},
};

/// The panel; nothing where something else carries it out.
pub(super) fn course(detail: &ApprovalDetail) -> Option<AnyView> {
    let course = detail.card.course.as_ref()?;
    let columns = vec![
        Column::new("What"),
        Column::new("Found"),
        Column::new("About it").grows(),
    ];
    // What goes without being known comes first: that is what whoever approves answers for.
    let (waived, others): (Vec<_>, Vec<_>) = course
        .findings
        .findings()
        .iter()
        .partition(|(_, finding)| matches!(finding, Finding::Waived { .. }));
    let rows = waived.into_iter().chain(others).map(row).collect();
    let how = how(course);
    let note = move || how.clone();
    Some(
        view! {
            <Panel title="How it goes" id="course" flush=true note>
                <Table caption="What Fairway looks at before it deploys" columns rows />
            </Panel>
        }
        .into_any(),
    )
}

fn row((item, finding): &(Item, Finding)) -> Row {
    let (status, words) = (finding_status(finding), finding_words(finding));
    Row::new(item_words(*item))
        .cell(view! { <StatusMark status /> })
        .cell(view! { <span class="drive-because">{words}</span> })
}

/// The strategy with its shares.
fn how(course: &Course) -> String {
    let shares: Vec<String> = course.weights.as_slice().iter().map(i16::to_string).collect();
    match course.strategy {
        Strategy::Rolling => "all of the traffic at once".to_owned(),
        Strategy::BlueGreen => "blue/green, then the switch".to_owned(),
        Strategy::Canary => format!("canary: {} %", shares.join(" → ")),
    }
}
