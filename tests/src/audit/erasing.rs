//! Erasing a person: their name is gone from every table, and the chain is as right as before.

use domain::{actor::Actor, actor::Viewer, ids::PersonId, trail::Fault};
use sqlx::PgPool;
use uuid::Uuid;

use super::{commands, operator, seal, tamper, verdict, write};

const ADA: PersonId = PersonId(Uuid::from_u128(0xada));

/// A person who did something, to whom something was done, and whose name stands in facts.
async fn ada(pool: &PgPool) {
    sqlx::raw_sql(
        "insert into people (id, display_name, login, created_at)
         values ('00000000-0000-0000-0000-000000000ada', 'Ada Canary', 'ada-canary', now());
         insert into identities (provider, subject, person_id, created_at)
         values ('email', 'ada@canary.example', '00000000-0000-0000-0000-000000000ada', now());
         insert into repositories (id, owner, name, facts_as_of, created_at) values (gen_random_uuid(), 'acme', 'shop', now(), now());
         insert into commits (repository_id, sha, message, author_person_id, author_name, author_email)
         select id, 'c1', 'Begin', '00000000-0000-0000-0000-000000000ada', 'Ada Canary', 'ada@canary.example' from repositories;
         insert into audit (id, at, actor_kind, actor_id, actor_name, action, subject, reason, after, address, user_agent)
         values (gen_random_uuid(), now(), 'person', '00000000-0000-0000-0000-000000000ada', 'Ada Canary', 'token.create',
                 'token:1', 'for CI', '{\"name\": \"ci\"}', '198.51.100.9', 'canary-browser'),
                (gen_random_uuid(), now(), 'local', null, 'local operator', 'person.merge',
                 'person:00000000-0000-0000-0000-000000000ada', 'it is Ada Canary', '{\"login\": \"ada-canary\"}', null, null)",
    )
    .execute(pool)
    .await
    .unwrap();
}

async fn tables_with_a_canary(pool: &PgPool) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.oid::regclass::text from pg_class c
         where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by 1",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut found = Vec::new();
    for table in tables {
        let sql = format!(
            "select exists (select from {table} t where t::text ilike '%canary%' or t::text like '%198.51.100.9%')"
        );
        if sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(pool)
            .await
            .unwrap()
        {
            found.push(table);
        }
    }
    found
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_erased_person_is_nowhere_and_the_trail_is_whole(pool: PgPool) {
    let commands = commands(&pool).await;
    write(&pool, 1, 20).await;
    ada(&pool).await;
    seal(&commands, 10).await;
    assert!(tables_with_a_canary(&pool).await.len() >= 4);

    let erased = commands
        .erase_person(&operator(), ADA, "asked for by mail")
        .await
        .unwrap();
    assert_eq!((erased.identities, erased.audit_rows), (1, 2));
    assert_eq!(tables_with_a_canary(&pool).await, Vec::<String>::new());
    let rows: Vec<(String, String, Option<String>)> =
        sqlx::query_as("select action, actor_name, reason from audit where at > now() - interval '1 hour' order by at, action desc")
            .fetch_all(&pool)
            .await
            .unwrap();
    let pseudonym = domain::trail::pseudonym(ADA.0);
    let row = |action: &str, name: &str, reason: Option<&str>| {
        (action.to_owned(), name.to_owned(), reason.map(str::to_owned))
    };
    assert_eq!(
        rows,
        [
            row("token.create", &pseudonym, Some("for CI")),
            row("person.merge", "local operator", None),
            row("person.erase", "command line", Some("asked for by mail")),
        ]
    );
    let person: (String, Option<String>) = sqlx::query_as("select display_name, login from people")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(person, (pseudonym, None));

    seal(&commands, 10).await;
    let verdict = verdict(&commands, 10).await;
    assert_eq!((verdict.fault, verdict.last), (None, 23));
    let again = commands
        .erase_person(&operator(), ADA, "once more")
        .await
        .unwrap_err();
    assert!(again.to_string().contains("already"), "{again}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_erased_without_a_word_is_a_fault(pool: PgPool) {
    let commands = commands(&pool).await;
    ada(&pool).await;
    seal(&commands, 10).await;
    commands
        .erase_person(&operator(), ADA, "asked for by mail")
        .await
        .unwrap();
    seal(&commands, 10).await;
    tamper(
        &pool,
        "update audit set actor_name = 'Grace' where actor_name like 'erased person %'",
    )
    .await;
    assert!(matches!(
        verdict(&commands, 10).await.fault,
        Some(Fault::RowAltered { number: 1, .. })
    ));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn who_may_not_and_what_is_not_there(pool: PgPool) {
    let commands = commands(&pool).await;
    let token = Viewer::token(
        Uuid::from_u128(1).into(),
        "ci".into(),
        domain::actor::Scope::ALL.to_vec(),
    );
    for (by, person, reason, says) in [
        (&token, ADA, "asked for", "token"),
        (&operator(), ADA, "asked for", "no person"),
        (&operator(), ADA, " x ", "say why"),
        (
            &Viewer::trusted(Actor::Local),
            PersonId(Uuid::nil()),
            "asked for",
            "no person",
        ),
    ] {
        let problem = commands.erase_person(by, person, reason).await.unwrap_err();
        assert!(problem.to_string().contains(says), "{problem}");
    }
    let rows: i64 = sqlx::query_scalar("select count(*) from audit")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(rows, 0);
}
