//! The built site as pages need it, checked at start: a wrong folder or hash would leave islands silently dead.

use std::sync::Arc;

use app::{AppContext, Assets};
use commands::Commands;
use domain::organisation::Organisation;
use leptos::config::{Env, LeptosOptions};

use crate::config::{HttpConfig, Problem, SiteConfig};

/// Finds the built files that the settings name.
///
/// # Errors
/// What is missing, and how to build or find it.
pub fn locate(site: &SiteConfig) -> Result<(LeptosOptions, Assets), Problem> {
    let options = options(site);
    match Assets::locate(&options) {
        Ok(assets) => Ok((options, assets)),
        Err(problem) => Err(Problem {
            setting: "FAIRWAY_SITE_ROOT, FAIRWAY_HASH_FILE, LEPTOS_OUTPUT_NAME".into(),
            wrong: problem.to_string(),
            next: format!(
                "Build the site and this binary together with `cargo leptos build --release`, and start it from the \
                 repository or set FAIRWAY_SITE_ROOT (now {}) and FAIRWAY_HASH_FILE (now {}).",
                site.root.display(),
                site.hash_file.display()
            ),
        }),
    }
}

/// The settings in Leptos's own shape.
pub fn options(site: &SiteConfig) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name(site.output_name.as_str())
        .site_root(site.root.to_string_lossy().as_ref())
        .site_pkg_dir(site.pkg_dir.as_str())
        .hash_files(site.hashed)
        .hash_file(Arc::from(site.hash_file.to_string_lossy().as_ref()))
        .env(Env::PROD)
        .build()
}

/// What pages share for the life of the process.
pub fn context(
    (options, assets): (LeptosOptions, Assets),
    commands: &Commands,
    organisation: Organisation,
    http: &HttpConfig,
) -> AppContext {
    AppContext {
        public_url: http.public_url.as_str().into(),
        demo_links: organisation.is_demo && http.listen.ip().is_loopback(),
        leptos_options: options,
        assets,
        commands: commands.clone(),
        organisation: Arc::new(organisation),
    }
}
