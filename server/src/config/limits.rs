//! Bounds that keep one sender from starving the others.

use std::time::Duration;

const MIB: usize = 1024 * 1024;

/// Bounds on requests. They are no settings: each follows from a fact that does not differ between installations.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Largest webhook body: GitHub sends up to 25 MiB (its documented cap on payloads).
    pub webhook_body: usize,
    /// Largest body of every other request: forms and API documents are small.
    pub body: usize,
    /// Bytes of request bodies held at once by the whole process; more is answered with 503.
    pub bodies_in_flight: usize,
    /// Longest time from the head of a request to the end of its body.
    pub body_deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            webhook_body: 25 * MIB,
            body: MIB,
            bodies_in_flight: 64 * MIB,
            body_deadline: Duration::from_secs(30),
        }
    }
}
