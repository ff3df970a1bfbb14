//! Where PostgreSQL's programs are. Distributions keep `initdb` and `pg_ctl` off PATH, so several places are tried.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::EmbeddedError;

const NEEDED: [&str; 4] = ["initdb", "pg_ctl", "postgres", "pg_isready"];

/// Oldest major version that Fairway's statements run on.
const OLDEST: u32 = 15;

/// The folder that was named, else the first that has all programs in a version that is new enough.
pub(super) async fn find(named: Option<&Path>) -> Result<PathBuf, EmbeddedError> {
    let candidates = folders(named).await;
    for dir in &candidates {
        if NEEDED.iter().all(|program| dir.join(program).is_file()) && new_enough(dir).await {
            return Ok(dir.clone());
        }
    }
    Err(EmbeddedError::NotInstalled {
        looked: listed(&candidates),
    })
}

/// The folder that was named, else all that may hold PostgreSQL's programs.
pub(super) async fn folders(named: Option<&Path>) -> Vec<PathBuf> {
    match named {
        Some(dir) => vec![dir.to_path_buf()],
        None => candidates().await,
    }
}

/// Folders for a message.
pub(super) fn listed(folders: &[PathBuf]) -> String {
    let names: Vec<_> = folders.iter().map(|dir| dir.display().to_string()).collect();
    names.join(", ")
}

async fn candidates() -> Vec<PathBuf> {
    let mut found = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output().await
        && output.status.success()
    {
        found.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    found.extend(installed_versions("/usr/lib/postgresql"));
    found.extend(installed_versions("/opt/homebrew/opt"));
    found.push("/usr/pgsql/bin".into());
    found.extend(
        std::env::var_os("PATH")
            .iter()
            .flat_map(|path| std::env::split_paths(path).collect::<Vec<_>>()),
    );
    found
}

/// `<parent>/<version>/bin`, newest version first.
fn installed_versions(parent: &str) -> Vec<PathBuf> {
    let version = |path: &Path| {
        let name = path.file_name()?.to_str()?;
        name.trim_start_matches("postgresql@").parse::<u32>().ok()
    };
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| version(&entry.path()).map(|number| (number, entry.path().join("bin"))))
        .collect();
    versions.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    versions.into_iter().map(|(_, path)| path).collect()
}

async fn new_enough(dir: &Path) -> bool {
    match Command::new(dir.join("postgres")).arg("--version").output().await {
        Ok(output) => {
            major(&String::from_utf8_lossy(&output.stdout)).is_some_and(|version| version >= OLDEST)
        }
        Err(_) => false,
    }
}

/// The major version in `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major(text: &str) -> Option<u32> {
    let version = text
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_read_from_releases_and_betas() {
        assert_eq!(
            major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"),
            Some(15)
        );
        assert_eq!(major("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major("nonsense"), None);
    }
}
