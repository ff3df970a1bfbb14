//! The head of a request: how long its address and its headers may be.
//!
//! The HTTP library bounds them too, at some 400 KB; nothing that Fairway is sent comes near what is allowed here.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::refusal::Refusal;

/// Browsers and proxies bear about this much of an address; our longest, with every filter set, has 2 KiB.
const LONGEST_ADDRESS: usize = 8 * 1024;
/// All names and values. Cookies of a proxy that signs people in take up to 8 KiB of it.
const LARGEST_HEADERS: usize = 32 * 1024;

/// Refuses what is longer.
pub async fn check(request: Request, next: Next) -> Response {
    let address = request
        .uri()
        .path_and_query()
        .map_or(0, |both| both.as_str().len());
    if address > LONGEST_ADDRESS {
        return Refusal::LongAddress {
            longest: LONGEST_ADDRESS,
        }
        .into_response();
    }
    let headers: usize = request
        .headers()
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if headers > LARGEST_HEADERS {
        return Refusal::LargeHeaders {
            largest: LARGEST_HEADERS,
        }
        .into_response();
    }
    next.run(request).await
}
