//! Secrets of authenticators in the database: sealed, sealed anew while the server runs, and refused without their key.

use commands::{Lost, keyring::Keyring};
use sqlx::ConnectOptions;

use super::*;
use crate::process::{Fairway, Folder, run};

fn ring(keys: &[&str]) -> Keyring {
    let words: Vec<String> = keys.iter().map(|key| key.repeat(32)).collect();
    Keyring::parse(&words.join("\n")).unwrap()
}

/// People with the secret of an authenticator each, sealed with the first of these keys.
async fn with_secrets(pool: &PgPool, count: usize, keys: &[&str]) -> (Commands, Vec<PersonId>) {
    let commands = commands(pool).await.with_keyring(ring(keys));
    let mut people = Vec::new();
    for number in 0..count {
        let id = person(&commands, &format!("p{number}"), Role::Viewer).await;
        let by = viewer(&commands, id).await;
        commands.propose_authenticator(&by).await.unwrap();
        people.push(id);
    }
    (commands, people)
}

async fn secret(commands: &Commands, person: PersonId) -> String {
    let by = viewer(commands, person).await;
    let made = commands.proposed_authenticator(&by).await.unwrap().unwrap();
    assert!(
        !format!("{made:?}").contains(&made.secret),
        "a log line says nothing"
    );
    made.secret
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_authenticators_secret_is_sealed_for_its_person(pool: PgPool) {
    let (commands, people) = with_secrets(&pool, 2, &["a1"]).await;
    let known = secret(&commands, people[0]).await;
    assert_eq!(known.len(), 32);
    let lengths: Vec<i32> =
        sqlx::query_scalar("select octet_length(totp_secret) from accounts where totp_secret is not null")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(lengths, [1 + 8 + 32 + 20 + 16; 2]);

    // Whoever can write the table cannot give somebody another person's authenticator.
    sqlx::query("update accounts set totp_secret = (select totp_secret from accounts where person_id = $1) where person_id = $2")
        .bind(people[0].0)
        .bind(people[1].0)
        .execute(&pool)
        .await
        .unwrap();
    let by = viewer(&commands, people[1]).await;
    assert!(commands.proposed_authenticator(&by).await.is_err());
    assert_eq!(secret(&commands, people[0]).await, known);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn keys_are_changed_row_by_row_and_what_was_done_is_not_done_again(pool: PgPool) {
    let (old, people) = with_secrets(&pool, 230, &["a1"]).await;
    let known = secret(&old, people[229]).await;
    let both = old.clone().with_keyring(ring(&["b2", "a1"]));
    // A row that does not open stops it; the batches before it stay done.
    let last = people.iter().max_by_key(|person| person.0).unwrap();
    let broken = "update accounts set totp_secret = set_byte(totp_secret, 60, get_byte(totp_secret, 60) # 1) where person_id = $1";
    let flip = async || sqlx::query(broken).bind(last.0).execute(&pool).await.unwrap();
    flip().await;
    assert!(both.rotate_keys(&operator(), Lost::Keep).await.is_err());
    flip().await;
    let (first, second) = futures::future::join(
        both.rotate_keys(&operator(), Lost::Keep),
        both.rotate_keys(&operator(), Lost::Keep),
    )
    .await;
    assert_eq!(
        first.unwrap().sealed + second.unwrap().sealed,
        30,
        "200 were done before"
    );
    assert_eq!(both.rotate_keys(&operator(), Lost::Keep).await.unwrap().sealed, 0);
    let new = old.with_keyring(ring(&["b2"]));
    new.check_keys().await.unwrap();
    assert_eq!(secret(&new, people[229]).await, known);
    let audited: i64 = sqlx::query_scalar(
        "select sum((after->>'sealed')::bigint)::bigint from audit where action = 'keys.rotate'",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(audited, 230);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_lost_key_is_said_and_its_secrets_can_be_removed(pool: PgPool) {
    let (old, people) = with_secrets(&pool, 3, &["a1"]).await;
    let other = old.with_keyring(ring(&["b2"]));
    let said = other.check_keys().await.unwrap_err().to_string();
    assert!(
        said.contains("accounts.totp_secret (3 of them)") && said.contains("FAIRWAY_KEY"),
        "{said}"
    );
    let said = other
        .rotate_keys(&operator(), Lost::Keep)
        .await
        .unwrap_err()
        .to_string();
    assert!(said.contains("--remove-lost"), "{said}");
    let rotated = other.rotate_keys(&operator(), Lost::Remove).await.unwrap();
    assert_eq!((rotated.sealed, rotated.removed), (0, 3));
    other.check_keys().await.unwrap();
    let by = viewer(&other, people[0]).await;
    assert_eq!(other.proposed_authenticator(&by).await.unwrap(), None);
    other.propose_authenticator(&by).await.unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn without_a_key_nobody_sets_an_authenticator_up_and_is_told_why(pool: PgPool) {
    let commands = commands(&pool).await;
    let ada = person(&commands, "ada", Role::Viewer).await;
    let by = viewer(&commands, ada).await;
    let said = commands.propose_authenticator(&by).await.unwrap_err().to_string();
    assert!(said.contains("FAIRWAY_KEY"), "{said}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_server_does_not_start_without_the_key_and_the_command_line_mends_it(pool: PgPool) {
    with_secrets(&pool, 1, &["a1"]).await;
    let folder = Folder::new("keys").with_site();
    let url = pool.connect_options().to_url_lossy().to_string();
    let file = folder.0.join("keys");
    let file = file.to_str().unwrap();
    let (well, said) = run(
        &folder,
        &["serve"],
        &[("DATABASE_URL", &url), ("FAIRWAY_LISTEN", "127.0.0.1:0")],
    );
    assert!(!well && said.contains("FAIRWAY_KEY"), "{said}");

    std::fs::write(file, "a1".repeat(32)).unwrap();
    let (well, said) = run(&folder, &["keys", "make", file], &[]);
    assert!(well, "{said}");
    let variables = [("DATABASE_URL", &*url), ("FAIRWAY_KEY_FILE", file)];
    let mut fairway = Fairway::serve(&folder, &variables).await;
    let (well, said) = run(&folder, &["keys", "rotate"], &variables);
    assert!(well && said.contains("Sealed anew: 1."), "{said}");
    let (well, said) = run(&folder, &["keys", "list"], &variables);
    assert!(
        well && said.contains("seals and opens") && !said.contains("MISSING"),
        "{said}"
    );
    assert!(!said.contains("a1a1"), "ids only: {said}");
    fairway.signal("TERM");
    assert_eq!(fairway.ended().await.code(), Some(0));
}
