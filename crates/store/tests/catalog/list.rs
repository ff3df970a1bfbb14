//! The list of services with its pages and counts.

use domain::{
    catalog::{Health, ServiceFilter, ServiceSort, SourceKind, Tier},
    page::Position,
};
use sqlx::PgPool;
use store::Store;

use crate::{at, begin, component, put, source};

/// 24 services: 3 teams and none, tiers 1 to 4 and none, health and last deploys that differ.
async fn many(pool: &PgPool) {
    let mut tx = begin(pool).await;
    let file = source(&mut tx, SourceKind::File, "/a").await;
    for index in 0..24 {
        let owner = ["team-a", "team-b", "team-c", "user:jo"][index % 4];
        let tier = if index % 5 == 4 {
            String::new()
        } else {
            format!("fairway.dev/tier: {}", index % 5 + 1)
        };
        put(
            &mut tx,
            &component(&format!("s{:02}", (index * 7) % 24), owner, &tier, ""),
            file,
            at(1),
        )
        .await;
    }
    tx.commit().await.unwrap();
    sqlx::query(
        "update service_state st set health = (array['down', 'degraded', 'healthy', 'unknown'])[n % 4 + 1],
             last_deploy_at = case when n % 3 = 0 then null else timestamptz '2026-01-01' + n / 6 * interval '1 hour' end,
             open_incidents = n % 2
         from (select id, right(slug, 2)::int as n from services) s where s.id = st.service_id",
    )
    .execute(pool)
    .await
    .unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_sort_pages_through_every_service_once_both_ways(pool: PgPool) {
    many(&pool).await;
    let reads = Store::on(pool).reads();
    for sort in ServiceSort::ALL {
        for reverse in [false, true] {
            let whole = ServiceFilter {
                sort,
                reverse,
                size: 100,
                ..ServiceFilter::default()
            };
            let whole: Vec<String> = reads
                .services(&whole)
                .await
                .unwrap()
                .rows
                .into_iter()
                .map(|row| row.slug)
                .collect();
            assert_eq!(whole.len(), 24);
            let mut filter = ServiceFilter {
                sort,
                reverse,
                size: 7,
                ..ServiceFilter::default()
            };
            let (mut seen, mut pages) = (Vec::new(), Vec::new());
            loop {
                let page = reads.services(&filter).await.unwrap();
                let slugs: Vec<String> = page.rows.iter().map(|row| row.slug.clone()).collect();
                seen.extend(slugs.clone());
                pages.push(slugs);
                let Some(next) = page.next else {
                    filter.position = Position::Before(page.previous.unwrap());
                    break;
                };
                filter.position = Position::After(next);
            }
            assert_eq!(seen, whole, "{sort:?} reverse={reverse}");
            let back = reads.services(&filter).await.unwrap();
            let slugs: Vec<String> = back.rows.iter().map(|row| row.slug.clone()).collect();
            assert_eq!(slugs, pages[pages.len() - 2], "{sort:?} reverse={reverse}");
        }
    }
    let health = reads
        .services(&ServiceFilter {
            sort: ServiceSort::Health,
            ..ServiceFilter::default()
        })
        .await
        .unwrap();
    assert_eq!(health.rows[0].state.health, Health::Down);
    let tier = reads
        .services(&ServiceFilter {
            sort: ServiceSort::Tier,
            ..ServiceFilter::default()
        })
        .await
        .unwrap();
    assert_eq!(
        (tier.rows[0].tier, tier.rows[23].tier),
        (Some(Tier::ALL[0]), None)
    );
    for cursor in [
        "",
        "x",
        "|",
        "a\0|",
        "x|0199",
        "99999999999999999999|0198c0de-0000-7000-8000-000000000000",
    ] {
        for sort in [ServiceSort::LastDeploy, ServiceSort::Tier] {
            let position = Position::After(cursor.to_owned());
            let filter = ServiceFilter {
                sort,
                position,
                ..ServiceFilter::default()
            };
            assert!(
                matches!(reads.services(&filter).await, Err(store::StoreError::BadCursor)),
                "{cursor:?}"
            );
        }
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn each_facet_ignores_its_own_filter_and_counts_what_the_list_gives(pool: PgPool) {
    many(&pool).await;
    let reads = Store::on(pool).reads();
    let everything = reads.service_facets(&ServiceFilter::default()).await.unwrap();
    assert_eq!(everything.total, 24);
    assert_eq!(everything.owners.iter().map(|facet| facet.count).sum::<u64>(), 24);
    assert_eq!(everything.lifecycles.len(), 1);
    let filter = ServiceFilter {
        owner: Some("Team-A".into()),
        tier: Tier::try_from(1).ok(),
        text: Some("S 0 %".into()),
        size: 100,
        ..ServiceFilter::default()
    };
    assert!(
        reads.services(&filter).await.unwrap().rows.is_empty(),
        "% is no wildcard"
    );
    let filter = ServiceFilter {
        text: Some("S 0".into()),
        ..filter
    };
    let facets = reads.service_facets(&filter).await.unwrap();
    let count = async |filter: ServiceFilter| reads.services(&filter).await.unwrap().rows.len() as u64;
    assert_eq!(facets.total, count(filter.clone()).await);
    assert!(facets.owners.len() > 1 && facets.tiers.len() > 1);
    let of_a = ServiceFilter {
        owner: Some("team-a".into()),
        ..ServiceFilter::default()
    };
    let owner = reads.services(&of_a).await.unwrap().rows[0].owner.clone();
    for (teams, services) in [(vec![owner.unwrap().id], 6), (Vec::new(), 0)] {
        let owned = ServiceFilter {
            teams: Some(teams),
            size: 100,
            ..ServiceFilter::default()
        };
        assert_eq!(reads.service_facets(&owned).await.unwrap().total, services);
        assert_eq!(count(owned).await, services);
    }
    for facet in &facets.owners {
        let owner = Some(facet.value.clone().unwrap_or_else(|| "none".to_owned()));
        assert_eq!(
            facet.count,
            count(ServiceFilter {
                owner,
                ..filter.clone()
            })
            .await,
            "{facet:?}"
        );
    }
    for facet in facets.tiers.iter().filter(|facet| facet.value.is_some()) {
        let tier = facet.value.as_deref().and_then(|text| Tier::parse(text).ok());
        assert_eq!(
            facet.count,
            count(ServiceFilter {
                tier,
                ..filter.clone()
            })
            .await,
            "{facet:?}"
        );
    }
    for facet in &facets.healths {
        let health = facet.value.as_deref().and_then(Health::parse);
        assert_eq!(
            facet.count,
            count(ServiceFilter {
                health,
                ..filter.clone()
            })
            .await,
            "{facet:?}"
        );
    }
}
