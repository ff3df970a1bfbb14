//! Every number leads to its rows, and they add up to it: on the page, through the API and in the files.

use domain::dora::percentile_cont;

use super::*;

const WHOSE: [&str; 3] = ["", "&team=team-payments", "&service=orders"];

/// Rows of a list of the API, two at a time.
async fn walked(told: &Told, path: &str) -> Vec<Value> {
    let (mut rows, mut next) = (Vec::new(), String::new());
    loop {
        let (status, page) = told.asked(&format!("{path}&limit=2{next}")).await;
        assert_eq!(status, StatusCode::OK, "{page:#}");
        rows.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(cursor) => next = format!("&page={cursor}"),
            None => return rows,
        }
    }
}

/// The column of a table that has this head.
fn column(table: &[Vec<String>], head: &str) -> Vec<String> {
    let place = table[0].iter().position(|cell| cell == head);
    let place = place.unwrap_or_else(|| panic!("{head} in {:?}", table[0]));
    table[1..].iter().map(|line| line[place].clone()).collect()
}

fn numbers(cells: &[String]) -> Vec<f64> {
    cells
        .iter()
        .filter(|cell| !cell.is_empty())
        .map(|cell| cell.parse().unwrap())
        .collect()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn rows_add_up_to_the_figure_everywhere(pool: PgPool) {
    let told = Told::everything(&pool).await;
    for whose in WHOSE {
        let query = format!("from=2026-10-01&to=2026-10-31{whose}");
        let answer = told.dora(&query).await;
        for (metric, set, pointer) in [
            ("frequency", "counted", "/figures/frequency/total"),
            ("change_fail_rate", "mature", "/figures/change_fail_rate/mature"),
            ("change_fail_rate", "failed", "/figures/change_fail_rate/failed"),
            (
                "change_fail_rate",
                "immature",
                "/figures/change_fail_rate/immature",
            ),
            ("recovery", "restored", "/figures/recovery/total/n"),
            ("recovery", "open", "/figures/recovery/open"),
            ("rework", "rework", "/figures/rework/unplanned"),
        ] {
            let expected = usize::try_from(at(&answer, pointer).as_u64().unwrap()).unwrap();
            let rows = walked(&told, &format!("/dora/deploys?{query}&set={set}")).await;
            let ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
            assert_eq!(ids.len(), expected, "{set} of {query}");
            let address = format!("?{query}&metric={metric}&rows={set}");
            let table = told.csv(&format!("/dora/rows.csv{address}")).await;
            assert_eq!(column(&table, "deploy"), ids, "{address}");
            let (_, page) = told.text(&format!("/dora/rows{address}")).await;
            let shown = ids
                .iter()
                .filter(|id| page.contains(&format!("/deploys/{id}\"")))
                .count();
            assert_eq!(shown, expected, "{address}");
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_values_of_a_median_are_its_rows(pool: PgPool) {
    let told = Told::everything(&pool).await;
    for whose in WHOSE {
        let query = format!("from=2026-10-01&to=2026-10-31{whose}");
        let answer = told.dora(&query).await;
        for (metric, head, pointer) in [
            ("lead_time", "lead_seconds", "/figures/lead_time/total"),
            ("recovery", "recovery_seconds", "/figures/recovery/total"),
        ] {
            let table = told.csv(&format!("/dora/rows.csv?{query}&metric={metric}")).await;
            let mut values = numbers(&column(&table, head));
            let spread = at(&answer, pointer);
            assert_eq!(json!(values.len()), spread["n"], "{metric} of {query}");
            assert_eq!(
                json!(percentile_cont(&mut values, 0.5)),
                spread["median"],
                "{metric} of {query}"
            );
            assert_eq!(
                json!(percentile_cont(&mut values, 0.9)),
                spread["p90"],
                "{metric} of {query}"
            );
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn stages_of_a_change_sum_to_its_lead_time(pool: PgPool) {
    let told = Told::everything(&pool).await;
    let table = told
        .csv(&format!("/dora/rows.csv?{THREE_DAYS}&metric=lead_time"))
        .await;
    let stages = ["coding", "review", "queue", "approval", "rollout"];
    let stages = stages.map(|stage| column(&table, &format!("{stage}_seconds")));
    for (index, lead) in column(&table, "lead_seconds").iter().enumerate() {
        let parts: Vec<String> = stages.iter().map(|stage| stage[index].clone()).collect();
        let sum: f64 = numbers(&parts).iter().sum();
        assert!(
            (sum - lead.parse::<f64>().unwrap()).abs() < 1e-6,
            "{parts:?} and {lead}"
        );
    }
    let (_, rows) = told.asked(&format!("/dora/changes?{THREE_DAYS}")).await;
    let changes: Vec<&str> = rows["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["change"].as_str().unwrap())
        .collect();
    assert_eq!(column(&table, "change"), changes);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_file_of_figures_holds_what_the_api_says(pool: PgPool) {
    let told = Told::everything(&pool).await;
    for whose in WHOSE {
        let query = format!("{THREE_DAYS}{whose}");
        let answer = told.dora(&query).await;
        let table = told.csv(&format!("/dora.csv?{query}")).await;
        let values = column(&table[..6], "value");
        for ((metric, value), pointer) in column(&table[..6], "metric").iter().zip(values).zip([
            "/figures/frequency/per_day",
            "/figures/lead_time/total/median",
            "/figures/change_fail_rate/share",
            "/figures/recovery/total/median",
            "/figures/rework/share",
        ]) {
            let expected = at(&answer, pointer).as_f64().map(|value| value.to_string());
            assert_eq!(value, expected.unwrap_or_default(), "{metric} of {query}");
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_group_of_a_service_is_the_service(pool: PgPool) {
    let told = Told::everything(&pool).await;
    let query = "from=2026-10-01&to=2026-10-31&service=orders";
    let answer = told.dora(query).await;
    assert_eq!(at(&answer, "/groups/0/name/slug"), "orders");
    let (_, file) = told.text(&format!("/dora.csv?{query}")).await;
    assert!(file.contains("\r\norders,orders,"), "{file}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn teams_add_up_to_the_organisation(pool: PgPool) {
    let told = Told::everything(&pool).await;
    let whole = told.dora(THREE_DAYS).await;
    for group in whole["groups"].as_array().unwrap() {
        let slug = at(group, "/name/slug").as_str().unwrap();
        let team = told.dora(&format!("{THREE_DAYS}&team={slug}")).await;
        assert_eq!(group["deploys"], *at(&team, "/figures/frequency/total"));
        assert_eq!(group["lead_time"], *at(&team, "/figures/lead_time/total"));
        assert_eq!(group["change_fail_rate"], *at(&team, "/figures/change_fail_rate"));
        assert_eq!(group["recovery"], *at(&team, "/figures/recovery/total"));
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn deployment_days_are_the_median_of_their_weeks_the_empty_ones_too(pool: PgPool) {
    let told = Told::everything(&pool).await;
    // Three whole weeks: three days with a deployment, none, one.
    let query = "from=2026-10-05&to=2026-10-25";
    let answer = told.dora(query).await;
    assert_eq!(at(&answer, "/figures/frequency/days_per_week"), &json!(1.0));
    assert_eq!(at(&answer, "/figures/frequency/weeks"), &json!(3));
    let (_, page) = told.text(&format!("/dora?{query}")).await;
    assert!(page.contains("1 day a week"), "the figure");
    assert!(
        page.contains("/dora/rows?from=2026-10-05&amp;to=2026-10-25&amp;metric=frequency#weeks\""),
        "opens its weeks"
    );
    let (_, rows) = told.text(&format!("/dora/rows?{query}&metric=frequency")).await;
    assert!(rows.contains("1 day a week in the median of 3 weeks"), "{rows}");
    for (first, last) in [("05", "11"), ("12", "18"), ("19", "25")] {
        let week = format!("/dora/rows?from=2026-10-{first}&amp;to=2026-10-{last}&amp;metric=frequency\"");
        assert!(rows.contains(&week), "{week}");
    }
    let (_, file) = told.text(&format!("/dora.csv?{query}")).await;
    assert!(file.contains(",deployment_days,days per week,1,,3,"), "{file}");
    let weeks = "week_from,week_last_day,deployment_days\r\n2026-10-05,2026-10-11,3\r\n2026-10-12,2026-10-18,0\r\n2026-10-19,2026-10-25,1\r\n";
    assert!(file.contains(weeks), "{file}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn beside_each_median_stands_its_p90(pool: PgPool) {
    let told = Told::everything(&pool).await;
    let query = "from=2026-10-01&to=2026-10-31";
    let answer = told.dora(query).await;
    for pointer in ["/figures/lead_time/total/p90", "/figures/recovery/total/p90"] {
        assert!(at(&answer, pointer).is_number(), "{pointer}");
    }
    let (_, page) = told.text(&format!("/dora?{query}")).await;
    let strip = page
        .split("class=\"metrics\"")
        .nth(1)
        .unwrap()
        .split("</section>")
        .next()
        .unwrap();
    assert_eq!(strip.matches(">p90 ").count(), 2, "{strip}");
    let file = told.csv(&format!("/dora.csv?{query}")).await;
    assert!(file[0].contains(&"p90".to_owned()));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_service_is_chosen_by_typing_any_part_of_its_name(pool: PgPool) {
    let told = Told::everything(&pool).await;
    told.register("payments-worker", "team-payments").await;
    let (status, page) = told.text("/dora?service=order").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("DORA, orders"), "the only one that fits");
    let (status, page) = told.text("/dora?service=paymen&range=30").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        page.contains("2 services fit") && page.contains("/dora?service=payments-worker&amp;range=30\""),
        "{page}"
    );
    let (_, page) = told.text("/dora?service=PAYMENTS").await;
    assert!(page.contains("DORA, payments<"), "the title itself: {page}");
    let (status, _) = told.text("/dora?service=nobody").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (_, page) = told.text("/dora?team=team-orders&service=payments").await;
    assert!(
        page.contains("DORA, payments<"),
        "a service is narrower than a team"
    );
    assert!(page.contains("<datalist id=\"f-service-list\">"), "{page}");
}
