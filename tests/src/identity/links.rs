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
