//! The account PostgreSQL runs as. It refuses to run as root, so root's Fairway runs it as `postgres`.

use std::path::Path;

use nix::unistd::{Gid, Uid, User, chown};
use tokio::process::Command;

use super::EmbeddedError;

/// Whom PostgreSQL's programs run as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// The account of this process.
    Own,
    /// Another account, possible because this process is root's.
    Other { uid: Uid, gid: Gid },
}

impl Account {
    pub fn choose() -> Result<Self, EmbeddedError> {
        if !Uid::effective().is_root() {
            return Ok(Self::Own);
        }
        match User::from_name("postgres") {
            Ok(Some(user)) => Ok(Self::Other {
                uid: user.uid,
                gid: user.gid,
            }),
            Ok(None) | Err(_) => Err(EmbeddedError::NoAccount),
        }
    }

    /// Makes a command run as this account.
    pub fn apply(&self, command: &mut Command) {
        if let Self::Other { uid, gid } = self {
            command.uid(uid.as_raw()).gid(gid.as_raw());
        }
    }

    /// Gives a folder to this account.
    pub fn give(&self, path: &Path) -> Result<(), EmbeddedError> {
        match self {
            Self::Own => Ok(()),
            Self::Other { uid, gid } => chown(path, Some(*uid), Some(*gid))
                .map_err(|errno| EmbeddedError::io("change the owner of", path, errno.into())),
        }
    }

    /// The user id that folders of this account have.
    pub fn uid(&self) -> u32 {
        match self {
            Self::Own => Uid::effective().as_raw(),
            Self::Other { uid, .. } => uid.as_raw(),
        }
    }
}
