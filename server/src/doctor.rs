//! `fairway doctor`: everything Fairway needs, checked, with the next step for what is missing.

mod checks;
mod ports;

use std::process::ExitCode;

use crate::config::{Config, Settings};

/// How one check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// Fine; what was found.
    Good(String),
    /// Fine, since this Fairway runs; what was found.
    Running(String),
    /// Not set up, which is allowed; what to do to have it.
    Unset(String),
    /// Wrong, and what to do.
    Bad {
        /// What is wrong.
        wrong: String,
        /// What to do.
        next: String,
    },
}

impl Finding {
    /// Wrong, and what to do.
    pub(crate) fn bad(wrong: impl Into<String>, next: impl Into<String>) -> Self {
        Self::Bad {
            wrong: wrong.into(),
            next: next.into(),
        }
    }
}

/// Checks all and prints a line for each. Fails when one is bad.
pub async fn doctor(settings: &Settings) -> ExitCode {
    let mut report = Report::default();
    match Config::parse(settings) {
        Err(problems) => {
            for problem in problems.0 {
                report.line(&problem.setting, &Finding::bad(problem.wrong, problem.next));
            }
        }
        Ok(config) => {
            report.line("settings", &Finding::Good("all understood".into()));
            checks::all(&config, &mut report).await;
        }
    }
    report.finish()
}

/// What was found, printed as it is found: a check may take seconds.
#[derive(Debug, Default)]
pub(crate) struct Report {
    bad: usize,
    running: bool,
}

impl Report {
    pub(crate) fn line(&mut self, what: &str, finding: &Finding) {
        match finding {
            Finding::Good(found) => println!("✓ {what}: {found}"),
            Finding::Running(found) => {
                self.running = true;
                println!("✓ {what}: {found}");
            }
            Finding::Unset(next) => println!("– {what}: {next}"),
            Finding::Bad { wrong, next } => {
                self.bad += 1;
                println!("✕ {what}: {wrong}\n    → {next}");
            }
        }
    }

    fn finish(self) -> ExitCode {
        match (self.bad, self.running) {
            (0, true) => println!("\nFairway runs, and nothing is to be put right."),
            (0, false) => println!("\nFairway can start."),
            (bad, true) => println!("\nFairway runs; {bad} to put right before it starts again."),
            (bad, false) => println!("\n{bad} to put right before Fairway can start."),
        }
        if self.bad == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}
