//! How a job of the queue becomes one call of a command, and what becomes of its error.

use std::{fmt, future::Future};

use commands::{CommandError, Commands, jobs::Job};
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

/// A job with the command it runs. Each file beside this one implements it for one job.
pub(super) trait Run: Job + Send + Sync + 'static {
    /// Calls the command.
    fn run(self, commands: &Commands) -> impl Future<Output = Result<(), CommandError>> + Send;
}

/// A job as the queue knows it.
#[derive(Serialize, Deserialize)]
#[serde(transparent, bound(serialize = "J: Job", deserialize = "J: Job"))]
pub(super) struct Task<J>(J);

/// The commands, as the queue hands them to a task.
#[derive(Clone)]
pub(super) struct Shared(pub Commands);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

impl<J: Run> TaskHandler for Task<J> {
    const IDENTIFIER: &'static str = J::TASK;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Some(Shared(commands)) = context.get_ext::<Shared>() else {
            return Err("the runner was started without commands".to_owned());
        };
        let outcome = outcome(self.0.run(commands).await);
        metrics::counter!("fairway_jobs_total", "task" => J::TASK, "outcome" => outcome.name()).increment(1);
        match outcome {
            Outcome::Done => Ok(()),
            Outcome::Retry(why) => {
                tracing::warn!(
                    task = J::TASK,
                    why,
                    attempt = context.job().attempts(),
                    "a job is tried again later"
                );
                Err(why)
            }
            Outcome::Fail(why) => {
                // Trying again cannot help, so the queue is told that the job is done; the log and the count keep it.
                tracing::warn!(task = J::TASK, why, payload = %context.payload(), "a job was given up");
                Ok(())
            }
        }
    }
}

/// What becomes of a job.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    Retry(String),
    Fail(String),
}

impl Outcome {
    fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retry(_) => "retried",
            Self::Fail(_) => "failed",
        }
    }
}

/// Retry what may pass by itself; fail what needs a person or is not needed any more.
fn outcome(result: Result<(), CommandError>) -> Outcome {
    let error = match result {
        Ok(()) => return Outcome::Done,
        Err(error) => error,
    };
    match error {
        CommandError::Unavailable { .. } | CommandError::Internal(_) => Outcome::Retry(chain(&error)),
        CommandError::SignedOut
        | CommandError::Denied { .. }
        | CommandError::NotFound { .. }
        | CommandError::Invalid(_)
        | CommandError::Conflict { .. } => Outcome::Fail(chain(&error)),
    }
}

/// An error and its sources on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(next) = source {
        text = format!("{text}: {next}");
        source = next.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use commands::CommandError;

    use super::{Outcome, outcome};

    #[test]
    fn what_may_pass_is_retried_and_the_rest_is_given_up() {
        assert_eq!(outcome(Ok(())), Outcome::Done);
        let broken = outcome(Err(CommandError::internal("disk full")));
        assert_eq!(
            broken,
            Outcome::Retry("something went wrong inside Fairway: disk full".into())
        );
        assert!(matches!(
            outcome(Err(CommandError::not_found("service x"))),
            Outcome::Fail(_)
        ));
    }
}
