//! Who sees what only some may: private services and everything that is about them.
//!
//! A private service is seen by those who hold a role of the team that owns it, whatever narrows that role: narrowing is
//! about acts. Admins of the whole organisation see everything, and so do Fairway itself and tokens that nobody owns.

use std::{collections::BTreeSet, fmt, sync::Arc};

use crate::{access::Role, actor::Viewer, ids::TeamId};

/// What somebody sees of the services that are private. Everybody who may look sees the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// All of them.
    Everything,
    /// Those that these teams own; the teams are in order, each once.
    Teams(Arc<[TeamId]>),
}

/// Who may hear of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Whoever may look.
    Everyone,
    /// Those who see the private services of this team; without a team only who sees everything.
    Team(Option<TeamId>),
}

impl Sight {
    /// What a viewer sees.
    pub fn of(viewer: &Viewer) -> Self {
        let Some(grants) = viewer.grants() else {
            return Self::Everything;
        };
        if grants
            .iter()
            .any(|grant| grant.role == Role::Admin && grant.is_whole())
        {
            return Self::Everything;
        }
        let teams: BTreeSet<TeamId> = grants
            .iter()
            .filter_map(|grant| grant.team.as_ref())
            .map(|team| team.id)
            .collect();
        Self::Teams(teams.into_iter().collect())
    }

    /// No private service: what whoever is nobody sees.
    pub fn nothing() -> Self {
        Self::Teams(Arc::default())
    }

    /// Whether nothing is hidden.
    pub fn is_everything(&self) -> bool {
        matches!(self, Self::Everything)
    }

    /// The teams whose private services are seen, where not all are.
    pub fn teams(&self) -> &[TeamId] {
        match self {
            Self::Everything => &[],
            Self::Teams(teams) => teams,
        }
    }

    /// Whether something may be told.
    pub fn hears(&self, audience: Audience) -> bool {
        match (self, audience) {
            (Self::Everything, _) | (_, Audience::Everyone) => true,
            (Self::Teams(teams), Audience::Team(team)) => team.is_some_and(|team| teams.contains(&team)),
        }
    }
}

/// What is kept for those who see the same is kept under this.
impl fmt::Display for Sight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::Teams(teams) => {
                f.write_str("teams")?;
                teams.iter().try_for_each(|team| write!(f, " {team}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        access::Grant,
        actor::Actor,
        ids::{GrantId, PersonId},
        people::TeamRef,
    };

    fn team(number: u128) -> TeamId {
        TeamId(Uuid::from_u128(number))
    }

    fn grant(role: Role, of: Option<u128>) -> Grant {
        Grant {
            id: GrantId(Uuid::nil()),
            role,
            team: of.map(|number| TeamRef {
                id: team(number),
                slug: number.to_string(),
                title: number.to_string(),
            }),
            tiers: Vec::new(),
            classes: Vec::new(),
        }
    }

    fn sight(grants: Vec<Grant>) -> Sight {
        Sight::of(&Viewer::person(PersonId(Uuid::nil()), "Ada".into(), grants))
    }

    #[test]
    fn a_private_service_is_its_teams() {
        let seen = sight(vec![
            grant(Role::Operator, None),
            grant(Role::Viewer, Some(2)),
            grant(Role::Developer, Some(1)),
            grant(Role::Developer, Some(2)),
        ]);
        assert_eq!(seen.teams(), [team(1), team(2)]);
        assert!(seen.hears(Audience::Everyone));
        assert!(seen.hears(Audience::Team(Some(team(2)))));
        assert!(!seen.hears(Audience::Team(Some(team(3)))));
        assert!(!seen.hears(Audience::Team(None)), "nobody's is the admins'");
        assert_ne!(
            seen.to_string(),
            sight(vec![grant(Role::Admin, Some(1))]).to_string()
        );
    }

    #[test]
    fn only_admins_of_everything_see_everything() {
        let narrowed = Grant {
            classes: vec![crate::environments::EnvironmentClass::Production],
            ..grant(Role::Admin, None)
        };
        assert_eq!(sight(vec![narrowed]), Sight::nothing());
        assert_eq!(sight(vec![grant(Role::Operator, None)]), Sight::nothing());
        assert_eq!(sight(vec![grant(Role::Admin, None)]), Sight::Everything);
        assert_eq!(Sight::of(&Viewer::trusted(Actor::CommandLine)), Sight::Everything);
    }
}
