//! How the service fared before, as it was when the request was opened.

use domain::approvals::{EvidenceCard, PastRelease};
use leptos::prelude::*;

use crate::{
    parts::deploy_status,
    paths,
    ui::{Column, Mono, Panel, Row, StatusMark, Table, Tag, Time, Tone},
};

/// The last deploys of the service to this environment; nothing where there was none.
pub(super) fn last_deploys(card: &EvidenceCard) -> Option<AnyView> {
    if card.last_deploys.is_empty() {
        return None;
    }
    let columns = vec![
        Column::new("Deploy"),
        Column::new("Outcome").grows(),
        Column::new("Asked for").numeric().dim(),
    ];
    let rows = card.last_deploys.iter().cloned().map(past).collect();
    let view = view! {
        <Panel title="Last deploys" flush=true note=|| "to this environment, when it was asked">
            <Table caption="Last deploys" columns rows />
        </Panel>
    };
    Some(view.into_any())
}

fn past(past: PastRelease) -> Row {
    let (href, failed) = (paths::deploy(past.deploy), past.failed);
    let name = past.version.unwrap_or_else(|| "unknown release".to_owned());
    let failed = failed.then(|| view! { <Tag tone=Tone::Danger>"failed in use"</Tag> });
    Row::new(view! { <a href=href><Mono>{name}</Mono></a> })
        .cell(view! { <span class="deploy-outcome"><StatusMark status=deploy_status(past.state) />{failed}</span> })
        .cell(past.at.map(|at| view! { <Time at /> }))
}
