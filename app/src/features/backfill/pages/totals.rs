//! The reading of history over all repositories: how far, how fast, what it waits for.

use domain::backfill::BackfillTotals;
use leptos::prelude::*;

use crate::{
    format,
    ui::{Notice, Panel, Time, TimeStyle, Tone},
};

/// Nothing before the first start.
pub(super) fn panel(totals: &BackfillTotals) -> Option<AnyView> {
    if totals.started == 0 {
        return None;
    }
    let percent = percent(totals);
    let words = words(totals);
    let healed = (totals.healed > 0).then(|| {
        let facts = format::counted(totals.healed, "fact");
        view! { <p class="dim">{facts}" that events had not brought were found by looking at GitHub again, and are stored."</p> }
    });
    let waits = totals.resume_at.map(|at| {
        view! {
            <Notice tone=Tone::Info>
                "Reading waits until "<Time at style=TimeStyle::Exact />": it leaves a tenth of GitHub's budget to what is live, and goes on by itself."
            </Notice>
        }
    });
    let failed = (totals.failed > 0).then(|| {
        let count = format::count(totals.failed);
        view! { <Notice tone=Tone::Warn>{count}" could not be read wholly; the reason stands in the row, with a button to try again."</Notice> }
    });
    Some(
        view! {
            <Panel title="History of the last 180 days">
                <div class="history-total">
                    <progress class="progress" max="100" value=percent aria-label="History read over all repositories"></progress>
                    <strong class="num">{percent}" %"</strong>
                </div>
                <p class="dim">{words}</p>
                {waits}{failed}{healed}
            </Panel>
        }
        .into_any(),
    )
}

/// Whole per cent over all, also over those that were not started; 100 only when all is read.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share in [0, 1] becomes 0 to 99"
)]
fn percent(totals: &BackfillTotals) -> u8 {
    let all = all(totals);
    if totals.done == all {
        return 100;
    }
    ((totals.share * totals.started as f64 / all as f64 * 100.0) as u8).min(99)
}

/// Repositories whose history was started or is to be.
fn all(totals: &BackfillTotals) -> u64 {
    totals.started + totals.waiting
}

fn words(totals: &BackfillTotals) -> String {
    let read = format!(
        "{} of {} repositories read · {} in {}",
        format::count(totals.done),
        format::count(all(totals)),
        format::counted(totals.rows, "row"),
        format::counted(totals.calls, "request"),
    );
    match totals.rows_per_minute.filter(|_| totals.resume_at.is_none()) {
        Some(rate) => format!("{read} · {} rows a minute", format::decimal(rate, 0)),
        None => read,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_far_and_how_fast() {
        let totals = BackfillTotals {
            started: 200,
            done: 12,
            rows: 61_000,
            calls: 400,
            share: 0.999,
            rows_per_minute: Some(1234.4),
            ..BackfillTotals::default()
        };
        assert_eq!(percent(&totals), 99);
        assert_eq!(
            words(&totals),
            "12 of 200 repositories read · 61\u{202f}000 rows in 400 requests · 1234 rows a minute"
        );
    }

    #[test]
    fn what_was_never_started_is_not_read() {
        let totals = BackfillTotals {
            started: 16,
            done: 16,
            waiting: 4,
            share: 1.0,
            ..BackfillTotals::default()
        };
        assert_eq!(percent(&totals), 80);
        assert!(words(&totals).starts_with("16 of 20 repositories read"));
        let whole = BackfillTotals { waiting: 0, ..totals };
        assert_eq!(percent(&whole), 100);
    }
}
