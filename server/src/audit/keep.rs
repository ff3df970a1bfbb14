//! What goes on beside requests and jobs, in every process: sealing, and signing the head.

use std::time::Duration;

use commands::Commands;
use tokio_util::sync::CancellationToken;

use super::{heads, signed_head};
use crate::config::AuditConfig;

/// A row is sealed within 5 s: this, the time of sealing, and room for a process that just died with the lock.
const EVERY: Duration = Duration::from_secs(1);

/// Begins to seal, and to sign heads where that is set, until `stop`.
pub fn keep(commands: &Commands, config: &AuditConfig, stop: &CancellationToken) {
    tokio::spawn(seal(commands.clone(), stop.clone()));
    if config.heads.is_some() {
        tokio::spawn(sign(commands.clone(), config.clone(), stop.clone()));
    }
}

/// Any process may seal and one does at a time: who finds another at it looks again a moment later.
async fn seal(commands: Commands, stop: CancellationToken) {
    loop {
        match commands.seal_audit().await {
            Ok((_, true)) => continue,
            Ok(_) => {}
            Err(problem) => {
                tracing::warn!(%problem, "the audit trail could not be sealed; it is tried again");
            }
        }
        let pause = EVERY.mul_f64(rand::random_range(0.8..1.2));
        if stop
            .run_until_cancelled(tokio::time::sleep(pause))
            .await
            .is_none()
        {
            return;
        }
    }
}

/// Appends a signed head whenever the trail has gone on.
async fn sign(commands: Commands, config: AuditConfig, stop: CancellationToken) {
    let mut last = None;
    loop {
        match append_head(&commands, &config, last).await {
            Ok(number) => last = number,
            Err(problem) => {
                tracing::error!(
                    problem,
                    "the signed head of the audit trail could not be written; it is tried again"
                );
            }
        }
        if stop
            .run_until_cancelled(tokio::time::sleep(config.every))
            .await
            .is_none()
        {
            return;
        }
    }
}

async fn append_head(
    commands: &Commands,
    config: &AuditConfig,
    last: Option<i64>,
) -> Result<Option<i64>, String> {
    let (Some(key), Some(path)) = (config.key.as_deref(), config.heads.as_deref()) else {
        return Ok(None);
    };
    let (number, hash) = commands
        .reads()
        .audit_head()
        .await
        .map_err(|problem| problem.to_string())?;
    if last != Some(number) {
        let head = signed_head((number, &hash), commands.now(), Some(key));
        heads::append(path, &head).map_err(|problem| format!("{}: {problem}", path.display()))?;
    }
    Ok(Some(number))
}
