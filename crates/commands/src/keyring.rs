//! The keys that secrets in the database are sealed with, and the form of a sealed secret.
//!
//! A sealed secret says by which key it was sealed, so keys can be changed while the server runs; it opens only in the
//! column and the row that it was sealed for, so nobody can move it to another person's. Knows no table and no setting.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    error::Unspecified,
    hkdf::{HKDF_SHA256, Salt},
};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
/// The first byte of what is sealed in this form.
const FORM: u8 = 1;
/// The form, the key's id and the salt stand before what is sealed.
const HEAD: usize = 1 + ID_BYTES + SALT_BYTES;
const ID_BYTES: usize = 8;
const SALT_BYTES: usize = 32;
/// Each row has a key of its own, made of 256 random bits, and seals one text with it: the nonce need not differ.
const NONCE: [u8; NONCE_LEN] = [0; NONCE_LEN];

/// Rows' keys are for this and nothing else.
const PURPOSE: &[&[u8]] = &[b"fairway sealed 1"];

/// By what a key is known: eight bytes of a digest of it, which say nothing about the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyId([u8; ID_BYTES]);

impl KeyId {
    fn of(key: &[u8]) -> Self {
        let digest = Sha256::new()
            .chain_update(b"fairway key id 1\n")
            .chain_update(key)
            .finalize();
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&digest[..ID_BYTES]);
        Self(id)
    }

    /// The bytes, as sealed secrets carry them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

struct Key {
    id: KeyId,
    bytes: SecretSlice<u8>,
}

/// The keys that a process has. The first seals; all open. Its `Debug` shows ids only.
#[derive(Clone, Default)]
pub struct Keyring(Arc<[Key]>);

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| key.id)).finish()
    }
}

/// Why a secret was not sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// This process has no key.
    #[error(
        "there is no key to seal secrets with; set FAIRWAY_KEY or FAIRWAY_KEY_FILE, `fairway keys make` makes one"
    )]
    NoKey,
    /// It was sealed with a key that this process does not have.
    #[error("a secret is sealed with the key {0}, which this process does not have; see `fairway keys list`")]
    Unknown(KeyId),
    /// It is no sealed secret, was changed, or belongs to another row.
    #[error("a sealed secret does not open: it was changed, or belongs to another row")]
    Broken,
}

impl Keyring {
    /// Reads keys: words of 64 hexadecimal digits, the first of which seals. Lines that begin with `#` are not read.
    ///
    /// # Errors
    /// What is wrong, without what stands there.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('#'))
            .flat_map(str::split_whitespace);
        let mut keys: Vec<Key> = Vec::new();
        for (place, word) in words.enumerate() {
            let bytes = hex::decode(word).ok().filter(|bytes| bytes.len() == KEY_BYTES);
            let Some(bytes) = bytes else {
                return Err(format!(
                    "key {} is not {} hexadecimal digits",
                    place + 1,
                    2 * KEY_BYTES
                ));
            };
            let id = KeyId::of(&bytes);
            if keys.iter().any(|key| key.id == id) {
                return Err(format!("key {} stands there twice", place + 1));
            }
            keys.push(Key {
                id,
                bytes: bytes.into(),
            });
        }
        if keys.is_empty() {
            return Err("holds no key".to_owned());
        }
        Ok(Self(keys.into()))
    }

    /// The ids of all keys, that of the one that seals first.
    pub fn ids(&self) -> Vec<KeyId> {
        self.0.iter().map(|key| key.id).collect()
    }

    /// The id of the key that seals.
    ///
    /// # Errors
    /// [`KeyError::NoKey`] without one.
    pub fn current(&self) -> Result<KeyId, KeyError> {
        self.0.first().map(|key| key.id).ok_or(KeyError::NoKey)
    }

    /// Whether a secret that carries this id can be opened.
    pub fn has(&self, id: &[u8]) -> bool {
        self.0.iter().any(|key| key.id.as_bytes() == id)
    }

    /// Seals a secret for a row of a column, with a salt that is used once.
    ///
    /// # Errors
    /// [`KeyError::NoKey`] without a key.
    pub fn seal(&self, place: Place, secret: &[u8], salt: [u8; SALT_BYTES]) -> Result<Vec<u8>, KeyError> {
        let key = self.0.first().ok_or(KeyError::NoKey)?;
        let mut text = secret.to_vec();
        let sealed = row_key(key, &salt).and_then(|row| {
            row.seal_in_place_append_tag(Nonce::assume_unique_for_key(NONCE), place.aad(), &mut text)
        });
        sealed.map_err(|Unspecified| KeyError::Broken)?;
        let mut whole = Vec::with_capacity(HEAD + text.len());
        whole.push(FORM);
        whole.extend_from_slice(key.id.as_bytes());
        whole.extend_from_slice(&salt);
        whole.extend_from_slice(&text);
        Ok(whole)
    }

    /// Opens what was sealed for a row of a column.
    ///
    /// # Errors
    /// [`KeyError::Unknown`] and [`KeyError::Broken`].
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<SecretSlice<u8>, KeyError> {
        let (head, text) = sealed.split_at_checked(HEAD).ok_or(KeyError::Broken)?;
        let (id, salt) = head[1..].split_at(ID_BYTES);
        if head[0] != FORM {
            return Err(KeyError::Broken);
        }
        let Some(key) = self.0.iter().find(|key| key.id.as_bytes() == id) else {
            let mut unknown = [0; ID_BYTES];
            unknown.copy_from_slice(id);
            return Err(KeyError::Unknown(KeyId(unknown)));
        };
        let mut text = text.to_vec();
        let row = row_key(key, salt).map_err(|Unspecified| KeyError::Broken)?;
        let length = row
            .open_in_place(Nonce::assume_unique_for_key(NONCE), place.aad(), &mut text)
            .map_err(|Unspecified| KeyError::Broken)?
            .len();
        text.truncate(length);
        Ok(text.into())
    }
}

/// Where a sealed secret belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Table and column, as `accounts.totp_secret`.
    pub column: &'static str,
    /// The row.
    pub row: Uuid,
}

impl Place {
    fn aad(self) -> Aad<String> {
        Aad::from(format!("fairway sealed 1\n{}\n{}\n", self.column, self.row))
    }
}

/// The key of one row (HKDF-SHA-256, RFC 5869).
fn row_key(key: &Key, salt: &[u8]) -> Result<LessSafeKey, Unspecified> {
    let extracted = Salt::new(HKDF_SHA256, salt).extract(key.bytes.expose_secret());
    let expanded = extracted.expand(PURPOSE, &AES_256_GCM)?;
    Ok(LessSafeKey::new(UnboundKey::from(expanded)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    fn place(row: u128) -> Place {
        Place {
            column: "accounts.totp_secret",
            row: Uuid::from_u128(row),
        }
    }

    fn ring(keys: &[&str]) -> Keyring {
        let words: Vec<String> = keys.iter().map(|key| key.repeat(KEY_BYTES)).collect();
        Keyring::parse(&words.join("\n")).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_in_its_own_row_only() {
        let ring = ring(&["a1"]);
        let sealed = ring.seal(place(1), SECRET, [7; 32]).unwrap();
        assert!(
            !sealed.windows(4).any(|bytes| bytes == &SECRET[..4]),
            "nothing shows"
        );
        assert_eq!(ring.open(place(1), &sealed).unwrap().expose_secret(), SECRET);
        assert_eq!(ring.open(place(2), &sealed).unwrap_err(), KeyError::Broken);
        let elsewhere = Place {
            column: "tokens.secret",
            ..place(1)
        };
        assert_eq!(ring.open(elsewhere, &sealed).unwrap_err(), KeyError::Broken);
        assert_ne!(ring.seal(place(1), SECRET, [8; 32]).unwrap(), sealed);
    }

    #[test]
    fn no_bit_can_be_changed_and_nothing_cut_off() {
        let ring = ring(&["a1"]);
        let sealed = ring.seal(place(1), SECRET, [7; 32]).unwrap();
        for bit in 0..8 * sealed.len() {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(ring.open(place(1), &changed).is_err(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(ring.open(place(1), &sealed[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn the_first_key_seals_and_all_open() {
        let (old, new) = (ring(&["a1"]), ring(&["b2", "a1"]));
        let sealed = old.seal(place(1), SECRET, [7; 32]).unwrap();
        assert!(new.open(place(1), &sealed).is_ok());
        let again = new.seal(place(1), SECRET, [8; 32]).unwrap();
        assert_eq!(again[1..=ID_BYTES], *new.current().unwrap().as_bytes());
        assert_eq!(
            old.open(place(1), &again).unwrap_err(),
            KeyError::Unknown(new.current().unwrap())
        );
        assert_eq!(
            Keyring::default().seal(place(1), SECRET, [0; 32]),
            Err(KeyError::NoKey)
        );
    }

    #[test]
    fn what_is_no_key_is_said_without_repeating_it() {
        let good = "ab".repeat(KEY_BYTES);
        let ring = Keyring::parse(&format!("# made today\n{good}\n\n")).unwrap();
        assert!(!format!("{ring:?}").contains(&good));
        for wrong in ["", "# nothing", "canary", &good[2..], &format!("{good} {good}")] {
            let said = Keyring::parse(wrong).unwrap_err();
            assert!(!said.contains("canary") && !said.contains("abab"), "{said}");
        }
    }
}
