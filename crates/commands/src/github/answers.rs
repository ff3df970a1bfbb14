//! The place of GitHub's answers: a table that all replicas share.

use std::{fmt, sync::Arc};

use integrations::github::{AnswerStore, Answering, KeptAnswer};
use store::{Store, StoredAnswer};

use crate::Clock;

/// Answers kept in the database. What the database cannot give is asked of GitHub again.
#[derive(Clone)]
pub struct KeptAnswers {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl KeptAnswers {
    /// Answers in this store.
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }
}

impl fmt::Debug for KeptAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeptAnswers")
    }
}

impl AnswerStore for KeptAnswers {
    fn find<'a>(&'a self, caller: &'a str, url: &'a str) -> Answering<'a, Option<KeptAnswer>> {
        Box::pin(async move {
            let found = self.store.github_answer(caller, url, self.clock.now()).await;
            let found = found.unwrap_or_else(|problem| {
                tracing::debug!(%problem, "a kept answer cannot be read");
                None
            });
            found.map(|StoredAnswer { etag, body, link }| KeptAnswer { etag, body, link })
        })
    }

    fn keep<'a>(&'a self, caller: &'a str, url: &'a str, answer: KeptAnswer) -> Answering<'a, ()> {
        Box::pin(async move {
            let KeptAnswer { etag, body, link } = answer;
            let answer = StoredAnswer { etag, body, link };
            let kept = self
                .store
                .keep_github_answer((caller, url), &answer, self.clock.now())
                .await;
            if let Err(problem) = kept {
                tracing::debug!(%problem, "an answer cannot be kept");
            }
        })
    }
}
