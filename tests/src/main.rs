//! The integration tests, one binary.

mod sizes;
