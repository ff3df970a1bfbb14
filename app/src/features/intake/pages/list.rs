//! `/admin/deliveries`

use commands::CommandError;
use domain::{
    intake::{Delivery, DeliveryStatus},
    page::{PAGE_SIZE, Page as Rows},
};
use leptos::prelude::*;

use super::{super::address::ListQuery, delivery_status, event_words};
use crate::{
    address::ListAddress,
    ctx::Ctx,
    format,
    page::{Page, Section, respond_to},
    paths,
    ui::{
        Choice, Column, Empty, Facets, FilterBar, Kept, LinkButton, Notice, PageHeader, Pagination, Row,
        SearchField, Select, StatusMark, Table, Time, Tone,
    },
};

/// What the page shows.
struct Inbox {
    rows: Rows<Delivery>,
    counts: Vec<(DeliveryStatus, i64)>,
    events: Vec<String>,
    /// How long bodies are kept.
    kept: String,
}

/// Everything that was delivered.
pub fn deliveries_page() -> impl IntoView {
    respond_to(|ctx, query: ListQuery| async move {
        let inbox = load(&ctx, &query).await?;
        Ok(Page::new(Section::Deliveries, "Deliveries")
            .crumb("Admin", paths::admin())
            .body(list(&query, inbox)))
    })
}

async fn load(ctx: &Ctx, query: &ListQuery) -> Result<Inbox, CommandError> {
    let (filter, reads) = (query.filter()?, ctx.reads());
    let kept = u64::try_from(ctx.commands().deliveries_kept().num_days()).unwrap_or_default();
    Ok(Inbox {
        rows: reads.deliveries(&filter, &query.position(), PAGE_SIZE).await?,
        counts: reads.delivery_counts(&filter).await?,
        events: reads.delivery_events().await?,
        kept: format::counted(kept, "day"),
    })
}

fn list(query: &ListQuery, inbox: Inbox) -> impl IntoView + use<> {
    let Inbox {
        rows,
        counts,
        events,
        kept,
    } = inbox;
    let total: i64 = counts.iter().map(|(_, count)| count).sum();
    let summary = format::shown_of(rows.rows.len(), &deliveries(of(&counts, query, total)));
    let (previous, next) = query.neighbours(&rows);
    let filtered = query.is_filtered();
    let csv = query.whole_at(&paths::admin_deliveries_csv());
    view! {
        <PageHeader
            title="Deliveries" about=move || format!("What GitHub sent, and what became of it. Kept for {kept}.")
            actions=move || view! { <LinkButton href=csv.clone()>"CSV"</LinkButton> }
        />
        {dead_notice(query, &counts)}
        {filters(query, &counts, events)}
        <Table
            caption="Deliveries" columns=columns() rows=rows.rows.into_iter().map(row).collect()
            empty=move || empty(filtered)
        />
        <Pagination previous next summary previous_word="Newer" next_word="Older" />
    }
}

fn deliveries(count: u64) -> String {
    format::counted_as(count, "delivery", "deliveries")
}

/// How many deliveries the list has with its state chosen.
fn of(counts: &[(DeliveryStatus, i64)], query: &ListQuery, total: i64) -> u64 {
    let chosen = DeliveryStatus::parse(&query.status);
    let count = chosen.map_or(total, |chosen| count_of(counts, chosen));
    u64::try_from(count).unwrap_or_default()
}

fn count_of(counts: &[(DeliveryStatus, i64)], status: DeliveryStatus) -> i64 {
    counts
        .iter()
        .find(|(of, _)| *of == status)
        .map_or(0, |(_, count)| *count)
}

fn dead_notice(query: &ListQuery, counts: &[(DeliveryStatus, i64)]) -> Option<AnyView> {
    let dead = u64::try_from(count_of(counts, DeliveryStatus::Dead)).unwrap_or_default();
    let show = dead > 0 && query.status != DeliveryStatus::Dead.as_str();
    let href = query
        .with(|query| DeliveryStatus::Dead.as_str().clone_into(&mut query.status))
        .href();
    show.then(|| {
        view! {
            <Notice tone=Tone::Warn>
                {deliveries(dead)}" could not be processed. "<a href=href>"See what is wrong"</a>
                ", then replay."
            </Notice>
        }
        .into_any()
    })
}

fn filters(
    query: &ListQuery,
    counts: &[(DeliveryStatus, i64)],
    events: Vec<String>,
) -> impl IntoView + use<> {
    let clear = query.cleared();
    let mut choices = vec![Choice::new("", "Any event")];
    choices.extend(events.into_iter().map(|event| Choice::new(event.clone(), event)));
    let facets = DeliveryStatus::ALL.map(|status| {
        let count = u64::try_from(count_of(counts, status)).unwrap_or_default();
        let label = delivery_status(status).word;
        query.facet(|query| &mut query.status, status.as_str(), (label, count))
    });
    let (text, event, status) = (query.q.clone(), query.event.clone(), query.status.clone());
    view! {
        <FilterBar action=paths::admin_deliveries() clear>
            <SearchField label="Search" name="q" value=text placeholder="Delivery id or repository" />
            <Select label="Event" name="event" choices selected=event />
            <Kept name="status" value=status />
        </FilterBar>
        <Facets label="State" values=facets.into() />
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("Event"),
        Column::new("State"),
        Column::new("Repository").grows().wide_only(),
        Column::new("Tries").numeric().dim().wide_only(),
        Column::new("Received").numeric().dim().wide_only(),
    ]
}

fn row(delivery: Delivery) -> Row {
    let name = event_words(&delivery.event, delivery.action.as_deref());
    let from = delivery
        .repository
        .clone()
        .map(|repository| format!("{repository} · "));
    let at = delivery.received_at;
    let repository = delivery.repository.map_or_else(
        || view! { <span class="unknown">"–"</span> }.into_any(),
        IntoAny::into_any,
    );
    Row::new(view! { <a href=paths::admin_delivery(delivery.id)>{name}</a> })
        .under(view! { {from}<Time at /> })
        .cell(view! { <StatusMark status=delivery_status(delivery.status) /> })
        .cell(repository)
        .cell(delivery.attempts)
        .cell(view! { <Time at=delivery.received_at /> })
}

fn empty(filtered: bool) -> AnyView {
    if filtered {
        return view! {
            <Empty title="No delivery fits these filters">
                "Take one away, or look for another word."
                <LinkButton href=paths::admin_deliveries()>"Clear filters"</LinkButton>
            </Empty>
        }
        .into_any();
    }
    view! {
        <Empty title="No deliveries yet">
            "Add a webhook to your GitHub organisation that sends to "<code>"/webhooks/github"</code>
            ", with the secret of "<code>"FAIRWAY_GITHUB_WEBHOOK_SECRET"</code>"."
        </Empty>
    }
    .into_any()
}
