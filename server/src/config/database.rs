//! Where the data is: a PostgreSQL that was given, or Fairway's own.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    Settings,
    problems::{Name, Reader, given},
};

/// Enough for 16 pages at once on a small machine, and far below PostgreSQL's default of 100 for two replicas.
const CONNECTIONS: u32 = 16;

const URL: Name = Name {
    env: "DATABASE_URL",
    flag: "--database-url",
};
const POOL: Name = Name {
    env: "FAIRWAY_DATABASE_CONNECTIONS",
    flag: "--database-connections",
};
const DEMO: Name = Name {
    env: "FAIRWAY_DEMO",
    flag: "--demo",
};

/// Where the data is and how many connections may be used.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    /// Which PostgreSQL.
    pub source: Source,
    /// Most connections of the pool.
    pub connections: u32,
    /// Whether the demo organisation's database is used.
    pub demo: bool,
    /// Folder for what is no table, where it was named.
    pub data_dir: Option<PathBuf>,
}

/// Which PostgreSQL holds the data.
#[derive(Clone, Debug)]
pub enum Source {
    /// One that runs already. The demo's database is beside it, its name ending in `_demo`.
    Url(SecretString),
    /// Fairway's own, started and stopped with the process.
    Embedded {
        /// Folder for its data, socket and log; `None` is the default place.
        data_dir: Option<PathBuf>,
        /// Folder of its programs; `None` means look for them.
        bin_dir: Option<PathBuf>,
    },
}

impl DatabaseConfig {
    pub(super) fn read(settings: &Settings, reader: &mut Reader) -> Self {
        let path = |raw: &Option<String>| given(raw.as_deref()).map(PathBuf::from);
        let url = settings
            .database_url
            .as_ref()
            .filter(|url| !url.expose_secret().trim().is_empty());
        let demo = reader.value(DEMO, settings.demo.as_deref(), false, parse_bool);
        Self {
            source: match url {
                Some(url) => Source::Url(read_url(url, demo, reader)),
                None => Source::Embedded {
                    data_dir: path(&settings.data_dir),
                    bin_dir: path(&settings.postgres_bin),
                },
            },
            connections: reader.value(
                POOL,
                settings.database_connections.as_deref(),
                CONNECTIONS,
                parse_connections,
            ),
            demo,
            data_dir: path(&settings.data_dir),
        }
    }
}

/// Checks the address without ever repeating it: it holds a password.
fn read_url(raw: &SecretString, demo: bool, reader: &mut Reader) -> SecretString {
    const NEXT: &str = "Write it as postgres://user:password@host:5432/database, or unset it to use Fairway's own PostgreSQL.";
    match Url::parse(raw.expose_secret().trim()) {
        Err(problem) => reader.wrong(URL, format!("is no address ({problem})"), NEXT),
        Ok(url) if !matches!(url.scheme(), "postgres" | "postgresql") => {
            reader.wrong(URL, format!("has the scheme {:?}", url.scheme()), NEXT);
        }
        Ok(url) if url.path().trim_matches('/').is_empty() => reader.wrong(URL, "names no database", NEXT),
        Ok(mut url) => {
            if demo && !url.path().ends_with("_demo") {
                let name = format!("{}_demo", url.path());
                url.set_path(&name);
            }
            return url.to_string().into();
        }
    }
    raw.clone()
}

fn parse_connections(text: &str) -> Result<u32, (String, String)> {
    match text.parse() {
        Ok(count @ 4..=500) => Ok(count),
        _ => Err((
            "is not between 4 and 500".into(),
            format!("Leave it out for {CONNECTIONS}."),
        )),
    }
}

fn parse_bool(text: &str) -> Result<bool, (String, String)> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(("is neither true nor false".into(), "Write true or false.".into())),
    }
}
