//! The timeline narrowed in every way, page by page in both directions: the rows are those that plain SQL names, in its order.

use domain::{
    deploys::read::{DeployFilter, DeployOutcome},
    environments::EnvironmentClass,
    ids::TeamId,
    page::Position,
};
use sqlx::{AssertSqlSafe, PgPool};
use store::{Reads, Store};
use uuid::Uuid;

/// Two teams with three services each, and one without; two environments of class production; deploys that share times.
const DATA: &str = "
    insert into teams (id, slug, title, created_at)
    select md5('t' || n)::uuid, 'team-' || n, 'Team', now() from generate_series(1, 2) n;
    insert into entities (id, kind, name, descriptor, created_at, updated_at)
    select md5('s' || n)::uuid, 'Component', 'service-' || n, '{}', now(), now() from generate_series(1, 7) n;
    insert into services (id, slug, title, team_id, created_at)
    select md5('s' || n)::uuid, 'service-' || n, 'Service', case when n < 7 then md5('t' || 1 + n % 2)::uuid end, now()
    from generate_series(1, 7) n;
    insert into environments (id, name, class, created_at)
    values (md5('e1')::uuid, 'production', 'production', now()), (md5('e2')::uuid, 'production-eu', 'production', now()),
           (md5('e3')::uuid, 'staging', 'staging', now());
    insert into deploys (id, service_id, environment_id, key, source, created_at, requested_at, state, kind, failed)
    select md5('d' || n)::uuid, md5('s' || 1 + n % 7)::uuid, md5('e' || 1 + n * n % 3)::uuid, 'api:' || n, 'api', at,
           case when n % 40 > 0 then at end, 'succeeded', case when n % 5 = 0 then 'rollback' else 'normal' end, n % 4 = 0
    from generate_series(1, 240) n, lateral (select now() - n / 3 * interval '1 minute' as at) t;
    update deploys set finished_at = requested_at + interval '1 minute' where kind = 'normal'";

/// Every page from a side on; in the order of the timeline.
async fn walked(reads: &Reads, filter: &DeployFilter, backwards: bool) -> Vec<Uuid> {
    let mut rows: Vec<Uuid> = Vec::new();
    let mut position = if backwards {
        // Older than everything.
        Position::Before(format!("0_{}", Uuid::nil()))
    } else {
        Position::Start
    };
    loop {
        let asked = DeployFilter {
            position: position.clone(),
            size: 7,
            ..filter.clone()
        };
        let page = reads.deploys(&asked).await.unwrap();
        let ids = page.rows.iter().map(|row| row.id.0);
        let next = if backwards { page.previous } else { page.next };
        if backwards {
            rows.splice(0..0, ids);
        } else {
            rows.extend(ids);
        }
        position = match next {
            Some(cursor) if backwards => Position::Before(cursor),
            Some(cursor) => Position::After(cursor),
            None => return rows,
        };
    }
}

/// What is in flight and what several teams own, each of which an index of its own leads to.
async fn of_teams_and_in_flight(pool: &PgPool) -> [(DeployFilter, &'static str); 6] {
    let nothing = DeployFilter::default;
    let ids: Vec<Uuid> = sqlx::query_scalar("select id from teams order by slug")
        .fetch_all(pool)
        .await
        .unwrap();
    let teams = |numbers: &[usize]| Some(numbers.iter().map(|number| TeamId(ids[number - 1])).collect());
    [
        (
            DeployFilter {
                teams: teams(&[1, 2]),
                class: Some(EnvironmentClass::Production),
                ..nothing()
            },
            "t.id is not null and e.class = 'production'",
        ),
        (
            DeployFilter {
                teams: teams(&[2]),
                outcome: Some(DeployOutcome::InFlight),
                ..nothing()
            },
            "t.slug = 'team-2' and d.finished_at is null",
        ),
        (
            DeployFilter {
                teams: teams(&[]),
                ..nothing()
            },
            "false",
        ),
        (
            DeployFilter {
                team: Some("team-1".into()),
                teams: teams(&[1, 2]),
                ..nothing()
            },
            "t.slug = 'team-1'",
        ),
        (
            DeployFilter {
                team: Some("team-1".into()),
                class: Some(EnvironmentClass::Production),
                outcome: Some(DeployOutcome::InFlight),
                ..nothing()
            },
            "t.slug = 'team-1' and e.class = 'production' and d.finished_at is null",
        ),
        (
            DeployFilter {
                class: Some(EnvironmentClass::Staging),
                outcome: Some(DeployOutcome::InFlight),
                ..nothing()
            },
            "e.class = 'staging' and d.finished_at is null",
        ),
    ]
}

#[sqlx::test(migrations = "../migrations")]
async fn every_filter_gives_its_rows_page_by_page(pool: PgPool) {
    sqlx::raw_sql(DATA).execute(&pool).await.unwrap();
    let reads = Store::on(pool.clone()).reads();
    let nothing = DeployFilter::default;
    let team = |slug: &str| Some(slug.to_owned());
    let cases = [
        (nothing(), "true"),
        (
            DeployFilter {
                team: team("Team-1"),
                ..nothing()
            },
            "t.slug = 'team-1'",
        ),
        (
            DeployFilter {
                team: team("nobody"),
                ..nothing()
            },
            "false",
        ),
        (
            DeployFilter {
                class: Some(EnvironmentClass::Production),
                ..nothing()
            },
            "e.class = 'production'",
        ),
        (
            DeployFilter {
                class: Some(EnvironmentClass::Preview),
                ..nothing()
            },
            "false",
        ),
        (
            DeployFilter {
                team: team("team-2"),
                class: Some(EnvironmentClass::Production),
                ..nothing()
            },
            "t.slug = 'team-2' and e.class = 'production'",
        ),
        (
            DeployFilter {
                team: team("team-2"),
                outcome: Some(DeployOutcome::Failed),
                ..nothing()
            },
            "t.slug = 'team-2' and d.failed",
        ),
        (
            DeployFilter {
                class: Some(EnvironmentClass::Staging),
                service: Some("service-3".into()),
                ..nothing()
            },
            "e.class = 'staging' and s.slug = 'service-3'",
        ),
        (
            DeployFilter {
                team: team("team-1"),
                environment: Some("production-EU".into()),
                ..nothing()
            },
            "t.slug = 'team-1' and e.name = 'production-eu'",
        ),
    ];
    for (filter, condition) in cases.into_iter().chain(of_teams_and_in_flight(&pool).await) {
        let sql = format!(
            "select d.id from deploys d join services s on s.id = d.service_id join environments e on e.id = d.environment_id
             left join teams t on t.id = s.team_id
             where d.requested_at is not null and {condition} order by d.requested_at desc, d.id desc"
        );
        let expected: Vec<Uuid> = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(&pool)
            .await
            .unwrap();
        assert_eq!(
            walked(&reads, &filter, false).await,
            expected,
            "forwards, {condition}"
        );
        assert_eq!(
            walked(&reads, &filter, true).await,
            expected,
            "backwards, {condition}"
        );
    }
}
