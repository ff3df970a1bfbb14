//! The key pair that signs heads of the audit trail: Ed25519, in the files that openssl reads and writes.

use std::{fmt, fs, io, os::unix::fs::OpenOptionsExt, path::Path};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::trail::Head;
use rustls::pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer, pem::PemObject};

/// What stands before the 32 bytes of an Ed25519 key in a public key file (RFC 8410).
const SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// Why a key cannot be used; read after the file's name.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file.
    #[error("cannot be read or written: {0}")]
    File(#[from] io::Error),
    /// What stands in it.
    #[error("holds no Ed25519 key in PEM")]
    Form,
}

/// The private key.
pub struct SigningKey(Ed25519KeyPair);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?})", self.public())
    }
}

/// The public key, by which signatures are checked.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl SigningKey {
    /// Makes a key and writes it into a new file that only its owner may read.
    ///
    /// # Errors
    /// [`KeyError::File`] when there is such a file or it cannot be written.
    pub fn make(path: &Path) -> Result<Self, KeyError> {
        let key = Ed25519KeyPair::generate().map_err(|_| KeyError::Form)?;
        let der = key.to_pkcs8v1().map_err(|_| KeyError::Form)?;
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        io::Write::write_all(&mut file, pem("PRIVATE KEY", der.as_ref()).as_bytes())?;
        Ok(Self(key))
    }

    /// Reads a key.
    ///
    /// # Errors
    /// [`KeyError`] when the file cannot be read or holds no such key.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = fs::read(path)?;
        let der = PrivatePkcs8KeyDer::from_pem_slice(&text).map_err(|_| KeyError::Form)?;
        let key = Ed25519KeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| KeyError::Form)?;
        Ok(Self(key))
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(bytes)
    }

    /// Signs a head.
    pub fn sign(&self, mut head: Head) -> Head {
        let signature = self.0.sign(head.signed_text().as_bytes());
        head.signature = Some(hex::encode(signature));
        head.key = Some(hex::encode(self.public().0));
        head
    }
}

impl PublicKey {
    /// Reads a public key.
    ///
    /// # Errors
    /// [`KeyError`] when the file cannot be read or holds no such key.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let text = fs::read(path)?;
        let der = SubjectPublicKeyInfoDer::from_pem_slice(&text).map_err(|_| KeyError::Form)?;
        let key = der.strip_prefix(&SPKI_PREFIX).ok_or(KeyError::Form)?;
        Ok(Self(key.try_into().map_err(|_| KeyError::Form)?))
    }

    /// The key as the file that [`PublicKey::read`] and openssl read.
    pub fn pem(&self) -> String {
        pem("PUBLIC KEY", &[&SPKI_PREFIX[..], &self.0].concat())
    }

    /// Whether a head was signed with this key.
    pub fn signed(&self, head: &Head) -> bool {
        let signature = head.signature.as_deref().and_then(|text| hex::decode(text).ok());
        signature.is_some_and(|signature| {
            UnparsedPublicKey::new(&ED25519, &self.0)
                .verify(head.signed_text().as_bytes(), &signature)
                .is_ok()
        })
    }
}

/// Both kinds of key fit on one line of it.
fn pem(label: &str, der: &[u8]) -> String {
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        STANDARD.encode(der)
    )
}
