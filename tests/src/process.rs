//! The real binary as a child process: found, started on a free port, signalled, and never left behind.

use std::{
    io::Read,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// Far longer than any start or stop is seen to take (embedded PostgreSQL's first start: 3 s).
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The binary: `FAIRWAY_BIN`, or the one beside this test's own (`cargo build -p server` makes it).
pub fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("FAIRWAY_BIN") {
        return named.into();
    }
    let own = std::env::current_exe().unwrap();
    let built = own.parent().and_then(Path::parent).unwrap().join("fairway");
    assert!(
        built.is_file(),
        "{} is missing: run `cargo build -p server` first, or set FAIRWAY_BIN",
        built.display()
    );
    built
}

/// A folder that is removed with everything in it.
pub struct Folder(pub PathBuf);

impl Folder {
    /// A new folder, open to others, since root's embedded PostgreSQL runs under another account.
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fairway-{name}-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// A site root with the three files that start-up looks for.
    pub fn with_site(self) -> Self {
        let pkg = self.0.join("site/pkg");
        std::fs::create_dir_all(&pkg).unwrap();
        for kind in ["css", "js", "wasm"] {
            std::fs::write(pkg.join(format!("fairway.{kind}")), "/* built */").unwrap();
        }
        self
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running `fairway`. Killed when dropped.
pub struct Fairway {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Fairway {
    /// Starts `fairway serve` on a free port with these variables and nothing from our environment that it would read,
    /// and waits until it is ready.
    pub async fn serve(folder: &Folder, variables: &[(&str, &str)]) -> Self {
        let mut fairway = Self::spawn(folder, variables);
        fairway.wait_until_ready().await;
        fairway
    }

    /// Starts it without waiting.
    pub fn spawn(folder: &Folder, variables: &[(&str, &str)]) -> Self {
        let address = free_address();
        let mut command = clean(folder);
        command
            .arg("serve")
            .env("FAIRWAY_LISTEN", address.to_string())
            .env("FAIRWAY_METRICS_LISTEN", "off")
            .envs(variables.iter().copied())
            .stderr(Stdio::from(
                std::fs::File::options()
                    .append(true)
                    .create(true)
                    .open(folder.0.join("log"))
                    .unwrap(),
            ));
        Self {
            child: command.spawn().unwrap(),
            address,
        }
    }

    async fn wait_until_ready(&mut self) {
        let url = format!("http://{}/readyz", self.address);
        let begun = Instant::now();
        while !reqwest::get(&url)
            .await
            .is_ok_and(|answer| answer.status().is_success())
        {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("fairway ended with {status} instead of becoming ready");
            }
            assert!(begun.elapsed() < PATIENCE, "fairway did not become ready");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Sends a signal: `TERM`, `KILL`, `INT`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.child.id().to_string())
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// The most memory that it has held so far, in bytes.
    pub fn peak_memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .unwrap();
        let kib: usize = line.trim().trim_end_matches(" kB").parse().unwrap();
        kib * 1024
    }

    /// Waits for the end.
    pub async fn ended(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < PATIENCE, "fairway did not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Fairway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the binary to its end; gives whether it succeeded and all it wrote.
pub fn run(folder: &Folder, arguments: &[&str], variables: &[(&str, &str)]) -> (bool, String) {
    let mut command = clean(folder);
    command
        .args(arguments)
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().success(), said)
}

/// The binary with a built site and none of the settings that this test run may have.
fn clean(folder: &Folder) -> Command {
    let mut command = Command::new(binary());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("FAIRWAY_") || name.starts_with("LEPTOS_") || name == "DATABASE_URL" {
            command.env_remove(name);
        }
    }
    command
        .current_dir(&folder.0)
        .env("FAIRWAY_SITE_ROOT", folder.0.join("site"))
        .env("LEPTOS_HASH_FILES", "false")
        .stdin(Stdio::null());
    command
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
