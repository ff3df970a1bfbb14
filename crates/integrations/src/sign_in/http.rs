//! Questions to providers: one JSON answer of a bounded size in a bounded time, and no redirect is followed. A provider may
//! name addresses; those that are inside are called where the operator allows it.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, StatusCode, header, redirect::Policy};
use serde_json::Value;
use url::Url;

use super::{error::Fault, returned::is_safe};
use crate::{
    json,
    outbound::{self, Allowed},
};

/// A person waits for it.
const TIME: Duration = Duration::from_secs(10);
/// Key sets and lists of groups are far smaller.
const MOST_BYTES: usize = 256 * 1024;

/// Asks providers.
#[derive(Clone, Debug)]
pub(super) struct Http {
    client: Client,
    inside: Allowed,
}

impl Http {
    pub fn new(inside: Allowed) -> Result<Self, Fault> {
        let client = outbound::builder(&inside)
            .redirect(Policy::none())
            .timeout(TIME)
            .build()
            .map_err(|error| Fault::Settings(error.without_url().to_string()))?;
        Ok(Self { client, inside })
    }

    /// A question by GET.
    pub fn get(&self, url: &Url) -> Result<RequestBuilder, Fault> {
        self.safe(url)?;
        Ok(self.client.get(url.clone()))
    }

    /// A question by POST.
    pub fn post(&self, url: &Url) -> Result<RequestBuilder, Fault> {
        self.safe(url)?;
        Ok(self.client.post(url.clone()))
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

    fn safe(&self, url: &Url) -> Result<(), Fault> {
        if !is_safe(url) {
            return Err(Fault::Settings(format!(
                "{} is neither https nor on this machine",
                url.origin().ascii_serialization()
            )));
        }
        outbound::check(url, &self.inside).map_err(|refused| Fault::Settings(refused.to_string()))
    }
}

fn reason(error: &reqwest::Error) -> String {
    if let Some(refused) = outbound::refused(error) {
        refused.to_string()
    } else if error.is_timeout() {
        "no answer in time".to_owned()
    } else if error.is_connect() {
        "no connection".to_owned()
    } else {
        "the connection broke".to_owned()
    }
}
