//! `fairway worker`: jobs without pages, for installations that scale them apart.

use crate::{
    RunError, audit,
    cli::{WorkerArgs, configured},
    config::Settings,
    database::{self, Database},
    jobs, live, shutdown, telemetry, wiring,
};

/// Runs jobs until SIGTERM or SIGINT.
pub async fn worker(settings: &Settings, args: WorkerArgs) -> Result<(), RunError> {
    let config = configured(settings)?;
    let stop = shutdown::on_signal()?;
    if let Some(metrics) = config.telemetry.metrics {
        telemetry::metrics::serve(metrics, stop.clone()).await?;
    }
    let database = Database::open(&config.database, database::PATIENCE).await?;
    let worked = async {
        database::check_current(database.store()).await?;
        let commands = wiring::commands(database.store().clone(), &config)?;
        commands.check_keys().await.map_err(RunError::Keys)?;
        tokio::spawn(telemetry::backlog::keep(commands.clone(), stop.clone()));
        audit::keep(&commands, &config.audit, &stop);
        tokio::spawn(telemetry::github::keep(commands.clone(), stop.clone()));
        tokio::spawn(telemetry::breakers::keep(commands.clone(), stop.clone()));
        tokio::spawn(live::announce(commands.store().clone(), stop.clone()));
        let jobs = jobs::start(commands, args.workers.into(), config.http.drain, stop.clone()).await?;
        tracing::info!(workers = args.workers, "running jobs");
        jobs::finish(jobs).await;
        Ok(())
    }
    .await;
    stop.cancel();
    database.close().await;
    worked
}
