//! What nobody believes: every answer here is refused, begins no session and makes no account.

use tests::fakes::oidc::Lie;

use super::*;

/// What a provider, or somebody between, may say that is not true, and what is then noted.
const LIES: [(Lie, &str); 30] = [
    (Lie::Claim("nonce", "of another sign-in"), "nonce"),
    (Lie::Without("nonce"), "nonce"),
    (Lie::Claim("aud", "another"), "audience"),
    (Lie::Without("aud"), "audience"),
    (Lie::TwoAudiences, "audience"),
    (Lie::Claim("azp", "another"), "audience"),
    (Lie::Claim("iss", "https://evil.example"), "issuer"),
    (Lie::Without("iss"), "token"),
    (Lie::Without("sub"), "token"),
    (Lie::Claim("sub", ""), "subject"),
    (Lie::Time("exp", -1), "time"),
    (Lie::Without("exp"), "token"),
    (Lie::Time("nbf", 600), "time"),
    (Lie::Time("iat", 600), "time"),
    (Lie::Time("iat", -3600), "time"),
    (Lie::Unsigned, "signature"),
    (Lie::PublicKeyAsSecret, "signature"),
    (Lie::ClientSecret, "signature"),
    (Lie::OtherKey, "signature"),
    (Lie::UnknownKey, "key"),
    (Lie::Tampered, "signature"),
    (Lie::CutOff, "signature"),
    (Lie::NoIdToken, "token"),
    (Lie::Garbage, "token"),
    (Lie::TooLarge, "too_large"),
    (Lie::NotJson, "garbled"),
    (Lie::Redirects, "redirect"),
    (Lie::RefusesCode, "code"),
    (Lie::OtherUserInfo, "subject"),
    (Lie::OtherIssuerInAnswer, "issuer"),
];

async fn noted(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "select detail ->> 'kind' from security_events where kind like 'sign_in_%' order by at, id",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nothing_that_is_not_true_lets_anybody_in(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    rule(&app, "oidc", "platform", Role::Admin).await;
    issuer.browse_as(ada(&["platform"]));
    let accounts = count(&pool, "select count(*) from accounts").await;
    let mut expected = Vec::new();
    let more = [
        (Lie::NoIssuerInAnswer, "issuer"),
        (Lie::Denies, "error"),
        (Lie::Nothing, "code"),
    ];
    for (lie, kind) in LIES.into_iter().chain(more) {
        issuer.lie(Some(lie));
        let (answer, session) = sign_in(&app, "oidc", "").await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{lie:?}");
        assert!(!is_signed_in(&app, &session).await, "{lie:?}");
        expected.push(kind.to_owned());
        assert_eq!(noted(&pool).await, expected, "{lie:?}");
    }
    issuer.lie(Some(Lie::Broken));
    let (answer, session) = sign_in(&app, "oidc", "").await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!is_signed_in(&app, &session).await);
    assert_eq!(count(&pool, "select count(*) from accounts").await, accounts);
    assert_eq!(count(&pool, "select count(*) from identities").await, 0);

    issuer.lie(None);
    let (answer, session) = sign_in(&app, "oidc", "").await;
    assert_eq!(
        (answer.status(), location(&answer).as_str()),
        (StatusCode::SEE_OTHER, "/services")
    );
    assert!(is_signed_in(&app, &session).await, "the truth does");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_answer_is_taken_once_by_the_browser_that_asked(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    rule(&app, "oidc", "platform", Role::Viewer).await;
    issuer.browse_as(ada(&["platform"]));
    let refused = async |path: &str, session: &str| {
        let answer = get(&app, path, session).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{path}");
        let session = cookie(&answer, session);
        assert!(!is_signed_in(&app, &session).await, "{path}");
    };
    let (mine, back) = go(&app, "/sign-in/oidc", "").await;
    let (other, of_other) = go(&app, "/sign-in/oidc", "").await;
    refused(&back, &other).await;
    refused(&back, "").await;
    refused(&of_other, &mine).await;
    refused("/sign-in/oidc/return", &mine).await;
    refused("/sign-in/oidc/return?code=x", &mine).await;
    let changed = back.replacen("state=", "state=0", 1);
    refused(&changed, &mine).await;
    refused(&back.replacen("/oidc/", "/github/", 1), &mine).await;
    refused(&format!("{back}&state=twice"), &mine).await;

    let answer = get(&app, &back, &mine).await;
    assert_eq!(
        answer.status(),
        StatusCode::SEE_OTHER,
        "after all that it is still good"
    );
    let session = cookie(&answer, &mine);
    assert_ne!(session, mine, "a session begins under a new id");
    assert!(is_signed_in(&app, &session).await);
    assert!(!is_signed_in(&app, &mine).await);
    refused(&back, &mine).await;
    assert_eq!(
        get(&app, &back, &session).await.status(),
        StatusCode::BAD_REQUEST,
        "sent again"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn answers_to_nothing_do_not_fill_the_database(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    for number in 0..200 {
        let answer = get(&app, &format!("/sign-in/oidc/return?code=x&state={number}"), "").await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    }
    let rows = noted(&pool).await.len();
    assert!((60..70).contains(&rows), "{rows}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_asked_is_bound_and_never_repeats(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    for to in ["/services", "https://evil.example", "//evil.example"] {
        go(&app, &format!("/sign-in/oidc?to={to}"), "").await;
    }
    let asked = issuer.asked();
    for name in ["state", "nonce", "code_challenge"] {
        let mut values: Vec<&String> = asked.iter().map(|asked| &asked[name]).collect();
        values.sort();
        values.dedup();
        assert_eq!(values.len(), 3, "{name}");
        assert!(values.iter().all(|value| value.len() >= 43), "{name}");
    }
    assert_eq!(asked[0]["response_type"], "code");
    assert_eq!(asked[0]["code_challenge_method"], "S256");
    assert_eq!(asked[0]["scope"], "openid profile email");
    assert!(!asked[0].contains_key("prompt"));

    rule(&app, "oidc", "platform", Role::Viewer).await;
    issuer.browse_as(ada(&["platform"]));
    let (session, back) = go(&app, "/sign-in/oidc?to=//evil.example", "").await;
    assert_eq!(
        location(&get(&app, &back, &session).await),
        "/",
        "nobody is sent elsewhere"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_provider_that_is_away_or_another_is_said_and_nothing_breaks(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    for lie in [Lie::OtherIssuerInDiscovery, Lie::PlainEndpoint] {
        issuer.lie(Some(lie));
        let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
        let answer = get(&app, "/sign-in/oidc", "").await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{lie:?}");
        assert!(issuer.asked().is_empty(), "{lie:?}");
    }
    {
        issuer.lie(Some(Lie::KeysInside));
        let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
        let answer = get(&app, "/sign-in/oidc", "").await;
        let page = answer.text().await.unwrap();
        assert!(
            page.contains("leads inside") && page.contains("FAIRWAY_OUTBOUND_ALLOW"),
            "{page}"
        );
        assert!(issuer.asked().is_empty());
    }
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    drop(issuer);
    // The port closes with its task.
    tokio::task::yield_now().await;
    let answer = get(&app, "/sign-in/oidc", "").await;
    assert!(answer.status().is_client_error() || answer.status().is_server_error());
    let page = get(&app, "/sign-in", "").await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.text().await.unwrap().contains("Sign in with Harbour ID"));
    assert_eq!(
        get(&app, "/sign-in/github", "").await.status(),
        StatusCode::NOT_FOUND
    );
}
