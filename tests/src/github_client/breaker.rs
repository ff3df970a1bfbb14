//! The breaker: GitHub is left alone after failures in a row, and one request tries whether it is back.

use std::time::Duration;

use chrono::TimeDelta;
use integrations::github::{BreakerState, GithubError, Patience};
use tests::fakes::github::Failure;

use super::{client, payments};

#[tokio::test]
async fn after_failures_in_a_row_nothing_is_asked_until_one_try_succeeds() {
    let (github, _) = payments().await;
    // Long enough for what is asked within it on a machine under load.
    let patience = Patience {
        rest: TimeDelta::seconds(3),
        ..Patience::default()
    };
    let client = client(&github).with_patience(patience);
    let read = || client.file("acme", "payments", "README.md", "main");
    github.fail(Failure::Status(502));
    for _ in 0..5 {
        assert_eq!(read().await, Err(GithubError::Unavailable { status: Some(502) }));
    }
    let asked = github.requests().len();
    for _ in 0..10 {
        let error = read().await.unwrap_err();
        assert!(
            matches!(error, GithubError::Resting { .. }) && error.is_temporary(),
            "{error:?}"
        );
    }
    assert_eq!(github.requests().len(), asked);
    let status = client.status();
    let breaker = status.breaker.expect("a client has one");
    assert_eq!((breaker.state, breaker.failures), (BreakerState::Open, 5));
    assert!(status.last_failure.expect("one").1.contains("502"));

    tokio::time::sleep(Duration::from_millis(3_050)).await;
    assert!(
        matches!(read().await, Err(GithubError::Unavailable { .. })),
        "it tries once"
    );
    assert!(
        matches!(read().await, Err(GithubError::Resting { .. })),
        "and rests twice as long"
    );
    github.heal();
    tokio::time::sleep(Duration::from_millis(6_050)).await;
    assert!(read().await.unwrap().is_some());
    assert_eq!(client.status().breaker.expect("one").state, BreakerState::Closed);
    assert!(read().await.unwrap().is_some());
}

#[tokio::test]
async fn answers_of_any_kind_keep_it_closed() {
    let (github, _) = payments().await;
    let client = client(&github);
    for _ in 0..10 {
        github.fail_next(Failure::NoAccess);
        assert!(
            client
                .file("acme", "payments", "README.md", "main")
                .await
                .is_err()
        );
        assert_eq!(client.file("acme", "absent", "README.md", "main").await, Ok(None));
    }
    assert_eq!(client.status().breaker.expect("one").state, BreakerState::Closed);
}
