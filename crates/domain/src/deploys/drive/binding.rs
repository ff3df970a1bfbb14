//! What an approval of a drive holds for, and what waits for it.

use super::Drive;
use crate::{
    approvals::{Binding, BoundRelease, terms},
    ids::DeployId,
};

/// What stands before the keys of gates at which drives wait.
const GATE: &str = "drive:";

impl Drive {
    /// All that people approve: what approvals of any other way in bind too.
    pub fn bound_release(&self) -> BoundRelease {
        BoundRelease {
            service: self.service,
            environment: self.environment,
            sha: self.release.sha.clone(),
            digest: self.release.digest.clone(),
            config: self.configuration.config.clone(),
            terraform_plan: self.configuration.plan.clone(),
            terms: terms(self.strategy, &self.weights, &self.waivers),
        }
    }

    /// What an approval of it binds.
    pub fn binding(&self) -> Binding {
        self.bound_release().binding()
    }

    /// The key of the gate at which it waits in a round.
    pub fn gate(&self, round: i16) -> String {
        format!("{GATE}{}:{round}", self.deploy)
    }
}

/// The drive and the round that wait at a gate; `None` where something else waits there.
pub fn waits_at(gate: &str) -> Option<(DeployId, i16)> {
    let (deploy, round) = gate.strip_prefix(GATE)?.rsplit_once(':')?;
    Some((deploy.parse().ok()?, round.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Weights,
            evidence::{Item, Waiver},
            world::drive,
        },
        *,
    };
    use crate::deploys::Strategy;

    #[test]
    fn anything_that_changes_what_runs_makes_another_binding() {
        let first = drive(1);
        let binding = first.binding();
        assert_eq!(binding, first.binding());
        let mut others = vec![first.clone(); 6];
        others[0].release.digest = Some(format!("sha256:{}", "b".repeat(64)));
        others[1].configuration.config = Some("c1".into());
        others[2].configuration.plan = Some("c1".into());
        others[3].release.sha = None;
        others[4].weights = Weights::of(Strategy::Rolling);
        others[5].waivers.push(Waiver {
            item: Item::Scan,
            reason: "the scanner is down".into(),
        });
        let mut seen = vec![binding];
        for other in others {
            let binding = other.binding();
            assert!(!seen.contains(&binding));
            seen.push(binding);
        }
        let mut renamed = first;
        renamed.release.version = None;
        assert_eq!(renamed.binding(), binding, "a version is what people call it");
    }

    #[test]
    fn a_gate_names_the_drive_and_the_round() {
        let drive = drive(1);
        assert_eq!(waits_at(&drive.gate(2)), Some((drive.deploy, 2)));
        for other in ["drive:1", "drive:1:0", "github:1/1/live", "step:1/1/smoke", ""] {
            assert_eq!(waits_at(other), None, "{other}");
        }
    }
}
