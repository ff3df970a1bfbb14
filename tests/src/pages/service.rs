//! What the page of a service says of what nobody knows yet, and of what is gone.

use sqlx::PgPool;
use tests::fakes::github::{NewCommit, World};

use crate::{
    harness::{App, text},
    intake::order::{register, tell},
};

#[sqlx::test(migrations = false)]
async fn production_has_everything_only_where_that_is_known(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    register(&app.commands).await;
    let page = async || text(&app, "/services/payments").await;
    let first = page().await;
    assert!(!first.contains("Production has everything"), "{first}");
    assert!(first.contains("Not known: no push seen yet") && first.contains("Let GitHub send push events"));
    assert!(first.contains("href=\"/dora?service=payments\""));

    let world = World::default();
    let repo = world.act_as("ada").repo("acme/payments");
    let sha = repo.commit(NewCommit::new("Start"));
    tell(&app.commands, &world.take_deliveries()).await;
    let pushed = page().await;
    assert!(
        pushed.contains("Not known: no deploy to production seen yet"),
        "{pushed}"
    );

    repo.deploy_through("production", &sha, 1, "success");
    tell(&app.commands, &world.take_deliveries()).await;
    app.commands.derive_every_service().await.unwrap();
    assert!(page().await.contains("Production has everything"));
}

#[sqlx::test(migrations = false)]
async fn a_service_says_that_its_repository_is_gone(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    register(&app.commands).await;
    let world = World::default();
    world.repo("acme/payments").commit(NewCommit::new("Start"));
    tell(&app.commands, &world.take_deliveries()).await;
    let says = async || {
        let page = text(&app, "/services/payments").await;
        assert_eq!(
            page.contains("Its repository is gone"),
            page.contains("let Fairway's App or token see it again")
                || page.contains("let Fairway&#x27;s App or token see it again"),
            "what to do stands beside it: {page}"
        );
        page.contains("Its repository is gone")
    };
    assert!(!says().await, "no list of GitHub was read yet");
    for (statement, gone) in [
        (
            "insert into repository_listings (repository_id, visibility, listed_at)
             select id, 'private', now() from repositories where name = 'payments'",
            false,
        ),
        ("update repository_listings set gone_at = now()", true),
        ("update repository_listings set gone_at = null", false),
        (
            "update repositories set deleted_at = now() where name = 'payments'",
            true,
        ),
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
        assert_eq!(says().await, gone, "{statement}");
    }
}
