//! What can go wrong below: the database, or a row that does not mean what its column promises.

use crate::NoConnection;

/// An error of the store. "Not found" is not one: that is an `Option`.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No connection was free in time: come back in a moment.
    #[error("no database connection was free in time: all are in use, or the database went away")]
    Busy,
    /// No connection could be made at all.
    #[error("{why}")]
    NoConnection {
        /// Why.
        why: NoConnection,
        /// What the network or the server said.
        source: Option<sqlx::Error>,
    },
    /// A row with the same identity exists.
    #[error("{constraint} already holds this value")]
    Duplicate {
        /// Name of the unique constraint.
        constraint: String,
    },
    /// The database refused or did not answer.
    #[error("the database refused or did not answer")]
    Db(#[source] sqlx::Error),
    /// A stored value is not one that its type knows.
    #[error("{table}.{column} of {id} holds a value that this version does not know")]
    Corrupt {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// The row.
        id: String,
    },
    /// The job queue refused a job.
    #[error("the job queue refused a job: {0}")]
    Jobs(String),
    /// The migrations did not run.
    #[error("the migrations did not run")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A request with this key was carried out already.
    #[error("a request with this Idempotency-Key was carried out already")]
    Repeated,
    /// A change that no audit row tells of; it was not made.
    #[error("a change without an audit row was refused")]
    Unaudited,
    /// The caller's paging cursor is not one that this page gave.
    #[error("this page's cursor is not valid any more; start again from the first page")]
    BadCursor,
}

impl StoreError {
    /// A row that this version cannot read.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers hand over texts, uuids and references alike"
    )]
    pub(crate) fn corrupt(table: &'static str, column: &'static str, id: impl ToString) -> Self {
        Self::Corrupt {
            table,
            column,
            id: id.to_string(),
        }
    }

    /// Whether a value does not fit what can be stored: too long for an index, out of its type's range, a NUL character.
    pub fn is_misfit(&self) -> bool {
        matches!(self, Self::Db(sqlx::Error::Database(db))
            if db.code().is_some_and(|code| code.starts_with("22") || code == "54000"))
    }

    /// Whether trying again soon may succeed.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Busy => true,
            Self::NoConnection { why, .. } => why.is_passing(),
            Self::Db(error) => match error {
                sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
                // Serialisation failures, deadlocks, lock timeouts, shutdown, too many connections, none accepted now.
                sqlx::Error::Database(db) => db.code().is_some_and(|code| {
                    ["08", "40", "57"].iter().any(|class| code.starts_with(class))
                        || ["55P03", "53300", "55000"].contains(&&*code)
                }),
                _ => false,
            },
            _ => false,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::Database(db) if db.is_unique_violation() => Self::Duplicate {
                constraint: db.constraint().unwrap_or("a unique constraint").to_owned(),
            },
            _ => Self::Db(error),
        }
    }
}
