//! Whoever stands at the door: a session, signed in or not, and where its request comes from.

use commands::{CommandError, Origin};
use domain::ids::PersonId;
use tower_sessions::{Session, session};

/// Keys of a session's data; the store of sessions reads the first three.
const PERSON: &str = "person";
const DEVICE: &str = "device";
const ADDRESS: &str = "address";
/// Who gave the right password, while a code is asked for, and when.
const PENDING: &str = "pending";
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
    pub async fn begin(&self, person: PersonId) -> Result<(), CommandError> {
        self.renew().await?;
        self.put(PERSON, &person).await
    }

    /// Remembers who gave the right password, until the code is given.
    pub async fn pend(&self, person: PersonId, seconds: i64) -> Result<(), CommandError> {
        self.renew().await?;
        self.put(PENDING, &(person, seconds)).await
    }

    /// Who gave the right password a moment ago.
    pub async fn pending(&self, seconds: i64) -> Result<Option<PersonId>, CommandError> {
        let pending: Option<(PersonId, i64)> = self.session.get(PENDING).await.map_err(away)?;
        Ok(pending
            .filter(|(_, since)| seconds - since < PENDING_SECONDS)
            .map(|(person, _)| person))
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
