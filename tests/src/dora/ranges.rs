//! Which days a figure is of: whole local days, the end left out, and clear words for what cannot be.

use super::*;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_day_begins_at_its_own_midnight_and_ends_before_the_next(pool: PgPool) {
    let told = Told::everything(&pool).await;
    for (first, last, deploys) in [
        ("2026-10-04", "2026-10-04", 0),
        ("2026-10-05", "2026-10-05", 2),
        // The deployment of 22:00 UTC is this day's, and not the day's before.
        ("2026-10-06", "2026-10-06", 2),
        ("2026-10-07", "2026-10-07", 1),
        ("2026-10-05", "2026-10-07", 5),
        ("2026-10-05", "2026-10-06", 4),
        // A day of 25 hours.
        ("2026-10-25", "2026-10-25", 1),
        ("2026-10-26", "2026-10-26", 1),
    ] {
        let answer = told.dora(&format!("from={first}&to={last}")).await;
        assert_eq!(
            at(&answer, "/figures/frequency/total"),
            &json!(deploys),
            "{first} to {last}"
        );
        let (_, rows) = told.asked(&format!("/dora/deploys?from={first}&to={last}")).await;
        assert_eq!(
            rows["items"].as_array().unwrap().len(),
            deploys,
            "{first} to {last}"
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn buckets_cover_the_range_once_in_local_days(pool: PgPool) {
    let told = Told::everything(&pool).await;
    let deploys = |answer: &Value| -> Vec<u64> {
        let points = answer["trend"].as_array().unwrap();
        points
            .iter()
            .map(|point| point["deploys"].as_u64().unwrap())
            .collect()
    };
    let days = told.dora(THREE_DAYS).await;
    assert_eq!(
        (days["bucket"].as_str(), deploys(&days)),
        (Some("day"), vec![2, 2, 1])
    );
    // Four weeks that begin on a Monday: the last ends on Sunday 25 October.
    let weeks = told.dora("from=2026-10-05&to=2026-11-01").await;
    assert_eq!(
        (weeks["bucket"].as_str(), deploys(&weeks)),
        (Some("week"), vec![5, 0, 1, 1])
    );
    let year = told.dora("from=2025-10-01&to=2026-11-30").await;
    assert_eq!(year["bucket"], "month");
    assert_eq!(deploys(&year).iter().sum::<u64>(), 9);
    assert_eq!(deploys(&year)[12], 9, "all of them in October");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_days_before_are_as_many(pool: PgPool) {
    let told = Told::everything(&pool).await;
    let answer = told.dora("from=2026-10-06&to=2026-10-07").await;
    assert_eq!(at(&answer, "/figures/frequency/total"), &json!(3));
    assert_eq!(at(&answer, "/previous/frequency/total"), &json!(2));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_page_says_what_is_wrong_with_its_address(pool: PgPool) {
    let told = Told::nothing(&pool).await;
    for (path, status, what) in [
        ("/dora?range=31", 400, "choose 7, 30, 90, 180 or 365 days"),
        ("/dora?range=soon", 400, "write a whole number"),
        (
            "/dora?from=2026-10-07&to=2026-10-05",
            400,
            "the last day comes before the first",
        ),
        ("/dora?from=2020-01-01&to=2026-01-01", 400, "at most 1100 days"),
        (
            "/dora?from=1999-12-31&to=2000-01-02",
            400,
            "days from 2000 to 2100",
        ),
        (
            "/dora?from=%2B262142-12-31&to=%2B262142-12-31",
            400,
            "days from 2000 to 2100",
        ),
        ("/dora?from=yesterday", 400, "write a day such as 2026-11-03"),
        ("/dora?edition=1999", 400, "no bands of that edition"),
        ("/dora?edition=99999", 400, "write a whole number"),
        ("/dora?trend=speed", 400, "choose one of frequency"),
        ("/dora?bots=none", 400, "write without"),
        ("/dora?team=nobody", 404, "team named nobody"),
        ("/dora?service=nothing", 404, "service named nothing"),
        ("/dora/rows?metric=recovery&rows=changes", 400, "no such rows"),
        ("/dora/rows?metric=frequency&after=nowhere", 400, "page"),
        ("/dora.csv?range=31", 400, "choose 7, 30, 90, 180 or 365 days"),
        ("/dora/rows.csv?metric=mood", 400, "choose one of frequency"),
    ] {
        let (answered, page) = told.text(path).await;
        assert_eq!(answered.as_u16(), status, "{path}: {page}");
        let shown = words(&page);
        assert!(shown.contains(what), "{path}: {what} in {shown}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_fail_rate_beyond_the_bands_of_2024_says_so(pool: PgPool) {
    let told = Told::everything(&pool).await;
    let of = "edition=2024&from=2026-10-01&to=2026-10-31";
    let answer = told.dora(of).await;
    let rate = at(&answer, "/figures/change_fail_rate");
    assert!(
        rate["share"].as_f64() > Some(0.05) && rate["mature"].as_u64() >= Some(5),
        "{rate}"
    );
    assert_eq!(at(&answer, "/bands/change_fail_rate"), &Value::Null);
    assert_eq!(
        at(&answer, "/bands/unranked/change_fail_rate"),
        &json!("beyond_bands")
    );
    assert_eq!(at(&answer, "/bands/unranked/frequency"), &Value::Null);
    let (_, page) = told.text(&format!("/dora?{of}")).await;
    let shown = words(&page);
    assert!(
        shown.contains("no band: 2024 has bands up to 5 % only"),
        "{shown}"
    );
    assert!(shown.contains("there is no order to make bands of"), "{shown}");
    let (_, csv) = told.text(&format!("/dora.csv?{of}")).await;
    assert!(csv.contains(",2024 has bands up to 5 % only,"), "{csv}");
    let (_, usual) = told.text("/dora?from=2026-10-01&to=2026-10-31").await;
    assert!(!words(&usual).contains("there is no order to make bands of"));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_chart_without_data_is_words(pool: PgPool) {
    let told = Told::everything(&pool).await;
    // One deployment whose changes nobody knows, and that did not fail.
    let of = "/dora?service=orders&from=2026-10-01&to=2026-10-03";
    for (trend, what) in [
        (
            "",
            "Nothing to draw yet Change lead time has no data in this range",
        ),
        (
            "&trend=recovery",
            "Nothing to draw yet Failed deployment recovery time has no data",
        ),
        (
            "&trend=recovery",
            "Nothing to draw yet Stages of a change: none of them has a length yet.",
        ),
    ] {
        let (_, page) = told.text(&format!("{of}{trend}")).await;
        let shown = words(&page);
        assert!(shown.contains(what), "{trend}: {what} in {shown}");
        assert!(
            !page.contains("chart-axis") && !page.contains("stage-bar"),
            "{trend}: {page}"
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_api_names_the_parameter(pool: PgPool) {
    let told = Told::nothing(&pool).await;
    for path in ["/dora", "/dora/deploys", "/dora/changes"] {
        for (query, field) in [
            ("days=0", "days"),
            ("days=1101", "days"),
            ("days=7&from=2026-10-05", "days"),
            ("to=2026-10-05", "from"),
            ("from=2026-10-07&to=2026-10-05", "from"),
            ("from=2020-01-01&to=2026-01-01", "from"),
            ("from=1999-12-31&to=2000-01-02", "from"),
            ("team=a&service=b", "team"),
            ("team=nobody", "team"),
            ("service=nothing", "service"),
        ] {
            let (status, problem) = told.asked(&format!("{path}?{query}")).await;
            assert_eq!(
                status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{path}?{query}: {problem:#}"
            );
            assert_eq!(at(&problem, "/errors/0/field"), field, "{path}?{query}");
        }
        let (status, problem) = told.asked(&format!("{path}?from=soon")).await;
        assert!(
            status.is_client_error() && problem["status"] == status.as_u16(),
            "{problem:#}"
        );
    }
    let (status, problem) = told.asked("/dora?edition=1999").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem:#}");
}
