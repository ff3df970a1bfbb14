//! `/account/notifications` and `/admin/notifications`: the places where news go, and what is told at each.

use commands::{CommandError, outbox::TargetOwner};
use domain::{
    access::{Action, Resource},
    notifications::{Target, TargetKind, Topic},
    page::Position,
    people::{TeamFilter, TeamRef},
};
use leptos::prelude::*;
use serde::Deserialize;

use super::actions::{page_of, place_of};
use crate::{
    ctx::Ctx,
    forms::{self, Sent},
    page::{Page, Section, respond_to},
    paths,
    query::Known,
    ui::{
        Button, ButtonKind, Checkbox, Choice, Column, Empty, ErrorSummary, PageHeader, Panel, Row, Select,
        Table, TextField,
    },
};

/// More teams than one chooses from in a list.
const MOST_TEAMS: u32 = 200;

/// The query of both pages, as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct PlaceQuery {
    place: String,
}

impl Known for PlaceQuery {
    fn names(_: &str) -> Option<Vec<&'static str>> {
        Some(vec!["place"])
    }
}

/// Everything on one of the pages.
struct Loaded {
    owner: TargetOwner,
    places: Vec<Target>,
    /// Which of them is open.
    open: Option<Target>,
    teams: Vec<TeamRef>,
    why_not: Option<String>,
}

/// What one is told oneself.
pub fn own_notifications_page() -> impl IntoView {
    let sent = forms::sent();
    respond_to(|ctx, query: PlaceQuery| async move {
        let loaded = load(&ctx, TargetOwner::Me, &query).await?;
        Ok(Page::new(Section::Account, "Your notifications")
            .crumb("Your account", paths::account())
            .body(body(&loaded, &sent)))
    })
}

/// What the organisation's channels are told.
pub fn notifications_page() -> impl IntoView {
    let sent = forms::sent();
    respond_to(|ctx, query: PlaceQuery| async move {
        let loaded = load(&ctx, TargetOwner::Organisation, &query).await?;
        Ok(Page::new(Section::Admin, "Notifications")
            .crumb("Admin", paths::admin())
            .body(body(&loaded, &sent)))
    })
}

async fn load(ctx: &Ctx, owner: TargetOwner, query: &PlaceQuery) -> Result<Loaded, CommandError> {
    let reads = ctx.reads();
    let (of, why_not) = match owner {
        TargetOwner::Me => {
            let person = ctx.viewer()?.signed_in().ok_or(CommandError::SignedOut)?;
            (Some(person), None)
        }
        TargetOwner::Organisation => (
            None,
            ctx.why_not(Action::DescribeOrganisation, &Resource::Organisation),
        ),
    };
    let places = reads.notification_targets(of).await?;
    let open = match query.place.trim() {
        "" => None,
        id => {
            let found = places.iter().find(|place| place.id.to_string() == id);
            let missing = || CommandError::not_found(format!("place {id} where news go"));
            Some(found.cloned().ok_or_else(missing)?)
        }
    };
    let teams = reads
        .teams(&TeamFilter::default(), &Position::Start, MOST_TEAMS)
        .await?;
    Ok(Loaded {
        owner,
        places,
        open,
        teams: teams.rows.into_iter().map(|summary| summary.team).collect(),
        why_not,
    })
}

fn body(loaded: &Loaded, sent: &Sent) -> impl IntoView + use<> {
    let (title, about) = match loaded.owner {
        TargetOwner::Me => (
            "Your notifications",
            "What Fairway tells you, and where. Of a private service you hear only while you may see it.",
        ),
        TargetOwner::Organisation => (
            "Notifications",
            "What the organisation's channels are told. Of a private service only a channel hears that was chosen for its team.",
        ),
    };
    let choosing = loaded.open.as_ref().map(|place| choosing(place, loaded, sent));
    view! {
        <PageHeader title about=move || about />
        <div class="stack">
            {list(loaded)}
            {choosing}
            {adding(loaded, &sent.of("add"))}
        </div>
    }
}

fn list(loaded: &Loaded) -> impl IntoView + use<> {
    let columns = vec![
        Column::new("Place"),
        Column::new("Told there").grows(),
        Column::new("Kind").dim().wide_only(),
    ];
    let open = loaded.open.as_ref().map(|place| place.id);
    let rows = loaded
        .places
        .iter()
        .map(|place| {
            let (href, name) = (
                format!("{}#place", place_of(loaded.owner, place.id)),
                place.name.clone(),
            );
            Row::new(view! { <a href=href>{name}</a> })
                .cell(told(place, &loaded.teams))
                .cell(kind_words(place.kind))
                .current(open == Some(place.id))
        })
        .collect();
    view! {
        <Panel title="Places" flush=true>
            <Table caption="Places where news go" columns rows empty=|| view! {
                <Empty title="Nothing is told anywhere yet">"Add a place below, then choose what is told there."</Empty>
            } />
        </Panel>
    }
}

/// "Deploy rolled back of Payments, Approval requested"
fn told(place: &Target, teams: &[TeamRef]) -> String {
    if place.choices.is_empty() {
        return "nothing yet".to_owned();
    }
    let words = place.choices.iter().map(|choice| {
        let team = choice.team.map(|id| {
            let known = teams.iter().find(|team| team.id == id);
            known.map_or_else(|| "another team".to_owned(), |team| team.title.clone())
        });
        match team {
            Some(team) => format!("{} of {team}", choice.topic.title()),
            None => choice.topic.title().to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(", ")
}

fn kind_words(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Slack => "chat, by a webhook",
        TargetKind::Mail => "e-mail",
    }
}

/// What is told at the place that is open, and taking it away.
fn choosing(place: &Target, loaded: &Loaded, sent: &Sent) -> impl IntoView + use<> {
    let action = place_of(loaded.owner, place.id);
    let (id, removed) = (place.id.to_string(), place.id.to_string());
    let mut errors = sent.of("choose").errors;
    errors.extend(sent.of("remove").errors);
    let topics = Topic::ALL.map(|topic| {
        let checked = place.choices.iter().any(|choice| choice.topic == topic);
        view! { <Checkbox label=topic.title() name="topics" value=topic.as_str() checked /> }
    });
    let topics = topics.into_iter().collect_view();
    let everything = Choice::new("", "every service that may be seen there");
    let of_team = |team: &TeamRef| Choice::new(team.slug.clone(), format!("services of {}", team.title));
    let teams: Vec<Choice> = std::iter::once(everything)
        .chain(loaded.teams.iter().map(of_team))
        .collect();
    let team = place.choices.first().and_then(|choice| choice.team);
    let team = team.and_then(|id| loaded.teams.iter().find(|team| team.id == id));
    let selected = team.map(|team| team.slug.clone()).unwrap_or_default();
    let why_not = loaded.why_not.clone();
    let title = format!("What {} is told", place.name);
    let remove = action.clone();
    view! {
        <Panel title id="place">
            <form class="deploy-form" method="post" action=action>
                <ErrorSummary errors />
                <input type="hidden" name="act" value="choose" />
                <input type="hidden" name="place" value=id />
                <fieldset>
                    <legend>"Told there"</legend>
                    <div class="setting-choices">{topics}</div>
                </fieldset>
                <Select label="About" name="team" choices=teams selected=selected
                    hint=Some("It holds for everything that is ticked.".to_owned()) />
                <Button kind=ButtonKind::Primary disabled_because=why_not.clone()>"Save what is told"</Button>
            </form>
            <details class="undo">
                <summary>"Remove this place"</summary>
                <form method="post" action=remove>
                    <input type="hidden" name="act" value="remove" />
                    <input type="hidden" name="place" value=removed />
                    <p>"Nothing is told there any more; its address is forgotten."</p>
                    <Button kind=ButtonKind::Danger disabled_because=why_not>"Remove it"</Button>
                </form>
            </details>
        </Panel>
    }
}

fn adding(loaded: &Loaded, sent: &Sent) -> impl IntoView + use<> {
    let kinds = TargetKind::ALL.map(|kind| Choice::new(kind.as_str(), kind_words(kind)));
    let [kind, name] = ["kind", "name"].map(|field| sent.fields.get(field).to_owned());
    let [kind_error, name_error, address_error] = ["kind", "name", "address"].map(|field| sent.error(field));
    let (errors, why_not) = (sent.errors.clone(), loaded.why_not.clone());
    let action = page_of(loaded.owner);
    let hint = match loaded.owner {
        TargetOwner::Me => {
            "Of chat the address of its webhook, which is never shown again; of e-mail one that is proved to be yours."
        }
        TargetOwner::Organisation => {
            "Of chat the address of its webhook, which is never shown again; of e-mail any address."
        }
    };
    view! {
        <Panel title="Add a place" id="add">
            <form class="deploy-form" method="post" action=action>
                <ErrorSummary errors />
                <input type="hidden" name="act" value="add" />
                <Select label="Kind" name="kind" choices=kinds.into() selected=kind error=kind_error />
                <TextField label="Name" name="name" value=name autocomplete="off"
                    hint=Some("What people call it, for example #releases.".to_owned()) error=name_error />
                <TextField label="Address" name="address" autocomplete="off" required=true
                    hint=Some(hint.to_owned()) error=address_error />
                <Button kind=ButtonKind::Primary disabled_because=why_not>"Add it"</Button>
            </form>
        </Panel>
    }
}
