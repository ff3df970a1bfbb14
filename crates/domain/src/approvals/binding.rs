//! What an approval is for, to the byte: another release, configuration or plan is another thing, which nobody approved.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::{EnvironmentId, ServiceId};

/// Stands before everything that is hashed, so that the hash of something else is never one of these.
const DOMAIN: &[u8] = b"fairway.dev/v1 approval\0";

/// Everything that an approval is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundRelease {
    /// The service.
    pub service: ServiceId,
    /// Where to.
    pub environment: EnvironmentId,
    /// Sha of the commit.
    pub sha: Option<String>,
    /// Digest of the image.
    pub digest: Option<String>,
    /// Hash of the configuration that goes with it.
    pub config: Option<String>,
    /// Hash of the Terraform plan.
    pub terraform_plan: Option<String>,
    /// Hash of how Fairway carries it out, where that is not as anything goes: shares, and what is waived.
    pub terms: Option<String>,
}

/// SHA-256 over the canonical form of a [`BoundRelease`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Binding([u8; 32]);

/// A text that is no hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not the hash of a request; open the request again and decide there")]
pub struct InvalidBinding;

impl BoundRelease {
    /// The hash. Canonical form: each field in this order, as one byte that says whether it is there and, where it is, its length
    /// (64 bits, big endian) and its bytes; shas and digests in lower case. No two releases have the same form.
    pub fn binding(&self) -> Binding {
        let mut hash = Sha256::new();
        hash.update(DOMAIN);
        put(&mut hash, Some(self.service.0.as_bytes()));
        put(&mut hash, Some(self.environment.0.as_bytes()));
        for text in [
            &self.sha,
            &self.digest,
            &self.config,
            &self.terraform_plan,
            &self.terms,
        ] {
            let lower = text.as_ref().map(|text| text.to_ascii_lowercase());
            put(&mut hash, lower.as_ref().map(String::as_bytes));
        }
        Binding(hash.finalize().into())
    }

    /// Whether it names an artifact at all. What does not could be anything, and nobody can approve that.
    pub fn names_artifact(&self) -> bool {
        self.sha.is_some() || self.digest.is_some() || self.terraform_plan.is_some()
    }
}

fn put(hash: &mut Sha256, bytes: Option<&[u8]>) {
    let Some(bytes) = bytes else {
        hash.update([0_u8]);
        return;
    };
    hash.update([1_u8]);
    hash.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(bytes);
}

impl Binding {
    /// The bytes, as they are stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads stored bytes.
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for Binding {
    type Err = InvalidBinding;

    fn from_str(text: &str) -> Result<Self, InvalidBinding> {
        let bytes = hex::decode(text).map_err(|_| InvalidBinding)?;
        Self::of_bytes(&bytes).ok_or(InvalidBinding)
    }
}

impl From<Binding> for String {
    fn from(binding: Binding) -> Self {
        binding.to_string()
    }
}

impl TryFrom<String> for Binding {
    type Error = InvalidBinding;

    fn try_from(text: String) -> Result<Self, InvalidBinding> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use uuid::Uuid;

    use super::*;

    fn release() -> BoundRelease {
        BoundRelease {
            service: Uuid::from_u128(1).into(),
            environment: Uuid::from_u128(2).into(),
            sha: Some("a".repeat(40)),
            digest: Some(format!("sha256:{}", "b".repeat(64))),
            config: None,
            terraform_plan: None,
            terms: None,
        }
    }

    #[test]
    fn whatever_differs_is_another_binding() {
        let text = |text: &str| Some(text.to_owned());
        let all = [
            release(),
            BoundRelease {
                service: Uuid::from_u128(2).into(),
                ..release()
            },
            BoundRelease {
                environment: Uuid::from_u128(1).into(),
                ..release()
            },
            BoundRelease {
                sha: text(&"b".repeat(40)),
                ..release()
            },
            BoundRelease {
                sha: None,
                ..release()
            },
            BoundRelease {
                digest: None,
                ..release()
            },
            BoundRelease {
                config: text(""),
                ..release()
            },
            BoundRelease {
                config: text("x"),
                ..release()
            },
            BoundRelease {
                terraform_plan: text("x"),
                ..release()
            },
            BoundRelease {
                terms: text("x"),
                ..release()
            },
            BoundRelease {
                config: text("xy"),
                terraform_plan: text("z"),
                ..release()
            },
            BoundRelease {
                config: text("x"),
                terraform_plan: text("yz"),
                ..release()
            },
        ];
        let hashes: HashSet<Binding> = all.iter().map(BoundRelease::binding).collect();
        assert_eq!(hashes.len(), all.len());
    }

    #[test]
    fn case_of_a_sha_is_no_difference_and_the_hash_reads_back() {
        let upper = BoundRelease {
            sha: Some("A".repeat(40)),
            ..release()
        };
        let binding = upper.binding();
        assert_eq!(binding, release().binding());
        assert_eq!(binding.to_string().parse(), Ok(binding));
        assert_eq!(Binding::of_bytes(binding.as_bytes()), Some(binding));
        let json = serde_json::to_string(&binding).unwrap();
        assert_eq!(serde_json::from_str::<Binding>(&json).unwrap(), binding);
        for wrong in ["", "zz", "abcd"] {
            assert_eq!(wrong.parse::<Binding>(), Err(InvalidBinding));
        }
    }

    #[test]
    fn a_release_names_what_it_is_made_of() {
        assert!(release().names_artifact());
        let nothing = BoundRelease {
            sha: None,
            digest: None,
            config: Some("x".into()),
            ..release()
        };
        assert!(!nothing.names_artifact());
    }
}
