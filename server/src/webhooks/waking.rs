//! The wake-up of workers after deliveries: one for many, after the commit.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use commands::Commands;

/// Deliveries that come within this time share a wake-up.
const GATHERING: Duration = Duration::from_millis(50);

/// Wakes workers, at most once per [`GATHERING`].
#[derive(Clone)]
pub(super) struct Waking {
    commands: Commands,
    due: Arc<AtomicBool>,
}

impl Waking {
    pub fn new(commands: &Commands) -> Self {
        Self {
            commands: commands.clone(),
            due: Arc::default(),
        }
    }

    /// Returns at once. A wake-up that is lost costs the second until workers look by themselves.
    pub fn soon(&self) {
        if self.due.swap(true, Ordering::AcqRel) {
            return;
        }
        let Self { commands, due } = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(GATHERING).await;
            due.store(false, Ordering::Release);
            if let Err(problem) = commands.wake_workers().await {
                tracing::debug!(%problem, "workers were not woken; they look by themselves");
            }
        });
    }
}
