//! Whether a request goes out now: what earlier answers said about GitHub itself and about each caller.
//!
//! Knows no address and sends nothing; the time is told to it.

use chrono::{DateTime, Utc};
use http::StatusCode;

use super::{budget::Purses, counting::note_sent, error::GithubError, sender::Raw, status::GithubStatus};
use crate::breaker::{Breaker, Patience};

/// What decides whether a request goes out.
pub(super) struct Gate {
    breaker: Breaker,
    pub purses: Purses,
    status: GithubStatus,
}

impl Gate {
    pub fn new(patience: Patience) -> Self {
        Self {
            breaker: Breaker::new(patience),
            purses: Purses::new(patience.refused),
            status: GithubStatus::default(),
        }
    }

    /// How GitHub and its callers stand.
    pub fn status(&self, now: DateTime<Utc>) -> GithubStatus {
        GithubStatus {
            breaker: Some(self.breaker.status()),
            budgets: self.purses.all(now),
            ..self.status.clone()
        }
    }

    /// Counts a request that may go out; else says why not.
    pub fn admit(&mut self, caller: &str, now: DateTime<Utc>) -> Result<(), GithubError> {
        self.purses.admit(caller, now)?;
        self.breaker
            .admit(now)
            .map_err(|until| GithubError::Resting { until })?;
        self.status.requests += 1;
        note_sent();
        Ok(())
    }

    /// Counts rows that an answer told in another shape than GitHub documents.
    pub fn note_misfits(&mut self, rows: u64) {
        self.status.misfits += rows;
    }

    /// Learns from an answer.
    pub fn note(&mut self, caller: &str, raw: &Raw, now: DateTime<Utc>) {
        self.purses.note(caller, (raw.status, &raw.headers), now);
        if raw.status.is_server_error() {
            let status = Some(raw.status.as_u16());
            return self.failed(&GithubError::Unavailable { status }, now);
        }
        self.status.last_answer_at = Some(now);
        self.status.unchanged += u64::from(raw.status == StatusCode::NOT_MODIFIED);
        if self.breaker.succeeded() {
            tracing::info!("GitHub answers again");
        }
    }

    /// Learns that GitHub did not answer; what else can go wrong says nothing about it.
    pub fn failed(&mut self, error: &GithubError, now: DateTime<Utc>) {
        if !matches!(error, GithubError::Unavailable { .. } | GithubError::Timeout) {
            return;
        }
        self.status.last_failure = Some((now, error.to_string()));
        if self.breaker.failed(now) {
            tracing::warn!(%error, "GitHub is left alone for a while");
        }
    }
}
