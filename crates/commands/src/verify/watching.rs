//! What a watch is made of: the sources that are asked, and the deploy with what was set for it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use domain::{
    ids::DeployId,
    verify::{Probe, Watch, effective},
};
use integrations::{
    probing::Prober,
    prometheus::{BreakerStatus, Prometheus},
};

use crate::{CommandError, Commands, Result};

/// Who is asked how a release does.
#[derive(Debug, Default)]
pub struct Watching {
    /// Metrics; without it every check but the probe is insufficient.
    pub prometheus: Option<Prometheus>,
    /// What asks the addresses that services name for their health.
    pub prober: Option<Prober>,
}

/// Which watch begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchOf {
    /// The deploy.
    pub deploy: DeployId,
    /// How much of the traffic it has, in percent.
    pub weight: u8,
    /// The last moment at which the previous version ran alone: when the deploy itself began.
    pub before: DateTime<Utc>,
    /// When the release, or this step of a canary, was exposed.
    pub exposed_at: DateTime<Utc>,
    /// What [`Commands::probe`] gave before.
    pub probe_before: Option<Probe>,
}

impl Commands {
    /// The same commands, which ask these how a release does.
    #[must_use]
    pub fn with_watching(self, watching: Watching) -> Self {
        Self {
            watching: Arc::new(watching),
            ..self
        }
    }

    /// Whether Prometheus is left alone; `None` where none is set.
    pub fn prometheus_breaker(&self) -> Option<BreakerStatus> {
        self.watching.prometheus.as_ref().map(Prometheus::breaker)
    }

    /// The watch of a deploy, with the checks of its service and the rules of its tier as they are now.
    pub async fn watch(&self, of: WatchOf) -> Result<Watch> {
        let reads = self.reads();
        let subject = reads
            .watch_subject(of.deploy)
            .await?
            .ok_or_else(|| CommandError::not_found(format!("deploy {}", of.deploy)))?;
        // An empty label would match every target without one, whatever runs there.
        let version = subject.version.filter(|version| !version.is_empty());
        let version = version.ok_or_else(|| CommandError::Conflict {
            why: "this deploy names neither a version nor a commit, so nothing tells its metrics from others'; report it with one"
                .to_owned(),
        })?;
        let (matrix, settings) = reads.rollback_rules(subject.tier).await?;
        Ok(Watch {
            deploy: of.deploy,
            weight: of.weight,
            service: subject.service,
            slug: subject.slug,
            environment: subject.environment,
            previous: subject
                .previous
                .filter(|previous| !previous.is_empty() && *previous != version),
            version,
            before: of.before,
            exposed_at: of.exposed_at,
            settings,
            matrix,
            checks: effective(&reads.verify_checks(subject.service).await?),
            health_url: subject.health_url,
            probe_before: of.probe_before,
        })
    }
}
