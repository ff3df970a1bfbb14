//! Whoever stands at the door: a session, signed in or not, and where its request comes from.

use chrono::{DateTime, Utc};
use commands::{CommandError, Flow, Origin, Proved};
use domain::{ids::PersonId, sign_in::Way};
use tower_sessions::{Session, session};

/// Keys of a session's data; the store of sessions reads the first four.
const PERSON: &str = "person";
/// Since when what was signed in with is what it is.
const SINCE: &str = "since";
const DEVICE: &str = "device";
const ADDRESS: &str = "address";
/// Who gave the right password, while a code is asked for, and when.
const PENDING: &str = "pending";
/// Questions to providers whose answers did not come yet.
const FLOWS: &str = "flows";
/// Since when the OpenID provider knew the person of a session that it began, in seconds.
const KNOWN: &str = "known";
/// Several pages may ask at once; who opens more than this begins the oldest again.
const MOST_FLOWS: usize = 5;
/// How long a code may be typed after the password, in seconds.
const PENDING_SECONDS: i64 = 600;

/// A request's session and origin: an extension put there by the server's middleware.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// The session, which may not exist yet.
    pub session: Session,
    /// Where the request comes from.
    pub origin: Origin,
}

impl Visitor {
    /// The person that the session is signed in as.
    pub async fn person(&self) -> Result<Option<PersonId>, CommandError> {
        self.session.get(PERSON).await.map_err(away)
    }

    /// What the session is stored under, where it is.
    pub fn key(&self) -> Option<Vec<u8>> {
        self.session.id().map(store::session_key)
    }

    /// Begins a session for a person under a new id; what was known before is forgotten.
    pub async fn begin(&self, proved: Proved) -> Result<(), CommandError> {
        self.renew().await?;
        self.put(SINCE, &proved.since).await?;
        self.put(PERSON, &proved.person).await
    }

    /// Remembers who gave the right password, until the code is given.
    pub async fn pend(&self, proved: Proved, seconds: i64) -> Result<(), CommandError> {
        self.renew().await?;
        self.put(SINCE, &proved.since).await?;
        self.put(PENDING, &(proved.person, seconds)).await
    }

    /// Who gave the right password a moment ago.
    pub async fn pending(&self, seconds: i64) -> Result<Option<Proved>, CommandError> {
        let pending: Option<(PersonId, i64)> = self.session.get(PENDING).await.map_err(away)?;
        let since = self.session.get::<Option<_>>(SINCE).await.map_err(away)?;
        Ok(pending
            .filter(|(_, gave)| seconds - gave < PENDING_SECONDS)
            .map(|(person, _)| Proved {
                person,
                since: since.flatten(),
            }))
    }

    /// Remembers a question to a provider, and which browser asked it.
    pub async fn ask(&self, flow: Flow, now: DateTime<Utc>) -> Result<(), CommandError> {
        let mut flows = self.flows().await?;
        flows.retain(|flow| flow.is_open(now));
        if flows.len() >= MOST_FLOWS {
            flows.remove(0);
        }
        flows.push(flow);
        if self.session.get_value(DEVICE).await.map_err(away)?.is_none() {
            self.put(DEVICE, &self.origin.device).await?;
            self.put(ADDRESS, &self.origin.address).await?;
        }
        self.put(FLOWS, &flows).await
    }

    /// The question that an answer is to, which is answered with it; `None` where this browser asked none such.
    pub async fn asked(
        &self,
        way: Way,
        state: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Flow>, CommandError> {
        let mut flows = self.flows().await?;
        let Some(found) = flows.iter().position(|flow| flow.is_asked_by(way, state, now)) else {
            return Ok(None);
        };
        let flow = flows.remove(found);
        self.put(FLOWS, &flows).await?;
        // Written at once: whoever sends the same answer again meanwhile finds no question to it.
        self.session.save().await.map_err(away)?;
        Ok(Some(flow))
    }

    async fn flows(&self) -> Result<Vec<Flow>, CommandError> {
        Ok(self.session.get(FLOWS).await.map_err(away)?.unwrap_or_default())
    }

    /// Notes that the OpenID provider knows the session's person now.
    pub async fn note_known(&self, seconds: i64) -> Result<(), CommandError> {
        self.put(KNOWN, &seconds).await
    }

    /// Forgets the session, and lets the browser forget it.
    pub async fn end(&self) -> Result<(), CommandError> {
        self.session.flush().await.map_err(away)
    }

    async fn renew(&self) -> Result<(), CommandError> {
        self.session.clear().await;
        self.session.cycle_id().await.map_err(away)?;
        self.put(DEVICE, &self.origin.device).await?;
        self.put(ADDRESS, &self.origin.address).await
    }

    async fn put(&self, key: &str, value: &impl serde::Serialize) -> Result<(), CommandError> {
        self.session.insert(key, value).await.map_err(away)
    }
}

/// Sessions live in the database, so what fails is the database.
fn away(error: session::Error) -> CommandError {
    tracing::warn!(
        error = &error as &dyn std::error::Error,
        "a session was not read or written"
    );
    CommandError::Unavailable {
        system: "PostgreSQL",
        retry_at: None,
    }
}
