//! `fairway catalog import PATH`: finds catalog files in a folder, follows their locations inside it, hands them to the
//! import and prints what it made and every problem with its place.

use std::{
    collections::{HashSet, VecDeque},
    fs, io,
    io::Read,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::{Args, Subcommand};
use commands::{
    Commands, SystemClock,
    catalog::{CatalogFile, CatalogImport, ImportReport},
};
use domain::{
    actor::{Actor, Viewer},
    catalog::{
        Descriptor, EntityChange, Level, LocationTarget, MAX_FILE_BYTES, PlacedTarget, Problem,
        resolve_target,
    },
};

use crate::{
    RunError,
    config::{Config, Settings},
    database::{self, Database},
    telemetry,
};

/// Folders inside folders; deeper ones are build output, not catalogs.
const MAX_DEPTH: usize = 32;
/// The most files of one import; a larger tree is imported folder by folder.
const MAX_FILES: usize = 20_000;

/// Options of `catalog`.
#[derive(Args, Clone, Debug)]
pub struct CatalogArgs {
    /// What to do with the catalog.
    #[command(subcommand)]
    pub command: CatalogCommand,
}

/// What can be done with the catalog.
#[derive(Clone, Debug, Subcommand)]
pub enum CatalogCommand {
    /// Read catalog files (Backstage's catalog-info.yaml) from a file or a folder; a folder's earlier files that are gone
    /// are removed
    Import {
        /// The file or folder
        path: PathBuf,
    },
}

/// Why nothing could be imported.
#[derive(Debug, thiserror::Error)]
enum ImportError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("fairway: {path} cannot be read: {source}. Check the path and its permissions.")]
    Unreadable { path: String, source: io::Error },
    #[error(
        "fairway: no catalog file in {0}. A catalog file is named catalog-info.yaml, or holds a line such as `apiVersion: backstage.io/v1alpha1`."
    )]
    Nothing(String),
    #[error("fairway: {0} holds more than {MAX_FILES} catalog files. Import its folders one by one.")]
    TooMany(String),
    #[error("fairway: the catalog could not be imported: {0}. Nothing was changed; run `fairway doctor`.")]
    Refused(#[from] commands::CommandError),
}

/// Runs `fairway catalog`; fails when any file has an error.
pub async fn catalog(settings: &Settings, args: &CatalogArgs) -> ExitCode {
    let CatalogCommand::Import { path } = &args.command;
    match import(settings, path).await {
        Ok(report) => {
            print(&report);
            if report.is_clean() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

async fn import(settings: &Settings, path: &Path) -> Result<ImportReport, ImportError> {
    let config = Config::parse(settings).map_err(RunError::from)?;
    telemetry::logs::init(&config.telemetry);
    let import = read(path)?;
    let database = Database::open(&config.database, database::PATIENCE)
        .await
        .map_err(RunError::from)?;
    let outcome = async {
        database::check_current(database.store())
            .await
            .map_err(RunError::from)?;
        let commands = Commands::new(database.store().clone(), Arc::new(SystemClock));
        Ok(commands
            .import_catalog(&Viewer::trusted(Actor::CommandLine), &import)
            .await?)
    }
    .await;
    database.close().await;
    outcome
}

/// The catalog files of a path with what their locations name. Nothing outside the folder is read.
fn read(path: &Path) -> Result<CatalogImport, ImportError> {
    let unreadable = |path: &Path, source| ImportError::Unreadable {
        path: path.display().to_string(),
        source,
    };
    let whole = fs::canonicalize(path).map_err(|error| unreadable(path, error))?;
    let mut waiting = VecDeque::new();
    let (root, directory) = if whole.is_dir() {
        find(&whole, 0, &mut waiting).map_err(|error| unreadable(path, error))?;
        (whole.clone(), Some(text_of(&whole)))
    } else {
        waiting.push_back(whole.clone());
        (whole.parent().unwrap_or(&whole).to_owned(), None)
    };
    let mut known: HashSet<PathBuf> = waiting.iter().cloned().collect();
    let mut files = Vec::new();
    while let Some(file) = waiting.pop_front() {
        if files.len() == MAX_FILES {
            return Err(ImportError::TooMany(path.display().to_string()));
        }
        let content = read_file(&file).map_err(|error| unreadable(&file, error))?;
        let mut problems = Vec::new();
        for placed in Descriptor::parse(&content)
            .entities
            .iter()
            .flat_map(|entity| &entity.targets)
        {
            match follow(&root, &file, placed) {
                Ok(Some(target)) if known.insert(target.clone()) => waiting.push_back(target),
                Ok(_) => {}
                Err(problem) => problems.push(problem),
            }
        }
        files.push(CatalogFile {
            location: text_of(&file),
            content,
            problems,
        });
    }
    if files.is_empty() {
        return Err(ImportError::Nothing(path.display().to_string()));
    }
    Ok(CatalogImport { files, directory })
}

/// Adds the catalog files of a folder, sorted by path. Hidden folders, links and what tools make are left out.
fn find(folder: &Path, depth: usize, found: &mut VecDeque<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (kind, path) = (entry.file_type()?, entry.path());
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if kind.is_dir() {
            let made = name.starts_with('.') || matches!(name.as_ref(), "node_modules" | "target" | "vendor");
            if !made && depth < MAX_DEPTH {
                find(&path, depth + 1, found)?;
            }
        } else if kind.is_file() && is_catalog_file(&path, &name)? {
            found.push_back(path);
        }
    }
    Ok(())
}

/// By its name, or by a line that only catalog files have.
fn is_catalog_file(path: &Path, name: &str) -> io::Result<bool> {
    let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml"));
    match stem {
        Some("catalog-info") => Ok(true),
        Some(_) => {
            let content = read_file(path)?;
            let text = String::from_utf8_lossy(&content);
            Ok(text
                .lines()
                .any(|line| line.starts_with("apiVersion:") && line.contains("backstage.io/")))
        }
        None => Ok(false),
    }
}

/// The file that a location names, when it lies in the folder; `None` for web addresses.
fn follow(root: &Path, from: &Path, placed: &PlacedTarget) -> Result<Option<PathBuf>, Problem> {
    let LocationTarget::File(target) = &placed.target else {
        return Ok(None);
    };
    let problem = |message: String| Problem {
        level: Level::Error,
        place: placed.place,
        field: "spec.targets".to_owned(),
        message,
    };
    let relative = from.strip_prefix(root).map(text_of).unwrap_or_default();
    let resolved = resolve_target(&relative, target).map_err(|error| problem(error.to_string()))?;
    let missing = |_| {
        problem(format!(
            "there is no file `{resolved}`; correct the path or add the file"
        ))
    };
    let whole = fs::canonicalize(root.join(&resolved)).map_err(missing)?;
    if !whole.starts_with(root) || !whole.is_file() {
        return Err(problem(format!(
            "`{resolved}` is no file inside the imported folder; it is not followed"
        )));
    }
    Ok(Some(whole))
}

/// A file's bytes: one more than is accepted at most, so that a larger one is refused by its size.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    let limit = u64::try_from(MAX_FILE_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    fs::File::open(path)?.take(limit).read_to_end(&mut content)?;
    Ok(content)
}

fn text_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// What was made goes to the output, what is wrong to the errors; paths as the person who started it sees them.
fn print(report: &ImportReport) {
    let here = std::env::current_dir().ok();
    for file in &report.files {
        let location = Path::new(&file.location);
        let shown = here
            .as_deref()
            .and_then(|here| location.strip_prefix(here).ok())
            .unwrap_or(location)
            .display();
        for (reference, change) in file
            .changes
            .iter()
            .filter(|(_, change)| *change != EntityChange::Unchanged)
        {
            println!("{:9} {reference}  ({shown})", change.as_str());
        }
        for problem in &file.problems {
            eprintln!("{shown}:{problem}");
        }
        if !file.taken_over {
            eprintln!("{shown}: not taken over; its last good version stays");
        }
    }
    let count = |change| report.count(change);
    println!(
        "{} files: {} entities created, {} changed, {} back, {} removed, {} as they were; {} files refused.",
        report.files.len(),
        count(EntityChange::Created),
        count(EntityChange::Changed),
        count(EntityChange::Revived),
        count(EntityChange::Removed),
        count(EntityChange::Unchanged),
        report.files.iter().filter(|file| !file.taken_over).count()
    );
}
