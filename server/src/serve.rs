//! `fairway serve`: start in order, answer, and end in order.
//!
//! The end: not ready, no new connections, running requests and jobs finish within the drain time, unfinished jobs go
//! back to the queue, connections close, Fairway's own PostgreSQL stops.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, serve::ListenerExt};
use commands::{Clock, Commands, SystemClock};
use store::{Reads, Store};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    RunError, audit,
    cli::ServeArgs,
    config::{Config, Problems, Settings},
    database::{self, Database},
    http::{self, AppState, Installation, Readiness},
    jobs,
    live::Live,
    shutdown, site, telemetry, wiring,
};

/// Serves until SIGTERM or SIGINT.
pub async fn serve(settings: &Settings, args: ServeArgs) -> Result<(), RunError> {
    let (config, options, assets) = check(settings)?;
    telemetry::logs::init(&config.telemetry);
    let stop = shutdown::on_signal()?;
    let address = config.http.listen;
    // Before the database: a taken port is said at once, and early visitors wait instead of being refused.
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| RunError::Listen { address, source })?;
    if let Some(metrics) = config.telemetry.metrics {
        telemetry::metrics::serve(metrics, stop.clone()).await?;
    }
    let database = Database::open(&config.database, database::PATIENCE).await?;
    let served = async {
        prepare(database.store(), args).await?;
        let commands = wiring::commands(database.store().clone(), &config)?;
        commands.check_keys().await.map_err(RunError::Keys)?;
        let organisation = wiring::organisation(&commands, &config.site).await?;
        wiring::offer_set_up(&commands, &config.http).await?;
        let state = AppState {
            app: site::context((options, assets), &commands, organisation, &config.http),
            readiness: Readiness::new(probe(commands.store().clone())),
            installation: Installation::of(&commands.reads()).await,
            live: Live::start(&commands, stop.clone()).await?,
            commands,
            config: Arc::new(config),
            stopping: stop.clone(),
        };
        tokio::spawn(telemetry::backlog::keep(state.commands.clone(), stop.clone()));
        audit::keep(&state.commands, &state.config.audit, &stop);
        tokio::spawn(telemetry::github::keep(state.commands.clone(), stop.clone()));
        tokio::spawn(telemetry::breakers::keep(state.commands.clone(), stop.clone()));
        run(state, listener, args.workers, stop.clone()).await
    }
    .await;
    stop.cancel();
    database.close().await;
    tracing::info!("stopped");
    served
}

/// All that can be wrong before anything is started, said at once.
fn check(settings: &Settings) -> Result<(Config, leptos::config::LeptosOptions, app::Assets), Problems> {
    let config = Config::parse(settings)?;
    let (options, assets) = site::locate(&config.site).map_err(|problem| Problems(vec![problem]))?;
    Ok((config, options, assets))
}

async fn prepare(store: &Store, args: ServeArgs) -> Result<(), RunError> {
    if args.migrate {
        database::migrate(store).await?;
    }
    database::check_current(store).await?;
    Ok(database::prepare_partitions(store, SystemClock.now()).await?)
}

async fn run(
    state: AppState,
    listener: TcpListener,
    workers: usize,
    stop: CancellationToken,
) -> Result<(), RunError> {
    let drain = state.config.http.drain;
    let readiness = state.readiness.clone();
    let jobs = start_jobs(&state.commands, workers, drain, &stop).await?;
    let address = listener.local_addr()?;
    tracing::info!("serving http://{address}");
    let mut serving = tokio::spawn(answer(listener, http::router(&state), stop.clone()));
    tokio::select! {
        () = stop.cancelled() => {}
        ended = &mut serving => return flatten(ended),
    }
    readiness.drain();
    let finished = tokio::time::timeout(drain, async {
        let answered = flatten((&mut serving).await);
        if let Some(jobs) = jobs {
            jobs::finish(jobs).await;
        }
        answered
    });
    finished.await.unwrap_or_else(|_| {
        tracing::warn!(
            ?drain,
            "requests or jobs were still running after the drain time; they were cut off"
        );
        serving.abort();
        Ok(())
    })
}

async fn start_jobs(
    commands: &Commands,
    workers: usize,
    drain: Duration,
    stop: &CancellationToken,
) -> Result<Option<JoinHandle<()>>, RunError> {
    if workers == 0 {
        return Ok(None);
    }
    jobs::start(commands.clone(), workers, drain, stop.clone())
        .await
        .map(Some)
}

/// Without `TCP_NODELAY` a streamed page waits for the peer's delayed acknowledgement, about 40 ms.
async fn answer(listener: TcpListener, router: Router, stop: CancellationToken) -> std::io::Result<()> {
    let listener = listener.tap_io(|stream| {
        if let Err(problem) = stream.set_nodelay(true) {
            tracing::debug!(%problem, "TCP_NODELAY was refused");
        }
    });
    // Not the router itself: that would copy every route for each connection, 150 KB for each open page.
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, router)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
}

fn flatten(ended: Result<std::io::Result<()>, tokio::task::JoinError>) -> Result<(), RunError> {
    match ended {
        Ok(answered) => Ok(answered?),
        Err(broken) => Err(RunError::Serve(std::io::Error::other(broken))),
    }
}

/// What `/readyz` asks: the database answers and its tables are those of this version.
pub fn probe(store: Store) -> http::ReadinessProbe {
    Arc::new(move || {
        let store = store.clone();
        Box::pin(async move {
            let reads: Reads = store.reads();
            reads
                .is_reachable()
                .await
                .map_err(|_| "the database does not answer".to_owned())?;
            database::check_current(&store)
                .await
                .map_err(|problem| problem.to_string())
        })
    })
}
