//! The client: an address is checked before it is called, each time it sends on, and when its name becomes an address.

use std::{error::Error, fmt, net::IpAddr, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http::{Request, Response, header};
use reqwest::redirect::{Action, Attempt, Policy};
use url::{Host, Url};

use super::{allowed::Allowed, error::OutboundError, resolver::Resolver};

/// Who asks, told to whoever is asked.
const AGENT: &str = concat!("fairway/", env!("CARGO_PKG_VERSION"));

/// How much of others is borne.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// From the first packet to the last byte, all that it sends on to included.
    pub time: Duration,
    /// The largest answer that is read.
    pub bytes: usize,
    /// How often an address may send on.
    pub redirects: usize,
}

impl Default for Bounds {
    /// For documents that machines write: far more than any of them needs.
    fn default() -> Self {
        Self {
            time: Duration::from_secs(10),
            bytes: 1024 * 1024,
            redirects: 3,
        }
    }
}

/// A client for addresses that people name. Keeps no cookies, uses no proxy, reads no compressed answer. Cheap to clone.
#[derive(Clone)]
pub struct OutboundClient {
    client: reqwest::Client,
    allowed: Arc<Allowed>,
    bounds: Bounds,
}

impl fmt::Debug for OutboundClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboundClient")
            .field("allowed", &self.allowed)
            .field("bounds", &self.bounds)
            .finish_non_exhaustive()
    }
}

impl OutboundClient {
    /// A client that calls the internet and what is allowed inside.
    ///
    /// # Errors
    /// [`OutboundError::Unusable`] when this machine has no certificates to trust.
    pub fn new(allowed: Allowed, bounds: Bounds) -> Result<Self, OutboundError> {
        let allowed = Arc::new(allowed);
        let each = Arc::clone(&allowed);
        let client = builder(&allowed)
            .timeout(bounds.time)
            .redirect(Policy::custom(move |attempt| {
                send_on(attempt, &each, bounds.redirects)
            }))
            .build()
            .map_err(|_| OutboundError::Unusable {
                why: "no TLS can be made on this machine; install its certificates (ca-certificates)",
            })?;
        Ok(Self {
            client,
            allowed,
            bounds,
        })
    }

    /// Refuses an address that is never called, as far as that can be seen before its name is resolved.
    ///
    /// # Errors
    /// [`OutboundError::Unusable`] and [`OutboundError::Inside`].
    pub fn check(&self, url: &str) -> Result<(), OutboundError> {
        let url = Url::parse(url).map_err(|_| OutboundError::Unusable {
            why: "it is no whole address",
        })?;
        check(&url, &self.allowed)
    }

    /// Sends a request and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// [`OutboundError`]; the request was not sent when it is `Unusable`, `Inside` or `Nowhere` of the host it names.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, OutboundError> {
        let unusable = |_| OutboundError::Unusable {
            why: "it is no whole address",
        };
        let url = Url::parse(&request.uri().to_string()).map_err(unusable)?;
        check(&url, &self.allowed)?;
        let host = url.host_str().unwrap_or_default();
        let request = reqwest::Request::try_from(request).map_err(|_| OutboundError::Unusable {
            why: "it is no whole address",
        })?;
        let answer = self.client.execute(request).await;
        let answer = answer.map_err(|error| failed(&error, host))?;
        // What is no address of the web never comes to the policy of redirects.
        if answer.status().is_redirection() && answer.headers().contains_key(header::LOCATION) {
            return Err(OutboundError::SentOn {
                host: host.to_owned(),
                why: "to what is no address of http or https; ask its operator",
            });
        }
        self.read(answer, host).await
    }

    async fn read(
        &self,
        mut answer: reqwest::Response,
        host: &str,
    ) -> Result<Response<Bytes>, OutboundError> {
        let most = self.bounds.bytes;
        let too_large = || OutboundError::TooLarge {
            host: host.to_owned(),
            most,
        };
        let announced = answer.content_length().unwrap_or(0);
        if usize::try_from(announced).unwrap_or(usize::MAX) > most {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| failed(&error, host))? {
            if body.len() + piece.len() > most {
                return Err(too_large());
            }
            body.extend_from_slice(&piece);
        }
        let mut whole = Response::new(body.freeze());
        *whole.status_mut() = answer.status();
        *whole.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(whole)
    }
}

/// A client in the making that reaches what is allowed by name, for those that keep to other bounds: each address that they
/// ask goes through [`check`] too.
pub(crate) fn builder(allowed: &Allowed) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(AGENT)
        // A proxy would resolve the name itself, and not as it was checked.
        .no_proxy()
        .referer(false)
        .dns_resolver(Arc::new(Resolver(allowed.clone())))
}

/// An address that may be called, as far as that can be seen before its name is resolved. Literal addresses never come to
/// the resolver, so they are judged here; the parser has read every form of them (`0x7f.1`, `2130706433`, `[::ffff:7f00:1]`).
pub(crate) fn check(url: &Url, allowed: &Allowed) -> Result<(), OutboundError> {
    let unusable = |why| Err(OutboundError::Unusable { why });
    if !matches!(url.scheme(), "http" | "https") {
        return unusable("it is neither http nor https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return unusable("it carries a name or a password");
    }
    match url.host() {
        Some(Host::Ipv4(address)) => allowed.check(&address.to_string(), &[IpAddr::V4(address)]),
        Some(Host::Ipv6(address)) => allowed.check(&address.to_string(), &[IpAddr::V6(address)]),
        Some(Host::Domain(_)) => Ok(()),
        None => unusable("it names no host"),
    }
}

/// Follows where the next address may be called too, and never from https to http.
fn send_on(attempt: Attempt<'_>, allowed: &Allowed, most: usize) -> Action {
    let host = attempt
        .previous()
        .first()
        .and_then(Url::host_str)
        .unwrap_or_default();
    let sent_on = |why| OutboundError::SentOn {
        host: host.to_owned(),
        why,
    };
    let from_https = attempt
        .previous()
        .last()
        .is_some_and(|url| url.scheme() == "https");
    let refused = if attempt.previous().len() > most {
        Some(sent_on("too often; name the address that it ends at"))
    } else if from_https && attempt.url().scheme() != "https" {
        Some(sent_on("from https to an address that is not; ask its operator"))
    } else {
        check(attempt.url(), allowed).err()
    };
    match refused {
        Some(error) => attempt.error(error),
        None => attempt.follow(),
    }
}

/// What was refused on the way, where that is why it failed.
pub(crate) fn refused(error: &reqwest::Error) -> Option<OutboundError> {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if let Some(refused) = inner.downcast_ref::<OutboundError>() {
            return Some(refused.clone());
        }
        cause = inner.source();
    }
    None
}

/// What was refused on the way, or what a failure means.
fn failed(error: &reqwest::Error, host: &str) -> OutboundError {
    if let Some(refused) = refused(error) {
        return refused;
    }
    let host = host.to_owned();
    if error.is_timeout() {
        OutboundError::TooSlow { host }
    } else {
        OutboundError::Unreachable { host }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_addresses_are_judged_however_they_are_written() {
        let none = Allowed::default();
        for inside in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1/",
            "http://0x7f000001/",
            "http://127.0.0.1./",
            "http://0/",
            "http://169.254.169.254/latest/meta-data/",
            "http://0xa9fea9fe/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[64:ff9b::a9fe:a9fe]/",
            "http://[2002:7f00:1::]/",
            "http://[fe80::1]/",
            "http://１２７.０.０.１/",
            "http://10.0.0.1:8080/",
        ] {
            let url = Url::parse(inside).unwrap();
            let refused = check(&url, &none);
            assert!(
                matches!(refused, Err(OutboundError::Inside { .. })),
                "{inside}: {refused:?}"
            );
        }
        assert!(check(&Url::parse("https://1.1.1.1/").unwrap(), &none).is_ok());
    }

    #[test]
    fn only_web_addresses_without_passwords_are_called() {
        for wrong in [
            "file:///etc/passwd",
            "gopher://example.com/",
            "ftp://example.com/",
            "http://ada:canary@example.com/",
            "https://ada@example.com/",
            "data:text/plain,x",
        ] {
            let refused = check(&Url::parse(wrong).unwrap(), &Allowed::default()).unwrap_err();
            assert!(!refused.to_string().contains("canary"), "{wrong}");
        }
    }
}
