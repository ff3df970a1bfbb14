//! Deploys by id, sha and version; pull requests by number, address and words.

use super::*;

fn ids(results: &SearchResults) -> Vec<DeployId> {
    results.deploys.items.iter().map(|deploy| deploy.id).collect()
}

#[sqlx::test(migrations = false)]
async fn deploys_are_found_by_id_sha_version_and_service(pool: PgPool) {
    let ground = Ground::new(pool).await;
    ground
        .import(&[component("payments-api", 1, ""), component("ledger", 1, "")])
        .await;
    let old = ground.deploy("payments-api", "v1.4.1", "aaaa1111", 9).await;
    let new = ground.deploy("payments-api", "v1.4.10", "bbbb2222", 3).await;
    let other = ground.deploy("ledger", "1.4.1", "cccc3333", 1).await;

    let id = old.to_string();
    for text in [
        id.clone(),
        id[..18].to_owned(),
        format!("https://fairway.example/deploys/{id}"),
    ] {
        assert!(ids(&ground.search(&text).await).contains(&old), "{text}");
    }
    assert_eq!(ids(&ground.search(&id).await), [old], "a whole id is one deploy");
    assert_eq!(ids(&ground.search("bbbb2").await), [new]);
    assert_eq!(ids(&ground.search("BBBB2222bbbb").await), [new]);
    assert_eq!(
        ids(&ground.search("1.4.1").await),
        [other, old, new],
        "exact ones first, newest first"
    );
    assert_eq!(ids(&ground.search("v1.4.10").await), [new]);
    assert_eq!(ids(&ground.search("payments 1.4").await), [new, old]);
    assert_eq!(ids(&ground.search("ledger v1.4").await), [other]);
    assert_eq!(
        ids(&ground.search("payments").await),
        [new, old],
        "a service's own, newest first"
    );
    assert!(ids(&ground.search("9.9.9").await).is_empty());
    let only = ground.search_for("payments", Some(SearchKind::Deploys)).await;
    assert_eq!((ids(&only), only.services.items.len()), (vec![new, old], 0));
}

#[sqlx::test(migrations = false)]
async fn a_service_that_is_called_like_a_sha_comes_before_the_deploys_of_it(pool: PgPool) {
    let ground = Ground::new(pool).await;
    ground
        .import(&[component("d100", 1, ""), component("ledger", 1, "")])
        .await;
    let deploy = ground.deploy("ledger", "v1", "d100", 1).await;
    ground.deploy("ledger", "v2", "beef1234", 1).await;
    for (text, first) in [
        ("d100", SearchKind::Services),
        ("D10", SearchKind::Services),
        ("d100d1", SearchKind::Deploys),
        ("beef1", SearchKind::Deploys),
    ] {
        let results = ground.search(text).await;
        assert_eq!(results.order(&SearchQuery::parse(text))[0], first, "{text}");
    }
    let both = ground.search("d100").await;
    assert_eq!(both.services.items[0].slug, "d100");
    assert!(ids(&both).contains(&deploy), "the deploys are found too");
}

#[sqlx::test(migrations = false)]
async fn pull_requests_are_found_by_number_address_and_words_with_the_deploy_that_brought_them(pool: PgPool) {
    let ground = Ground::new(pool).await;
    ground.import(&[component("payments-api", 1, "")]).await;
    let deploy = ground.deploy("payments-api", "v2.0.0", "abcd1234", 1).await;
    sqlx::raw_sql(
        "insert into repositories (id, owner, name, facts_as_of, created_at) values
           ('00000000-0000-7000-8000-000000000001', 'Acme', 'payments-api', now(), now()),
           ('00000000-0000-7000-8000-000000000002', 'acme', 'ledger', now(), now());
         insert into pull_requests (id, repository_id, number, title, state, head_ref, head_sha, base_ref, opened_at, facts_as_of)
         select gen_random_uuid(), ('00000000-0000-7000-8000-00000000000' || 1 + n % 2)::uuid, n,
                (array['Retry refunds that time out', 'Bump rustls to 0.23', 'Don''t log e-mail addresses'])[1 + n % 3],
                'merged', 'work', 'x', 'main', now() - n * interval '1 hour', now() from generate_series(1, 12) n",
    )
    .execute(&ground.pool)
    .await
    .unwrap();
    sqlx::query(
        "insert into lead_times (deploy_id, service_id, change, title, promoted_at, pull_request_id)
         select $1, d.service_id, 'pr:12', 'x', now(), p.id from deploys d, pull_requests p where d.id = $1 and p.number = 12",
    )
    .bind(deploy.0)
    .execute(&ground.pool)
    .await
    .unwrap();

    let found = async |text: &str| {
        let hits = ground.search(text).await.pull_requests.items;
        hits.into_iter()
            .map(|hit| format!("{}#{}", hit.repository, hit.number))
            .collect::<Vec<_>>()
    };
    assert_eq!(found("#12").await, ["Acme/payments-api#12"]);
    assert_eq!(found("payments-api#12").await, ["Acme/payments-api#12"]);
    assert_eq!(found("acme/Payments-api#12").await, ["Acme/payments-api#12"]);
    assert_eq!(
        found("https://github.com/acme/payments-api/pull/12/files").await,
        ["Acme/payments-api#12"]
    );
    assert!(
        found("ledger#12").await.is_empty(),
        "12 is the other repository's"
    );
    assert_eq!(
        found("retry refund").await,
        [
            "acme/ledger#3",
            "Acme/payments-api#6",
            "acme/ledger#9",
            "Acme/payments-api#12"
        ]
    );
    assert_eq!(found("don't log").await.len(), 4);
    assert_eq!(found("mail addresses").await.len(), 4, "a hyphen parts words");
    let hit = ground.search("#12").await.pull_requests.items.remove(0);
    let delivered = hit.delivered.unwrap();
    assert_eq!((delivered.deploy, delivered.release.as_str()), (deploy, "v2.0.0"));
}
