//! Exchanging tokens of workflows: what is taken, and all that is not.

use domain::{
    actor::Scope,
    ids::{ServiceAccountId, TrustRuleId},
    tokens::{NewServiceAccount, RawTrust, TrustTerms},
};
use integrations::{actions::ActionsTokens, outbound::Allowed};
use serde_json::{Value, json};

use super::*;
use ::tests::fakes::issuer::{FakeIssuer, Signer, signed};

/// What makes the claims of a usual token others.
type Changed<'a> = &'a dyn Fn(&mut Value);

/// A server that believes an issuer, and a rule that trusts the workflow of its usual tokens.
struct Trusting {
    app: App,
    issuer: FakeIssuer,
    account: ServiceAccountId,
    rule: TrustRuleId,
}

impl Trusting {
    async fn start(pool: &PgPool) -> Self {
        let issuer = FakeIssuer::start().await;
        let commands = commands(pool)
            .await
            .with_actions(ActionsTokens::new(&[issuer.url()], &Allowed::default()).unwrap());
        let app = App::with_commands(commands).await;
        let new = NewServiceAccount::parse("shop-ci", "Deploys the shop", "developer", "").unwrap();
        let account = app
            .commands
            .create_service_account(&operator(), new)
            .await
            .unwrap();
        let raw = RawTrust {
            issuer: issuer.url(),
            audience: "https://fairway.example".into(),
            repository: "acme/Shop".into(),
            workflow: ".github/workflows/deploy.yml".into(),
            git_ref: "refs/heads/main".into(),
            environment: "Production".into(),
            scopes: vec!["read".into(), "deploys:write".into()],
            environments: String::new(),
            classes: vec!["production".into()],
        };
        let terms = TrustTerms::parse(&raw, &app.commands.issuers()).unwrap();
        let rule = app
            .commands
            .trust_workflows(&operator(), account, terms)
            .await
            .unwrap();
        Self {
            app,
            issuer,
            account,
            rule,
        }
    }

    async fn exchange(&self, token: &str, scope: Option<&str>) -> (StatusCode, Value) {
        let body = match scope {
            Some(scope) => json!({ "subject_token": token, "scope": scope }),
            None => json!({ "subject_token": token }),
        };
        let request = stranger()
            .post(self.app.url("/api/v1/tokens/exchange"))
            .json(&body);
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn status(&self, token: &str) -> StatusCode {
        self.exchange(token, None).await.0
    }

    /// The usual claims, changed.
    fn claims(&self, change: impl FnOnce(&mut Value)) -> Value {
        let mut claims = self.issuer.claims();
        change(&mut claims);
        claims
    }
}

async fn reads(app: &App, secret: &str) -> StatusCode {
    let request = stranger().get(app.url("/api/v1/services")).bearer_auth(secret);
    request.send().await.unwrap().status()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_workflow_gets_a_token_for_a_quarter_of_an_hour(pool: PgPool) {
    let ci = Trusting::start(&pool).await;
    let (status, given) = ci.exchange(&ci.issuer.token(&ci.issuer.claims()), None).await;
    assert_eq!(status, StatusCode::OK, "{given}");
    assert_eq!(
        (&given["token_type"], &given["expires_in"], &given["scope"]),
        (&json!("Bearer"), &json!(900), &json!("read deploys:write"))
    );
    let secret = given["access_token"].as_str().unwrap();
    assert_eq!(reads(&ci.app, secret).await, StatusCode::OK);
    let fewer = ci.issuer.token(&ci.issuer.claims());
    let (_, fewer) = ci.exchange(&fewer, Some("deploys:write")).await;
    assert_eq!(fewer["scope"], "deploys:write");
    let more = ci.issuer.token(&ci.issuer.claims());
    assert_eq!(
        ci.exchange(&more, Some("incidents:write")).await.0,
        StatusCode::FORBIDDEN,
        "no more than the rule gives"
    );
    let header = json!({ "alg": "ES256", "kid": "two" });
    let ec = signed(&header, &ci.issuer.claims(), Signer::Ec);
    assert_eq!(ci.status(&ec).await, StatusCode::OK);
    assert_eq!(ci.issuer.asked(), 1, "keys are kept");

    let rows: Vec<(String, Value)> =
        sqlx::query_as("select actor_name, after from audit where action = 'token.exchange' order by at")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0].0, "GitHub Actions of acme/Shop");
    assert_eq!(rows[0].1["workflow"], ci.issuer.claims()["workflow_ref"]);
    assert!(!format!("{rows:?}").contains(secret));

    ci.app
        .commands
        .distrust_workflows(&operator(), ci.account, ci.rule)
        .await
        .unwrap();
    assert_eq!(reads(&ci.app, secret).await, StatusCode::UNAUTHORIZED);
    let late = ci.issuer.token(&ci.issuer.claims());
    assert_eq!(ci.status(&late).await, StatusCode::FORBIDDEN);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_token_that_is_not_to_be_believed_is_refused(pool: PgPool) {
    let ci = Trusting::start(&pool).await;
    let now = chrono::Utc::now().timestamp();
    let usual = json!({ "alg": "RS256", "kid": "one" });
    let by = |header: Value, signer| signed(&header, &ci.issuer.claims(), signer);
    let with = |change: Changed| signed(&usual, &ci.claims(change), Signer::Rsa);
    let genuine = ci.issuer.token(&ci.issuer.claims());
    let (start, signature) = genuine.rsplit_once('.').unwrap();
    let other = with(&|claims| claims["environment"] = json!("staging"));
    let swapped = format!("{}.{signature}", other.rsplit_once('.').unwrap().0);
    let key = FakeIssuer::renamed("own");
    let bad = [
        ("no token", "not.a.token".to_owned()),
        ("two parts", start.to_owned()),
        (
            "alg none",
            by(json!({ "alg": "none", "kid": "one" }), Signer::Nothing),
        ),
        ("no signature", format!("{start}.")),
        (
            "HMAC with the public key",
            by(json!({ "alg": "HS256", "kid": "one" }), Signer::Hmac),
        ),
        (
            "SHA-512",
            by(json!({ "alg": "RS512", "kid": "one" }), Signer::RsaSha512),
        ),
        ("signed by a stranger", by(usual.clone(), Signer::Stranger)),
        ("claims of another token", swapped),
        (
            "an RSA key for ES256",
            by(json!({ "alg": "ES256", "kid": "one" }), Signer::Ec),
        ),
        (
            "an EC key for RS256",
            by(json!({ "alg": "RS256", "kid": "two" }), Signer::Rsa),
        ),
        ("no key named", by(json!({ "alg": "RS256" }), Signer::Rsa)),
        (
            "an unknown key",
            by(json!({ "alg": "RS256", "kid": "nine" }), Signer::Rsa),
        ),
        (
            "a key that it brings",
            by(json!({ "alg": "RS256", "kid": "own", "jwk": key }), Signer::Rsa),
        ),
        (
            "an extension that must be understood",
            by(
                json!({ "alg": "RS256", "kid": "one", "crit": ["exp"] }),
                Signer::Rsa,
            ),
        ),
        (
            "another issuer",
            with(&|claims| claims["iss"] = json!("https://token.actions.githubusercontent.com")),
        ),
        ("no issuer", with(&|claims| claims["iss"] = Value::Null)),
        ("over", with(&|claims| claims["exp"] = json!(now - 31))),
        ("never over", with(&|claims| claims["exp"] = Value::Null)),
        (
            "over in a day",
            with(&|claims| claims["exp"] = json!(now + 86_400)),
        ),
        ("not yet valid", with(&|claims| claims["nbf"] = json!(now + 60))),
        ("of the future", with(&|claims| claims["iat"] = json!(now + 60))),
        ("without a time", with(&|claims| claims["iat"] = Value::Null)),
        ("without an id", with(&|claims| claims["jti"] = Value::Null)),
        ("without an audience", with(&|claims| claims["aud"] = json!([[]]))),
        (
            "NUL in a claim",
            with(&|claims| claims["ref"] = json!("refs/heads/main\u{0}")),
        ),
    ];
    for (name, token) in &bad {
        let (status, body) = ci.exchange(token, None).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}: {body}");
        assert!(body["detail"].as_str().unwrap().len() > 20, "{name}: {body}");
    }
    let untrusted: [(&str, Changed); 7] = [
        ("for somebody else", &|claims| {
            claims["aud"] = json!("https://other.example")
        }),
        ("another repository", &|claims| {
            claims["repository"] = json!("acme/shopping")
        }),
        ("a repository of another owner", &|claims| {
            claims["repository"] = json!("evil/shop")
        }),
        ("another branch", &|claims| {
            claims["ref"] = json!("refs/heads/feature")
        }),
        ("another environment", &|claims| {
            claims["environment"] = json!("staging")
        }),
        ("no environment", &|claims| claims["environment"] = Value::Null),
        ("another workflow", &|claims| {
            claims["workflow_ref"] = json!("acme/shop/.github/workflows/test.yml@refs/heads/main");
        }),
    ];
    for (name, change) in untrusted {
        assert_eq!(ci.status(&with(change)).await, StatusCode::FORBIDDEN, "{name}");
    }
    let made: i64 = sqlx::query_scalar("select count(*) from tokens")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(made, 0);
    assert_eq!(ci.status(&genuine).await, StatusCode::OK);
    let events: i64 =
        sqlx::query_scalar("select count(*) from security_events where kind = 'token_exchange_refused'")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(events, 32);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_repository_made_again_under_its_name_is_not_trusted(pool: PgPool) {
    let ci = Trusting::start(&pool).await;
    let numbered = |id: Value| ci.issuer.token(&ci.claims(|claims| claims["repository_id"] = id));
    assert_eq!(ci.status(&numbered(json!("4711"))).await, StatusCode::OK);
    let known: Option<i64> = sqlx::query_scalar("select repository_github_id from trust_rules")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(known, Some(4711));
    for other in [json!("4712"), Value::Null] {
        assert_eq!(ci.status(&numbered(other)).await, StatusCode::FORBIDDEN);
    }
    assert_eq!(ci.status(&numbered(json!("4711"))).await, StatusCode::OK);
    let page = format!("/admin/service-accounts/{}", ci.account);
    let page = get(&ci.app, &page, &::tests::session::cookie()).await;
    assert!(page.text().await.unwrap().contains("number 4711"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_token_is_exchanged_once_however_many_try(pool: PgPool) {
    let ci = Trusting::start(&pool).await;
    let token = ci.issuer.token(&ci.issuer.claims());
    let tries = (0..8).map(|_| ci.status(&token));
    let came = futures::future::join_all(tries).await;
    let given = came.iter().filter(|status| **status == StatusCode::OK).count();
    assert_eq!(given, 1, "{came:?}");
    assert_eq!(ci.status(&token).await, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_issuer_is_asked_for_unknown_keys_once_a_minute(pool: PgPool) {
    let ci = Trusting::start(&pool).await;
    ci.issuer.show(None);
    let token = ci.issuer.token(&ci.issuer.claims());
    assert_eq!(ci.status(&token).await, StatusCode::SERVICE_UNAVAILABLE);
    ci.issuer.show(Some(vec![FakeIssuer::renamed("one")]));
    assert_eq!(
        (ci.status(&token).await, ci.issuer.asked()),
        (StatusCode::SERVICE_UNAVAILABLE, 1),
        "it is left alone for a minute"
    );

    let ci = Trusting {
        app: App::with_commands(
            ci.app
                .commands
                .clone()
                .with_actions(ActionsTokens::new(&[ci.issuer.url()], &Allowed::default()).unwrap()),
        )
        .await,
        ..ci
    };
    assert_eq!(
        ci.status(&token).await,
        StatusCode::OK,
        "what failed may be sent again"
    );
    for number in 0..5 {
        let header = json!({ "alg": "RS256", "kid": format!("made-up-{number}") });
        let token = signed(&header, &ci.issuer.claims(), Signer::Rsa);
        assert_eq!(ci.status(&token).await, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(ci.issuer.asked(), 2);
    assert_eq!(
        ci.status(&ci.issuer.token(&ci.issuer.claims())).await,
        StatusCode::OK,
        "those that are known stay so"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_workflows_got_acts_where_the_rule_says_and_is_forgotten(pool: PgPool) {
    let ci = Trusting::start(&pool).await;
    let all: Vec<String> = Scope::ALL.iter().map(|scope| scope.as_str().to_owned()).collect();
    let new = domain::tokens::NewToken::parse("setup", &all, 1, ci.app.commands.now()).unwrap();
    let (_, setup) = ci.app.commands.issue_token(&operator(), new).await.unwrap();
    let service = json!({ "name": "shop", "owner": "team-shop" });
    let made = stranger()
        .post(ci.app.url("/api/v1/services"))
        .bearer_auth(&setup);
    assert_eq!(
        made.json(&service).send().await.unwrap().status(),
        StatusCode::CREATED
    );
    let (_, given) = ci.exchange(&ci.issuer.token(&ci.issuer.claims()), None).await;
    let secret = given["access_token"].as_str().unwrap().to_owned();
    let deploy = async |environment: &str| {
        let body = json!({ "service": "shop", "environment": environment, "version": "1" });
        let request = stranger()
            .post(ci.app.url("/api/v1/deploys"))
            .bearer_auth(&secret);
        request.json(&body).send().await.unwrap().status()
    };
    assert_eq!(deploy("production").await, StatusCode::CREATED);
    assert_eq!(deploy("staging").await, StatusCode::FORBIDDEN);

    sqlx::query("update tokens set expires_at = now() - interval '2 days' where trust_rule_id is not null")
        .execute(&pool)
        .await
        .unwrap();
    sqlx::query("update exchanged_tokens set expires_at = now() - interval '2 days'")
        .execute(&pool)
        .await
        .unwrap();
    ci.app.commands.drop_old().await.unwrap();
    let left: (i64, i64) =
        sqlx::query_as("select (select count(*) from tokens), (select count(*) from exchanged_tokens)")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(left, (1, 0), "the token that was made by hand stays");
}
