//! Fairway's own PostgreSQL, for when no `DATABASE_URL` is set.
//!
//! Owns one data folder and the server that runs on it: created at the first start, found again after a crash, stopped
//! by the last Fairway process that used it. Must not know what is stored in it. The reasons are in
//! `docs/adr/0006-embedded-postgresql.md`.

mod account;
mod cluster;
mod layout;
mod lock;
mod programs;
mod tools;

use std::path::{Path, PathBuf};

use secrecy::SecretString;

pub use self::tools::{ToolError, Tools};
use self::{account::Account, cluster::Cluster, layout::Layout, lock::Users};

/// The folder of its data unless it is named: as root another than `./.fairway`, since the account `postgres` cannot enter
/// root's home.
pub(crate) fn usual_folder() -> PathBuf {
    let folder = if nix::unistd::Uid::effective().is_root() {
        "/var/lib/fairway"
    } else {
        ".fairway"
    };
    folder.into()
}

/// A running PostgreSQL that this process uses.
#[derive(Debug)]
pub struct Embedded {
    cluster: Cluster,
    users: Users,
}

/// Why Fairway's own PostgreSQL could not be used.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No folder has all programs that are needed.
    #[error(
        "PostgreSQL 15 or newer was not found (looked in: {looked}). Install it (Debian: `apt-get install postgresql`), \
         name its folder in FAIRWAY_POSTGRES_BIN, or set DATABASE_URL to a server that runs already."
    )]
    NotInstalled {
        /// Folders that were looked in.
        looked: String,
    },
    /// PostgreSQL refuses to run as root and its usual account is missing.
    #[error(
        "PostgreSQL does not run as root, and this machine has no account `postgres` to run it as. Create one with \
         `useradd --system postgres`, start Fairway as another user, or set DATABASE_URL."
    )]
    NoAccount,
    /// A folder or file could not be made or read.
    #[error(
        "cannot {doing} {path}: {source}. Check who owns it, or name another folder in FAIRWAY_DATA_DIR."
    )]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// One of PostgreSQL's programs failed.
    #[error("{program} failed: {output} The server's log is {log}.")]
    Program {
        /// Which one.
        program: &'static str,
        /// What it wrote, its last lines.
        output: String,
        /// Where to read more.
        log: PathBuf,
    },
}

impl EmbeddedError {
    fn io(doing: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            doing,
            path: path.to_path_buf(),
            source,
        }
    }
}

impl Embedded {
    /// Starts the server of a data folder, or joins the one that runs on it already: another Fairway process's, or
    /// one left behind by a Fairway that was killed.
    ///
    /// # Errors
    /// [`EmbeddedError`] with what to do.
    pub async fn start(data_dir: Option<&Path>, bin_dir: Option<&Path>) -> Result<Self, EmbeddedError> {
        let account = Account::choose()?;
        let programs = programs::find(bin_dir).await?;
        let layout = Layout::prepare(data_dir, &account)?;
        let cluster = Cluster::new(programs, layout, account);
        let starting = lock::Starting::acquire(cluster.layout()).await?;
        cluster.ensure_initialised().await?;
        cluster.ensure_running().await?;
        let users = starting.into_user()?;
        Ok(Self { cluster, users })
    }

    /// The address of a database of this server.
    pub fn url(&self, database: &str) -> SecretString {
        self.cluster.url(database).into()
    }

    /// Folder of the data, for messages.
    pub fn data_dir(&self) -> &Path {
        &self.cluster.layout().data
    }

    /// Stops the server unless another Fairway process still uses it.
    ///
    /// # Errors
    /// [`EmbeddedError::Program`] when it does not stop.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        let Some(_starting) = self.users.leave(self.cluster.layout()).await? else {
            tracing::info!("PostgreSQL keeps running: another Fairway process uses it");
            return Ok(());
        };
        self.cluster.stop().await
    }
}
