//! `/services/{slug}`

use commands::CommandError;
use domain::{
    catalog::{CatalogSource, Dependencies, Health, Level, Ownership, RelatedEntity, RelationKind, Service},
    deploys::read::{ChannelFacts, DeploySummary, RunningRelease, WaitingChange},
    incidents::Incident,
    integrations::Tombstone,
    live::Topic,
};
use leptos::prelude::*;

use super::{
    graph, ownership, panels,
    readiness::{self, Ready},
    standing, visibility,
    waiting::{self, Waiting},
};
use crate::{
    ctx::{self, Ctx},
    forms::{self, Sent},
    page::{Page, Section, respond},
    parts::{Channel, Relations, Team, TierTag, channel_marks, health_status},
    paths,
    ui::{
        Badge, LinkButton, Mono, Notice, PageHeader, Panel, Prop, Props, Section as Aside, Tag, Time, Tone,
        list_region, region,
    },
};

/// One service: what runs where, what is on its way, how it is described.
pub fn service_page() -> impl IntoView {
    let (sent, slug) = (forms::sent(), ctx::param("slug"));
    respond(|ctx| async move {
        let since = ctx.reads().live_end().await?;
        let loaded = load(&ctx, &slug).await?;
        let topic = Topic::Of(loaded.service.summary.id);
        let title = loaded.service.summary.title.clone();
        if slug != loaded.service.summary.slug {
            let to = ctx.here_at(&paths::service(&loaded.service.summary.slug));
            return Ok(Page::moved(Section::Services, title, to));
        }
        Ok(Page::new(Section::Services, title)
            .crumb("Services", paths::services())
            .live(since, [topic])
            .body(view(loaded, &sent)))
    })
}

/// Deploys on the page; the rest is behind "All deploys".
const LAST_DEPLOYS: i64 = 8;
/// Incidents on the page.
const LAST_INCIDENTS: i64 = 3;

/// Everything on the page, read once.
struct Loaded {
    service: Service,
    relations: Vec<RelatedEntity>,
    dependencies: Dependencies,
    source: Option<CatalogSource>,
    channel: ChannelFacts,
    deploys: Vec<DeploySummary>,
    running: Vec<RunningRelease>,
    waiting: Vec<WaitingChange>,
    incidents: Vec<Incident>,
    ownership: Ownership,
    tombstone: Option<Tombstone>,
    /// Of what runs in production; nothing where nothing does.
    readiness: Option<Ready>,
    /// Why whoever asks may not say who sees it.
    not_visibility: Option<String>,
}

async fn load(ctx: &Ctx, slug: &str) -> Result<Loaded, CommandError> {
    let reads = ctx.reads();
    let service = reads
        .service(slug)
        .await?
        .ok_or_else(|| CommandError::not_found(format!("service {slug}")))?;
    let id = service.summary.id;
    let (relations, dependencies, source, (channel, running), deploys, waiting, incidents) = futures::try_join!(
        reads.relations_of(&service.reference),
        reads.dependencies(&service, u32::from(graph::FEW)),
        reads.catalog_source_of(id),
        reads.channel_and_running(id),
        reads.last_deploys(id, LAST_DEPLOYS),
        reads.waiting_changes(id),
        reads.incidents_of_service(id, LAST_INCIDENTS),
    )?;
    let owner = relations
        .iter()
        .find(|related| related.relation == RelationKind::OwnedBy);
    let owner = owner.map(|related| &related.reference);
    let described_in = source.as_ref().map(|source| source.kind);
    let ownership = ctx.commands().ownership(&service, described_in, owner).await?;
    let tombstone = match service.removed_at {
        Some(_) => reads.tombstone(id).await?,
        None => None,
    };
    let running_there = channel.production.as_ref().map(|running| &running.deploy);
    let readiness = Ready::of(ctx, (id, &service.summary.slug), running_there).await?;
    Ok(Loaded {
        readiness,
        not_visibility: visibility::why_not(ctx, &service),
        service,
        relations,
        dependencies,
        source,
        channel,
        deploys,
        running,
        waiting,
        incidents,
        ownership,
        tombstone,
    })
}

fn view(loaded: Loaded, sent: &Sent) -> impl IntoView + use<> {
    let Loaded {
        service,
        relations,
        dependencies,
        source,
        channel,
        deploys,
        running,
        waiting,
        incidents,
        ownership,
        tombstone,
        readiness,
        not_visibility,
    } = loaded;
    let repository = service
        .repository
        .as_ref()
        .map(|repository| repository.full_name.as_str());
    let why = waiting::why(&service, &channel);
    let waiting = Waiting::of(&service, &channel, waiting);
    view! {
        {region("header", header(&service))}
        {standing::past(&service, tombstone)}
        {region("problems", source.as_ref().map(problems))}
        {region("channel", view! { <Channel marks=channel_marks(&channel) label=service.summary.title.clone() /> })}
        <div class="columns">
            <div class="stack">
                {list_region("deploys", "deploy", panels::last_deploys(&service.summary.slug, deploys))}
                {list_region("waiting", "change", panels::waiting_changes(waiting, repository))}
                <Panel title="Relations" flush=true><Relations relations /></Panel>
            </div>
            <div class="stack">
                {region("standing", standing::standing(&service, why))}
                {region("running", panels::running_where(running))}
                {region("readiness", readiness::readiness(readiness))}
                {region("incidents", standing::incidents(incidents))}
                {ownership::ownership(ownership)}
                {visibility::visibility(&service, not_visibility, sent)}
                {described(&service, source.as_ref())}
            </div>
        </div>
        {graph::panel(&service.summary.slug, dependencies)}
    }
}

fn header(service: &Service) -> impl IntoView + use<> {
    let summary = service.summary.clone();
    let (tier, health, lifecycle, removed) = (
        summary.tier,
        summary.state.health,
        summary.lifecycle,
        service.removed_at,
    );
    let (about, owner, private) = (
        service.description.clone(),
        summary.owner,
        service.privacy.is_private(),
    );
    let figures = paths::dora_of_service(&summary.slug);
    let (deploy, settings) = (
        paths::service_deploy(&summary.slug),
        paths::service_settings(&summary.slug),
    );
    let repository = service
        .repository
        .as_ref()
        .map(|repository| format!("https://github.com/{}", repository.full_name));
    let links: Vec<_> = service
        .links
        .iter()
        .take(3)
        .map(|link| (link.url.clone(), link.title.clone()))
        .collect();
    view! {
        <PageHeader
            title=summary.title
            badges=move || view! {
                <TierTag tier />
                {(health != Health::Unknown).then(|| view! { <Badge status=health_status(health) /> })}
                {lifecycle.clone().filter(|lifecycle| lifecycle != "production").map(|lifecycle| view! { <Tag>{lifecycle}</Tag> })}
                {private.then(|| view! { <Tag tone=Tone::Info>"private"</Tag> })}
                {removed.map(|_| view! { <Tag tone=Tone::Warn>"removed from the catalogue"</Tag> })}
            }
            about=move || view! { {about.clone()}" Owned by "<Team team=owner.clone() /> }
            actions=move || view! {
                <LinkButton href=deploy.clone()>"Deploy…"</LinkButton>
                <LinkButton href=figures.clone()>"DORA"</LinkButton>
                <LinkButton href=settings.clone()>"Settings"</LinkButton>
                {repository.clone().map(|href| view! { <LinkButton href=href>"Repository"</LinkButton> })}
                {links.clone().into_iter().map(|(href, title)| {
                    let title = title.unwrap_or_else(|| href.clone());
                    view! { <LinkButton href=href>{title}</LinkButton> }
                }).collect_view()}
            }
        />
    }
}

/// A broken catalog file: what is wrong where, and how old the description on this page is.
fn problems(source: &CatalogSource) -> impl IntoView + use<> {
    let errors: Vec<_> = source
        .problems
        .iter()
        .filter(|problem| problem.level == Level::Error)
        .cloned()
        .collect();
    let location = source.location.clone();
    let good_at = source.good_at;
    (!errors.is_empty()).then(|| view! {
        <Notice tone=Tone::Danger>
            <p><strong>"The catalog file has errors; the last good version is shown."</strong></p>
            <p><Mono>{location}</Mono>{good_at.map(|at| view! { ", last good "<Time at /> })}</p>
            <ul>{errors.into_iter().map(|problem| view! { <li>{problem.to_string()}</li> }).collect_view()}</ul>
        </Notice>
    })
}

fn described(service: &Service, source: Option<&CatalogSource>) -> impl IntoView + use<> {
    let mut facts = Vec::new();
    facts.extend(
        service
            .summary
            .service_type
            .clone()
            .map(|kind| Prop::new("Type", kind)),
    );
    facts.extend(service.repository.as_ref().map(|repository| {
        let name = repository.full_name.clone();
        Prop::new("Repository", view! { <Mono>{name}</Mono> })
    }));
    if !service.path_globs.is_empty() {
        let globs = service.path_globs.join(" ");
        facts.push(Prop::new("Paths", view! { <Mono>{globs}</Mono> }));
    }
    if let Some((location, checked_at)) = source.map(|source| (source.location.clone(), source.checked_at)) {
        facts.push(Prop::new("Catalog file", view! { <Mono>{location}</Mono> }));
        facts.push(Prop::new("Checked", view! { <Time at=checked_at /> }));
    }
    let tags = service.tags.clone();
    view! {
        <Aside title="Catalogue">
            <Props items=facts />
            {(!tags.is_empty()).then(|| view! { <p class="tag-row">{tags.into_iter().map(|tag| view! { <Tag>{tag}</Tag> }).collect_view()}</p> })}
        </Aside>
    }
}
