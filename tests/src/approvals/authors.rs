//! Authors do not decide about what they wrote; of whom it is not known what they wrote, neither.

use domain::approvals::{Decided, Fact};
use sqlx::PgPool;

use super::*;

/// `a` runs in production; `b`, `c` and `d` came to the default branch after it, one push each.
const COMMITS: [&str; 4] = ["a", "b", "c", "d"];

fn sha(letter: &str) -> String {
    letter.repeat(40)
}

/// Stores the branch, the author of each commit, and what runs.
async fn branch(ground: &Ground, authors: [Option<PersonId>; 4]) {
    sqlx::query("update services set tier = 1 where id = $1")
        .bind(ground.service.0)
        .execute(&ground.pool)
        .await
        .unwrap();
    let mut before = sha("0");
    for (minute, (letter, author)) in COMMITS.into_iter().zip(authors).enumerate() {
        let minutes = i32::try_from(minute).unwrap();
        let (after, email) = (sha(letter), author.is_none().then_some("lena@elsewhere.example"));
        sqlx::query(
            "insert into commits (repository_id, sha, message, author_person_id, author_name, author_email,
                                  landed_at, landed_index, landed_push)
             select repository_id, $2, 'Change it', $3, 'Lena', $4, now() - interval '1 day' + make_interval(mins => $5), 0, $2
             from services where id = $1",
        )
        .bind(ground.service.0)
        .bind(&after)
        .bind(author.map(|author| author.0))
        .bind(email)
        .bind(minutes)
        .execute(&ground.pool)
        .await
        .unwrap();
        sqlx::query(
            "insert into pushes (repository_id, before_sha, after_sha, git_ref, pushed_at, commit_count)
             select repository_id, $2, $3, 'refs/heads/main', now() - interval '1 day' + make_interval(mins => $4), 1
             from services where id = $1",
        )
        .bind(ground.service.0)
        .bind(&before)
        .bind(&after)
        .bind(minutes)
        .execute(&ground.pool)
        .await
        .unwrap();
        before = after;
    }
    sqlx::query(
        "with runs as (
             insert into deploys (id, service_id, environment_id, key, source, sha, created_at, requested_at, state)
             values (gen_random_uuid(), $1, $2, 'api:1', 'api', $3, now(), now(), 'succeeded') returning id)
         insert into running (service_id, environment_id, deploy_id, since) select $1, $2, id, now() from runs",
    )
    .bind(ground.service.0)
    .bind(ground.production.0)
    .bind(sha("a"))
    .execute(&ground.pool)
    .await
    .unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn authors_of_what_is_new_do_not_decide_and_the_others_do(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let (ada, eve, ida, sam) = (
        ground.person("ada", Role::Approver).await,
        ground.person("eve", Role::Approver).await,
        ground.person("ida", Role::Approver).await,
        ground.person("sam", Role::Admin).await,
    );
    // Of an account without GitHub nobody knows who they are there.
    let unlinked = ground.person("una", Role::Approver).await;
    sqlx::query("delete from identities where person_id = $1")
        .bind(id(&unlinked).0)
        .execute(&ground.pool)
        .await
        .unwrap();
    let only_github: PersonId = SystemClock.id().into();
    sqlx::query("insert into people (id, display_name, created_at) values ($1, 'Gil Hub', now())")
        .bind(only_github.0)
        .execute(&ground.pool)
        .await
        .unwrap();
    branch(
        &ground,
        [Some(id(&eve)), Some(id(&ada)), Some(only_github), Some(id(&ada))],
    )
    .await;
    let opened = ground.open("c", "github:1/1/live").await.id;
    let detail = ground.commands.reads().approval(opened).await.unwrap().unwrap();
    assert_eq!(detail.card.changes, Fact::Known(2), "b and c");
    assert_eq!(
        (detail.summary.needed, detail.summary.policy.as_str()),
        (2, "Critical services in production")
    );
    let own = why(ground.approve(&ada, opened, "c").await);
    assert!(own.contains("carries a change of yours"), "{own}");
    let maybe = why(ground.approve(&unlinked, opened, "c").await);
    assert!(
        maybe.contains("Gil Hub wrote a change of this release"),
        "{maybe}"
    );
    let can = ground.commands.who_can_still_decide(&sam, opened).await.unwrap();
    assert_eq!(
        can.iter().map(|who| who.name.as_str()).collect::<Vec<_>>(),
        ["eve", "ida", "sam"]
    );
    // What Eve wrote runs already.
    let first = ground.approve(&eve, opened, "c").await.unwrap();
    assert!(matches!(first, Decided::Counted(_)), "{first:?}");
    let second = ground.approve(&ida, opened, "c").await.unwrap();
    assert!(matches!(second, Decided::Approved(_)), "{second:?}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whom_a_message_names_as_co_author_does_not_decide_where_they_are_known(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let (ada, eve) = (
        ground.person("ada", Role::Approver).await,
        ground.person("eve", Role::Approver).await,
    );
    let author = Some(id(&ada));
    branch(&ground, [author; 4]).await;
    let mia = ground.person("mia", Role::Approver).await;
    let sam = ground.person("sam", Role::Approver).await;
    sqlx::query("update people set login = 'Mia-at-GitHub' where id = $1")
        .bind(id(&mia).0)
        .execute(&ground.pool)
        .await
        .unwrap();
    let named = "Change it\n\nCo-authored-by: Eve <7+eve@users.noreply.github.com>\nCo-authored-by: A robot <robot@example.com>\n\
                 Co-authored-by: Mia <mia-at-github@users.noreply.github.com>\nCo-authored-by: Sam <sam@fairway.example>\n";
    sqlx::query("update commits set message = $1 where sha = $2")
        .bind(named)
        .bind(sha("b"))
        .execute(&ground.pool)
        .await
        .unwrap();
    sqlx::query("update identities set subject = '7' where person_id = $1")
        .bind(id(&eve).0)
        .execute(&ground.pool)
        .await
        .unwrap();
    let ida = ground.person("ida", Role::Approver).await;
    let opened = ground.open("b", "github:1/1/live").await.id;
    for named in [&eve, &mia, &sam] {
        let came = why(ground.approve(named, opened, "b").await);
        assert!(came.contains("carries a change of yours"), "{came}");
    }
    ground.approve(&ida, opened, "b").await.unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn an_author_whom_nobody_knows_is_everybody(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let eve = ground.person("eve", Role::Approver).await;
    let author = id(&eve);
    branch(&ground, [Some(author), None, None, Some(author)]).await;
    let opened = ground.open("b", "github:1/1/live").await.id;
    assert!(
        ground
            .commands
            .who_can_still_decide(&eve, opened)
            .await
            .unwrap()
            .is_empty()
    );
    let came = why(ground.approve(&eve, opened, "b").await);
    assert!(came.contains("The author of commit bbbbbbb"), "{came}");
    let names: Vec<Option<String>> =
        sqlx::query_scalar("select name from approval_parties where part = 'author'")
            .fetch_all(&ground.pool)
            .await
            .unwrap();
    assert_eq!(
        names,
        [Some("The author of commit bbbbbbb".to_owned())],
        "no name that somebody may want erased"
    );
    // A commit that is not on the branch, and a gap in it, are as unknown.
    let strange = ground.open("e", "github:2/1/live").await.id;
    assert!(
        ground
            .commands
            .who_can_still_decide(&eve, strange)
            .await
            .unwrap()
            .is_empty()
    );
    let detail = ground.commands.reads().approval(strange).await.unwrap().unwrap();
    assert!(matches!(detail.card.changes, Fact::Unknown { .. }));
    // What runs already, and what ran before it, brings nothing.
    let same = ground.open("a", "github:3/1/live").await.id;
    assert_eq!(
        ground
            .commands
            .who_can_still_decide(&eve, same)
            .await
            .unwrap()
            .len(),
        1
    );
}
