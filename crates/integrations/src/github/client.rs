//! What Fairway reads from GitHub: files, a pull request's commits, and what lies between two commits.
//!
//! Read-only. One request at a time per call and no repetition: jobs decide when to ask again.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::{DateTime, Utc};
use domain::facts::PullRequestFact;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::{
    answers::{
        CommitList, CommitWire, CompareWire, Comparison, ContentWire, FileContent, commit_facts, comparison,
        missing,
    },
    app_auth::AppKey,
    budget::RateLimit,
    convert,
    error::GithubError,
    etags::AnswerStore,
    status::GithubStatus,
    transport::{Answer, GithubConfig, Transport},
    wire::{BranchWire, PullRequestWire},
};
use crate::{breaker::Patience, json};

/// The `action` of a pull request that was read, not reported by an event.
pub const FETCHED: &str = "fetched";
/// GitHub's largest page.
const PER_PAGE: usize = 100;
/// GitHub lists no more commits of one pull request.
const PULL_REQUEST_COMMITS: usize = 250;
/// Pages of a comparison that are read: 5,000 commits. Beyond that the list is cut and says so.
const COMPARE_PAGES: usize = 50;

/// A read-only client of one GitHub with one token. Cheap to share behind an `Arc`; its `Debug` shows no secret.
#[derive(Debug)]
pub struct GithubClient {
    pub(super) transport: Transport,
}

impl GithubClient {
    /// A client for `config`. Must be called inside a tokio runtime, on which it runs its connections.
    pub fn new(config: GithubConfig) -> Result<Self, GithubError> {
        Transport::new(config).map(|transport| Self { transport })
    }

    /// The same client as an App: what its installations may read is read in their name, the rest with the token.
    #[must_use]
    pub fn with_app(mut self, app: AppKey) -> Self {
        self.transport.set_app(app);
        self
    }

    /// The same client with a place for answers, so that what did not change costs no budget.
    #[must_use]
    pub fn with_answers(mut self, answers: Arc<dyn AnswerStore>) -> Self {
        self.transport.set_answers(answers);
        self
    }

    /// The same client with another patience.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.transport.set_patience(patience);
        self
    }

    /// How it stands with GitHub.
    pub fn status(&self) -> GithubStatus {
        self.transport.status()
    }

    /// Asks nothing in a caller's name until a time that another process was told.
    pub fn pause(&self, caller: &str, until: DateTime<Utc>) {
        self.transport.pause(caller, until);
    }

    /// Tries at once what was refused, and reads anew where the App is installed: a person asked.
    pub fn forgive(&self) {
        self.transport.forgive();
    }

    /// What the last answer said about the token's budget; `None` before the first one.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.transport.rate_limit()
    }

    /// The file at `path` as of `git_ref` (branch, tag or sha). `None` when there is no file: no such path, commit or
    /// repository, or the path is a directory or submodule.
    pub async fn file(
        &self,
        owner: &str,
        repo: &str,
        path: &str,
        git_ref: &str,
    ) -> Result<Option<FileContent>, GithubError> {
        let mut segments = vec!["repos", owner, repo, "contents"];
        segments.extend(path.trim_matches('/').split('/'));
        let answer = match self.transport.get(&segments, &[("ref", git_ref)]).await {
            Err(GithubError::NotFound { .. }) => return Ok(None),
            other => other?,
        };
        if answer.body.trim_ascii_start().starts_with(b"[") {
            let _directory: Vec<IgnoredAny> = parse(&answer)?;
            return Ok(None);
        }
        let entry: ContentWire = parse(&answer)?;
        if entry.kind.as_deref() != Some("file") {
            return Ok(None);
        }
        self.content(owner, repo, entry).await.map(Some)
    }

    async fn content(&self, owner: &str, repo: &str, entry: ContentWire) -> Result<FileContent, GithubError> {
        let sha = entry.sha.clone().ok_or_else(|| missing("sha"))?;
        if entry.encoding.as_deref() == Some("base64") {
            return Ok(FileContent {
                bytes: decoded(entry.content)?,
                sha,
            });
        }
        // A file over 1 MB comes without its content, which its blob has.
        let answer = self
            .transport
            .get(&["repos", owner, repo, "git", "blobs", &sha], &[])
            .await?;
        let blob: ContentWire = parse(&answer)?;
        Ok(FileContent {
            bytes: decoded(blob.content)?,
            sha,
        })
    }

    /// The own commits of a pull request, oldest first: those that a squash merge hides from the base branch.
    pub async fn pull_request_commits(
        &self,
        owner: &str,
        repo: &str,
        number: i64,
    ) -> Result<CommitList, GithubError> {
        let number = number.to_string();
        let pages = PULL_REQUEST_COMMITS.div_ceil(PER_PAGE);
        let wires: Vec<CommitWire> = self
            .pages(&["repos", owner, repo, "pulls", &number, "commits"], pages)
            .await?;
        let commits = commit_facts(wires)?;
        if commits.len() < PULL_REQUEST_COMMITS {
            return Ok(CommitList {
                commits,
                complete: true,
            });
        }
        // The list is cut there, and the comparison of the two ends is not.
        let whole = self.compared_commits(owner, repo, &number).await?;
        Ok(whole
            .filter(|whole| whole.commits.len() >= commits.len())
            .unwrap_or(CommitList {
                commits,
                complete: false,
            }))
    }

    /// The commits between the two ends of a pull request; `None` where GitHub has one of them no more.
    async fn compared_commits(
        &self,
        owner: &str,
        repo: &str,
        number: &str,
    ) -> Result<Option<CommitList>, GithubError> {
        let answer = self
            .transport
            .get(&["repos", owner, repo, "pulls", number], &[])
            .await?;
        let wire: PullRequestWire = parse(&answer)?;
        let sha = |end: Option<BranchWire>| end.and_then(|end| end.sha);
        let (Some(base), Some(head)) = (sha(wire.base), sha(wire.head)) else {
            return Ok(None);
        };
        match self.compare(owner, repo, &base, &head).await {
            Ok(compared) => Ok(Some(compared.commits)),
            Err(GithubError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The pull requests that contain a commit or brought it, with [`FETCHED`] as their action.
    pub async fn pull_requests_of_commit(
        &self,
        owner: &str,
        repo: &str,
        sha: &str,
    ) -> Result<Vec<PullRequestFact>, GithubError> {
        let wires: Vec<PullRequestWire> = self
            .pages(&["repos", owner, repo, "commits", sha, "pulls"], 1)
            .await?;
        wires
            .into_iter()
            .map(|wire| convert::pull_request(FETCHED.to_owned(), wire, None).map_err(missing))
            .collect()
    }

    /// What `head` has that `base` has not. Either is a branch, tag or sha.
    pub async fn compare(
        &self,
        owner: &str,
        repo: &str,
        base: &str,
        head: &str,
    ) -> Result<Comparison, GithubError> {
        let range = format!("{base}...{head}");
        let segments = ["repos", owner, repo, "compare", &range];
        let mut first: CompareWire = self.page(&segments, 1).await?.0;
        let mut wires = first.commits.take().unwrap_or_default();
        let total = first.total_commits.unwrap_or(wires.len());
        for page in 2..=COMPARE_PAGES {
            if wires.len() >= total {
                break;
            }
            let (next, _): (CompareWire, _) = self.page(&segments, page).await?;
            let more = next.commits.unwrap_or_default();
            if more.is_empty() {
                break;
            }
            wires.extend(more);
        }
        let complete = wires.len() >= total;
        comparison(
            first,
            CommitList {
                commits: commit_facts(wires)?,
                complete,
            },
        )
    }

    pub(super) async fn page<W: DeserializeOwned>(
        &self,
        segments: &[&str],
        page: usize,
    ) -> Result<(W, bool), GithubError> {
        let (per_page, page) = (PER_PAGE.to_string(), page.to_string());
        let answer = self
            .transport
            .get(segments, &[("per_page", &per_page), ("page", &page)])
            .await?;
        Ok((parse(&answer)?, answer.has_next))
    }

    /// The rows of up to `most` pages.
    pub(super) async fn pages<W: DeserializeOwned>(
        &self,
        segments: &[&str],
        most: usize,
    ) -> Result<Vec<W>, GithubError> {
        let mut rows = Vec::new();
        for page in 1..=most {
            let (more, has_next): (Vec<W>, bool) = self.page(segments, page).await?;
            rows.extend(more);
            if !has_next {
                break;
            }
        }
        Ok(rows)
    }
}

/// Base64 as GitHub sends it, with line breaks.
fn decoded(content: Option<String>) -> Result<Vec<u8>, GithubError> {
    let mut text = content.ok_or_else(|| missing("content"))?;
    text.retain(|c| !c.is_ascii_whitespace());
    BASE64_STANDARD
        .decode(text)
        .map_err(|error| GithubError::Garbled {
            what: format!("`content`: {error}"),
        })
}

pub(super) fn parse<W: DeserializeOwned>(answer: &Answer) -> Result<W, GithubError> {
    let garbled = |what: String| GithubError::Garbled { what };
    let body = json::prepared(&answer.body).map_err(|error| garbled(error.to_string()))?;
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(&body))
        .map_err(|error| garbled(format!("at `{}`: {}", error.path(), error.inner())))
}
