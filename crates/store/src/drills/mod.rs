//! Rollback drills: when each service has one, what stands in the way of one, its legs, and what came of it.

mod place;
mod reads;
mod record;
mod schedules;

pub use place::DrillPlace;
pub use record::{DrillToStore, OpenDrill};
