//! A deploy and its phases as a CI sends them. Nothing is judged here: the domain says everything that is wrong at once.

use domain::deploys::{
    DeployState, Strategy,
    drive::{
        mode::DeployMode,
        report::{RawReport, RawSaid},
        request::{RawDrive, RawFact, RawWaiver},
    },
    report::{RawDeploy, RawPhase},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// A deploy as a CI reports it, or with `mode` `driven` as somebody asks Fairway for it. Give at least one of `sha`, `version`
/// and `digest`; a driven one names `sha` or `digest`, and the `digest` for production.
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
    #[schema(pattern = "^(normal|hotfix|rollback|config|retry)$")]
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
    /// What happened so far; not of a driven deploy, of which Fairway says that.
    #[schema(max_items = 100)]
    #[serde(default)]
    phases: Vec<PhaseBody>,
    /// `observed` when left out. The fields below belong to a `driven` deploy.
    #[schema(value_type = Option<DeployMode>)]
    mode: Option<String>,
    /// Shares of a canary in percent, the last of them 100; 5, 25, 50 and 100 when left out.
    #[schema(max_items = 20)]
    #[serde(default)]
    weights: Vec<i64>,
    /// Hash of the configuration that goes with the release. Approvals bind it.
    #[schema(max_length = 200)]
    config: Option<String>,
    /// Hash of the Terraform plan. Approvals bind it.
    #[schema(max_length = 200)]
    plan: Option<String>,
    /// What goes on without being known, and why.
    #[schema(max_items = 20)]
    #[serde(default)]
    waivers: Vec<WaiverBody>,
    /// What the pipeline knows of the image.
    #[schema(max_items = 20)]
    #[serde(default)]
    facts: Vec<FactBody>,
}

/// Going on without a piece of evidence.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct WaiverBody {
    /// One of `checks`, `scan`, `signature`, `rollback_target`, `promotion`, `backup`.
    #[schema(max_length = 50, example = "backup")]
    item: String,
    /// Why; stands in the evidence that people decide on.
    #[schema(min_length = 3, max_length = 2000, example = "The service keeps no data.")]
    reason: String,
}

/// What is known of the image.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct FactBody {
    /// `scan` or `signature`.
    #[schema(max_length = 50, example = "scan")]
    item: String,
    /// Whether it is as it should be: no critical finding, a signature that holds.
    good: bool,
    /// What was found, and by what.
    #[schema(min_length = 1, max_length = 2000, example = "Trivy: no critical finding")]
    what: String,
    /// Of a scan that is not good: how many critical findings; left out, policies take it for 1.
    #[schema(minimum = 0)]
    critical: Option<i64>,
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

/// What is said of a deploy while it goes on. Of an observed one `state`, and `weight` of a canary; of one that Fairway drives the
/// `key` and the `outcome` of an order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct SaidBody {
    /// Where an observed deploy stands. `superseded` and `lost` are found out, never reported.
    #[schema(value_type = Option<DeployState>, example = "succeeded")]
    state: Option<String>,
    /// The key of the phase, as the order named it.
    #[schema(max_length = 200)]
    key: Option<String>,
    /// How the order stands: `running`, `succeeded` or `failed`. What was said goes on in this order and never back.
    #[schema(max_length = 20)]
    outcome: Option<String>,
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
    /// Id of the backup that was ordered.
    #[schema(max_length = 500)]
    backup_id: Option<String>,
    /// Whether that backup was verified: one that succeeded was.
    backup_verified: Option<bool>,
    /// Whether the image was pulled from its registry: it says whether the release can still be had.
    pulled: Option<bool>,
    /// The number that the order came under. Under one that is over, nothing new is taken: 409.
    #[schema(minimum = 0)]
    fence: Option<i64>,
}

impl From<&SaidBody> for RawSaid {
    fn from(body: &SaidBody) -> Self {
        Self {
            state: body.state.clone(),
            weight: body.weight,
            outcome: body.outcome.clone(),
            report: RawReport {
                key: body.key.clone().unwrap_or_default(),
                outcome: String::new(),
                at: body.at.clone(),
                exposed: body.exposed,
                backup_id: body.backup_id.clone(),
                backup_verified: body.backup_verified,
                pulled: body.pulled,
                note: body.note.clone(),
                fence: body.fence,
            },
        }
    }
}

impl DeployBody {
    /// The mode that it names.
    pub fn mode(&self) -> Option<String> {
        self.mode.clone()
    }
}

impl From<&DeployBody> for RawDrive {
    fn from(body: &DeployBody) -> Self {
        let waivers = body.waivers.iter().map(|waiver| RawWaiver {
            item: waiver.item.clone(),
            reason: waiver.reason.clone(),
        });
        let facts = body.facts.iter().map(|fact| RawFact {
            item: fact.item.clone(),
            good: fact.good,
            what: fact.what.clone(),
            critical: fact.critical,
        });
        Self {
            deploy: RawDeploy::from(body),
            weights: body.weights.clone(),
            config: body.config.clone(),
            plan: body.plan.clone(),
            waivers: waivers.collect(),
            facts: facts.collect(),
        }
    }
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
