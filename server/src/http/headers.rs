//! Headers that stand on every answer, and the nonce of its content security policy.

use std::sync::Arc;

use app::CspNonce;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, header};

/// Headers with one value for all answers. No other site may frame, read or be told about our pages, and no page gets
/// a device.
const FIXED: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=(), clipboard-write=(self)",
    ),
];

/// The policy of one answer. Scripts run only from our origin or with this answer's nonce; `'wasm-unsafe-eval'` lets
/// the islands' wasm compile and nothing else; styles come from our stylesheet only.
pub fn content_security_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'; manifest-src 'self'"
    )
}

/// A year, as the lists of browsers want it: whoever came once over https never comes over http again.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");

/// What the headers of answers depend on.
#[derive(Clone, Debug)]
pub struct Site {
    /// GitHub, where the form of one page goes: it makes an App from the manifest in it.
    pub form_target: Arc<str>,
    /// Whether people come over https.
    pub is_https: bool,
}

/// Gives each request a nonce and each answer its headers.
pub async fn secure(State(site): State<Site>, mut request: Request, next: Next) -> Response {
    let to_github = request.uri().path() == app::paths::admin_github();
    // Its address is a secret until it is used.
    let opens_link = request.uri().path() == app::paths::link();
    let nonce: Arc<str> = nonce().into();
    request.extensions_mut().insert(CspNonce(Arc::clone(&nonce)));
    let mut response = next.run(request).await;
    let mut policy = content_security_policy(&nonce);
    if to_github {
        policy = policy.replace(
            "form-action 'self'",
            &format!("form-action 'self' {}", site.form_target),
        );
    }
    apply(response.headers_mut(), &policy);
    if site.is_https {
        response
            .headers_mut()
            .insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
    if opens_link {
        response
            .headers_mut()
            .insert("referrer-policy", HeaderValue::from_static("no-referrer"));
    }
    response
}

#[expect(
    clippy::disallowed_methods,
    reason = "a nonce is worth something only because nobody can foretell it"
)]
fn nonce() -> String {
    STANDARD.encode(rand::random::<[u8; 16]>())
}

fn apply(headers: &mut HeaderMap, policy: &str) {
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // Only files carry another value: what a person or a machine asked for is not for a shared cache, nor for the
    // back button after someone else sat down.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    use super::content_security_policy;

    #[test]
    fn the_policy_is_this_one() {
        assert_eq!(
            content_security_policy("bm9uY2U="),
            "default-src 'none'; script-src 'self' 'nonce-bm9uY2U=' 'wasm-unsafe-eval'; style-src 'self'; \
             img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'; manifest-src 'self'"
        );
    }

    #[test]
    fn the_policy_allows_nothing_inline() {
        let policy = content_security_policy("x");
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'") && !policy.contains('*')
        );
    }
}
