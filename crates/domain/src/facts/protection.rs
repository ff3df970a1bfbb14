//! A deployment that GitHub holds until somebody answers.

use serde::{Deserialize, Serialize};

use super::{DeploymentFact, PersonFact};

/// A deployment that waits until a protection rule is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProtectionRuleFact {
    /// Whether GitHub asks for an answer.
    pub is_requested: bool,
    /// Name of the environment, as the answer has to name it.
    pub environment: String,
    /// Where GitHub says that it wants the answer.
    pub callback_url: String,
    /// Who caused it to be asked.
    pub asked_by: Option<PersonFact>,
    /// What waits.
    pub deployment: DeploymentFact,
}
