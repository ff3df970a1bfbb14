//! Which release may go on to an environment: one that succeeded in the environments upstream of it.

use std::collections::{HashMap, HashSet};

use super::evidence::Finding;
use crate::{error::FieldErrors, ids::EnvironmentId};

/// An environment that a release has to pass first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Its name.
    pub name: String,
    /// Whether the release succeeded there.
    pub succeeded: bool,
}

/// Where a release has to succeed first, and what to do; `None` where it did everywhere.
pub fn missing(upstreams: &[Upstream]) -> Option<String> {
    let missing = upstreams.iter().filter(|upstream| !upstream.succeeded);
    let missing: Vec<&str> = missing.map(|upstream| upstream.name.as_str()).collect();
    let names = missing.join(", ");
    (!missing.is_empty()).then(|| format!("the release did not succeed in {names}; deploy it there first"))
}

/// What the environments upstream say of a release. Going on without them is a waiver, with a reason.
pub fn finding(upstreams: &[Upstream]) -> Finding {
    if let Some(missing) = missing(upstreams) {
        return Finding::bad(format!("{missing}, or say why it may go on without"));
    }
    if upstreams.is_empty() {
        return Finding::good("no environment before this one is set");
    }
    let names: Vec<&str> = upstreams.iter().map(|upstream| upstream.name.as_str()).collect();
    Finding::good(format!("it succeeded in {}", names.join(", ")))
}

/// Checks that no environment becomes upstream of itself, by whatever way. `known` holds pairs of an environment and one
/// that is upstream of it.
///
/// # Errors
/// Of the field `upstreams`.
pub fn check_upstreams(
    environment: EnvironmentId,
    upstreams: &[EnvironmentId],
    known: &[(EnvironmentId, EnvironmentId)],
) -> Result<(), FieldErrors> {
    let mut above: HashMap<EnvironmentId, Vec<EnvironmentId>> = HashMap::new();
    for (below, upstream) in known.iter().filter(|(below, _)| *below != environment) {
        above.entry(*below).or_default().push(*upstream);
    }
    let mut left: Vec<EnvironmentId> = upstreams.to_vec();
    let mut seen = HashSet::new();
    while let Some(next) = left.pop() {
        if next == environment {
            let message = "an environment cannot be upstream of itself, not by way of others either";
            return Err(FieldErrors::one("upstreams", message));
        }
        if seen.insert(next) {
            left.extend(above.get(&next).into_iter().flatten());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> EnvironmentId {
        EnvironmentId(Uuid::from_u128(number))
    }

    #[test]
    fn a_release_goes_on_after_every_environment_upstream() {
        let upstream = |name: &str, succeeded| Upstream {
            name: name.into(),
            succeeded,
        };
        assert!(matches!(finding(&[]), Finding::Good { .. }));
        assert!(matches!(
            finding(&[upstream("staging", true)]),
            Finding::Good { .. }
        ));
        let half = finding(&[upstream("staging", true), upstream("uat", false)]);
        assert!(matches!(half, Finding::Bad { why, .. } if why.contains("uat") && !why.contains("staging")));
    }

    #[test]
    fn upstreams_form_no_circle() {
        let known = [(id(2), id(1)), (id(3), id(2))];
        assert!(check_upstreams(id(4), &[id(3), id(2)], &known).is_ok());
        assert!(check_upstreams(id(1), &[id(3)], &known).is_err());
        assert!(check_upstreams(id(1), &[id(1)], &known).is_err());
        // What an environment had before does not count: it is replaced.
        assert!(check_upstreams(id(2), &[id(4)], &known).is_ok());
    }
}
