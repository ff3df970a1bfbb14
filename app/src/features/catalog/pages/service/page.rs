//! `/services/{slug}`

use commands::CommandError;
use domain::{
    catalog::{CatalogSource, Health, Level, RelatedEntity, RelationKind, Service},
    deploys::read::{ChannelFacts, DeployFilter, DeploySummary, RunningRelease, WaitingChange},
};
use leptos::prelude::*;

use super::panels;
use crate::{
    ctx::{self, Ctx},
    page::{Page, Section, respond},
    parts::{Channel, Relations, Team, TierTag, channel_marks, entity_href, health_status},
    paths,
    ui::{
        Badge, LinkButton, Mono, Notice, PageHeader, Panel, Prop, Props, Section as Aside, Tag, Time, Tone,
    },
};

/// One service: what runs where, what is on its way, how it is described.
pub fn service_page() -> impl IntoView {
    let slug = ctx::param("slug");
    respond(|ctx| async move {
        let loaded = load(&ctx, &slug).await?;
        let title = loaded.service.summary.title.clone();
        Ok(Page::new(Section::Services, title)
            .crumb("Services", paths::services())
            .body(view(loaded)))
    })
}

/// Deploys on the page; the rest is behind "All deploys".
const LAST_DEPLOYS: u32 = 8;

/// Everything on the page, read once.
struct Loaded {
    service: Service,
    relations: Vec<RelatedEntity>,
    source: Option<CatalogSource>,
    channel: ChannelFacts,
    deploys: Vec<DeploySummary>,
    running: Vec<RunningRelease>,
    waiting: Vec<WaitingChange>,
}

async fn load(ctx: &Ctx, slug: &str) -> Result<Loaded, CommandError> {
    let reads = ctx.reads();
    let service = reads
        .service(slug)
        .await?
        .ok_or_else(|| CommandError::not_found(format!("service {slug}")))?;
    let relations = reads.relations_of(&service.reference).await?;
    let id = service.summary.id;
    let filter = DeployFilter {
        service: Some(service.summary.slug.clone()),
        size: LAST_DEPLOYS,
        ..DeployFilter::default()
    };
    Ok(Loaded {
        source: reads.catalog_source_of(id).await?,
        channel: reads.channel(id).await?,
        deploys: reads.deploys(&filter).await?.rows,
        running: reads.running(id).await?,
        waiting: reads.waiting_changes(id).await?,
        service,
        relations,
    })
}

fn view(loaded: Loaded) -> impl IntoView {
    let Loaded {
        service,
        relations,
        source,
        channel,
        deploys,
        running,
        waiting,
    } = loaded;
    let repository = service
        .repository
        .as_ref()
        .map(|repository| repository.full_name.as_str());
    let dependencies = relations
        .iter()
        .filter(|related| related.relation == RelationKind::DependsOn)
        .cloned()
        .collect();
    view! {
        {header(&service)}
        {source.as_ref().map(problems)}
        <Channel marks=channel_marks(&channel) label=service.summary.title.clone() />
        <div class="columns">
            <div class="stack">
                {panels::last_deploys(&service.summary.slug, deploys)}
                {panels::waiting_changes(waiting, repository)}
                <Panel title="Relations" flush=true><Relations relations /></Panel>
            </div>
            <div class="stack">
                {panels::running_where(running)}
                {depends_on(dependencies)}
                {described(&service, source.as_ref())}
            </div>
        </div>
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
    let (about, owner) = (service.description.clone(), summary.owner);
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
                {removed.map(|_| view! { <Tag tone=Tone::Warn>"removed from the catalogue"</Tag> })}
            }
            about=move || view! { {about.clone()}" Owned by "<Team team=owner.clone() /> }
            actions=move || view! {
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

fn depends_on(dependencies: Vec<RelatedEntity>) -> impl IntoView {
    (!dependencies.is_empty()).then(|| {
        view! {
            <Aside title="Depends on">
                <ul class="plain-list">
                    {dependencies.into_iter().map(|related| {
                        let (href, title) = (entity_href(&related), related.title.clone());
                        if related.exists {
                            view! { <li><a href=href>{title}</a></li> }.into_any()
                        } else {
                            view! { <li>{title}" "<Tag>"not in the catalogue"</Tag></li> }.into_any()
                        }
                    }).collect_view()}
                </ul>
            </Aside>
        }
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
