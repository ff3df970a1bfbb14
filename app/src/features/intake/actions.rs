//! `POST /admin/deliveries/{id}/replay`

use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use commands::CommandError;
use domain::{actor::Viewer, ids::DeliveryId};

use crate::{ctx::AppContext, error, paths};

/// Processes a delivery again and shows it.
pub async fn replay(
    State(app): State<AppContext>,
    viewer: Option<Extension<Viewer>>,
    Path(id): Path<String>,
) -> Response {
    match try_replay(&app, viewer, &id).await {
        Ok(()) => Redirect::to(&paths::admin_delivery(&id)).into_response(),
        Err(problem) => {
            if matches!(problem, CommandError::Internal(_)) {
                tracing::error!(
                    error = &problem as &dyn std::error::Error,
                    delivery = id,
                    "a delivery was not replayed"
                );
            }
            error::status(&problem).into_response()
        }
    }
}

async fn try_replay(
    app: &AppContext,
    viewer: Option<Extension<Viewer>>,
    id: &str,
) -> Result<(), CommandError> {
    let Extension(viewer) = viewer.ok_or(CommandError::SignedOut)?;
    let id: DeliveryId = id
        .parse()
        .map_err(|_| CommandError::not_found(format!("delivery {id}")))?;
    app.commands.replay_delivery(&viewer, id).await
}
