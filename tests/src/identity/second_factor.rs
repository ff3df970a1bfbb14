//! The second step: codes of an authenticator and recovery codes, each good once.

use ::tests::session;
use aws_lc_rs::hmac;
use commands::{Origin, SignIn};

use super::*;

/// The code that an authenticator with this secret shows now (RFC 6238), computed by another library than Fairway's.
fn code_now(commands: &Commands, secret: &str) -> String {
    let bits: String = secret
        .bytes()
        .map(|letter| match letter {
            b'A'..=b'Z' => letter - b'A',
            digit => digit - b'2' + 26,
        })
        .map(|five| format!("{five:05b}"))
        .collect();
    let key: Vec<u8> = (0..bits.len() / 8)
        .map(|byte| u8::from_str_radix(&bits[8 * byte..8 * byte + 8], 2).unwrap())
        .collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let step = commands.now().timestamp() / 30;
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let hash = tag.as_ref();
    let offset = usize::from(hash[19] & 15);
    let word = u32::from_be_bytes(hash[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}

/// Ada with an authenticator; gives her, the code that confirmed it, and her recovery codes.
async fn with_authenticator(commands: &Commands) -> (PersonId, String, Vec<String>) {
    let ada = person(commands, "ada", Role::Viewer).await;
    let by = viewer(commands, ada).await;
    commands.propose_authenticator(&by).await.unwrap();
    let made = commands.proposed_authenticator(&by).await.unwrap().unwrap();
    let code = code_now(commands, &made.secret);
    let recovery = commands
        .confirm_authenticator(&by, &code, &[], &Origin::default())
        .await
        .unwrap();
    (ada, code, recovery)
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_code_is_taken_once(pool: PgPool) {
    let commands = commands(&pool).await.with_keyring(crate::harness::keyring());
    let (ada, code, recovery) = with_authenticator(&commands).await;
    let from = Origin::default();
    assert!(commands.sign_in_with_code(ada, &code, &from).await.is_err());
    assert_eq!(recovery.len(), 10);
    assert!(
        recovery.iter().all(|code| code.len() == 29),
        "120 bits in groups: {recovery:?}"
    );
    commands
        .sign_in_with_code(ada, &recovery[3], &from)
        .await
        .unwrap();
    assert!(
        commands
            .sign_in_with_code(ada, &recovery[3], &from)
            .await
            .is_err()
    );
    commands
        .sign_in_with_code(ada, &recovery[4].to_uppercase(), &from)
        .await
        .unwrap();
    assert_eq!(commands.reads().recovery_codes_left(ada).await.unwrap(), 8);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_link_for_a_new_password_asks_for_the_code_too(pool: PgPool) {
    let commands = commands(&pool).await.with_keyring(crate::harness::keyring());
    let (ada, ..) = with_authenticator(&commands).await;
    let link = commands.invite_again(&operator(), ada).await.unwrap();
    let came = commands.accept_invitation(&link, PASSWORD).await.unwrap();
    let asks = |came| matches!(came, SignIn::NeedsCode(proved) if proved.person == ada);
    assert!(asks(came), "{came:?}");
    let again = commands
        .sign_in("ada@fairway.example", PASSWORD, &Origin::default())
        .await
        .unwrap();
    assert!(asks(again), "{again:?}");
}

/// The keys of every session that is left.
async fn open_sessions(pool: &PgPool) -> Vec<Vec<u8>> {
    sqlx::query_scalar("select id_sha256 from sessions order by 1")
        .fetch_all(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn setting_one_up_and_taking_it_off_ends_other_sessions(pool: PgPool) {
    let commands = commands(&pool).await.with_keyring(crate::harness::keyring());
    for number in [20, 21, 22] {
        session::sign_in_as(&pool, number, "Ben", Some("viewer")).await;
    }
    let ben = PersonId(session::person(20));
    let give = async |to: PersonId, from: u8| {
        sqlx::query("update sessions set person_id = $1 where person_id = $2")
            .bind(to.0)
            .bind(session::person(from))
            .execute(&pool)
            .await
            .unwrap();
    };
    give(ben, 21).await;
    let mine: Vec<u8> = sqlx::query_scalar("select id_sha256 from sessions where person_id = $1 limit 1")
        .bind(ben.0)
        .fetch_one(&pool)
        .await
        .unwrap();
    let by = viewer(&commands, ben).await;
    commands.propose_authenticator(&by).await.unwrap();
    let made = commands.proposed_authenticator(&by).await.unwrap().unwrap();
    let wrong = commands
        .confirm_authenticator(&by, "000", &mine, &Origin::default())
        .await;
    assert!(wrong.is_err());
    assert_eq!(open_sessions(&pool).await.len(), 3, "a wrong code ends nothing");
    let code = code_now(&commands, &made.secret);
    let recovery = commands
        .confirm_authenticator(&by, &code, &mine, &Origin::default())
        .await
        .unwrap();
    assert_eq!(
        open_sessions(&pool).await.len(),
        2,
        "the other one of Ben's is over"
    );

    give(ben, 22).await;
    assert_eq!(open_sessions(&pool).await.len(), 2);
    commands
        .remove_authenticator(&by, &recovery[0], &mine, &Origin::default())
        .await
        .unwrap();
    assert_eq!(open_sessions(&pool).await, [mine]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_waits_for_a_code_is_shut_out_with_the_sessions(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let commands = app.commands.clone().with_keyring(crate::harness::keyring());
    ada(&app).await;
    let person: uuid::Uuid =
        sqlx::query_scalar("select person_id from accounts where email = 'ada@fairway.example'")
            .fetch_one(&pool)
            .await
            .unwrap();
    let person = PersonId(person);
    let by = viewer(&commands, person).await;
    commands.propose_authenticator(&by).await.unwrap();
    let made = commands.proposed_authenticator(&by).await.unwrap().unwrap();
    let code = code_now(&commands, &made.secret);
    commands
        .confirm_authenticator(&by, &code, &[], &Origin::default())
        .await
        .unwrap();

    let fields = [("email", "ada@fairway.example"), ("password", PASSWORD)];
    let answer = post(&app, "/sign-in", "", &fields).await;
    assert_eq!(location(&answer), "/sign-in/code");
    let waiting = async || -> i64 {
        sqlx::query_scalar("select count(*) from sessions where data ? 'pending'")
            .fetch_one(&pool)
            .await
            .unwrap()
    };
    assert_eq!(waiting().await, 1);
    commands.end_sessions_of(&operator(), person).await.unwrap();
    assert_eq!(waiting().await, 0);
}
