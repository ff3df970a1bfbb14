//! How a service's health reads.

use domain::catalog::Health;

use crate::ui::Status;

/// How health looks and is called.
pub fn health_status(health: Health) -> Status {
    match health {
        Health::Down => Status::danger("down"),
        Health::Degraded => Status::warn("degraded"),
        Health::Healthy => Status::ok("healthy"),
        Health::Unknown => Status::idle("unknown"),
    }
}
