//! How a measured line is printed: what, measured, limit, ratio.

/// Whether less is better.
#[derive(Clone, Copy)]
pub enum Limit {
    /// At most.
    AtMost(f64),
    /// At least.
    AtLeast(f64),
}

/// Prints one promise: a ratio of at most 1 keeps it, whichever way it points.
pub fn line(what: &str, measured: f64, unit: &str, limit: Limit) {
    let (sign, bound, ratio) = match limit {
        Limit::AtMost(bound) => ('≤', bound, measured / bound),
        Limit::AtLeast(bound) => ('≥', bound, bound / measured),
    };
    let verdict = if ratio <= 1.0 { "kept" } else { "MISSED" };
    println!("{what:<58} {measured:>10.2} {unit:<6} limit {sign} {bound:<9.2} ratio {ratio:>5.2}  {verdict}");
}

/// Prints something that has no limit of its own.
pub fn note(what: &str, measured: f64, unit: &str) {
    println!("{what:<58} {measured:>10.2} {unit}");
}
