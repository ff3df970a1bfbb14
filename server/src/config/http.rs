//! Where people and machines reach Fairway.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use integrations::outbound::Allowed;
use url::Url;

use super::{
    Settings,
    problems::{Name, Reader},
};

const LISTEN: Name = Name {
    env: "FAIRWAY_LISTEN",
    flag: "--listen",
};
const PUBLIC_URL: Name = Name {
    env: "FAIRWAY_PUBLIC_URL",
    flag: "--public-url",
};
const PROXIES: Name = Name {
    env: "FAIRWAY_TRUSTED_PROXIES",
    flag: "--trusted-proxies",
};
const OUTBOUND: Name = Name {
    env: "FAIRWAY_OUTBOUND_ALLOW",
    flag: "--outbound-allow",
};
const DRAIN: Name = Name {
    env: "FAIRWAY_DRAIN_SECONDS",
    flag: "--drain-seconds",
};

/// The listener, the public address and the time to finish.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// What to listen on. Off loopback only behind https: passwords and sessions go over it.
    pub listen: SocketAddr,
    /// Origin that people type into their browser, for example `https://fairway.example.com`.
    pub public_url: String,
    /// How many proxies stand before Fairway, each of which adds the address that it saw to `X-Forwarded-For`.
    pub trusted_proxies: usize,
    /// What may be called inside where somebody names an address.
    pub outbound: Allowed,
    /// How long running requests and jobs may take after SIGTERM.
    pub drain: Duration,
}

impl HttpConfig {
    pub(super) fn read(settings: &Settings, reader: &mut Reader) -> Self {
        let default = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 3000);
        let listen = reader.value(LISTEN, settings.listen.as_deref(), default, parse_listen);
        let own = format!("http://localhost:{}", listen.port());
        let public_url = reader.value(PUBLIC_URL, settings.public_url.as_deref(), own, parse_public_url);
        if !listen.ip().is_loopback() && !public_url.starts_with("https://") {
            reader.wrong(
                PUBLIC_URL,
                format!("is no https address, and {listen} is reachable from other machines"),
                "Put a proxy with TLS before Fairway and set its https address; or listen on 127.0.0.1.",
            );
        }
        Self {
            listen,
            public_url,
            trusted_proxies: reader.value(PROXIES, settings.trusted_proxies.as_deref(), 0, parse_proxies),
            outbound: reader.value(
                OUTBOUND,
                settings.outbound_allow.as_deref(),
                Allowed::default(),
                parse_outbound,
            ),
            drain: reader.value(
                DRAIN,
                settings.drain_seconds.as_deref(),
                Duration::from_secs(20),
                parse_drain,
            ),
        }
    }
}

/// An address, with `localhost` for the usual loopback.
fn parse_listen(text: &str) -> Result<SocketAddr, (String, String)> {
    text.strip_prefix("localhost:")
        .map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"))
        .parse::<SocketAddr>()
        .map_err(|_| {
            (
                "is no address with a port".to_owned(),
                "Write it as 127.0.0.1:3000.".to_owned(),
            )
        })
}

/// The origin as browsers write it: lower case, punycode, default ports left out.
fn parse_public_url(text: &str) -> Result<String, (String, String)> {
    let next = "Write it as https://fairway.example.com, without a path.".to_owned();
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() && url.path() == "/" => {
            Ok(url.origin().ascii_serialization())
        }
        Ok(_) => Err(("is not an http or https address without a path".into(), next)),
        Err(problem) => Err((format!("is no address ({problem})"), next)),
    }
}

fn parse_proxies(text: &str) -> Result<usize, (String, String)> {
    match text.parse() {
        Ok(hops @ 0..=10) => Ok(hops),
        _ => Err((
            "is not between 0 and 10".into(),
            "Count the proxies that every request passes and that write X-Forwarded-For; leave it out for none.".into(),
        )),
    }
}

fn parse_outbound(text: &str) -> Result<Allowed, (String, String)> {
    Allowed::parse(text).map_err(|entry| {
        (
            format!("holds {entry:?}, which is no host, address or network"),
            "Write hosts, *.names, addresses and networks with commas between: idp.internal, 10.1.0.0/16."
                .into(),
        )
    })
}

fn parse_drain(text: &str) -> Result<Duration, (String, String)> {
    match text.parse() {
        Ok(seconds @ 1..=600) => Ok(Duration::from_secs(seconds)),
        _ => Err((
            "is not between 1 and 600".into(),
            "Leave it out for 20 seconds.".into(),
        )),
    }
}
