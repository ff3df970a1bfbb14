//! One request to GitHub's API: in whose name, whether it may go out now, what was known before, and what a status means.
//!
//! Knows no endpoint. It never waits and never repeats: a rate limit is an answer to the caller. The one exception is a
//! token of an installation that GitHub refuses before its time, which is made anew once.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use super::{
    app_auth::AppKey,
    budget::{GRAPHQL, RateLimit, is_of_all},
    endpoints::is_listed,
    error::GithubError,
    etags::{self, AnswerStore},
    gate::Gate,
    judging::{judge, names_next, next_cursor, to_keep},
    sender::{Question, Sender},
    status::GithubStatus,
    tokens::{Caller, Credentials, Identity, Installations},
};
use crate::breaker::Patience;

/// How to reach GitHub.
#[derive(Clone, Debug)]
pub struct GithubConfig {
    /// `https://api.github.com`, or `https://host/api/v3` of a GitHub Enterprise Server.
    pub base_url: Url,
    /// A token that may read contents, pull requests and metadata; without one only public repositories answer.
    pub token: Option<SecretString>,
    /// How long one request may take from start to last byte.
    pub timeout: Duration,
}

impl GithubConfig {
    /// The time that a request may take unless it is configured.
    pub const TIMEOUT: Duration = Duration::from_secs(10);
}

/// A successful answer.
pub(super) struct Answer {
    pub body: Bytes,
    /// Whether the `Link` header names a next page.
    pub has_next: bool,
    /// Where the next page begins, in lists that go by cursors.
    pub next_cursor: Option<String>,
}

pub(super) struct Transport {
    sender: Sender,
    pub(super) credentials: Credentials,
    timeout: Duration,
    gate: Mutex<Gate>,
    answers: Option<Arc<dyn AnswerStore>>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("base_url", &self.sender.base_url().as_str())
            .field("app", &self.credentials.app)
            .finish_non_exhaustive()
    }
}

impl Transport {
    pub fn new(config: GithubConfig) -> Result<Self, GithubError> {
        Ok(Self {
            sender: Sender::new(config.base_url)?,
            credentials: Credentials::new(config.token.as_ref())?,
            timeout: config.timeout,
            gate: Mutex::new(Gate::new(Patience::default())),
            answers: None,
        })
    }

    pub fn set_app(&mut self, app: AppKey) {
        self.credentials.app = Some(app);
    }

    pub fn set_patience(&mut self, patience: Patience) {
        self.gate = Mutex::new(Gate::new(patience));
    }

    pub fn set_answers(&mut self, answers: Arc<dyn AnswerStore>) {
        self.answers = Some(answers);
    }

    /// The address of `segments`, each percent-encoded whole; nothing is found at one that would climb out of its place.
    pub(super) fn address(
        &self,
        method: &Method,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Url, GithubError> {
        let what = || segments.join("/");
        let url = self.sender.url(segments, query);
        let url = url.ok_or_else(|| GithubError::NotFound { what: what() })?;
        is_listed(method, segments)
            .then_some(url)
            .ok_or_else(|| GithubError::Misconfigured {
                what: format!("`{method} {}` is not among the endpoints that it asks", what()),
            })
    }

    /// The address below which everything is asked.
    pub fn base_url(&self) -> &Url {
        self.sender.base_url()
    }

    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.gate().purses.last()
    }

    pub fn status(&self) -> GithubStatus {
        self.gate().status(now())
    }

    pub fn pause(&self, caller: &str, until: DateTime<Utc>) {
        self.gate().purses.pause(caller, until);
    }

    /// Notes rows that an answer told in another shape than GitHub documents.
    pub(super) fn note_misfits(&self, rows: u64) {
        self.gate().note_misfits(rows);
    }

    /// Lets a check try at once what is not tried for a while: a person asked.
    pub fn forgive(&self) {
        self.credentials.set_installations(Installations::default());
        self.gate().purses.forgive();
    }

    /// Takes over where the App is installed; the purses of installations that are gone go with them.
    pub(super) fn set_installations(&self, read: Installations) {
        self.gate().purses.retain(|caller| {
            let id = caller.trim_end_matches(GRAPHQL).strip_prefix("installation:");
            let id = id.and_then(|id| id.parse().ok());
            id.is_none_or(|id: i64| read.all.iter().any(|known| known.id == id))
        });
        self.credentials.set_installations(read);
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gets `segments` under the base address, in the name of whoever may; each segment is percent-encoded whole.
    pub async fn get(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Answer, GithubError> {
        self.get_as(Caller::of(segments), segments, query).await
    }

    /// Gets `segments` in a caller's name.
    pub async fn get_as(
        &self,
        caller: Caller<'_>,
        segments: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Answer, GithubError> {
        let url = self.address(&Method::GET, segments, query)?;
        self.in_time(self.ask(caller, (Method::GET, url, None), &segments.join("/")))
            .await
    }

    /// Posts to `segments` in a caller's name, without a body; sent once.
    pub async fn post_as(&self, caller: Caller<'_>, segments: &[&str]) -> Result<Answer, GithubError> {
        let url = self.address(&Method::POST, segments, &[])?;
        self.in_time(self.ask(caller, (Method::POST, url, None), &segments.join("/")))
            .await
    }

    /// Posts JSON to `segments` in the name of whoever may; sent once, so whoever hears nothing does not know what came of it.
    pub async fn post_json(&self, segments: &[&str], body: Value) -> Result<Answer, GithubError> {
        let url = self.address(&Method::POST, segments, &[])?;
        let request = (Method::POST, url, Some(body));
        self.in_time(self.ask(Caller::of(segments), request, &segments.join("/")))
            .await
    }

    /// Changes what stands at `segments` in the name of whoever may; done twice it is as done once.
    pub async fn patch_json(&self, segments: &[&str], body: Value) -> Result<Answer, GithubError> {
        let url = self.address(&Method::PATCH, segments, &[])?;
        let request = (Method::PATCH, url, Some(body));
        self.in_time(self.ask(Caller::of(segments), request, &segments.join("/")))
            .await
    }

    /// Asks the GraphQL API in the name of whoever may read an account's repositories. A POST because the question is long;
    /// nothing changes by it. Its budget is another than REST's, so it has a purse of its own.
    pub async fn graphql(&self, account: &str, question: &Value) -> Result<Answer, GithubError> {
        let url = graphql_url(self.sender.base_url());
        let request = (Method::POST, url, Some(question.clone()));
        self.in_time(self.ask(Caller::Graphql(account), request, "graphql"))
            .await
    }

    pub(super) async fn in_time<T>(
        &self,
        asking: impl Future<Output = Result<T, GithubError>>,
    ) -> Result<T, GithubError> {
        let answer = tokio::time::timeout(self.timeout, asking).await;
        answer.unwrap_or_else(|_| {
            self.gate().failed(&GithubError::Timeout, now());
            Err(GithubError::Timeout)
        })
    }

    async fn ask(
        &self,
        caller: Caller<'_>,
        (method, url, body): (Method, Url, Option<Value>),
        what: &str,
    ) -> Result<Answer, GithubError> {
        let identity = self.identify(caller).await?;
        let request = (&method, &url, &body);
        let outcome = self.exchange(&identity, request, what).await;
        let id = match (&outcome, identity.installation) {
            (Err(GithubError::Unauthorized), Some(id)) => id,
            (Err(GithubError::NotInstalled { .. }), Some(id)) => return Err(self.gone(id)),
            _ => return outcome,
        };
        // Revoked or replaced before its time: one new token tells whether the installation is.
        let holder = self.credentials.holder(id);
        holder.lock().await.forget(identity.token.as_ref());
        self.gate().purses.forgive_one(&identity.name);
        let identity = self.identify(caller).await?;
        self.exchange(&identity, request, what).await
    }

    /// Sends a request in a known name, and notes what the answer tells about GitHub and the caller.
    pub(super) async fn exchange(
        &self,
        identity: &Identity,
        (method, url, body): (&Method, &Url, &Option<Value>),
        what: &str,
    ) -> Result<Answer, GithubError> {
        self.gate().admit(&identity.name, now())?;
        let store = self.answers.as_deref();
        let store = store.filter(|_| *method == Method::GET && etags::is_worth_keeping(url));
        let kept = match store {
            Some(store) => store.find(&identity.name, url.as_str()).await,
            None => None,
        };
        let question = Question {
            method: method.clone(),
            url: url.clone(),
            token: identity.token.as_ref(),
            etag: kept.as_ref().map(|kept| &*kept.etag),
            body: body.clone(),
        };
        let raw = self.sender.ask(question, what).await;
        let raw = raw.inspect_err(|error| self.gate().failed(error, now()))?;
        self.gate().note(&identity.name, &raw, now());
        if let (StatusCode::NOT_MODIFIED, Some(kept)) = (raw.status, kept) {
            return Ok(Answer {
                has_next: kept.link.as_deref().is_some_and(names_next),
                next_cursor: kept.link.as_deref().and_then(next_cursor),
                body: kept.body.into(),
            });
        }
        let to_keep = store.zip(to_keep(&raw));
        let of_all = is_of_all(&raw.headers);
        let judged = judge(raw, (method, what));
        if let Err(GithubError::RateLimited { until }) = &judged {
            let mut gate = self.gate();
            if of_all {
                gate.purses.pause_all(&identity.name, *until);
            } else {
                gate.purses.pause(&identity.name, *until);
            }
        }
        if let (Some((store, answer)), Ok(_)) = (to_keep, &judged) {
            store.keep(&identity.name, url.as_str(), answer).await;
        }
        judged
    }
}

/// `https://api.github.com/graphql`; on an Enterprise Server `https://host/api/graphql` beside `/api/v3`.
fn graphql_url(base: &Url) -> Url {
    let mut url = base.clone();
    let path = base.path().trim_end_matches('/');
    let path = path.strip_suffix("/v3").unwrap_or(path);
    url.set_path(&format!("{path}/graphql"));
    url
}

/// `Retry-After` counts from now, and now is when the answer is read.
#[expect(
    clippy::disallowed_methods,
    reason = "a wait given in seconds, and a token that expires, need this machine's clock"
)]
pub(super) fn now() -> DateTime<Utc> {
    Utc::now()
}
