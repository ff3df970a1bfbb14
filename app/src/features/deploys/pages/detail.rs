//! `/deploys/{id}`

use commands::CommandError;
use domain::{
    access::Action,
    deploys::read::{DeployDetail, DeploySummary},
    live::Topic,
};
use leptos::prelude::*;

use super::{
    aside::{facts, incidents, neighbours, times},
    changes::changes,
    corrections::corrections,
    marks::marks,
    phases::phases,
    suggestion::suggestion,
};
use crate::{
    ctx::{self, Ctx},
    forms,
    page::{Page, Section, respond},
    parts::{Channel, EnvironmentName, ServiceLink, deploy_marks, deploy_status, failure_words},
    paths,
    ui::{Badge, LinkButton, Mono, Notice, PageHeader, Span, Time, Tone, region},
};

/// One deploy: what happened, what it brought, what it replaced, what people said about it.
pub fn deploy_page() -> impl IntoView {
    let id = ctx::param("id");
    let sent = forms::sent();
    respond(|ctx| async move {
        let since = ctx.reads().live_end().await?;
        let detail = load(&ctx, &id).await?;
        let (service, class) = (detail.summary.service.id, detail.summary.class);
        let why_not = ctx
            .why_not_on(Action::CorrectDeploy, service, Some(class))
            .await?;
        let approval = ctx.reads().approval_of_deploy(detail.summary.id).await?;
        let title = title_of(&detail.summary);
        let page = Page::new(Section::Deploys, title)
            .crumb("Deploys", paths::deploys())
            .live(since, [Topic::Of(detail.summary.service.id)]);
        Ok(page.body(view! {
            {region("header", header(&detail))}
            {region("verdict", view! { {verdict(&detail)}{ignored(&detail)} })}
            {suggestion(&detail, why_not.clone())}
            {region("channel", view! { <Channel marks=deploy_marks(&detail) label=title_of(&detail.summary) /> })}
            <div class="columns">
                <div class="stack">
                    {region("phases", phases(&detail, ctx.now))}
                    {region("changes", changes(&detail))}
                    {corrections(&detail, sent, why_not)}
                </div>
                <div class="stack">
                    {region("facts", facts(&detail, approval.as_ref()))}
                    {region("times", times(&detail))}
                    {region("neighbours", neighbours(&detail))}
                    {region("incidents", incidents(&detail))}
                </div>
            </div>
        }))
    })
}

async fn load(ctx: &Ctx, id: &str) -> Result<DeployDetail, CommandError> {
    let missing = || CommandError::not_found(format!("deploy {id}"));
    let detail = ctx.reads().deploy(id.parse().map_err(|_| missing())?).await?;
    detail.ok_or_else(missing)
}

/// "payments-api 2.31.0"
fn title_of(deploy: &DeploySummary) -> String {
    format!("{} {}", deploy.service.title, deploy.release())
}

fn header(detail: &DeployDetail) -> impl IntoView + use<> {
    let deploy = detail.summary.clone();
    let status = deploy_status(deploy.state);
    let (title, about) = (title_of(&deploy), detail.description.clone());
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
                let by = restored_words(detail.restored_by.as_deref());
                view! { " Restored "{by}" "<Time at />", "<Span length=Some(at - exposed) />" after users saw it." }.into_any()
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

/// What was said of it and is not followed.
fn ignored(detail: &DeployDetail) -> impl IntoView + use<> {
    let sentences = detail.ignored.clone().into_iter();
    sentences
        .map(|sentence| view! { <Notice tone=Tone::Info>{sentence}</Notice> })
        .collect_view()
}

/// What ended a failure, as the stored word says.
fn restored_words(by: Option<&str>) -> &'static str {
    match by {
        Some("rollback") => "by a rollback",
        Some("fix") => "by a fix",
        Some("incident") => "as its incident was mitigated",
        _ => "",
    }
}

pub(super) fn link(deploy: DeploySummary) -> impl IntoView {
    let (href, release) = (paths::deploy(deploy.id), deploy.release());
    view! { <a href=href><Mono>{release}</Mono></a> }
}
