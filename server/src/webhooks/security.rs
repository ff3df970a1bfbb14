//! Refused deliveries as security events: enough rows to see what happens, never as many as a sender would like.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use commands::Commands;
use serde_json::Value;

/// So many rows in a window; what came beyond is counted in the first row of the next one.
const ROWS: u32 = 10;
const WINDOW: Duration = Duration::from_mins(1);

/// Writes security events of one source, a few a minute.
#[derive(Clone)]
pub(super) struct SecurityLog {
    commands: Commands,
    window: Arc<Mutex<Window>>,
}

#[derive(Debug)]
struct Window {
    begun: Instant,
    rows: u32,
    left_out: u32,
}

impl SecurityLog {
    pub fn new(commands: &Commands) -> Self {
        let window = Window {
            begun: Instant::now(),
            rows: 0,
            left_out: 0,
        };
        Self {
            commands: commands.clone(),
            window: Arc::new(Mutex::new(window)),
        }
    }

    /// Notes a refusal. A database that cannot take it changes nothing for the sender.
    pub async fn note(&self, kind: &str, source: &str, mut detail: Value) {
        let room = self
            .window
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .room(Instant::now());
        let Some(left_out) = room else { return };
        if left_out > 0 {
            detail["left_out_before"] = left_out.into();
        }
        if let Err(problem) = self.commands.note_security_event(kind, source, &detail).await {
            tracing::warn!(%problem, kind, source, "a security event was not stored");
        }
    }
}

impl Window {
    /// How many were left out before, when there is room for one more row.
    fn room(&mut self, now: Instant) -> Option<u32> {
        if now.duration_since(self.begun) >= WINDOW {
            (self.begun, self.rows) = (now, 0);
        }
        if self.rows >= ROWS {
            self.left_out += 1;
            return None;
        }
        self.rows += 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_writes_few_rows_and_says_how_many_it_would_have_been() {
        let begun = Instant::now();
        let mut window = Window {
            begun,
            rows: 0,
            left_out: 0,
        };
        let rows = (0..1000).filter_map(|_| window.room(begun)).count();
        assert_eq!(rows, 10);
        assert_eq!(window.room(begun + WINDOW), Some(990));
        assert_eq!(window.room(begun + WINDOW), Some(0));
    }
}
