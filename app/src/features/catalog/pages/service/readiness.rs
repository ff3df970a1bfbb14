//! How ready the service is to roll back: what would come back and whether it can be had, the last backup, the last rollback, the
//! last drill and the next one. Only what is stored; what nobody told is said to be unknown.

use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::{
    deploys::{
        drills::{Drill, DrillStanding, Outcome, Pullable},
        drive::{
            Target,
            read::{LastRollback, Readiness},
        },
        read::DeploySummary,
    },
    ids::ServiceId,
};
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    format::short_sha,
    paths,
    ui::{Mono, Prop, Props, Section, Span, Time},
};

/// What the section shows.
pub(super) struct Ready {
    /// Where it would go back.
    environment: String,
    stored: Readiness,
    drills: DrillStanding,
    /// Where drills are scheduled.
    settings: String,
    now: DateTime<Utc>,
}

impl Ready {
    /// Of a service whose production runs a deploy; nothing where nothing runs there.
    pub async fn of(
        ctx: &Ctx,
        (service, slug): (ServiceId, &str),
        running: Option<&DeploySummary>,
    ) -> Result<Option<Self>, CommandError> {
        let Some(running) = running else { return Ok(None) };
        let reads = ctx.reads();
        Ok(Some(Self {
            environment: running.environment.clone(),
            stored: reads.readiness(service, running.id).await?,
            drills: reads.drill_standing(service).await?,
            settings: format!("{}#drills", paths::service_settings(slug)),
            now: ctx.now,
        }))
    }
}

/// The section; nothing where nothing runs in production.
pub(super) fn readiness(ready: Option<Ready>) -> Option<AnyView> {
    let Ready {
        environment,
        stored,
        drills,
        settings,
        now,
    } = ready?;
    let pullable = stored.pullable();
    let Readiness {
        way_back,
        backup,
        rollback,
        ..
    } = stored;
    let backup = match backup {
        Some((id, at)) => view! { <Mono>{id}</Mono>" "<Time at /> }.into_any(),
        None => unknown("no executor told of one"),
    };
    let mut items = vec![Prop::new(
        "Goes back to",
        way_back.map_or_else(|| unknown("no good release before"), back),
    )];
    items.extend(pullable.map(|known| Prop::new("Can be pulled", pulled(known))));
    items.push(Prop::new("Last backup", backup));
    items.push(Prop::new(
        "Last rollback",
        rollback.map_or_else(|| unknown("none in production"), last),
    ));
    items.push(Prop::new("Last drill", last_drill(drills.last.clone())));
    items.push(Prop::new("Next drill", next_drill(&drills, now, settings)));
    items.extend(
        drills
            .skipped()
            .cloned()
            .map(|drill| Prop::new("Skipped", skipped(drill))),
    );
    let title = format!("Ready to roll back in {environment}");
    Some(view! { <Section title id="readiness"><Props items /></Section> }.into_any())
}

fn unknown(words: &'static str) -> AnyView {
    view! { <span class="unknown">{words}</span> }.into_any()
}

fn back(target: Target) -> AnyView {
    let release = target.release;
    let sha = release.sha.as_deref().map(|sha| short_sha(sha).to_owned());
    let name = release.version.or(sha).unwrap_or_else(|| "a release".to_owned());
    let href = paths::deploy(target.deploy);
    view! { <a href=href><Mono>{name}</Mono></a> }.into_any()
}

/// Fairway asks no registry, and does not say that it did.
fn pulled(known: Pullable) -> AnyView {
    match known {
        Pullable::Pulled { at } => view! { "yes, an executor pulled it "<Time at /> }.into_any(),
        Pullable::Missing { at } => view! { "no, an executor did not get it "<Time at /> }.into_any(),
        Pullable::Pinned { seen_at } => {
            let seen = seen_at.map(|at| view! { ", last deployed "<Time at /> });
            view! { {unknown("unknown: no executor said")}", pinned by its digest"{seen} }.into_any()
        }
        Pullable::Loose => unknown("unknown: not pinned by a digest"),
    }
}

fn last(rollback: LastRollback) -> AnyView {
    let LastRollback { deploy, at, took } = rollback;
    view! { <a href=paths::deploy(deploy)><Time at /></a>", took "<Span length=took /> }.into_any()
}

fn last_drill(drill: Option<Drill>) -> AnyView {
    let Some(drill) = drill else {
        return unknown("none recorded");
    };
    let (at, took) = (drill.begun_at, drill.took());
    let word = match drill.outcome {
        None => "on its way",
        Some(outcome) => outcome.as_str(),
    };
    let href = drill.back.map(paths::deploy);
    let environment = drill.environment;
    let took = took.map(|length| view! { ", stable after "<Span length=Some(length) /> });
    let why = drill
        .why
        .filter(|_| drill.outcome == Some(Outcome::Failed))
        .map(|why| format!(": {why}"));
    view! { <a href=href>{word}</a>" "<Time at />" in "{environment}{took}{why} }.into_any()
}

fn next_drill(drills: &DrillStanding, now: DateTime<Utc>, settings: String) -> AnyView {
    let next = drills.next(now).map(|slot| slot.opens);
    match (drills.overdue_since(now), next) {
        (Some(at), _) => {
            view! { <a href=settings><strong>"overdue"</strong></a>" since "<Time at /> }.into_any()
        }
        (None, Some(at)) => view! { <a href=settings><Time at /></a> }.into_any(),
        (None, None) => view! { <a href=settings>"not scheduled"</a> }.into_any(),
    }
}

fn skipped(drill: Drill) -> AnyView {
    let (at, why) = (drill.begun_at, drill.why.unwrap_or_default());
    view! { <Time at />": "{why} }.into_any()
}
