//! What both files share: who may ask, for what, and what a value and a file are called.

use axum::Extension;
use commands::CommandError;
use domain::{actor::Viewer, dora::Scope};

use super::super::pages::{Address, Asked};
use crate::ctx::AppContext;

/// What an address asks for, for whoever is signed in.
pub(super) async fn resolved(
    app: &AppContext,
    viewer: Option<Extension<Viewer>>,
    address: Address,
) -> Result<Asked, CommandError> {
    if viewer.is_none() {
        return Err(CommandError::SignedOut);
    }
    let zone = app.organisation.time_zone;
    address
        .resolve(&app.commands.reads(), app.commands.now(), zone)
        .await
}

/// Every digit that the value has; empty when it is not known.
pub(super) fn number(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// The name of a downloaded file: `dora-payments-2026-08-25-2026-11-22.csv`.
pub(super) fn file_name(asked: &Asked, what: &str) -> String {
    let whose = match asked.scope {
        Scope::Organisation => "organisation",
        Scope::Team(_) => &asked.address.team,
        Scope::Service(_) => &asked.address.service,
    };
    format!(
        "{what}-{whose}-{}-{}.csv",
        asked.range.from,
        asked.range.last_day()
    )
}
