//! `/admin/integrations/github`: empty, connected, refused, silent; and the whole way to an App without a script.

use std::{os::unix::fs::PermissionsExt, path::Path};

use commands::{Commands, github::GithubSetup};
use integrations::github::GithubConfig;
use reqwest::{StatusCode, header};
use sqlx::PgPool;
use tests::fakes::github::{FakeGithub, NewCommit};

use super::{RIGHTS, connected, tell};
use crate::harness::{App, client, text};

const PAGE: &str = "/admin/integrations/github";

fn setup(github: &FakeGithub, dir: &Path) -> GithubSetup {
    GithubSetup {
        web_url: "https://github.com".into(),
        api: GithubConfig {
            base_url: github.base_url(),
            token: None,
            timeout: GithubConfig::TIMEOUT,
        },
        public_url: "https://fairway.example".into(),
        key_dir: dir.to_owned(),
        app_id: None,
        has_token: false,
        takes_deliveries: true,
    }
}

#[sqlx::test(migrations = false)]
async fn without_a_token_or_an_app_the_page_offers_to_make_one(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    let page = text(&app, PAGE).await;
    for words in [
        "not set up",
        "nothing has arrived yet",
        "not checked",
        "Set an App or a token first.",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let pressed = client().post(app.url(PAGE)).send().await.unwrap();
    assert_eq!(pressed.status(), StatusCode::CONFLICT);
    let created = client()
        .get(app.url(&format!("{PAGE}/created")))
        .send()
        .await
        .unwrap();
    assert_eq!(created.status(), StatusCode::BAD_REQUEST);
}

#[sqlx::test(migrations = false)]
async fn check_now_tries_every_right_and_shows_what_was_found(pool: PgPool) {
    let github = FakeGithub::start().await;
    let commands = connected(&pool, &github).await;
    github.install("acme", &RIGHTS);
    github.team("acme", "pay", &["ada"]);
    github
        .world()
        .repo("acme/mono")
        .commit(NewCommit::new("Start").file("README.md", "x"));
    tell(&commands, &github).await;
    let app = App::with_commands(commands).await;
    assert!(text(&app, PAGE).await.contains("not checked yet"));
    let pressed = client().post(app.url(PAGE)).send().await.unwrap();
    assert_eq!(pressed.status(), StatusCode::SEE_OTHER);
    assert_eq!(pressed.headers()[header::LOCATION], PAGE);
    let page = text(&app, PAGE).await;
    assert_eq!(page.matches(">granted<").count(), 7, "{page}");
    for words in [
        "connected<",
        "The App in acme",
        "of 5\u{202f}000",
        "every repository",
    ] {
        assert!(page.contains(words), "{words}");
    }
    github.suspend("acme", true);
    client().post(app.url(PAGE)).send().await.unwrap();
    let page = text(&app, PAGE).await;
    assert!(
        page.contains("The App is suspended in") && page.contains("could not be tried"),
        "{page}"
    );
}

#[sqlx::test(migrations = false)]
async fn check_now_asks_github_though_nothing_is_stored(pool: PgPool) {
    let github = FakeGithub::start().await;
    let commands = connected(&pool, &github).await;
    github.install("acme", &RIGHTS);
    github.team("acme", "pay", &["ada"]);
    let repo = github.world().repo("acme/mono");
    repo.commit(NewCommit::new("Start").file("README.md", "x"));
    let app = App::with_commands(commands).await;
    client().post(app.url(PAGE)).send().await.unwrap();
    let page = text(&app, PAGE).await;
    assert_eq!(page.matches(">granted<").count(), 7, "{page}");
}

#[sqlx::test(migrations = false)]
async fn an_app_is_made_from_the_manifest_and_its_secrets_are_never_shown(pool: PgPool) {
    let github = FakeGithub::start().await;
    let dir = std::env::temp_dir().join(format!("fairway-app-{}", uuid::Uuid::now_v7()));
    let store = store::Store::on(pool.clone());
    server::migrate(&store).await.unwrap();
    let commands = Commands::new(store, std::sync::Arc::new(commands::SystemClock))
        .with_github_setup(setup(&github, &dir));
    let app = App::with_commands(commands).await;

    let answer = client()
        .get(app.url(&format!("{PAGE}?organisation=acme")))
        .send()
        .await
        .unwrap();
    let policy = answer.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("form-action 'self' https://github.com;"),
        "{policy}"
    );
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Secure"),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let state = cookie.split_once('=').unwrap().1.to_owned();
    let page = answer.text().await.unwrap();
    assert!(
        page.contains(&format!(
            "https://github.com/organizations/acme/settings/apps/new?state={state}"
        )),
        "{page}"
    );
    assert!(page.contains("https://fairway.example/webhooks/github"));
    let elsewhere = client().get(app.url("/admin/deliveries")).send().await.unwrap();
    let policy = elsewhere.headers()[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(policy.contains("form-action 'self';"), "{policy}");

    let code = github.accept_manifest();
    let back = format!("{PAGE}/created?code={code}&state={state}");
    assert!(
        text(&app, &back).await.contains("Fetch and store the key"),
        "looking changes nothing"
    );
    assert!(!dir.exists());
    let finish = async |cookie: Option<&str>, code: &str| {
        let request = client().post(app.url(&format!("{PAGE}/created")));
        let request = cookie.into_iter().fold(request, |request, cookie| {
            let both = format!("{}; {cookie}", ::tests::session::cookie());
            request.header(header::COOKIE, both)
        });
        request
            .form(&[("code", code), ("state", &state)])
            .send()
            .await
            .unwrap()
    };
    assert_eq!(
        finish(None, &code).await.status(),
        StatusCode::BAD_REQUEST,
        "another browser"
    );
    let wrong = "fairway_github_state=0123";
    assert_eq!(finish(Some(wrong), &code).await.status(), StatusCode::BAD_REQUEST);
    let made = finish(Some(&cookie), &code).await;
    assert_eq!(made.status(), StatusCode::SEE_OTHER);
    let next = made.headers()[header::LOCATION].to_str().unwrap().to_owned();
    let page = text(&app, &next).await;
    assert!(
        page.contains("github-app-4711.env") && page.contains("/apps/fairway-acme/installations/new"),
        "{page}"
    );
    assert!(
        !page.contains("canary") && !page.contains("PRIVATE KEY"),
        "{page}"
    );
    for file in ["github-app-4711.env", "github-app-4711.private-key.pem"] {
        let mode = std::fs::metadata(dir.join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let settings = std::fs::read_to_string(dir.join("github-app-4711.env")).unwrap();
    assert!(settings.contains("FAIRWAY_GITHUB_APP_ID=4711") && settings.contains("canary-of-the-webhook"));
    let audited: String =
        sqlx::query_scalar("select row_to_json(a)::text from audit a where action = 'github_app.create'")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert!(
        !audited.contains("canary") && !audited.contains("PRIVATE"),
        "{audited}"
    );
    assert_eq!(
        finish(Some(&cookie), &code).await.status(),
        StatusCode::FORBIDDEN,
        "a code works once"
    );
    std::fs::remove_dir_all(dir).unwrap();
}
