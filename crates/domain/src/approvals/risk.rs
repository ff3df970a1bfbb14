//! How risky a release is, from what is known of it. What is not known makes it riskier, never less.

use serde::{Deserialize, Serialize};

/// Changes up to which a release is small: what one person reads through before they decide.
const FEW: u32 = 5;
/// Changes beyond which nobody reads through a release any more.
const MANY: u32 = 50;

/// How risky a release is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// A handful of known changes over a release that can be gone back to.
    Low,
    /// More of them.
    Medium,
    /// Very many, or nobody knows which, or there is nothing to go back to.
    High,
}

/// What the risk is read from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RiskFacts {
    /// How many changes it carries; `None` where not all are known.
    pub changes: Option<u32>,
    /// Whether a release runs that can be gone back to.
    pub has_previous: bool,
}

impl Risk {
    /// All, from the least to the most.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The stored and displayed word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The risk that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|risk| risk.as_str() == text)
    }

    /// Reads the risk from what is known.
    pub fn of(facts: &RiskFacts) -> Self {
        match facts.changes {
            Some(few) if few <= FEW && facts.has_previous => Self::Low,
            Some(some) if some <= MANY && facts.has_previous => Self::Medium,
            _ => Self::High,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_risky() {
        let of = |changes, has_previous| {
            Risk::of(&RiskFacts {
                changes,
                has_previous,
            })
        };
        assert_eq!(of(Some(0), true), Risk::Low);
        assert_eq!(of(Some(5), true), Risk::Low);
        assert_eq!(of(Some(6), true), Risk::Medium);
        assert_eq!(of(Some(51), true), Risk::High);
        assert_eq!(of(None, true), Risk::High);
        assert_eq!(of(Some(1), false), Risk::High);
        for risk in Risk::ALL {
            assert_eq!(Risk::parse(risk.as_str()), Some(risk));
        }
        assert_eq!(Risk::parse("none"), None);
    }
}
