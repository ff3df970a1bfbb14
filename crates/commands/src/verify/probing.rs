//! Asking a service's own address whether it works: a stand-in for metrics, and evidence beside them.

use domain::verify::Probe;
use integrations::probing::Probed;

use crate::Commands;

impl Commands {
    /// Whether addresses of services are asked at all.
    pub(crate) fn probes(&self) -> bool {
        self.watching.prober.is_some()
    }

    /// Asks the address that a service names for its health. `None` where that says nothing of the service: there is no
    /// address, or it cannot be asked from here.
    pub async fn probe(&self, health_url: Option<&str>) -> Option<Probe> {
        self.probed(health_url).await.0
    }

    /// The same, with what was wrong.
    pub(super) async fn probed(&self, health_url: Option<&str>) -> Probed {
        match (&self.watching.prober, health_url) {
            (Some(prober), Some(url)) => prober.ask(url).await,
            _ => (None, None),
        }
    }
}
