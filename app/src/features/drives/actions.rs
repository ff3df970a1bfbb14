//! What people do to have something deployed.

use axum::{
    extract::{Path, Request, State},
    response::Response,
};
use commands::CommandError;
use domain::error::FieldErrors;

use super::asked::{Chosen, NO_GITHUB, Said, at_fields, new_drive};
use crate::{ctx::AppContext, forms, paths};

/// `POST /services/{slug}/deploy`: asks for the deploy, and shows it.
pub async fn ask_form(State(app): State<AppContext>, Path(slug): Path<String>, request: Request) -> Response {
    forms::answer(app, request, |app, viewer, fields| async move {
        let chosen = Chosen::of(&fields);
        let brought = chosen.brought(&app.commands, &viewer, &slug).await?;
        let new = new_drive((&chosen, &brought), &fields, &app.commands)?;
        let said = Said::of(&fields);
        let named = |problem: CommandError| match problem {
            CommandError::Invalid(errors) => CommandError::from(at_fields(errors, &said)),
            other => other,
        };
        let outlook = app.commands.drive_outlook(&viewer, &new).await;
        if outlook.map_err(named)?.lacks_github {
            return Err(FieldErrors::one("environment", NO_GITHUB).into());
        }
        let started = app.commands.start_drive(&viewer, new).await;
        let started = started.map_err(named)?;
        Ok(paths::deploy(started.id))
    })
    .await
}
