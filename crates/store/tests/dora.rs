//! Figures from real tables: percentiles as PostgreSQL computes them, rollups that change nothing, rows that add up.

#![expect(
    clippy::unwrap_used,
    clippy::items_after_statements,
    reason = "a test ends at what it did not expect"
)]

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::{
    actor::Actor,
    dora::{Preset, Question, Range, Report, RowSet, Scope, midnight, percentile_cont},
    ids::{ServiceId, TeamId},
    page::Position,
};
use sqlx::PgPool;
use store::{RowsAsked, Store};
use uuid::Uuid;

/// 400 deploys of six services in three teams over 100 days, with failures, corrections and unknown changes.
const FILL: &str = "
    insert into teams (id, slug, title, created_at)
    select ('00000000-0000-0000-0001-' || lpad(n::text, 12, '0'))::uuid, 'team-' || n, 'Team ' || n, '2026-01-01'
    from generate_series(1, 3) n;
    insert into environments (id, name, class, created_at)
    values ('00000000-0000-0000-0002-000000000001', 'production', 'production', '2026-01-01');
    insert into entities (id, kind, name, descriptor, created_at, updated_at)
    select ('00000000-0000-0000-0003-' || lpad(n::text, 12, '0'))::uuid, 'Component', 's' || n, '{}', '2026-01-01', '2026-01-01'
    from generate_series(1, 7) n;
    insert into services (id, slug, title, team_id, created_at)
    select ('00000000-0000-0000-0003-' || lpad(n::text, 12, '0'))::uuid, 's' || n, 'S' || n,
           ('00000000-0000-0000-0001-' || lpad((1 + n % 3)::text, 12, '0'))::uuid, '2026-01-01'
    from generate_series(1, 7) n;
    insert into deploys (id, service_id, environment_id, key, source, created_at, state, kind, requested_at, exposed_at,
                         promoted_at, finished_at, team_id, counted, failed, failure_cause, failed_at, restored_at, rework,
                         corrected, changes_unknown)
    select ('00000000-0000-0000-0004-' || lpad(n::text, 12, '0'))::uuid,
           ('00000000-0000-0000-0003-' || lpad((1 + n % 6)::text, 12, '0'))::uuid,
           '00000000-0000-0000-0002-000000000001', 'run:' || n, 'api', at, 'succeeded', 'normal', at, at, at, at,
           case when n % 19 > 0 then ('00000000-0000-0000-0001-' || lpad((1 + (1 + n % 6) % 3)::text, 12, '0'))::uuid end,
           n % 11 > 0, n % 7 = 0, case when n % 7 = 0 then 'incident' end,
           case when n % 7 = 0 then at + n * interval '1.7 s' end,
           case when n % 14 = 0 then at + n * interval '4.3 s' end, n % 9 = 0, n % 13 = 0,
           case when n % 17 = 0 then 'no pushes' end
    from (select n, timestamptz '2026-03-01 00:30:00.123456Z' + n * interval '6 hours 7.25 seconds' as at
          from generate_series(1, 400) n) numbered;
    insert into lead_times (deploy_id, service_id, change, team_id, title, promoted_at, coding_seconds, review_seconds,
                            queue_seconds, approval_seconds, rollout_seconds, lead_seconds, delivery_seconds, unknown)
    select d.id, d.service_id, 'pr:' || c, d.team_id, 'Change', d.promoted_at,
           case when known then size end, size * 0.5, 60.1, case when c = 2 then 3600.007 else 0 end, 0.1 + 0.2,
           case when known then size * 1.5 + 60.4 end, size / 3, case when known then '{}'::text[] else '{first commit}' end
    from deploys d cross join generate_series(1, 3) c
         cross join lateral (select c * c * 977.77 + extract(epoch from d.exposed_at)::int % 90000 as size,
                                    (extract(epoch from d.exposed_at)::int + c) % 10 > 0 as known) sized
    where d.counted;
    insert into service_state (service_id, derived_at, first_counted_at)
    select s.id, now(), (select min(exposed_at) from deploys where counted and service_id = s.id) from services s;";

const TEAM: u128 = 0x0001_0000_0000_0002;

fn now() -> DateTime<Utc> {
    "2026-06-09T09:00:00Z".parse().unwrap()
}

async fn filled(pool: &PgPool) -> Store {
    sqlx::raw_sql(FILL).execute(pool).await.unwrap();
    Store::on(pool.clone())
}

fn scopes() -> [Scope; 3] {
    [
        Scope::Organisation,
        Scope::Team(TeamId(Uuid::from_u128(TEAM))),
        Scope::Service(ServiceId("00000000-0000-0000-0003-000000000002".parse().unwrap())),
    ]
}

fn ranges(zone: Tz) -> Vec<Range> {
    let last = |days| Range::last(days, now(), zone);
    let odd = Range::custom("2026-03-28".parse().unwrap(), "2026-05-13".parse().unwrap(), zone).unwrap();
    Preset::ALL
        .map(|preset| last(preset.days()))
        .into_iter()
        .chain([odd])
        .collect()
}

async fn make_all(store: &Store, zone: Tz) -> Vec<NaiveDate> {
    let last = now().with_timezone(&zone).date_naive() - Days::new(3);
    let days = store.reads().dora_days_to_make(zone, last, 1000).await.unwrap();
    let mut tx = store
        .begin(&Actor::System {
            name: "fairway".into(),
        })
        .await
        .unwrap();
    tx.make_dora_days(&days, zone, now()).await.unwrap();
    tx.commit().await.unwrap();
    days
}

async fn reports(store: &Store, zone: Tz) -> Vec<Report> {
    let mut reports = Vec::new();
    for scope in scopes() {
        for range in ranges(zone) {
            reports.push(
                store
                    .reads()
                    .dora(Question::new(scope, range), now())
                    .await
                    .unwrap(),
            );
        }
    }
    reports
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn rolled_up_days_change_no_figure(pool: PgPool) {
    for zone in [Tz::UTC, Tz::America__St_Johns] {
        let store = if zone == Tz::UTC {
            filled(&pool).await
        } else {
            Store::on(pool.clone())
        };
        let raw = reports(&store, zone).await;
        assert!(
            raw[2].figures.frequency.total > 100,
            "{:?}",
            raw[2].figures.frequency
        );
        let days = make_all(&store, zone).await;
        assert!(days.len() > 90, "{days:?}");
        // Once decoded from the rows, once from memory.
        assert!(reports(&store, zone).await == raw);
        assert!(reports(&store, zone).await == raw);
        // Some of them made, some not.
        sqlx::query("delete from dora_days where extract(day from day)::int % 3 = 0")
            .execute(&pool)
            .await
            .unwrap();
        assert!(reports(&store, zone).await == raw);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_day_made_again_is_seen_at_once(pool: PgPool) {
    let store = filled(&pool).await;
    let days = make_all(&store, Tz::UTC).await;
    let range = Range::last(90, now(), Tz::UTC);
    let total = || async {
        let report = store
            .reads()
            .dora(Question::new(Scope::Organisation, range), now())
            .await
            .unwrap();
        report.figures.frequency.total
    };
    let before = total().await;
    let excluded =
        "update deploys set counted = false where counted and exposed_at::date = '2026-05-02' returning id";
    let gone = sqlx::query(excluded).fetch_all(&pool).await.unwrap().len() as u64;
    assert!(gone > 0 && days.contains(&"2026-05-02".parse().unwrap()));
    sqlx::query("delete from dora_days where day = '2026-05-02'")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(total().await, before - gone);
    assert_eq!(
        make_all(&store, Tz::UTC).await,
        ["2026-05-02".parse::<NaiveDate>().unwrap()]
    );
    assert_eq!(total().await, before - gone);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn no_day_is_made_while_its_facts_change(pool: PgPool) {
    let store = filled(&pool).await;
    make_all(&store, Tz::UTC).await;
    // A derivation that has changed a deploy and dropped its day, but not committed yet.
    let mut deriving = pool.begin().await.unwrap();
    sqlx::query("update deploys set counted = false where exposed_at::date = '2026-05-02'")
        .execute(&mut *deriving)
        .await
        .unwrap();
    sqlx::query("delete from dora_days where day in ('2026-05-02', '2026-05-03')")
        .execute(&mut *deriving)
        .await
        .unwrap();
    let making = tokio::spawn({
        let store = store.clone();
        async move {
            let mut tx = store
                .begin(&Actor::System {
                    name: "fairway".into(),
                })
                .await
                .unwrap();
            tx.make_dora_days(&["2026-05-02".parse().unwrap()], Tz::UTC, now())
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
    });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(
        !making.is_finished(),
        "the day was made of facts that were about to change"
    );
    deriving.commit().await.unwrap();
    making.await.unwrap();
    let range = Range::custom(
        "2026-05-02".parse().unwrap(),
        "2026-05-02".parse().unwrap(),
        Tz::UTC,
    )
    .unwrap();
    let report = store
        .reads()
        .dora(Question::new(Scope::Organisation, range), now())
        .await
        .unwrap();
    assert_eq!(report.figures.frequency.total, 0);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn percentiles_are_postgresqls_own(pool: PgPool) {
    let store = filled(&pool).await;
    make_all(&store, Tz::UTC).await;
    for range in ranges(Tz::UTC) {
        let lead = store
            .reads()
            .dora(Question::new(Scope::Organisation, range), now())
            .await
            .unwrap()
            .figures
            .lead_time;
        for (column, spread) in [
            ("lead_seconds", lead.total),
            ("delivery_seconds", lead.delivery),
            ("coding_seconds", lead.stages[0]),
            ("approval_seconds", lead.stages[3]),
            ("rollout_seconds", lead.stages[4]),
        ] {
            let sql = format!(
                "select percentile_cont(0.5) within group (order by {column}),
                        percentile_cont(0.9) within group (order by {column}), count({column})
                 from lead_times where promoted_at >= $1 and promoted_at < $2"
            );
            let (median, p90, n): (Option<f64>, Option<f64>, i64) = sqlx::query_as(sqlx::AssertSqlSafe(sql))
                .bind(range.start())
                .bind(range.end())
                .fetch_one(&pool)
                .await
                .unwrap();
            assert_eq!(
                spread.median.map(f64::to_bits),
                median.map(f64::to_bits),
                "{column} {range:?}"
            );
            assert_eq!(
                spread.p90.map(f64::to_bits),
                p90.map(f64::to_bits),
                "{column} {range:?}"
            );
            assert_eq!(spread.n, n.unsigned_abs());
        }
    }
    // Shares that do not fall on a value, over lists of every small length.
    for length in 1..60_i32 {
        let mut values: Vec<f64> = (0..length).map(|n| f64::from(n * 7919 % 104_729) / 7.0).collect();
        for share in [0.0, 0.1, 1.0 / 3.0, 0.5, 0.9, 0.99, 1.0] {
            let sql = "select percentile_cont($1) within group (order by v) from unnest($2::float8[]) v";
            let theirs: Option<f64> = sqlx::query_scalar(sql)
                .bind(share)
                .bind(&values)
                .fetch_one(&pool)
                .await
                .unwrap();
            let ours = percentile_cont(&mut values, share);
            assert_eq!(
                ours.map(f64::to_bits),
                theirs.map(f64::to_bits),
                "{share} of {length}"
            );
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn rows_add_up_to_their_figure(pool: PgPool) {
    let store = filled(&pool).await;
    for scope in scopes() {
        for range in ranges(Tz::UTC) {
            let figures = store
                .reads()
                .dora(Question::new(scope, range), now())
                .await
                .unwrap()
                .figures;
            let rate = figures.change_fail_rate;
            for (set, expected) in [
                (RowSet::Counted, figures.frequency.total),
                (RowSet::Changes, figures.lead_time.total.n),
                (RowSet::UnknownChanges, figures.lead_time.unknown),
                (RowSet::Mature, rate.mature),
                (RowSet::Failed, rate.failed),
                (RowSet::Immature, rate.immature),
                (RowSet::Restored, figures.recovery.total.n),
                (RowSet::Open, figures.recovery.open),
                (RowSet::Rework, figures.rework.unplanned),
            ] {
                let asked = RowsAsked {
                    of: Question::new(scope, range),
                    set,
                    position: Position::Start,
                    size: 23,
                    now: now(),
                };
                let (values, rows) = walk(&store, asked).await;
                assert_eq!(rows, expected, "{set:?} {scope:?} {range:?}");
                let median = match set {
                    RowSet::Changes => figures.lead_time.total.median,
                    RowSet::Restored => figures.recovery.total.median,
                    _ => continue,
                };
                assert_eq!(percentile_cont(&mut values.clone(), 0.5), median);
            }
        }
    }
}

/// Every row of a set, page by page forwards, then the last page backwards; the values that a median is made of.
async fn walk(store: &Store, mut asked: RowsAsked) -> (Vec<f64>, u64) {
    let (mut values, mut rows) = (Vec::new(), 0);
    loop {
        let (some, count, next, previous) = page(store, &asked).await;
        values.extend(some);
        rows += count;
        if let (Position::After(_), Some(previous)) = (&asked.position, previous) {
            let back = RowsAsked {
                position: Position::Before(previous),
                ..asked.clone()
            };
            assert_eq!(page(store, &back).await.1, u64::from(asked.size));
        }
        match next {
            Some(cursor) => asked.position = Position::After(cursor),
            None => return (values, rows),
        }
    }
}

async fn page(store: &Store, asked: &RowsAsked) -> (Vec<f64>, u64, Option<String>, Option<String>) {
    let reads = store.reads();
    if asked.set.is_of_changes() {
        let page = reads.dora_changes(asked).await.unwrap();
        let values = page.rows.iter().filter_map(|row| row.lead).collect();
        (values, page.rows.len() as u64, page.next, page.previous)
    } else {
        let page = reads.dora_deploys(asked).await.unwrap();
        let values = page.rows.iter().filter_map(|row| row.recovery).collect();
        (values, page.rows.len() as u64, page.next, page.previous)
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_population_holds_silent_services_and_coverage_names_them(pool: PgPool) {
    let store = filled(&pool).await;
    let range = Range::last(90, now(), Tz::UTC);
    let report = store
        .reads()
        .dora(Question::new(Scope::Organisation, range), now())
        .await
        .unwrap();
    // Six services deploy, the seventh never did.
    assert_eq!(
        (report.coverage.services, report.coverage.silent_services),
        (7, 1)
    );
    assert_eq!(report.figures.frequency.services, 6);
    assert_eq!(
        report.groups.iter().map(|group| group.deploys).sum::<u64>(),
        report.figures.frequency.total
    );
    assert!(
        report
            .groups
            .iter()
            .any(|group| group.name.as_ref().is_some_and(|name| name.slug == "team-2"))
    );
    assert!(report.coverage.corrections >= report.figures.frequency.corrected);
    // Before the first deployment there is nobody to be the median of.
    let early = Range::custom(
        "2026-01-01".parse().unwrap(),
        "2026-02-01".parse().unwrap(),
        Tz::UTC,
    )
    .unwrap();
    let report = store
        .reads()
        .dora(Question::new(Scope::Organisation, early), now())
        .await
        .unwrap();
    assert_eq!(
        (
            report.figures.frequency.per_day,
            report.figures.frequency.services
        ),
        (None, 0)
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn bands_come_from_the_table(pool: PgPool) {
    let reads = Store::on(pool).reads();
    let bands = reads.dora_bands(2023).await.unwrap().unwrap();
    use domain::dora::{Band, Metric};
    assert_eq!(bands.of(Metric::Frequency, Some(1.0), 30), Some(Band::Elite));
    assert_eq!(bands.of(Metric::Frequency, Some(0.99), 30), Some(Band::High));
    assert_eq!(bands.of(Metric::Frequency, Some(1.0 / 7.0), 30), Some(Band::High));
    assert_eq!(bands.of(Metric::Frequency, Some(0.0), 30), Some(Band::Low));
    assert_eq!(bands.of(Metric::Recovery, Some(3599.0), 30), Some(Band::Elite));
    assert_eq!(
        bands.of(Metric::ChangeFailRate, Some(0.15), 30),
        Some(Band::Medium)
    );
    assert_eq!(reads.dora_bands(1999).await.unwrap(), None);
    assert!(
        midnight("2026-01-02".parse().unwrap(), Tz::UTC) - midnight("2026-01-01".parse().unwrap(), Tz::UTC)
            == TimeDelta::days(1)
    );
}
