//! People who are signed in, for tests and benches that look at pages.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use uuid::Uuid;

/// The name of the admin whom [`sign_in`] makes.
pub const ADMIN: &str = "Olga Admin";
/// Their number.
const FIRST: u8 = 1;

/// The id of the session of a number, as `tower-sessions` reads it.
fn id(number: u8) -> [u8; 16] {
    u128::from(number).to_le_bytes()
}

/// The person of a number.
pub fn person(number: u8) -> Uuid {
    Uuid::from_u128(0xad00 + u128::from(number))
}

/// Makes an admin with a session, on a database that has its tables.
pub async fn sign_in(pool: &PgPool) {
    sign_in_as(pool, FIRST, ADMIN, Some("admin")).await;
}

/// Makes a person with a session and, for the whole organisation, a role; gives the session's cookie. Written as rows:
/// signing in has tests of its own, and what others count, the audit trail above all, shall hold what they did and nothing
/// else.
pub async fn sign_in_as(pool: &PgPool, number: u8, name: &str, role: Option<&str>) -> String {
    let person = person(number);
    let rows = async {
        sqlx::query(
            "insert into people (id, display_name, created_at) values ($1, $2, now()) on conflict do nothing",
        )
        .bind(person)
        .bind(name)
        .execute(pool)
        .await?;
        sqlx::query(
            "insert into accounts (person_id, email, accepted_at, created_at)
             values ($1, $2, now(), now()) on conflict do nothing",
        )
        .bind(person)
        .bind(format!("{number}@fairway.example"))
        .execute(pool)
        .await?;
        if let Some(role) = role {
            sqlx::query(
                "insert into grants (id, person_id, role, granted_at, granted_by)
                 values ($1, $1, $2, now(), 'the tests') on conflict do nothing",
            )
            .bind(person)
            .bind(role)
            .execute(pool)
            .await?;
        }
        // Seen in an hour from now, so that using it writes nothing.
        sqlx::query(
            "insert into sessions (id_sha256, person_id, data, device, address, created_at, seen_at, idle_until, ends_at)
             values ($1, $2::uuid, jsonb_build_object('person', $2::uuid), 'the tests', '127.0.0.1',
                     now(), now() + interval '1 hour', now() + interval '7 days', now() + interval '7 days')
             on conflict (id_sha256) do update
             set seen_at = excluded.seen_at, idle_until = excluded.idle_until, ends_at = excluded.ends_at",
        )
        .bind(Sha256::digest(id(number)).to_vec())
        .bind(person)
        .execute(pool)
        .await
    };
    rows.await.expect("somebody is signed in");
    cookie_of(number)
}

/// The cookie of the admin's session.
pub fn cookie() -> String {
    cookie_of(FIRST)
}

/// A session's cookie, under the names that it has over http and over https.
fn cookie_of(number: u8) -> String {
    let id = URL_SAFE_NO_PAD.encode(id(number));
    format!("fairway={id}; __Host-fairway={id}")
}
