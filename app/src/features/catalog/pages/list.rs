//! `/services`

use std::sync::{Arc, LazyLock};

use chrono::TimeDelta;
use commands::CommandError;
use domain::{
    catalog::{Facet as Counted, ServiceFacets, ServiceSort, ServiceSummary},
    page::Page as Rows,
};
use leptos::{prelude::*, tachys::html::InertElement};

use super::super::{address::ListQuery, facets::facets};
use crate::{
    address::ListAddress,
    ctx::Ctx,
    format,
    kept::Kept,
    page::{Page, Section, respond_to},
    parts::{Team, deploy_status, health_status},
    paths,
    ui::{
        Choice, Column, Empty, Facets, FilterBar, LinkButton, PageHeader, Pagination, Row, SearchField,
        Select, Sorted, StatusMark, Table, Time, TimeStyle,
    },
};

/// Written lists, for the many who look at the same one: a second at most, and not after anything was changed here.
static WRITTEN: LazyLock<Kept<String>> = LazyLock::new(|| Kept::for_up_to(TimeDelta::seconds(1)));

/// Every service of the organisation.
pub fn services_page() -> impl IntoView {
    respond_to(|ctx, query: ListQuery| async move {
        let question = format!("{:?}", (ctx.here(), ctx.reads().commits(), ctx.zone, &ctx.viewer));
        let written = async {
            let (rows, facets) = load(&ctx, &query).await?;
            Ok::<_, CommandError>(list(&query, rows, &facets).to_html())
        };
        let html = WRITTEN.get(question, ctx.now, written).await?;
        Ok(Page::new(Section::Services, "Services").body(InertElement::new(html.to_string())))
    })
}

async fn load(
    ctx: &Ctx,
    query: &ListQuery,
) -> Result<(Rows<ServiceSummary>, Arc<ServiceFacets>), CommandError> {
    let (filter, reads) = (query.filter()?, ctx.reads());
    Ok((
        reads.services(&filter).await?,
        facets(&reads, &filter, ctx.now).await?,
    ))
}

fn list(query: &ListQuery, rows: Rows<ServiceSummary>, facets: &ServiceFacets) -> AnyView {
    if facets.total == 0 && !query.is_filtered() {
        return view! { <PageHeader title="Services" />{nothing_yet()} }.into_any();
    }
    let csv = query.whole_at(&paths::services_csv());
    let total = facets.total;
    let summary = format::shown_of(rows.rows.len(), &format::counted(total, "service"));
    let (previous, next) = query.neighbours(&rows);
    let about = match (query.is_filtered(), total) {
        (false, _) => format!("{} in the catalogue", format::counted(total, "service")),
        (true, 1) => "1 service fits these filters".to_owned(),
        (true, _) => format!("{} services fit these filters", format::count(total)),
    };
    view! {
        <PageHeader
            title="Services"
            about=move || about.clone()
            actions=move || view! { <LinkButton href=csv.clone()>"CSV"</LinkButton> }
        />
        {filters(query, facets)}
        <Table
            caption="Services" columns=columns(query) rows=rows.rows.into_iter().map(row).collect()
            empty=nothing_fits
        />
        <Pagination previous next summary />
    }
    .into_any()
}

fn filters(query: &ListQuery, facets: &ServiceFacets) -> impl IntoView + use<> {
    let clear = query.cleared();
    let owner = choices("Any owner", &facets.owners);
    let tier = choices("Any tier", &facets.tiers);
    let lifecycle = choices("Any lifecycle", &facets.lifecycles);
    let (text, chosen_owner) = (query.q.clone(), query.owner.to_ascii_lowercase());
    let (chosen_tier, chosen_lifecycle) = (query.tier.clone(), query.lifecycle.clone());
    let health = facets
        .healths
        .iter()
        .map(|facet| {
            let value = facet.value.clone().unwrap_or_default();
            query.facet(
                |query| &mut query.health,
                &value,
                (facet.label.clone(), facet.count),
            )
        })
        .collect();
    view! {
        <FilterBar action=paths::services() clear>
            <SearchField label="Search" name="q" value=text placeholder="Name, tag or words of the description" />
            <Select label="Owner" name="owner" choices=owner selected=chosen_owner />
            <Select label="Tier" name="tier" choices=tier selected=chosen_tier />
            <Select label="Lifecycle" name="lifecycle" choices=lifecycle selected=chosen_lifecycle />
        </FilterBar>
        {(!facets.healths.is_empty()).then(|| view! { <Facets label="Health" values=health /> })}
    }
}

/// The values of a facet with their counts, after "any".
fn choices(any: &str, facets: &[Counted]) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", any)];
    choices.extend(facets.iter().map(|facet| {
        let value = facet.value.clone().unwrap_or_else(|| "none".to_owned());
        Choice::new(value, format!("{} ({})", facet.label, facet.count))
    }));
    choices
}

fn columns(query: &ListQuery) -> Vec<Column> {
    let current = ServiceSort::parse(&query.sort).unwrap_or_default();
    let sorted = |label: &str, sort: ServiceSort| {
        let falls =
            matches!(sort, ServiceSort::LastDeploy | ServiceSort::Incidents) != !query.reverse.is_empty();
        let now = (current == sort).then_some(if falls {
            Sorted::Descending
        } else {
            Sorted::Ascending
        });
        Column::new(label).sort(query.sorted_by(sort).href(), now)
    };
    vec![
        sorted("Service", ServiceSort::Name),
        sorted("Health", ServiceSort::Health),
        sorted("Owner", ServiceSort::Owner).wide_only(),
        sorted("Tier", ServiceSort::Tier).numeric().wide_only(),
        Column::new("Production").wide_only(),
        Column::new("For").numeric().dim().wide_only(),
        Column::new("Unreleased").numeric().dim().wide_only(),
        Column::new("Last outcome").wide_only(),
        sorted("Last deploy", ServiceSort::LastDeploy).numeric().dim(),
        sorted("Incidents", ServiceSort::Incidents).numeric().wide_only(),
    ]
}

fn row(service: ServiceSummary) -> Row {
    let state = service.state;
    let under = [
        service.owner.as_ref().map(|team| team.title.clone()),
        state.production_version.clone(),
    ];
    let under = under.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let dash = || view! { <span class="unknown">"–"</span> }.into_any();
    let version = match (state.production_version, state.production_deploy) {
        (Some(version), Some(deploy)) => view! { <a href=paths::deploy(deploy)>{version}</a> }.into_any(),
        _ => dash(),
    };
    let since = state
        .production_since
        .map_or_else(dash, |at| view! { <Time at style=TimeStyle::Age /> }.into_any());
    let unreleased = match state.undelivered_changes {
        None | Some(0) => dash(),
        Some(count) => count.into_any(),
    };
    let outcome = state.last_deploy_state.map_or_else(dash, |state| {
        view! { <StatusMark status=deploy_status(state) /> }.into_any()
    });
    let last = state
        .last_deploy_at
        .map_or_else(dash, |at| view! { <Time at /> }.into_any());
    Row::new(view! { <a href=paths::service(&service.slug)>{service.title}</a> })
        .under(under)
        .cell(view! { <StatusMark status=health_status(state.health) /> })
        .cell(view! { <Team team=service.owner /> })
        .cell(service.tier.map_or_else(dash, |tier| tier.number().into_any()))
        .cell(version)
        .cell(since)
        .cell(unreleased)
        .cell(outcome)
        .cell(last)
        .cell(if state.open_incidents == 0 {
            dash()
        } else {
            state.open_incidents.into_any()
        })
}

fn nothing_fits() -> AnyView {
    view! {
        <Empty title="No service fits these filters">
            "Take one away, or look for another word."
            <LinkButton href=paths::services()>"Clear filters"</LinkButton>
        </Empty>
    }
    .into_any()
}

fn nothing_yet() -> AnyView {
    view! {
        <Empty title="No services yet">
            "Services come from catalog files: run "<code>"fairway catalog import PATH"</code>
            ", or push a "<code>"catalog-info.yaml"</code>" to a connected repository."
            <LinkButton href=paths::home()>"First steps"</LinkButton>
        </Empty>
    }
    .into_any()
}
