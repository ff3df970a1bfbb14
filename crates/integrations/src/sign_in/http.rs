//! Questions to providers: one JSON answer of a bounded size in a bounded time, and no redirect is followed.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode, header, redirect::Policy};
use serde_json::Value;
use url::Url;

use super::{error::Fault, returned::is_safe};
use crate::json;

/// A person waits for it.
const TIME: Duration = Duration::from_secs(10);
/// Key sets and lists of groups are far smaller.
const MOST_BYTES: usize = 256 * 1024;

/// Asks providers.
#[derive(Clone, Debug)]
pub(super) struct Http(Client);

impl Http {
    pub fn new() -> Result<Self, Fault> {
        Client::builder()
            .redirect(Policy::none())
            .timeout(TIME)
            .user_agent("fairway")
            .build()
            .map(Self)
            .map_err(|error| Fault::Settings(error.without_url().to_string()))
    }

    /// A question by GET.
    pub fn get(&self, url: &Url) -> Result<RequestBuilder, Fault> {
        safe(url)?;
        Ok(self.0.get(url.clone()))
    }

    /// A question by POST.
    pub fn post(&self, url: &Url) -> Result<RequestBuilder, Fault> {
        safe(url)?;
        Ok(self.0.post(url.clone()))
    }

    /// Asks, and reads status and JSON.
    pub async fn answer(&self, question: RequestBuilder) -> Result<(StatusCode, Value), Fault> {
        let away = |error: reqwest::Error| Fault::Away(reason(&error.without_url()));
        let question = question.header(header::ACCEPT, "application/json");
        let mut answer = question.send().await.map_err(away)?;
        let status = answer.status();
        if status.is_redirection() {
            return Err(Fault::wrong("redirect", "it answers with a redirect"));
        }
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(Fault::Away(format!("status {}", status.as_u16())));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(away)? {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(Fault::wrong("too_large", "its answer is too large"));
            }
            body.extend_from_slice(&chunk);
        }
        let garbled = || Fault::wrong("garbled", "its answer is not the JSON that the standard asks for");
        let prepared = json::prepared(&body).map_err(|_| garbled())?;
        let value = serde_json::from_slice(&prepared).map_err(|_| garbled())?;
        Ok((status, value))
    }

    /// The JSON of an answer that is 200 and nothing else.
    pub async fn found(&self, question: RequestBuilder) -> Result<Value, Fault> {
        match self.answer(question).await? {
            (StatusCode::OK, value) => Ok(value),
            (status, _) => Err(Fault::wrong(
                "status",
                format!("it answers with status {}", status.as_u16()),
            )),
        }
    }
}

fn safe(url: &Url) -> Result<(), Fault> {
    if is_safe(url) {
        return Ok(());
    }
    Err(Fault::Settings(format!(
        "{} is neither https nor on this machine",
        url.origin().ascii_serialization()
    )))
}

fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        "no answer in time".to_owned()
    } else if error.is_connect() {
        "no connection".to_owned()
    } else {
        "the connection broke".to_owned()
    }
}
