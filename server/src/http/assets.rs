//! Files of the built site: script, wasm, stylesheet, fonts, icons.
//!
//! Names under the built files' folder carry a hash and those under `fonts` a version, so browsers keep them for ever.

use std::path::Path;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
};
use http::{HeaderValue, StatusCode, header};
use tower_http::services::{ServeDir, ServeFile};

use crate::config::SiteConfig;

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const FOR_AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// Routes of all files and folders at the top of the site root, as they are at start. Files that were compressed at
/// build time are sent as they are.
pub fn router(site: &SiteConfig) -> Router {
    let mut router = Router::new();
    for entry in std::fs::read_dir(&site.root).into_iter().flatten().flatten() {
        let path = entry.path();
        let Some(name) = path
            .file_name()
            .and_then(|name| name.to_str())
            .filter(|name| !name.starts_with('.'))
        else {
            continue;
        };
        router = if path.is_dir() {
            router.nest_service(&format!("/{name}"), folder(&path))
        } else if is_derived(name) {
            router
        } else {
            router.route_service(
                &format!("/{name}"),
                ServeFile::new(&path).precompressed_br().precompressed_gzip(),
            )
        };
    }
    let immutable = Immutable {
        pkg: format!("/{}/", site.pkg_dir),
        hashed: site.hashed,
    };
    router.layer(middleware::from_fn_with_state(immutable, cache))
}

fn folder(path: &Path) -> ServeDir {
    ServeDir::new(path)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip()
}

/// Files that are not asked for by name: compressed twins and the list of hashes.
fn is_derived(name: &str) -> bool {
    matches!(
        Path::new(name).extension().and_then(|e| e.to_str()),
        Some("br" | "gz")
    ) || name == "hash.txt"
}

#[derive(Clone)]
struct Immutable {
    pkg: String,
    hashed: bool,
}

async fn cache(State(immutable): State<Immutable>, request: Request, next: Next) -> Response {
    let path = request
        .extensions()
        .get::<axum::extract::OriginalUri>()
        .map_or_else(
            || request.uri().path().to_owned(),
            |original| original.path().to_owned(),
        );
    let mut response = next.run(request).await;
    if matches!(
        response.status(),
        StatusCode::OK | StatusCode::PARTIAL_CONTENT | StatusCode::NOT_MODIFIED
    ) {
        let named = (immutable.hashed && path.starts_with(&immutable.pkg)) || path.starts_with("/fonts/");
        let value = if named { FOR_EVER } else { FOR_AN_HOUR };
        response.headers_mut().insert(header::CACHE_CONTROL, value);
    }
    response
}
