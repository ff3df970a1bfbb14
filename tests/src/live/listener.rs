//! A page's end of a stream.

use std::{net::SocketAddr, time::Duration};

use reqwest::{Response, StatusCode, header};

use crate::harness::client;

/// Far longer than any event is seen to take: a second and a bit without hints. Other tests' transactions on the same
/// PostgreSQL hold the feed up as long as they are open.
const PATIENCE: Duration = Duration::from_secs(120);

/// What a stream said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub kind: String,
    pub id: String,
    pub words: String,
}

/// A page that listens.
pub struct Listener {
    answer: Response,
    rest: String,
    /// The id of what was heard last: what a browser resumes with.
    pub last: String,
}

impl Listener {
    /// Listens from a place on, as a browser does that resumes.
    pub async fn open(address: SocketAddr, topics: &str, after: &str) -> Self {
        let answer = client()
            .get(format!("http://{address}/live?topics={topics}"))
            .header("last-event-id", after)
            .header(header::ACCEPT, "text/event-stream")
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        Self {
            answer,
            rest: String::new(),
            last: after.to_owned(),
        }
    }

    /// What comes next; `None` when the stream ended or was cut off.
    pub async fn next(&mut self) -> Option<Said> {
        loop {
            if let Some((event, rest)) = self.rest.split_once("\n\n") {
                let said = read(event);
                self.rest = rest.to_owned();
                if !said.id.is_empty() {
                    self.last.clone_from(&said.id);
                }
                return Some(said);
            }
            let bytes = tokio::time::timeout(PATIENCE, self.answer.chunk())
                .await
                .expect("the stream says nothing for too long");
            match bytes {
                Ok(Some(bytes)) => self.rest.push_str(std::str::from_utf8(&bytes).unwrap()),
                Ok(None) | Err(_) => return None,
            }
        }
    }

    /// What comes next beside signs of life.
    pub async fn change(&mut self) -> Option<Said> {
        loop {
            let said = self.next().await?;
            if said.kind != "beat" {
                return Some(said);
            }
        }
    }

    /// The ids of the next changes.
    pub async fn ids(&mut self, count: usize) -> Vec<String> {
        let mut ids = Vec::with_capacity(count);
        while ids.len() < count {
            let said = self.change().await.expect("the stream ended");
            assert_eq!(said.kind, "change");
            ids.push(said.id);
        }
        ids
    }

    /// Whether nothing but signs of life comes for a while.
    pub async fn is_silent(&mut self, time: Duration) -> bool {
        tokio::time::timeout(time, self.change()).await.is_err()
    }
}

fn read(event: &str) -> Said {
    let mut said = Said::default();
    for line in event.lines() {
        match line.split_once(": ").or_else(|| line.split_once(':')) {
            Some(("event", value)) => value.clone_into(&mut said.kind),
            Some(("id", value)) => value.clone_into(&mut said.id),
            Some(("data", value)) => value.clone_into(&mut said.words),
            _ => {}
        }
    }
    said
}
