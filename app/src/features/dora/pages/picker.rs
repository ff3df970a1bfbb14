//! Choosing a service by typing: a slug or a title is taken as it is, words that fit several lead to a choice.

use commands::CommandError;
use domain::{
    catalog::{ServiceFilter, ServiceSort, ServiceSummary},
    dora::Metric,
    page::{MAX_PAGE_SIZE, Page as Rows},
};
use leptos::prelude::*;
use store::Reads;

use super::address::Address;
use crate::{
    format,
    page::{Page, Section},
    parts::Team,
    paths,
    ui::{Column, FilterBar, PageHeader, Row, Table, TextField, Time},
};

/// Services that a choice lists; who means another one types more of its name.
const LISTED: u32 = 50;

/// What an address names.
pub(super) enum Picked {
    /// Something that there is, or that nothing like it is.
    This(Address),
    /// A text that fits several services.
    Among(Address, Rows<ServiceSummary>),
}

/// What the address's service means, where it names one: its slug, else its title, else the only one that the words fit.
pub(super) async fn picked(mut address: Address, reads: &Reads) -> Result<Picked, CommandError> {
    let typed = address.service.trim().to_owned();
    if typed.is_empty() {
        address.service = typed;
        return Ok(Picked::This(address));
    }
    if let Some(service) = reads.service(&typed).await? {
        address.service = service.summary.slug;
        return Ok(Picked::This(address));
    }
    let fitting = ServiceFilter {
        text: Some(typed.clone()),
        size: LISTED,
        ..ServiceFilter::default()
    };
    let mut found = reads.services(&fitting).await?;
    let of_title = found
        .rows
        .iter()
        .position(|service| service.title.eq_ignore_ascii_case(&typed));
    match (of_title, found.rows.len()) {
        (_, 0) => Err(CommandError::not_found(format!("service named {typed}"))),
        (None, 2..) => Ok(Picked::Among(address, found)),
        (place, _) => {
            address.service = found.rows.swap_remove(place.unwrap_or(0)).slug;
            Ok(Picked::This(address))
        }
    }
}

/// The services that the form offers while one types: those that deployed last, of the team where one is chosen.
pub(super) fn suggested(address: &Address) -> ServiceFilter {
    ServiceFilter {
        owner: Some(address.team.clone()).filter(|team| !team.is_empty()),
        sort: ServiceSort::LastDeploy,
        size: MAX_PAGE_SIZE,
        ..ServiceFilter::default()
    }
}

/// The choice among services that a text fits.
pub(super) fn page(address: &Address, found: Rows<ServiceSummary>) -> Page {
    let columns = vec![
        Column::new("Service").grows(),
        Column::new("Team").wide_only(),
        Column::new("Last deploy").numeric().dim(),
    ];
    let about = if found.next.is_some() {
        let typed = &address.service;
        format!("More than {LISTED} services fit “{typed}”. Type more of the name.")
    } else {
        let count = format::counted(found.rows.len() as u64, "service");
        format!("{count} fit “{}”. Choose one.", address.service)
    };
    let rows = found
        .rows
        .into_iter()
        .map(|service| row(address, service))
        .collect();
    let typed = address.service.clone();
    Page::new(Section::Dora, "Which service?")
        .crumb("DORA", address.of_all().overview(Metric::LeadTime))
        .body(view! {
            <PageHeader title="Which service?" about=move || about.clone() />
            <FilterBar action=paths::dora() clear=Some(paths::dora())>
                <TextField label="Service" name="service" value=typed />
            </FilterBar>
            <Table caption="Services that fit" columns rows />
        })
}

fn row(address: &Address, service: ServiceSummary) -> Row {
    let href = address.of_service(&service.slug).overview(Metric::LeadTime);
    let last = service.state.last_deploy_at.map_or_else(
        || view! { <span class="unknown">"–"</span> }.into_any(),
        |at| view! { <Time at /> }.into_any(),
    );
    let under = service.owner.as_ref().map(|team| team.title.clone());
    Row::new(view! { <a href=href>{service.title}</a> })
        .under(under)
        .cell(view! { <Team team=service.owner /> })
        .cell(last)
}
