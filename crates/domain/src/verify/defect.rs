//! A minor defect that a person reports of a deploy.

use chrono::{DateTime, Utc};

use super::matrix::Remedy;
use crate::ids::DeployId;

/// What somebody found wrong, and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// In their words.
    pub what: String,
    /// What follows, as the rules of the service's tier were then.
    pub remedy: Remedy,
    /// When.
    pub reported_at: DateTime<Utc>,
    /// The release that was asked for there after it.
    pub fix: Option<DeployId>,
}

impl Remedy {
    /// What follows from a minor defect, for people.
    pub fn words_of_defect(self) -> &'static str {
        match self {
            Self::RollBack => "The last good release comes back at once, as by “Roll back”.",
            Self::Ask => {
                "A deploy on its way waits where it is until a person lets it go on; nothing is rolled back by itself."
            }
            Self::FixForward | Self::Note => {
                "Nothing is rolled back. The release that is asked for next there is linked as the fix."
            }
        }
    }
}
