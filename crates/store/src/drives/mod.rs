//! Deploys that Fairway drives: where each stands, its phases, its lease, what it was told, and the facts that it decides on.

mod defects;
mod facts;
mod heard;
mod initiators;
mod leases;
mod phases;
mod place;
mod readiness;
mod reads;
mod record;
mod runs;
mod showing;
mod told;
mod upstreams;

pub use facts::{DrivenDeploy, PlaceNames};
pub use phases::PhasePlace;
pub use place::PlaceNow;
pub use record::{AskedFor, Begun};
pub use runs::RunOrder;
pub use showing::{ShownPart, ToShow};
