//! `/deploys/{id}`

use chrono::TimeDelta;
use commands::CommandError;
use domain::deploys::read::{ChannelFacts, DeployDetail, DeployPhase, DeploySummary};
use leptos::prelude::*;

use super::{
    changes::{changes, length},
    corrections::corrections,
    marks::marks,
};
use crate::{
    ctx::{self, Ctx},
    forms,
    page::{Page, Section, respond},
    parts::{
        Channel, EnvironmentName, Person, ServiceLink, Team, channel_marks, deploy_status, failure_words,
    },
    paths,
    ui::{
        Badge, Column, Copyable, LinkButton, Mono, Notice, PageHeader, Panel, Prop, Props, Row,
        Section as Aside, Sha, Span, StatusMark, Table, Time, TimeStyle, Tone,
    },
};

/// One deploy: what happened, what it brought, what it replaced, what people said about it.
pub fn deploy_page() -> impl IntoView {
    let id = ctx::param("id");
    let sent = forms::sent();
    respond(|ctx| async move {
        let (detail, channel) = load(&ctx, &id).await?;
        let title = format!("{} {}", detail.summary.service.title, detail.summary.release());
        let page = Page::new(Section::Deploys, title).crumb("Deploys", paths::deploys());
        Ok(page.body(view! {
            {header(&detail)}
            {verdict(&detail)}
            <Channel marks=channel_marks(&channel) label=detail.summary.service.title.clone() />
            <div class="columns">
                <div class="stack">
                    {phases(&detail)}
                    {changes(&detail)}
                    {corrections(&detail, sent)}
                </div>
                <div class="stack">{facts(&detail)}{times(&detail)}{neighbours(&detail)}{incidents(&detail)}</div>
            </div>
        }))
    })
}

async fn load(ctx: &Ctx, id: &str) -> Result<(DeployDetail, ChannelFacts), CommandError> {
    let missing = || CommandError::not_found(format!("deploy {id}"));
    let reads = ctx.reads();
    let detail = reads
        .deploy(id.parse().map_err(|_| missing())?)
        .await?
        .ok_or_else(missing)?;
    let channel = reads.channel(detail.summary.service.id).await?;
    Ok((detail, channel))
}

fn header(detail: &DeployDetail) -> impl IntoView + use<> {
    let deploy = detail.summary.clone();
    let status = deploy_status(deploy.state);
    let (title, about) = (
        format!("{} {}", deploy.service.title, deploy.release()),
        detail.description.clone(),
    );
    let (environment, class) = (deploy.environment.clone(), deploy.class);
    let slug = deploy.service.slug.clone();
    let log = detail.log_url.clone();
    let open = detail.environment_url.clone();
    view! {
        <PageHeader
            title
            badges=move || view! { <Badge status=status.clone() />{marks(&deploy)} }
            about=move || view! {
                <ServiceLink slug=slug.clone() />" to "<EnvironmentName name=environment.clone() class />
                {about.clone().map(|about| format!(". {about}"))}
            }
            actions=move || view! {
                {log.clone().map(|href| view! { <LinkButton href=href>"Log"</LinkButton> })}
                {open.clone().map(|href| view! { <LinkButton href=href>"Open"</LinkButton> })}
            }
        />
    }
}

/// What matters most about it, in a sentence.
fn verdict(detail: &DeployDetail) -> AnyView {
    let deploy = &detail.summary;
    if let (true, Some(cause)) = (deploy.failed, deploy.failure_cause) {
        let end = match (deploy.restored_at, deploy.exposed_at) {
            (Some(at), Some(exposed)) => {
                let by = detail.restored_by.clone().map(|by| format!(" by {by}"));
                view! { " Restored"{by}" "<Time at />", "<Span length=Some(at - exposed) />" after users saw it." }.into_any()
            }
            _ => " Not restored yet.".into_any(),
        };
        let undone = detail
            .undone_by
            .clone()
            .map(|by| view! { " Undone by "{link(by)}"." });
        return view! { <Notice tone=Tone::Danger>"A failed deployment: "{failure_words(cause)}"."{undone}{end}</Notice> }.into_any();
    }
    if let Some(undone) = detail.rollback_of.clone() {
        return view! { <Notice tone=Tone::Warn>"A rollback of "{link(undone)}"."</Notice> }.into_any();
    }
    if let Some(by) = detail.superseded_by.clone() {
        return view! { <Notice tone=Tone::Info>"It never finished: "{link(by)}" reached the environment first."</Notice> }.into_any();
    }
    ().into_any()
}

fn link(deploy: DeploySummary) -> impl IntoView {
    let (href, release) = (paths::deploy(deploy.id), deploy.release());
    view! { <a href=href><Mono>{release}</Mono></a> }
}

fn phases(detail: &DeployDetail) -> impl IntoView + use<> {
    let start = detail.summary.requested_at;
    let several = detail
        .phases
        .iter()
        .any(|phase| Some(&phase.part) != detail.phases.first().map(|first| &first.part));
    let mut columns = vec![
        Column::new("Phase"),
        Column::new("At").numeric(),
        Column::new("After").numeric().dim(),
        Column::new("Evidence").grows().wide_only(),
    ];
    if several {
        columns.push(Column::new("Job").dim().wide_only());
    }
    let rows = detail
        .phases
        .iter()
        .map(|phase| {
            let row = Row::new(view! { <StatusMark status=deploy_status(phase.state) /> })
                .cell(view! { <Time at=phase.at style=TimeStyle::Exact /> })
                .cell(view! { <Span length=Some((phase.at - start).max(TimeDelta::zero())) /> })
                .cell(evidence(phase));
            let part = phase.part.clone();
            if several {
                row.cell(view! { <Mono>{part}</Mono> })
            } else {
                row
            }
        })
        .collect();
    view! { <Panel title="Phases" flush=true><Table caption="Phases" columns rows /></Panel> }
}

/// Weight, exposure and the sender's words.
fn evidence(phase: &DeployPhase) -> String {
    let exposed = match phase.exposed {
        Some(true) => Some("users exposed".to_owned()),
        Some(false) => Some("users not exposed".to_owned()),
        None => None,
    };
    let weight = phase.weight.map(|weight| format!("{weight} % of the traffic"));
    [weight, exposed, phase.note.clone()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ")
}

fn facts(detail: &DeployDetail) -> impl IntoView + use<> {
    let deploy = detail.summary.clone();
    let repository = detail.repository.clone();
    let mut items = vec![
        Prop::new("Asked for by", view! { <Person person=deploy.initiator /> }),
        Prop::new(
            "Reported by",
            if detail.source == "github" {
                "GitHub"
            } else {
                "the API"
            },
        ),
    ];
    items.extend(
        deploy
            .version
            .map(|version| Prop::new("Version", view! { <Mono>{version}</Mono> })),
    );
    items.extend(deploy.sha.map(|sha| {
        let href = repository.map(|repository| format!("https://github.com/{repository}/commit/{sha}"));
        Prop::new("Commit", view! { <Sha sha href=href /> })
    }));
    items.extend(
        deploy
            .git_ref
            .map(|git_ref| Prop::new("Ref", view! { <Mono>{git_ref}</Mono> })),
    );
    items.extend(
        deploy
            .digest
            .map(|digest| Prop::new("Digest", view! { <Copyable text=digest what="digest" /> })),
    );
    items.push(Prop::new("Strategy", deploy.strategy.as_str().replace('_', "/")));
    items.extend(
        detail
            .team
            .clone()
            .map(|team| Prop::new("Team then", view! { <Team team=Some(team) /> })),
    );
    let counted = match deploy.not_counted_why {
        Some(why) => why.sentence(),
        None if deploy.counted => "Counted in the DORA figures.",
        None => "Not decided yet.",
    };
    view! { <Aside title="Deploy"><Props items /><p class="aside-note">{counted}</p></Aside> }
}

fn times(detail: &DeployDetail) -> impl IntoView + use<> {
    let deploy = &detail.summary;
    let mut items = vec![Prop::new(
        "Asked for",
        view! { <Time at=deploy.requested_at style=TimeStyle::Exact /> },
    )];
    let waited = length(deploy.approval_seconds).filter(|wait| *wait > TimeDelta::zero());
    items.extend(waited.map(|wait| Prop::new("Approval wait", view! { <Span length=Some(wait) /> })));
    for (name, at) in [
        ("Started", deploy.started_at),
        ("First users", deploy.exposed_at),
        ("All users", deploy.promoted_at),
        ("Finished", deploy.finished_at),
    ] {
        items.extend(at.map(|at| Prop::new(name, view! { <Time at style=TimeStyle::Exact /> })));
    }
    let took = deploy.finished_at.map(|end| end - deploy.requested_at);
    items.push(Prop::new("Took", view! { <Span length=took /> }));
    view! { <Aside title="Times"><Props items /></Aside> }
}

fn neighbours(detail: &DeployDetail) -> impl IntoView + use<> {
    let items: Vec<Prop> = [
        ("Replaced", detail.replaces.clone()),
        ("Replaced by", detail.replaced_by.clone()),
        ("Rolls back", detail.rollback_of.clone()),
        ("Undone by", detail.undone_by.clone()),
        ("Superseded by", detail.superseded_by.clone()),
    ]
    .into_iter()
    .filter_map(|(name, deploy)| Some(Prop::new(name, link(deploy?))))
    .collect();
    (!items.is_empty()).then(|| view! { <Aside title="Before and after"><Props items /></Aside> })
}

fn incidents(detail: &DeployDetail) -> impl IntoView + use<> {
    let incidents = detail.incidents.clone();
    (!incidents.is_empty()).then(|| view! {
        <Aside title="Incidents that name it">
            <ul class="plain-list">
                {incidents.into_iter().map(|incident| {
                    let name = format!("INC-{} {}", incident.number, incident.title);
                    let name = match incident.url.clone() {
                        Some(url) => view! { <a href=url rel="noreferrer">{name}</a> }.into_any(),
                        None => name.into_any(),
                    };
                    view! { <li>{name}" "<span class="dim">"severity "{incident.severity.get()}", "<Time at=incident.detected_at /></span></li> }
                }).collect_view()}
            </ul>
        </Aside>
    })
}
