//! History read from lists is the history that events would have told.

use sqlx::PgPool;
use tests::fakes::github::{MergeMethod, World};

use super::{connected, find_and_start, lives, only_repository, operator, read_all, settle};
use crate::intake::{
    facts,
    order::{register, tell},
};

/// What lists do not tell: pushes (what lies between two deploys is compared instead), what each row was last said at, and
/// which of the times at which a pull request was a draft was seen. Ids are each database's own.
const ONLY_EVENTS: [&str; 4] = ["pushes", "commits", "workflow_runs", "people"];
const SAID_AT: [&str; 4] = ["facts_as_of", "draft_seen_at", "since", "may_fix"];

async fn history(pool: &PgPool) -> facts::Stored {
    let mut stored = facts::history(pool).await;
    for table in ONLY_EVENTS {
        stored.remove(table);
    }
    for rows in stored.values_mut() {
        for row in rows.iter_mut() {
            let mut json: serde_json::Value = serde_json::from_str(row).unwrap();
            forget_said_at(&mut json);
            *row = json.to_string();
        }
        rows.sort_unstable();
    }
    // Names carry the time at which they were seen as their last element.
    let names = stored.remove("repository_names").unwrap();
    let names = names.iter().map(|row| {
        let name: serde_json::Value = serde_json::from_str(row).unwrap();
        format!("{} {}", name[0], name[1])
    });
    stored.insert("repository_names", names.collect());
    stored
}

fn forget_said_at(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(fields) => {
            fields.retain(|name, _| !SAID_AT.contains(&name.as_str()));
            // An attempt that no list tells counts as the first, until another deployment of the run shows up.
            if fields.get("run_id").is_some_and(serde_json::Value::is_number)
                && fields["run_attempt"].is_null()
            {
                fields["run_attempt"] = 1.into();
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(forget_said_at),
        _ => {}
    }
}

/// What events tell of a world, each fetched where events leave something out.
async fn told_by_events(pool: &PgPool, world: &World) -> facts::Stored {
    let (commands, _github) = connected(pool, world.clone()).await;
    register(&commands).await;
    tell(&commands, &world.take_deliveries()).await;
    settle(&commands, pool).await;
    let told = history(pool).await;
    facts::forget(pool).await;
    told
}

#[sqlx::test(migrations = false)]
async fn history_is_what_events_would_have_told(pool: PgPool) {
    let world = World::default();
    // Of 60 days, two attempts of a run lie on two pages.
    let methods = [MergeMethod::Squash, MergeMethod::Merge, MergeMethod::Rebase];
    lives::eventful(&world, 60, &methods);
    let expected = told_by_events(&pool, &world).await;
    let (commands, github) = connected(&pool, world).await;
    register(&commands).await;
    assert_eq!(find_and_start(&commands).await, 1);
    read_all(&commands, &pool).await;
    let asked = github.requests();
    settle(&commands, &pool).await;
    facts::assert_same(&expected, &history(&pool).await, "read from lists");
    assert!(expected["github_deployments"].len() > 130, "more than a page");
    assert!(expected["lead_times"].len() > 40, "changes reached production");
    let of = |part: &str| asked.iter().filter(|path| path.contains(part)).count();
    assert_eq!((of("/pulls?"), of("/deployments?"), of("/releases?")), (1, 2, 1));
    assert_eq!(of("/statuses?"), 0, "GraphQL told them");
    assert_eq!(
        of("/commits?"),
        0,
        "no pull request was asked for its commits before the bots' are"
    );
}

#[sqlx::test(migrations = false)]
async fn read_twice_and_among_events_it_is_the_same(pool: PgPool) {
    let world = World::default();
    let methods = [MergeMethod::Squash, MergeMethod::Merge, MergeMethod::Rebase];
    lives::eventful(&world, 24, &methods);
    let deliveries = world.deliveries();
    let expected = told_by_events(&pool, &world).await;
    let (commands, _github) = connected(&pool, world).await;
    register(&commands).await;
    let (early, late) = deliveries.split_at(deliveries.len() / 2);
    tell(&commands, late).await;
    find_and_start(&commands).await;
    read_all(&commands, &pool).await;
    tell(&commands, early).await;
    let id = only_repository(&commands).await;
    assert_eq!(
        commands.start_backfill(&operator(), Some(id)).await.unwrap(),
        1,
        "read anew"
    );
    read_all(&commands, &pool).await;
    settle(&commands, &pool).await;
    facts::assert_same(&expected, &history(&pool).await, "events and lists");
}
