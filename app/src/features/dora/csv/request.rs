//! What both files share: what is asked for, and what a value and a file are called.

use commands::CommandError;
use domain::dora::Scope;
use store::Reads;

use super::super::pages::{Address, Asked};
use crate::ctx::AppContext;

/// What an address asks for, of what whoever asks may read.
pub(super) async fn resolved(
    app: &AppContext,
    reads: &Reads,
    address: Address,
) -> Result<Asked, CommandError> {
    let zone = app.organisation.time_zone;
    address.resolve(reads, app.commands.now(), zone).await
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
