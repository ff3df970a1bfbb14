//! The tables of a service's page: its last deploys, what runs where, what production does not have yet.

use chrono::{DateTime, Utc};
use domain::deploys::{
    DeployState,
    read::{DeploySummary, RunningRelease, WaitingChange},
};
use leptos::prelude::*;

use super::waiting::Waiting;
use crate::{
    format,
    parts::{EnvironmentName, Person, deploy_status, kind_words},
    paths,
    ui::{Badge, Column, Empty, Panel, Row, Section, Sha, Span, Table, Tag, Time, TimeStyle, Tone},
};

/// The last deploys to every environment.
pub(super) fn last_deploys(slug: &str, deploys: Vec<DeploySummary>) -> impl IntoView + use<> {
    let all = paths::with_query(&paths::deploys(), [("service", slug)]);
    let columns = vec![
        Column::new("Release"),
        Column::new("Environment").wide_only(),
        Column::new("Outcome"),
        Column::new("Changes").numeric().dim().wide_only(),
        Column::new("By").wide_only(),
        Column::new("Took").numeric().dim().wide_only(),
        Column::new("Asked for").numeric().dim().wide_only(),
    ];
    let rows = deploys.into_iter().map(deploy_row).collect();
    view! {
        <Panel title="Deploys" flush=true note=move || view! { <a href=all.clone()>"All deploys"</a> }>
            <Table caption="Last deploys" columns rows empty=|| view! {
                <Empty title="No deploys yet">"They appear with the first deployment that GitHub or the API reports."</Empty>
            } />
        </Panel>
    }
}

fn deploy_row(deploy: DeploySummary) -> Row {
    let took = deploy.finished_at.map(|finished| finished - deploy.requested_at);
    let release = deploy.release();
    let kind = (kind_words(deploy.kind) != "normal").then(|| kind_words(deploy.kind));
    let (environment, at) = (deploy.environment.clone(), deploy.requested_at);
    Row::new(view! { <a href=paths::deploy(deploy.id)>{release}</a> })
        .under(view! { <EnvironmentName name=environment class=deploy.class />" · "<Time at /> })
        .cell(view! { <EnvironmentName name=deploy.environment.clone() class=deploy.class /> })
        .cell(outcome(&deploy, kind))
        .cell(
            deploy
                .change_count
                .map_or_else(|| "–".to_owned(), |count| count.to_string()),
        )
        .cell(view! { <Person person=deploy.initiator /> })
        .cell(view! { <Span length=took /> })
        .cell(view! { <Time at=deploy.requested_at /> })
        .item(deploy.id)
}

/// State, kind, going on without a decision, and a later rollback of a deploy in one cell.
fn outcome(deploy: &DeploySummary, kind: Option<&'static str>) -> impl IntoView + use<> {
    let state = deploy.state;
    let undone = deploy.rolled_back_by.is_some() && state != DeployState::RolledBack;
    let bypassed = deploy.bypassed.is_some();
    view! {
        <span class="cluster">
            <Badge status=deploy_status(state) />
            {kind.map(|kind| view! { <Tag>{kind}</Tag> })}
            {bypassed.then(|| view! { <Tag tone=Tone::Danger>"bypassed"</Tag> })}
            {undone.then(|| view! { <Tag tone=Tone::Danger>"rolled back"</Tag> })}
        </span>
    }
}

/// Environment × release, with age and how far it is behind production's newest.
pub(super) fn running_where(running: Vec<RunningRelease>) -> impl IntoView {
    let production = running
        .iter()
        .filter(|release| release.deploy.class == domain::environments::EnvironmentClass::Production)
        .max_by_key(|release| release.since)
        .and_then(|release| release.deploy.sha.clone());
    let rows = running
        .into_iter()
        .map(|release| running_row(release, production.as_deref()))
        .collect::<Vec<_>>();
    let columns = vec![
        Column::new("Environment"),
        Column::new("Release"),
        Column::new("For").numeric().dim(),
    ];
    (!rows.is_empty()).then(|| {
        view! {
            <Section title="Running where"><Table caption="Running where" columns rows /></Section>
        }
    })
}

fn running_row(release: RunningRelease, production: Option<&str>) -> Row {
    let deploy = release.deploy;
    let drifts = production.is_some() && deploy.sha.as_deref() != production;
    let name = deploy.release();
    Row::new(view! { <EnvironmentName name=deploy.environment.clone() class=deploy.class /> })
        .cell(view! {
            <a href=paths::deploy(deploy.id)>{name}</a>
            {drifts.then(|| view! { " "<Tag>"differs"</Tag> })}
        })
        .cell(view! { <Time at=release.since style=TimeStyle::Age /> })
}

/// What is on the default branch and not in production.
pub(super) fn waiting_changes(waiting: Waiting, repository: Option<&str>) -> impl IntoView + use<> {
    let repository = repository.map(str::to_owned);
    let columns = vec![
        Column::new("Change").grows(),
        Column::new("Commit").wide_only(),
        Column::new("Author").wide_only(),
        Column::new("Merged").numeric().dim(),
    ];
    let (note, rows, nothing) = match waiting {
        Waiting::Unknown(why) => ("unknown".to_owned(), Vec::new(), Some(why)),
        Waiting::Known(changes) => {
            let note = format::counted(changes.len() as u64, "change");
            let rows = changes
                .into_iter()
                .map(|change| change_row(change, repository.as_deref()));
            (note, rows.collect(), None)
        }
    };
    view! {
        <Panel title="Not in production yet" id=super::standing::WAITING flush=true note=move || note.clone()>
            <Table caption="Changes not in production" columns rows empty=move || match nothing {
                Some(why) => why.view(),
                None => view! {
                    <p class="panel-line">"Production has everything: every known change of the default branch runs there."</p>
                }
                .into_any(),
            } />
        </Panel>
    }
}

fn change_row(change: WaitingChange, repository: Option<&str>) -> Row {
    let link = change
        .number
        .zip(repository)
        .map(|(number, name)| format!("https://github.com/{name}/pull/{number}"));
    let number = change.number.map(|number| format!("#{number}"));
    let item = change
        .sha
        .clone()
        .or_else(|| number.clone())
        .unwrap_or_else(|| change.title.clone());
    let title = change.title;
    let name = match link {
        Some(href) => {
            view! { <a href=href rel="noreferrer">{title}" "<span class="dim">{number}</span></a> }.into_any()
        }
        None => title.into_any(),
    };
    let commit = change.sha.map(|sha| view! { <Sha sha bare=true /> });
    let author = change.author.as_ref().map(|author| author.name.clone());
    Row::new(name)
        .under(author)
        .cell(commit)
        .cell(view! { <Person person=change.author /> })
        .cell(change.merged_at.map(|at: DateTime<Utc>| view! { <Time at /> }))
        .item(item)
}
