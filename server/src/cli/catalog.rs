//! `fairway catalog import PATH`: finds catalog files in a folder, follows their locations inside it, hands them to the
//! import and prints what it made, every problem with its place, and what it passed over.

mod find;

use std::{
    collections::{HashSet, VecDeque},
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand};
use commands::catalog::{CatalogFile, CatalogImport, ImportReport};
use domain::{
    actor::{Actor, Viewer},
    catalog::{Descriptor, EntityChange, Level, LocationTarget, PlacedTarget, Problem, resolve_target},
};

use self::find::{Found, PassedOver, read_file};
use super::carried_out::{configured, with_commands};
use crate::{RunError, config::Settings};

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
        "fairway: no catalog file in {path}. A catalog file is named catalog-info.yaml, or holds a line such as `apiVersion: backstage.io/v1alpha1`.{passed}"
    )]
    Nothing { path: String, passed: String },
    #[error("fairway: {0} holds more than {MAX_FILES} catalog files. Import its folders one by one.")]
    TooMany(String),
    #[error("fairway: the catalog could not be imported: {0}. Nothing was changed; run `fairway doctor`.")]
    Refused(#[from] commands::CommandError),
}

/// Runs `fairway catalog`; fails when any file has an error.
pub async fn catalog(settings: &Settings, args: &CatalogArgs) -> ExitCode {
    let CatalogCommand::Import { path } = &args.command;
    match import(settings, path).await {
        Ok((report, passed)) => {
            print(&report, &passed);
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

async fn import(settings: &Settings, path: &Path) -> Result<(ImportReport, PassedOver), ImportError> {
    let config = configured(settings)?;
    let (import, passed) = read(path)?;
    let by = Viewer::trusted(Actor::CommandLine);
    with_commands(&config, async |commands| {
        Ok::<_, ImportError>((commands.import_catalog(&by, &import).await?, passed))
    })
    .await
}

/// The catalog files of a path with what their locations name, and what was passed over. Nothing outside the folder is
/// read.
fn read(path: &Path) -> Result<(CatalogImport, PassedOver), ImportError> {
    let unreadable = |path: &Path, source| ImportError::Unreadable {
        path: path.display().to_string(),
        source,
    };
    let whole = fs::canonicalize(path).map_err(|error| unreadable(path, error))?;
    let (root, directory, Found { files, mut passed }) = if whole.is_dir() {
        let found = find::in_folder(&whole).map_err(|(path, error)| unreadable(&path, error))?;
        (whole.clone(), Some(text_of(&whole)), found)
    } else {
        let only = Found {
            files: vec![whole.clone()],
            ..Found::default()
        };
        (whole.parent().unwrap_or(&whole).to_owned(), None, only)
    };
    let mut waiting = VecDeque::from(files);
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
    passed.retain(|path| !known.contains(path));
    if files.is_empty() {
        let passed = passed.lines(shown_from_here());
        return Err(ImportError::Nothing {
            path: path.display().to_string(),
            passed: passed.iter().flat_map(|line| ["\n", line]).collect(),
        });
    }
    Ok((CatalogImport { files, directory }, passed))
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

fn text_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// How the person who started this sees a path.
fn shown_from_here() -> impl Fn(&Path) -> String {
    let here = std::env::current_dir().ok();
    move |path| {
        let near = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
        near.unwrap_or(path).display().to_string()
    }
}

/// What was made and what was passed over goes to the output, what is wrong to the errors.
fn print(report: &ImportReport, passed: &PassedOver) {
    let shown_from_here = shown_from_here();
    for file in &report.files {
        let shown = shown_from_here(Path::new(&file.location));
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
    for line in passed.lines(&shown_from_here) {
        println!("{line}");
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
