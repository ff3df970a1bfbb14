//! Why the database cannot be used, and what to do.

use store::{NoConnection, OLDEST_POSTGRES, StoreError};

use crate::postgres::EmbeddedError;

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Fairway's own PostgreSQL failed.
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    /// The address cannot be used.
    #[error("DATABASE_URL cannot be used: {0}")]
    Address(String),
    /// The server does not answer, or refuses.
    #[error("the database cannot be used: {}. {}", chain(.0), next_step(.0))]
    Unreachable(#[source] StoreError),
    /// Tables could not be made current.
    #[error("the database's tables could not be made current: {}. Nothing was half-applied; see docs/operations.md.", chain(.0))]
    Migrate(#[source] StoreError),
    /// The queue's tables could not be made current.
    #[error("the job queue's tables could not be made current: {0}. Run `fairway migrate` again.")]
    MigrateJobs(String),
    /// The tables belong to an older version.
    #[error("the database lacks {0} migrations of this version. Run `fairway migrate`.")]
    Behind(usize),
    /// Somebody is connected to the demo's database.
    #[error(
        "the demo organisation is in use, and nothing was dropped. Stop the Fairway that serves it (and whatever else is \
         connected to its database), then run `fairway demo --drop` again."
    )]
    DemoInUse,
}

/// An error and its sources on one line.
pub(crate) fn chain(error: &StoreError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(next) = source {
        let words = next.to_string();
        if !text.ends_with(&words) {
            text = format!("{text}: {words}");
        }
        source = next.source();
    }
    text
}

/// What to do about a database that cannot be used.
pub(crate) fn next_step(error: &StoreError) -> String {
    let StoreError::NoConnection { why, .. } = error else {
        return "Check DATABASE_URL and that PostgreSQL runs; `fairway doctor` says more.".into();
    };
    match why {
        NoConnection::Refused => "Start PostgreSQL, or correct host and port in DATABASE_URL.".into(),
        NoConnection::NoWay => "Correct the host in DATABASE_URL, or the network on the way to it.".into(),
        NoConnection::Silent => {
            "Correct host and port in DATABASE_URL; a firewall on the way may swallow what is sent.".into()
        }
        NoConnection::Stranger => "Correct host and port in DATABASE_URL.".into(),
        NoConnection::Tls => "Correct sslmode and sslrootcert in DATABASE_URL.".into(),
        NoConnection::Login => {
            "Correct user and password in DATABASE_URL; the server's pg_hba.conf says who may come from where.".into()
        }
        NoConnection::Forbidden => "Grant the role what the server's words name, or use another role.".into(),
        NoConnection::NoDatabase => {
            "Make it (`createdb NAME`), or correct the name at the end of DATABASE_URL.".into()
        }
        NoConnection::Starting => "Wait until it is up; the server's log says how far it is.".into(),
        NoConnection::Full => {
            "Raise the server's max_connections, or lower FAIRWAY_DATABASE_CONNECTIONS of its users.".into()
        }
        NoConnection::TooOld(_) => format!("Use PostgreSQL {OLDEST_POSTGRES} or newer."),
    }
}
