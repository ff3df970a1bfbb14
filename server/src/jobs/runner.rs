//! The workers of the queue in this process: one for all jobs, and one for watching releases, which mostly waits for others.

use std::time::Duration;

use commands::{
    Commands,
    backfill::jobs::{
        AskForMissingDeliveries, DiscoverRepositories, FetchRanges, HealGaps, ReadHistory, WakeHistory,
    },
    drives::jobs::{AdvanceDrive, BeginDrills, SweepDrives, WatchDrive},
    jobs::{
        DeriveService, FetchCompare, FetchPullRequestCommits, FollowApprovals, ProcessDelivery,
        RecheckGithubMembers, ReconcileRepository, RefreshDoraDays, SendEffects, SyncCatalogFile,
        SyncOrganisation,
    },
};
use graphile_worker::{
    LocalQueueConfig, RefetchDelayConfig, Worker, WorkerOptions, WorkerRecoveryConfig, WorkerShutdownConfig,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{
    approvals::{self, ExpireApprovals},
    backfill,
    clock::{
        ApplyDefaultClasses, CRONTAB, CheckGithub, DropOld, FetchMissing, PreparePartitions,
        ReconcileCatalog, SweepDeliveries, SweepLostDeploys, SyncOrganisations,
    },
    drives, outbox,
    policies::{self, ComparePolicies},
    run::{Shared, Task},
};
use crate::RunError;

/// Polling is the truth: a lost notification costs a second, never a job.
const POLL: Duration = Duration::from_secs(1);

/// Jobs claimed at once for each worker. A worker that has none left fetches at once, so a long queue is worked off without
/// a pause; more would keep jobs from other processes and start fewer of them as one.
const CLAIMED: usize = 8;

/// Watches that run at once. Each waits for Prometheus and for a service's own address, seconds where that hangs, and does
/// nothing meanwhile; so they have workers of their own, and no other job waits for them.
const WATCHES: usize = 32;

/// How long a worker that found no job rests at most. A job that came while it looked, whose notification is lost on it, waits
/// this long.
const REST: Duration = Duration::from_millis(250);

/// A claimed job that no worker began within this time goes back to the queue, for a process that has one free.
const UNCLAIMED: Duration = Duration::from_secs(5);

/// A worker says that it lives this often …
const HEARTBEAT: Duration = Duration::from_secs(2);

/// … and one that was silent this long is dead: its jobs go to others. Seven missed heartbeats, so a short pause of the
/// machine takes no lease; a longer one makes a job run twice, which every job allows.
const SILENT: Duration = Duration::from_secs(15);

/// Before a shutdown cuts a job off, it gets the drain time less this, so that its lease can still be given back.
const TO_RELEASE: Duration = Duration::from_secs(2);

/// How long to wait before a runner that ended by itself begins again: the database was away, and may be back by now.
const AGAIN: Duration = Duration::from_secs(1);

/// Which jobs a runner runs.
#[derive(Clone, Copy)]
enum Work {
    Everything,
    Watching,
}

/// What a runner is made of, to be made again after it ended by itself.
#[derive(Clone)]
struct Runner {
    commands: Commands,
    work: Work,
    workers: usize,
    drain: Duration,
    stop: CancellationToken,
}

/// Begins to run jobs until `stop`.
///
/// # Errors
/// [`RunError::Jobs`] when the queue cannot be reached.
pub async fn start(
    commands: Commands,
    workers: usize,
    drain: Duration,
    stop: CancellationToken,
) -> Result<JoinHandle<()>, RunError> {
    let runner = Runner {
        commands,
        work: Work::Everything,
        workers: workers.max(1),
        drain,
        stop,
    };
    let watching = Runner {
        work: Work::Watching,
        workers: WATCHES,
        ..runner.clone()
    };
    let (jobs, watches) = (worker(&runner).await?, worker(&watching).await?);
    // What was set or pushed while nothing ran.
    if let Err(problem) = runner.commands.compare_policies().await {
        tracing::warn!(%problem, "policies are compared with their repository later");
    }
    let both =
        [(jobs, runner), (watches, watching)].map(|(worker, runner)| tokio::spawn(run(worker, runner)));
    Ok(tokio::spawn(async move {
        for each in both {
            finish(each).await;
        }
    }))
}

async fn worker(runner: &Runner) -> Result<Worker, RunError> {
    let (options, claimed) = match runner.work {
        Work::Everything => (clockwork(tasks(WorkerOptions::default()))?, CLAIMED),
        // What cannot begin at once is left to another process.
        Work::Watching => (WorkerOptions::default().define_job::<Task<WatchDrive>>(), 1),
    };
    let options = options
        .add_extension(Shared(runner.commands.clone()))
        .pg_pool(runner.commands.store().pool().clone())
        .concurrency(runner.workers)
        .poll_interval(POLL)
        .local_queue(claiming(claimed * runner.workers))
        .worker_shutdown(ending(runner.drain, runner.stop.clone()))
        .worker_recovery(recovery());
    let worker = options.init().await;
    worker.map_err(|problem| RunError::Jobs(problem.to_string()))
}

/// With what is started by the clock.
fn clockwork(options: WorkerOptions) -> Result<WorkerOptions, RunError> {
    let mut lines = CRONTAB
        .iter()
        .chain(&backfill::CRONTAB)
        .chain(&approvals::CRONTAB)
        .chain(&outbox::CRONTAB)
        .chain(&drives::CRONTAB)
        .chain(&policies::CRONTAB);
    let options = lines.try_fold(options, |options, line| options.with_cron(*line));
    options.map_err(|problem| RunError::Jobs(problem.to_string()))
}

fn tasks(options: WorkerOptions) -> WorkerOptions {
    options
        .define_job::<Task<ProcessDelivery>>()
        .define_job::<Task<DeriveService>>()
        .define_job::<Task<FetchPullRequestCommits>>()
        .define_job::<Task<FetchCompare>>()
        .define_job::<Task<FetchRanges>>()
        .define_job::<Task<SyncCatalogFile>>()
        .define_job::<Task<ReconcileRepository>>()
        .define_job::<Task<SyncOrganisation>>()
        .define_job::<Task<SyncOrganisations>>()
        .define_job::<Task<ReconcileCatalog>>()
        .define_job::<Task<CheckGithub>>()
        .define_job::<Task<RecheckGithubMembers>>()
        .define_job::<Task<RefreshDoraDays>>()
        .define_job::<Task<SweepLostDeploys>>()
        .define_job::<Task<ApplyDefaultClasses>>()
        .define_job::<Task<FetchMissing>>()
        .define_job::<Task<PreparePartitions>>()
        .define_job::<Task<DiscoverRepositories>>()
        .define_job::<Task<ReadHistory>>()
        .define_job::<Task<WakeHistory>>()
        .define_job::<Task<HealGaps>>()
        .define_job::<Task<AskForMissingDeliveries>>()
        .define_job::<Task<SweepDeliveries>>()
        .define_job::<Task<DropOld>>()
        .define_job::<Task<ExpireApprovals>>()
        .define_job::<Task<FollowApprovals>>()
        .define_job::<Task<SendEffects>>()
        .define_job::<Task<AdvanceDrive>>()
        .define_job::<Task<SweepDrives>>()
        .define_job::<Task<BeginDrills>>()
        .define_job::<Task<ComparePolicies>>()
}

fn claiming(jobs: usize) -> LocalQueueConfig {
    LocalQueueConfig::default()
        .with_size(jobs)
        .with_ttl(UNCLAIMED)
        .with_refetch_delay(resting())
}

/// A fetch that found nothing is followed by a rest, which a notification ends. Without one the library's local queue wakes
/// itself after every fetch and asks the database without a pause.
fn resting() -> RefetchDelayConfig {
    RefetchDelayConfig::default()
        .with_duration(REST)
        .with_threshold(0)
        .with_max_abort_threshold(1)
}

fn ending(drain: Duration, stop: CancellationToken) -> WorkerShutdownConfig {
    WorkerShutdownConfig::default()
        .listen_os_shutdown_signals(false)
        .grace_period(drain.saturating_sub(TO_RELEASE).max(Duration::from_secs(1)))
        .interrupted_job_retry_delay(Duration::ZERO)
        .shutdown_signal(stop.cancelled_owned())
}

fn recovery() -> WorkerRecoveryConfig {
    WorkerRecoveryConfig::default()
        .heartbeat_interval(HEARTBEAT)
        .sweep_interval(HEARTBEAT * 2)
        .sweep_threshold(SILENT)
        .recovery_delay(Duration::ZERO)
}

/// Waits until running jobs are finished or given back.
pub async fn finish(jobs: JoinHandle<()>) {
    if let Err(broken) = jobs.await {
        tracing::error!(%broken, "the job runner broke; its jobs go to another one after their lease");
    }
}

/// Runs jobs, and begins again whenever that ended before `stop`: the queue's library gives up when the database goes away.
async fn run(first: Worker, runner: Runner) {
    let mut next = Ok(first);
    loop {
        match next {
            Ok(worker) => {
                if let Err(problem) = worker.run().await {
                    tracing::error!(%problem, "the job runner stopped; it begins again");
                }
            }
            Err(problem) => tracing::warn!(%problem, "the job runner cannot begin yet"),
        }
        let pause = runner.stop.run_until_cancelled(tokio::time::sleep(AGAIN));
        if pause.await.is_none() {
            return;
        }
        next = worker(&runner).await;
    }
}
