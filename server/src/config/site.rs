//! The built site, and what it says about the organisation.

use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use super::{
    Settings,
    problems::{Name, Reader, given},
};

const OUTPUT: Name = Name {
    env: "LEPTOS_OUTPUT_NAME",
    flag: "--leptos-output-name",
};
const HASHED: Name = Name {
    env: "LEPTOS_HASH_FILES",
    flag: "--leptos-hash-files",
};
const ZONE: Name = Name {
    env: "FAIRWAY_TIME_ZONE",
    flag: "--time-zone",
};

/// Where the built site is, how its files are named, and the organisation's name and zone.
#[derive(Clone, Debug)]
pub struct SiteConfig {
    /// Folder with `pkg/`, fonts and icons.
    pub root: PathBuf,
    /// Folder of the built files below the root.
    pub pkg_dir: String,
    /// Stem of the built files' names.
    pub output_name: String,
    /// Whether the built files carry their hash in the name.
    pub hashed: bool,
    /// Where the hashes are written.
    pub hash_file: PathBuf,
    /// The organisation's name, when it is set here; else the stored one stays.
    pub organisation: Option<String>,
    /// The organisation's time zone, when it is set here; else the stored one stays.
    pub zone: Option<Tz>,
}

impl SiteConfig {
    pub(super) fn read(settings: &Settings, reader: &mut Reader) -> Self {
        let pkg_dir = given(settings.leptos_site_pkg_dir.as_deref())
            .unwrap_or("pkg")
            .to_owned();
        let exe_dir = std::env::current_exe()
            .ok()
            .and_then(|exe| exe.parent().map(Path::to_path_buf));
        let root = root(settings, &pkg_dir, exe_dir.as_deref());
        Self {
            hash_file: hash_file(settings, &root, exe_dir.as_deref()),
            root,
            pkg_dir,
            output_name: reader.value(
                OUTPUT,
                settings.leptos_output_name.as_deref(),
                "fairway".into(),
                parse_stem,
            ),
            hashed: reader.value(HASHED, settings.leptos_hash_files.as_deref(), true, parse_hashed),
            organisation: given(settings.organisation.as_deref()).map(ToOwned::to_owned),
            zone: reader.value(ZONE, settings.time_zone.as_deref(), None, parse_zone),
        }
    }
}

/// The folder that was named, else the first of the usual places that holds a built site.
fn root(settings: &Settings, pkg_dir: &str, exe_dir: Option<&Path>) -> PathBuf {
    let named = given(settings.site_root.as_deref()).or(given(settings.leptos_site_root.as_deref()));
    if let Some(named) = named {
        return named.into();
    }
    let here = PathBuf::from("target/site");
    let beside = exe_dir
        .into_iter()
        .flat_map(|dir| [dir.join("../site"), dir.join("site")]);
    std::iter::once(here.clone())
        .chain(beside)
        .find(|root| root.join(pkg_dir).is_dir())
        .unwrap_or(here)
}

/// An absolute path, so that it does not matter which folder a reader looks in first.
fn hash_file(settings: &Settings, root: &Path, exe_dir: Option<&Path>) -> PathBuf {
    let named = given(settings.hash_file.as_deref()).map(PathBuf::from);
    let beside = exe_dir.map(|dir| dir.join("hash.txt"));
    let path = named
        .or_else(|| beside.clone().filter(|path| path.is_file()))
        .or_else(|| Some(root.join("hash.txt")).filter(|path| path.is_file()))
        .or(beside)
        .unwrap_or_else(|| PathBuf::from("hash.txt"));
    std::path::absolute(&path).unwrap_or(path)
}

fn parse_stem(text: &str) -> Result<String, (String, String)> {
    if text.contains(['/', '\\', '.']) {
        return Err((
            "is no file name without an extension".into(),
            "Leave it out for fairway.".into(),
        ));
    }
    Ok(text.to_owned())
}

fn parse_hashed(text: &str) -> Result<bool, (String, String)> {
    text.parse().map_err(|_| {
        (
            "is neither true nor false".into(),
            "Leave it out for true.".into(),
        )
    })
}

fn parse_zone(text: &str) -> Result<Option<Tz>, (String, String)> {
    text.parse().map(Some).map_err(|_| {
        (
            "is no time zone".into(),
            "Write a name of the IANA database, for example Europe/London.".into(),
        )
    })
}
