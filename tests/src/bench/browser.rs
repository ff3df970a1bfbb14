//! What a person waits for in Chromium at the first visit: rows on the screen, and the largest piece of the page.

use std::{net::SocketAddr, process::Command};

use serde::Deserialize;
use tests::session::cookie;

use crate::{
    Problem,
    sheet::{Limit::AtMost, Sheet},
};

/// Medians over some visits, in milliseconds.
#[derive(Deserialize)]
struct Visits {
    rows: f64,
    lcp: f64,
    /// The rows again, as a bare page without style, script, font or database.
    bare: f64,
    count: u32,
}

pub fn visits(sheet: &mut Sheet, address: SocketAddr) -> Result<(), Problem> {
    let output = Command::new("node")
        .args([
            "end2end/visit.mjs",
            &format!("http://{address}/services"),
            &cookie(),
        ])
        .output();
    let output = match output {
        Ok(output) if output.status.success() => output,
        other => {
            let why = other.map_or_else(
                |error| error.to_string(),
                |output| String::from_utf8_lossy(&output.stderr).into_owned(),
            );
            let why = why
                .lines()
                .find(|line| !line.trim().is_empty())
                .unwrap_or("unknown");
            sheet.missing("first visit in Chromium", why);
            return Ok(());
        }
    };
    let visits: Visits = serde_json::from_slice(&output.stdout)?;
    let what = format!(
        "first visit in Chromium, rows visible, median of {}",
        visits.count
    );
    sheet.promise(&what, visits.rows, "ms", AtMost(300.0));
    sheet.promise(
        "first visit in Chromium, LCP, median",
        visits.lcp,
        "ms",
        AtMost(1000.0),
    );
    sheet.note(
        "the same rows as a bare page in the same Chromium",
        visits.bare,
        "ms",
    );
    Ok(())
}
