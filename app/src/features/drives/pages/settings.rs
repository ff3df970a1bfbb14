//! `/services/{slug}/settings`: who carries out the deploys of a service, by what they are watched, and what a release passes first.

use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::{
    access::{Action, Resource},
    catalog::Service,
    deploys::drills::DrillStanding,
    environments::{Environment, EnvironmentClass},
    error::FieldErrors,
    executors::Executor,
    verify::{CheckSetting, effective},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::{checks::checks, drills::drills, executors::executors, health::health, promotion::promotion};
use crate::{
    ctx::{self, Ctx},
    forms::{self, Sent},
    page::{Page, Section, respond_to},
    paths,
    query::Known,
    ui::{LinkButton, PageHeader},
};

/// The query of the page, as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SettingsQuery {
    /// The environment whose settings are open.
    pub environment: String,
}

impl Known for SettingsQuery {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        Some(vec!["environment"])
    }
}

/// An environment, as a service is deployed to it.
pub(super) struct Place {
    pub environment: Environment,
    pub executor: Option<Executor>,
    /// What is asked for its health there, where that was set.
    pub health_url: Option<String>,
    /// Where a release has to succeed first.
    pub upstreams: Vec<Environment>,
}

/// Everything on the page.
pub(super) struct Loaded {
    pub service: Service,
    pub places: Vec<Place>,
    /// Which of them is open.
    pub open: Option<usize>,
    pub checks: Vec<CheckSetting>,
    pub not_executors: Option<String>,
    pub not_checks: Option<String>,
    pub not_policies: Option<String>,
    pub drills: DrillStanding,
    /// Why whoever asks may not drill.
    pub not_drills: Option<String>,
    pub now: DateTime<Utc>,
    /// Name of the zone that times are shown in.
    pub zone: String,
}

impl Loaded {
    /// The environment that is open.
    pub fn place(&self) -> Option<&Place> {
        self.places.get(self.open?)
    }
}

/// The settings of a service.
pub fn settings_page() -> impl IntoView {
    let (sent, slug) = (forms::sent(), ctx::param("slug"));
    respond_to(|ctx, query: SettingsQuery| async move {
        let loaded = load(&ctx, &slug, &query).await?;
        let summary = &loaded.service.summary;
        Ok(Page::new(Section::Services, "Settings")
            .called(format!("Settings of {}", summary.title))
            .crumb("Services", paths::services())
            .crumb(summary.title.clone(), paths::service(&summary.slug))
            .body(body(&loaded, &sent)))
    })
}

async fn load(ctx: &Ctx, slug: &str, query: &SettingsQuery) -> Result<Loaded, CommandError> {
    let reads = ctx.reads();
    let service = reads
        .service(slug)
        .await?
        .ok_or_else(|| CommandError::not_found(format!("service {slug}")))?;
    let id = service.summary.id;
    let mut places = Vec::new();
    for environment in reads.environments().await? {
        let stored = reads.executor((id, environment.id)).await?;
        places.push(Place {
            executor: stored.map(|stored| stored.executor),
            health_url: reads.health_address((id, environment.id)).await?,
            upstreams: reads.upstreams(environment.id).await?,
            environment,
        });
    }
    let open = open(&places, query.environment.trim())?;
    let class = open
        .and_then(|open| places.get(open))
        .map(|place| place.environment.class);
    Ok(Loaded {
        checks: effective(&reads.verify_checks(id).await?),
        not_executors: ctx.why_not_on(Action::EditExecutors, id, class).await?,
        not_checks: ctx.why_not_on(Action::EditChecks, id, None).await?,
        not_policies: ctx.why_not(Action::EditPolicies, &Resource::Organisation),
        drills: reads.drill_standing(id).await?,
        not_drills: ctx
            .why_not_on(Action::Deploy, id, Some(drilled_class(&places)))
            .await?,
        now: ctx.now,
        zone: ctx.zone.name().to_owned(),
        service,
        places,
        open,
    })
}

/// The environment that was asked for; the first where none was.
fn open(places: &[Place], name: &str) -> Result<Option<usize>, FieldErrors> {
    if name.is_empty() {
        return Ok((!places.is_empty()).then_some(0));
    }
    let found = places
        .iter()
        .position(|place| place.environment.name.eq_ignore_ascii_case(name));
    let words = "choose one of the environments that are listed";
    found
        .map(Some)
        .ok_or_else(|| FieldErrors::one("environment", words))
}

/// The class of the first environment that drills may be in.
fn drilled_class(places: &[Place]) -> EnvironmentClass {
    let mut classes = places.iter().map(|place| place.environment.class);
    let found = classes.find(|class| *class != EnvironmentClass::Production);
    found.unwrap_or(EnvironmentClass::Staging)
}

fn body(loaded: &Loaded, sent: &Sent) -> impl IntoView + use<> {
    let deploy = paths::service_deploy(&loaded.service.summary.slug);
    let title = format!("Settings of {}", loaded.service.summary.title);
    view! {
        <PageHeader
            title
            about=|| "What Fairway needs to drive deploys of this service: who carries them out, and by what they are watched."
            actions=move || view! { <LinkButton href=deploy.clone()>"Deploy…"</LinkButton> }
        />
        <div class="stack">
            {executors(loaded, sent)}
            {promotion(loaded, &sent.of("upstreams"))}
            {health(loaded, &sent.of("health"))}
            {checks(loaded, &sent.of("checks"))}
            {drills(loaded, sent)}
        </div>
    }
}
