//! GitHub's OAuth against the fake: the number is the person, teams have roles, and leaving one ends sessions.

use integrations::{
    github::{GithubClient, GithubConfig},
    sign_in::{GithubOauth, GithubOauthConfig},
};
use tests::fakes::github::{Failure, FakeGithub, World};

use super::*;

async fn start(pool: &PgPool, github: &FakeGithub) -> App {
    let store = Store::on(pool.clone());
    server::migrate(&store).await.unwrap();
    let client = GithubClient::new(GithubConfig {
        base_url: github.base_url(),
        token: Some(FakeGithub::TOKEN.into()),
        timeout: GithubConfig::TIMEOUT,
    })
    .unwrap();
    let oauth = GithubOauth::new(GithubOauthConfig {
        web_url: github.base_url().as_str().trim_end_matches('/').to_owned(),
        api_url: github.base_url(),
        client_id: World::CLIENT_ID.to_owned(),
        client_secret: World::CLIENT_SECRET.into(),
        return_url: format!("{HERE}/sign-in/github/return"),
    })
    .unwrap();
    let commands = Commands::new(store, Arc::new(SystemClock))
        .with_github(client)
        .with_ways(Ways {
            github: Some(oauth),
            ..Ways::default()
        });
    App::with_commands(commands).await
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_team_gives_a_role_until_somebody_leaves_it(pool: PgPool) {
    let github = FakeGithub::start().await;
    github.join("acme", "ada");
    github.team("acme", "pay", &["ada"]);
    github.address("ada", "ada@acme.example", true).browse_as("ada");
    let app = start(&pool, &github).await;
    let (answer, _) = sign_in(&app, "github", "").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN, "no team has a role yet");

    rule(&app, "github", "acme/pay", Role::Developer).await;
    rule(&app, "github", "acme", Role::Viewer).await;
    let (answer, session) = sign_in(&app, "github", "").await;
    assert_eq!(
        (answer.status(), location(&answer).as_str()),
        (StatusCode::SEE_OTHER, "/services")
    );
    let page = get(&app, "/account", &session).await.text().await.unwrap();
    assert!(
        page.contains("developer") && page.contains("acme, acme/pay"),
        "{page}"
    );
    let known: Vec<(String, String)> =
        sqlx::query_as("select provider, subject from identities order by 1 desc")
            .fetch_all(&pool)
            .await
            .unwrap();
    let id = github.user("ada").id.to_string();
    assert_eq!(
        known,
        [
            ("github".to_owned(), id),
            ("email".to_owned(), "ada@acme.example".to_owned())
        ]
    );

    assert_eq!(app.commands.recheck_github_members().await.unwrap(), 0);
    assert!(is_signed_in(&app, &session).await);
    github.fail(Failure::Status(503));
    assert!(
        app.commands.recheck_github_members().await.is_err(),
        "tried again by the queue"
    );
    assert!(
        is_signed_in(&app, &session).await,
        "what is not known takes nothing"
    );
    github.heal();

    github.team("acme", "pay", &[]);
    assert_eq!(app.commands.recheck_github_members().await.unwrap(), 1);
    assert!(!is_signed_in(&app, &session).await);
    let (_, session) = sign_in(&app, "github", "").await;
    assert_eq!(
        get(&app, "/admin/jobs", &session).await.status(),
        StatusCode::FORBIDDEN,
        "only a viewer now"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_login_changes_hands_and_the_number_does_not(pool: PgPool) {
    let github = FakeGithub::start().await;
    for login in ["ada", "mallory"] {
        github.join("acme", login);
        github.address(login, &format!("{login}@acme.example"), true);
    }
    let app = start(&pool, &github).await;
    rule(&app, "github", "acme", Role::Viewer).await;
    // The author of commits is known by the number before they ever sign in.
    let person = uuid::Uuid::from_u128(0xada);
    sqlx::query("insert into people (id, display_name, login, created_at) values ($1, 'ada', 'ada', now())")
        .bind(person)
        .execute(&pool)
        .await
        .unwrap();
    sqlx::query(
        "insert into identities (provider, subject, person_id, created_at) values ('github', $1, $2, now())",
    )
    .bind(github.user("ada").id.to_string())
    .bind(person)
    .execute(&pool)
    .await
    .unwrap();
    github.browse_as("mallory");
    sign_in(&app, "github", "").await;
    let accounts = "select count(*) from accounts where person_id = '00000000-0000-0000-0000-000000000ada'";
    assert_eq!(count(&pool, accounts).await, 0);
    github.browse_as("ada");
    let (answer, _) = sign_in(&app, "github", "").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(count(&pool, accounts).await, 1, "the account is the author's");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn codes_of_github_work_once_in_the_browser_that_asked(pool: PgPool) {
    let github = FakeGithub::start().await;
    github.join("acme", "ada");
    github.address("ada", "ada@acme.example", true).browse_as("ada");
    let app = start(&pool, &github).await;
    rule(&app, "github", "acme", Role::Viewer).await;
    let (mine, back) = go(&app, "/sign-in/github", "").await;
    let (other, _) = go(&app, "/sign-in/github", "").await;
    assert_eq!(get(&app, &back, &other).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(get(&app, &back, &mine).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        get(&app, &back, &mine).await.status(),
        StatusCode::BAD_REQUEST,
        "sent again"
    );

    // The code of one sign-in in the address of another: its proof does not fit.
    let (mine, back) = go(&app, "/sign-in/github", "").await;
    let (_, of_other) = go(&app, "/sign-in/github", "").await;
    let code = |path: &str| {
        path.split("code=")
            .nth(1)
            .unwrap()
            .split('&')
            .next()
            .unwrap()
            .to_owned()
    };
    let mixed = back.replace(&code(&back), &code(&of_other));
    assert_eq!(get(&app, &mixed, &mine).await.status(), StatusCode::FORBIDDEN);

    github.address("eve", "eve@acme.example", false).browse_as("eve");
    github.join("acme", "eve");
    let (answer, _) = sign_in(&app, "github", "").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN, "no proved address");
}
