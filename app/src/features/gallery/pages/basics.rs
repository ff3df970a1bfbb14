//! Badges, buttons, times and notices.

use chrono::{DateTime, TimeDelta, Utc};
use domain::deploys::DeployState;
use leptos::prelude::*;

use crate::{
    parts::deploy_status,
    ui::{
        Badge, Button, ButtonKind, Copyable, LinkButton, Notice, Pagination, Panel, Prop, Props, Sha, Span,
        Status, StatusMark, Tab, Tabs, Tag, Time, TimeStyle, Tone,
    },
};

/// Statuses and buttons.
pub fn marks() -> AnyView {
    let states = DeployState::ALL.map(|state| view! { <Badge status=deploy_status(state) /> });
    let plain = [
        Status::ok("healthy"),
        Status::live("deploying"),
        Status::waiting("1 of 2"),
        Status::warn("18 % left"),
    ];
    view! {
        <Panel title="Statuses">
            <div class="stack">
                <div class="gallery-row">{states.collect_view()}</div>
                <div class="gallery-row">{plain.map(|status| view! { <StatusMark status /> }).collect_view()}</div>
                <div class="gallery-row">
                    <Tag tone=Tone::Accent>"Tier 1"</Tag><Tag>"Tier 2"</Tag><Tag tone=Tone::Info>"high"</Tag>
                    <Tag tone=Tone::Warn>"hotfix"</Tag><Tag>"bot"</Tag>
                </div>
            </div>
        </Panel>
        <Panel title="Buttons">
            <div class="gallery-row">
                <Button kind=ButtonKind::Primary>"Approve"</Button>
                <Button>"Extend"</Button>
                <Button kind=ButtonKind::Danger>"Reject…"</Button>
                <Button kind=ButtonKind::Quiet>"Clear"</Button>
                <LinkButton href="https://example.com/payments">"Repository"</LinkButton>
                <LinkButton href="#current" current=true>"90 days"</LinkButton>
                <Button disabled_because="You opened this deploy; another approver must decide.".to_owned()>"Approve"</Button>
            </div>
        </Panel>
    }
    .into_any()
}

/// Times, shas and definition lists.
pub fn words(now: DateTime<Utc>) -> AnyView {
    let ago = |minutes| now - TimeDelta::minutes(minutes);
    let facts = vec![
        Prop::new("production", view! { <code>"2.30.4"</code> }),
        Prop::new(
            "staging",
            view! { <code>"2.31.0"</code>" "<span class="dim">"+4 changes"</span> },
        ),
        Prop::new(
            "commit",
            view! { <Sha sha="9f2c1ab4a1d0c5e2b7f80361d2a94c7e5b1f6a03" href="https://example.com/c/9f2c1ab".to_owned() /> },
        ),
        Prop::new(
            "digest",
            view! { <Copyable text="sha256:41d0…9ac2" what="digest" /> },
        ),
        Prop::new("deployed", view! { <Time at=ago(41) /> }),
        Prop::new("exactly", view! { <Time at=ago(41) style=TimeStyle::Exact /> }),
        Prop::new("took", view! { <Span length=Some(TimeDelta::minutes(134)) /> }),
        Prop::new("approval wait", view! { <Span length=None /> }),
    ];
    let tabs = vec![
        Tab::new("Overview", "#overview".into(), true),
        Tab::new("Deploys", "#deploys".into(), false).count(412),
        Tab::new("Changes", "#changes".into(), false).count(4),
        Tab::new("Catalog file", "#catalog".into(), false),
    ];
    view! {
        <Tabs label="Sample" tabs />
        <div class="halves">
            <Panel title="Facts" note=|| view! { "as of 12 s ago" }><Props items=facts /></Panel>
            <div class="stack">
                <Notice tone=Tone::Info>"Times are in Europe/Berlin, the organisation's zone."</Notice>
                <Notice tone=Tone::Ok>"Recomputed: 12 changes now have their first commit."</Notice>
                <Notice tone=Tone::Warn>"9 of 30 services send no deployments, so these figures speak for 21."</Notice>
                <Notice tone=Tone::Danger>"The catalog file does not parse (line 14, column 3); the version of 12 Nov is shown."</Notice>
                <Pagination previous=None next=Some("#next".to_owned()) summary="50 of 214 services" />
            </div>
        </div>
    }
    .into_any()
}
