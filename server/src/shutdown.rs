//! SIGTERM and SIGINT: the first asks for an orderly end, the second ends at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Exit status after a second signal, as shells write it for SIGINT.
const IMPATIENT: i32 = 130;

/// A token that is cancelled by the first SIGTERM or SIGINT.
///
/// # Errors
/// When the kernel refuses the handlers.
pub fn on_signal() -> std::io::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        let mut next =
            async || tokio::select! { _ = terminate.recv() => "SIGTERM", _ = interrupt.recv() => "SIGINT" };
        let name = next().await;
        tracing::info!(
            signal = name,
            "stopping: no new requests; running ones are finished"
        );
        cancelled.cancel();
        next().await;
        tracing::warn!("stopping at once: a second signal came");
        std::process::exit(IMPATIENT);
    });
    Ok(token)
}
