//! Prometheus, and whatever speaks its HTTP API: one query at one time, or over a range of times.

mod client;
mod convert;
mod error;
mod wire;

pub use client::{Access, Prometheus, PrometheusConfig};
pub use convert::{InstantAnswer, RangeAnswer, Series};
pub use error::PrometheusError;

pub use crate::breaker::{BreakerState, BreakerStatus, Patience};
