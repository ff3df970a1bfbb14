//! Signed heads: a line of JSON each, appended to a file that is best kept where the database's owner cannot write.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use domain::trail::Head;

use super::{PublicKey, SigningKey};

/// The file's name where a folder is given.
const IN_FOLDER: &str = "audit-heads.jsonl";

/// The head of a chain, signed where there is a key.
pub fn signed_head((number, hash): (i64, &[u8]), at: DateTime<Utc>, key: Option<&SigningKey>) -> Head {
    let head = Head {
        number,
        hash: hex::encode(hash),
        at,
        key: None,
        signature: None,
    };
    match key {
        Some(key) => key.sign(head),
        None => head,
    }
}

/// Where heads are appended to: the path itself, or a file in it when it is a folder.
pub fn file_of(path: &Path) -> PathBuf {
    if path.is_dir() {
        path.join(IN_FOLDER)
    } else {
        path.to_owned()
    }
}

/// Appends a head, one write for the whole line, so that several processes may share the file.
pub(super) fn append(path: &Path, head: &Head) -> io::Result<()> {
    let mut line = serde_json::to_string(head)?;
    line.push('\n');
    let mut file = OpenOptions::new().append(true).create(true).open(file_of(path))?;
    file.write_all(line.as_bytes())?;
    file.sync_all()
}

/// Numbers and hashes of the heads in a file, every one of which must be signed with the key.
///
/// # Errors
/// What is wrong, with its line.
pub fn read_heads(path: &Path, key: &PublicKey) -> Result<Vec<(i64, Vec<u8>)>, String> {
    let path = file_of(path);
    let text = fs::read_to_string(&path)
        .map_err(|problem| format!("{} cannot be read: {problem}", path.display()))?;
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    lines
        .map(|(line, number)| {
            let wrong = |what: &str| format!("line {number} of {} {what}", path.display());
            let head: Head =
                serde_json::from_str(line).map_err(|problem| wrong(&format!("is no head: {problem}")))?;
            if !key.signed(&head) {
                return Err(wrong(
                    "is not signed with this key: the line or the key is not the right one",
                ));
            }
            let hash = hex::decode(&head.hash).map_err(|_| wrong("holds no hash"))?;
            Ok((head.number, hash))
        })
        .collect()
}
