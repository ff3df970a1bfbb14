//! What the queries for lists of deploys ask for.

use chrono::{DateTime, Utc};
use domain::{
    deploys::{
        DeployKind, DeployState,
        read::{DeployFilter, DeployOutcome},
    },
    environments::EnvironmentClass,
    error::FieldErrors,
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::listing::paging;

/// Which deploys of a service.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct DeploysQuery {
    /// Name of the environment.
    environment: Option<String>,
    /// Class of the environment.
    #[param(inline)]
    class: Option<EnvironmentClass>,
    /// Where it stands.
    #[param(inline)]
    state: Option<DeployState>,
    /// Its kind.
    #[param(inline)]
    kind: Option<DeployKind>,
    /// How it ended.
    #[param(inline)]
    outcome: Option<DeployOutcome>,
    /// Asked for at this time or later.
    from: Option<DateTime<Utc>>,
    /// Asked for before this time.
    to: Option<DateTime<Utc>>,
    /// `next` of the page before.
    page: Option<String>,
    /// Rows on the page; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl DeploysQuery {
    /// The filter, of any service.
    pub fn filter(self) -> Result<DeployFilter, FieldErrors> {
        let (position, size) = paging(self.page.as_deref(), self.limit)?;
        Ok(DeployFilter {
            service: None,
            team: None,
            teams: None,
            environment: self.environment,
            class: self.class,
            state: self.state,
            kind: self.kind,
            outcome: self.outcome,
            from: self.from,
            to: self.to,
            position,
            size,
        })
    }
}

/// Which deploys of all.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct AllDeploysQuery {
    /// Slug of the service.
    service: Option<String>,
    /// Slug of the team that owns the service now.
    team: Option<String>,
    /// Name of the environment.
    environment: Option<String>,
    /// Class of the environment.
    #[param(inline)]
    class: Option<EnvironmentClass>,
    /// Where it stands.
    #[param(inline)]
    state: Option<DeployState>,
    /// Its kind.
    #[param(inline)]
    kind: Option<DeployKind>,
    /// How it ended.
    #[param(inline)]
    outcome: Option<DeployOutcome>,
    /// Asked for at this time or later.
    from: Option<DateTime<Utc>>,
    /// Asked for before this time.
    to: Option<DateTime<Utc>>,
    /// `next` of the page before.
    page: Option<String>,
    /// Rows on the page; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

impl AllDeploysQuery {
    /// The filter, of any service unless one is named.
    pub fn filter(self) -> Result<DeployFilter, FieldErrors> {
        let of_any = DeploysQuery {
            environment: self.environment,
            class: self.class,
            state: self.state,
            kind: self.kind,
            outcome: self.outcome,
            from: self.from,
            to: self.to,
            page: self.page,
            limit: self.limit,
        };
        Ok(DeployFilter {
            service: self.service,
            team: self.team,
            ..of_any.filter()?
        })
    }
}
