//! What signing in shares for the life of the process, and where a request comes from.

use super::{limits::Limits, password::Hasher};

/// What signing in shares for the life of the process.
#[derive(Default)]
pub struct Shared {
    pub(super) hasher: Hasher,
    pub(super) limits: Limits,
}

/// Where somebody signs in from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The address, as the nearest trusted hop saw it.
    pub address: String,
    /// What the browser says it is.
    pub device: String,
}
