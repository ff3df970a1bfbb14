//! Which sessions were noted as used a moment ago, so that a page costs no write.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The database keeps the minute.
const EVERY: Duration = Duration::from_mins(1);
/// More than this are forgotten once they are old.
const MANY: usize = 10_000;

/// When this process noted the use of each session.
#[derive(Default)]
pub(super) struct Seen(Mutex<HashMap<Vec<u8>, Instant>>);

impl Seen {
    /// Whether a use is to be noted now; it counts as noted then.
    pub fn is_due(&self, key: &[u8]) -> bool {
        let now = Instant::now();
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.get(key).is_some_and(|at| now.duration_since(*at) < EVERY) {
            return false;
        }
        if seen.len() >= MANY {
            seen.retain(|_, at| now.duration_since(*at) < EVERY);
        }
        seen.insert(key.to_vec(), now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn a_session_is_noted_once_a_minute() {
        let seen = Seen::default();
        assert!(seen.is_due(b"a"));
        assert!(!seen.is_due(b"a"));
        assert!(seen.is_due(b"b"));
    }
}
