//! An admin who is signed in, for tests and benches that look at pages.

use sqlx::PgPool;

/// The id of the one session that [`sign_in`] makes, as the cookie says it: the number 1 in sixteen bytes.
const SESSION: &str = "AQAAAAAAAAAAAAAAAAAAAA";

/// The name of the admin whose session it is.
pub const ADMIN: &str = "Olga Admin";

/// Makes an admin with a session, on a database that has its tables. Written as rows: signing in has tests of its own, and
/// what others count, the audit trail above all, shall hold what they did and nothing else.
pub async fn sign_in(pool: &PgPool) {
    sqlx::raw_sql(
        "insert into people (id, display_name, created_at) values ('00000000-0000-0000-0000-00000000ad01', 'Olga Admin', now())
         on conflict do nothing;
         insert into accounts (person_id, email, accepted_at, created_at)
         values ('00000000-0000-0000-0000-00000000ad01', 'olga@fairway.example', now(), now()) on conflict do nothing;
         insert into grants (id, person_id, role, granted_at, granted_by)
         values ('00000000-0000-0000-0000-00000000ad02', '00000000-0000-0000-0000-00000000ad01', 'admin', now(), 'the tests')
         on conflict do nothing;
         insert into sessions (id_sha256, person_id, data, device, address, created_at, seen_at, idle_until, ends_at)
         values (sha256('\\x01000000000000000000000000000000'), '00000000-0000-0000-0000-00000000ad01',
                 '{\"person\": \"00000000-0000-0000-0000-00000000ad01\"}', 'the tests', '127.0.0.1',
                 now(), now() + interval '1 hour', now() + interval '7 days', now() + interval '7 days')
         on conflict (id_sha256) do update
         set seen_at = excluded.seen_at, idle_until = excluded.idle_until, ends_at = excluded.ends_at",
    )
    .execute(pool)
    .await
    .expect("an admin is signed in");
}

/// The cookie of that session, under the names that it has over http and over https.
pub fn cookie() -> String {
    format!("fairway={SESSION}; __Host-fairway={SESSION}")
}
