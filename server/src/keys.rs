//! Files with the keys of sealed secrets, one a line: read, made, and Fairway's own.

use std::{
    fs, io,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use commands::keyring::{KEY_BYTES, Keyring};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    config::{Config, Source},
    github::key_dir,
};

/// The name of Fairway's own key file.
const OWN: &str = "fairway.keys";

/// Why keys cannot be used; read after the file's name.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file.
    #[error("cannot be read or written: {0}")]
    File(#[from] io::Error),
    /// What stands in it; never repeated.
    #[error("cannot be used: {0}")]
    Form(String),
}

/// Reads the keys of a file.
///
/// # Errors
/// [`KeyFileError`] when it cannot be read or holds something else.
pub fn read(path: &Path) -> Result<Keyring, KeyFileError> {
    let text = SecretString::from(fs::read_to_string(path)?);
    Keyring::parse(text.expose_secret()).map_err(KeyFileError::Form)
}

/// Puts a new key into a file that only its owner may read, before those that stand there: the first one seals.
///
/// # Errors
/// [`KeyFileError`] when the file cannot be read or written, or holds something else.
pub fn add(path: &Path) -> Result<Keyring, KeyFileError> {
    let before = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => String::new(),
        Err(problem) => return Err(problem.into()),
    };
    let text = SecretString::from(format!("{}\n{before}", fresh().expose_secret()));
    let ring = Keyring::parse(text.expose_secret()).map_err(KeyFileError::Form)?;
    let beside = write_beside(path, &text)?;
    fs::rename(&beside, path)?;
    Ok(ring)
}

/// The keys that were given. Without them Fairway's own, made at the first start, where one process's folder is all there
/// is: with its own PostgreSQL, and for the demo. Elsewhere none: replicas would each make another.
///
/// # Errors
/// [`KeyFileError`] with the file's name.
pub(crate) fn keyring(config: &Config) -> Result<Keyring, (PathBuf, KeyFileError)> {
    if let Some(given) = &config.keys.given {
        return Ok(given.clone());
    }
    if matches!(config.database.source, Source::Url(_)) && !config.database.demo {
        return Ok(Keyring::default());
    }
    let path = key_dir(config).join(OWN);
    own(&path).map_err(|problem| (path, problem))
}

/// Reads Fairway's own file, and makes it first where there is none. Of two processes that make it, one is first.
fn own(path: &Path) -> Result<Keyring, KeyFileError> {
    if !path.exists() {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let beside = write_beside(path, &fresh())?;
        let linked = fs::hard_link(&beside, path);
        fs::remove_file(&beside)?;
        match linked {
            Err(problem) if problem.kind() != io::ErrorKind::AlreadyExists => return Err(problem.into()),
            _ => {}
        }
    }
    read(path)
}

/// A whole file under a name of its own, private from its first byte on.
fn write_beside(path: &Path, text: &SecretString) -> Result<PathBuf, KeyFileError> {
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(text.expose_secret().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    Ok(beside)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a key is worth something only because nobody can foretell it"
)]
fn fresh() -> SecretString {
    hex::encode(rand::random::<[u8; KEY_BYTES]>()).into()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("fairway-keys-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn a_new_key_stands_first_and_the_file_is_private() {
        let folder = folder("add");
        let path = folder.join("keys");
        let first = add(&path).unwrap().current().unwrap();
        let both = add(&path).unwrap();
        assert_ne!(both.current().unwrap(), first);
        assert_eq!(both.ids()[1], first);
        assert_eq!(read(&path).unwrap().ids(), both.ids());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn fairways_own_key_is_made_once() {
        let folder = folder("own");
        let path = folder.join("secrets").join(OWN);
        let made = own(&path).unwrap();
        assert_eq!(own(&path).unwrap().ids(), made.ids());
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
