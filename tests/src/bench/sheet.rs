//! What was measured: each line is printed when it is known, and all of them can be written as a table.

use std::{fmt::Write, fs, path::Path};

use crate::Problem;

/// Whether less is better.
#[derive(Clone, Copy)]
pub enum Limit {
    /// At most.
    AtMost(f64),
    /// At least.
    AtLeast(f64),
}

impl Limit {
    fn sign_and_bound(self) -> (char, f64) {
        match self {
            Self::AtMost(bound) => ('≤', bound),
            Self::AtLeast(bound) => ('≥', bound),
        }
    }

    /// A ratio of at most 1 keeps the promise, whichever way it points.
    fn ratio(self, measured: f64) -> f64 {
        match self {
            Self::AtMost(bound) => measured / bound,
            Self::AtLeast(bound) => bound / measured,
        }
    }
}

/// The lines so far.
#[derive(Default)]
pub struct Sheet {
    rows: String,
    promises: u32,
    kept: u32,
}

/// The table of `docs/bench.md` stands between these.
const MARKS: (&str, &str) = ("<!-- measured -->\n", "<!-- /measured -->\n");

impl Sheet {
    /// A promise: measured, limit, ratio.
    pub fn promise(&mut self, what: &str, measured: f64, unit: &str, limit: Limit) {
        let ((sign, bound), ratio) = (limit.sign_and_bound(), limit.ratio(measured));
        let is_kept = ratio <= 1.0;
        let verdict = if is_kept { "kept" } else { "MISSED" };
        self.promises += 1;
        self.kept += u32::from(is_kept);
        let (value, bound) = (shown(measured), shown(bound));
        println!("{what:<62} {value:>9} {unit:<4} limit {sign} {bound:<8} ratio {ratio:>5.2}  {verdict}");
        let verdict = if is_kept { "kept" } else { "**missed**" };
        self.row([
            what,
            &format!("{value} {unit}"),
            &format!("{sign} {bound} {unit}"),
            &format!("{ratio:.2}"),
            verdict,
        ]);
    }

    /// Something that has no limit of its own.
    pub fn note(&mut self, what: &str, measured: f64, unit: &str) {
        let value = shown(measured);
        println!("  {what:<60} {value:>9} {unit}");
        self.row([&format!("– {what}"), &format!("{value} {unit}"), "", "", ""]);
    }

    /// A line that this run cannot measure, and why.
    pub fn missing(&mut self, what: &str, why: &str) {
        println!("{what:<62} not measured: {why}");
        self.row([what, "not measured", "", "", why]);
    }

    /// How many promises were kept.
    pub fn sum_up(&self) {
        println!("{} of {} measured promises kept", self.kept, self.promises);
    }

    /// Puts the table into a document, in place of the one before.
    pub fn write(&self, path: &Path, about: &str) -> Result<(), Problem> {
        let text = fs::read_to_string(path)?;
        let (before, rest) = text
            .split_once(MARKS.0)
            .ok_or("the document has no mark for the table")?;
        let (_, after) = rest
            .split_once(MARKS.1)
            .ok_or("the document has no mark for the table's end")?;
        let head = "| line | measured | limit | ratio | |\n|---|---:|---:|---:|---|\n";
        let sum = format!("{} of {} measured promises kept.\n", self.kept, self.promises);
        let table = format!("{}{about}\n\n{head}{}\n{sum}{}", MARKS.0, self.rows, MARKS.1);
        fs::write(path, format!("{before}{table}{after}"))?;
        Ok(())
    }

    fn row(&mut self, cells: [&str; 5]) {
        let cells = cells.map(str::trim).join(" | ");
        // Writing to a string cannot fail.
        let _ = writeln!(self.rows, "| {cells} |");
    }
}

/// Three digits that say something.
fn shown(value: f64) -> String {
    match value.abs() {
        small if small < 10.0 => format!("{value:.2}"),
        usual if usual < 1000.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}
