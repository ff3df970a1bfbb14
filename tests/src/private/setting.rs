//! Who makes a service private, and who says so: a person, a catalog file, both.

use commands::CommandError;

use super::*;

async fn viewer(ground: &Ground) -> Viewer {
    let reader = PersonId(person(READER));
    ground.app.commands.viewer(reader).await.unwrap().unwrap()
}

async fn is_seen(ground: &Ground, slug: &str) -> bool {
    let path = format!("/services/{slug}");
    ground.get(false, &path).await.status().is_success()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn its_team_and_admins_decide_and_the_trail_says_so(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let commands = &ground.app.commands;
    let by = viewer(&ground).await;
    let refused = commands
        .set_visibility(&by, "harbour", true, "not mine at all")
        .await;
    let Err(CommandError::Denied { why }) = refused else {
        panic!("an operator of another team decided: {refused:?}");
    };
    assert!(why.contains("owning team"), "{why}");
    commands
        .set_visibility(&by, "lantern", true, "not announced yet")
        .await
        .unwrap();
    assert!(is_seen(&ground, "lantern").await, "the team sees it");
    let audited: (String, String) =
        sqlx::query_as("select actor_name, reason from audit where action = 'service.set_visibility'")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(audited, ("Rea Reader".into(), "not announced yet".into()));
    let page = ground.text(false, "/services/harbour").await;
    assert!(page.contains("Only the owning team and admins of the organisation"));
    assert!(page.contains("everybody who may look"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_a_file_hides_no_person_shows(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    sqlx::query("update services set private_in_file = true, private = true where slug = 'harbour'")
        .execute(&pool)
        .await
        .unwrap();
    assert!(!is_seen(&ground, "harbour").await);
    let commands = &ground.app.commands;
    for private in [true, false] {
        commands
            .set_visibility(&operator(), "harbour", private, "a change of mind")
            .await
            .unwrap();
        assert!(!is_seen(&ground, "harbour").await, "by hand: {private}");
    }
    let page = ground.text(true, "/services/harbour").await;
    assert!(page.contains("change it there."), "the button says where");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn who_leaves_the_team_sees_it_no_more(pool: PgPool) {
    let ground = Ground::new(&pool).await;
    let commands = &ground.app.commands;
    hide(commands, "quay-north", "growth").await;
    assert!(is_seen(&ground, "quay-north").await);
    let reader = PersonId(person(READER));
    let gone = commands.remove_member(&operator(), "growth", reader).await;
    assert_eq!(gone.unwrap(), 1);
    assert!(!is_seen(&ground, "quay-north").await);
    let again = commands.remove_member(&operator(), "growth", reader).await;
    assert!(matches!(again, Err(CommandError::NotFound { .. })), "{again:?}");
    let left = viewer(&ground).await;
    assert_eq!(
        left.grants().unwrap().len(),
        1,
        "what is of the organisation stays"
    );
}
