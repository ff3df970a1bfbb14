//! `/approvals/{id}`

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use commands::{ApprovalStanding, CommandError};
use domain::{
    approvals::{ApprovalDetail, ApprovalState, Fact, FactName, FactValue, Part, Written},
    live::Topic,
};
use leptos::prelude::*;

use super::{
    aside::{asked_by, deciders, release, waiting},
    changes::changes,
    course::course,
    decision::{decision, standing},
    evidence::evidence,
    glass::glass,
    past::last_deploys,
    said::decisions,
};
use crate::{
    ctx::{self, Ctx},
    format,
    forms::{self, sentence},
    page::{Page, Section, respond},
    parts::{Channel, ChannelMark, EnvironmentName, ServiceLink, approval_status, count_status, risk_status},
    paths,
    ui::{Badge, LinkButton, Notice, PageHeader, Status, Time, TimeStyle, Timed, Tone, region},
};

/// One request: what is asked, what is known of it, who has decided, and deciding.
pub fn approval_page() -> impl IntoView {
    let id = ctx::param("id");
    let sent = forms::sent();
    respond(|ctx| async move {
        let since = ctx.reads().live_end().await?;
        let (standing, written) = load(&ctx, &id).await?;
        let detail = &standing.detail;
        let page = Page::new(Section::Approvals, title_of(detail))
            .crumb("Approvals", paths::approvals())
            .live(since, [Topic::Of(detail.request.service)]);
        let side = view! {
            {region("standing", self::standing(&standing))}
            {decision(&standing, &sent)}
            {region("deciders", deciders(&standing))}
            {region("release", release(detail, &written))}
            {region("asked-by", asked_by(detail))}
            {region("waiting", waiting(detail, &written))}
        };
        let body = view! {
            {region("header", header(detail))}
            {region("outcome", outcome(&standing))}
            {region("channel", channel(detail))}
            <div class="columns">
                <div class="stack">
                    {region("evidence", evidence(detail))}
                    {course(detail).map(|course| region("course", course))}
                    {region("changes", changes(&detail.card, &written))}
                    {region("last-deploys", last_deploys(&detail.card))}
                    {region("decisions", decisions(detail))}
                    {glass(&standing, &sent)}
                </div>
                <aside class="stack" aria-label="Decision">{side}</aside>
            </div>
        };
        Ok(page.body(body))
    })
}

async fn load(ctx: &Ctx, id: &str) -> Result<(ApprovalStanding, Written), CommandError> {
    let missing = || CommandError::not_found(format!("request {id}"));
    let request = id.parse().map_err(|_| missing())?;
    let mut standing = ctx.commands().approval(ctx.viewer()?, request).await?;
    hide_incidents(ctx, &mut standing.detail).await?;
    let detail = &standing.detail;
    let written = ctx
        .reads()
        .release_written(detail.request.service, &detail.card)
        .await?;
    Ok((standing, written))
}

/// Leaves out what the card says of services that became private since: who does not see them hears nothing of them.
async fn hide_incidents(ctx: &Ctx, detail: &mut ApprovalDetail) -> Result<(), CommandError> {
    let own = detail.summary.service.clone();
    let slugs: HashSet<String> = detail
        .card
        .incidents
        .iter()
        .map(|seen| seen.service.clone())
        .filter(|slug| *slug != own)
        .collect();
    for slug in slugs {
        if ctx.reads().service(&slug).await?.is_none() {
            detail.card.incidents.retain(|seen| seen.service != slug);
        }
    }
    Ok(())
}

/// "payments-api 2.31.0 to production"
fn title_of(detail: &ApprovalDetail) -> String {
    let about = &detail.summary;
    format!(
        "{} {} to {}",
        about.title,
        about.release.name(),
        about.environment
    )
}

/// Who asked for it.
fn asked_for_by(detail: &ApprovalDetail) -> String {
    let mut parties = detail.request.parties.iter();
    let initiator = parties.find(|party| party.part == Part::Initiator);
    initiator.map_or_else(|| "nobody named".to_owned(), |party| party.name.clone())
}

fn header(detail: &ApprovalDetail) -> impl IntoView + use<> {
    let about = detail.summary.clone();
    let (title, status, risk) = (
        title_of(detail),
        approval_status(about.state),
        risk_status(detail.card.risk),
    );
    let asked = asked_for_by(detail);
    let is_asked = about.state == ApprovalState::Pending && !detail.request.needs.asks_nobody();
    view! {
        <PageHeader
            title
            badges=move || view! { <Badge status=status.clone() /><Badge status=risk.clone() /> }
            about=move || view! {
                <ServiceLink slug=about.service.clone() />" to "
                <EnvironmentName name=about.environment.clone() class=about.class />
                {format!(". Asked by {asked} ")}<Time at=about.opened_at />
                {format!("; the policy “{}” decides how.", about.policy)}
            }
            actions=move || is_asked.then(|| view! { <LinkButton href="#decide">"Decide"</LinkButton> })
        />
    }
}

/// What matters most about it, in a sentence.
fn outcome(standing: &ApprovalStanding) -> AnyView {
    let request = &standing.detail.request;
    let (deadline, why) = (request.deadline, request.ended_why.clone().unwrap_or_default());
    let full = if why.is_empty() {
        String::new()
    } else {
        format!("{}.", sentence(why.trim_end_matches('.')))
    };
    let at = request.ended_at.map(|at| view! { " "<Time at /> });
    match request.state {
        ApprovalState::Pending => match standing.why_not.approve.clone() {
            Some(why) => view! { <Notice tone=Tone::Warn><Timed text=why /></Notice> }.into_any(),
            None => ().into_any(),
        },
        ApprovalState::Approved => view! {
            <Notice tone=Tone::Ok>
                "Approved"{at}". "{why}" What waits for it may go on until "<Time at=deadline style=TimeStyle::Exact />
                ", as long as nothing of it changes."
            </Notice>
        }
        .into_any(),
        ApprovalState::Rejected => view! {
            <Notice tone=Tone::Danger>"Rejected"{at}": "{format!("“{why}”. ")}"What waited does not go on."</Notice>
        }
        .into_any(),
        ApprovalState::Expired => view! {
            <Notice tone=Tone::Warn>"Expired"{at}". "{why}" What waited does not go on; ask for the deploy again."</Notice>
        }
        .into_any(),
        ApprovalState::Void => view! {
            <Notice tone=Tone::Warn>"Void"{at}", and so is what was decided here. "<Timed text=full /></Notice>
        }
        .into_any(),
        ApprovalState::Bypassed => view! {
            <Notice tone=Tone::Danger>
                "Bypassed"{at}": it went on without the decision that the policy asks for. "
                <a href="#glass">"See who went on, and why"</a>"."
            </Notice>
        }
        .into_any(),
    }
}

/// The release's way through this gate.
fn channel(detail: &ApprovalDetail) -> impl IntoView + use<> {
    let (about, card) = (&detail.summary, &detail.card);
    let ends = about.ended_at;
    let note = ends.map_or_else(
        || view! { <Time at=about.deadline style=TimeStyle::Left />" left" }.into_any(),
        |at| view! { <Time at /> }.into_any(),
    );
    let gate = if about.state == ApprovalState::Pending {
        count_status(about)
    } else {
        approval_status(about.state)
    };
    let approval = ChannelMark::new("Approval", gate)
        .release(about.release.name())
        .note(note);
    let passed = about.state.lets_go_on();
    let asked = ChannelMark::new("Asked for", Status::ok(format!("by {}", asked_for_by(detail))))
        .release(about.release.name())
        .note(view! { <Time at=about.opened_at /> });
    let marks = vec![
        commit(detail).passed(),
        checks(detail).passed(),
        asked.passed(),
        if passed {
            approval.passed()
        } else {
            approval.here()
        },
        target(
            detail,
            card.last_deploys.first().and_then(|last| last.version.clone()),
        ),
    ];
    view! { <Channel marks label=title_of(detail) /> }
}

fn commit(detail: &ApprovalDetail) -> ChannelMark {
    let status = match &detail.card.changes {
        Fact::Known(0) => Status::ok("no change"),
        Fact::Known(count) => Status::ok(format::counted(u64::from(*count), "change")),
        Fact::Unknown { .. } => Status::idle("changes not known"),
    };
    match &detail.summary.release.sha {
        Some(sha) => ChannelMark::new("Commit", status)
            .release(format::short_sha(sha))
            .href("#changes".into()),
        None => ChannelMark::new("Commit", Status::idle("none named")),
    }
}

fn checks(detail: &ApprovalDetail) -> ChannelMark {
    let status = match detail.card.facts.value(FactName::ChecksGreen) {
        Some(FactValue::Flag(true)) => Status::ok("all green"),
        Some(_) => Status::warn("not all green"),
        None => Status::idle("not known"),
    };
    ChannelMark::new("Checks", status).href("#evidence".into())
}

/// Where it goes; `before` is what was deployed there last.
fn target(detail: &ApprovalDetail, before: Option<String>) -> ChannelMark {
    let about = &detail.summary;
    let went: Option<DateTime<Utc>> = detail.gates.iter().filter_map(|gate| gate.released_at).max();
    let mark = |status: Status| ChannelMark::new(about.environment.clone(), status);
    match (went, about.state) {
        (Some(at), _) => mark(Status::live("went on"))
            .release(about.release.name())
            .note(view! { <Time at /> })
            .here(),
        (None, state) => {
            let word = match state {
                ApprovalState::Pending => "after approval",
                ApprovalState::Approved | ApprovalState::Bypassed => "may go on",
                ApprovalState::Rejected | ApprovalState::Expired | ApprovalState::Void => "stays as it is",
            };
            let mark = mark(Status::idle(word));
            match before {
                Some(version) => mark.release(version).note("last deployed"),
                None => mark,
            }
        }
    }
}
