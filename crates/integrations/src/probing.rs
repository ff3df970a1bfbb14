//! Asking a service's own address whether it works. People name it in the catalogue, so it is asked as such addresses are.

use std::time::Duration;

use bytes::Bytes;
use domain::verify::Probe;
use http::Request;

use crate::outbound::{Allowed, Bounds, OutboundClient, OutboundError};

/// Who does not answer a health check by then is down to whoever uses it.
const TIME: Duration = Duration::from_secs(5);
/// Nothing of the answer is looked at but its status.
const MOST_BYTES: usize = 256 * 1024;

/// Asks health addresses.
#[derive(Clone, Debug)]
pub struct Prober(OutboundClient);

/// What came of it, and what was wrong in words. No outcome where that says nothing of the service.
pub type Probed = (Option<Probe>, Option<String>);

impl Prober {
    /// A prober that asks the internet, and inside what is allowed.
    ///
    /// # Errors
    /// [`OutboundError::Unusable`] when this machine has no certificates to trust.
    pub fn new(allowed: Allowed) -> Result<Self, OutboundError> {
        let bounds = Bounds {
            time: TIME,
            bytes: MOST_BYTES,
            redirects: 3,
        };
        OutboundClient::new(allowed, bounds).map(Self)
    }

    /// Refuses an address that would never be asked, as far as that can be seen before its name is resolved.
    ///
    /// # Errors
    /// [`OutboundError::Unusable`] and [`OutboundError::Inside`].
    pub fn check(&self, url: &str) -> Result<(), OutboundError> {
        self.0.check(url)
    }

    /// Asks an address once.
    pub async fn ask(&self, url: &str) -> Probed {
        let Ok(request) = Request::get(url).body(Bytes::new()) else {
            return (None, Some("the health address is no whole address".to_owned()));
        };
        match self.0.send(request).await {
            Ok(answer) if answer.status().is_server_error() => {
                let detail = format!("the health address answers with {}", answer.status().as_u16());
                (Some(Probe::Failed), Some(detail))
            }
            Ok(_) => (Some(Probe::Answered), None),
            Err(error) => (outcome(&error), Some(error.to_string())),
        }
    }
}

/// What a failed question says of the service: nothing, where it is Fairway that may not ask.
fn outcome(error: &OutboundError) -> Option<Probe> {
    match error {
        OutboundError::TooSlow { .. } | OutboundError::Unreachable { .. } => Some(Probe::Unreachable),
        OutboundError::TooLarge { .. } | OutboundError::SentOn { .. } => Some(Probe::Answered),
        OutboundError::Unusable { .. } | OutboundError::Inside { .. } | OutboundError::Nowhere { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fairway_may_not_ask_is_no_failure_of_the_service() {
        let host = || "shop.internal".to_owned();
        for (error, found) in [
            (
                OutboundError::Unreachable { host: host() },
                Some(Probe::Unreachable),
            ),
            (OutboundError::TooSlow { host: host() }, Some(Probe::Unreachable)),
            (OutboundError::Inside { host: host() }, None),
            (OutboundError::Nowhere { host: host() }, None),
            (OutboundError::Unusable { why: "it is none" }, None),
            (
                OutboundError::TooLarge {
                    host: host(),
                    most: 1,
                },
                Some(Probe::Answered),
            ),
        ] {
            assert_eq!(outcome(&error), found, "{error}");
        }
    }
}
