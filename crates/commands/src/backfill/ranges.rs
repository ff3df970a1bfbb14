//! What lies between the deploys of a history: told from the list of the branch's commits, a request for each hundred, and
//! compared one by one only where that list does not tell.

use std::collections::HashSet;

use domain::{backfill::HistoryKind, changes::Ancestry, facts::CommitFact, ids::RepositoryId};
use integrations::github::{GithubClient, GithubError, counted};
use store::{ComparedCommits, RepositoryPlace};

use super::jobs::FetchRanges;
use crate::{CommandError, Commands, Result, fetch::derive, intake::system, jobs::FetchCompare};

/// Pages of commits that are read for ranges at most: as many commits as a comparison may have.
const MOST_PAGES: usize = 50;

/// A range of commits: from (excluded), to (included).
type Range = (String, String);

/// The commits of the branch that were read.
#[derive(Default)]
struct Branch {
    line: Ancestry,
    commits: Vec<CommitFact>,
}

impl Commands {
    /// Fetches what lies between many deploys. It keeps GitHub's reserve, runs beside no other of its kind, and its requests
    /// are counted as those of the reading of history that it follows.
    pub async fn fetch_ranges(&self, job: &FetchRanges) -> Result<()> {
        let Some((client, place)) = self.github_place(job.repository).await? else {
            return Ok(());
        };
        let wanted = self.reads().unknown_ranges(job.repository, &job.ranges).await?;
        if wanted.is_empty() {
            return Ok(());
        }
        let of = (job.repository, HistoryKind::Deployments);
        let asking = Box::pin(self.ask_for_ranges(client, (job.repository, &place), &wanted));
        self.counted_as_history(of, asking).await
    }

    /// Does what asks GitHub for more than its lists told, and counts its requests as those of the reading of history that
    /// is under way or ended a little while ago.
    pub(crate) async fn counted_as_history(
        &self,
        (repository, kind): (RepositoryId, HistoryKind),
        work: impl Future<Output = Result<()>>,
    ) -> Result<()> {
        let (outcome, calls) = counted(work).await;
        if calls > 0 {
            let mut tx = self.store.begin(&system("fairway")).await?;
            tx.count_calls_of_history((repository, kind), calls, self.now())
                .await?;
            tx.commit().await?;
        }
        outcome
    }

    async fn ask_for_ranges(
        &self,
        client: &GithubClient,
        (repository, place): (RepositoryId, &RepositoryPlace),
        wanted: &[Range],
    ) -> Result<()> {
        let branch = self.read_branch(client, place, wanted).await?;
        let (told, rest): (Vec<_>, Vec<_>) = wanted
            .iter()
            .partition(|(base, head)| branch.line.between(base, head).is_some());
        self.store_told(repository, &branch, &told).await?;
        let mut refused = None;
        for (base, head) in rest {
            self.keep_reserve(client, place).await?;
            let job = FetchCompare {
                repository,
                base: base.clone(),
                head: head.clone(),
            };
            match self.compare_range(&job).await {
                // This range stays unknown whatever is done; the others need not.
                Err(error @ CommandError::Denied { .. }) => refused = Some(error),
                other => other?,
            }
        }
        refused.map_or(Ok(()), Err)
    }

    /// Reads pages of the default branch's commits while they may save more requests than they are.
    async fn read_branch(
        &self,
        client: &GithubClient,
        place: &RepositoryPlace,
        wanted: &[Range],
    ) -> Result<Branch> {
        let mut branch = Branch::default();
        let at = (&*place.owner, &*place.name);
        for page in (1..).take((wanted.len() / 2).min(MOST_PAGES)) {
            self.keep_reserve(client, place).await?;
            let listed = match client.commits_page(at, &place.default_branch, page).await {
                Ok(listed) => listed,
                // No such branch any more; the comparison of each range says what is wrong.
                Err(GithubError::NotFound { .. }) => break,
                Err(error) => return Err(self.passed_on(error)),
            };
            for commit in listed.rows {
                if let Some(parents) = commit.parents {
                    branch.line.push(commit.fact.sha.clone(), parents);
                    branch.commits.push(commit.fact);
                }
            }
            let is_told = |(base, head): &Range| branch.line.between(base, head).is_some();
            if !listed.more || wanted.iter().all(is_told) {
                break;
            }
        }
        Ok(branch)
    }

    /// Stores ranges as comparisons would have told them, with their commits.
    async fn store_told(&self, repository: RepositoryId, branch: &Branch, told: &[&Range]) -> Result<()> {
        if told.is_empty() {
            return Ok(());
        }
        let at = self.now();
        let ranges: Vec<(&Range, Vec<String>)> = told
            .iter()
            .filter_map(|range| {
                let shas = branch.line.between(&range.0, &range.1)?;
                Some((*range, shas.into_iter().map(str::to_owned).collect()))
            })
            .collect();
        let named: HashSet<&String> = ranges.iter().flat_map(|(_, shas)| shas).collect();
        let commits = branch.commits.iter().filter(|commit| named.contains(&commit.sha));
        let commits: Vec<CommitFact> = commits.cloned().collect();
        let mut tx = self.store.begin(&system("github")).await?;
        tx.lock_repository(repository).await?;
        let new = self.with_authors(&mut tx, &commits, at).await?;
        tx.insert_commits(repository, &new, None).await?;
        for ((base, head), shas) in &ranges {
            let range = ComparedCommits {
                base,
                head,
                status: if shas.is_empty() { "behind" } else { "ahead" },
                shas,
                fetched_at: at,
            };
            tx.put_compared_range(repository, &range).await?;
        }
        let services = tx.services_of_repository(repository).await?;
        derive(&mut tx, services).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn keep_reserve(&self, client: &GithubClient, place: &RepositoryPlace) -> Result<()> {
        let kept = client.keep_reserve(&place.owner).await;
        kept.map_err(|error| self.passed_on(error))
    }
}
