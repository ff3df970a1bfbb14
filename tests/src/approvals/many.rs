//! Many deciders at once over two processes' worth of connections: one decision each, and one release.

use std::sync::atomic::{AtomicUsize, Ordering};

use domain::{
    approvals::{Binding, GateAnswer, NewStep, RawStep},
    ids::GateId,
};
use futures::{StreamExt, future::join_all};
use sqlx::{PgPool, postgres::PgPoolOptions};

use super::*;
use crate::harness::count;

/// Requests that are decided.
const REQUESTS: usize = 1_000;
/// People who decide at the same time.
const DECIDERS: usize = 64;
/// Of these, how many want each request.
const WANT_ONE: usize = 4;
/// Connections of each of the two.
const CONNECTIONS: u32 = 10;

/// A sha of a number.
fn sha(number: usize) -> String {
    format!("{number:040x}")
}

impl Ground {
    fn numbered(&self, number: usize) -> BoundRelease {
        BoundRelease {
            sha: Some(sha(number)),
            ..self.release("0")
        }
    }

    /// Commands on connections of their own, as another process has them.
    async fn other(&self) -> Commands {
        let options = (*self.pool.connect_options()).clone();
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .connect_with(options)
            .await
            .unwrap();
        Commands::new(Store::on(pool), self.clock.clone())
    }

    /// A thousand requests like one that was asked, each with a gate `drive:<number>`; gives their ids.
    async fn many(&self) -> Vec<ApprovalId> {
        let like = self.open("f", "drive:like").await.id;
        let ids: Vec<Uuid> = (0..REQUESTS).map(|_| SystemClock.id()).collect();
        let shas: Vec<String> = (0..REQUESTS).map(sha).collect();
        let bindings: Vec<Binding> = (0..REQUESTS)
            .map(|number| self.numbered(number).binding())
            .collect();
        let bindings: Vec<&[u8]> = bindings.iter().map(Binding::as_bytes).collect();
        sqlx::query(
            "insert into approval_requests (id, service_id, environment_id, sha, binding, policy, needs, needed, card, opened_at, deadline)
             select n.id, r.service_id, r.environment_id, n.sha, n.binding, r.policy, r.needs, r.needed, r.card, r.opened_at, r.deadline
             from approval_requests r, unnest($2::uuid[], $3::text[], $4::bytea[]) n (id, sha, binding) where r.id = $1",
        )
        .bind(like.0)
        .bind(&ids)
        .bind(&shas)
        .bind(&bindings)
        .execute(&self.pool)
        .await
        .unwrap();
        sqlx::query(
            "insert into approval_gates (id, request_id, kind, key, details, created_at)
             select gen_random_uuid(), id, 'drive', 'drive:' || number, '{}', now()
             from unnest($1::uuid[]) with ordinality n (id, number)",
        )
        .bind(&ids)
        .execute(&self.pool)
        .await
        .unwrap();
        ids.into_iter().map(Into::into).collect()
    }
}

/// Ends the connections of the others, so that the database can go.
async fn close(both: &[Commands]) {
    for commands in both {
        commands.store().close().await;
    }
}

/// Keys count from one, as ordinality does.
fn key(number: usize) -> String {
    format!("drive:{}", number + 1)
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn sixty_four_deciders_make_one_decision_about_each_of_a_thousand(pool: PgPool) {
    let ground = Arc::new(Ground::new(pool).await);
    let requests = Arc::new(ground.many().await);
    let both = [ground.other().await, ground.other().await];
    let mut people = Vec::new();
    for number in 0..DECIDERS {
        people.push(ground.person(&format!("decider-{number}"), Role::Approver).await);
    }
    let (decided, went) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let shares = DECIDERS / WANT_ONE;
    let tasks = people.into_iter().enumerate().map(|(number, person)| {
        let commands = both[number % 2].clone();
        let (ground, requests) = (Arc::clone(&ground), Arc::clone(&requests));
        let (decided, went) = (Arc::clone(&decided), Arc::clone(&went));
        tokio::spawn(async move {
            // Four people want each request, two of each process, in the same order.
            for index in (0..REQUESTS).filter(|index| index % shares == (number / 2) % shares) {
                let release = ground.numbered(index);
                let new = NewDecision {
                    verdict: Verdict::Approve,
                    reason: None,
                    binding: release.binding(),
                };
                match commands.decide(&person, requests[index], &new).await {
                    Ok(_) => decided.fetch_add(1, Ordering::Relaxed),
                    Err(CommandError::Conflict { why }) if why.contains("approved already") => 0,
                    Err(other) => panic!("{other:?}"),
                };
                if commands.release_gate(&key(index), &release).await.unwrap() == GateAnswer::Go {
                    went.fetch_add(1, Ordering::Relaxed);
                }
            }
        })
    });
    for task in join_all(tasks.collect::<Vec<_>>()).await {
        task.unwrap();
    }
    assert_eq!(decided.load(Ordering::Relaxed), REQUESTS);
    assert_eq!(went.load(Ordering::Relaxed), REQUESTS, "each goes on, and once");
    for (what, query) in [
        ("decisions", "select count(*) from approval_decisions"),
        (
            "outcomes",
            "select count(*) from approval_outcomes where state = 'approved'",
        ),
        (
            "requests",
            "select count(*) from approval_requests where state = 'approved'",
        ),
        (
            "gates",
            "select count(*) from approval_gates where released_at is not null",
        ),
        (
            "audit rows",
            "select count(*) from audit where action = 'approval.approve'",
        ),
    ] {
        assert_eq!(count(&ground.pool, query).await, 1_000, "{what}");
    }
    close(&both).await;
}

/// A step of a run of its own that would deploy a commit.
fn step(run: usize, commit: usize) -> NewStep {
    let raw = RawStep {
        service: "shop".to_owned(),
        environment: "live".to_owned(),
        sha: Some(sha(commit)),
        run_id: i64::try_from(run).unwrap() + 1,
        job: "deploy".to_owned(),
        ..RawStep::default()
    };
    NewStep::parse(raw, Utc::now()).unwrap()
}

/// Whether a step goes, asked three times.
async fn goes(commands: &Commands, gate: GateId) -> bool {
    for _ in 0..3 {
        if commands.step_standing(&operator(), gate).await.unwrap().goes {
            return true;
        }
    }
    false
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_was_pushed_after_the_approval_never_goes_on(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let both = [ground.other().await, ground.other().await];
    let eve = ground.person("eve", Role::Approver).await;
    let (eve, both) = (&eve, &both);
    let went: Vec<bool> = futures::stream::iter(0..REQUESTS)
        .map(|index| async move {
            let gate = both[0]
                .open_step(&operator(), step(index, index))
                .await
                .unwrap()
                .id;
            let waits = both[0].step_standing(&operator(), gate).await.unwrap().gate;
            let approve = async {
                let new = NewDecision {
                    verdict: Verdict::Approve,
                    reason: None,
                    binding: waits.release.binding(),
                };
                both[0].decide(eve, waits.request, &new).await.unwrap();
            };
            let push = async {
                let pushed = REQUESTS + index;
                // What waits as one commit cannot become another, and a run of its own is asked about for itself.
                let same = both[1].open_step(&operator(), step(index, pushed)).await;
                assert!(matches!(same, Err(CommandError::Conflict { .. })), "{same:?}");
                let own = both[1]
                    .open_step(&operator(), step(pushed, pushed))
                    .await
                    .unwrap();
                assert!(
                    !goes(&both[1], own.id).await,
                    "what was pushed to {index} went on"
                );
            };
            let go = goes(&both[index % 2], gate);
            // Now the one begins first, now the other.
            if index % 3 == 0 {
                futures::join!(go, approve, push).0
            } else if index % 3 == 1 {
                approve.await;
                futures::join!(push, go).1
            } else {
                futures::join!(approve, push, go).2
            }
        })
        .buffer_unordered(16)
        .collect()
        .await;
    let released = count(
        &ground.pool,
        "select count(*) from approval_gates where released_at is not null",
    )
    .await;
    let went = went.into_iter().filter(|went| *went).count();
    assert!(went >= REQUESTS / 3, "what is approved goes: {went}");
    assert_eq!(usize::try_from(released).unwrap(), went);
    for (what, query) in [
        (
            "went on as something else than was approved",
            "select count(*) from approval_gates g join approval_requests a on a.id = g.request_id
             where g.released_at is not null and g.released_binding <> a.binding",
        ),
        (
            "went on without an approval of just that",
            "select count(*) from approval_gates g where g.released_at is not null and not exists (
                 select from approval_decisions d
                 where d.request_id = g.request_id and d.verdict = 'approve' and d.binding = g.released_binding)",
        ),
    ] {
        assert_eq!(count(&ground.pool, query).await, 0, "{what}");
    }
    let waits = "select count(*) from approval_requests where state = 'pending'";
    assert_eq!(count(&ground.pool, waits).await, 1_000, "what was pushed waits");
    close(both).await;
}
