//! The tag of a GitHub release as the version of what was deployed, whichever of the two came first.

use commands::Commands;
use domain::facts::{Observation, ObservedEvent, ReleaseFact};
use sqlx::PgPool;

use super::{at, commands, deployment, made, observation, observe, push, service, sha, status, timeline};

fn release(id: i64, tag: &str, commit: usize, minute: i64) -> ReleaseFact {
    ReleaseFact {
        github_id: id,
        tag: tag.into(),
        name: None,
        target: sha(commit),
        draft: false,
        prerelease: false,
        published_at: Some(at(minute)),
        updated_at: Some(at(minute)),
        url: None,
        deleted: false,
    }
}

fn told(fact: ReleaseFact) -> Observation {
    observation(ObservedEvent::Release(fact))
}

/// Derives what waits and gives the versions, newest deploy first.
async fn versions(commands: &Commands, pool: &PgPool) -> Vec<Option<String>> {
    let waiting: Vec<String> = sqlx::query_scalar(
        "delete from graphile_worker._private_jobs j using graphile_worker._private_tasks t
         where t.id = j.task_id and t.identifier = 'derive_service' returning j.payload ->> 'service'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    for id in waiting {
        commands.derive_service(id.parse().unwrap()).await.unwrap();
    }
    let deploys = timeline(commands).await;
    deploys.into_iter().map(|deploy| deploy.version).collect()
}

#[sqlx::test(migrations = "../migrations")]
async fn a_release_names_the_deploy_of_its_commit_before_it_and_after_it(pool: PgPool) {
    let commands = commands(&pool).await;
    service(&commands, "shop").await;
    let (first, second) = (
        deployment(1, "production", 2, 100),
        deployment(2, "production", 3, 200),
    );
    observe(&commands, &[push(1, 10), push(2, 20), push(3, 30)]).await;
    observe(
        &commands,
        &[
            made(&first),
            status(5, &first, "success", 105),
            told(release(7, "v2.1.0", 3, 150)),
        ],
    )
    .await;
    observe(&commands, &[made(&second), status(6, &second, "success", 205)]).await;
    assert_eq!(
        versions(&commands, &pool).await,
        [Some("v2.1.0".to_owned()), None]
    );

    observe(&commands, &[told(release(8, "v2.0.0", 2, 120))]).await;
    let both = [Some("v2.1.0".to_owned()), Some("v2.0.0".to_owned())];
    assert_eq!(
        versions(&commands, &pool).await,
        both,
        "one that comes later names what is there"
    );
    let page = commands.reads().service("shop").await.unwrap().unwrap();
    assert_eq!(page.summary.state.production_version.as_deref(), Some("v2.1.0"));

    observe(
        &commands,
        &[told(ReleaseFact {
            target: sha(9),
            ..release(8, "v2.0.0", 2, 300)
        })],
    )
    .await;
    assert_eq!(
        versions(&commands, &pool).await[1],
        None,
        "it stands for another commit now"
    );
    let gone = ReleaseFact {
        deleted: true,
        ..release(7, "v2.1.0", 3, 400)
    };
    observe(&commands, &[told(gone)]).await;
    assert_eq!(versions(&commands, &pool).await, [None, None]);
}

#[sqlx::test(migrations = "../migrations")]
async fn what_the_sender_says_comes_first_and_a_draft_says_nothing(pool: PgPool) {
    let commands = commands(&pool).await;
    service(&commands, "shop").await;
    let mut named = deployment(1, "production", 2, 100);
    named.payload = serde_json::json!({ "version": "2.0.0+build.7" });
    let unnamed = deployment(2, "staging", 3, 200);
    observe(
        &commands,
        &[made(&named), made(&unnamed), told(release(7, "v2.0.0", 2, 90))],
    )
    .await;
    let draft = ReleaseFact {
        draft: true,
        ..release(8, "v2.1.0", 3, 190)
    };
    observe(&commands, &[told(draft)]).await;
    let found = versions(&commands, &pool).await;
    assert_eq!(found, [None, Some("2.0.0+build.7".to_owned())]);
    observe(&commands, &[told(release(8, "v2.1.0", 3, 210))]).await;
    assert_eq!(
        versions(&commands, &pool).await[0].as_deref(),
        Some("v2.1.0"),
        "published"
    );
}
