//! Which files of a folder are catalog files, and which were passed over, each with its reason.

use std::{
    collections::BTreeMap,
    fs, io,
    io::Read,
    path::{Path, PathBuf},
};

use domain::catalog::MAX_FILE_BYTES;

/// Folders inside folders; deeper ones are build output, not catalogs.
const MAX_DEPTH: usize = 32;

/// Names that are printed of each reason; the rest is a number.
const MOST_NAMES: usize = 10;

/// Why a file or a folder was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// YAML of something else.
    NoCatalog,
    /// A link; what it names may lie anywhere.
    Link,
    /// A hidden folder.
    Hidden,
    /// A folder that tools fill.
    Made,
    /// Below too many folders.
    TooDeep,
}

impl Reason {
    fn words(self) -> &'static str {
        match self {
            Self::NoCatalog => {
                "YAML that is no catalog file: not named catalog-info.yaml, and no line begins with `apiVersion: backstage.io/`"
            }
            Self::Link => "links are not followed; a Location may name the file",
            Self::Hidden => "hidden folders are not entered",
            Self::Made => "folders of this name hold what tools make; import it by itself if it does not",
            Self::TooDeep => "more than 32 folders deep; import it by itself",
        }
    }
}

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Catalog files, sorted by path.
    pub files: Vec<PathBuf>,
    /// What was passed over.
    pub passed: PassedOver,
}

/// What was passed over, by reason. Files that are no YAML are not counted: that no catalog is among them goes without
/// saying.
#[derive(Debug, Default)]
pub(super) struct PassedOver(BTreeMap<Reason, Vec<PathBuf>>);

impl PassedOver {
    fn add(&mut self, reason: Reason, path: PathBuf) {
        self.0.entry(reason).or_default().push(path);
    }

    /// Leaves out the files that were read after all, since a Location named them.
    pub fn retain(&mut self, passed_over: impl Fn(&Path) -> bool) {
        for paths in self.0.values_mut() {
            paths.retain(|path| passed_over(path));
        }
        self.0.retain(|_, paths| !paths.is_empty());
    }

    /// As lines for a person, with paths as `shown`.
    pub fn lines(&self, shown: impl Fn(&Path) -> String) -> Vec<String> {
        let mut lines = Vec::new();
        for (reason, paths) in &self.0 {
            lines.push(format!("passed over {}: {}", paths.len(), reason.words()));
            let named = paths.iter().take(MOST_NAMES);
            lines.extend(named.map(|path| format!("  {}", shown(path))));
            if let Some(rest @ 1..) = paths.len().checked_sub(MOST_NAMES) {
                lines.push(format!("  … and {rest} more"));
            }
        }
        lines
    }
}

/// The catalog files of a folder and what was passed over on the way; where that fails, with the path that could not be
/// read.
pub(super) fn in_folder(folder: &Path) -> Result<Found, (PathBuf, io::Error)> {
    let mut found = Found::default();
    enter(folder, 0, &mut found)?;
    Ok(found)
}

fn enter(folder: &Path, depth: usize, found: &mut Found) -> Result<(), (PathBuf, io::Error)> {
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .map_err(|error| (folder.to_owned(), error))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let kind = entry.file_type().map_err(|error| (path.clone(), error))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if kind.is_dir() {
            match reason_not_to_enter(&name, depth) {
                Some(reason) => found.passed.add(reason, path),
                None => enter(&path, depth + 1, found)?,
            }
        } else if kind.is_symlink() {
            found.passed.add(Reason::Link, path);
        } else if kind.is_file() {
            match is_catalog_file(&path, &name).map_err(|error| (path.clone(), error))? {
                Some(true) => found.files.push(path),
                Some(false) => found.passed.add(Reason::NoCatalog, path),
                None => {}
            }
        }
    }
    Ok(())
}

fn reason_not_to_enter(name: &str, depth: usize) -> Option<Reason> {
    if name.starts_with('.') {
        Some(Reason::Hidden)
    } else if matches!(name, "node_modules" | "target" | "vendor") {
        Some(Reason::Made)
    } else {
        (depth >= MAX_DEPTH).then_some(Reason::TooDeep)
    }
}

/// By its name, or by a line that only catalog files have; `None` for what is no YAML.
fn is_catalog_file(path: &Path, name: &str) -> io::Result<Option<bool>> {
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    match stem {
        Some("catalog-info") => Ok(Some(true)),
        Some(_) => {
            let content = read_file(path)?;
            let text = String::from_utf8_lossy(&content);
            Ok(Some(text.lines().any(|line| {
                line.starts_with("apiVersion:") && line.contains("backstage.io/")
            })))
        }
        None => Ok(None),
    }
}

/// A file's bytes: one more than is accepted at most, so that a larger one is refused by its size.
pub(super) fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let limit = u64::try_from(MAX_FILE_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    fs::File::open(path)?.take(limit).read_to_end(&mut content)?;
    Ok(content)
}
