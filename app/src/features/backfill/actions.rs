//! What people do on the page of repositories.

use axum::{
    extract::{Request, State},
    response::Response,
};
use commands::CommandError;
use domain::{error::FieldErrors, ids::RepositoryId};

use crate::{
    ctx::AppContext,
    forms::{self, Fields},
    paths,
};

/// `POST` of the page of repositories: looks for them, makes a service of one, ignores one, or reads history.
pub async fn repositories_form(State(app): State<AppContext>, request: Request) -> Response {
    // The list that the button was pressed in is the one to go back to.
    let query = request
        .uri()
        .query()
        .map_or_else(String::new, |query| format!("?{query}"));
    forms::answer(app, request, |app, viewer, fields| async move {
        let commands = &app.commands;
        match fields.get("act") {
            "look" => commands.look_for_repositories(&viewer).await?,
            "read_all" => commands.start_backfill(&viewer, None).await.map(drop)?,
            "read" => {
                let id = repository(&fields)?;
                commands.start_backfill(&viewer, Some(id)).await.map(drop)?;
            }
            "make" => {
                let owner = Some(fields.get("owner")).filter(|owner| !owner.is_empty());
                let id = repository(&fields)?;
                commands.make_services_of(&viewer, id, owner).await.map(drop)?;
            }
            "ignore" => {
                commands
                    .ignore_repository(&viewer, repository(&fields)?, true)
                    .await?;
            }
            "heed" => {
                commands
                    .ignore_repository(&viewer, repository(&fields)?, false)
                    .await?;
            }
            _ => return Err(FieldErrors::one("act", "press one of the page's buttons").into()),
        }
        Ok(format!("{}{query}", paths::admin_repositories()))
    })
    .await
}

fn repository(fields: &Fields) -> Result<RepositoryId, CommandError> {
    let id = fields.get("repository");
    id.parse()
        .map_err(|_| CommandError::not_found(format!("repository {id}")))
}
