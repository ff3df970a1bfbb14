//! Under which names Fairway answers.
//!
//! A page of another site could reach a loopback port by letting its own name point there (DNS rebinding). Such a request
//! carries that name, so it is refused.
//! Signed webhooks may come through a tunnel under any name.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{header, uri::Authority};

use super::refusal::Refusal;

/// The host of the public address, without its port.
#[derive(Clone, Debug)]
pub struct PublicHost(pub Arc<str>);

impl PublicHost {
    /// The host of an origin such as `https://fairway.example.com`.
    pub fn of(origin: &str) -> Self {
        let authority = origin.split_once("://").map_or(origin, |(_, rest)| rest);
        Self(
            authority
                .parse::<Authority>()
                .map_or_else(|_| Arc::from(authority), |parsed| Arc::from(parsed.host())),
        )
    }

    fn serves(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost")
            || host.eq_ignore_ascii_case(&self.0)
            || bare
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

/// Refuses requests for names that are not ours.
pub async fn check(State(public): State<PublicHost>, request: Request, next: Next) -> Response {
    let asked = match host(&request) {
        Some(host) => public.serves(&host),
        // Browsers always send a host; a request without one is no browser's.
        None => true,
    };
    if asked || is_open(request.uri().path()) {
        next.run(request).await
    } else {
        Refusal::WrongHost.into_response()
    }
}

fn is_open(path: &str) -> bool {
    path.starts_with("/webhooks/") || matches!(path, "/healthz" | "/readyz")
}

fn host(request: &Request) -> Option<String> {
    if let Some(host) = request.uri().host() {
        return Some(host.to_owned());
    }
    let value = request.headers().get(header::HOST)?.to_str().ok()?;
    Some(
        value
            .parse::<Authority>()
            .map_or_else(|_| value.to_owned(), |authority| authority.host().to_owned()),
    )
}

#[cfg(test)]
mod tests {
    use super::PublicHost;

    #[test]
    fn only_loopback_and_the_public_name_are_served() {
        let public = PublicHost::of("https://fairway.example.com:8443");
        for host in ["localhost", "127.0.0.1", "[::1]", "FAIRWAY.example.com"] {
            assert!(public.serves(host), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "10.0.0.1",
            "127.0.0.1.nip.io",
            "",
        ] {
            assert!(!public.serves(host), "{host}");
        }
    }
}
