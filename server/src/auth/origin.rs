//! Where a request comes from: the address that the nearest trusted hop saw, and what the browser says it is.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use commands::Origin;
use http::{HeaderMap, header};

/// The origin of a request behind so many trusted proxies.
pub(super) fn of(request: &Request, hops: usize) -> Origin {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer.ip());
    let address = address(request.headers(), peer, hops);
    Origin {
        address: address.map_or_else(|| "unknown".to_owned(), |address| address.to_string()),
        device: device(request.headers()),
    }
}

/// Each trusted proxy adds the address that it saw at the end of `X-Forwarded-For`; what stands before that, anybody may
/// have written.
fn address(headers: &HeaderMap, peer: Option<IpAddr>, hops: usize) -> Option<IpAddr> {
    let Some(back) = hops.checked_sub(1) else {
        return peer.map(|peer| peer.to_canonical());
    };
    let seen: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect();
    seen.iter()
        .rev()
        .nth(back)
        .and_then(|text| text.parse::<IpAddr>().ok())
        .or(peer)
        .map(|address| address.to_canonical())
}

/// Browser and system in two words; nobody is told more about a session than that.
fn device(headers: &HeaderMap) -> String {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default();
    let first = |marks: &[(&str, &'static str)]| {
        marks
            .iter()
            .find(|(mark, _)| agent.contains(mark))
            .map(|(_, name)| *name)
    };
    let browser = first(&[
        ("Edg/", "Edge"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "an unknown device".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn forwarded(lines: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        headers
    }

    #[test]
    fn only_what_trusted_hops_wrote_counts() {
        let peer: Option<IpAddr> = Some("10.0.0.1".parse().unwrap());
        let of = |lines, hops| address(&forwarded(lines), peer, hops).unwrap().to_string();
        assert_eq!(of(&["198.51.100.9"], 0), "10.0.0.1", "nobody is trusted");
        assert_eq!(of(&["1.1.1.1, 203.0.113.7"], 1), "203.0.113.7");
        assert_eq!(of(&["1.1.1.1", "203.0.113.7"], 1), "203.0.113.7");
        assert_eq!(of(&["1.1.1.1, 203.0.113.7, 10.0.0.9"], 2), "203.0.113.7");
        assert_eq!(of(&[], 1), "10.0.0.1", "the proxy itself asks");
        assert_eq!(of(&["<script>"], 1), "10.0.0.1");
        assert_eq!(of(&["::ffff:203.0.113.7"], 1), "203.0.113.7");
    }

    #[test]
    fn a_device_is_two_words() {
        let of = |agent| {
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
            device(&headers)
        };
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
        assert_eq!(of(chrome), "Chrome on Linux");
        assert_eq!(of("curl/8.1"), "curl");
        assert_eq!(of("<script>"), "an unknown device");
    }
}
