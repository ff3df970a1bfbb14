//! The strip of Home: how many services are well, how much moves, what is open.

use domain::{
    catalog::{Health, ServiceFacets, ServiceSort},
    deploys::{DeployState, read::DeployOutcome},
    home::Mine,
};
use leptos::prelude::*;

use super::Home;
use crate::{
    format::{self, Quantity},
    paths,
    ui::{Metric, MetricStrip, Reading},
};

/// Four counts, each a link to what it counts.
pub fn now(home: &Home) -> AnyView {
    let services = reading(home.services.total, Some(healths(&home.services)));
    let waiting = home
        .in_flight
        .iter()
        .filter(|deploy| deploy.state == DeployState::AwaitingApproval)
        .count();
    // Counted among the listed ones, so only where these are all.
    let all_listed = home.in_flight_count <= home.in_flight.len() as u64;
    let gate = (waiting > 0 && all_listed).then(|| match waiting {
        1 => "1 waits for approval".to_owned(),
        several => format!("{several} wait for approval"),
    });
    let in_flight = reading(home.in_flight_count, gate);
    let worst = home
        .incidents
        .first()
        .map(|worst| format!("worst is severity {}", worst.incident.severity.get()));
    let incidents = reading(home.incidents.len() as u64, worst);
    let drafts = (home.pull_requests.drafts > 0).then(|| format::counted(home.pull_requests.drafts, "draft"));
    let pull_requests = reading(home.pull_requests.total, drafts);
    // Teams that own nothing have no rows to lead to.
    let of = home.mine.as_ref().filter(|_| home.services.total > 0);
    let [all, flying, burning] = lists(of);
    view! {
        <MetricStrip label="Now">
            <Metric label="Services" reading=services href=all />
            <Metric label="Deploys in flight" reading=in_flight href=flying />
            <Metric label="Open incidents" reading=incidents href=burning />
            <Metric label="Open pull requests" reading=pull_requests href="#pull-requests".to_owned() />
        </MetricStrip>
    }
    .into_any()
}

/// Where services, deploys in flight and incidents are listed. Lists are of one team or of all; of several teams Home itself
/// has the rows, and a link to the list of each.
fn lists(mine: Option<&Mine>) -> [String; 3] {
    let team = match mine.map(|mine| mine.teams.as_slice()) {
        None => "",
        Some([team]) => team.slug.as_str(),
        Some(_) => return ["#services", "#in-flight", "#incidents"].map(ToOwned::to_owned),
    };
    let (flying, burning) = (DeployOutcome::InFlight.as_str(), ServiceSort::Incidents.as_str());
    [
        paths::services_of(team),
        paths::with_query(&paths::deploys(), [("team", team), ("outcome", flying)]),
        paths::with_query(&paths::services(), [("owner", team), ("sort", burning)]),
    ]
}

fn reading(count: u64, note: Option<String>) -> Reading {
    Reading {
        value: Some(Quantity::new(format::count(count), "")),
        note,
        ..Reading::default()
    }
}

/// "1 down · 2 degraded · 24 healthy": the worst first, what is not there left out.
fn healths(facets: &ServiceFacets) -> String {
    let words = Health::ALL.into_iter().filter_map(|health| {
        let facet = facets
            .healths
            .iter()
            .find(|facet| facet.value.as_deref() == Some(health.as_str()))?;
        Some(format!("{} {}", format::count(facet.count), health.as_str()))
    });
    words.collect::<Vec<_>>().join(" · ")
}
