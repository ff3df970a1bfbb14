//! Forms and filters.

use leptos::prelude::*;

use crate::{
    paths,
    ui::{
        Button, ButtonKind, Checkbox, Choice, ErrorSummary, Facet, Facets, FilterBar, Panel, SearchField,
        Select, TextArea, TextField,
    },
};

/// A filter bar with facets, and a form that came back with errors.
pub fn fields() -> AnyView {
    let owners = vec![
        Choice::new("", "Any owner"),
        Choice::new("payments", "Payments"),
        Choice::new("ledger", "Ledger"),
    ];
    let tiers = vec![
        Choice::new("", "Any tier"),
        Choice::new("1", "Tier 1"),
        Choice::new("2", "Tier 2"),
    ];
    let facet = |label: &str, count, chosen| Facet {
        label: label.into(),
        count,
        href: paths::with_query(&paths::services(), [("lifecycle", label)]),
        chosen,
    };
    let values = vec![
        facet("production", 24, true),
        facet("experimental", 4, false),
        facet("deprecated", 2, false),
    ];
    let kinds = vec![
        Choice::new("normal", "Normal"),
        Choice::new("hotfix", "Hotfix"),
        Choice::new("rollback", "Rollback"),
    ];
    view! {
        <FilterBar action=paths::services() clear=Some(paths::services())>
            <SearchField label="Search services" name="q" value="pay" placeholder="Name, team or repository" />
            <Select label="Owner" name="owner" choices=owners selected="payments" />
            <Select label="Tier" name="tier" choices=tiers />
        </FilterBar>
        <Facets label="Lifecycle" values />
        <Panel title="Correct this deploy">
            <form class="form" method="get" action=paths::gallery()>
                <ErrorSummary still=true errors=vec![("reason".into(), "Write why: people read it beside the figure".into())] />
                <Select label="Kind" name="kind" choices=kinds selected="hotfix" hint="A hotfix counts as rework.".to_owned() />
                <TextField label="Fixes deploy" name="fixes" value="2.30.3" hint="The version or id of the deploy that it repairs.".to_owned() />
                <TextArea label="Reason" name="reason" required=true placeholder="Why the record was wrong" error="Write why: people read it beside the figure".to_owned() />
                <Checkbox label="Leave this deploy out of the figures" name="excluded" checked=true />
                <div class="cluster"><Button kind=ButtonKind::Primary>"Save correction"</Button></div>
            </form>
        </Panel>
    }
    .into_any()
}
