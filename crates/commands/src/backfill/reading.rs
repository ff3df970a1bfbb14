//! Reading history: a page, its facts and the place of the next page in one unit of work.
//!
//! GitHub is asked before the unit of work begins. A process that dies anywhere leaves the place where it was; two that
//! read one page store it once.

use domain::backfill::{HistoryPage, JobAttempts, tries_again_at};
use integrations::github::{GithubClient, GithubError, counted};
use store::{HistoryPlace, HistoryStep};

use super::jobs::{LANES, ReadHistory};
use crate::{Commands, Result, intake::system, jobs::Job};

/// Pages that one run of the job reads, so that a stopping process waits for few.
const PAGES_AT_ONCE: usize = 10;
/// Answers in a row that cannot be read, after which a page is given up: as many as a job has tries.
const MOST_GARBLED: u32 = 10;

/// A page, and what the jobs of its runs tell.
type ReadPage = (HistoryPage, JobAttempts);

impl Commands {
    /// Reads pages of the repositories of a lane and goes on in another run, until none waits that may be read now. Gives
    /// how many were read.
    pub async fn read_history(&self, job: &ReadHistory) -> Result<usize> {
        let Some(client) = self.github() else {
            return Ok(0);
        };
        for read in 0..PAGES_AT_ONCE {
            let next = self
                .reads()
                .next_history_page((job.lane, LANES), self.now())
                .await?;
            match next {
                Some(place) => self.read_page(client, &place).await?,
                None => return Ok(read),
            }
        }
        let mut tx = self.store.begin(&system("fairway")).await?;
        tx.enqueue(job.enqueued()?).await?;
        tx.commit().await?;
        Ok(PAGES_AT_ONCE)
    }

    /// Starts the lanes that have something to read; gives how many.
    pub async fn wake_history(&self) -> Result<usize> {
        if self.github().is_none() {
            return Ok(0);
        }
        let mut woken = 0;
        for lane in 0..LANES {
            let next = self.reads().next_history_page((lane, LANES), self.now()).await?;
            if next.is_some() {
                let mut tx = self.store.begin(&system("fairway")).await?;
                tx.enqueue(ReadHistory { lane }.enqueued()?).await?;
                tx.commit().await?;
                woken += 1;
            }
        }
        Ok(woken)
    }

    /// Reads a page and stores it, or what became of it instead; counts every request that was sent for it.
    async fn read_page(&self, client: &GithubClient, place: &HistoryPlace) -> Result<()> {
        let (asked, calls) = counted(Box::pin(self.ask_for_page(client, place))).await;
        match asked? {
            Ok(read) => self.store_page(place, read, calls).await,
            Err(error) => self.meet((place, calls), &error).await,
        }
    }

    async fn ask_for_page(
        &self,
        client: &GithubClient,
        place: &HistoryPlace,
    ) -> Result<std::result::Result<ReadPage, GithubError>> {
        let at = (&*place.owner, &*place.name);
        let page = match client.reserve_reached(&place.owner, self.now()).await {
            Ok(None) => client.history_page(place.kind, at, place.page).await,
            Ok(Some(until)) => Err(GithubError::RateLimited { until }),
            Err(error) => Err(error),
        };
        let mut page = match page {
            Ok(page) => page,
            Err(error) => return Ok(Err(error)),
        };
        let runs = self.runs_to_tell(&page.rows).await?;
        Ok(client.attempts_of_jobs(at, &runs).await.map(|attempts| {
            page.rows.tell_attempts(&attempts);
            (page, attempts)
        }))
    }

    async fn store_page(&self, place: &HistoryPlace, (page, attempts): ReadPage, calls: u64) -> Result<()> {
        let oldest = page.rows.oldest();
        let rows = page.rows.since(place.since);
        let step = HistoryStep {
            reached: oldest,
            rows: rows.count(),
            calls,
            misfit: page.misfit,
            done: !page.more || oldest.is_none_or(|oldest| oldest < place.since),
        };
        let mut tx = self.store.begin(&system("github")).await?;
        let Some(repository) = tx.lock_repository(place.repository).await? else {
            return Ok(());
        };
        if !tx.advance_backfill(place, &step, self.now()).await? {
            tracing::debug!(?place, "a page was read by somebody else meanwhile");
            tx.count_backfill_calls(place, calls).await?;
            tx.commit().await?;
            return Ok(());
        }
        self.store_history(&mut tx, (place.repository, &repository.default_branch), &rows)
            .await?;
        self.tell_stored_attempts(&mut tx, &attempts).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What an error of GitHub means: wait until it says, try again later, or say what a person can do.
    async fn meet(&self, (place, calls): (&HistoryPlace, u64), error: &GithubError) -> Result<()> {
        let mut tx = self.store.begin(&system("fairway")).await?;
        tx.count_backfill_calls(place, calls).await?;
        if let GithubError::RateLimited { until } | GithubError::Resting { until } = error {
            // Everything of the account waits: its budget is one.
            tx.pause_backfills(&place.owner, *until).await?;
            tx.commit().await?;
            tracing::info!(owner = place.owner, %until, "reading history waits for GitHub's budget");
            return Ok(());
        }
        let (at, problem) = (self.now(), error.to_string());
        // What cannot be read may come of a proxy between; after so many tries a person looks at it.
        let may_pass = match error {
            GithubError::Garbled { .. } => place.attempts + 1 < MOST_GARBLED,
            // As other jobs wait for GitHub's consent: it goes on by itself once it is given again.
            GithubError::NotInstalled { .. } | GithubError::Unauthorized => true,
            error => error.is_temporary(),
        };
        if may_pass {
            let until = tries_again_at(at, place.attempts + 1);
            tx.delay_backfill(place, until, &problem, at).await?;
        } else {
            tracing::warn!(?place, problem, "history cannot be read");
            tx.fail_backfill(place, &problem, at).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
