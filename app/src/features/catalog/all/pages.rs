//! `/catalog`: every entity, of every kind.

use axum::{extract::Path, response::Redirect};
use commands::CommandError;
use domain::{
    catalog::{EntityFacets, EntityKind, EntityRow},
    page::{PAGE_SIZE, Page as Rows},
};
use leptos::prelude::*;

use super::address::EntitiesQuery;
use crate::{
    address::ListAddress,
    ctx::Ctx,
    format,
    page::{Page, Section, respond_to},
    parts::Team,
    paths,
    ui::{
        Choice, Column, Empty, Facets, FilterBar, Kept, LinkButton, PageHeader, Pagination, Row, SearchField,
        Select, Table,
    },
};

/// Every entity of the catalogue.
pub fn catalog_page() -> impl IntoView {
    respond_to(|ctx, query: EntitiesQuery| async move {
        let (rows, facets) = load(&ctx, &query).await?;
        Ok(Page::new(Section::Catalog, "Catalogue").body(list(&query, rows, &facets)))
    })
}

/// `/catalog/{kind}`: the list narrowed to a kind.
pub async fn kind_page(Path(kind): Path<String>) -> Redirect {
    Redirect::to(&paths::catalog_kind(&kind))
}

async fn load(ctx: &Ctx, query: &EntitiesQuery) -> Result<(Rows<EntityRow>, EntityFacets), CommandError> {
    let (filter, reads) = (query.filter()?, ctx.reads());
    Ok((
        reads.entities(&filter, &query.position(), PAGE_SIZE).await?,
        reads.entity_facets(&filter).await?,
    ))
}

fn list(query: &EntitiesQuery, rows: Rows<EntityRow>, facets: &EntityFacets) -> impl IntoView + use<> {
    let summary = format::shown_of(rows.rows.len(), &entities(facets.total));
    let (previous, next) = query.neighbours(&rows);
    let (filtered, csv) = (query.is_filtered(), query.whole_at(&paths::catalog_csv()));
    view! {
        <PageHeader
            title="Catalogue"
            about=|| "Everything that catalog files describe: services, interfaces, resources, systems, teams and people."
            actions=move || view! { <LinkButton href=csv.clone()>"CSV"</LinkButton> }
        />
        {filters(query, facets)}
        <Table
            caption="Catalogue" columns=columns() rows=rows.rows.into_iter().map(row).collect()
            empty=move || empty(filtered)
        />
        <Pagination previous next summary />
    }
}

fn entities(count: u64) -> String {
    format::counted_as(count, "entity", "entities")
}

fn filters(query: &EntitiesQuery, facets: &EntityFacets) -> impl IntoView + use<> {
    let mut namespaces = vec![Choice::new("", "Any namespace")];
    namespaces.extend(
        facets
            .namespaces
            .iter()
            .map(|(name, count)| Choice::new(name, format!("{name} ({count})"))),
    );
    let kinds: Vec<_> = facets
        .kinds
        .iter()
        .map(|(kind, count)| query.facet(|query| &mut query.kind, kind.key(), (kind_words(*kind), *count)))
        .collect();
    let (text, kind, namespace) = (query.q.clone(), query.kind.clone(), query.namespace.clone());
    view! {
        <FilterBar action=paths::catalog() clear=query.cleared()>
            <SearchField label="Search" name="q" value=text placeholder="Name or words of the description" />
            <Select label="Namespace" name="namespace" choices=namespaces selected=namespace />
            <Kept name="kind" value=kind />
        </FilterBar>
        {(!kinds.is_empty()).then(|| view! { <Facets label="Kind" values=kinds /> })}
    }
}

/// A kind in the plural, as the choice of kinds reads.
fn kind_words(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Component => "Components",
        EntityKind::Api => "APIs",
        EntityKind::Resource => "Resources",
        EntityKind::System => "Systems",
        EntityKind::Domain => "Domains",
        EntityKind::Group => "Groups",
        EntityKind::User => "Users",
        EntityKind::Location => "Locations",
        EntityKind::Template => "Templates",
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::new("Entity"),
        Column::new("Kind"),
        Column::new("Type").dim().wide_only(),
        Column::new("Team").wide_only(),
        Column::new("Namespace").dim().wide_only(),
        Column::new("Description").dim().grows().wide_only(),
    ]
}

fn row(row: EntityRow) -> Row {
    let EntityRow {
        summary,
        service_slug,
        team,
    } = row;
    let kind = summary.kind.as_str();
    let href = match (&service_slug, summary.kind, &team) {
        (Some(slug), ..) => paths::service(slug),
        (None, EntityKind::Group, Some(team)) => paths::team(&team.slug),
        _ => paths::catalog_entity(kind, &summary.namespace, &summary.name),
    };
    let dash = || view! { <span class="unknown">"–"</span> }.into_any();
    let of = team
        .clone()
        .map_or_else(dash, |team| view! { <Team team=Some(team) /> }.into_any());
    let under = team.map_or_else(|| summary.namespace.clone(), |team| team.title);
    Row::new(view! { <a href=href>{summary.title}</a> })
        .under(under)
        .cell(kind)
        .cell(summary.spec_type.map_or_else(dash, IntoAny::into_any))
        .cell(of)
        .cell(summary.namespace)
        .cell(summary.description)
}

fn empty(filtered: bool) -> AnyView {
    if filtered {
        return view! {
            <Empty title="No entity fits these filters">
                "Take one away, or look for another word."
                <LinkButton href=paths::catalog()>"Clear filters"</LinkButton>
            </Empty>
        }
        .into_any();
    }
    view! {
        <Empty title="The catalogue is empty">
            "It is made of catalog files: run "<code>"fairway catalog import PATH"</code>
            ", or push a "<code>"catalog-info.yaml"</code>" to a connected repository."
            <LinkButton href=paths::admin_repositories()>"See the repositories"</LinkButton>
        </Empty>
    }
    .into_any()
}
