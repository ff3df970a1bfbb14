//! The address of a client, as the nearest trusted hop saw it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use http::HeaderMap;

/// The address that a request behind so many trusted proxies comes from.
pub(crate) fn of(request: &Request, hops: usize) -> Option<IpAddr> {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer.ip());
    seen(request.headers(), peer, hops)
}

/// Each trusted proxy adds the address that it saw at the end of `X-Forwarded-For`; what stands before that, anybody may
/// have written.
fn seen(headers: &HeaderMap, peer: Option<IpAddr>, hops: usize) -> Option<IpAddr> {
    let Some(back) = hops.checked_sub(1) else {
        return peer.map(|peer| peer.to_canonical());
    };
    // Bytes, since what anybody wrote before it may be no text and stands in one line with it.
    let written: Vec<&[u8]> = headers
        .get_all("x-forwarded-for")
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .collect();
    written
        .iter()
        .rev()
        .nth(back)
        .and_then(|bytes| std::str::from_utf8(bytes).ok())
        .and_then(|text| text.trim().parse::<IpAddr>().ok())
        .or(peer)
        .map(|address| address.to_canonical())
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
        let of = |lines, hops| seen(&forwarded(lines), peer, hops).unwrap().to_string();
        assert_eq!(of(&["198.51.100.9"], 0), "10.0.0.1", "nobody is trusted");
        assert_eq!(of(&["1.1.1.1, 203.0.113.7"], 1), "203.0.113.7");
        assert_eq!(of(&["1.1.1.1", "203.0.113.7"], 1), "203.0.113.7");
        assert_eq!(of(&["1.1.1.1, 203.0.113.7, 10.0.0.9"], 2), "203.0.113.7");
        assert_eq!(of(&[], 1), "10.0.0.1", "the proxy itself asks");
        assert_eq!(of(&["<script>"], 1), "10.0.0.1");
        assert_eq!(of(&["::ffff:203.0.113.7"], 1), "203.0.113.7");
    }

    #[test]
    fn what_is_no_text_hides_nobody() {
        let mut headers = HeaderMap::new();
        let line = HeaderValue::from_bytes(b"\xff, 203.0.113.7").unwrap();
        headers.append("x-forwarded-for", line);
        let peer: Option<IpAddr> = Some("10.0.0.1".parse().unwrap());
        assert_eq!(seen(&headers, peer, 1).unwrap().to_string(), "203.0.113.7");
    }
}
