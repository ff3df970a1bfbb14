//! The rollback matrix: from which value on, seen how often, what is done. Data, one for each tier of services.

use serde::{Deserialize, Serialize};

use super::check::Check;

/// The longest row of samples that a rule looks at.
pub(super) const LONGEST_ROW: u8 = 10;

/// What follows from a symptom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Remedy {
    /// The previous version comes back at once, without an approval.
    RollBack,
    /// A person decides.
    Ask,
    /// A fix is deployed on top, and linked.
    FixForward,
    /// It is drawn, and nothing else.
    Note,
}

impl Remedy {
    /// All, the strongest first.
    pub const ALL: [Self; 4] = [Self::RollBack, Self::Ask, Self::FixForward, Self::Note];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RollBack => "roll_back",
            Self::Ask => "ask",
            Self::FixForward => "fix_forward",
            Self::Note => "note",
        }
    }

    /// The remedy that a word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|remedy| remedy.as_str() == text)
    }
}

/// How many of the last samples must be beyond the threshold. A sample that is missing is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Needed {
    /// So many.
    pub hits: u8,
    /// Of so many in a row.
    pub of: u8,
}

/// When a check fails, and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// In the check's own unit: targets up, a ratio, seconds.
    pub threshold: f64,
    /// How often it must be seen.
    pub needed: Needed,
    /// Fewer bad requests in the window never fail; only of the error ratio.
    pub least_bad: u32,
    /// Fewer requests in the window say nothing, but for an error ratio with enough bad ones among them.
    pub least_requests: u32,
    /// What follows.
    pub remedy: Remedy,
}

/// The rules of one tier.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RollbackMatrix {
    /// Nothing is up.
    pub down: Rule,
    /// Too many requests fail.
    pub error_ratio: Rule,
    /// One request in twenty is slow.
    pub p95: Rule,
    /// One request in a hundred is slow.
    pub p99: Rule,
    /// A person reports a minor defect.
    pub minor_defect: Remedy,
}

impl RollbackMatrix {
    /// The rule of a check.
    pub fn rule(&self, check: Check) -> &Rule {
        match check {
            Check::Down => &self.down,
            Check::ErrorRatio => &self.error_ratio,
            Check::P95 => &self.p95,
            Check::P99 => &self.p99,
        }
    }

    /// The same, to be changed.
    pub fn rule_mut(&mut self, check: Check) -> &mut Rule {
        match check {
            Check::Down => &mut self.down,
            Check::ErrorRatio => &mut self.error_ratio,
            Check::P95 => &mut self.p95,
            Check::P99 => &mut self.p99,
        }
    }
}

impl Default for RollbackMatrix {
    /// What holds where nobody set anything else, whatever the tier.
    fn default() -> Self {
        let of_last_three = Needed { hits: 2, of: 3 };
        Self {
            down: Rule {
                threshold: 1.0,
                needed: Needed { hits: 2, of: 2 },
                least_bad: 0,
                least_requests: 0,
                remedy: Remedy::RollBack,
            },
            error_ratio: Rule {
                threshold: 0.01,
                needed: of_last_three,
                least_bad: 5,
                least_requests: 100,
                remedy: Remedy::RollBack,
            },
            p95: Rule {
                threshold: 1.0,
                needed: of_last_three,
                least_bad: 0,
                least_requests: 100,
                remedy: Remedy::Note,
            },
            p99: Rule {
                threshold: 2.0,
                needed: of_last_three,
                least_bad: 0,
                least_requests: 100,
                remedy: Remedy::RollBack,
            },
            minor_defect: Remedy::FixForward,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_and_rules_are_those_of_their_check() {
        for remedy in Remedy::ALL {
            assert_eq!(Remedy::parse(remedy.as_str()), Some(remedy));
        }
        let mut matrix = RollbackMatrix::default();
        for (number, check) in (1_u32..).zip(Check::ALL) {
            matrix.rule_mut(check).least_bad = number;
        }
        for (number, check) in (1_u32..).zip(Check::ALL) {
            assert_eq!(matrix.rule(check).least_bad, number);
        }
    }
}
