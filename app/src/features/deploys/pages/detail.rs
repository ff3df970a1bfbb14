//! `/deploys/{id}`

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use commands::{
    CommandError,
    drives::{DriveStanding, Held},
};
use domain::{
    access::Action,
    approvals::{ApprovalSummary, Review, ReviewVerdict},
    deploys::read::{DeployDetail, DeploySummary},
    live::Topic,
};
use leptos::prelude::*;

use super::{
    aside::{facts, incidents, neighbours, times},
    changes::changes,
    corrections::corrections,
    drive,
    marks::marks,
    phases::phases,
    suggestion::suggestion,
};
use crate::{
    ctx::{self, Ctx},
    forms::{self, Sent},
    page::{Page, Section, respond},
    parts::{Channel, DeployGate, EnvironmentName, ServiceLink, deploy_marks, deploy_status, failure_words},
    paths,
    ui::{Badge, LinkButton, Mono, Notice, PageHeader, Span, Status, Time, TimeStyle, Timed, Tone, region},
};

/// One deploy: what happened, what it brought, what it replaced, what people said about it.
pub fn deploy_page() -> impl IntoView {
    let id = ctx::param("id");
    let sent = forms::sent();
    respond(|ctx| async move {
        let since = ctx.reads().live_end().await?;
        let detail = load(&ctx, &id).await?;
        let shown = shown(&ctx, &detail).await?;
        let title = title_of(&detail.summary);
        let page = Page::new(Section::Deploys, title)
            .crumb("Deploys", paths::deploys())
            .live(since, [Topic::Of(detail.summary.service.id)]);
        Ok(page.body(body(&detail, &shown, (&sent, ctx.now, ctx.zone))))
    })
}

/// What stands beside a deploy on its page.
struct Shown {
    approval: Option<ApprovalSummary>,
    /// Who went on without a decision.
    bypass: Option<Review>,
    standing: DriveStanding,
    /// Why whoever looks may not correct it.
    not_correct: Option<String>,
    /// Why they may not act on it.
    not_act: Option<String>,
}

async fn shown(ctx: &Ctx, detail: &DeployDetail) -> Result<Shown, CommandError> {
    let (deploy, service, class) = (
        detail.summary.id,
        detail.summary.service.id,
        Some(detail.summary.class),
    );
    Ok(Shown {
        approval: ctx.reads().approval_of_deploy(deploy).await?,
        bypass: match detail.summary.bypassed {
            Some(request) => ctx.reads().review(request).await?,
            None => None,
        },
        standing: ctx.commands().drive_standing(ctx.viewer()?, deploy).await?,
        not_correct: ctx.why_not_on(Action::CorrectDeploy, service, class).await?,
        not_act: ctx.why_not_on(Action::Deploy, service, class).await?,
    })
}

fn body(
    detail: &DeployDetail,
    shown: &Shown,
    (sent, now, zone): (&Sent, DateTime<Utc>, Tz),
) -> impl IntoView + use<> {
    let Shown {
        approval,
        bypass,
        standing,
        not_correct,
        not_act,
    } = shown;
    let acts = drive::acts((standing, &detail.summary), not_act.as_ref(), sent);
    // What is on its way is acted on first; of what is over, what happened is read first.
    let (first, last) = if detail.summary.is_open() {
        (Some(region("acts", acts)), None)
    } else {
        (None, Some(region("acts", acts)))
    };
    let phases =
        drive::phases(standing, &detail.summary, now).unwrap_or_else(|| phases(detail, now).into_any());
    // What Fairway does not drive is covered by what was decided about its artifact, until that is over its time.
    let asked = match standing.drive {
        Some(_) => standing.approvals.last(),
        None => approval
            .as_ref()
            .filter(|asked| asked.deadline > detail.summary.requested_at),
    };
    let gate = DeployGate {
        approval: asked,
        bypass: bypass.as_ref(),
        frozen_until: standing.held.as_ref().map(|held| held.freeze.until),
    };
    let marks = deploy_marks(detail, gate);
    // Where the requests of a drive are listed, the last of them is not named again.
    let approval = approval.as_ref().filter(|_| standing.approvals.is_empty());
    let bypassed = bypass.as_ref().map(bypassed);
    view! {
        {region("header", header(detail, standing.held.as_ref()))}
        {region("verdict", view! { {verdict(detail)}{bypassed}{drive::now(standing, &detail.summary)}{ignored(detail)} })}
        {suggestion(detail, not_correct.clone())}
        {region("channel", view! { <Channel marks label=title_of(&detail.summary) /> })}
        <div class="columns">
            <div class="stack">
                {first}
                {region("steps", drive::steps(standing))}
                {region("watched", drive::watch(standing, zone))}
                {region("evidence", drive::evidence(standing))}
                {region("phases", phases)}
                {region("changes", changes(detail))}
                {last}
                {corrections(detail, sent.of(""), not_correct.clone())}
            </div>
            <div class="stack">
                {region("facts", facts(detail, approval))}
                {region("trail", drive::trail(standing))}
                {region("times", times(detail))}
                {region("neighbours", neighbours(detail))}
                {region("incidents", incidents(detail))}
            </div>
        </div>
    }
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

fn header(detail: &DeployDetail, held: Option<&Held>) -> impl IntoView + use<> {
    let deploy = detail.summary.clone();
    let status = match held {
        Some(held) if held.asks_nobody => Status::waiting("waits for the end of a freeze"),
        _ => deploy_status(deploy.state),
    };
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

/// Who let it go on without the decision that was asked for, why, and what another person said of that.
fn bypassed(review: &Review) -> impl IntoView + use<> {
    let href = format!("{}#glass", paths::approval(review.request));
    let (name, reason, at) = (review.name.clone(), review.reason.clone(), review.broken_at);
    let reviewed = if let Some(reviewed) = review.reviewed.clone() {
        let said = match reviewed.verdict {
            ReviewVerdict::Justified => "it had to be",
            ReviewVerdict::Unjustified => "it had not to be",
        };
        view! { <strong>{reviewed.name}</strong>" reviewed it "<Time at=reviewed.at />": "{said}"." }
            .into_any()
    } else {
        let due = review.due_at;
        view! { "Another approver must review it until "<Time at=due style=TimeStyle::Exact />"." }.into_any()
    };
    view! {
        <Notice tone=Tone::Danger>
            <p>
                <strong>"Bypassed"</strong>" by "<strong>{name}</strong>" "<Time at />
                ", without the decision that the policy asks for: "{format!("“{reason}”.")}
            </p>
            <p>{reviewed}" "<a href=href>"The request"</a></p>
        </Notice>
    }
}

/// What was said of it and is not followed.
fn ignored(detail: &DeployDetail) -> impl IntoView + use<> {
    let sentences = detail.ignored.clone().into_iter();
    sentences
        .map(|sentence| view! { <Notice tone=Tone::Info><Timed text=sentence /></Notice> })
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
