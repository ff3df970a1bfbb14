//! `/admin/integrations/github`: what is set, what works, what to do next.

use commands::CommandError;
use domain::{
    access::{Action, Resource},
    integrations::{
        GithubBudget, GithubInstallation, GithubOrganisation, PermissionCheck, SystemHealth, WebhookState,
    },
};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use serde::Deserialize;

use super::{app, connection, standing};
use crate::{
    ctx::Ctx,
    forms::{self, Sent},
    page::{Page, Section, respond_to},
    paths,
    query::Known,
    ui::{Badge, Button, ButtonKind, ErrorSummary, PageHeader},
};

/// The query, as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct GithubQuery {
    /// Organisation to make an App in.
    pub organisation: String,
    /// The App that was made just now.
    pub made: String,
    /// Its name in addresses.
    pub slug: String,
}

impl Known for GithubQuery {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        Some(vec!["organisation", "made", "slug"])
    }
}

/// Everything on the page, read once.
pub(super) struct Loaded {
    pub query: GithubQuery,
    pub health: Option<SystemHealth>,
    pub budgets: Vec<GithubBudget>,
    pub checks: Vec<PermissionCheck>,
    pub installations: Vec<GithubInstallation>,
    pub organisations: Vec<GithubOrganisation>,
    pub webhook: WebhookState,
    pub owners: Vec<String>,
}

/// How it stands with GitHub.
pub fn github_page() -> impl IntoView {
    let sent = forms::sent();
    let response = expect_context::<ResponseOptions>();
    respond_to(move |ctx, query: GithubQuery| async move {
        let loaded = load(&ctx, query).await?;
        let state = app::state(&ctx, &loaded, &response);
        Ok(Page::new(Section::Github, "GitHub")
            .crumb("Admin", paths::admin())
            .body(view(&ctx, loaded, &sent, state)))
    })
}

async fn load(ctx: &Ctx, query: GithubQuery) -> Result<Loaded, CommandError> {
    let reads = ctx.reads();
    Ok(Loaded {
        query,
        health: reads.system_health("github").await?,
        budgets: reads.github_budgets().await?,
        checks: reads.github_checks().await?,
        installations: reads.github_installations().await?,
        organisations: reads.github_organisations().await?,
        webhook: reads.github_webhook(ctx.now).await?,
        owners: reads.repository_owners().await?,
    })
}

fn view(ctx: &Ctx, loaded: Loaded, sent: &Sent, state: Option<String>) -> impl IntoView + use<> {
    let setup = ctx.commands().github_setup();
    let reads_github = ctx.commands().asks_github();
    let status = standing::status(reads_github, &loaded, ctx.now);
    let errors = sent.errors.clone();
    let why_not = ctx
        .why_not(Action::CheckGithub, &Resource::Organisation)
        .or_else(|| (!reads_github).then(|| "Set an App or a token first.".to_owned()));
    view! {
        <PageHeader
            title="GitHub"
            badges=move || view! { <Badge status=status.clone() /> }
            about=|| "Where repositories, pull requests and deployments come from"
            actions=move || view! {
                <form method="post" action=paths::admin_github()>
                    <Button kind=ButtonKind::Plain disabled_because=why_not.clone()>"Check now"</Button>
                </form>
            }
        />
        <ErrorSummary errors />
        {app::made(ctx, setup, &loaded.query)}
        {standing::notices(&loaded, ctx.now)}
        {app::making(ctx, setup, &loaded, state)}
        <div class="columns">
            <div class="stack">
                {connection::webhook(&loaded.webhook, setup)}
                {connection::rights(loaded.checks)}
                {connection::organisations(loaded.organisations)}
            </div>
            <div class="stack">
                {connection::connection(setup, loaded.health, loaded.installations)}
                {connection::budgets(loaded.budgets, ctx.now)}
            </div>
        </div>
    }
}
