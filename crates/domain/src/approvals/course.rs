//! How a release is carried out, where Fairway does that: people decide on this too.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::deploys::{
    Strategy,
    drive::{
        Weights,
        evidence::{Evidence, Waiver},
    },
};

/// How Fairway would carry out a release, and what is known of that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// How it reaches its users.
    pub strategy: Strategy,
    /// The shares of the traffic that it gets.
    pub weights: Weights,
    /// What was found of everything that is looked at, with what was waived and why.
    pub findings: Evidence,
}

/// Hash of how a release is carried out: its strategy, its shares, and what goes without being known. `None` where it goes as
/// anything does that only names its release: at once, and without waivers.
pub fn terms(strategy: Strategy, weights: &Weights, waivers: &[Waiver]) -> Option<String> {
    let mut waived: Vec<(&str, &str)> = waivers
        .iter()
        .map(|waiver| (waiver.item.as_str(), waiver.reason.as_str()))
        .collect();
    waived.sort_unstable();
    waived.dedup();
    if waived.is_empty() && *weights == Weights::of(Strategy::Rolling) {
        return None;
    }
    let text = serde_json::json!([strategy.as_str(), weights.as_slice(), waived]).to_string();
    Some(hex::encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploys::drive::evidence::Item;

    #[test]
    fn whatever_differs_in_how_it_goes_is_another_hash() {
        let waiver = |item, reason: &str| Waiver {
            item,
            reason: reason.to_owned(),
        };
        let (scan, checks) = (waiver(Item::Scan, "down"), waiver(Item::Checks, "none"));
        let of = |strategy, waivers: &[Waiver]| terms(strategy, &Weights::of(strategy), waivers);
        let rolling = Strategy::Rolling;
        assert_eq!(of(rolling, &[]), None);
        let all = [
            of(rolling, std::slice::from_ref(&scan)),
            of(rolling, &[waiver(Item::Scan, "late")]),
            of(rolling, &[scan.clone(), checks.clone()]),
            of(Strategy::Canary, std::slice::from_ref(&scan)),
            of(Strategy::Canary, &[]),
            of(Strategy::BlueGreen, &[]),
            terms(
                Strategy::Canary,
                &Weights::parse(Strategy::Canary, &[50, 100]).unwrap(),
                &[],
            ),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(one.is_some() && !all[..index].contains(one), "{index}");
        }
        let turned = [checks, scan.clone(), scan];
        assert_eq!(of(rolling, &turned), all[2], "in whatever order they are sent");
    }
}
