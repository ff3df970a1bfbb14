//! What a drive orders. The one place that it leaves the drive by.

use domain::{deploys::drive::PhaseRecord, ids::DeployId};
use store::Tx;

use crate::Result;

/// Stores a phase with what it orders, in the transaction of the step. A phase that began already orders nothing again.
pub(super) async fn order(tx: &mut Tx, deploy: DeployId, record: &PhaseRecord) -> Result<()> {
    if !tx.insert_phase(deploy, record).await? {
        tracing::warn!(
            key = record.key,
            "a phase began already; nothing is ordered again"
        );
    }
    Ok(())
}
