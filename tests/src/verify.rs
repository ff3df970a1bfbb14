//! Releases that are watched on a real Prometheus, which scrapes a small service that turns bad on command. Time is
//! compressed: a watch of five minutes takes some seconds, and everything in it is as much shorter.

mod asking;
mod holding;
mod keeping;
mod prometheus;
mod rolling_back;
mod settings;
mod shop;

use std::{sync::Arc, time::Duration};

use chrono::{TimeDelta, Utc};
use commands::{
    Commands, SystemClock,
    verify::{WatchOf, Watching},
};
use domain::{
    ids::DeployId,
    verify::{Outlook, Sample, Verdict, Watch},
};
use integrations::{
    outbound::Allowed,
    probing::Prober,
    prometheus::{Prometheus, PrometheusConfig},
};
use sqlx::{AssertSqlSafe, PgPool};
use store::Store;
use url::Url;
use uuid::Uuid;

pub use self::{prometheus::RealPrometheus, shop::Shop};

const DEPLOY: DeployId = DeployId(Uuid::from_u128(4));
/// Far above the least traffic, in every window.
const BUSY: f64 = 400.0;
/// A step of half a minute takes a second.
const FAST: i32 = 30;

/// Commands on a database in which version 2 of the shop takes the place of version 1.
async fn commands(pool: &PgPool, url: Option<&Url>) -> Commands {
    let store = Store::on(pool.clone());
    server::migrate(&store).await.unwrap();
    let id = |number: u128| Uuid::from_u128(number);
    let (shop, production, old) = (id(2), id(3), id(5));
    let rows = format!(
        "insert into entities (id, kind, name, descriptor, created_at, updated_at)
             values ('{shop}', 'Component', 'shop', '{{}}', now(), now());
         insert into services (id, slug, title, tier, created_at) values ('{shop}', 'shop', 'Shop', 1, now());
         insert into environments (id, name, class, created_at) values ('{production}', 'production', 'production', now());
         insert into deploys (id, service_id, environment_id, key, source, version, created_at)
             values ('{DEPLOY}', '{shop}', '{production}', 'api:2', 'api', '2', now()),
                    ('{old}', '{shop}', '{production}', 'api:1', 'api', '1', now());
         insert into running (service_id, environment_id, deploy_id, since) values ('{shop}', '{production}', '{old}', now());"
    );
    sqlx::raw_sql(AssertSqlSafe(rows)).execute(pool).await.unwrap();
    let client = |url: &Url| {
        Prometheus::new(&PrometheusConfig {
            url: url.clone(),
            access: None,
            tenant: None,
        })
        .unwrap()
    };
    Commands::new(store, Arc::new(SystemClock)).with_watching(Watching {
        prometheus: url.map(client),
        prober: Some(Prober::new(Allowed::parse("127.0.0.1").unwrap()).unwrap()),
    })
}

/// Both versions of the shop with this much traffic each, and a Prometheus that has scraped them for a while.
async fn scraped(rate: f64) -> (Shop, Shop, RealPrometheus) {
    let (old, new) = (Shop::start(rate).await, Shop::start(rate).await);
    let prometheus = RealPrometheus::scraping(&[(&old, "shop", "1"), (&new, "shop", "2")]).await;
    (old, new, prometheus)
}

/// The watch of a release that is exposed now.
async fn exposed_now(commands: &Commands, times: i32) -> Watch {
    let now = Utc::now();
    let of = WatchOf {
        deploy: DEPLOY,
        weight: 100,
        before: now,
        exposed_at: now,
        probe_before: None,
    };
    let watch = commands.watch(of).await.unwrap();
    Watch {
        settings: watch.settings.compressed(times),
        ..watch
    }
}

/// Waits for the next step and takes its sample.
async fn next(commands: &Commands, watch: &Watch) -> Outlook {
    let now = Utc::now();
    let wait: TimeDelta = watch.next_at(now) - now;
    tokio::time::sleep(wait.to_std().unwrap_or(Duration::ZERO)).await;
    commands.sample(watch).await.unwrap()
}

/// Takes samples until the watch is over, or something is known.
async fn watched(commands: &Commands, watch: &Watch) -> Outlook {
    loop {
        let outlook = next(commands, watch).await;
        if outlook.is_over || !matches!(outlook.verdict, Verdict::Insufficient(_)) {
            return outlook;
        }
    }
}

async fn samples(commands: &Commands) -> Vec<Sample> {
    commands.reads().verify_samples(DEPLOY, 100).await.unwrap()
}
