//! What people do about news: name a place for them, choose what is told there, take it away.

use axum::{
    extract::{Request, State},
    response::Response,
};
use commands::{CommandError, outbox::TargetOwner};
use domain::{actor::Viewer, error::FieldErrors, ids::NotificationTargetId, notifications::RawTarget};

use crate::{
    ctx::AppContext,
    forms::{self, Fields},
    paths,
};

/// `POST /account/notifications`
pub async fn own_notifications_form(State(app): State<AppContext>, request: Request) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        done(&app, (&viewer, TargetOwner::Me), &fields).await
    })
    .await
}

/// `POST /admin/notifications`
pub async fn notifications_form(State(app): State<AppContext>, request: Request) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        done(&app, (&viewer, TargetOwner::Organisation), &fields).await
    })
    .await
}

/// The page of an owner's places.
pub(super) fn page_of(owner: TargetOwner) -> String {
    match owner {
        TargetOwner::Me => paths::account_notifications(),
        TargetOwner::Organisation => paths::admin_notifications(),
    }
}

/// The same with one place open.
pub(super) fn place_of(owner: TargetOwner, id: NotificationTargetId) -> String {
    paths::with_query(&page_of(owner), [("place", id.to_string())])
}

async fn done(
    app: &AppContext,
    (viewer, owner): (&Viewer, TargetOwner),
    fields: &Fields,
) -> Result<String, CommandError> {
    let commands = &app.commands;
    match fields.get("act") {
        "add" => {
            let raw = RawTarget {
                kind: fields.get("kind").to_owned(),
                name: fields.get("name").to_owned(),
                address: fields.get("address").to_owned(),
            };
            let id = commands.add_notification_target(viewer, owner, &raw).await?;
            Ok(format!("{}#place", place_of(owner, id)))
        }
        "choose" => {
            let id = place(fields)?;
            let team = Some(fields.get("team")).filter(|team| !team.is_empty());
            let topics = fields.all("topics").into_iter().map(|topic| (topic, team));
            let chosen: Vec<(&str, Option<&str>)> = topics.collect();
            commands.set_notification_choice(viewer, id, &chosen).await?;
            Ok(page_of(owner))
        }
        "remove" => {
            commands
                .remove_notification_target(viewer, place(fields)?)
                .await?;
            Ok(page_of(owner))
        }
        _ => Err(FieldErrors::one("act", "press one of the page's buttons").into()),
    }
}

fn place(fields: &Fields) -> Result<NotificationTargetId, CommandError> {
    let place = fields.get("place");
    place
        .parse()
        .map_err(|_| CommandError::not_found(format!("place {place} where news go")))
}
