//! A policy tried out over past deploys before it is saved.

use super::*;

#[sqlx::test(migrations = false)]
async fn what_a_policy_would_have_done_is_what_the_stored_deploys_say(pool: PgPool) {
    let app = started(&pool).await;
    // Of forty deploys the first half is in the last 90 days and asks one person each as things are; every third is
    // unknown in its changes.
    sqlx::query(
        "insert into deploys (id, service_id, environment_id, key, source, created_at, requested_at, state, kind, failed,
                              change_count, changes_unknown, replaces)
         select gen_random_uuid(), (select id from services where slug = 'shop'), (select id from environments where name = 'frankfurt'),
                'api:' || n, 'api', now(), now() - make_interval(days => n * 4), 'succeeded',
                case when n % 5 = 0 then 'hotfix' else 'normal' end, n % 4 = 0, n,
                case when n % 3 = 0 then 'a push is missing' end, gen_random_uuid()
         from generate_series(1, 40) n",
    )
    .execute(&pool)
    .await
    .unwrap();
    let rules = [
        ("spec.automatic[0].when", "changes atMost 4"),
        ("spec.automatic[0].then", "approve"),
        ("spec.automatic[1].when", "changes above 10\nkind isNot hotfix"),
        ("spec.automatic[1].then", "refuse"),
        ("days", "90"),
    ];
    let (status, _, page) = post(&app, NEW, &fields("try", &rules)).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let of = "from deploys where requested_at >= now() - interval '90 days'";
    let number = async |what: &str| -> i64 {
        let query = format!("select count(*) filter (where {what}) {of}");
        sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .fetch_one(&pool)
            .await
            .unwrap()
    };
    let nobody = "changes_unknown is null and change_count <= 4";
    let stopped = "changes_unknown is null and change_count > 10 and kind <> 'hotfix'";
    let (fewer, failed) = (number(nobody).await, number("failed").await);
    let stopped_failed = number(&format!("failed and {stopped}")).await;
    assert!(
        fewer > 1 && failed > 1 && stopped_failed > 0,
        "{fewer} {failed} {stopped_failed}"
    );
    let (stopped_good, good) = (
        number(stopped).await - stopped_failed,
        number("true").await - failed,
    );
    let tried = panel(&page, "tried");
    let sentence = format!(
        "Over the last 90 days it would have asked {fewer} fewer times, for {fewer} fewer approvals on {fewer} deploys, would have stopped \
         {stopped_failed} of {failed} failed deploys and {stopped_good} of {good} that did not fail."
    );
    assert!(tried.contains(&sentence), "{sentence}: {tried}");
    let rows = number(&format!("({nobody}) or ({stopped}) or failed")).await;
    assert_eq!(
        tried.matches("href=\"/deploys/").count(),
        usize::try_from(rows).unwrap(),
        "its rows: {tried}"
    );
    let marked = i64::try_from(
        tried
            .matches("Refused: changes above 10, kind is not hotfix.")
            .count(),
    )
    .unwrap();
    assert_eq!(marked, number(stopped).await);
    let unknown = number("changes_unknown is not null").await;
    assert!(
        tried.contains(&format!("changes is not known of {unknown} deploys")),
        "{tried}"
    );
    assert!(page.contains("changes atMost 4"), "what was typed stays");
    assert_eq!(policies(&app.commands).await.len(), 3, "trying saves nothing");
    // The document that stands beside the form says the same, and gives the same figures.
    let yaml = "apiVersion: fairway.dev/v1\nkind: Policy\nmetadata: {name: Shops}\nspec:\n  match: {environments: [production]}\n  \
                minApprovals: 1\n  automatic:\n    - {when: [{fact: changes, atMost: 4}], then: {approve: true}}\n    \
                - {when: [{fact: changes, above: 10}, {fact: kind, isNot: hotfix}], then: {refuse: true}}\n";
    let sent = [
        ("act", "try_document"),
        ("position", "150"),
        ("days", "90"),
        ("document", yaml),
    ];
    let (_, _, page) = post(&app, NEW, &sent).await;
    assert!(panel(&page, "tried").contains(&sentence), "{page}");
    let more = fields("more", &rules);
    let (status, _, page) = post(&app, NEW, &more).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        page.contains("Condition 3") && page.contains("Rule 1"),
        "a blank row each: {page}"
    );
}
