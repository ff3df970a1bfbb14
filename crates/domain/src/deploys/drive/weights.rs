//! How a release reaches its users: the shares of the traffic that it gets, one after the other.

use serde::{Deserialize, Serialize};

use super::super::Strategy;
use crate::error::FieldErrors;

/// Growing shares of the traffic in percent; the last one is all of it. Each is deployed, then watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weights(Vec<i16>);

/// More steps than this are watched longer than anybody waits.
const MOST: usize = 20;

impl Weights {
    /// The default of a strategy. Rolling: everything, watched once. Blue/green: the green stack without users, then the
    /// switch. Canary: 5, 25, 50 and 100.
    pub fn of(strategy: Strategy) -> Self {
        Self(match strategy {
            Strategy::Rolling => vec![100],
            Strategy::BlueGreen => vec![0, 100],
            Strategy::Canary => vec![5, 25, 50, 100],
        })
    }

    /// Chosen weights; those of the strategy where none are.
    ///
    /// # Errors
    /// Of the field `weights`, saying what to write.
    pub fn parse(strategy: Strategy, chosen: &[i64]) -> Result<Self, FieldErrors> {
        if chosen.is_empty() {
            return Ok(Self::of(strategy));
        }
        let wrong = |message: &str| Err(FieldErrors::one("weights", message));
        if strategy != Strategy::Canary {
            return wrong("only a canary has weights; leave them out or choose the strategy canary");
        }
        let weights: Vec<i16> = chosen
            .iter()
            .filter_map(|weight| i16::try_from(*weight).ok())
            .collect();
        match Self::checked(weights) {
            Some(weights) if weights.0.len() == chosen.len() => Ok(weights),
            _ => {
                wrong("give growing shares in percent that end with 100, at most 20 of them: 5, 25, 50, 100")
            }
        }
    }

    /// Stored weights; `None` where they grow not, or do not end with everything.
    pub fn checked(weights: Vec<i16>) -> Option<Self> {
        let grow = weights.windows(2).all(|pair| pair[0] < pair[1]);
        let starts = weights.first().is_some_and(|first| *first >= 0);
        let ends = weights.last() == Some(&100);
        (grow && starts && ends && weights.len() <= MOST).then_some(Self(weights))
    }

    /// The share of a step; everything beyond the last.
    pub fn at(&self, step: i16) -> i16 {
        let step = usize::try_from(step).unwrap_or(0);
        self.0.get(step).copied().unwrap_or(100)
    }

    /// Whether a step is the last.
    pub fn is_last(&self, step: i16) -> bool {
        usize::try_from(step).unwrap_or(0) + 1 >= self.0.len()
    }

    /// All shares, in order.
    pub fn as_slice(&self) -> &[i16] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_strategy_ends_with_all_of_the_traffic() {
        for strategy in Strategy::ALL {
            let weights = Weights::of(strategy);
            assert_eq!(Weights::checked(weights.as_slice().to_vec()), Some(weights));
        }
    }

    #[test]
    fn chosen_weights_grow_to_100() {
        let parse = |chosen: &[i64]| Weights::parse(Strategy::Canary, chosen);
        assert_eq!(parse(&[1, 10, 100]).unwrap().as_slice(), [1, 10, 100]);
        assert_eq!(parse(&[]).unwrap().as_slice(), [5, 25, 50, 100]);
        for wrong in [
            &[50][..],
            &[50, 50, 100],
            &[-1, 100],
            &[100, 50],
            &[5, 70_000, 100],
        ] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
        assert!(Weights::parse(Strategy::Rolling, &[5, 100]).is_err());
    }

    #[test]
    fn a_step_beyond_the_last_is_everything() {
        let weights = Weights::of(Strategy::Canary);
        assert_eq!((weights.at(0), weights.at(3), weights.at(9)), (5, 100, 100));
        assert!(!weights.is_last(2) && weights.is_last(3));
    }
}
