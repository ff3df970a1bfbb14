//! One person, several identities: invitations, connecting, merging, and the authors of commits.

use domain::{
    actor::Scope,
    people::NewAccount,
    sign_in::identity_of,
    tokens::{NewToken, SECRET_BYTES},
};

use super::*;

async fn invite(app: &App, name: &str, email: &str, role: Role) -> uuid::Uuid {
    let new = NewAccount::parse(name, email).unwrap();
    let (person, _) = app
        .commands
        .invite(&operator(), new, NewGrant::whole(role))
        .await
        .unwrap();
    person.0
}

/// Somebody with a session of their own.
async fn ben(app: &App, pool: &PgPool) -> (uuid::Uuid, String) {
    let cookie = tests::session::sign_in_as(pool, 20, "Ben", Some("viewer")).await;
    assert!(is_signed_in(app, &cookie).await);
    (tests::session::person(20), cookie)
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_email_alone_gives_nobody_an_account(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    rule(&app, "oidc", "platform", Role::Viewer).await;
    // The harness's admin has this address; here it is even said to be proved.
    let taken = json!({ "sub": "eve", "name": "Eve", "email": "1@fairway.example", "email_verified": true, "groups": ["platform"] });
    issuer.browse_as(taken);
    let (answer, session) = sign_in(&app, "oidc", "").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(!is_signed_in(&app, &session).await);

    let invited = invite(&app, "Ada", "ada@harbour.example", Role::Developer).await;
    let mut unproved = ada(&[]);
    unproved["email_verified"] = false.into();
    issuer.browse_as(unproved);
    let (answer, _) = sign_in(&app, "oidc", "").await;
    assert_eq!(
        answer.status(),
        StatusCode::FORBIDDEN,
        "an invitation is for who proves the address"
    );
    issuer.browse_as(ada(&[]));
    let (answer, session) = sign_in(&app, "oidc", "").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert!(is_signed_in(&app, &session).await);
    let owner: uuid::Uuid = sqlx::query_scalar("select person_id from identities where provider = 'oidc'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(owner, invited);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_invitation_ends_when_its_person_comes_by_an_identity_that_is_theirs(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    let new = NewAccount::parse("Ada", "ada@elsewhere.example").unwrap();
    let (invited, code) = app
        .commands
        .invite(&operator(), new, NewGrant::whole(Role::Viewer))
        .await
        .unwrap();
    let known = uuid::Uuid::from_u128(0xada);
    sqlx::query("insert into people (id, display_name, login, created_at) values ($1, 'ada', 'ada', now())")
        .bind(known)
        .execute(&pool)
        .await
        .unwrap();
    sqlx::query(
        "insert into identities (provider, subject, person_id, created_at) values ('oidc', $1, $2, now())",
    )
    .bind(identity_of(&issuer.issuer(), "ada-1"))
    .bind(known)
    .execute(&pool)
    .await
    .unwrap();
    app.commands
        .merge_people(&operator(), invited, "ada", "asked her")
        .await
        .unwrap();
    assert!(app.commands.let_in_by(&code).await.is_ok());
    issuer.browse_as(ada(&[]));
    let (answer, session) = sign_in(&app, "oidc", "").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert!(is_signed_in(&app, &session).await);
    assert!(
        app.commands.let_in_by(&code).await.is_err(),
        "the link that was sent chooses no password any more"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_email_that_nobody_proved_takes_no_link_of_the_server(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    rule(&app, "oidc", "platform", Role::Viewer).await;
    let set_up = async || {
        let code = app.commands.make_set_up_link(&operator(), true).await;
        let new = NewAccount::parse("Boss", "boss@harbour.example").unwrap();
        let password = "granite lanterns 7 softly humming";
        app.commands.set_up(&code.unwrap().unwrap(), new, password).await
    };
    let mut eve =
        json!({ "sub": "eve", "name": "Eve", "email": "boss@harbour.example", "groups": ["platform"] });
    issuer.browse_as(eve.clone());
    let (answer, of_eve) = sign_in(&app, "oidc", "").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let refused = set_up().await.unwrap_err().to_string();
    assert!(refused.contains("use another one"), "{refused}");
    assert!(is_signed_in(&app, &of_eve).await);
    assert_eq!(
        get(&app, "/admin/people", &of_eve).await.status(),
        StatusCode::FORBIDDEN
    );
    eve["email_verified"] = true.into();
    issuer.browse_as(eve);
    let (answer, _) = sign_in(&app, "oidc", "").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    set_up().await.expect("once it is proved, it is hers");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn who_proves_both_is_one_person(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    rule(&app, "oidc", "platform", Role::Operator).await;
    issuer.browse_as(ada(&["platform"]));
    let (_, of_ada) = sign_in(&app, "oidc", "").await;
    let (ben, of_ben) = ben(&app, &pool).await;

    let form = post(&app, "/account", &of_ben, &[("act", "link"), ("way", "oidc")]).await;
    assert_eq!(form.status(), StatusCode::OK);
    let session = cookie(&form, &of_ben);
    let page = form.text().await.unwrap();
    let href = page
        .split("href=\"")
        .map(|rest| rest.split('"').next().unwrap_or_default());
    let href = href
        .filter(|href| href.starts_with(&issuer.issuer()))
        .collect::<Vec<_>>();
    let back = at_provider(&href[0].replace("&amp;", "&")).await;
    let stolen = get(&app, &back, &of_ada).await;
    assert_eq!(
        stolen.status(),
        StatusCode::BAD_REQUEST,
        "another browser connects nothing"
    );
    let answer = get(&app, &back, &session).await;
    assert_eq!(location(&answer), "/account#identities");

    let owner: uuid::Uuid = sqlx::query_scalar("select person_id from identities where provider = 'oidc'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(owner, ben);
    assert!(!is_signed_in(&app, &of_ada).await, "the other account is gone");
    assert_eq!(
        count(&pool, "select count(*) from people where merged_into is not null").await,
        1
    );
    let merged: i64 = count(
        &pool,
        "select count(*) from audit where action in ('person.merge', 'person.link')",
    )
    .await;
    assert_eq!(merged, 2);
    let (_, session) = sign_in(&app, "oidc", "").await;
    let page = get(&app, "/account", &session).await.text().await.unwrap();
    assert!(
        page.contains("Ben") && page.contains("operator"),
        "the group's role is Ben's"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_admin_merges_and_maps_and_the_trail_says_so(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    let (ben, _) = ben(&app, &pool).await;
    sqlx::raw_sql(
        "insert into people (id, display_name, login, created_at) values ('00000000-0000-7000-8000-0000000000b1', 'bengit', 'bengit', now());
         insert into identities (provider, subject, person_id, created_at) values ('github', '77', '00000000-0000-7000-8000-0000000000b1', now());
         insert into repositories (id, github_id, owner, name, facts_as_of, created_at)
         values ('00000000-0000-7000-8000-0000000000c1', 1, 'acme', 'pay', now(), now());
         insert into commits (repository_id, sha, message, author_person_id) values
         ('00000000-0000-7000-8000-0000000000c1', 'a', 'One', '00000000-0000-7000-8000-0000000000b1');
         insert into commits (repository_id, sha, message, author_name, author_email) values
         ('00000000-0000-7000-8000-0000000000c1', 'b', 'Two', 'Ben', 'ben@laptop.example')",
    )
    .execute(&pool)
    .await
    .unwrap();
    let unmapped = app.commands.reads().unmapped_authors(10).await.unwrap();
    assert_eq!(unmapped.len(), 1);
    assert_eq!(
        unmapped[0].suggestion.as_ref().map(|(id, _)| id.0),
        Some(ben),
        "by the name: a suggestion only"
    );

    app.commands
        .merge_people(&operator(), ben.into(), "bengit", "asked him")
        .await
        .unwrap();
    app.commands
        .map_author(&operator(), ("Ben@laptop.example", ""), ben.into())
        .await
        .unwrap();
    let authors: Vec<uuid::Uuid> = sqlx::query_scalar("select author_person_id from commits order by sha")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(authors, [ben, ben]);
    assert!(
        app.commands
            .reads()
            .unmapped_authors(10)
            .await
            .unwrap()
            .is_empty()
    );
    let acts: Vec<String> = sqlx::query_scalar("select action from audit order by at, id")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(acts, ["person.merge", "person.map_author"]);
    for wrong in ["bengit-2", "", "ben@laptop.example"] {
        let refused = app
            .commands
            .merge_people(&operator(), ben.into(), wrong, "asked him")
            .await;
        assert!(refused.is_err(), "{wrong}: nobody, or the same");
    }

    // Whoever asks to be forgotten is, under each number that they had.
    app.commands
        .erase_person(&operator(), ben.into(), "asked for it")
        .await
        .unwrap();
    let left = count(
        &pool,
        "select count(*) from people where display_name ilike '%ben%' or login is not null",
    )
    .await;
    assert_eq!(left, 0);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_identity_that_an_admin_ends_lets_nobody_in(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    let invited = invite(&app, "Ada", "ada@harbour.example", Role::Viewer).await;
    rule(&app, "oidc", "platform", Role::Operator).await;
    issuer.browse_as(ada(&["platform"]));
    let (_, session) = sign_in(&app, "oidc", "").await;
    assert!(is_signed_in(&app, &session).await);
    sqlx::query("update people set login = 'adagit' where id = $1")
        .bind(invited)
        .execute(&pool)
        .await
        .unwrap();
    sqlx::query(
        "insert into identities (provider, subject, person_id, created_at) values ('github', '77', $1, now())",
    )
    .bind(invited)
    .execute(&pool)
    .await
    .unwrap();

    let (page, admin) = (format!("/admin/people/{invited}"), tests::session::cookie());
    let identity = format!("oidc {}", domain::sign_in::identity_of(&issuer.issuer(), "ada-1"));
    let shown = get(&app, &page, &admin).await.text().await.unwrap();
    assert!(shown.contains("End this identity"), "{shown}");
    let end = async |by: &str, identity: &str, why: &str| {
        let fields = [("act", "unlink"), ("identity", identity), ("why", why)];
        post(&app, &page, by, &fields).await.status()
    };
    let why = "left the company";
    assert_eq!(end(&session, &identity, why).await, StatusCode::FORBIDDEN);
    assert_eq!(end(&admin, "oidc nobody", why).await, StatusCode::NOT_FOUND);
    for (identity, why) in [
        (identity.as_str(), " "),
        ("email ada@harbour.example", why),
        ("", why),
    ] {
        assert_eq!(
            end(&admin, identity, why).await,
            StatusCode::BAD_REQUEST,
            "{identity}"
        );
    }
    assert!(is_signed_in(&app, &session).await);

    assert_eq!(end(&admin, &identity, why).await, StatusCode::SEE_OTHER);
    assert!(!is_signed_in(&app, &session).await);
    let roles: Vec<String> = sqlx::query_scalar("select role from grants where person_id = $1")
        .bind(invited)
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(roles, ["viewer"], "what the group gave is gone");
    let reason: String = sqlx::query_scalar("select reason from audit where action = 'person.unlink'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(reason, why);
    let (answer, session) = sign_in(&app, "oidc", "").await;
    assert_eq!(
        answer.status(),
        StatusCode::FORBIDDEN,
        "the e-mail alone lets nobody in"
    );
    assert!(!is_signed_in(&app, &session).await);

    assert_eq!(end(&admin, "github 77", why).await, StatusCode::SEE_OTHER);
    let login: Option<String> = sqlx::query_scalar("select login from people where id = $1")
        .bind(invited)
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(login, None, "the next event names somebody else by it");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_merge_gives_no_token_a_right(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    tests::session::sign_in_as(&pool, 20, "Ben", Some("viewer")).await;
    tests::session::sign_in_as(&pool, 21, "Benedict", Some("operator")).await;
    let (viewer, operates) = (tests::session::person(20), tests::session::person(21));
    let scopes: Vec<String> = Scope::ALL.iter().map(|scope| scope.as_str().to_owned()).collect();
    let new = NewToken::parse("a laptop's", &scopes, 30, app.commands.now()).unwrap();
    let (_, secret) = app
        .commands
        .create_token(
            &operator(),
            new.owned_by(domain::ids::PersonId(viewer)),
            [7; SECRET_BYTES],
        )
        .await
        .unwrap();
    assert!(app.commands.holder_of(&secret).await.is_ok());
    app.commands
        .merge_people(&operator(), operates.into(), "20@fairway.example", "asked him")
        .await
        .unwrap();
    let holder = app.commands.holder_of(&secret).await;
    assert!(
        holder.is_err(),
        "what a viewer's token may, an operator's may not be: {holder:?}"
    );
    let ended = "select count(*) from audit where action = 'person.merge' and after ->> 'tokens_ended' = '1'";
    assert_eq!(count(&pool, ended).await, 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_address_that_was_mapped_wrongly_is_taken_back_with_a_reason(pool: PgPool) {
    let issuer = FakeIssuer::start().await;
    let app = app(&pool, &issuer, TimeDelta::minutes(15)).await;
    let (ben, _) = ben(&app, &pool).await;
    sqlx::raw_sql(
        "insert into repositories (id, github_id, owner, name, facts_as_of, created_at)
         values ('00000000-0000-7000-8000-0000000000c1', 1, 'acme', 'pay', now(), now());
         insert into commits (repository_id, sha, message, author_name, author_email) values
         ('00000000-0000-7000-8000-0000000000c1', 'b', 'Two', 'Ben', 'ben@laptop.example')",
    )
    .execute(&pool)
    .await
    .unwrap();
    let (admin, id) = (tests::session::cookie(), ben.to_string());
    let fields = [
        ("act", "map"),
        ("author", "ben@laptop.example"),
        ("field", "person-0"),
        ("person-0", &*id),
        ("person-0-why", "his laptop, he says"),
    ];
    let mapped = post(&app, "/admin/people", &admin, &fields).await;
    assert_eq!(mapped.status(), StatusCode::SEE_OTHER);
    let of_ben = "select count(*) from commits where author_person_id is not null";
    assert_eq!(count(&pool, of_ben).await, 1);

    let page = format!("/admin/people/{ben}");
    let shown = get(&app, &page, &admin).await.text().await.unwrap();
    assert!(shown.contains("Not their commits"), "{shown}");
    let unmap = async |why: &str| {
        let fields = [
            ("act", "unmap"),
            ("email", "ben@laptop.example"),
            ("unmap_reason", why),
        ];
        post(&app, &page, &admin, &fields).await.status()
    };
    assert_eq!(unmap(" ").await, StatusCode::BAD_REQUEST);
    assert_eq!(unmap("it was Ada's laptop").await, StatusCode::SEE_OTHER);
    assert_eq!(unmap("it was Ada's laptop").await, StatusCode::NOT_FOUND);
    assert_eq!(count(&pool, of_ben).await, 0);
    assert_eq!(app.commands.reads().unmapped_authors(10).await.unwrap().len(), 1);
    let rows: Vec<(String, Option<String>)> = sqlx::query_as(
        "select action, reason from audit where action like 'person.%map_author' order by at, id",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let row = |action: &str, why: &str| (action.to_owned(), Some(why.to_owned()));
    assert_eq!(
        rows,
        [
            row("person.map_author", "his laptop, he says"),
            row("person.unmap_author", "it was Ada's laptop")
        ]
    );
}
