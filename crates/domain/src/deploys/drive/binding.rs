//! What an approval of a drive holds for.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Drive;

/// SHA-256, in hex, of what an approval binds: service, environment, release, configuration, plan. With anything of it
/// changed it is another one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Binding(pub String);

impl Binding {
    /// What an approval of a drive binds.
    pub(super) fn of(drive: &Drive) -> Self {
        let mut hash = Sha256::new();
        let release = &drive.release;
        let texts = [
            Some(&drive.service.to_string()),
            Some(&drive.environment.to_string()),
            release.digest.as_ref(),
            release.sha.as_ref(),
            release.version.as_ref(),
            drive.configuration.config.as_ref(),
            drive.configuration.plan.as_ref(),
        ]
        .map(Option::<&String>::cloned);
        for text in texts {
            // A length before each, and another word for what is not there: no two lists read the same.
            match text {
                Some(text) => {
                    hash.update((text.len() as u64).to_be_bytes());
                    hash.update(text);
                }
                None => hash.update(u64::MAX.to_be_bytes()),
            }
        }
        Self(hex::encode(hash.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::world::drive;

    #[test]
    fn anything_that_changes_makes_another_binding() {
        let first = drive(1);
        let binding = first.binding();
        assert_eq!(binding, first.binding());
        let mut others = vec![first.clone(); 4];
        others[0].release.digest = Some(format!("sha256:{}", "b".repeat(64)));
        others[1].configuration.config = Some("c1".into());
        others[2].configuration.plan = Some("c1".into());
        others[3].release.version = None;
        let mut seen = vec![binding];
        for other in others {
            let binding = other.binding();
            assert!(!seen.contains(&binding));
            seen.push(binding);
        }
    }
}
