//! The keys of sealed secrets: given in the environment or a file, or Fairway's own.

use commands::keyring::Keyring;
use secrecy::ExposeSecret;

use super::{
    Settings,
    problems::{Name, Reader, given},
};
use crate::keys;

const KEY: Name = Name {
    env: "FAIRWAY_KEY",
    flag: "--key",
};
const KEY_FILE: Name = Name {
    env: "FAIRWAY_KEY_FILE",
    flag: "--key-file",
};

/// What was said about the keys of sealed secrets.
#[derive(Clone, Debug)]
pub struct KeysConfig {
    /// The keys; `None` where none are set.
    pub given: Option<Keyring>,
}

impl KeysConfig {
    pub(super) fn read(settings: &Settings, reader: &mut Reader) -> Self {
        let text = settings
            .key
            .as_ref()
            .filter(|text| !text.expose_secret().trim().is_empty());
        let file = given(settings.key_file.as_deref());
        let given = match (text, file) {
            (Some(_), Some(_)) => {
                let next = "Leave one of them out.";
                reader.wrong(KEY, "is set and FAIRWAY_KEY_FILE too", next);
                None
            }
            (Some(text), None) => Keyring::parse(text.expose_secret())
                .map_err(|wrong| {
                    let next = "Write 64 hexadecimal digits, for example what `openssl rand -hex 32` prints.";
                    reader.wrong(KEY, wrong, next);
                })
                .ok(),
            (None, Some(path)) => keys::read(path.as_ref())
                .map_err(|problem| {
                    let next = "Make it with `fairway keys make FILE`, readable by Fairway.";
                    reader.wrong(KEY_FILE, format!("{path:?} {problem}"), next);
                })
                .ok(),
            (None, None) => None,
        };
        Self { given }
    }
}
