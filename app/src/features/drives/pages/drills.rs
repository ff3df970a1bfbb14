//! Rollback drills of a service: when they are due, what came of the last ones, and asking for one now.

use domain::{
    deploys::drills::{Drill, Outcome},
    environments::EnvironmentClass,
};
use leptos::prelude::*;

use super::settings::Loaded;
use crate::{
    forms::Sent,
    paths,
    ui::{
        Badge, Button, ButtonKind, Choice, Column, Empty, ErrorSummary, Panel, Row, Select, Span, Status,
        Table, TextArea, TextField, Time,
    },
};

/// Between two drills, unless somebody says otherwise: what was rehearsed a month ago is still known.
const DAYS: &str = "30";

/// The panel: the schedule, the last drills, and one now.
pub(super) fn drills(loaded: &Loaded, sent: &Sent) -> impl IntoView + use<> {
    let columns = vec![
        Column::new("Begun"),
        Column::new("Environment").wide_only(),
        Column::new("Result"),
        Column::new("Stable after").numeric().dim(),
        Column::new("Why").grows(),
    ];
    let rows = loaded.drills.recent.iter().cloned().map(row).collect();
    let has_place = places(loaded).next().is_some();
    let forms = has_place.then(|| {
        view! {
            {schedule(loaded, &sent.of("drills"))}
            {remove(loaded, &sent.of("remove_drills"))}
            {now(loaded, &sent.of("drill_now"))}
        }
    });
    let missing = (!has_place).then(|| {
        view! { <p>"Drills never touch production, and no other environment is known yet: deploy to one first."</p> }
    });
    view! {
        <Panel title="Rollback drills" id="drills" flush=true>
            <Table caption="Last rollback drills" columns rows empty=|| view! {
                <Empty title="No drills yet">"A drill brings the last good release back where no users are, watches it, and brings again what ran before."</Empty>
            } />
            <div class="panel-inset"><div class="setting">{missing}{forms}</div></div>
        </Panel>
    }
}

/// Where drills may be.
fn places(loaded: &Loaded) -> impl Iterator<Item = String> {
    loaded
        .places
        .iter()
        .filter(|place| place.environment.class != EnvironmentClass::Production)
        .map(|place| place.environment.name.clone())
}

fn row(drill: Drill) -> Row {
    let (at, took) = (drill.begun_at, drill.took());
    let status = match drill.outcome {
        None => Status::live("on its way"),
        Some(Outcome::Passed) => Status::ok("passed"),
        Some(Outcome::Failed) => Status::danger("failed"),
        Some(Outcome::Skipped) => Status::idle("skipped"),
    };
    let begun = match drill.back.map(paths::deploy) {
        Some(href) => view! { <a href=href><Time at /></a> }.into_any(),
        None => view! { <Time at /> }.into_any(),
    };
    let again = drill
        .again
        .map(|deploy| view! { " "<a href=paths::deploy(deploy)>"The way again"</a> });
    let why = drill.why.unwrap_or_default();
    let environment = drill.environment.clone();
    Row::new(begun)
        .under(view! { {environment} })
        .cell(drill.environment)
        .cell(view! { <Badge status /> })
        .cell(view! { <Span length=took /> })
        .cell(view! { {why}{again} })
}

/// What stands in the fields of the schedule: what was typed, else what is set.
struct Written {
    environment: String,
    every_days: String,
    from: String,
    to: String,
    zone: String,
}

impl Written {
    fn of(loaded: &Loaded, sent: &Sent) -> Self {
        if !sent.errors.is_empty() {
            let typed = |name: &str| sent.fields.get(name).to_owned();
            return Self {
                environment: typed("drill_environment"),
                every_days: typed("drill_every_days"),
                from: typed("drill_from"),
                to: typed("drill_to"),
                zone: typed("drill_zone"),
            };
        }
        let Some((scheduled, environment)) = &loaded.drills.scheduled else {
            return Self {
                environment: String::new(),
                every_days: DAYS.to_owned(),
                from: "10:00".to_owned(),
                to: "12:00".to_owned(),
                zone: loaded.zone.clone(),
            };
        };
        let (from, to) = scheduled.schedule.times();
        Self {
            environment: environment.clone(),
            every_days: scheduled.schedule.every_days.to_string(),
            from,
            to,
            zone: scheduled.schedule.zone.name().to_owned(),
        }
    }
}

fn schedule(loaded: &Loaded, sent: &Sent) -> impl IntoView + use<> {
    let Written {
        environment,
        every_days,
        from,
        to,
        zone,
    } = Written::of(loaded, sent);
    let (action, why_not) = (action(loaded), loaded.not_drills.clone());
    let opened = opened(loaded);
    let choices: Vec<Choice> = places(loaded)
        .map(|name| Choice::new(name.clone(), name))
        .collect();
    let error = |field: &str| sent.error(field);
    let due = loaded.drills.next(loaded.now).map(|slot| slot.opens);
    let due = due.map(|at| view! { <p>"The next one is due "<Time at />"."</p> });
    view! {
        <form class="deploy-form" method="post" action=action>
            <ErrorSummary errors=sent.errors.clone() />
            {due}
            <input type="hidden" name="act" value="drills" />
            <input type="hidden" name="environment" value=opened />
            <Select label="Environment" name="drill_environment" choices selected=environment error=error("drill_environment") />
            <TextField label="Days between two drills" name="drill_every_days" value=every_days kind="number" error=error("drill_every_days") />
            <TextField label="From" name="drill_from" value=from kind="time" error=error("drill_from") />
            <TextField label="To" name="drill_to" value=to kind="time"
                hint=Some("A drill begins in this time of the day, or is skipped with the reason and tried in the next one.".to_owned())
                error=error("drill_to") />
            <TextField label="Time zone" name="drill_zone" value=zone autocomplete="off" error=error("drill_zone") />
            <Button kind=ButtonKind::Primary disabled_because=why_not>"Save the schedule"</Button>
        </form>
    }
}

/// Taking the schedule away; nothing where there is none.
fn remove(loaded: &Loaded, sent: &Sent) -> Option<AnyView> {
    loaded.drills.scheduled.as_ref()?;
    let (action, why_not) = (action(loaded), loaded.not_drills.clone());
    let opened = opened(loaded);
    let errors = sent.errors.clone();
    let view = view! {
        <details class="undo">
            <summary>"Remove the schedule"</summary>
            <form method="post" action=action>
                <ErrorSummary errors title="It was not removed" />
                <input type="hidden" name="act" value="remove_drills" />
                <input type="hidden" name="environment" value=opened />
                <p>"Drills are only what somebody asks for then. What came of the last ones stays."</p>
                <Button kind=ButtonKind::Danger disabled_because=why_not>"Remove it"</Button>
            </form>
        </details>
    };
    Some(view.into_any())
}

/// Asking for a drill now.
fn now(loaded: &Loaded, sent: &Sent) -> impl IntoView + use<> {
    let (action, why_not) = (action(loaded), loaded.not_drills.clone());
    let opened = opened(loaded);
    let choices: Vec<Choice> = places(loaded)
        .map(|name| Choice::new(name.clone(), name))
        .collect();
    let (selected, reason) = (
        sent.fields.get("drill_where").to_owned(),
        sent.fields.get("drill_reason").to_owned(),
    );
    let (where_error, reason_error) = (sent.error("drill_where"), sent.error("drill_reason"));
    let (errors, open) = (sent.errors.clone(), !sent.errors.is_empty());
    view! {
        <details class="undo" open=open>
            <summary>"Drill now"</summary>
            <form method="post" action=action>
                <ErrorSummary errors title="No drill began" />
                <input type="hidden" name="act" value="drill_now" />
                <input type="hidden" name="environment" value=opened />
                <p>"The last good release comes back, is watched, and what runs now comes again. Nobody else deploys there meanwhile."</p>
                <Select label="Where" name="drill_where" choices selected error=where_error />
                <TextArea label="Reason" name="drill_reason" value=reason required=true rows=2
                    hint=Some("It stands in the audit trail.".to_owned()) error=reason_error />
                <Button disabled_because=why_not>"Begin the drill"</Button>
            </form>
        </details>
    }
}

fn action(loaded: &Loaded) -> String {
    paths::service_settings(&loaded.service.summary.slug)
}

/// The environment whose settings are open, and stay open.
fn opened(loaded: &Loaded) -> String {
    let place = loaded.place();
    place
        .map(|place| place.environment.name.clone())
        .unwrap_or_default()
}
