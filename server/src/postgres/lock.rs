//! Who uses the embedded PostgreSQL: file locks, which the kernel releases even after SIGKILL.
//!
//! `postgres.start.lock` is held, alone, while the server is started or stopped. `postgres.users.lock` is held, shared,
//! by each process that uses the server; whoever can get it alone while leaving is the last and stops the server.

use std::{
    fs::{File, OpenOptions},
    path::Path,
    time::{Duration, Instant},
};

use nix::fcntl::{Flock, FlockArg};

use super::{EmbeddedError, layout::Layout};

/// Longer than any start (crash recovery included) is expected to hold the lock.
const PATIENCE: Duration = Duration::from_mins(2);

/// The right to start or stop the server.
#[derive(Debug)]
pub(super) struct Starting {
    _alone: Flock<File>,
    users: File,
    users_path: std::path::PathBuf,
}

/// The mark of a process that uses the server.
#[derive(Debug)]
pub(super) struct Users(Flock<File>);

impl Starting {
    /// Waits for the right to start or stop the server.
    pub async fn acquire(layout: &Layout) -> Result<Self, EmbeddedError> {
        let alone = wait(&layout.start_lock).await?;
        let users = open(&layout.users_lock)?;
        Ok(Self {
            _alone: alone,
            users,
            users_path: layout.users_lock.clone(),
        })
    }

    /// Marks this process as a user of the server that now runs, and gives up the right to start it.
    pub fn into_user(self) -> Result<Users, EmbeddedError> {
        Flock::lock(self.users, FlockArg::LockShared)
            .map(Users)
            .map_err(|(_, errno)| EmbeddedError::io("lock", &self.users_path, errno.into()))
    }
}

impl Users {
    /// Stops being a user. The last one gets the right to stop the server.
    pub async fn leave(self, layout: &Layout) -> Result<Option<Flock<File>>, EmbeddedError> {
        let alone = wait(&layout.start_lock).await?;
        drop(self.0);
        let last = Flock::lock(open(&layout.users_lock)?, FlockArg::LockExclusiveNonblock).is_ok();
        Ok(last.then_some(alone))
    }
}

async fn wait(path: &Path) -> Result<Flock<File>, EmbeddedError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match Flock::lock(open(path)?, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => return Ok(lock),
            Err((_, errno)) if Instant::now() > deadline => {
                return Err(EmbeddedError::io("lock", path, errno.into()));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

fn open(path: &Path) -> Result<File, EmbeddedError> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(|source| EmbeddedError::io("open", path, source))
}
