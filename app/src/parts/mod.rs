//! Small views that know a domain type, shared by features.
