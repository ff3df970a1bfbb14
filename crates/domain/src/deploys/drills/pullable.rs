//! Whether the release to go back to can still be had. Fairway asks no registry: what no executor said is unknown.

use chrono::{DateTime, Utc};

use crate::deploys::{drive::TargetRelease, report::is_digest};

/// What an executor said of pulling an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pull {
    /// Whether it got the image.
    pub worked: bool,
    /// When it said so.
    pub at: DateTime<Utc>,
}

/// Whether a release can be pulled, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pullable {
    /// An executor pulled it.
    Pulled {
        /// When.
        at: DateTime<Utc>,
    },
    /// An executor tried, and did not get it.
    Missing {
        /// When.
        at: DateTime<Utc>,
    },
    /// Nobody said. Its digest is pinned, so what would be pulled is what ran.
    Pinned {
        /// When it was last deployed successfully.
        seen_at: Option<DateTime<Utc>>,
    },
    /// Nobody said, and what its tag stands for may be anything.
    Loose,
}

impl Pullable {
    /// What is known of a release: what an executor said last of pulling it, and when it was last deployed successfully.
    pub fn of(release: &TargetRelease, pull: Option<Pull>, seen_at: Option<DateTime<Utc>>) -> Self {
        if !release.digest.as_deref().is_some_and(is_digest) {
            return Self::Loose;
        }
        match pull {
            Some(Pull { worked: true, at }) => Self::Pulled { at },
            Some(Pull { worked: false, at }) => Self::Missing { at },
            None => Self::Pinned { seen_at },
        }
    }

    /// The word for programs: `pulled`, `missing`, or `unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pulled { .. } => "pulled",
            Self::Missing { .. } => "missing",
            Self::Pinned { .. } | Self::Loose => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_to_be_there_that_nobody_pulled() {
        let at = DateTime::UNIX_EPOCH;
        let pinned = TargetRelease {
            digest: Some(format!("sha256:{}", "a".repeat(64))),
            ..TargetRelease::default()
        };
        let pull = |worked| Some(Pull { worked, at });
        assert_eq!(Pullable::of(&pinned, pull(true), None).as_str(), "pulled");
        assert_eq!(Pullable::of(&pinned, pull(false), Some(at)).as_str(), "missing");
        let seen = Pullable::of(&pinned, None, Some(at));
        assert_eq!(seen, Pullable::Pinned { seen_at: Some(at) });
        assert_eq!(seen.as_str(), "unknown");
        let loose = TargetRelease::default();
        assert_eq!(Pullable::of(&loose, pull(true), Some(at)).as_str(), "unknown");
    }
}
