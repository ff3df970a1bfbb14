//! Policies: what has to be decided about a release, by its service's tier, its environment's class and its risk.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Automatic, Decider, Freeze, Risk, Subject};
use crate::{access::Role, catalog::Tier, environments::EnvironmentClass, ids::PolicyId};

/// How long a request waits where a policy does not say.
pub(super) const EXPIRES_IN: TimeDelta = TimeDelta::hours(24);

/// What has to be decided, as somebody wrote it down.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// What people call it; a policy in Git takes the place of one of the same name on the page.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it is about.
    pub applies: Applies,
    /// How many people must approve; with 0 and no required rule nobody is asked.
    pub approvals: u8,
    /// Who may. Without a rule everybody who may decide about the service.
    pub rules: Vec<Rule>,
    /// Whether authors of the release's commits are excluded. Whoever asked for it always is.
    pub excludes_authors: bool,
    /// How long a request waits for its decision.
    pub expires_in: TimeDelta,
    /// When nothing is deployed.
    pub freezes: Vec<Freeze>,
    /// What follows from facts alone.
    pub automatic: Vec<Automatic>,
    /// Whether a person confirms a deploy that was watched and is green.
    pub confirm: bool,
}

/// What a policy is about; an empty list names all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applies {
    /// Tiers of services.
    pub tiers: Vec<Tier>,
    /// Classes of environments.
    pub classes: Vec<EnvironmentClass>,
    /// Risks of releases.
    pub risks: Vec<Risk>,
}

/// Some of those who may approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What people call them.
    pub name: String,
    /// Whoever is any of these.
    pub any_of: Vec<Eligible>,
    /// Whether some of the approvals must come from them.
    pub required: bool,
    /// How many, where they must.
    pub approvals: u8,
}

/// Who is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Eligible {
    /// Whoever has this role, or one that may more, for what the request is about.
    Role(Role),
    /// Whoever has any role of the team with this slug.
    Team(String),
    /// The person with this e-mail of an account, verified e-mail or login at GitHub, in lower case.
    User(String),
}

impl Eligible {
    /// Whether somebody is meant.
    pub fn means(&self, decider: &Decider, subject: &Subject) -> bool {
        match self {
            Self::Role(role) => {
                let resource = subject.resource();
                let mut grants = decider.grants.iter();
                grants.any(|grant| grant.role >= *role && grant.covers(&resource))
            }
            Self::Team(slug) => decider
                .grants
                .iter()
                .any(|grant| grant.team.as_ref().is_some_and(|team| team.slug == *slug)),
            Self::User(name) => decider.names.iter().any(|known| known == name),
        }
    }
}

/// Where a policy was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// In a repository; it wins.
    Git,
    /// On the page.
    Page,
}

impl Origin {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::Page => "page",
        }
    }

    /// The origin that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Git, Self::Page]
            .into_iter()
            .find(|origin| origin.as_str() == text)
    }
}

/// A policy and where it stands among the others.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredPolicy {
    /// Which.
    pub id: PolicyId,
    /// What it says.
    pub policy: Policy,
    /// Where it was written.
    pub origin: Origin,
    /// Its place: of those that fit, the first is taken.
    pub position: i32,
    /// How often it was written.
    pub version: i32,
    /// When last.
    pub updated_at: DateTime<Utc>,
}

/// What a policy is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The service's tier.
    pub tier: Option<Tier>,
    /// The environment's class.
    pub class: EnvironmentClass,
    /// The release's risk.
    pub risk: Risk,
}

impl Target {
    /// Everything that a policy can tell apart.
    fn each() -> impl Iterator<Item = Self> {
        let classes = EnvironmentClass::ALL.into_iter();
        let with_tiers = classes.flat_map(|class| Tier::ALL.into_iter().map(move |tier| (tier, class)));
        with_tiers.flat_map(|(tier, class)| {
            Risk::ALL.into_iter().map(move |risk| Self {
                tier: Some(tier),
                class,
                risk,
            })
        })
    }
}

impl Applies {
    /// Whether it is about this. A service without a tier is taken for one of the most critical.
    pub fn to(&self, target: &Target) -> bool {
        let tier = target.tier.unwrap_or(Tier::ALL[0]);
        fits(&self.tiers, &tier) && fits(&self.classes, &target.class) && fits(&self.risks, &target.risk)
    }
}

fn fits<T: PartialEq>(named: &[T], value: &T) -> bool {
    named.is_empty() || named.contains(value)
}

/// The policy that decides: the first that fits, those in Git before those on the page. A policy on the page is not looked at
/// where Git has one of its name.
pub fn choose<'a>(policies: &'a [StoredPolicy], target: &Target) -> Option<&'a StoredPolicy> {
    first_that_fits(&in_force(policies), *target)
}

/// The policies that are looked at, in the order in which they are.
pub(super) fn in_force(policies: &[StoredPolicy]) -> Vec<&StoredPolicy> {
    let looked_at = policies.iter().filter(|stored| !is_shadowed(policies, stored));
    let mut looked_at: Vec<&StoredPolicy> = looked_at.collect();
    looked_at.sort_by_key(|stored| (stored.origin, stored.position, stored.id));
    looked_at
}

/// The one of those that decides.
pub(super) fn first_that_fits<'a>(
    looked_at: &[&'a StoredPolicy],
    target: Target,
) -> Option<&'a StoredPolicy> {
    let mut looked_at = looked_at.iter().copied();
    looked_at.find(|stored| stored.policy.applies.to(&target))
}

/// The policies that are looked at before one and decide wherever it fits, so that it never does; none where it can.
pub fn covered_by<'a>(policies: &'a [StoredPolicy], stored: &StoredPolicy) -> Vec<&'a StoredPolicy> {
    let mut before = in_force(policies);
    before.truncate(
        before
            .iter()
            .position(|other| other.id == stored.id)
            .unwrap_or_default(),
    );
    let mut covering: Vec<&StoredPolicy> = Vec::new();
    for target in Target::each().filter(|target| stored.policy.applies.to(target)) {
        match first_that_fits(&before, target) {
            Some(other) if covering.iter().any(|known| known.id == other.id) => {}
            Some(other) => covering.push(other),
            None => return Vec::new(),
        }
    }
    covering
}

/// Whether a policy on the page is not looked at, because Git has one of its name.
pub fn is_shadowed(policies: &[StoredPolicy], stored: &StoredPolicy) -> bool {
    let name = stored.policy.name.to_lowercase();
    stored.origin == Origin::Page
        && policies
            .iter()
            .any(|other| other.origin == Origin::Git && other.policy.name.to_lowercase() == name)
}

impl Policy {
    /// Everybody whom its rules name, each with the field that does.
    pub fn named(&self) -> impl Iterator<Item = (String, &Eligible)> {
        self.rules.iter().enumerate().flat_map(|(number, rule)| {
            let named = rule.any_of.iter().enumerate();
            named.map(move |(index, who)| (format!("spec.rules[{number}].anyOf[{index}]"), who))
        })
    }

    /// What holds where no policy fits: one approval, of somebody who neither asked nor wrote it.
    pub fn unwritten() -> Self {
        Self {
            name: "no policy fits".to_owned(),
            description: None,
            applies: Applies::default(),
            approvals: 1,
            rules: Vec::new(),
            excludes_authors: true,
            expires_in: EXPIRES_IN,
            freezes: Vec::new(),
            automatic: Vec::new(),
            confirm: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn stored(number: u128, origin: Origin, applies: Applies) -> StoredPolicy {
        StoredPolicy {
            id: Uuid::from_u128(number).into(),
            policy: Policy {
                name: format!("Policy {number}"),
                applies,
                ..Policy::unwritten()
            },
            origin,
            position: i32::try_from(number).unwrap(),
            version: 1,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    fn tiers(numbers: &[u8]) -> Vec<Tier> {
        numbers
            .iter()
            .map(|number| (*number).try_into().unwrap())
            .collect()
    }

    #[test]
    fn the_first_that_fits_tier_class_and_risk_is_taken() {
        use EnvironmentClass::{Production, Staging};
        let critical = Applies {
            tiers: tiers(&[1, 2]),
            classes: vec![Production],
            risks: vec![Risk::Medium, Risk::High],
        };
        let production = Applies {
            classes: vec![Production],
            ..Applies::default()
        };
        let policies = [
            stored(2, Origin::Page, production),
            stored(1, Origin::Page, critical),
        ];
        let taken = |tier: Option<u8>, class, risk| {
            let tier = tier.map(|tier| tier.try_into().unwrap());
            choose(&policies, &Target { tier, class, risk }).map(|stored| stored.position)
        };
        for tier in [Some(1), Some(2), None] {
            assert_eq!(taken(tier, Production, Risk::Medium), Some(1), "{tier:?}");
            assert_eq!(taken(tier, Production, Risk::Low), Some(2), "{tier:?}");
            assert_eq!(taken(tier, Staging, Risk::High), None, "{tier:?}");
        }
        assert_eq!(taken(Some(3), Production, Risk::High), Some(2));
    }

    #[test]
    fn git_wins_over_the_page() {
        let mut policies = vec![
            stored(1, Origin::Page, Applies::default()),
            stored(9, Origin::Git, Applies::default()),
        ];
        let target = Target {
            tier: None,
            class: EnvironmentClass::Production,
            risk: Risk::Low,
        };
        assert_eq!(choose(&policies, &target).unwrap().position, 9);
        let only_staging = Applies {
            classes: vec![EnvironmentClass::Staging],
            ..Applies::default()
        };
        policies[1].policy.applies = only_staging;
        assert_eq!(choose(&policies, &target).unwrap().position, 1);
        policies[1].policy.name = "policy 1".to_owned();
        assert_eq!(choose(&policies, &target), None, "Git has one of this name");
    }

    #[test]
    fn what_others_decide_wherever_it_fits_is_never_looked_at() {
        use EnvironmentClass::{Production, Staging};
        let of = |classes: &[EnvironmentClass], numbers: &[u8]| Applies {
            tiers: tiers(numbers),
            classes: classes.to_vec(),
            ..Applies::default()
        };
        let policies = [
            stored(1, Origin::Page, of(&[Production], &[1, 2])),
            stored(2, Origin::Page, of(&[Production], &[3, 4])),
            stored(3, Origin::Page, of(&[Production], &[])),
            stored(4, Origin::Page, of(&[Production, Staging], &[])),
            stored(5, Origin::Page, Applies::default()),
            stored(6, Origin::Page, of(&[Staging], &[4])),
        ];
        let covering = |number: usize| -> Vec<i32> {
            let covering = covered_by(&policies, &policies[number]);
            covering.into_iter().map(|stored| stored.position).collect()
        };
        for looked_at in [0, 1, 3, 4] {
            assert_eq!(covering(looked_at), [] as [i32; 0], "{looked_at}");
        }
        assert_eq!(covering(2), [1, 2], "both together");
        assert_eq!(covering(5), [4]);
    }
}
