//! Where times, ids and secrets come from: the one place that reads the clock.

use std::sync::Arc;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use uuid::Uuid;

/// Tells the time, and makes ids and secrets.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;
    /// A new id, ordered by time (uuid v7).
    fn id(&self) -> Uuid;
    /// Bytes that nobody can foretell, for secrets.
    fn secret(&self) -> [u8; 32];
}

/// A clock that is behind another one: what is done by it was done then.
pub(crate) struct Behind {
    /// The other one.
    pub(crate) clock: Arc<dyn Clock>,
    /// By how much.
    pub(crate) by: TimeDelta,
}

impl Clock for Behind {
    fn now(&self) -> DateTime<Utc> {
        self.clock.now() - self.by
    }

    fn id(&self) -> Uuid {
        self.clock.id()
    }

    fn secret(&self) -> [u8; 32] {
        self.clock.secret()
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place that the lint sends everyone else to"
    )]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place that the lint sends everyone else to"
    )]
    fn id(&self) -> Uuid {
        Uuid::now_v7()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place that the lint sends everyone else to"
    )]
    fn secret(&self) -> [u8; 32] {
        rand::random()
    }
}
