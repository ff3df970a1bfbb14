//! Links that let somebody in once.

use commands::CommandError;
use futures::future;

use super::*;

async fn invited(commands: &Commands) -> (PersonId, String) {
    let new = NewAccount::parse("Ben", "ben@fairway.example").unwrap();
    commands
        .invite(&operator(), new, NewGrant::whole(Role::Viewer))
        .await
        .unwrap()
}

fn works_no_more<T: std::fmt::Debug>(result: Result<T, CommandError>) {
    assert!(matches!(result, Err(CommandError::NotFound { .. })), "{result:?}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn of_many_who_use_a_link_at_once_one_gets_in(pool: PgPool) {
    let commands = commands(&pool).await;
    let (_, code) = invited(&commands).await;
    let tries = (0..6).map(|_| commands.accept_invitation(&code, PASSWORD));
    let came = future::join_all(tries).await;
    assert_eq!(came.iter().filter(|one| one.is_ok()).count(), 1, "{came:?}");
    works_no_more(commands.let_in_by(&code).await);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_link_ends_with_its_time_and_an_invitation_with_the_next(pool: PgPool) {
    let commands = commands(&pool).await;
    let (ben, first) = invited(&commands).await;
    let second = commands.invite_again(&operator(), ben).await.unwrap();
    works_no_more(commands.let_in_by(&first).await);
    commands.let_in_by(&second).await.unwrap();
    let weak = commands.accept_invitation(&second, "passwordpassword").await;
    assert!(matches!(weak, Err(CommandError::Invalid(_))), "{weak:?}");
    commands.let_in_by(&second).await.expect("it was not used");
    sqlx::query("update single_use_links set expires_at = now() - interval '1 second'")
        .execute(&pool)
        .await
        .unwrap();
    works_no_more(commands.accept_invitation(&second, PASSWORD).await);
    works_no_more(commands.let_in_by("0000").await);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_set_up_link_makes_the_first_admin_and_no_second_one(pool: PgPool) {
    let commands = commands(&pool).await;
    let make = async || commands.make_set_up_link(&operator(), false).await.unwrap();
    let (one, other) = (make().await.unwrap(), make().await.unwrap());
    let new = |name: &str| NewAccount::parse(name, &format!("{name}@fairway.example")).unwrap();
    let came = future::join(
        commands.set_up(&one, new("ada"), PASSWORD),
        commands.set_up(&other, new("eve"), PASSWORD),
    )
    .await;
    assert!(came.0.is_ok() != came.1.is_ok(), "{came:?}");
    assert_eq!(make().await, None, "there is an admin");
    assert_eq!(commands.reads().admin_count().await.unwrap(), 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn links_into_the_demo_open_nothing_else(pool: PgPool) {
    let commands = commands(&pool).await;
    person(&commands, "ravi", Role::Admin).await;
    let refused = commands.make_demo_link(&operator(), "ravi@fairway.example").await;
    assert!(matches!(refused, Err(CommandError::Denied { .. })), "{refused:?}");
}

/// What stands in a page after some words, to the next of these.
fn between<'a>(page: &'a str, start: &str, end: char) -> &'a str {
    page.split(start).nth(1).unwrap().split(end).next().unwrap()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_form_that_is_sent_again_makes_nobody_and_no_link_in_place_of_the_one_shown(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    let cookie = ::tests::session::cookie();
    let shown = |page: &str| between(page, "/link?code=", '<').to_owned();
    let fields = [
        ("name", "Ben"),
        ("email", "ben@fairway.example"),
        ("role", "viewer"),
    ];
    let page = post(&app, "/admin/people", &cookie, &fields).await;
    assert_eq!(page.status(), StatusCode::OK);
    let page = page.text().await.unwrap();
    assert!(
        page.contains("loading this page again makes no other one"),
        "{page}"
    );
    let first = shown(&page);
    let again = post(&app, "/admin/people", &cookie, &fields).await;
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);
    assert!(again.text().await.unwrap().contains("has an account already"));
    app.commands.let_in_by(&first).await.expect("it works still");

    let ben = app.commands.reads().accounts().await.unwrap();
    let ben = ben.iter().find(|account| account.name == "Ben").unwrap().person;
    let address = format!("/admin/people/{ben}");
    let page = get(&app, &address, &cookie).await.text().await.unwrap();
    let newest = between(&page, "name=\"after\" value=\"", '"').to_owned();
    let fields = [("act", "link"), ("after", &*newest)];
    let page = post(&app, &address, &cookie, &fields).await.text().await.unwrap();
    let second = shown(&page);
    assert_ne!(first, second);
    let again = post(&app, &address, &cookie, &fields).await;
    assert_eq!(again.status(), StatusCode::CONFLICT);
    app.commands.let_in_by(&second).await.expect("it was not ended");
    let newest = between(&page, "name=\"after\" value=\"", '"');
    let third = post(&app, &address, &cookie, &[("act", "link"), ("after", newest)]).await;
    assert_eq!(third.status(), StatusCode::OK, "who means it may");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_holds_a_link_that_is_over_is_sent_to_no_search(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    let (_, code) = invited(&app.commands).await;
    let page = get(&app, &format!("/link?code={code}"), "")
        .await
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("15 to 256 characters"),
        "said before anybody is refused"
    );
    let over = get(&app, "/link?code=0000", "").await;
    assert_eq!(over.status(), StatusCode::NOT_FOUND);
    let page = over.text().await.unwrap();
    let main = page
        .split("<main")
        .nth(1)
        .unwrap()
        .split("</main>")
        .next()
        .unwrap();
    assert!(main.contains("ask for a new one."), "{main}");
    assert!(main.contains("href=\"/sign-in\""), "{main}");
    for closed in ["search", "/services", "All services"] {
        assert!(!main.contains(closed), "{closed}: {main}");
    }
}
