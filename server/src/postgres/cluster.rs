//! The life of one data folder's server: made, started, found again, stopped. All through PostgreSQL's own programs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use tokio::process::Command;

use super::{EmbeddedError, account::Account, layout::Layout};

/// The one role of the embedded server. It needs no password: only its own account and root can enter the socket's folder.
const ROLE: &str = "fairway";

/// Recovery after a crash of the machine may take a while; a healthy start takes a tenth of a second.
const START_SECONDS: &str = "120";

/// A server process that was killed leaves its children for a moment, and PostgreSQL refuses to start until they are gone.
const START_TRIES: u32 = 20;

/// One data folder and how to run a server on it.
#[derive(Debug)]
pub(super) struct Cluster {
    programs: PathBuf,
    layout: Layout,
    account: Account,
}

impl Cluster {
    pub fn new(programs: PathBuf, layout: Layout, account: Account) -> Self {
        Self {
            programs,
            layout,
            account,
        }
    }

    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The address of a database, through the socket.
    pub fn url(&self, database: &str) -> String {
        let socket: String =
            url::form_urlencoded::byte_serialize(self.layout.socket.as_os_str().as_encoded_bytes()).collect();
        format!("postgres://{ROLE}@localhost/{database}?host={socket}")
    }

    /// Makes the data folder at the first start. It is made beside its place and then renamed, so a start that was
    /// killed half-way leaves no half-made data folder.
    pub async fn ensure_initialised(&self) -> Result<(), EmbeddedError> {
        if self.layout.data.join("PG_VERSION").is_file() {
            return Ok(());
        }
        tracing::info!(folder = %self.layout.data.display(), "making a new PostgreSQL data folder");
        let fresh = self.layout.root.join("data.new");
        if fresh.exists() {
            fs::remove_dir_all(&fresh).map_err(|source| EmbeddedError::io("remove", &fresh, source))?;
        }
        let mut command = self.command("initdb");
        command.arg("--pgdata").arg(&fresh).args([
            "--username",
            ROLE,
            "--encoding",
            "UTF8",
            "--locale",
            "C.UTF-8",
        ]);
        command.args([
            "--auth-local",
            "trust",
            "--auth-host",
            "reject",
            "--data-checksums",
        ]);
        self.succeed("initdb", command).await?;
        fs::rename(&fresh, &self.layout.data)
            .map_err(|source| EmbeddedError::io("make", &self.layout.data, source))
    }

    /// Starts the server, or finds it running.
    pub async fn ensure_running(&self) -> Result<(), EmbeddedError> {
        self.remove_foreign_pid_file()?;
        let mut tries = 0;
        loop {
            if self.is_running().await? {
                return Ok(());
            }
            match self.start().await {
                Ok(()) => return Ok(()),
                Err(problem) if tries == START_TRIES => return Err(problem),
                Err(_) => tries += 1,
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Stops the server: open transactions are rolled back, everything committed is on disk.
    pub async fn stop(&self) -> Result<(), EmbeddedError> {
        let mut command = self.pg_ctl("stop");
        command.args(["--mode", "fast", "--wait", "--timeout", "60"]);
        self.succeed("pg_ctl stop", command).await.map(drop)
    }

    /// Whether a server runs on the data folder and takes connections.
    async fn is_running(&self) -> Result<bool, EmbeddedError> {
        let command = self.pg_ctl("status");
        if !self.output("pg_ctl status", command).await?.status.success() {
            return Ok(false);
        }
        let mut command = self.command("pg_isready");
        command
            .arg("--host")
            .arg(&self.layout.socket)
            .args(["--username", ROLE, "--dbname", "postgres"]);
        if !self.output("pg_isready", command).await?.status.success() {
            return Ok(false);
        }
        tracing::info!(folder = %self.layout.data.display(), "found PostgreSQL running on the data folder; using it");
        Ok(true)
    }

    async fn start(&self) -> Result<(), EmbeddedError> {
        // pg_ctl hands this to a shell, so paths are quoted. Nothing listens on TCP.
        let socket = quoted(&self.layout.socket);
        let options = format!("-c listen_addresses='' -c unix_socket_permissions=0700 -k {socket}");
        let mut command = self.pg_ctl("start");
        command
            .args(["--wait", "--timeout", START_SECONDS, "--log"])
            .arg(&self.layout.log)
            .args(["--options", &options]);
        self.succeed("pg_ctl start", command).await.map(drop)
    }

    /// After the machine was restarted the number in an old pid file may belong to any process, and PostgreSQL would
    /// then refuse to start. A pid file whose process does not name this data folder is removed.
    fn remove_foreign_pid_file(&self) -> Result<(), EmbeddedError> {
        let path = self.layout.data.join("postmaster.pid");
        let Ok(text) = fs::read_to_string(&path) else {
            return Ok(());
        };
        let Some(pid) = text
            .lines()
            .next()
            .and_then(|line| line.trim().parse::<u32>().ok())
        else {
            return Ok(());
        };
        let Ok(command_line) = fs::read(format!("/proc/{pid}/cmdline")) else {
            return Ok(());
        };
        if contains(&command_line, self.layout.data.as_os_str().as_encoded_bytes()) {
            return Ok(());
        }
        tracing::warn!(
            pid,
            "the pid file names a process that is not this PostgreSQL; removing it"
        );
        fs::remove_file(&path).map_err(|source| EmbeddedError::io("remove", &path, source))
    }

    fn pg_ctl(&self, action: &str) -> Command {
        let mut command = self.command("pg_ctl");
        command.arg(action).arg("--pgdata").arg(&self.layout.data);
        command
    }

    /// A program of PostgreSQL as its own account, in a folder that the account may enter, in a process group of its
    /// own so that Ctrl-C in a terminal reaches Fairway first.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        self.account.apply(&mut command);
        command
            .current_dir(&self.layout.root)
            .stdin(Stdio::null())
            .process_group(0);
        for variable in [
            "PGDATA",
            "PGHOST",
            "PGPORT",
            "PGUSER",
            "PGDATABASE",
            "PGPASSWORD",
            "DATABASE_URL",
        ] {
            command.env_remove(variable);
        }
        command
    }

    async fn succeed(&self, program: &'static str, command: Command) -> Result<Output, EmbeddedError> {
        let output = self.output(program, command).await?;
        if output.status.success() {
            Ok(output)
        } else {
            Err(self.failure(program, &output))
        }
    }

    async fn output(&self, program: &'static str, mut command: Command) -> Result<Output, EmbeddedError> {
        command
            .output()
            .await
            .map_err(|source| EmbeddedError::io("run", Path::new(program), source))
    }

    fn failure(&self, program: &'static str, output: &Output) -> EmbeddedError {
        let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
        let said = String::from_utf8_lossy(&said);
        let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
        let last = lines[lines.len().saturating_sub(4)..].join("; ");
        EmbeddedError::Program {
            program,
            output: last,
            log: self.layout.log.clone(),
        }
    }
}

/// A path for a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::quoted;

    #[test]
    fn a_path_with_a_quote_stays_one_word() {
        assert_eq!(quoted(Path::new("/srv/it's here")), r"'/srv/it'\''s here'");
    }
}
