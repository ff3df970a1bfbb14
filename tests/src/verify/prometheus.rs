//! A real Prometheus as a child process, which scrapes four times a second.

use std::{
    fmt::Write as _,
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use chrono::Utc;
use integrations::prometheus::{Patience, Prometheus, PrometheusConfig};
use url::Url;

use super::shop::Shop;
use crate::process::{Folder, PATIENCE};

/// Scrapes of each target before anything begins.
const SCRAPES: f64 = 6.0;

/// The program: on the path, as `make test` sets it, else where `make setup` puts it.
fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let named = |folder: PathBuf| folder.join("prometheus");
    let found = std::env::split_paths(&path)
        .map(named)
        .find(|file| file.is_file());
    let own = || {
        let tools = std::env::var_os("FAIRWAY_TOOLS").map(PathBuf::from).or_else(|| {
            let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
            let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or(home);
            cache.map(|cache| cache.join("fairway/tools"))
        });
        tools.map(|tools| tools.join("prometheus/usr/bin/prometheus"))
    };
    found
        .or_else(own)
        .filter(|file| file.is_file())
        .expect("prometheus is missing; run make setup")
}

/// A running Prometheus. Killed when dropped.
pub struct RealPrometheus {
    /// Its address.
    pub url: Url,
    child: Child,
    folder: Folder,
}

impl RealPrometheus {
    /// Starts one that scrapes these services, each with its name and version, and waits until it has scraped all of them
    /// several times.
    pub async fn scraping(targets: &[(&Shop, &str, &str)]) -> Self {
        let folder = Folder::new("prometheus");
        let file = folder.0.join("prometheus.yml");
        std::fs::write(&file, configuration(targets)).unwrap();
        // Taken and given back: another process may take it in between, which `wait` would tell.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let log = std::fs::File::create(folder.0.join("log")).unwrap();
        let child = Command::new(program())
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.0.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--log.level=warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::from(log))
            .spawn()
            .unwrap();
        let url = format!("http://{address}/").parse().unwrap();
        let mut prometheus = Self { url, child, folder };
        prometheus.wait(targets.len()).await;
        prometheus
    }

    /// A client of it.
    pub fn client(&self) -> Prometheus {
        Prometheus::new(&PrometheusConfig {
            url: self.url.clone(),
            access: None,
            tenant: None,
        })
        .unwrap()
    }

    async fn wait(&mut self, targets: usize) {
        let begun = Instant::now();
        let scraped = format!("count(count_over_time(up[1m]) >= {SCRAPES})");
        // It does not answer before it listens, and shall not be left alone for that.
        let client = self.client().with_patience(Patience {
            failures: u32::MAX,
            ..Patience::default()
        });
        loop {
            let now = Utc::now();
            let answer = client.query(&scraped, now, now).await;
            let count = answer.ok().and_then(|answer| answer.reading.ok());
            if count.is_some_and(|count| count >= f64::from(u32::try_from(targets).unwrap())) {
                return;
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                let log = std::fs::read_to_string(self.folder.0.join("log")).unwrap_or_default();
                panic!("prometheus ended with {status}: {log}");
            }
            assert!(begun.elapsed() < PATIENCE, "prometheus does not scrape");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for RealPrometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// JSON is YAML, whatever is in a name.
fn configuration(targets: &[(&Shop, &str, &str)]) -> String {
    let mut text = "global: { scrape_interval: 250ms, scrape_timeout: 250ms }\nscrape_configs:\n  - job_name: services\n    static_configs:\n"
        .to_owned();
    for (shop, service, version) in targets {
        let labels =
            serde_json::json!({ "service": service, "environment": "production", "version": version });
        writeln!(
            text,
            "      - targets: [\"{}\"]\n        labels: {labels}",
            shop.address
        )
        .unwrap();
    }
    text
}
