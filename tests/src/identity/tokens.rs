//! Tokens of people and of programs: where they act, when they end, and who may make and end them.

use std::time::{Duration, Instant};

use ::tests::session::{cookie, sign_in_as};
use domain::{
    actor::Scope,
    tokens::{NewServiceAccount, NewToken, Reach},
};
use integrations::{actions::ActionsTokens, outbound::Allowed};
use serde_json::{Value, json};

use super::*;

fn scopes() -> Vec<String> {
    Scope::ALL.iter().map(|scope| scope.as_str().to_owned()).collect()
}

/// A token that may everything and belongs to nobody, unless it is changed.
async fn token(app: &App, change: impl FnOnce(NewToken) -> NewToken) -> (domain::tokens::Token, String) {
    let new = NewToken::parse("test", &scopes(), 90, app.commands.now()).unwrap();
    app.commands.issue_token(&operator(), change(new)).await.unwrap()
}

async fn send(app: &App, path: &str, secret: &str, body: &Value) -> StatusCode {
    let request = stranger()
        .post(app.url(&format!("/api/v1{path}")))
        .bearer_auth(secret);
    request.json(body).send().await.unwrap().status()
}

async fn reads(app: &App, secret: &str) -> StatusCode {
    let request = stranger().get(app.url("/api/v1/services")).bearer_auth(secret);
    request.send().await.unwrap().status()
}

fn deploy(environment: &str) -> Value {
    json!({ "service": "shop", "environment": environment, "version": "1" })
}

async fn with_shop(app: &App) -> String {
    let (_, secret) = token(app, |new| new).await;
    let shop = json!({ "name": "shop", "owner": "team-shop" });
    assert_eq!(send(app, "/services", &secret, &shop).await, StatusCode::CREATED);
    secret
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_token_acts_only_in_the_environments_that_it_is_limited_to(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    let whole = with_shop(&app).await;
    let reach = Reach::parse("environments", "EU-live", &["staging"]).unwrap();
    let (_, limited) = token(&app, |new| new.within(reach)).await;
    for (environment, expected) in [
        ("staging", StatusCode::CREATED),
        ("qa", StatusCode::CREATED),
        ("eu-live", StatusCode::CREATED),
        ("us-live", StatusCode::FORBIDDEN),
        ("production", StatusCode::FORBIDDEN),
        ("anywhere", StatusCode::FORBIDDEN),
    ] {
        let came = send(&app, "/deploys", &limited, &deploy(environment)).await;
        assert_eq!(came, expected, "{environment}");
    }
    let made = stranger().post(app.url("/api/v1/deploys")).bearer_auth(&whole);
    let made: Value = made
        .json(&deploy("production"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let id = made["id"].as_str().unwrap();
    let phase = format!("/deploys/{id}/phases");
    let state = json!({ "state": "deploy" });
    assert_eq!(send(&app, &phase, &limited, &state).await, StatusCode::FORBIDDEN);
    let correction = format!("/deploys/{id}/corrections");
    let excluded = json!({ "field": "exclude", "reason": "a test of ours" });
    assert_eq!(
        send(&app, &correction, &limited, &excluded).await,
        StatusCode::FORBIDDEN
    );
    let incident = json!({ "service": "shop", "title": "Slow", "severity": 3 });
    assert_eq!(
        send(&app, "/incidents", &limited, &incident).await,
        StatusCode::FORBIDDEN,
        "it is about no environment"
    );
    assert_eq!(reads(&app, &limited).await, StatusCode::OK);
    let stored: Vec<String> = app
        .commands
        .reads()
        .environments()
        .await
        .unwrap()
        .into_iter()
        .map(|environment| environment.name)
        .collect();
    assert!(
        !stored.contains(&"us-live".to_owned()),
        "nothing is left of what was refused"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_revoked_token_ends_at_every_process_within_a_second(pool: PgPool) {
    let (one, other) = (
        App::start(pool.clone(), &[]).await,
        App::start(pool.clone(), &[]).await,
    );
    let (made, secret) = token(&one, |new| new).await;
    for app in [&one, &other] {
        assert_eq!(reads(app, &secret).await, StatusCode::OK);
    }
    let revoked = Instant::now();
    one.commands.revoke_token(&operator(), made.id).await.unwrap();
    assert_eq!(reads(&other, &secret).await, StatusCode::UNAUTHORIZED);
    assert_eq!(reads(&one, &secret).await, StatusCode::UNAUTHORIZED);
    assert!(
        revoked.elapsed() < Duration::from_secs(1),
        "{:?}",
        revoked.elapsed()
    );

    let (made, secret) = token(&one, |new| new).await;
    sqlx::query("update tokens set expires_at = now() where id = $1")
        .bind(made.id.0)
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(reads(&other, &secret).await, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_service_account_bounds_its_tokens_and_ends_them(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    with_shop(&app).await;
    let make = async |name: &str, role: &str| {
        let new = NewServiceAccount::parse(name, "", role, "").unwrap();
        app.commands.create_service_account(&operator(), new).await
    };
    let viewer = make("reader", "viewer").await.unwrap();
    let developer = make("ci", "developer").await.unwrap();
    let taken = make("CI", "viewer").await.unwrap_err();
    assert!(taken.to_string().contains("already"), "{taken}");
    let (_, reading) = token(&app, |new| new.owned_by(viewer)).await;
    let (_, writing) = token(&app, |new| new.owned_by(developer)).await;
    assert_eq!(reads(&app, &reading).await, StatusCode::OK);
    assert_eq!(
        send(&app, "/deploys", &reading, &deploy("staging")).await,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        send(&app, "/deploys", &writing, &deploy("staging")).await,
        StatusCode::CREATED
    );
    app.commands
        .set_service_account_disabled(&operator(), developer, true)
        .await
        .unwrap();
    assert_eq!(reads(&app, &writing).await, StatusCode::UNAUTHORIZED);
    let new = NewToken::parse("more", &scopes(), 1, app.commands.now()).unwrap();
    let refused = app
        .commands
        .issue_token(&operator(), new.owned_by(developer))
        .await;
    assert!(refused.unwrap_err().to_string().contains("enable it first"));
    app.commands
        .set_service_account_disabled(&operator(), developer, false)
        .await
        .unwrap();
    assert_eq!(reads(&app, &writing).await, StatusCode::OK);
}

/// The secret that a page shows.
fn shown(page: &str) -> String {
    let from = page.find("fwy_").expect("a token is shown");
    page[from..].chars().take(43).collect()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn people_make_and_end_their_own_tokens_and_no_others(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let ben = sign_in_as(&pool, 20, "Ben", Some("viewer")).await;
    let eve = sign_in_as(&pool, 21, "Eve", Some("operator")).await;
    let nobody = sign_in_as(&pool, 22, "Nobody", None).await;
    let fields = [
        ("act", "create_token"),
        ("name", "laptop"),
        ("scope", "read"),
        ("scope", "deploys:write"),
        ("environments", "staging"),
        ("expires_days", "30"),
    ];
    let answer = post(&app, "/account", &ben, &fields).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let secret = shown(&answer.text().await.unwrap());
    assert_eq!(reads(&app, &secret).await, StatusCode::OK);
    assert_eq!(
        send(&app, "/deploys", &secret, &deploy("staging")).await,
        StatusCode::FORBIDDEN,
        "never more than Ben"
    );
    let page = get(&app, "/account", &ben).await.text().await.unwrap();
    assert!(page.contains("laptop") && !page.contains("fwy_"), "shown once");

    let id: uuid::Uuid = sqlx::query_scalar("select id from tokens where name = 'laptop'")
        .fetch_one(&pool)
        .await
        .unwrap();
    let id = id.to_string();
    let revoke = [("act", "revoke_token"), ("token", id.as_str())];
    let others = post(&app, "/account", &eve, &revoke).await;
    assert_eq!(others.status(), StatusCode::FORBIDDEN);
    assert_eq!(reads(&app, &secret).await, StatusCode::OK);
    let own = post(&app, "/account", &ben, &revoke).await;
    assert_eq!(
        (own.status(), location(&own)),
        (StatusCode::SEE_OTHER, "/account#tokens")
    );
    assert_eq!(reads(&app, &secret).await, StatusCode::UNAUTHORIZED);

    let refused = post(&app, "/account", &nobody, &fields).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let why = "This needs the role viewer. An admin can grant it.";
    let page = get(&app, "/account", &nobody).await.text().await.unwrap();
    assert!(page.contains(why), "the button says why it is off");
    for (field, value) in [("expires_days", "367"), ("name", ""), ("scope", "all")] {
        let wrong: Vec<(&str, &str)> = fields
            .into_iter()
            .filter(|(name, _)| *name != field)
            .chain([(field, value)])
            .collect();
        let answer = post(&app, "/account", &ben, &wrong).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{field}");
    }
    let trail: Vec<(String, String)> =
        sqlx::query_as("select action, actor_name from audit where action like 'token.%' order by at, id")
            .fetch_all(&pool)
            .await
            .unwrap();
    let row = |action: &str| (action.to_owned(), "Ben".to_owned());
    assert_eq!(trail, [row("token.create"), row("token.revoke")]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn admins_make_service_accounts_their_tokens_and_rules_on_pages(pool: PgPool) {
    let issuer = "https://token.actions.githubusercontent.com";
    let commands = commands(&pool).await;
    let tokens = ActionsTokens::new(&[issuer.to_owned()], &Allowed::default()).unwrap();
    let app = App::with_commands(commands.with_actions(tokens)).await;
    let made = [
        ("act", "create_account"),
        ("name", "shop-ci"),
        ("role", "developer"),
    ];
    let answer = post(&app, "/admin/tokens", &cookie(), &made).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let page = location(&answer).to_owned();
    assert!(page.starts_with("/admin/service-accounts/"), "{page}");
    let fields = [
        ("act", "create_token"),
        ("name", "runner"),
        ("scope", "read"),
        ("expires_days", "7"),
    ];
    let secret = shown(&post(&app, &page, &cookie(), &fields).await.text().await.unwrap());
    assert_eq!(reads(&app, &secret).await, StatusCode::OK);
    let trust = [
        ("act", "trust"),
        ("issuer", issuer),
        ("audience", "https://fairway.example"),
        ("repository", "acme/shop"),
        ("scope", "deploys:write"),
        ("class", "production"),
    ];
    assert_eq!(
        post(&app, &page, &cookie(), &trust).await.status(),
        StatusCode::SEE_OTHER
    );
    let shown = get(&app, &page, &cookie()).await.text().await.unwrap();
    for words in ["acme/shop", "every workflow", "every production", "runner"] {
        assert!(shown.contains(words), "{words}");
    }
    let wrong = [
        ("act", "trust"),
        ("issuer", "https://evil.example"),
        ("repository", "shop"),
    ];
    let answer = post(&app, &page, &cookie(), &wrong).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let all = get(&app, "/admin/tokens", &cookie()).await.text().await.unwrap();
    for words in ["shop-ci", "runner", "developer"] {
        assert!(all.contains(words), "{words}");
    }
    let disable = [("act", "disable")];
    assert_eq!(
        post(&app, &page, &cookie(), &disable).await.status(),
        StatusCode::SEE_OTHER
    );
    assert_eq!(reads(&app, &secret).await, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_sends_tokens_that_fail_is_told_to_wait(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    let (_, good) = token(&app, |new| new).await;
    let client = stranger();
    let mut answers = std::collections::BTreeMap::new();
    for _ in 0..340 {
        let request = client.get(app.url("/api/v1/services")).bearer_auth("fwy_wrong");
        let answer = request.send().await.unwrap();
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            assert!(answer.headers().contains_key(header::RETRY_AFTER));
        }
        *answers.entry(answer.status().as_u16()).or_insert(0) += 1;
    }
    assert!(answers[&401] >= 300 && answers[&429] >= 1, "{answers:?}");
    assert_eq!(
        reads(&app, &good).await,
        StatusCode::OK,
        "what works is let through"
    );
    let none = client.get(app.url("/api/v1/services")).send().await.unwrap();
    assert_eq!(
        none.status(),
        StatusCode::UNAUTHORIZED,
        "nothing was sent that could fail"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_form_that_is_sent_twice_makes_one_token(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let session = sign_in_as(&pool, 30, "Ada", Some("developer")).await;
    let form = [
        ("act", "create_token"),
        ("name", "Laptop"),
        ("scope", "read"),
        ("expires_days", "30"),
    ];
    let (first, second) = tokio::join!(
        post(&app, "/account", &session, &form),
        post(&app, "/account", &session, &form)
    );
    let mut answers = [first.status(), second.status()];
    answers.sort();
    assert_eq!(answers, [StatusCode::OK, StatusCode::BAD_REQUEST]);
    let again = [("name", "laptop"), form[0], form[2], form[3]];
    let refused = post(&app, "/account", &session, &again).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert!(refused.text().await.unwrap().contains("works already"));
}
