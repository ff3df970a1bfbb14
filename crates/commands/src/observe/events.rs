//! One function per event: which facts it brings, whose history they may change, and what is to be fetched.

use domain::{
    catalog::CODEOWNERS_PATHS,
    facts::{
        DeploymentFact, DeploymentStatusFact, ObservedEvent, PullRequestFact, PushFact, ReleaseFact,
        RepositoryFact, WorkflowRunFact,
    },
    live::{Change, ChangeKind},
    pull_requests::PullRequestRecord,
};

use super::{Observing, concerned};
use crate::{
    Commands, Result,
    jobs::{FetchPullRequestCommits, Job, ReconcileRepository, SyncCatalogFile},
};

/// GitHub lists no more commits of one push.
pub(super) const LISTED_COMMITS: usize = 2048;
/// Where a catalog file is looked for when a push does not list everything that it touches.
const CATALOG_FILE: &str = "catalog-info.yaml";

/// What GitHub calls the start of a run that was dispatched.
const DISPATCHED: &str = "workflow_dispatch";

impl Commands {
    pub(super) async fn store_event(
        &self,
        observing: &mut Observing<'_>,
        repository: &RepositoryFact,
        event: &ObservedEvent,
    ) -> Result<()> {
        match event {
            ObservedEvent::Ping | ObservedEvent::Repository(_) => Ok(()),
            ObservedEvent::Push(push) => self.store_push(observing, repository, push).await,
            ObservedEvent::PullRequest(fact) => {
                let branch = default_branch(observing, repository);
                self.store_pull_request(observing, &branch, fact, true).await
            }
            ObservedEvent::Deployment(fact) => self.store_deployment(observing, fact).await,
            ObservedEvent::DeploymentStatus(fact) => self.store_deployment_status(observing, fact).await,
            ObservedEvent::ProtectionRule(fact) => self.store_protection_rule(observing, fact).await,
            ObservedEvent::WorkflowRun(fact) => self.store_workflow_run(observing, fact).await,
            ObservedEvent::Release(fact) => store_release(observing, fact).await,
        }
    }

    /// Only pushes to the default branch are facts: what other branches hold comes with their pull requests.
    async fn store_push(
        &self,
        observing: &mut Observing<'_>,
        repository: &RepositoryFact,
        push: &PushFact,
    ) -> Result<()> {
        let branch = default_branch(observing, repository);
        let deleted = push.after.bytes().all(|byte| byte == b'0');
        if push.git_ref.strip_prefix("refs/heads/") != Some(&branch) || deleted {
            return Ok(());
        }
        let id = observing.repository.id;
        let services = concerned::by_push(observing.tx, id, push).await?;
        observing.services.extend(services);
        let commits = self
            .with_authors(observing.tx, &push.commits, observing.at)
            .await?;
        observing.tx.insert_push(id, push).await?;
        let landing = Some((push.pushed_at, &*push.after));
        observing.tx.insert_commits(id, &commits, landing).await?;
        if self.github().is_some() {
            for path in catalog_files(push) {
                let job = SyncCatalogFile {
                    repository: id,
                    commit: push.after.clone(),
                    path,
                };
                observing.jobs.push(job.enqueued()?);
            }
            let policies = self.may_change_policies(observing.tx, id, |place| {
                may_touch(push, |path| place.names(path))
            });
            if policies.await? || touches_codeowners(push) {
                observing
                    .jobs
                    .push(ReconcileRepository { repository: id }.enqueued()?);
            }
        }
        Ok(())
    }

    /// `to_fetch` says whether the own commits of a merged one are to be asked for.
    pub(super) async fn store_pull_request(
        &self,
        observing: &mut Observing<'_>,
        default_branch: &str,
        fact: &PullRequestFact,
        to_fetch: bool,
    ) -> Result<()> {
        let id = observing.repository.id;
        let author = self
            .person(observing.tx, fact.author.as_ref(), observing.at)
            .await?;
        // Who wrote it is stored as a person; the record compares what the row can hold.
        let said = PullRequestFact {
            author: None,
            action: String::new(),
            ..fact.clone()
        };
        let mut record = PullRequestRecord {
            newest: said,
            ..PullRequestRecord::new(fact.clone(), author)
        };
        let known = observing.tx.pull_request_record(id, fact.number).await?;
        let commits_known = known.as_ref().is_some_and(|known| known.commits_known);
        let (row, before) = known.map(|known| (known.id, known.record)).unzip();
        if let Some(before) = &before {
            let said = std::mem::replace(&mut record, before.clone());
            record.absorb(said);
        }
        let merged_here = record.newest.merged_at.is_some() && record.newest.base_ref == default_branch;
        if merged_here && to_fetch && !commits_known && self.github().is_some() {
            let job = FetchPullRequestCommits {
                repository: id,
                number: fact.number,
            };
            observing.jobs.push(job.enqueued()?);
        }
        if before.as_ref() == Some(&record) {
            return Ok(());
        }
        observing
            .tx
            .put_pull_request(row.unwrap_or_else(|| self.id()), id, &record)
            .await?;
        let change = Change::of(ChangeKind::PullRequest);
        observing.tx.note_changes([change], self.now());
        if record.newest.merged_at.is_some() {
            let merge_sha = record.newest.merge_commit_sha.as_deref();
            // One that was known under another commit leaves that one too.
            let moved = before.is_some_and(|before| {
                before.newest.merged_at.is_some() && before.newest.merge_commit_sha.as_deref() != merge_sha
            });
            let merge_sha = merge_sha.filter(|_| !moved);
            let services = concerned::by_pull_request(observing.tx, id, merge_sha).await?;
            observing.services.extend(services);
        }
        Ok(())
    }

    pub(super) async fn store_deployment(
        &self,
        observing: &mut Observing<'_>,
        fact: &DeploymentFact,
    ) -> Result<()> {
        self.put_deployment(observing, fact).await?;
        self.place(observing, fact.github_id).await
    }

    async fn store_deployment_status(
        &self,
        observing: &mut Observing<'_>,
        fact: &DeploymentStatusFact,
    ) -> Result<()> {
        self.put_deployment(observing, &fact.deployment).await?;
        observing.tx.insert_github_deployment_status(fact).await?;
        self.place(observing, fact.deployment.github_id).await
    }

    pub(super) async fn put_deployment(
        &self,
        observing: &mut Observing<'_>,
        fact: &DeploymentFact,
    ) -> Result<()> {
        let creator = self
            .person(observing.tx, fact.creator.as_ref(), observing.at)
            .await?;
        let environment = observing
            .tx
            .ensure_environment(self.id(), &fact.environment, fact.created_at)
            .await?;
        let id = observing.repository.id;
        Ok(observing
            .tx
            .put_github_deployment(id, environment, fact, creator)
            .await?)
    }

    pub(super) async fn place(&self, observing: &mut Observing<'_>, github_id: i64) -> Result<()> {
        let service = self.place_deployment(observing.tx, github_id).await?;
        observing.services.extend(service);
        Ok(())
    }

    /// A run's name or path may be what a rule looks for, so its deployments are placed again. A dispatched one may say which order
    /// it carries out.
    async fn store_workflow_run(&self, observing: &mut Observing<'_>, fact: &WorkflowRunFact) -> Result<()> {
        observing
            .tx
            .put_workflow_run(observing.repository.id, fact)
            .await?;
        for deployment in observing
            .tx
            .deployments_of_run(fact.run.id, fact.run.attempt.unwrap_or(1))
            .await?
        {
            self.place(observing, deployment).await?;
        }
        if fact.event.as_deref() == Some(DISPATCHED)
            && let Some(title) = &fact.title
        {
            let run = (fact.run.id, &**title);
            let touched = Box::pin(self.recognise_run(observing.tx, observing.repository.id, run));
            observing.services.extend(touched.await?);
        }
        Ok(())
    }
}

pub(super) async fn store_release(observing: &mut Observing<'_>, fact: &ReleaseFact) -> Result<()> {
    let id = observing.repository.id;
    let stood_for = observing.tx.target_of_release(fact.github_id).await?;
    observing.tx.put_release(id, fact, observing.at).await?;
    let targets = stood_for.into_iter().chain([fact.target.clone()]);
    let services = concerned::by_release(observing.tx, id, targets).await?;
    observing.services.extend(services);
    Ok(())
}

/// The default branch when the event happened, where it says so.
fn default_branch(observing: &Observing<'_>, repository: &RepositoryFact) -> String {
    let stored = &observing.repository.default_branch;
    repository.default_branch.as_ref().unwrap_or(stored).clone()
}

/// Whether a push may change who owns what.
fn touches_codeowners(push: &PushFact) -> bool {
    may_touch(push, |path| CODEOWNERS_PATHS.contains(&path))
}

/// Whether a push may change a file that is looked for; one that does not list all that it touches may.
fn may_touch(push: &PushFact, is_named: impl Fn(&str) -> bool) -> bool {
    let mut listed = push.commits.iter();
    push.forced
        || push.commits.len() >= LISTED_COMMITS
        || listed.any(|commit| {
            commit
                .paths
                .as_ref()
                .is_none_or(|paths| paths.iter().any(|path| is_named(path.as_str())))
        })
}

/// The catalog files that a push touches, each once.
fn catalog_files(push: &PushFact) -> Vec<String> {
    let is_catalog_file = |path: &&String| {
        let name = path.rsplit('/').next().unwrap_or(path);
        matches!(name, "catalog-info.yaml" | "catalog-info.yml")
    };
    let listed = push.commits.iter().filter_map(|commit| commit.paths.as_ref());
    let mut paths: Vec<String> = listed.flatten().filter(is_catalog_file).cloned().collect();
    let cut = push.commits.len() >= LISTED_COMMITS || push.forced;
    if cut || push.commits.iter().any(|commit| commit.paths.is_none()) {
        paths.push(CATALOG_FILE.to_owned());
    }
    paths.sort_unstable();
    paths.dedup();
    paths
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::facts::{AuthorFact, CommitFact};

    use super::*;

    fn push(paths: &[Option<&[&str]>]) -> PushFact {
        let commit = |paths: Option<&[&str]>| CommitFact {
            sha: "a".into(),
            message: String::new(),
            authored_at: None,
            committed_at: None,
            author: AuthorFact::default(),
            paths: paths.map(|paths| paths.iter().map(|path| (*path).to_owned()).collect()),
        };
        PushFact {
            git_ref: "refs/heads/main".into(),
            before: "0".into(),
            after: "a".into(),
            pushed_at: DateTime::UNIX_EPOCH,
            forced: false,
            commits: paths.iter().copied().map(commit).collect(),
        }
    }

    #[test]
    fn catalog_files_are_found_by_their_name() {
        let touched = push(&[
            Some(&["src/main.rs", "services/api/catalog-info.yaml"]),
            Some(&["catalog-info.yml", "services/api/catalog-info.yaml"]),
        ]);
        assert_eq!(
            catalog_files(&touched),
            ["catalog-info.yml", "services/api/catalog-info.yaml"]
        );
        assert!(catalog_files(&push(&[Some(&["docs/my-catalog-info.yaml.md"])])).is_empty());
    }

    #[test]
    fn codeowners_is_found_in_its_three_places() {
        for path in [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"] {
            assert!(
                touches_codeowners(&push(&[Some(&["a"]), Some(&[path])])),
                "{path}"
            );
        }
        assert!(!touches_codeowners(&push(&[Some(&["src/CODEOWNERS", "a"])])));
        assert!(touches_codeowners(&push(&[None])));
    }

    #[test]
    fn what_a_push_does_not_list_may_be_the_catalog_file() {
        assert_eq!(catalog_files(&push(&[Some(&["a"]), None])), [CATALOG_FILE]);
        assert_eq!(
            catalog_files(&PushFact {
                forced: true,
                ..push(&[Some(&["a"])])
            }),
            [CATALOG_FILE]
        );
    }
}
