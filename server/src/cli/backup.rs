//! `fairway backup create | restore | rehearse`: everything in one file, brought back, and the proof that it can be.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Args, Subcommand};
use store::{MigrationState, Snapshot, Store, StoreError, TableContents};

use super::carried_out::{configured, ended};
use crate::{
    RunError,
    config::Settings,
    database::{self, Database},
    postgres::{ToolError, Tools},
};

/// Options of `backup`.
#[derive(Args, Clone, Debug)]
pub struct BackupArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: BackupCommand,
}

/// What can be done with backups.
#[derive(Clone, Debug, Subcommand)]
pub enum BackupCommand {
    /// Write everything that is stored into one file, in the custom format of `pg_dump`
    Create {
        /// A file that does not exist yet
        file: PathBuf,
    },
    /// Bring a backup into the database of `DATABASE_URL`, which must be empty
    Restore {
        /// A file that `fairway backup create` or `pg_dump --format=custom` wrote
        file: PathBuf,
    },
    /// Back up, restore into a database beside the real one, compare every table row by row, and drop it again
    Rehearse,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
enum BackupError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("fairway: the database refused: {0}. Run `fairway doctor`.")]
    Store(#[from] StoreError),
    #[error("fairway: {0}")]
    Tool(#[from] ToolError),
    #[error("fairway: cannot write {path}: {source}. Name a new file in a folder that you may write to.")]
    File { path: PathBuf, source: std::io::Error },
    #[error(
        "fairway: the database holds {0} tables already, so nothing was restored. Name an empty one in DATABASE_URL (createdb makes one)."
    )]
    NotEmpty(usize),
    #[error("fairway: the restored copy differs in {}. The backup cannot be trusted; keep the file and report this.", .0.join(", "))]
    Differs(Vec<String>),
}

/// Runs `fairway backup`.
pub async fn backup(settings: &Settings, args: &BackupArgs) -> ExitCode {
    ended(run(settings, &args.command).await)
}

async fn run(settings: &Settings, command: &BackupCommand) -> Result<(), BackupError> {
    let config = configured(settings)?;
    let tools = Tools::find(&config.database).await?;
    let database = Database::open(&config.database, database::PATIENCE)
        .await
        .map_err(RunError::from)?;
    let outcome = match command {
        BackupCommand::Create { file } => create(&database, &tools, file).await,
        BackupCommand::Restore { file } => restore(&database, &tools, file).await,
        BackupCommand::Rehearse => rehearse(&database, &tools).await,
    };
    database.close().await;
    outcome
}

async fn create(database: &Database, tools: &Tools, file: &Path) -> Result<(), BackupError> {
    let begun = Instant::now();
    let snapshot = database.store().snapshot().await?;
    let bytes = dump(database, tools, &snapshot, file).await?;
    println!(
        "{} holds everything: {}, {}.",
        file.display(),
        size(bytes),
        seconds(begun.elapsed())
    );
    Ok(())
}

/// Dumps into a new file that only its owner may read, and leaves none behind when that fails.
async fn dump(
    database: &Database,
    tools: &Tools,
    snapshot: &Snapshot,
    file: &Path,
) -> Result<u64, BackupError> {
    let trouble = |source| BackupError::File {
        path: file.to_path_buf(),
        source,
    };
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .map_err(trouble)?;
    if let Err(problem) = tools.dump(database.url(), snapshot.name(), file).await {
        fs::remove_file(file).map_err(trouble)?;
        return Err(problem.into());
    }
    Ok(fs::metadata(file).map_err(trouble)?.len())
}

async fn restore(database: &Database, tools: &Tools, file: &Path) -> Result<(), BackupError> {
    let begun = Instant::now();
    let tables = database.store().snapshot().await?.contents().await?.len();
    if tables > 0 {
        return Err(BackupError::NotEmpty(tables));
    }
    tools.restore(database.url(), file).await?;
    println!("{} is restored in {}.", file.display(), seconds(begun.elapsed()));
    if let MigrationState::Behind(missing) = database.store().migration_state().await? {
        println!(
            "It is of an older version: `fairway migrate`, or the next start, applies {missing} migrations."
        );
    }
    Ok(())
}

async fn rehearse(database: &Database, tools: &Tools) -> Result<(), BackupError> {
    let begun = Instant::now();
    let file = std::env::temp_dir().join(format!("fairway-rehearsal-{}.dump", std::process::id()));
    let mut snapshot = database.store().snapshot().await?;
    let bytes = dump(database, tools, &snapshot, &file).await?;
    println!("backed up   {} in {}", size(bytes), seconds(begun.elapsed()));
    let outcome = bring_back_and_compare(database, tools, &mut snapshot, &file).await;
    fs::remove_file(&file).map_err(|source| BackupError::File { path: file, source })?;
    outcome
}

async fn bring_back_and_compare(
    database: &Database,
    tools: &Tools,
    snapshot: &mut Snapshot,
    file: &Path,
) -> Result<(), BackupError> {
    let begun = Instant::now();
    let copy = database.beside("rehearsal").await.map_err(RunError::from)?;
    let outcome = async {
        tools.restore(copy.url(), file).await?;
        println!("restored    in {}", seconds(begun.elapsed()));
        compare(&snapshot.contents().await?, copy.store()).await
    }
    .await;
    copy.drop_whole().await.map_err(RunError::from)?;
    outcome
}

async fn compare(real: &[TableContents], copy: &Store) -> Result<(), BackupError> {
    let restored = copy.snapshot().await?.contents().await?;
    let differing = differences(real, &restored);
    if !differing.is_empty() {
        return Err(BackupError::Differs(differing));
    }
    let rows: i64 = real.iter().map(|table| table.rows).sum();
    println!("compared    {rows} rows in {} tables: all equal", real.len());
    Ok(())
}

/// The tables that are not the same on both sides.
fn differences(real: &[TableContents], restored: &[TableContents]) -> Vec<String> {
    let only = |side: &[TableContents], other: &[TableContents]| {
        side.iter()
            .filter(|table| !other.contains(table))
            .map(|table| table.table.clone())
            .collect::<Vec<_>>()
    };
    let mut all = only(real, restored);
    all.extend(only(restored, real));
    all.sort();
    all.dedup();
    all
}

fn size(bytes: u64) -> String {
    if bytes < 1 << 20 {
        format!("{} KiB", bytes.div_ceil(1 << 10))
    } else {
        format!("{} MiB", bytes.div_ceil(1 << 20))
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use store::TableContents;

    use super::differences;

    fn table(name: &str, rows: i64, digest: &str) -> TableContents {
        TableContents {
            table: name.into(),
            rows,
            digest: digest.into(),
        }
    }

    #[test]
    fn a_changed_a_missing_and_an_extra_table_differ() {
        let real = [table("a", 1, "7"), table("b", 2, "8"), table("c", 3, "9")];
        let restored = [table("a", 1, "7"), table("b", 2, "0"), table("d", 0, "0")];
        assert_eq!(differences(&real, &restored), ["b", "c", "d"]);
        assert!(differences(&real, &real).is_empty());
    }
}
