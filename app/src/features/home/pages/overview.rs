//! What is moving, what reached production last, which services are not well, what is open.

use domain::{
    catalog::{Health, ServiceFacets, ServiceSummary},
    deploys::read::{DeployOutcome, DeploySummary},
    environments::EnvironmentClass,
    home::{Mine, OpenIncident, OpenPullRequest, OpenPullRequests},
    people::TeamRef,
};
use leptos::prelude::*;

use super::{Home, gates, now::now};
use crate::{
    format,
    parts::{EnvironmentName, Incidents, Person, ServiceLink, deploy_status, health_status},
    paths,
    ui::{
        Badge, Column, Empty, LinkButton, Mono, Panel, Prop, Props, Row, Section, Span, StatusMark, Table,
        Tag, Time, TimeStyle, list_region, region,
    },
};

/// More teams than this have no links beside a title: there would be no room for their names.
const TEAMS_NAMED: usize = 3;

/// The strip and the lists of Home.
pub fn overview(home: Home) -> AnyView {
    let now = now(&home);
    let is_mine = home.mine.is_some();
    let gates = home.gates.map(gates::gates);
    let pull_requests = pull_requests(home.pull_requests, is_mine);
    if is_mine && home.services.total == 0 {
        // Without regions of its own, so that the lists appear on an open page once there is a service.
        return view! { {now}<div class="stack home-lists">{gates}{unowned()}{pull_requests}</div> }
            .into_any();
    }
    let services = match &home.mine {
        Some(mine) => owned(home.listed, home.services.total, &mine.teams),
        None => attention(home.listed),
    };
    let teams = teams(&home.services, if is_mine { "Your teams" } else { "Teams" });
    let moving = moving_panel(home.in_flight, home.mine.as_ref());
    let delivered = delivered_panel(home.delivered, home.mine.as_ref());
    view! {
        {region("now", now)}
        <div class="columns">
            <aside class="stack" aria-label="Attention">
                {region("incidents", incidents(home.incidents))}
                {region("attention", services)}
                {teams}
            </aside>
            <div class="stack home-lists">
                {list_region("approvals", "request", gates)}
                {list_region("in-flight", "deploy", moving)}
                {list_region("delivered", "deploy", delivered)}
                {list_region("pull-requests", "pull request", pull_requests)}
            </div>
        </div>
    }
    .into_any()
}

/// What stands where the lists would, of somebody whose teams own nothing.
fn unowned() -> AnyView {
    view! {
        <Empty title="Your teams own no service yet">
            "A catalog file gives a team its service by "<code>"spec.owner"</code>"."
            <LinkButton href=paths::home_of_everything()>"Show everything"</LinkButton>
        </Empty>
    }
    .into_any()
}

fn moving_panel(in_flight: Vec<DeploySummary>, mine: Option<&Mine>) -> AnyView {
    let all = timelines(mine, ("outcome", DeployOutcome::InFlight.as_str()));
    let words = if mine.is_some() {
        "Nothing of your teams is on its way."
    } else {
        "Nothing is on its way."
    };
    let (columns, rows) = (
        columns(["Environment", "For"]),
        in_flight.into_iter().map(moving).collect(),
    );
    view! {
        <Panel title="In flight" id="in-flight" note=move || links(&all) flush=true>
            <Table caption="Deploys in flight" columns rows empty=move || view! { <p class="panel-line">{words}</p> } />
        </Panel>
    }
    .into_any()
}

fn delivered_panel(reached: Vec<DeploySummary>, mine: Option<&Mine>) -> AnyView {
    let all = timelines(mine, ("class", EnvironmentClass::Production.as_str()));
    let title = if mine.is_some() {
        "Nothing of your teams reached production yet"
    } else {
        "Nothing reached production yet"
    };
    let nothing = move || view! { <Empty title>"The first deploy to an environment of class production shows here."</Empty> };
    let (columns, rows) = (
        columns(["Took", "Asked for"]),
        reached.into_iter().map(delivered).collect(),
    );
    view! {
        <Panel title="Latest to production" note=move || links(&all) flush=true>
            <Table caption="Latest deploys to production" columns rows empty=nothing />
        </Panel>
    }
    .into_any()
}

/// The timelines with one filter set: everybody's, or each team's. Of more teams than fit beside a title none.
fn timelines(mine: Option<&Mine>, (filter, value): (&str, &str)) -> Vec<(String, String)> {
    let with = |team: &str| paths::with_query(&paths::deploys(), [("team", team), (filter, value)]);
    let all = |team: &str| vec![("All".to_owned(), with(team))];
    match mine.map(|mine| mine.teams.as_slice()) {
        None => all(""),
        Some([team]) => all(&team.slug),
        Some(teams) if teams.len() <= TEAMS_NAMED => teams
            .iter()
            .map(|team| (team.title.clone(), with(&team.slug)))
            .collect(),
        Some(_) => Vec::new(),
    }
}

fn links(links: &[(String, String)]) -> AnyView {
    let link = |(index, (label, href)): (usize, &(String, String))| {
        let between = (index > 0).then_some(" · ");
        view! { {between}<a href=href.clone()>{label.clone()}" →"</a> }
    };
    links.iter().enumerate().map(link).collect_view().into_any()
}

fn incidents(open: Vec<OpenIncident>) -> AnyView {
    if open.is_empty() {
        return view! { <Section title="Open incidents" id="incidents"><p>"None is open."</p></Section> }
            .into_any();
    }
    let incidents = open
        .into_iter()
        .map(|open| (Some(open.service), open.incident))
        .collect();
    view! { <Section title="Open incidents" id="incidents"><Incidents incidents /></Section> }.into_any()
}

fn attention(unwell: Vec<ServiceSummary>) -> AnyView {
    if unwell.is_empty() {
        return view! { <Section title="Needs attention"><p>"No service is known to be unwell."</p></Section> }.into_any();
    }
    let items = unwell.into_iter().map(service).collect_view();
    view! { <Section title="Needs attention"><ul class="items">{items}</ul></Section> }.into_any()
}

/// The services of somebody's teams, as many as there is room for.
fn owned(listed: Vec<ServiceSummary>, total: u64, teams: &[TeamRef]) -> AnyView {
    let shown = listed.len();
    let hidden = total > shown as u64;
    let of_all = format::shown_of(shown, &format::counted(total, "service"));
    // The list is of one team; the teams stand below with a link to the list of each.
    let of_all = match teams {
        [team] => view! { <a href=paths::services_of(&team.slug)>{of_all}</a> }.into_any(),
        _ => of_all.into_any(),
    };
    let more = hidden.then(|| view! { <p class="item-note">{of_all}</p> });
    let items = listed.into_iter().map(service).collect_view();
    view! { <Section title="Your services" id="services"><ul class="items">{items}</ul>{more}</Section> }
        .into_any()
}

fn service(service: ServiceSummary) -> impl IntoView {
    let (state, status) = (&service.state, health_status(service.state.health));
    let why = match (state.health, state.last_deploy_at) {
        (Health::Down | Health::Degraded, _) if state.open_incidents > 0 => {
            format::counted(u64::from(state.open_incidents), "open incident").into_any()
        }
        (Health::Down | Health::Degraded, _) => "last production deploy failed".into_any(),
        (_, Some(at)) => view! { "last deploy "<Time at /> }.into_any(),
        (_, None) => "never deployed".into_any(),
    };
    view! {
        <li>
            <p><ServiceLink slug=service.slug name=service.title /></p>
            <p class="item-note"><StatusMark status />" · "{why}</p>
        </li>
    }
}

/// Each team with its services.
fn teams(facets: &ServiceFacets, title: &'static str) -> Option<AnyView> {
    let items: Vec<Prop> = facets
        .owners
        .iter()
        .filter_map(|owner| {
            let href = paths::services_of(owner.value.as_deref()?);
            let label = owner.label.clone();
            let count = format::counted(owner.count, "service");
            Some(Prop::of(
                view! { <a href=href>{label}</a> },
                view! { <span class="dim">{count}</span> },
            ))
        })
        .collect();
    (!items.is_empty()).then(|| view! { <Section title><Props items /></Section> }.into_any())
}

/// Both lists have columns of the same widths, so that they stand below each other.
fn columns([fourth, fifth]: [&'static str; 2]) -> Vec<Column> {
    vec![
        Column::new("Deploy"),
        Column::new("Outcome"),
        Column::new("By").wide_only(),
        Column::new(fourth).dim().wide_only(),
        Column::new(fifth).numeric().dim().wide_only(),
    ]
}

fn name(deploy: &DeploySummary) -> impl IntoView + use<> {
    let (href, release) = (paths::deploy(deploy.id), deploy.release());
    let title = deploy.service.title.clone();
    view! { <a href=href>{title}" "<Mono>{release}</Mono></a> }
}

fn moving(deploy: DeploySummary) -> Row {
    let (id, at) = (deploy.id, deploy.requested_at);
    Row::new(name(&deploy))
        .cell(view! { <Badge status=deploy_status(deploy.state) /> })
        .cell(view! { <Person person=deploy.initiator /> })
        .cell(view! { <EnvironmentName name=deploy.environment class=deploy.class /> })
        .cell(view! { <Time at style=TimeStyle::Age /> })
        .item(id)
}

fn delivered(deploy: DeploySummary) -> Row {
    let (id, at) = (deploy.id, deploy.requested_at);
    let length = deploy.finished_at.map(|end| end - at);
    Row::new(name(&deploy))
        .cell(view! { <Badge status=deploy_status(deploy.state) /> })
        .cell(view! { <Person person=deploy.initiator /> })
        .cell(view! { <Span length /> })
        .cell(view! { <Time at /> })
        .item(id)
}

fn pull_requests(open: OpenPullRequests, is_mine: bool) -> AnyView {
    let columns = vec![
        Column::new("Pull request").grows(),
        Column::new("Repository").dim().wide_only(),
        Column::new("Author"),
        Column::new("Opened").numeric().dim(),
    ];
    let hidden = open.total.saturating_sub(open.newest.len() as u64);
    let note = if hidden == 0 {
        format::counted(open.total, "pull request")
    } else {
        // One's own come first, whatever their age.
        let first = if is_mine { "first" } else { "newest" };
        format!("{first} {} of {}", open.newest.len(), format::count(open.total))
    };
    let rows = open.newest.into_iter().map(pull_request).collect();
    let words = if is_mine {
        "No pull request of yours is open, nor one in your teams’ repositories."
    } else {
        "No pull request is open in a repository that Fairway knows."
    };
    let nothing = move || view! { <p class="panel-line">{words}</p> };
    view! {
        <Panel title="Open pull requests" id="pull-requests" note=move || note.clone() flush=true>
            <Table caption="Open pull requests" columns rows empty=nothing />
        </Panel>
    }
    .into_any()
}

fn pull_request(open: OpenPullRequest) -> Row {
    let href = format!("https://github.com/{}/pull/{}", open.repository, open.number);
    let number = format!("#{}", open.number);
    let draft = open.draft.then(|| view! { " "<Tag>"draft"</Tag> });
    let (repository, id) = (open.repository, href.clone());
    Row::new(
        view! { <a href=href rel="noreferrer">{open.title}" "<span class="dim">{number}</span></a>{draft} },
    )
    .cell(repository)
    .cell(view! { <Person person=open.author /> })
    .cell(view! { <Time at=open.opened_at /> })
    .item(id)
}
