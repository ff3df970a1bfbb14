//! Every way in which reading fails, and what is never shown.

use std::{
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::Utc;
use integrations::github::{GithubClient, GithubConfig, GithubError};
use tests::fakes::github::{Failure, FakeGithub};

use super::{client, client_with, payments};

/// How long the clients wait: the machine's own slowness must not look like GitHub's.
const PATIENCE: Duration = Duration::from_secs(5);

/// What reading a file gives while GitHub fails so.
async fn failing(failure: Failure) -> GithubError {
    let (github, _) = payments().await;
    let of = || client_with(&github, Some(FakeGithub::TOKEN), PATIENCE);
    let client = of();
    github.fail(failure);
    let error = client
        .file("acme", "payments", "README.md", "main")
        .await
        .expect_err("a failure");
    assert!(
        !format!("{client:?} {error} {error:?}").contains(FakeGithub::TOKEN),
        "the token is never shown"
    );
    github.heal();
    let asked = github.requests().len();
    let again = client.file("acme", "payments", "README.md", "main").await;
    if matches!(error, GithubError::RateLimited { .. } | GithubError::Unauthorized) {
        assert_eq!(
            again,
            Err(error.clone()),
            "it is not asked again so soon after {failure:?}"
        );
        assert_eq!(github.requests().len(), asked);
    } else {
        assert!(again.unwrap().is_some(), "it goes on after {failure:?}");
    }
    let file = of().file("acme", "payments", "README.md", "main").await;
    assert!(file.unwrap().is_some(), "another process knows nothing of it");
    error
}

#[tokio::test]
async fn refusals_are_told_apart() {
    assert_eq!(failing(Failure::RevokedToken).await, GithubError::Unauthorized);
    let refused = failing(Failure::NoAccess).await;
    assert!(
        matches!(refused, GithubError::Forbidden { .. }) && !refused.is_temporary(),
        "{refused:?}"
    );
}

#[tokio::test]
async fn limits_say_until_when() {
    for (failure, seconds) in [
        (Failure::RateLimited { reset_in: 900 }, 900),
        (Failure::SecondaryLimit { retry_after: 30 }, 30),
        (Failure::UnsaidLimit, 60),
        (Failure::RateLimited { reset_in: 9_000_000 }, 7200),
        (Failure::RateLimited { reset_in: -50 }, 1),
    ] {
        let before = Utc::now();
        let error = failing(failure).await;
        let GithubError::RateLimited { until } = error else {
            panic!("{failure:?}: {error:?}")
        };
        let wait = (until - before).as_seconds_f64();
        let expected = f64::from(seconds);
        assert!(
            (expected - 1.5..expected + 30.0).contains(&wait),
            "{failure:?}: {wait} s"
        );
        assert!(error.is_temporary());
    }
}

#[tokio::test]
async fn outages_are_temporary() {
    for status in [500, 502, 503] {
        assert_eq!(
            failing(Failure::Status(status)).await,
            GithubError::Unavailable { status: Some(status) }
        );
    }
    assert_eq!(
        failing(Failure::CutOff).await,
        GithubError::Unavailable { status: None }
    );
    let slow = failing(Failure::Slow(Duration::from_secs(30))).await;
    assert!(slow == GithubError::Timeout && slow.is_temporary());
}

#[tokio::test]
async fn garbage_is_named_and_never_followed() {
    for failure in [
        Failure::Garbage,
        Failure::WrongShape,
        Failure::Deep,
        Failure::Status(418),
        Failure::RedirectElsewhere,
        Failure::RedirectLoop,
    ] {
        let error = failing(failure).await;
        assert!(
            matches!(error, GithubError::Garbled { .. }) && !error.is_temporary(),
            "{failure:?}: {error:?}"
        );
    }
}

#[tokio::test]
async fn nobody_listening_is_an_outage() {
    let (github, _) = payments().await;
    let client = client(&github);
    drop(github);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let error = client
        .file("acme", "payments", "README.md", "main")
        .await
        .unwrap_err();
    assert_eq!(error, GithubError::Unavailable { status: None });
}

#[tokio::test]
async fn the_budget_is_kept_and_its_end_is_an_answer() {
    let (github, _) = payments().await;
    let client = client(&github);
    assert_eq!(client.rate_limit(), None);
    github.leave(2);
    for remaining in [1, 0] {
        client
            .file("acme", "payments", "README.md", "main")
            .await
            .unwrap();
        let limit = client.rate_limit().expect("a budget");
        assert_eq!((limit.limit, limit.remaining), (FakeGithub::LIMIT, remaining));
    }
    let error = client
        .file("acme", "payments", "README.md", "main")
        .await
        .unwrap_err();
    assert!(matches!(error, GithubError::RateLimited { .. }), "{error:?}");
}

#[tokio::test]
async fn bad_settings_are_refused_without_showing_the_token() {
    let of = |base: &str, token: &str| {
        let base_url = base.parse().unwrap();
        GithubClient::new(GithubConfig {
            base_url,
            token: Some(token.into()),
            timeout: GithubConfig::TIMEOUT,
        })
    };
    for (base, token) in [("mailto:a@b.c", "secret"), ("https://api.github.com", "sec\nret")] {
        let error = of(base, token).unwrap_err();
        assert!(matches!(error, GithubError::Misconfigured { .. }), "{error:?}");
        assert!(!error.to_string().contains(token), "{error}");
    }
    assert!(of("https://github.example.com/api/v3/", "t").is_ok());
}

/// A log that a test can read.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_token_is_in_no_log_at_any_level() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing_subscriber::util::SubscriberInitExt::set_default(subscriber);
    let (github, _) = payments().await;
    let client = client(&github);
    client
        .file("acme", "payments", "README.md", "main")
        .await
        .unwrap();
    github.fail(Failure::Status(500));
    client
        .file("acme", "payments", "README.md", "main")
        .await
        .unwrap_err();
    let text = String::from_utf8(log.0.lock().expect("a log").clone()).expect("UTF-8");
    assert!(
        text.contains("requesting"),
        "the client's requests are logged: {text}"
    );
    assert!(!text.contains(FakeGithub::TOKEN), "{text}");
}
