//! What a real Prometheus is asked, and how its answers are read.

use chrono::{TimeDelta, Utc};
use domain::verify::{Check, CheckSetting, Lack, Queries, Reading, Watch};
use integrations::prometheus::PrometheusError;
use sqlx::PgPool;

use super::{BUSY, DEPLOY, FAST, RealPrometheus, Shop, commands, exposed_now, next};

const EVIL: &str = r#"a"} or up{x=""#;

fn down(measure: &str) -> CheckSetting {
    CheckSetting {
        check: Check::Down,
        enabled: true,
        queries: Queries {
            measure: measure.to_owned(),
            requests: None,
        },
    }
}

#[sqlx::test(migrations = "../migrations")]
async fn a_name_is_one_literal_of_the_query_whatever_is_in_it(pool: PgPool) {
    let (good, evil) = (Shop::start(BUSY).await, Shop::start(BUSY).await);
    let prometheus = RealPrometheus::scraping(&[(&good, "shop", "2"), (&evil, EVIL, "2")]).await;
    let commands = commands(&pool, Some(&prometheus.url)).await;
    let watch = exposed_now(&commands, FAST).await;
    let plain = Check::Down.default_queries().measure;
    let regex = r#"max(up{service=~"{service}",version="{version}"})"#;
    let cases: [(u8, &str, &str, Reading); 5] = [
        (1, EVIL, &plain, Ok(1.0)),
        (2, EVIL, regex, Ok(1.0)),
        // Neither the other half of it nor a pattern finds anything.
        (3, r#"b"} or up{x=""#, &plain, Err(Lack::NoSeries)),
        (4, r#"b"} or up{x=""#, regex, Err(Lack::NoSeries)),
        (5, ".*", regex, Err(Lack::NoSeries)),
    ];
    for (weight, slug, measure, reading) in cases {
        let watch = Watch {
            weight,
            slug: slug.into(),
            checks: vec![down(measure)],
            ..watch.clone()
        };
        next(&commands, &watch).await;
        let taken = commands.reads().verify_samples(DEPLOY, weight).await.unwrap();
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].measure.value, reading, "{slug} in {}", taken[0].query);
    }
}

#[tokio::test]
async fn answers_of_a_real_prometheus_are_read_as_what_they_are() {
    let shop = Shop::start(BUSY).await;
    let mut prometheus = RealPrometheus::scraping(&[(&shop, "shop", "1")]).await;
    let client = prometheus.client();
    let now = Utc::now();
    for (query, reading) in [
        ("42", Ok(42.0)),
        ("vector(42)", Ok(42.0)),
        ("0/0", Err(Lack::NotANumber)),
        ("1/0", Err(Lack::NotANumber)),
        ("up{service=\"nobody\"}", Err(Lack::NoSeries)),
        ("http_request_duration_seconds_bucket", Err(Lack::SeveralSeries)),
    ] {
        assert_eq!(
            client.query(query, now, now).await.unwrap().reading,
            reading,
            "{query}"
        );
    }
    let many = "http_request_duration_seconds_bucket * on (job) http_request_duration_seconds_bucket";
    for query in ["up{", "up[1m]", "\"text\"", many] {
        let refused = client.query(query, now, now).await.unwrap_err();
        assert_eq!(refused.lack(), Lack::Refused, "{query}: {refused}");
    }
    let range = (now - TimeDelta::seconds(2), now, TimeDelta::milliseconds(500));
    let answer = client.query_range("up", range, now).await.unwrap();
    let [series] = answer.series.as_slice() else {
        panic!("one series: {answer:?}");
    };
    assert_eq!(series.labels["service"], "shop");
    assert!((1..=5).contains(&series.points.len()), "{series:?}");
    prometheus.kill();
    let gone = client.query("up", now, now).await.unwrap_err();
    assert!(matches!(gone, PrometheusError::Unavailable { .. }), "{gone:?}");
    for _ in 0..4 {
        client.query("up", now, now).await.unwrap_err();
    }
    let resting = client.query("up", now, now).await.unwrap_err();
    assert!(matches!(resting, PrometheusError::Resting { .. }), "{resting:?}");
    assert_eq!(resting.lack(), Lack::Unanswered);
}
