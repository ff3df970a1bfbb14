//! The services that figures are over, silent ones included.

use std::borrow::Borrow;

use super::{corrected::Corrected, day::Day, percentile_cont};

/// The services that the figures of a scope are over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Population {
    /// Those that had sent a counted deployment by the end of the range.
    pub sending: Sending,
    /// All services of the scope.
    pub services: u64,
    /// Rows of figures that people's corrections changed, put in or took out.
    pub corrected: Corrected,
}

/// Services that had sent a counted deployment, by their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
    /// These.
    These(Vec<u32>),
    /// Every service that ever deployed, without some: what an organisation says in one number.
    AllBut {
        /// How many.
        count: u64,
        /// Those that had sent one too and do not count any more.
        gone: Vec<u32>,
    },
}

impl Default for Sending {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}

impl Population {
    /// The median number of deployments per service in some days, and how many services that is over: those that send,
    /// with zero for the silent ones, and any other that deployed on these days.
    pub(super) fn median_deploys<D: Borrow<Day>>(&self, days: &[D]) -> (Option<f64>, u64) {
        let deploys = deploys_of_services(days);
        let deployed = |number: &u32| deploys.get(*number as usize).is_some_and(|deploys| *deploys > 0);
        let busy = deploys.iter().filter(|deploys| **deploys > 0).count();
        let silent = match &self.sending {
            Sending::These(numbers) => numbers.iter().filter(|number| !deployed(number)).count(),
            Sending::AllBut { count, gone } => {
                let others = gone.iter().filter(|number| deployed(number)).count();
                usize::try_from(*count)
                    .unwrap_or(usize::MAX)
                    .saturating_sub(busy - others)
            }
        };
        let mut values = vec![0.0; silent];
        let busy = deploys.into_iter().filter(|deploys| *deploys > 0);
        values.extend(busy.map(f64::from));
        (percentile_cont(&mut values, 0.5), values.len() as u64)
    }
}

/// How often each service deployed, by its number.
fn deploys_of_services<D: Borrow<Day>>(days: &[D]) -> Vec<u32> {
    let last = days
        .iter()
        .filter_map(|day| (*day).borrow().services.last())
        .max();
    let mut deploys = vec![0_u32; last.map_or(0, |number| *number as usize + 1)];
    for service in days.iter().flat_map(|day| (*day).borrow().services.iter()) {
        deploys[*service as usize] += 1;
    }
    deploys
}
