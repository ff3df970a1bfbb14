//! Where one embedded PostgreSQL keeps its data, socket, log and locks.

use std::{
    fs::{self, DirBuilder},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{EmbeddedError, account::Account};

/// A unix socket's path has 108 bytes at most, and `/.s.PGSQL.5432` needs 14 of them and a zero byte.
const LONGEST_SOCKET_DIR: usize = 108 - 14 - 1;

/// The folders and files of one embedded PostgreSQL, all absolute.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// Everything below is in here, except the socket when this path is too long for one.
    pub root: PathBuf,
    /// PostgreSQL's data folder.
    pub data: PathBuf,
    /// Folder of the unix socket; only PostgreSQL's account and root may enter it.
    pub socket: PathBuf,
    /// PostgreSQL's own log.
    pub log: PathBuf,
    /// Held while starting or stopping.
    pub start_lock: PathBuf,
    /// Held, shared, by each process that uses the server.
    pub users_lock: PathBuf,
}

impl Layout {
    /// Makes the folders.
    pub fn prepare(named: Option<&Path>, account: &Account) -> Result<Self, EmbeddedError> {
        let root = named.map_or_else(super::usual_folder, Path::to_path_buf);
        make_root(&root)?;
        let root = root
            .canonicalize()
            .map_err(|source| EmbeddedError::io("find", &root, source))?;
        let home = root.join("postgres");
        private_folder(&home, account)?;
        let socket = socket_dir(&home, account.uid());
        private_folder(&socket, account)?;
        Ok(Self {
            data: home.join("data"),
            log: home.join("log"),
            start_lock: root.join("postgres.start.lock"),
            users_lock: root.join("postgres.users.lock"),
            socket,
            root: home,
        })
    }
}

/// The outer folder: others may pass through it, since as root it holds a folder of another account.
fn make_root(root: &Path) -> Result<(), EmbeddedError> {
    if root.is_dir() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(root)
        .map_err(|source| EmbeddedError::io("make the folder", root, source))
}

/// A folder that only PostgreSQL's account may enter. One that exists and belongs to someone else is refused: it may
/// have been planted.
fn private_folder(path: &Path, account: &Account) -> Result<(), EmbeddedError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => account.give(path),
        Err(source) if source.kind() == std::io::ErrorKind::AlreadyExists => check_owner(path, account),
        Err(source) => Err(EmbeddedError::io("make the folder", path, source)),
    }
}

fn check_owner(path: &Path, account: &Account) -> Result<(), EmbeddedError> {
    let about = fs::symlink_metadata(path).map_err(|source| EmbeddedError::io("look at", path, source))?;
    if !about.is_dir() || about.uid() != account.uid() {
        let source = std::io::Error::other("it belongs to another user");
        return Err(EmbeddedError::io("use", path, source));
    }
    if about.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))
            .map_err(|source| EmbeddedError::io("close to others", path, source))?;
    }
    Ok(())
}

/// Beside the data; a folder with a name of its own in the temporary folder when that path is too long for a socket.
fn socket_dir(home: &Path, uid: u32) -> PathBuf {
    let beside = home.join("socket");
    if beside.as_os_str().len() <= LONGEST_SOCKET_DIR {
        return beside;
    }
    let digest = hex::encode(Sha256::digest(home.as_os_str().as_encoded_bytes()));
    PathBuf::from(format!("/tmp/fairway-{uid}-{}", &digest[..16]))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{LONGEST_SOCKET_DIR, socket_dir};

    #[test]
    fn a_long_path_gets_a_short_socket() {
        assert_eq!(
            socket_dir(Path::new("/srv/fairway"), 7),
            Path::new("/srv/fairway/socket")
        );
        let long = format!("/home/{}/postgres", "x".repeat(120));
        let short = socket_dir(Path::new(&long), 7);
        assert!(short.as_os_str().len() <= LONGEST_SOCKET_DIR);
        assert_eq!(
            short,
            socket_dir(Path::new(&long), 7),
            "the same folder at the next start"
        );
    }
}
