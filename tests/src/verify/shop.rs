//! A small service with metrics as client libraries of Prometheus write them. Its traffic is made up, so that much of it costs
//! nothing: at each scrape it counts what would have come since the one before.

use std::{
    fmt::Write as _,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Instant,
};

use axum::{Router, extract::State, http::StatusCode, routing::get};
use tokio::{net::TcpListener, task::JoinHandle};

const BOUNDS: [f64; 6] = [0.1, 0.5, 1.0, 2.0, 2.5, 5.0];
/// Slow requests take between the two last bounds.
const SLOW_FROM: f64 = 5.0;

/// How it does.
#[derive(Clone, Copy, Debug)]
pub struct Knobs {
    /// Requests in a second.
    pub rate: f64,
    /// The part that fails.
    pub bad: f64,
    /// The part that is slow.
    pub slow: f64,
    /// Whether it can be scraped.
    pub is_up: bool,
    /// Whether its health address answers well.
    pub is_healthy: bool,
}

struct Counted {
    knobs: Knobs,
    since: Instant,
    all: f64,
    bad: f64,
    slow: f64,
}

impl Counted {
    /// Counts what came since the last time.
    fn settle(&mut self) {
        let came = self.knobs.rate * self.since.elapsed().as_secs_f64();
        self.since = Instant::now();
        self.all += came;
        self.bad += came * self.knobs.bad;
        self.slow += came * self.knobs.slow;
    }

    fn text(&self) -> String {
        let (all, bad, slow) = (self.all.floor(), self.bad.floor(), self.slow.floor());
        let mut text = format!(
            "# TYPE http_requests_total counter\nhttp_requests_total{{code=\"200\"}} {}\n",
            all - bad
        );
        // As of libraries: what never happened has no series.
        if bad > 0.0 {
            writeln!(text, "http_requests_total{{code=\"500\"}} {bad}").unwrap();
        }
        let name = "http_request_duration_seconds";
        writeln!(text, "# TYPE {name} histogram").unwrap();
        for bound in BOUNDS {
            let within = if bound < SLOW_FROM { all - slow } else { all };
            writeln!(text, "{name}_bucket{{le=\"{bound}\"}} {within}").unwrap();
        }
        writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {all}\n{name}_count {all}").unwrap();
        writeln!(text, "{name}_sum {}", all * 0.05 + slow * 3.0).unwrap();
        text
    }
}

type Shared = Arc<Mutex<Counted>>;

/// The service, until it is dropped.
pub struct Shop {
    /// Where it listens.
    pub address: SocketAddr,
    counted: Shared,
    server: JoinHandle<()>,
}

impl Shop {
    /// Starts one that does well, with so many requests in a second.
    pub async fn start(rate: f64) -> Self {
        let knobs = Knobs {
            rate,
            bad: 0.0,
            slow: 0.0,
            is_up: true,
            is_healthy: true,
        };
        let counted = Arc::new(Mutex::new(Counted {
            knobs,
            since: Instant::now(),
            all: 0.0,
            bad: 0.0,
            slow: 0.0,
        }));
        let routes = Router::new()
            .route("/metrics", get(metrics))
            .route("/healthz", get(health))
            .with_state(Arc::clone(&counted));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self {
            address,
            counted,
            server,
        }
    }

    /// Turns knobs from now on.
    pub fn set(&self, change: impl FnOnce(&mut Knobs)) {
        let mut counted = self.counted.lock().unwrap();
        counted.settle();
        change(&mut counted.knobs);
    }

    /// Its health address.
    pub fn health_url(&self) -> String {
        format!("http://{}/healthz", self.address)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn metrics(State(shop): State<Shared>) -> (StatusCode, String) {
    let mut counted = shop.lock().unwrap();
    counted.settle();
    if counted.knobs.is_up {
        (StatusCode::OK, counted.text())
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, String::new())
    }
}

async fn health(State(shop): State<Shared>) -> StatusCode {
    if shop.lock().unwrap().knobs.is_healthy {
        StatusCode::OK
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    }
}
