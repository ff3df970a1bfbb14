//! What groups give, and what losing them takes.

use commands::Origin;
use domain::{ids::PersonId, tokens::NewToken};

use super::*;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_group_gives_a_role_and_losing_it_ends_sessions(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    // Asked again with every page.
    let app = app(&pool, &issuer, TimeDelta::zero()).await;
    rule(&app, "oidc", "platform", Role::Operator).await;
    rule(&app, "oidc", "everybody", Role::Viewer).await;
    issuer.browse_as(ada(&["platform", "everybody"]));
    let (_, session) = sign_in(&app, "oidc", "").await;

    let asking = get(&app, "/services", &session).await;
    let to = location(&asking);
    assert!(to.starts_with("/sign-in/oidc?again=true&to="), "{to}");
    let (session, back) = go(&app, &to, &session).await;
    assert_eq!(issuer.asked().last().unwrap()["prompt"], "none");
    let answer = get(&app, &back, &session).await;
    assert_eq!(location(&answer), "/services", "without a word");
    let table = stranger()
        .get(app.url("/services.csv"))
        .header(header::COOKIE, &session)
        .send()
        .await
        .unwrap();
    assert_eq!(
        table.status(),
        StatusCode::UNAUTHORIZED,
        "what cannot ask is closed"
    );

    issuer.browse_as(ada(&["everybody"]));
    let (session, back) = go(&app, &to, &session).await;
    let answer = get(&app, &back, &session).await;
    assert!(
        location(&answer).starts_with("/sign-in?to="),
        "{}",
        location(&answer)
    );
    assert_eq!(
        count(&pool, "select count(*) from sessions s join accounts a on a.person_id = s.person_id where a.email like 'ada@%'").await,
        0
    );
    let roles: Vec<String> = sqlx::query_scalar(
        "select g.role from grants g join accounts a on a.person_id = g.person_id where a.email = 'ada@harbour.example'",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(roles, ["viewer"]);

    issuer.browse_as(ada(&[]));
    let (answer, _) = sign_in(&app, "oidc", "").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("none of your groups has a role here")
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_session_ends_with_that_of_the_provider(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::zero()).await;
    rule(&app, "oidc", "platform", Role::Operator).await;
    issuer.browse_as(ada(&["platform"]));
    let (_, session) = sign_in(&app, "oidc", "").await;
    issuer.sign_out();
    let (session, back) = go(&app, "/sign-in/oidc?again=true", &session).await;
    assert!(location(&get(&app, &back, &session).await).starts_with("/sign-in"));

    issuer.browse_as(ada(&["platform"]));
    let (_, session) = sign_in(&app, "oidc", "").await;
    issuer.browse_as(
        json!({ "sub": "ben-2", "name": "Ben", "email": "ben@harbour.example", "groups": ["platform"] }),
    );
    let (session, back) = go(&app, "/sign-in/oidc?again=true", &session).await;
    assert!(
        location(&get(&app, &back, &session).await).starts_with("/sign-in"),
        "nobody goes on as somebody else"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn strangers_stay_outside_and_an_admins_own_grants_stay(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    issuer.browse_as(ada(&["platform"]));
    let people = count(&pool, "select count(*) from people").await;
    let (answer, _) = sign_in(&app, "oidc", "").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(
        count(&pool, "select count(*) from people").await,
        people,
        "nothing stays of them"
    );

    rule(&app, "oidc", "platform", Role::Viewer).await;
    let (answer, session) = sign_in(&app, "oidc", "").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let id: uuid::Uuid =
        sqlx::query_scalar("select person_id from accounts where email = 'ada@harbour.example'")
            .fetch_one(&pool)
            .await
            .unwrap();
    app.commands
        .grant_role(&operator(), id.into(), NewGrant::whole(Role::Viewer))
        .await
        .unwrap();
    let rules = app.commands.reads().sign_in_rules().await.unwrap();
    app.commands
        .drop_sign_in_rule(&operator(), rules[0].id)
        .await
        .unwrap();
    assert!(is_signed_in(&app, &session).await);
    let page = get(&app, "/services", &session).await;
    assert_eq!(page.status(), StatusCode::OK, "what an admin gave stays");
    let acts: Vec<String> = sqlx::query_scalar("select action from audit order by at, id")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(
        acts,
        [
            "sign_in_rule.make",
            "person.follow_groups",
            "session.sign_in",
            "person.grant_role",
            "sign_in_rule.drop"
        ]
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_comes_another_way_has_no_role_of_a_group_that_was_not_asked_about(pool: PgPool) {
    const PASSWORD: &str = "granite lanterns 7 softly humming";
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    rule(&app, "oidc", "platform", Role::Operator).await;
    issuer.browse_as(ada(&["platform"]));
    sign_in(&app, "oidc", "").await;
    let id: uuid::Uuid =
        sqlx::query_scalar("select person_id from accounts where email = 'ada@harbour.example'")
            .fetch_one(&pool)
            .await
            .unwrap();
    let code = app.commands.invite_again(&operator(), id.into()).await.unwrap();
    app.commands.accept_invitation(&code, PASSWORD).await.unwrap();
    let comes = async || {
        let from = Origin::default();
        app.commands
            .sign_in("ada@harbour.example", PASSWORD, &from)
            .await
            .unwrap();
        app.commands.reads().grants_of(id.into()).await.unwrap().len()
    };
    assert_eq!(comes().await, 1, "the provider knew her a moment ago");
    sqlx::query("update identities set signed_in_at = now() - interval '31 minutes' where provider = 'oidc'")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(comes().await, 0, "it may know her no more");
    let (answer, session) = sign_in(&app, "oidc", "").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        get(&app, "/admin/jobs", &session).await.status(),
        StatusCode::OK,
        "it does"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_a_group_gives_is_not_taken_only_to_come_back(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    rule(&app, "oidc", "platform", Role::Operator).await;
    issuer.browse_as(ada(&["platform"]));
    sign_in(&app, "oidc", "").await;
    let id: uuid::Uuid =
        sqlx::query_scalar("select person_id from accounts where email = 'ada@harbour.example'")
            .fetch_one(&pool)
            .await
            .unwrap();
    let held = async || app.commands.reads().grants_of(id.into()).await.unwrap();
    let grant = held().await[0].id;
    let refused = app.commands.revoke_role(&operator(), id.into(), grant).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("/admin/sign-in"), "{refused}");
    assert_eq!(held().await.len(), 1);
    app.commands
        .grant_role(&operator(), id.into(), NewGrant::whole(Role::Viewer))
        .await
        .unwrap();
    let by_hand = held().await.into_iter().find(|held| held.role == Role::Viewer);
    app.commands
        .revoke_role(&operator(), id.into(), by_hand.unwrap().id)
        .await
        .expect("what an admin gave goes");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_rule_of_the_last_admin_stays(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    rule(&app, "oidc", "platform", Role::Admin).await;
    issuer.browse_as(ada(&["platform"]));
    sign_in(&app, "oidc", "").await;
    // The harness's own admin goes.
    sqlx::query("update accounts set disabled_at = now() where email <> 'ada@harbour.example'")
        .execute(&pool)
        .await
        .unwrap();
    let rules = app.commands.reads().sign_in_rules().await.unwrap();
    let refused = app
        .commands
        .drop_sign_in_rule(&operator(), rules[0].id)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("last admin"), "{refused}");
    assert_eq!(app.commands.reads().admin_count().await.unwrap(), 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn where_passwords_are_off_nobody_comes_in_by_one(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let store = Store::on(pool.clone());
    server::migrate(&store).await.unwrap();
    let commands = Commands::new(store, Arc::new(SystemClock)).with_ways(Ways {
        passwords: false,
        oidc: Some(oidc(&issuer)),
        ..Ways::default()
    });
    let app = App::with_commands(commands).await;
    let page = get(&app, "/sign-in", "").await.text().await.unwrap();
    assert!(page.contains("Sign in with Harbour ID") && !page.contains("name=\"password\""));
    let fields = [
        ("email", "ada@harbour.example"),
        ("password", "harbour lights 5 quietly"),
    ];
    let answer = post(&app, "/sign-in", "", &fields).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("Passwords are switched off here")
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn roles_of_groups_hold_in_tokens_for_a_week(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    rule(&app, "oidc", "platform", Role::Developer).await;
    issuer.browse_as(ada(&["platform"]));
    sign_in(&app, "oidc", "").await;
    let id: uuid::Uuid =
        sqlx::query_scalar("select person_id from accounts where email = 'ada@harbour.example'")
            .fetch_one(&pool)
            .await
            .unwrap();
    let person = PersonId(id);
    let viewer = app.commands.viewer(person).await.unwrap().unwrap();
    let new = NewToken::parse("laptop", &["read".to_owned()], 90, app.commands.now()).unwrap();
    let (_, secret) = app.commands.create_own_token(&viewer, new).await.unwrap();
    let asked = async |days: i32| {
        sqlx::query(
            "update identities set signed_in_at = now() - make_interval(days => $1) where provider = 'oidc'",
        )
        .bind(days)
        .execute(&pool)
        .await
        .unwrap();
        let request = stranger().get(app.url("/api/v1/services")).bearer_auth(&secret);
        request.send().await.unwrap()
    };
    assert_eq!(asked(6).await.status(), StatusCode::OK);
    let refused = asked(8).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    let why = refused.text().await.unwrap();
    assert!(why.contains("Sign in once more"), "{why}");

    // Being asked is enough.
    sign_in(&app, "oidc", "").await;
    assert_eq!(asked(0).await.status(), StatusCode::OK);
    app.commands
        .grant_role(&operator(), person, NewGrant::whole(Role::Viewer))
        .await
        .unwrap();
    assert_eq!(
        asked(8).await.status(),
        StatusCode::OK,
        "what an admin gave needs no provider"
    );
}
