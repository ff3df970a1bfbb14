//! Typed identifiers. Each wraps a time-ordered uuid (v7), made by the caller and never here.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

ids! {
    /// A catalogued service (a Component of the catalog).
    ServiceId,
    /// Any catalog entity, services included.
    EntityId,
    /// A catalog file, or another place that entities come from.
    CatalogSourceId,
    /// A team (a Group of the catalog).
    TeamId,
    /// A person or a bot.
    PersonId,
    /// A source repository.
    RepositoryId,
    /// An environment name of the organisation.
    EnvironmentId,
    /// One attempt to take one release to one environment.
    DeployId,
    /// An incident.
    IncidentId,
    /// A correction of a deploy by a person.
    CorrectionId,
    /// An inbound delivery of the inbox.
    DeliveryId,
    /// A role given to a person.
    GrantId,
    /// A rule that gives a provider's group a role.
    SignInRuleId,
    /// An API token.
    TokenId,
    /// The account of a program.
    ServiceAccountId,
    /// A rule of trust in tokens that another system signs.
    TrustRuleId,
    /// An audit row.
    AuditId,
    /// A policy of approvals.
    PolicyId,
    /// A request for a decision about a release.
    ApprovalId,
    /// A rehearsal of a rollback.
    DrillId,
    /// What waits for a decision.
    GateId,
    /// Something that is done to the outside.
    EffectId,
    /// Who carries out the deploys of a service to an environment.
    ExecutorId,
    /// Where news go.
    NotificationTargetId,
}
