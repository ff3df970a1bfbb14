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
