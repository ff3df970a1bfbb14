//! `/services/{slug}/deploy`: what to deploy where, and what would come of it.

use commands::{CommandError, drives::DriveOutlook};
use domain::{
    access::Action,
    catalog::Service,
    deploys::{
        DeployState,
        read::{DeployFilter, DeploySummary},
    },
    environments::Environment,
    error::FieldErrors,
    ids::DeployId,
};
use leptos::prelude::*;

use super::{
    super::asked::{Chosen, Said, at_fields, new_drive},
    asking::{asking, choosing},
    outlook::outlook,
};
use crate::{
    ctx::{self, Ctx},
    forms::{self, Fields, Sent},
    page::{Page, Section, respond_to},
    paths,
    ui::{Empty, ErrorSummary, LinkButton, PageHeader},
};

/// Deploys among which releases are looked for.
const LOOKED_AT: u32 = 100;

/// What a page of asking holds.
pub(super) struct Loaded {
    pub service: Service,
    pub environments: Vec<Environment>,
    pub releases: Vec<DeploySummary>,
    /// What was chosen, once it says enough.
    pub whole: Option<Whole>,
}

/// A release that goes somewhere, and what would come of it.
pub(super) struct Whole {
    pub release: DeploySummary,
    pub outlook: Result<DriveOutlook, FieldErrors>,
    /// The last deploy of it there that was rolled back.
    pub undone: Option<DeployId>,
    /// Why whoever looks may not ask for it.
    pub denied: Option<String>,
}

/// Asking for a deploy.
pub fn ask_page() -> impl IntoView {
    let (sent, slug) = (forms::sent(), ctx::param("slug"));
    respond_to(|ctx, chosen: Chosen| async move {
        let loaded = load(&ctx, &slug, &chosen).await?;
        let title = loaded.service.summary.title.clone();
        let slug = &loaded.service.summary.slug;
        Ok(Page::new(Section::Services, "Deploy")
            .called(format!("Deploy {title}"))
            .crumb("Services", paths::services())
            .crumb(title, paths::service(slug))
            .body(body(&loaded, &chosen, &sent)))
    })
}

async fn load(ctx: &Ctx, slug: &str, chosen: &Chosen) -> Result<Loaded, CommandError> {
    let reads = ctx.reads();
    let service = reads
        .service(slug)
        .await?
        .ok_or_else(|| CommandError::not_found(format!("service {slug}")))?;
    let slug = service.summary.slug.clone();
    let past = past(ctx, &slug).await?;
    let environments = reads.environments().await?;
    let whole = if chosen.is_whole() {
        let mut whole = whole(ctx, (&service, &environments), chosen).await?;
        whole.undone = undone(&past, &whole.release, chosen.environment.trim());
        Some(whole)
    } else {
        None
    };
    Ok(Loaded {
        service,
        environments,
        releases: releases(ctx, past).await?,
        whole,
    })
}

/// What would come of what was chosen. What is wrong with it is said where it is chosen.
async fn whole(
    ctx: &Ctx,
    (service, environments): (&Service, &[Environment]),
    chosen: &Chosen,
) -> Result<Whole, CommandError> {
    let (commands, viewer) = (ctx.commands(), ctx.viewer()?);
    let named = environments
        .iter()
        .find(|one| one.name.eq_ignore_ascii_case(chosen.environment.trim()));
    let class = named.map(|one| one.class);
    let denied = ctx
        .why_not_on(Action::RequestDeploy, service.summary.id, class)
        .await?;
    let release = chosen.brought(commands, viewer, &service.summary.slug).await?;
    let new = new_drive((chosen, &release), &Fields::default(), commands);
    let outlook = match (new, &denied) {
        // Whoever may not ask is not told what would come of it: the rule refuses that too.
        (_, Some(_)) => Err(FieldErrors::new()),
        (Err(errors), None) => Err(errors),
        (Ok(new), None) => match commands.drive_outlook(viewer, &new).await {
            Ok(outlook) => Ok(outlook),
            Err(CommandError::Invalid(errors)) => Err(at_fields(errors, &Said::default())),
            Err(other) => return Err(other),
        },
    };
    Ok(Whole {
        release,
        outlook,
        undone: None,
        denied,
    })
}

/// The last deploys of a service.
async fn past(ctx: &Ctx, slug: &str) -> Result<Vec<DeploySummary>, CommandError> {
    let filter = DeployFilter {
        service: Some(slug.to_owned()),
        size: LOOKED_AT,
        ..DeployFilter::default()
    };
    Ok(ctx.reads().deploys(&filter).await?.rows)
}

/// The last deploy of a release to an environment that was rolled back.
fn undone(past: &[DeploySummary], release: &DeploySummary, environment: &str) -> Option<DeployId> {
    let is_same = |deploy: &DeploySummary| match (&deploy.digest, &release.digest) {
        (Some(one), Some(other)) => one == other,
        _ => deploy.sha.is_some() && deploy.sha == release.sha,
    };
    let undone = past.iter().find(|deploy| {
        let is_undone = deploy.state == DeployState::RolledBack || deploy.rolled_back_by.is_some();
        is_undone && deploy.environment.eq_ignore_ascii_case(environment) && is_same(deploy)
    });
    undone.map(|deploy| deploy.id)
}

/// The releases of a service that reached users or that a pipeline told of, each once, as it was deployed last. One of which only a
/// version is known is none: nobody can approve what may be anything.
async fn releases(ctx: &Ctx, past: Vec<DeploySummary>) -> Result<Vec<DeploySummary>, CommandError> {
    let ids: Vec<DeployId> = past.iter().map(|deploy| deploy.id).collect();
    let there_are = ctx.reads().bring_releases(&ids).await?;
    let mut known: Vec<DeploySummary> = Vec::new();
    for deploy in past {
        let is_named = deploy.sha.is_some() || deploy.digest.is_some();
        let is_same = |other: &DeploySummary| {
            (&other.digest, &other.sha, &other.version) == (&deploy.digest, &deploy.sha, &deploy.version)
        };
        if is_named && there_are.contains(&deploy.id) && !known.iter().any(is_same) {
            known.push(deploy);
        }
    }
    Ok(known)
}

fn body(loaded: &Loaded, chosen: &Chosen, sent: &Sent) -> impl IntoView + use<> {
    let slug = loaded.service.summary.slug.clone();
    let title = format!("Deploy {}", loaded.service.summary.title);
    let settings = paths::service_settings(&slug);
    let content = if loaded.releases.is_empty() {
        view! {
            <Empty title="No release to deploy yet">
                "A release is known once it was deployed somewhere with its commit or digest. Let CI report a deploy, or ask for the first one by the API."
            </Empty>
        }
        .into_any()
    } else {
        let whole = loaded.whole.as_ref();
        // A form whose choice is in no address is answered all the same.
        let errors = if whole.is_none() {
            sent.errors.clone()
        } else {
            Vec::new()
        };
        view! {
            <ErrorSummary errors title="Nothing was asked for yet" />
            {choosing(loaded, chosen)}
            {whole.map(|whole| outlook(whole, &slug))}
            {whole.map(|whole| asking((whole, &slug), chosen, sent))}
        }
        .into_any()
    };
    view! {
        <PageHeader
            title
            about=|| "Fairway asks whom the policy names, has it carried out, watches it, and rolls it back by rule."
            actions=move || view! { <LinkButton href=settings.clone()>"Settings"</LinkButton> }
        />
        <div class="stack">{content}</div>
    }
}
