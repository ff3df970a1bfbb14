//! Fills an empty database with the demo organisation.

use chrono::{DateTime, Utc};
use commands::{CommandError, Commands, catalog::FileReport};
use domain::{
    actor::{Actor, Viewer},
    facts::Observation,
    organisation::Organisation,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::{
    approvals, canaries, catalog, deliveries,
    history::{self, Timed},
    people,
    reading::{self, OwnCommits},
    reported,
    story::{self, Repository, WAITING},
};

/// Teams told side by side; more only wait for the database.
const SIDE_BY_SIDE: usize = 4;
/// Events told in one unit of work.
const TOGETHER: usize = 50;

/// What the demo consists of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// It was made.
    Made {
        /// Events told.
        events: usize,
        /// Those of them that came as deliveries.
        delivered: usize,
    },
    /// It was there already.
    AlreadyThere,
}

/// Why the demo could not be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A command refused.
    #[error("the demo could not be made: {0}. Drop what is there with `fairway demo --drop` and try again.")]
    Refused(#[from] CommandError),
    /// The webhook refused a delivery of the demo.
    #[error("the demo's {0} was answered with {1}")]
    NotDelivered(&'static str, http::StatusCode),
    /// The demo's own files are wrong.
    #[error("the demo's catalog has errors: {0}")]
    Catalog(String),
}

/// Tells Fairway the demo's whole history. Does nothing where the database holds it already.
pub async fn fill(commands: &Commands) -> Result<Filled, DemoError> {
    let by = Viewer::trusted(Actor::System { name: "demo".into() });
    if commands.organisation().await?.is_demo {
        people::make(commands, &by).await?;
        return Ok(Filled::AlreadyThere);
    }
    let report = commands.import_catalog(&by, &catalog::import()).await?;
    if !report.is_clean() {
        let problem = |file: &FileReport| {
            file.problems
                .first()
                .map(|problem| format!("{}: {problem:?}", file.location))
        };
        return Err(DemoError::Catalog(
            report.files.iter().find_map(problem).unwrap_or_default(),
        ));
    }
    let Told { events, rest, own } = tell_all(commands).await?;
    let delivered = deliveries::deliver(commands, rest).await?;
    reading::answer(commands, &own).await?;
    commands.derive_every_service().await?;
    reported::report(commands, &by).await?;
    people::make(commands, &by).await?;
    approvals::decide(commands, &by).await?;
    Box::pin(canaries::drive(commands, &by)).await?;
    // Marked last: a demo that was cut short is not taken for a whole one.
    let organisation = Organisation {
        name: "Saltmarsh".into(),
        time_zone: chrono_tz::Europe::Berlin,
        is_demo: true,
    };
    commands.describe_organisation(&by, &organisation).await?;
    Ok(Filled::Made {
        events: events + delivered,
        delivered,
    })
}

/// What became of histories.
#[derive(Default)]
struct Told {
    /// How many were told.
    events: usize,
    /// What is left to be delivered.
    rest: Vec<Timed>,
    /// What GitHub answers where releases wait.
    own: Vec<OwnCommits>,
}

/// Tells what is older than the deliveries. But for one bot, only the repositories of a team have people in common, so that teams
/// can be told side by side and never wait for each other in a circle; the first repository alone before them, since it brings the
/// environments that all have in common.
async fn tell_all(commands: &Commands) -> Result<Told, CommandError> {
    let now = commands.now();
    let repositories: Vec<(i64, &Repository)> = (0..).zip(&story::REPOSITORIES).collect();
    let (first, others) = repositories.split_at(1);
    let teams = others.chunk_by(|(_, one), (_, next)| one.team == next.team);
    let mut all = tell(commands, first, now).await?;
    let each: Vec<Told> = stream::iter(teams.map(|team| tell(commands, team, now)))
        .buffered(SIDE_BY_SIDE)
        .try_collect()
        .await?;
    for Told { events, rest, own } in each {
        all.events += events;
        all.rest.extend(rest);
        all.own.extend(own);
    }
    Ok(all)
}

/// Tells what is older than the deliveries of some repositories, one after the other.
async fn tell(
    commands: &Commands,
    repositories: &[(i64, &Repository)],
    now: DateTime<Utc>,
) -> Result<Told, CommandError> {
    let mut all = Told::default();
    for (index, repository) in repositories {
        let history = history::of_repository(*index, repository, now);
        if WAITING.contains(&repository.name) {
            all.own
                .extend(reading::own_commits(repository.name, &history, now));
        }
        let (old, recent): (Vec<Timed>, Vec<Timed>) = history
            .into_iter()
            .partition(|(at, _)| *at < now - deliveries::SINCE);
        let old: Vec<Observation> = old.into_iter().map(|(_, observation)| observation).collect();
        for together in old.chunks(TOGETHER) {
            commands.observe_all(together, "demo").await?;
        }
        all.events += old.len();
        all.rest.extend(recent);
    }
    Ok(all)
}
