//! `/admin/deliveries/{id}`

use commands::CommandError;
use domain::{
    access::{Action, Resource},
    ids::DeliveryId,
    intake::{Delivery, DeliveryStatus},
};
use leptos::prelude::*;

use super::{delivery_status, event_words};
use crate::{
    ctx::{self, Ctx},
    format,
    page::{Page, Section, respond},
    paths,
    ui::{
        Badge, Button, ButtonKind, Copyable, Notice, PageHeader, Panel, Prop, Props, Time, TimeStyle, Tone,
    },
};

/// The most of a body that is shown; the largest that GitHub sends would not fit a page.
const SHOWN: usize = 64 * 1024;

/// One delivery.
pub fn delivery_page() -> impl IntoView {
    let id = ctx::param("id");
    respond(|ctx| async move {
        let (delivery, body) = load(&ctx, &id).await?;
        let title = event_words(&delivery.event, delivery.action.as_deref());
        Ok(Page::new(Section::Deliveries, title.clone())
            .crumb("Admin", paths::admin())
            .crumb("Deliveries", paths::admin_deliveries())
            .body(detail(title, delivery, &body)))
    })
}

async fn load(ctx: &Ctx, id: &str) -> Result<(Delivery, Vec<u8>), CommandError> {
    let missing = || CommandError::not_found(format!("delivery {id}"));
    let id: DeliveryId = id.parse().map_err(|_| missing())?;
    ctx.reads().delivery(id).await?.ok_or_else(missing)
}

fn detail(title: String, delivery: Delivery, body: &[u8]) -> impl IntoView + use<> {
    let status = delivery.status;
    let (replay, text) = (replay_form(&delivery), payload(body));
    view! {
        <PageHeader
            title
            badges=move || view! { <Badge status=delivery_status(status) /> }
            actions=move || replay.clone().view()
        />
        {notice(&delivery)}
        <Panel title="Delivery">{facts(delivery)}</Panel>
        <Panel title="Payload"><pre class="document" tabindex="0">{text}</pre></Panel>
    }
}

/// What is needed to draw the button.
#[derive(Clone)]
struct Replay {
    action: String,
    kind: ButtonKind,
}

fn replay_form(delivery: &Delivery) -> Replay {
    let dead = delivery.status == DeliveryStatus::Dead;
    Replay {
        action: paths::admin_delivery_replay(delivery.id),
        kind: if dead {
            ButtonKind::Primary
        } else {
            ButtonKind::Plain
        },
    }
}

impl Replay {
    fn view(self) -> impl IntoView {
        view! { <form action=self.action method="post"><Button kind=self.kind disabled_because=ctx::why_not(Action::ReplayDelivery, &Resource::Organisation)>"Replay"</Button></form> }
    }
}

fn notice(delivery: &Delivery) -> Option<AnyView> {
    let error = delivery.error.clone();
    match delivery.status {
        DeliveryStatus::Dead => Some(view! {
            <Notice tone=Tone::Danger>
                <p>{error}</p>
                <p>"Nothing of it is stored. Replay it once the cause is gone; replaying never counts anything twice."</p>
            </Notice>
        }
        .into_any()),
        DeliveryStatus::Received if error.is_some() => Some(view! {
            <Notice tone=Tone::Warn><p>"The last try failed: "{error}</p><p>"It is tried again by itself."</p></Notice>
        }
        .into_any()),
        DeliveryStatus::Received | DeliveryStatus::Processed | DeliveryStatus::Ignored => None,
    }
}

fn facts(delivery: Delivery) -> impl IntoView {
    let unknown = || view! { <span class="unknown">"–"</span> }.into_any();
    let done = delivery.processed_at.map_or_else(unknown, |at| {
        view! { <Time at style=TimeStyle::Exact /> }.into_any()
    });
    let size = format::count(u64::try_from(delivery.size).unwrap_or_default());
    let from = if delivery.source == "github" {
        "GitHub".to_owned()
    } else {
        delivery.source
    };
    let items = vec![
        Prop::new("From", from),
        Prop::new(
            "Repository",
            delivery.repository.map_or_else(unknown, IntoAny::into_any),
        ),
        Prop::new(
            "Received",
            view! { <Time at=delivery.received_at style=TimeStyle::Exact /> },
        ),
        Prop::new("Done", done),
        Prop::new("Tries", delivery.attempts),
        Prop::new("Size", format!("{size} bytes")),
        Prop::new(
            "Delivery id",
            view! { <Copyable text=delivery.delivery_id what="delivery id" /> },
        ),
    ];
    view! { <Props items wide=true /> }
}

/// The body as text: JSON with line breaks where it is short enough, else its beginning as it came.
fn payload(body: &[u8]) -> String {
    if body.len() <= SHOWN
        && let Ok(json) = serde_json::from_slice::<serde_json::Value>(body)
        && let Ok(text) = serde_json::to_string_pretty(&json)
    {
        return text;
    }
    let shown = String::from_utf8_lossy(&body[..body.len().min(SHOWN)]);
    let rest = body.len().saturating_sub(SHOWN);
    if rest == 0 {
        shown.into_owned()
    } else {
        format!("{shown}\n… and {} bytes more", format::count(rest as u64))
    }
}
