//! The panels: what is set, the webhook, each right, budgets, organisations.

use chrono::{DateTime, Utc};
use commands::github::GithubSetup;
use domain::integrations::{
    CheckOutcome, GithubBudget, GithubInstallation, GithubOrganisation, GithubPermission, PermissionCheck,
    SystemHealth, WebhookState,
};
use leptos::prelude::*;

use super::standing::caller_words;
use crate::{
    format, paths,
    ui::{
        Badge, Column, Empty, Mono, Panel, Prop, Props, Row, Section as Aside, Status, StatusMark, Table,
        Tag, Time, TimeStyle, Tone,
    },
};

/// What is set, and whether it answers.
pub(super) fn connection(
    setup: Option<&GithubSetup>,
    health: Option<SystemHealth>,
    installations: Vec<GithubInstallation>,
) -> impl IntoView + use<> {
    let reads_as = match setup {
        Some(GithubSetup { app_id: Some(id), .. }) => format!("App {id}"),
        Some(setup) if setup.has_token => "a token".to_owned(),
        _ => "nothing yet".to_owned(),
    };
    let mut facts = vec![Prop::new("Reads as", reads_as)];
    if let Some(setup) = setup {
        let api = setup.api.base_url.to_string();
        facts.push(Prop::new("API", view! { <Mono>{api}</Mono> }));
    }
    if let Some(health) = health {
        let word = match &*health.breaker {
            "closed" => Status::ok("requests go out"),
            "half_open" => Status::warn("trying again"),
            _ => Status::danger("left alone"),
        };
        facts.push(Prop::new("Breaker", view! { <StatusMark status=word /> }));
        facts.extend(
            health
                .last_answer_at
                .map(|at| Prop::new("Last answer", view! { <Time at /> })),
        );
        facts.extend(
            health
                .last_failure_at
                .map(|at| Prop::new("Last failure", view! { <Time at /> })),
        );
    }
    let rows: Vec<Row> = installations.into_iter().map(installation).collect();
    let columns = vec![Column::new("Installed in"), Column::new("Sees").dim()];
    view! {
        <Aside title="Connection">
            <Props items=facts />
            {(!rows.is_empty()).then(|| view! { <Table caption="Installations" columns rows /> })}
        </Aside>
    }
}

fn installation(installation: GithubInstallation) -> Row {
    let (href, account) = (installation.html_url, installation.account);
    let tag = match (installation.removed_at, installation.suspended_at) {
        (Some(_), _) => Some("removed"),
        (None, Some(_)) => Some("suspended"),
        (None, None) => None,
    };
    let sees = if installation.all_repositories {
        "every repository"
    } else {
        "chosen repositories"
    };
    let name = if href.is_empty() {
        account.into_any()
    } else {
        view! { <a href=href rel="noreferrer">{account}</a> }.into_any()
    };
    Row::new(view! { {name}{tag.map(|tag| view! { " "<Tag tone=Tone::Warn>{tag}</Tag> })} }).cell(sees)
}

/// Whether deliveries arrive.
pub(super) fn webhook(state: &WebhookState, setup: Option<&GithubSetup>) -> impl IntoView + use<> {
    let open = setup.is_none_or(|setup| setup.takes_deliveries);
    let status = match state.last_at {
        Some(_) => Status::ok("deliveries arrive"),
        None if open => Status::waiting("nothing has arrived yet"),
        None => Status::idle("closed: no secret is set"),
    };
    let last = state.last_at.map_or_else(
        || view! { <span class="unknown">"never"</span> }.into_any(),
        |at| {
            let event = state.last_event.clone();
            view! { {event}", "<Time at />" ✓" }.into_any()
        },
    );
    let refused = state.refused_last_day;
    let address = setup.map(|setup| format!("{}/webhooks/github", setup.public_url));
    let mut facts = vec![
        Prop::new("Last delivery", last),
        Prop::new("In 24 hours", count(state.last_day)),
        Prop::new("Refused for their signature", count(refused)),
    ];
    facts.extend(address.map(|address| Prop::new("Address", view! { <Mono>{address}</Mono> })));
    let wrong_secret = (refused > 0 && state.last_day == 0).then(|| {
        view! { <p class="dim">"Every delivery is refused: the secret at GitHub is not that of FAIRWAY_GITHUB_WEBHOOK_SECRET."</p> }
    });
    view! {
        <Panel title="Webhook" note=move || view! { <a href=paths::admin_deliveries()>"All deliveries"</a> }>
            <p><Badge status /></p>
            <Props items=facts wide=true />
            {wrong_secret}
        </Panel>
    }
}

fn count(number: i64) -> String {
    format::count(u64::try_from(number).unwrap_or_default())
}

/// Each right with the outcome of its last check.
pub(super) fn rights(checks: Vec<PermissionCheck>) -> impl IntoView {
    let checked_at = checks.iter().map(|check| check.checked_at).max();
    let columns = vec![
        Column::new("Right"),
        Column::new("Needed because it").grows().dim().wide_only(),
        Column::new("State"),
    ];
    let rows = GithubPermission::ALL
        .into_iter()
        .map(|permission| {
            let check = checks.iter().find(|check| check.permission == permission);
            right(permission, check)
        })
        .collect();
    view! {
        <Panel title="Rights" flush=true note=move || checked_at.map_or_else(
            || view! { "not checked yet" }.into_any(),
            |at| view! { "tried "<Time at /> }.into_any(),
        )>
            <Table caption="Rights that Fairway needs on GitHub" columns rows />
        </Panel>
    }
}

fn right(permission: GithubPermission, check: Option<&PermissionCheck>) -> Row {
    let status = match check.map(|check| check.outcome) {
        Some(CheckOutcome::Granted) => Status::ok("granted"),
        Some(CheckOutcome::Missing) => Status::danger("missing"),
        Some(CheckOutcome::Unknown) => Status::waiting("could not be tried"),
        None => Status::idle("not checked"),
    };
    let detail = check.and_then(|check| check.detail.clone());
    let purpose = permission.purpose();
    let under = detail.clone().unwrap_or_else(|| purpose.to_owned());
    Row::new(view! { {permission.title()}": read" })
        .under(under)
        .cell(view! { {purpose}{detail.map(|detail| view! { <span class="right-detail">{detail}</span> })} })
        .cell(view! { <StatusMark status /> })
}

/// What is left of each budget.
pub(super) fn budgets(budgets: Vec<GithubBudget>, now: DateTime<Utc>) -> impl IntoView {
    let columns = vec![
        Column::new("Budget"),
        Column::new("Left").numeric(),
        Column::new("Full again").numeric().dim(),
    ];
    let rows: Vec<Row> = budgets
        .into_iter()
        .map(|budget| budget_row(budget, now))
        .collect();
    view! {
        <Aside title="Requests">
            <Table caption="Requests left" columns rows empty=|| view! {
                <Empty title="Nothing was asked yet">"The first answer of GitHub says how much may be asked."</Empty>
            } />
        </Aside>
    }
}

fn budget_row(budget: GithubBudget, now: DateTime<Utc>) -> Row {
    let who = caller_words(&budget.caller, budget.account.as_deref());
    let paused = budget.paused_until.filter(|until| now < *until);
    // A window that is over is full again.
    let is_over = budget.reset_at.is_some_and(|at| at <= now);
    let remaining = if is_over { budget.limit } else { budget.remaining };
    let left = match (remaining, budget.limit) {
        (Some(remaining), Some(limit)) => {
            format!("{} of {}", format::count(remaining), format::count(limit))
        }
        _ => "–".to_owned(),
    };
    let reset = budget.reset_at.filter(|_| !is_over);
    Row::new(view! { {who}{paused.map(|until| view! { " "<Tag tone=Tone::Warn>"paused until "<Time at=until style=TimeStyle::Clock /></Tag> })} })
        .cell(left)
        .cell(reset.map(|at| view! { <Time at style=TimeStyle::Clock /> }))
}

/// Teams and people, and how many of the teams the catalog knows.
pub(super) fn organisations(organisations: Vec<GithubOrganisation>) -> impl IntoView {
    let columns = vec![
        Column::new("Organisation"),
        Column::new("Members").numeric(),
        Column::new("Teams").numeric(),
        Column::new("In the catalogue").numeric(),
        Column::new("As of").numeric().dim().wide_only(),
    ];
    let rows: Vec<Row> = organisations.into_iter().map(organisation).collect();
    view! {
        <Panel title="Teams and people" flush=true note=|| "read every night">
            <Table caption="Organisations" columns rows empty=|| view! {
                <Empty title="Not read yet">
                    "Teams are read at night. A Group of the catalogue becomes one of them by the annotation "
                    <code>"github.com/team-slug: organisation/team"</code>"."
                </Empty>
            } />
        </Panel>
    }
}

fn organisation(organisation: GithubOrganisation) -> Row {
    let problem = organisation.problem.clone();
    let login = organisation.login;
    Row::new(view! { {login}{problem.map(|problem| view! { <span class="right-detail">{problem}</span> })} })
        .cell(count(organisation.members))
        .cell(count(organisation.teams))
        .cell(count(organisation.mapped))
        .cell(view! { <Time at=organisation.fetched_at /> })
}
