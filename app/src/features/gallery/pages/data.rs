//! The channel, a table and incidents.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    deploys::{
        DeployState,
        read::{ChannelFacts, ServiceRef},
    },
    environments::EnvironmentClass,
    incidents::{Incident, Severity},
    people::PersonRef,
};
use leptos::prelude::*;
use uuid::Uuid;

use crate::{
    parts::{Channel, ChannelMark, EnvironmentName, Incidents, Person, channel_marks, deploy_status},
    paths,
    ui::{Badge, Column, Panel, Row, Sorted, Span, Status, Table, Time, TimeStyle},
};

/// A release that waits for approval, and a service that nothing is known of.
pub fn channel(now: DateTime<Utc>) -> AnyView {
    let age = |minutes| view! { <Time at=now - TimeDelta::minutes(minutes) style=TimeStyle::Age /> };
    let marks = vec![
        ChannelMark::new("Commit", Status::ok("main"))
            .release("9f2c1ab")
            .note(age(180))
            .passed(),
        ChannelMark::new("Checks", Status::ok("14 of 14"))
            .release("2.31.0")
            .passed(),
        ChannelMark::new("Preview", Status::ok("visited"))
            .release("#4127")
            .note(age(120))
            .passed(),
        ChannelMark::new("Staging", Status::ok("healthy"))
            .release("2.31.0")
            .href("#staging".into())
            .note(age(41))
            .passed(),
        ChannelMark::new("Approval", Status::waiting("1 of 2"))
            .release("2.31.0")
            .note("2 h 58 min")
            .here(),
        ChannelMark::new("Canary 5 %", Status::idle("after approval")),
        ChannelMark::new("Production", Status::ok("healthy"))
            .release("2.30.4")
            .href("#production".into())
            .note(age(2 * 1440)),
    ];
    let unknown = channel_marks(&ChannelFacts::default());
    view! {
        <Channel marks label="payments-api 2.31.0" />
        <Channel marks=unknown label="a new service" />
    }
    .into_any()
}

struct Sample {
    version: &'static str,
    class: EnvironmentClass,
    state: DeployState,
    change: &'static str,
    by: &'static str,
    minutes_ago: i64,
    took: i64,
}

const SAMPLES: [Sample; 5] = [
    Sample {
        version: "2.31.0",
        class: EnvironmentClass::Staging,
        state: DeployState::Succeeded,
        change: "Add idempotency to refunds",
        by: "lena",
        minutes_ago: 41,
        took: 380,
    },
    Sample {
        version: "2.30.4",
        class: EnvironmentClass::Production,
        state: DeployState::Succeeded,
        change: "Retry ledger writes on conflict",
        by: "marco",
        minutes_ago: 2_900,
        took: 540,
    },
    Sample {
        version: "2.30.3",
        class: EnvironmentClass::Production,
        state: DeployState::RolledBack,
        change: "Batch settlement lookups, so that a page of four hundred rows needs one query instead of four hundred",
        by: "lena",
        minutes_ago: 4_400,
        took: 130,
    },
    Sample {
        version: "2.30.2",
        class: EnvironmentClass::Production,
        state: DeployState::Deploy,
        change: "Bump rate card cache",
        by: "renovate",
        minutes_ago: 7_300,
        took: 480,
    },
    Sample {
        version: "2.30.1",
        class: EnvironmentClass::Production,
        state: DeployState::Failed,
        change: "Split payout worker",
        by: "marco",
        minutes_ago: 8_700,
        took: 8_040,
    },
];

/// A table with a row of each kind.
pub fn table(now: DateTime<Utc>) -> AnyView {
    let columns = vec![
        Column::new("Version"),
        Column::new("Environment").dim().wide_only(),
        Column::new("Outcome"),
        Column::new("Change").grows().wide_only(),
        Column::new("By").wide_only(),
        Column::new("When")
            .numeric()
            .dim()
            .sort("#when".into(), Some(Sorted::Descending)),
        Column::new("Took")
            .numeric()
            .dim()
            .wide_only()
            .sort("#took".into(), None),
    ];
    let rows = SAMPLES.iter().map(|sample| {
        let who = PersonRef {
            id: None,
            name: sample.by.into(),
            is_bot: sample.by == "renovate",
        };
        Row::new(view! { <a href=paths::deploy(sample.version)>{sample.version}</a> })
            .cell(view! { <EnvironmentName name=sample.class.as_str() class=sample.class /> })
            .cell(view! { <Badge status=deploy_status(sample.state) /> })
            .cell(sample.change)
            .cell(view! { <Person person=Some(who) /> })
            .cell(view! { <Time at=now - TimeDelta::minutes(sample.minutes_ago) /> })
            .cell(view! { <Span length=Some(TimeDelta::seconds(sample.took)) /> })
            .current(sample.version == "2.30.2")
    });
    let rows = rows.collect();
    let all = || view! { <a href=paths::deploys()>"All 412 →"</a> };
    view! { <Panel title="Deploys" note=all flush=true><Table caption="Deploys" columns rows /></Panel> }
        .into_any()
}

/// An incident of each severity: the worst is open, the others are over.
pub fn incidents(now: DateTime<Utc>) -> AnyView {
    let titles = [
        "Refunds answer 500",
        "Postings are delayed",
        "Parcels of one carrier stand still",
        "A typo in the receipt",
    ];
    let service = ServiceRef {
        id: Uuid::nil().into(),
        slug: "payments-api".into(),
        title: "payments-api".into(),
    };
    let incidents = (1_u8..).zip(titles).filter_map(|(number, title)| {
        let detected_at = now - TimeDelta::minutes(47 * i64::from(number));
        let incident = Incident {
            id: Uuid::nil().into(),
            number: i64::from(number),
            external_id: None,
            service: service.id,
            title: title.into(),
            severity: Severity::new(number)?,
            detected_at,
            triaged_at: None,
            mitigated_at: (number > 1).then(|| detected_at + TimeDelta::minutes(31)),
            resolved_at: None,
            url: None,
            caused_by: Vec::new(),
        };
        Some((Some(service.clone()), incident))
    });
    let incidents = incidents.collect();
    view! { <Panel title="Incidents"><Incidents incidents /></Panel> }.into_any()
}
