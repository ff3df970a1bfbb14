//! The release server as a process: its start, its memory, its end.

use std::{
    env,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    Problem,
    http::{Connection, get},
};

/// The webhook secret of the bench.
pub const SECRET: &str = "bench-secret-bench-secret-bench";

/// A running server; asked to stop when dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From exec to the first 200.
    pub first_answer: Duration,
}

impl Server {
    /// Starts `target/release/fairway serve`, or the binary that `FAIRWAY_BINARY` names, without job workers.
    pub async fn start(database: &str) -> Result<Self, Problem> {
        let binary = env::var_os("FAIRWAY_BINARY")
            .map_or_else(|| PathBuf::from("target/release/fairway"), PathBuf::from);
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let begun = Instant::now();
        let child = Command::new(&binary)
            .args([
                "serve",
                "--workers",
                "0",
                "--metrics-listen",
                "off",
                "--log",
                "warn",
            ])
            .arg("--listen")
            .arg(address.to_string())
            .env("DATABASE_URL", database)
            .env("FAIRWAY_GITHUB_WEBHOOK_SECRET", SECRET)
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("{}: {error}; build it with `make build`", binary.display()))?;
        let mut server = Self {
            child,
            address,
            first_answer: Duration::ZERO,
        };
        while !answers(address).await {
            if let Some(status) = server.child.try_wait()? {
                return Err(format!("the server ended with {status} before it answered").into());
            }
            if begun.elapsed() > Duration::from_secs(60) {
                return Err("the server did not answer within a minute".into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.first_answer = begun.elapsed();
        Ok(server)
    }

    /// Resident memory now, and its highest so far, in MB.
    pub fn memory(&self) -> Result<(f64, f64), Problem> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
        };
        Ok((
            field("VmRSS:").ok_or("no VmRSS")?,
            field("VmHWM:").ok_or("no VmHWM")?,
        ))
    }

    /// Asks the server to stop and waits until it has.
    pub async fn stop(mut self) -> Result<(), Problem> {
        self.terminate()?;
        let begun = Instant::now();
        while self.child.try_wait()?.is_none() {
            if begun.elapsed() > Duration::from_secs(30) {
                return Err("the server did not stop within 30 s".into());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    fn terminate(&self) -> Result<(), Problem> {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

async fn answers(address: SocketAddr) -> bool {
    let Ok(mut connection) = Connection::open(address).await else {
        return false;
    };
    connection
        .send(&get("/readyz"))
        .await
        .is_ok_and(|answer| answer.status == 200)
}
