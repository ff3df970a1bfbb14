//! Names of the built files: stylesheet, script and wasm, with their content hashes.
//!
//! Owns the reading of cargo-leptos's `hash.txt`. Knows nothing of how the files are served.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use leptos::config::LeptosOptions;

/// Addresses of the built files, as pages write them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets(Arc<Files>);

#[derive(Debug, PartialEq, Eq)]
struct Files {
    css: String,
    js: String,
    wasm: String,
}

/// The built site is missing or does not belong to this binary.
#[derive(Debug, thiserror::Error)]
pub enum AssetsError {
    /// `hash.txt` cannot be read though hashed names are on.
    #[error("cannot read {path}: {source}; it is written beside the binary by `cargo leptos build`")]
    Hashes {
        /// Where it was looked for.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// `hash.txt` lacks a line.
    #[error("{path} has no line for `{kind}`; build again with `cargo leptos build`")]
    NoHash {
        /// The file that was read.
        path: PathBuf,
        /// `css`, `js` or `wasm`.
        kind: &'static str,
    },
    /// A built file is not in the site root.
    #[error(
        "{0} does not exist; check LEPTOS_SITE_ROOT and LEPTOS_OUTPUT_NAME, or build with `cargo leptos build`"
    )]
    Missing(PathBuf),
}

impl Assets {
    /// Finds the three built files and checks that they exist, so that wrong settings stop the start instead of
    /// leaving pages without style and islands silently dead.
    ///
    /// # Errors
    /// [`AssetsError`] names the file and the setting to check.
    pub fn locate(options: &LeptosOptions) -> Result<Self, AssetsError> {
        let hashes = if options.hash_files {
            Some(read_hashes(&options.hash_file)?)
        } else {
            None
        };
        let name = |kind: &'static str| match &hashes {
            None => Ok(format!("{}.{kind}", options.output_name)),
            Some((path, text)) => hash_of(text, kind)
                .map(|hash| format!("{}.{hash}.{kind}", options.output_name))
                .ok_or_else(|| AssetsError::NoHash {
                    path: path.clone(),
                    kind,
                }),
        };
        let site: &Path = Path::new(&*options.site_root);
        let folder = site.join(&*options.site_pkg_dir);
        let address = |kind| {
            let name = name(kind)?;
            let file = folder.join(&name);
            if file.is_file() {
                Ok(format!("/{}/{name}", options.site_pkg_dir))
            } else {
                Err(AssetsError::Missing(file))
            }
        };
        Ok(Self(Arc::new(Files {
            css: address("css")?,
            js: address("js")?,
            wasm: address("wasm")?,
        })))
    }

    /// Unhashed names under `/pkg`, unchecked: for tests that look at HTML only.
    pub fn unchecked() -> Self {
        let file = |kind: &str| format!("/pkg/fairway.{kind}");
        Self(Arc::new(Files {
            css: file("css"),
            js: file("js"),
            wasm: file("wasm"),
        }))
    }

    /// Address of the stylesheet.
    pub fn css(&self) -> &str {
        &self.0.css
    }

    /// Address of the wasm loader script.
    pub fn js(&self) -> &str {
        &self.0.js
    }

    /// Address of the wasm module.
    pub fn wasm(&self) -> &str {
        &self.0.wasm
    }
}

fn read_hashes(name: &str) -> Result<(PathBuf, String), AssetsError> {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|exe| exe.parent().map(Path::to_path_buf))
        .unwrap_or_default();
    let path = beside.join(name);
    match fs::read_to_string(&path) {
        Ok(text) => Ok((path, text)),
        Err(source) => Err(AssetsError::Hashes { path, source }),
    }
}

fn hash_of<'a>(text: &'a str, kind: &str) -> Option<&'a str> {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim() == kind)
        .map(|(_, hash)| hash.trim())
}

#[cfg(test)]
mod tests {
    use super::hash_of;

    #[test]
    fn hashes_are_read_by_kind() {
        let text = "js: 1a2b\nwasm: 3c4d\ncss: 5e6f\n";
        assert_eq!(hash_of(text, "wasm"), Some("3c4d"));
        assert_eq!(hash_of(text, "split"), None);
    }
}
