//! The first connection: whether PostgreSQL can be used, and if not, why, told apart by what a person has to do about it.
//!
//! A pool says the same of every server that it cannot reach: that no connection was free in time. So before there is a
//! pool one connection is made by itself.

use std::{io, time::Duration};

use sqlx::{
    Connection, PgConnection,
    postgres::{PgConnectOptions, PgDatabaseError},
};

use crate::{Result, StoreError};

/// Oldest PostgreSQL that Fairway's statements run on.
pub const OLDEST_POSTGRES: u32 = 15;

/// How long a server may take to let somebody in; one on the other side of the world takes a second.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why no connection to PostgreSQL could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoConnection {
    /// Nothing listens there.
    #[error("nothing listens at its address")]
    Refused,
    /// The host is not known, or there is no way to it.
    #[error("its host is not found, or there is no way to it")]
    NoWay,
    /// Something is there and says nothing.
    #[error("it does not answer within {} s", PATIENCE.as_secs())]
    Silent,
    /// Something is there that speaks otherwise.
    #[error("what answers there is no PostgreSQL")]
    Stranger,
    /// TLS could not be agreed on.
    #[error("it and Fairway do not agree on TLS")]
    Tls,
    /// Role or password are wrong, or it lets nobody of that name in from here.
    #[error("it does not let this role in")]
    Login,
    /// The role lacks a right.
    #[error("the role may not use this database")]
    Forbidden,
    /// There is no database of that name.
    #[error("it has no database of this name")]
    NoDatabase,
    /// It is on its way up or down.
    #[error("it is starting or stopping")]
    Starting,
    /// All its connections are taken.
    #[error("it takes no more connections")]
    Full,
    /// Its version is older than Fairway's statements.
    #[error("its version {0} is older than {OLDEST_POSTGRES}")]
    TooOld(u32),
}

impl NoConnection {
    /// Whether it may pass by itself, as at the start of several things at once.
    pub(crate) fn is_passing(self) -> bool {
        match self {
            Self::Refused | Self::NoWay | Self::Silent | Self::Starting | Self::Full => true,
            Self::Stranger
            | Self::Tls
            | Self::Login
            | Self::Forbidden
            | Self::NoDatabase
            | Self::TooOld(_) => false,
        }
    }
}

/// Connects once and hangs up.
pub(crate) async fn try_out(options: &PgConnectOptions) -> Result<()> {
    let Ok(outcome) = tokio::time::timeout(PATIENCE, PgConnection::connect_with(options)).await else {
        return Err(no(NoConnection::Silent, None));
    };
    let connection = outcome.map_err(refused)?;
    // 150018 is 15.18.
    let version = connection.server_version_num().map(|number| number / 10_000);
    connection.close().await?;
    match version {
        Some(old) if old < OLDEST_POSTGRES => Err(no(NoConnection::TooOld(old), None)),
        _ => Ok(()),
    }
}

/// The error of a connection that could not be made, by its reason.
pub(crate) fn refused(error: sqlx::Error) -> StoreError {
    let why = match &error {
        sqlx::Error::Io(error) => of_socket(error),
        sqlx::Error::Tls(_) => NoConnection::Tls,
        sqlx::Error::Protocol(_) => NoConnection::Stranger,
        sqlx::Error::Database(server) => match server
            .try_downcast_ref::<PgDatabaseError>()
            .and_then(|server| of_code(server.code()))
        {
            Some(why) => why,
            None => return error.into(),
        },
        _ => return error.into(),
    };
    no(why, Some(error))
}

fn no(why: NoConnection, source: Option<sqlx::Error>) -> StoreError {
    StoreError::NoConnection { why, source }
}

fn of_socket(error: &io::Error) -> NoConnection {
    match error.kind() {
        // A socket of the file system that is not there.
        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => NoConnection::Refused,
        io::ErrorKind::TimedOut => NoConnection::Silent,
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::InvalidData => {
            NoConnection::Stranger
        }
        _ => NoConnection::NoWay,
    }
}

/// By PostgreSQL's error code, appendix A of its manual.
fn of_code(code: &str) -> Option<NoConnection> {
    Some(match code {
        "28000" | "28P01" => NoConnection::Login,
        "3D000" => NoConnection::NoDatabase,
        "42501" => NoConnection::Forbidden,
        "53300" => NoConnection::Full,
        "57P01" | "57P03" => NoConnection::Starting,
        _ => return None,
    })
}
