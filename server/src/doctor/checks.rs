//! The checks, in the order in which a start would meet them.

use std::time::Duration;

use chrono::TimeDelta;
use commands::{Clock, SystemClock};
use integrations::github::{GithubClient, GithubError};
use store::{MigrationState, Store};

use super::{Finding, Report, ports};
use crate::{
    config::{Config, GitHubConfig},
    database::{Database, DatabaseError, chain, next_step},
    github, site,
};

/// Events carry GitHub's times and ours; a difference beyond this reorders them visibly.
const MOST_SKEW: TimeDelta = TimeDelta::seconds(2);

pub(super) async fn all(config: &Config, report: &mut Report) {
    report.line("built site", &built_site(config));
    // Opened before its turn: it knows whether a Fairway that holds a port is this one.
    let opened = Database::open(&config.database, Duration::ZERO).await;
    let own = match &opened {
        Ok(database) => database.store().reads().installation().await.ok(),
        Err(_) => None,
    };
    let pages = ports::pages(config.http.listen, own.as_deref()).await;
    report.line("port for pages", &pages);
    if let Some(address) = config.telemetry.metrics {
        let runs = matches!(pages, Finding::Running(_));
        report.line("port for metrics", &ports::metrics(address, runs).await);
    }
    match opened {
        Err(problem) => report.line("database", &no_database(&problem)),
        Ok(database) => {
            report.line("database", &Finding::Good("answers".into()));
            with_database(database.store(), report).await;
            database.close().await;
        }
    }
    report.line("GitHub webhook", &webhook(&config.github));
    report.line("GitHub access", &token(&config.github).await);
}

fn no_database(problem: &DatabaseError) -> Finding {
    match problem {
        DatabaseError::Unreachable(problem) => Finding::bad(chain(problem), next_step(problem)),
        other => Finding::bad(other.to_string(), "Put this right first; the rest depends on it."),
    }
}

fn built_site(config: &Config) -> Finding {
    match site::locate(&config.site) {
        Ok((_, assets)) => Finding::Good(format!("{} in {}", assets.wasm(), config.site.root.display())),
        Err(problem) => Finding::bad(problem.wrong, problem.next),
    }
}

async fn with_database(store: &Store, report: &mut Report) {
    let before = SystemClock.now();
    match store.reads().server_facts().await {
        Err(problem) => report.line(
            "PostgreSQL",
            &Finding::bad(chain(&problem), "Read PostgreSQL's log."),
        ),
        Ok(facts) => {
            let after = SystemClock.now();
            let version = format!("version {}", facts.major_version);
            report.line("PostgreSQL", &Finding::Good(version));
            // Between the two readings of our clock; half the way there is the fairest guess.
            report.line("clock", &skew(facts.now - (before + (after - before) / 2)));
        }
    }
    report.line("tables", &tables(store).await);
}

fn skew(difference: TimeDelta) -> Finding {
    let milliseconds = difference.num_milliseconds();
    if difference.abs() <= MOST_SKEW {
        return Finding::Good(format!("{milliseconds} ms from the database's"));
    }
    Finding::bad(
        format!("{milliseconds} ms from the database's"),
        "Run NTP on both machines.",
    )
}

async fn tables(store: &Store) -> Finding {
    match store.migration_state().await {
        Ok(MigrationState::Current) => Finding::Good("those of this version".into()),
        Ok(MigrationState::Behind(missing)) => Finding::bad(
            format!("{missing} migrations are missing"),
            "Run `fairway migrate` (`fairway serve` does it at start).",
        ),
        Err(problem) => Finding::bad(chain(&problem), "Check the rights of the database role."),
    }
}

fn webhook(github: &GitHubConfig) -> Finding {
    match github.webhook_secrets.len() {
        0 => Finding::Unset(
            "no secret, so /webhooks/github is closed; set FAIRWAY_GITHUB_WEBHOOK_SECRET to open it".into(),
        ),
        1 => Finding::Good("one secret".into()),
        _ => Finding::Good("two secrets, while one is being changed".into()),
    }
}

/// Asks for a file that need not exist: any answer but a refusal shows that the token is accepted.
async fn token(config: &GitHubConfig) -> Finding {
    let client = match github::client(config) {
        Ok(Some(client)) => client,
        Ok(None) => {
            return Finding::Unset(
                "none, so commits and catalog files are not fetched; set FAIRWAY_GITHUB_APP_ID with its private key, or \
                 FAIRWAY_GITHUB_TOKEN, to have them"
                    .into(),
            );
        }
        Err(problem) => {
            return Finding::bad(
                problem.to_string(),
                "Check FAIRWAY_GITHUB_TOKEN and FAIRWAY_GITHUB_API_URL.",
            );
        }
    };
    if config.app.is_some() {
        return app(&client).await;
    }
    match client.file("github", "docs", "README.md", "HEAD").await {
        Ok(_) | Err(GithubError::Forbidden { .. }) => Finding::Good(client.rate_limit().map_or_else(
            || "accepted".into(),
            |budget| format!("accepted, {} of {} requests left", budget.remaining, budget.limit),
        )),
        Err(problem) => Finding::bad(
            problem.to_string(),
            format!(
                "Check FAIRWAY_GITHUB_TOKEN, and that this machine reaches {}.",
                config.api_url
            ),
        ),
    }
}

/// Asks who the App is and where it is installed.
async fn app(client: &GithubClient) -> Finding {
    match (client.app().await, client.installations().await) {
        (Ok(Some(app)), Ok(installations)) if !installations.is_empty() => {
            let accounts: Vec<_> = installations.iter().map(|one| one.account.as_str()).collect();
            Finding::Good(format!("App {} in {}", app.name, accounts.join(", ")))
        }
        (Ok(_), Ok(_)) => Finding::bad(
            "the App is installed nowhere",
            "Install it in the organisation; /admin/integrations/github shows the way.",
        ),
        (Err(problem), _) | (_, Err(problem)) => Finding::bad(
            problem.to_string(),
            "Check FAIRWAY_GITHUB_APP_ID and its private key, and this machine's clock.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::{Finding, skew};

    #[test]
    fn wrong_clocks_are_bad() {
        assert!(matches!(skew(TimeDelta::seconds(-3)), Finding::Bad { .. }));
        assert!(matches!(skew(TimeDelta::milliseconds(40)), Finding::Good(_)));
    }
}
