//! What stands where a page or a part of it cannot be shown: every error of the edges, and parts that are stale, partial
//! or not there yet.

use chrono::{DateTime, TimeDelta, Utc};
use commands::CommandError;
use domain::error::FieldErrors;
use leptos::prelude::*;

use crate::{
    ctx::Ctx,
    error::{self, Heading},
    paths,
    ui::{Empty, LinkButton, Notice, Panel, Table, Time, Tone},
};

/// Every error as its page shows it, one below the other.
pub fn errors(ctx: &Ctx) -> AnyView {
    let all = [
        ("Signed out", CommandError::SignedOut),
        (
            "Forbidden",
            CommandError::Denied {
                why: "Only leads of Payments correct its deploys. Ask lena or marco, who are.".into(),
            },
        ),
        ("Not found", CommandError::not_found("service payments-apu")),
        (
            "A wrong address",
            CommandError::Invalid(FieldErrors::one("tier", "choose a number from 1 to 4")),
        ),
        (
            "A conflict",
            CommandError::Conflict {
                why: "Marco replayed this delivery 3 s ago; look at what it did before replaying again."
                    .into(),
            },
        ),
        (
            "Down",
            CommandError::Unavailable {
                system: "PostgreSQL",
                retry_at: Some(ctx.now + TimeDelta::seconds(20)),
            },
        ),
        (
            "A fault",
            CommandError::Internal("a sample of the gallery".into()),
        ),
    ];
    let panels = all.map(|(name, error)| {
        let body = error::body(&error, ctx, Heading::Third);
        view! { <Panel title=name><div class="gallery-failure">{body}</div></Panel> }
    });
    view! { <div class="halves">{panels.collect_view()}</div> }.into_any()
}

/// Parts of a page: empty, filtered to nothing, partial, stale, and one line where nothing is.
pub fn parts(now: DateTime<Utc>) -> AnyView {
    let nothing = || view! { <p class="panel-line">"Production has everything: every known change of the default branch runs there."</p> };
    view! {
        <div class="halves">
            <Panel title="Empty">
                <Empty title="No deploys yet">
                    "Fairway records a deploy when GitHub sends a deployment event for one of this service's environments."
                    <LinkButton href=paths::admin_deliveries()>"See what arrives"</LinkButton>
                </Empty>
            </Panel>
            <Panel title="Filtered to nothing">
                <Empty title="No service fits these filters">
                    "Take one away, or look for another word."
                    <LinkButton href=paths::services()>"Clear filters"</LinkButton>
                </Empty>
            </Panel>
            <Panel title="Nothing, in one line" flush=true><Table caption="An empty table" columns=Vec::new() rows=Vec::new() empty=nothing /></Panel>
            <Panel title="Partial">
                <Notice tone=Tone::Warn>"Not all changes are known: the comparison with 2.30.3 is not fetched yet. They appear when GitHub was asked."</Notice>
            </Panel>
            <Panel title="Stale" note=move || view! { "as of "<Time at=now - TimeDelta::minutes(12) /> }>
                <Notice tone=Tone::Warn>"GitHub has not answered since "<Time at=now - TimeDelta::minutes(12) />"; what it said last is shown."</Notice>
            </Panel>
        </div>
    }
    .into_any()
}
