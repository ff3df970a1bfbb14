//! `/services/{slug}/dependencies`, and the same drawing on the service's page.

use commands::CommandError;
use domain::{
    catalog::{Dependencies, Service},
    error::FieldErrors,
};
use leptos::prelude::*;
use serde::Deserialize;

use crate::{
    ctx::{self, Ctx},
    page::{Page, Section, respond_to},
    parts::{DependencyGraph, DependencyTable, LISTED},
    paths,
    query::Known,
    ui::{LinkButton, PageHeader, Panel},
};

/// Boxes at each distance, on the service's page and on the page of its own.
pub(super) const FEW: u8 = 6;
const MANY: u8 = 14;

/// What a service needs and what needs it: the drawing, and the table with all of it.
pub fn dependencies_page() -> impl IntoView {
    let slug = ctx::param("slug");
    respond_to(|ctx, query: TableQuery| async move {
        let from = query.from()?;
        let (service, graph) = load(&ctx, &slug).await?;
        let summary = service.summary;
        if slug != summary.slug {
            let to = ctx.here_at(&paths::service_dependencies(&summary.slug));
            return Ok(Page::moved(Section::Services, summary.title, to));
        }
        Ok(Page::new(Section::Services, "Dependencies")
            .called(format!("Dependencies of {}", summary.title))
            .crumb("Services", paths::services())
            .crumb(summary.title.clone(), paths::service(&summary.slug))
            .body(view((&summary.title, &summary.slug), graph, from)))
    })
}

async fn load(ctx: &Ctx, slug: &str) -> Result<(Service, Dependencies), CommandError> {
    let reads = ctx.reads();
    let service = reads.service(slug).await?;
    let service = service.ok_or_else(|| CommandError::not_found(format!("service {slug}")))?;
    let graph = reads.dependencies(&service, LISTED).await?;
    Ok((service, graph))
}

/// The query of the page, as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct TableQuery {
    /// Rows of the table before the page.
    from: String,
}

impl Known for TableQuery {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        Some(vec!["from"])
    }
}

impl TableQuery {
    fn from(&self) -> Result<usize, CommandError> {
        if self.from.is_empty() {
            return Ok(0);
        }
        let wrong = |_| FieldErrors::one("from", "write how many rows to skip, such as 50, or leave it out");
        Ok(self.from.parse::<usize>().map_err(wrong)?)
    }
}

fn view((title, slug): (&str, &str), graph: Dependencies, from: usize) -> impl IntoView + use<> {
    let address = paths::service_dependencies(slug);
    let csv = paths::service_dependencies_csv(slug);
    let listed = graph.clone();
    view! {
        <PageHeader title=format!("Dependencies of {title}")
            about=|| "As catalog files state them: what a service depends on, the APIs that it consumes, and who provides those."
            actions=move || view! { <LinkButton href=csv.clone()>"CSV"</LinkButton> } />
        <Panel title="Graph"><DependencyGraph graph most=MANY table="#table".to_owned() /></Panel>
        <Panel title="Table" id="table" flush=true><DependencyTable graph=listed from address=Some(address) /></Panel>
    }
}

/// The panel of the service's page; nothing where no dependency is stated either way.
pub(super) fn panel(slug: &str, graph: Dependencies) -> impl IntoView + use<> {
    let all = paths::service_dependencies(slug);
    let table = format!("{all}#table");
    let listed = graph.clone();
    (!graph.is_empty()).then(|| {
        view! {
            <Panel title="Dependencies" note=move || view! { <a href=all.clone()>"All dependencies"</a> }>
                <DependencyGraph graph most=FEW table />
                <details class="graph-data">
                    <summary>"Show as table"</summary>
                    <DependencyTable graph=listed />
                </details>
            </Panel>
        }
    })
}
