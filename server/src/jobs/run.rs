//! How a job of the queue becomes one call of a command, and what becomes of its error.

use std::{fmt, future::Future};

use chrono::{DateTime, Utc};
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
        let id = *context.job().id();
        match outcome {
            Outcome::Done => Ok(()),
            Outcome::Obsolete(why) => {
                tracing::info!(task = J::TASK, why, "a job was not needed any more");
                Ok(())
            }
            Outcome::Later(why, until) => {
                tracing::info!(task = J::TASK, why, %until, "a job waits until it may go on");
                noted(commands.postpone_job(id, until).await, J::TASK);
                Err(why)
            }
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
                // Trying again cannot help: the job stays in the queue, dead, until a person runs it again.
                tracing::warn!(task = J::TASK, why, payload = %context.payload(), "a job was given up");
                noted(commands.give_up_job(id).await, J::TASK);
                Err(why)
            }
        }
    }
}

/// Where the queue cannot be told now, the job is tried again with its usual back-off, which is right too.
fn noted(told: Result<(), CommandError>, task: &'static str) {
    if let Err(problem) = told {
        tracing::warn!(%problem, task, "the queue could not be told what becomes of a job");
    }
}

/// What becomes of a job.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    /// What it was about is gone.
    Obsolete(String),
    /// It may go on at that time; not its own fault, so no attempt.
    Later(String, DateTime<Utc>),
    Retry(String),
    Fail(String),
}

impl Outcome {
    fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Obsolete(_) => "obsolete",
            Self::Later(..) => "postponed",
            Self::Retry(_) => "retried",
            Self::Fail(_) => "failed",
        }
    }
}

/// Wait where it is said until when, retry what may pass by itself, fail what needs a person.
fn outcome(result: Result<(), CommandError>) -> Outcome {
    let error = match result {
        Ok(()) => return Outcome::Done,
        Err(error) => error,
    };
    match error {
        CommandError::Unavailable {
            retry_at: Some(until),
            ..
        }
        | CommandError::TooMany { retry_at: until } => Outcome::Later(chain(&error), until),
        CommandError::Unavailable { retry_at: None, .. }
        | CommandError::Garbled { .. }
        | CommandError::Internal(_) => Outcome::Retry(chain(&error)),
        CommandError::NotFound { .. } => Outcome::Obsolete(chain(&error)),
        CommandError::SignedOut
        | CommandError::Denied { .. }
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
    use chrono::DateTime;
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
        let why = "the answer cannot be used".to_owned();
        assert_eq!(
            outcome(Err(CommandError::Garbled { why: why.clone() })),
            Outcome::Retry(why)
        );
        assert!(matches!(
            outcome(Err(CommandError::not_found("service x"))),
            Outcome::Obsolete(_)
        ));
        let why = "the token may not read this".to_owned();
        assert_eq!(
            outcome(Err(CommandError::Denied { why: why.clone() })),
            Outcome::Fail(why)
        );
        let until = DateTime::UNIX_EPOCH;
        let limited = CommandError::Unavailable {
            system: "GitHub",
            retry_at: Some(until),
        };
        assert!(matches!(outcome(Err(limited)), Outcome::Later(_, at) if at == until));
    }
}
