//! `pg_dump` and `pg_restore`, which come with PostgreSQL.

use std::{
    path::{Path, PathBuf},
    process::Output,
};

use secrecy::{ExposeSecret, SecretString};
use tokio::process::Command;
use url::Url;

use super::programs;
use crate::config::{DatabaseConfig, Source};

/// Where the two programs are.
#[derive(Debug)]
pub struct Tools {
    folder: PathBuf,
}

/// Why a program did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// No folder has both.
    #[error(
        "pg_dump and pg_restore were not found (looked in: {looked}). Install PostgreSQL's client programs (Debian: \
         `apt-get install postgresql-client`), of a version not older than the server, or name their folder in FAIRWAY_POSTGRES_BIN."
    )]
    NotInstalled {
        /// Folders that were looked in.
        looked: String,
    },
    /// It could not be started.
    #[error("{program} could not be started: {source}.")]
    Start {
        /// Which one.
        program: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// It failed.
    #[error("{program} failed and left nothing behind: {output}")]
    Failed {
        /// Which one.
        program: &'static str,
        /// What it wrote.
        output: String,
    },
}

impl Tools {
    /// Looks where PostgreSQL's programs usually are.
    ///
    /// # Errors
    /// [`ToolError::NotInstalled`].
    pub async fn find(config: &DatabaseConfig) -> Result<Self, ToolError> {
        let named = match &config.source {
            Source::Embedded { bin_dir, .. } => bin_dir.as_deref(),
            Source::Url(_) => None,
        };
        let folders = programs::folders(named).await;
        let has_both =
            |folder: &PathBuf| folder.join("pg_dump").is_file() && folder.join("pg_restore").is_file();
        match folders.iter().find(|folder| has_both(folder)) {
            Some(folder) => Ok(Self {
                folder: folder.clone(),
            }),
            None => Err(ToolError::NotInstalled {
                looked: programs::listed(&folders),
            }),
        }
    }

    /// Writes what `snapshot` sees of a database into a file.
    ///
    /// # Errors
    /// [`ToolError::Failed`] with what `pg_dump` said.
    pub async fn dump(&self, url: &SecretString, snapshot: &str, file: &Path) -> Result<(), ToolError> {
        let mut command = self.command("pg_dump", url);
        command
            .args(["--format=custom", "--no-owner", "--no-privileges"])
            .arg(format!("--snapshot={snapshot}"))
            .arg("--file")
            .arg(file);
        succeed("pg_dump", command).await
    }

    /// Brings a dump into an empty database, whole or not at all.
    ///
    /// # Errors
    /// [`ToolError::Failed`] with what `pg_restore` said.
    pub async fn restore(&self, url: &SecretString, file: &Path) -> Result<(), ToolError> {
        let mut command = self.command("pg_restore", url);
        command
            .args([
                "--single-transaction",
                "--exit-on-error",
                "--no-owner",
                "--no-privileges",
            ])
            .arg(file);
        succeed("pg_restore", command).await
    }

    /// A program that connects to `url`; the password goes by the environment, since arguments can be read by others.
    fn command(&self, program: &'static str, url: &SecretString) -> Command {
        let mut command = Command::new(self.folder.join(program));
        let (address, password) = for_libpq(url.expose_secret());
        if let Some(password) = password {
            command.env("PGPASSWORD", password);
        }
        command.arg("--dbname").arg(address);
        command
    }
}

/// An address as PostgreSQL's own programs understand it, and its password apart. Our driver knows further spellings, and one
/// parameter of its own.
fn for_libpq(address: &str) -> (String, Option<String>) {
    let Ok(mut url) = Url::parse(address) else {
        return (address.to_owned(), None);
    };
    let mut password = url.password().map(decoded);
    let mut kept = Vec::new();
    for (name, value) in url.query_pairs() {
        let name = match &*name {
            "statement-cache-capacity" => continue,
            "password" => {
                password = Some(value.into_owned());
                continue;
            }
            "ssl-mode" => "sslmode",
            "ssl-root-cert" | "ssl-ca" => "sslrootcert",
            "ssl-cert" => "sslcert",
            "ssl-key" => "sslkey",
            other => other,
        };
        kept.push(format!("{}={}", encoded(name), encoded(&value)));
    }
    url.set_query(Some(&*kept.join("&")).filter(|query| !query.is_empty()));
    if url.set_password(None).is_err() {
        return (address.to_owned(), None);
    }
    (url.into(), password)
}

/// Percent signs only: these programs take a plus sign for itself.
fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A password as it was before it was written into an address.
fn decoded(password: &str) -> String {
    percent_encoding::percent_decode_str(password)
        .decode_utf8_lossy()
        .into_owned()
}

async fn succeed(program: &'static str, mut command: Command) -> Result<(), ToolError> {
    let output: Output = command
        .output()
        .await
        .map_err(|source| ToolError::Start { program, source })?;
    if output.status.success() {
        return Ok(());
    }
    Err(ToolError::Failed {
        program,
        output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::for_libpq;

    #[test]
    fn passwords_go_apart_and_spellings_become_those_of_postgresql() {
        let (address, password) = for_libpq(
            "postgres://fairway:p%40ss+1@db.internal:5432/fairway?ssl-mode=require&statement-cache-capacity=100&host=/run/post+gres%2Fql",
        );
        assert_eq!(
            address,
            "postgres://fairway@db.internal:5432/fairway?sslmode=require&host=%2Frun%2Fpost%20gres%2Fql"
        );
        assert_eq!(password.as_deref(), Some("p@ss+1"));
        let plain = "postgres://postgres@127.0.0.1:5433/fairway";
        assert_eq!(for_libpq(plain), (plain.to_owned(), None));
    }
}
