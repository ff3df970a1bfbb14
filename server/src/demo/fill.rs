//! Fills an empty database with the demo organisation.

use chrono::{DateTime, Utc};
use commands::{CommandError, Commands, catalog::FileReport};
use domain::{
    actor::{Actor, Viewer},
    organisation::Organisation,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::{catalog, deliveries, history, people, reported, story};

/// Repositories told side by side; more only wait for the database.
const SIDE_BY_SIDE: usize = 4;

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
    let now = commands.now();
    let since = now - deliveries::SINCE;
    let histories = (0..)
        .zip(&story::REPOSITORIES)
        .map(|(index, repository)| history::of_repository(index, repository, now));
    let told: Vec<(usize, Vec<history::Timed>)> =
        stream::iter(histories.map(|history| tell(commands, history, since)))
            .buffered(SIDE_BY_SIDE)
            .try_collect()
            .await?;
    let (told, rest): (Vec<usize>, Vec<_>) = told.into_iter().unzip();
    let delivered = deliveries::deliver(commands, rest.into_iter().flatten().collect()).await?;
    commands.derive_every_service().await?;
    reported::report(commands, &by).await?;
    people::make(commands, &by).await?;
    // Marked last: a demo that was cut short is not taken for a whole one.
    let organisation = Organisation {
        name: "Saltmarsh".into(),
        time_zone: chrono_tz::Europe::Berlin,
        is_demo: true,
    };
    commands.describe_organisation(&by, &organisation).await?;
    Ok(Filled::Made {
        events: told.iter().sum::<usize>() + delivered,
        delivered,
    })
}

/// Tells what is older than the deliveries; gives how much that was, and the rest.
async fn tell(
    commands: &Commands,
    history: Vec<history::Timed>,
    since: DateTime<Utc>,
) -> Result<(usize, Vec<history::Timed>), CommandError> {
    let (old, recent): (Vec<_>, Vec<_>) = history.into_iter().partition(|(at, _)| *at < since);
    for (_, observation) in &old {
        commands.observe(observation, "demo").await?;
    }
    Ok((old.len(), recent))
}
