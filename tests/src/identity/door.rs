//! Signing in and out over HTTP.

use ::tests::session::sign_in_as;

use super::*;

const RIGHT: [(&str, &str); 2] = [("email", "ada@fairway.example"), ("password", PASSWORD)];

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_signs_in_gets_a_new_session_that_ends_when_they_leave(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let first = ada(&app).await;
    assert!(is_signed_in(&app, &first).await);
    let answer = post(&app, "/sign-in", &first, &RIGHT).await;
    assert_eq!((answer.status(), location(&answer)), (StatusCode::SEE_OTHER, "/"));
    let set = answer.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    for words in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(set.contains(words), "{set}");
    }
    let second = session(&answer);
    assert_ne!(first, second);
    assert!(
        !is_signed_in(&app, &first).await,
        "what was known before opens nothing"
    );
    assert!(is_signed_in(&app, &second).await);

    let stored: Vec<String> = sqlx::query_scalar("select s::text from sessions s")
        .fetch_all(&pool)
        .await
        .unwrap();
    let id = second.strip_prefix("fairway=").unwrap();
    assert!(
        stored.iter().all(|row| !row.contains(id)),
        "only its hash is stored"
    );

    let out = post(&app, "/sign-out", &second, &[]).await;
    assert_eq!(
        (out.status(), location(&out)),
        (StatusCode::SEE_OTHER, "/sign-in")
    );
    let away = get(&app, "/services?q=a", &second).await;
    assert_eq!(away.status(), StatusCode::SEE_OTHER);
    assert!(location(&away).starts_with("/sign-in?to="), "{}", location(&away));

    let trail: Vec<(String, String)> =
        sqlx::query_as("select action, actor_name from audit where action like 'session.%' order by at, id")
            .fetch_all(&pool)
            .await
            .unwrap();
    let row = |action: &str| (action.to_owned(), "Ada".to_owned());
    assert_eq!(trail, [row("session.sign_in"), row("session.sign_out")]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_wrong_is_not_said_and_trying_is_limited(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    ada(&app).await;
    let wrong = async |email: &str, password: &str| {
        let answer = post(&app, "/sign-in", "", &[("email", email), ("password", password)]).await;
        (answer.status(), answer.text().await.unwrap())
    };
    let mut said = Vec::new();
    for (email, password) in [
        ("ada@fairway.example", "not her password at all"),
        ("nobody@fairway.example", PASSWORD),
        // Made by the harness, without a password.
        ("1@fairway.example", ""),
    ] {
        let (status, page) = wrong(email, password).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(!page.contains(PASSWORD), "a password is never sent back");
        let from = page.find("error-summary").unwrap();
        said.push(page[from..].split("</section>").next().unwrap().to_owned());
    }
    assert!(said.iter().all(|one| *one == said[0]), "{said:?}");
    assert!(
        said[0].contains("The e-mail or the password is not right"),
        "{said:?}"
    );

    let mut refused = StatusCode::OK;
    // Ada came in from here, so this address has tries of its own after those that everybody has.
    for _ in 0..26 {
        refused = wrong("ada@fairway.example", "not her password at all").await.0;
    }
    assert_eq!(refused, StatusCode::TOO_MANY_REQUESTS);
    let answer = post(&app, "/sign-in", "", &RIGHT).await;
    assert_eq!(
        answer.status(),
        StatusCode::TOO_MANY_REQUESTS,
        "the right one waits too"
    );
    let seconds: u64 = answer.headers()[header::RETRY_AFTER]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    let page = answer.text().await.unwrap();
    let from = page.find("error-summary").unwrap();
    let said = page[from..].split("</section>").next().unwrap();
    assert!(said.contains("Try again in ") && !said.contains("UTC"), "{said}");
    let events: Vec<String> = sqlx::query_scalar("select distinct kind from security_events order by 1")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(events, ["sign_in_held_up", "sign_in_refused"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn redirects_stay_here_and_looking_changes_nothing(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let session = ada(&app).await;
    for elsewhere in ["https://evil.example", "//evil.example", "/\\evil.example"] {
        let fields = [RIGHT[0], RIGHT[1], ("to", elsewhere)];
        let answer = post(&app, "/sign-in", "", &fields).await;
        assert_eq!(location(&answer), "/", "{elsewhere}");
    }
    let kept = [RIGHT[0], RIGHT[1], ("to", "/services?q=a")];
    assert_eq!(
        location(&post(&app, "/sign-in", "", &kept).await),
        "/services?q=a"
    );

    let secrets = "select count(*) from accounts where totp_secret is not null";
    let secrets = async || -> i64 { sqlx::query_scalar(secrets).fetch_one(&pool).await.unwrap() };
    let page = get(&app, "/account/authenticator", &session).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(secrets().await, 0, "nothing is made by looking");
    let begun = post(&app, "/account/authenticator", &session, &[("act", "begin")]).await;
    assert_eq!(begun.status(), StatusCode::SEE_OTHER);
    assert_eq!(secrets().await, 1);
    let page = get(&app, "/account/authenticator", &session)
        .await
        .text()
        .await
        .unwrap();
    assert!(page.contains("otpauth://totp/"), "{page}");
    let wrong = post(&app, "/account/authenticator", &session, &[("code", "000")]).await;
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_disabled_account_is_out_at_once(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let session = ada(&app).await;
    let id: uuid::Uuid =
        sqlx::query_scalar("select person_id from accounts where email = 'ada@fairway.example'")
            .fetch_one(&pool)
            .await
            .unwrap();
    app.commands
        .set_disabled(&operator(), id.into(), true)
        .await
        .unwrap();
    assert!(!is_signed_in(&app, &session).await);
    let answer = post(&app, "/sign-in", "", &RIGHT).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    app.commands
        .set_disabled(&operator(), id.into(), false)
        .await
        .unwrap();
    assert!(
        !is_signed_in(&app, &session).await,
        "the session is gone for good"
    );
    assert_eq!(
        post(&app, "/sign-in", "", &RIGHT).await.status(),
        StatusCode::SEE_OTHER
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn one_sees_and_ends_ones_own_sessions_and_no_others(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let here = ada(&app).await;
    let there = session(&post(&app, "/sign-in", "", &RIGHT).await);
    let ben = sign_in_as(&pool, 20, "Ben", Some("viewer")).await;
    let keys: Vec<String> = sqlx::query_scalar(
        "select encode(s.id_sha256, 'hex') from sessions s join accounts a on a.person_id = s.person_id
         where a.email = 'ada@fairway.example' order by s.created_at",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(keys.len(), 2);
    let page = get(&app, "/account", &here).await.text().await.unwrap();
    assert!(keys.iter().all(|key| page.contains(key.as_str())), "{page}");

    let end = async |by: &str, key: &str| {
        let fields = [("act", "end"), ("session", key)];
        post(&app, "/account", by, &fields).await.status()
    };
    assert_eq!(end(&ben, &keys[1]).await, StatusCode::NOT_FOUND);
    assert!(is_signed_in(&app, &there).await, "nobody ends another's");
    assert_eq!(end(&here, &keys[1]).await, StatusCode::SEE_OTHER);
    assert!(!is_signed_in(&app, &there).await);
    assert!(is_signed_in(&app, &here).await);

    let there = session(&post(&app, "/sign-in", "", &RIGHT).await);
    let out = post(&app, "/account", &here, &[("act", "end_all")]).await;
    assert_eq!(
        (out.status(), location(&out)),
        (StatusCode::SEE_OTHER, "/sign-in")
    );
    for mine in [&here, &there] {
        assert!(!is_signed_in(&app, mine).await);
    }
    assert!(is_signed_in(&app, &ben).await);

    let page = format!("/admin/people/{}", ::tests::session::person(20));
    let out = async |by: &str| post(&app, &page, by, &[("act", "sign_out")]).await.status();
    assert_eq!(out(&ben).await, StatusCode::FORBIDDEN);
    let again = session(&post(&app, "/sign-in", "", &RIGHT).await);
    assert_eq!(out(&again).await, StatusCode::SEE_OTHER);
    assert!(!is_signed_in(&app, &ben).await, "an admin ends anybody's");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_new_password_needs_the_old_one_and_ends_other_sessions(pool: PgPool) {
    let app = App::start(pool, &[]).await;
    let here = ada(&app).await;
    let there = session(&post(&app, "/sign-in", "", &RIGHT).await);
    let new = "eleven grey herons wading";
    let change = async |old: &str, new: &str| {
        let fields = [("act", "password"), ("old_password", old), ("password", new)];
        post(&app, "/account", &here, &fields).await.status()
    };
    assert_eq!(
        change("not her password at all", new).await,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(change(PASSWORD, "too short").await, StatusCode::BAD_REQUEST);
    assert!(is_signed_in(&app, &there).await);

    assert_eq!(change(PASSWORD, new).await, StatusCode::SEE_OTHER);
    assert!(is_signed_in(&app, &here).await);
    assert!(!is_signed_in(&app, &there).await);
    assert_eq!(
        post(&app, "/sign-in", "", &RIGHT).await.status(),
        StatusCode::BAD_REQUEST
    );
    let fields = [("email", "ada@fairway.example"), ("password", new)];
    assert_eq!(
        post(&app, "/sign-in", "", &fields).await.status(),
        StatusCode::SEE_OTHER
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn who_came_in_by_the_old_password_while_it_changed_is_not_in(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let here = ada(&app).await;
    let mut held = pool.begin().await.unwrap();
    sqlx::query("lock table sessions in exclusive mode")
        .execute(&mut *held)
        .await
        .unwrap();
    // The password is right, and the session waits to be stored.
    let coming = post(&app, "/sign-in", "", &RIGHT);
    let meanwhile = async {
        let mut waits = false;
        while !waits {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            waits = sqlx::query_scalar(
                "select exists (select from pg_locks where relation = 'sessions'::regclass and not granted
                     and database = (select oid from pg_database where datname = current_database()))",
            )
            .fetch_one(&mut *held)
            .await
            .unwrap();
        }
        sqlx::query("update accounts set password_set_at = now() where email = 'ada@fairway.example'")
            .execute(&mut *held)
            .await
            .unwrap();
        held.commit().await.unwrap();
    };
    let (answer, ()) = futures::future::join(coming, meanwhile).await;
    let late = session(&answer);
    assert!(!is_signed_in(&app, &late).await, "it was the old password's");
    assert!(!is_signed_in(&app, &here).await, "so is every other one");
    let now = session(&post(&app, "/sign-in", "", &RIGHT).await);
    assert!(is_signed_in(&app, &now).await);
    let page = get(&app, "/account", &now).await.text().await.unwrap();
    assert_eq!(
        page.matches("End session").count(),
        1,
        "what opens nothing is not listed"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_stranger_who_fails_on_purpose_holds_no_owner_up_where_they_came_in_before(pool: PgPool) {
    let app = App::start(pool, &["--trusted-proxies=1"]).await;
    ada(&app).await;
    let tried = async |address: &str, password: &str| {
        let request = stranger()
            .post(app.url("/sign-in"))
            .header(header::ORIGIN, app.url(""))
            .header("x-forwarded-for", address)
            .form(&[RIGHT[0], ("password", password)]);
        request.send().await.unwrap().status()
    };
    assert_eq!(tried("203.0.113.7", PASSWORD).await, StatusCode::SEE_OTHER);
    let mut last = StatusCode::OK;
    for _ in 0..12 {
        last = tried("198.51.100.9", "not her password at all").await;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(
        tried("198.51.100.10", PASSWORD).await,
        StatusCode::TOO_MANY_REQUESTS,
        "nobody is known there"
    );
    assert_eq!(tried("203.0.113.7", PASSWORD).await, StatusCode::SEE_OTHER);
    for _ in 0..12 {
        last = tried("203.0.113.7", "not her password at all").await;
    }
    assert_eq!(
        last,
        StatusCode::TOO_MANY_REQUESTS,
        "it may not try for ever either"
    );
}
