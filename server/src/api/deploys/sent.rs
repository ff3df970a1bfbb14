//! A deploy and its phases as a CI sends them. Nothing is judged here: the domain says everything that is wrong at once.

use domain::deploys::{
    DeployKind, DeployState, Strategy,
    report::{RawDeploy, RawPhase},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// A deploy as a CI reports it. Give at least one of `sha`, `version` and `digest`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct DeployBody {
    /// Slug of the service.
    #[schema(min_length = 1, max_length = 200, example = "payments-api")]
    service: String,
    /// Name of the environment; an unknown one is made, its class guessed from the name.
    #[schema(min_length = 1, max_length = 100, example = "production")]
    environment: String,
    /// Full commit sha.
    #[schema(pattern = "^([0-9a-fA-F]{40}|[0-9a-fA-F]{64})$")]
    sha: Option<String>,
    /// Version. `latest` is refused for production.
    #[schema(max_length = 200, example = "2.18.0")]
    version: Option<String>,
    /// Image digest.
    #[schema(pattern = "^sha256:[0-9a-f]{64}$")]
    digest: Option<String>,
    /// Branch or tag.
    #[schema(max_length = 255)]
    git_ref: Option<String>,
    /// Left out, the history says it.
    #[schema(value_type = Option<DeployKind>)]
    kind: Option<String>,
    /// `rolling` when left out.
    #[schema(value_type = Option<Strategy>)]
    strategy: Option<String>,
    /// Id of the deploy of this service that this one undoes.
    #[schema(value_type = Option<Uuid>)]
    rollback_of: Option<String>,
    /// The sender's own identity of the deploy: the same one reported again updates it.
    #[schema(max_length = 200, example = "run-8123")]
    external_id: Option<String>,
    /// When it was asked for; now when left out. At most five minutes ahead.
    #[schema(value_type = Option<DateTime<Utc>>)]
    requested_at: Option<String>,
    /// The sender's own words.
    #[schema(max_length = 2000)]
    description: Option<String>,
    /// Where the log is.
    #[schema(max_length = 2000, pattern = "^https?://")]
    log_url: Option<String>,
    /// Where the environment answers.
    #[schema(max_length = 2000, pattern = "^https?://")]
    environment_url: Option<String>,
    /// Who asked for it.
    #[schema(max_length = 200)]
    initiator: Option<String>,
    /// What happened so far.
    #[schema(max_items = 100)]
    #[serde(default)]
    phases: Vec<PhaseBody>,
}

/// A phase of a deploy as a CI reports it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct PhaseBody {
    /// Where the deploy stands. `superseded` and `lost` are found out, never reported.
    #[schema(value_type = DeployState, example = "succeeded")]
    state: String,
    /// Since when; now when left out.
    #[schema(value_type = Option<DateTime<Utc>>)]
    at: Option<String>,
    /// Whether users were exposed; left out, the state says it.
    exposed: Option<bool>,
    /// Canary weight in percent.
    #[schema(minimum = 0, maximum = 100)]
    weight: Option<i64>,
    /// The sender's own words.
    #[schema(max_length = 2000)]
    note: Option<String>,
}

impl From<&PhaseBody> for RawPhase {
    fn from(body: &PhaseBody) -> Self {
        Self {
            state: body.state.clone(),
            at: body.at.clone(),
            exposed: body.exposed,
            weight: body.weight,
            note: body.note.clone(),
        }
    }
}

impl From<&DeployBody> for RawDeploy {
    fn from(body: &DeployBody) -> Self {
        Self {
            service: body.service.clone(),
            environment: body.environment.clone(),
            sha: body.sha.clone(),
            version: body.version.clone(),
            digest: body.digest.clone(),
            git_ref: body.git_ref.clone(),
            kind: body.kind.clone(),
            strategy: body.strategy.clone(),
            rollback_of: body.rollback_of.clone(),
            external_id: body.external_id.clone(),
            requested_at: body.requested_at.clone(),
            description: body.description.clone(),
            log_url: body.log_url.clone(),
            environment_url: body.environment_url.clone(),
            initiator: body.initiator.clone(),
            phases: body.phases.iter().map(RawPhase::from).collect(),
        }
    }
}
