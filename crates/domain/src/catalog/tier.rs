//! How critical a service is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A service's criticality, 1 (most critical) to 4. Never an environment's class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 4))]
pub struct Tier(u8);

/// A number or text that is no tier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a tier; write 1 (most critical), 2, 3 or 4")]
pub struct InvalidTier;

impl Tier {
    /// All tiers, most critical first.
    pub const ALL: [Self; 4] = [Self(1), Self(2), Self(3), Self(4)];

    /// Reads `1` to `4`, also as `tier-1` or `Tier 1`.
    pub fn parse(text: &str) -> Result<Self, InvalidTier> {
        let lower = text.trim().to_ascii_lowercase();
        let digits = lower
            .strip_prefix("tier")
            .map_or(lower.as_str(), |rest| rest.trim_start_matches(['-', '_', ' ']));
        digits.parse::<u8>().map_err(|_| InvalidTier)?.try_into()
    }

    /// 1 to 4.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Tier {
    type Error = InvalidTier;

    fn try_from(number: u8) -> Result<Self, InvalidTier> {
        if (1..=4).contains(&number) {
            Ok(Self(number))
        } else {
            Err(InvalidTier)
        }
    }
}

impl From<Tier> for u8 {
    fn from(tier: Tier) -> Self {
        tier.0
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_are_one_to_four() {
        for good in ["1", " 1 ", "tier-1", "Tier 1", "tier1"] {
            assert_eq!(Tier::parse(good), Ok(Tier(1)), "{good}");
        }
        for bad in ["", "0", "5", "gold", "1.5", "-1", "tier"] {
            assert_eq!(Tier::parse(bad), Err(InvalidTier), "{bad}");
        }
    }
}
