//! The signed head of the audit trail: the key, where heads go, and how often.

use std::{path::PathBuf, sync::Arc, time::Duration};

use super::{
    Settings,
    problems::{Name, Reader, given},
};
use crate::audit::SigningKey;

/// What was done since the last head can be rewritten by whoever owns the database; shorter costs a line each.
const MINUTES: u64 = 15;

const KEY: Name = Name {
    env: "FAIRWAY_AUDIT_KEY_FILE",
    flag: "--audit-key-file",
};
const EVERY: Name = Name {
    env: "FAIRWAY_AUDIT_HEAD_MINUTES",
    flag: "--audit-head-minutes",
};

/// How the head of the audit trail is signed and kept.
#[derive(Clone, Debug)]
pub struct AuditConfig {
    /// Signs heads.
    pub key: Option<Arc<SigningKey>>,
    /// The file, or folder, that signed heads are appended to.
    pub heads: Option<PathBuf>,
    /// The time between heads.
    pub every: Duration,
}

impl AuditConfig {
    pub(super) fn read(settings: &Settings, reader: &mut Reader) -> Self {
        let named = given(settings.audit_key_file.as_deref());
        let key = named.and_then(|path| {
            SigningKey::read(path.as_ref())
                .map_err(|problem| {
                    let next = "Make one with `fairway audit keygen FILE`, readable by Fairway.";
                    reader.wrong(KEY, format!("{path:?} {problem}"), next);
                })
                .ok()
        });
        let heads = given(settings.audit_head_file.as_deref()).map(PathBuf::from);
        if heads.is_some() && named.is_none() {
            let next = "Make a key with `fairway audit keygen FILE` and name the file here.";
            reader.wrong(KEY, "is not set but FAIRWAY_AUDIT_HEAD_FILE is", next);
        }
        Self {
            key: key.map(Arc::new),
            heads,
            every: reader.value(
                EVERY,
                settings.audit_head_minutes.as_deref(),
                Duration::from_secs(60 * MINUTES),
                parse_minutes,
            ),
        }
    }
}

fn parse_minutes(text: &str) -> Result<Duration, (String, String)> {
    match text.parse() {
        Ok(minutes @ 1..=1440) => Ok(Duration::from_secs(60 * minutes)),
        _ => Err((
            "is not between 1 and 1440".into(),
            format!("Leave it out for {MINUTES} minutes."),
        )),
    }
}
