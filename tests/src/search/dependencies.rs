//! The dependency graph as the store reads it from what files state.

use domain::catalog::{Dependencies, Distance, RelationKind, Side};

use super::*;
use crate::harness::{App, client};

async fn graph(ground: &Ground, slug: &str, most: u32) -> Dependencies {
    let reads = ground.commands.reads();
    let service = reads.service(slug).await.unwrap().unwrap();
    reads.dependencies(&service, most).await.unwrap()
}

/// `name@level`, `?` for what is not in the catalog.
fn nodes(graph: &Dependencies) -> Vec<String> {
    let node = |node: &domain::catalog::GraphNode| {
        let unknown = if node.exists { "" } else { "?" };
        format!("{}{unknown}@{}", node.reference.name(), node.level())
    };
    graph.nodes.iter().map(node).collect()
}

fn needs(graph: &Dependencies) -> Vec<String> {
    graph
        .needs
        .iter()
        .map(|need| format!("{}>{}", need.from.name(), need.to.name()))
        .collect()
}

#[sqlx::test(migrations = false)]
async fn both_directions_two_steps_far_through_apis_and_what_is_unknown(pool: PgPool) {
    let ground = Ground::new(pool).await;
    ground
        .import(&[
            component("api", 1, "  dependsOn: [component:ledger, resource:db, component:nowhere]\n  consumesApis: [accounts]\n"),
            component("ledger", 2, "  dependsOn: [resource:disk]\n"),
            component("identity", 1, "  providesApis: [accounts]\n"),
            component("web", 1, "  dependsOn: [component:api]\n"),
            component("app", 3, "  dependsOn: [component:web]\n"),
            component("far", 3, "  dependsOn: [component:app]\n"),
            component("lonely", 3, ""),
            entity("API", "accounts", "type: openapi, lifecycle: production, owner: payments, definition: x"),
            entity("Resource", "db", "type: database, owner: payments, dependencyOf: [component:lonely]"),
            entity("Resource", "disk", "type: disk, owner: payments"),
        ])
        .await;
    let graph = graph(&ground, "api", 50).await;
    assert_eq!(
        nodes(&graph),
        [
            "api@0",
            "ledger@1",
            "accounts@1",
            "db@1",
            "nowhere?@1",
            "web@-1",
            "identity@2",
            "disk@2",
            "app@-2"
        ],
        "services by tier, then what is in the catalog; three steps is too far"
    );
    assert_eq!(
        needs(&graph),
        [
            "accounts>identity",
            "api>accounts",
            "api>ledger",
            "api>nowhere",
            "api>db",
            "app>web",
            "ledger>disk",
            "web>api"
        ]
    );
    let provided = graph
        .needs
        .iter()
        .find(|need| need.to.name() == "identity")
        .unwrap();
    assert_eq!(provided.relation, RelationKind::ApiProvidedBy);
    assert!(graph.left_out.is_empty());

    let stated_by_the_other = self::graph(&ground, "lonely", 50).await;
    assert_eq!(nodes(&stated_by_the_other), ["lonely@0", "db@1"]);
}

#[sqlx::test(migrations = false)]
async fn cycles_are_whole_and_hubs_are_cut_with_their_count(pool: PgPool) {
    let ground = Ground::new(pool).await;
    let mut documents: Vec<String> = (0..200)
        .map(|number| component(&format!("user-{number:03}"), 3, "  dependsOn: [component:hub]\n"))
        .collect();
    documents.push(component("hub", 1, "  dependsOn: [component:a, component:hub]\n"));
    documents.push(component("a", 1, "  dependsOn: [component:b]\n"));
    documents.push(component("b", 1, "  dependsOn: [component:hub]\n"));
    ground.import(&documents).await;
    let graph = graph(&ground, "hub", 20).await;
    let dependents = Distance {
        side: Side::Dependent,
        steps: 1,
    };
    assert_eq!(
        graph.left_out,
        [(dependents, 181)],
        "200 and b, of which 20 are here"
    );
    assert_eq!(
        graph
            .nodes
            .iter()
            .filter(|node| node.distance == Some(dependents))
            .count(),
        20
    );
    assert!(
        needs(&graph).contains(&"hub>hub".to_owned()),
        "{:?}",
        needs(&graph)
    );
    let layout = domain::catalog::Layout::of(&graph, 8);
    let cycles: Vec<String> = layout
        .cycles
        .iter()
        .map(|cycle| {
            cycle
                .iter()
                .map(|index| graph.nodes[*index].reference.name())
                .collect::<Vec<_>>()
                .join(">")
        })
        .collect();
    assert_eq!(cycles, ["hub", "hub>a>b"]);
    assert_eq!(ways(&graph, "hub"), ["[DependsOn]"], "itself");
    assert_eq!(ways(&graph, "a"), ["[DependsOn]", "[DependencyOf] b"]);
    assert_eq!(ways(&graph, "b"), ["[DependsOn] a", "[DependencyOf]"]);
    assert_eq!(ways(&graph, "user-000"), ["[DependencyOf]"]);
}

/// How the middle reaches an entity: `[relations] through`.
fn ways(graph: &Dependencies, name: &str) -> Vec<String> {
    let node = graph.nodes.iter().find(|node| node.reference.name() == name);
    let ways = graph.ways(node.unwrap());
    ways.iter()
        .map(|way| {
            let through: Vec<&str> = way.through.iter().map(|node| node.reference.name()).collect();
            format!("{:?} {}", way.relations, through.join(" "))
                .trim_end()
                .to_owned()
        })
        .collect()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn both_tables_say_who_needs_whom_and_leave_nothing_out(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let leaf = |number: u8| component(&format!("leaf-{number}"), 2, "  dependsOn: [component:deep]\n");
    let mut documents: Vec<String> = (0..5).map(leaf).collect();
    let leaves = (0..5).map(|number| format!("component:leaf-{number}"));
    let leaves = leaves.collect::<Vec<_>>().join(", ");
    documents.push(component("hub", 1, &format!("  dependsOn: [{leaves}]\n")));
    documents.push(component("deep", 3, ""));
    documents.push(component("alone", 3, "  dependsOn: [component:alone]\n"));
    Ground::new(pool).await.import(&documents).await;
    let page = async |path: &str| {
        let answer = client().get(app.url(path)).send().await.unwrap();
        answer.text().await.unwrap()
    };
    for path in ["/services/hub", "/services/hub/dependencies"] {
        let html = page(path).await;
        assert!(html.contains("depends on leaf-0"), "{path}: {html}");
    }
    for path in ["/services/leaf-0", "/services/leaf-0/dependencies"] {
        let html = page(path).await;
        assert!(html.contains("is needed by hub"), "{path}: {html}");
    }
    let html = page("/services/hub/dependencies").await;
    assert!(
        html.contains("through leaf-0, leaf-1, leaf-2 and 2 more"),
        "{html}"
    );
    let html = page("/services/alone/dependencies").await;
    assert!(
        html.contains("depends on alone") && !html.contains("No dependencies"),
        "{html}"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_table_has_pages_of_fifty(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let mut documents: Vec<String> = (0..60)
        .map(|number| component(&format!("leaf-{number:02}"), 2, ""))
        .collect();
    let leaves: Vec<String> = (0..60)
        .map(|number| format!("component:leaf-{number:02}"))
        .collect();
    documents.push(component(
        "hub",
        1,
        &format!("  dependsOn: [{}]\n", leaves.join(", ")),
    ));
    Ground::new(pool).await.import(&documents).await;
    let page = async |query: &str| {
        let path = format!("/services/hub/dependencies{query}");
        client().get(app.url(&path)).send().await.unwrap()
    };
    let first = page("").await.text().await.unwrap();
    assert!(first.contains("depends on leaf-49") && !first.contains("depends on leaf-50"));
    assert!(
        first.contains("/services/hub/dependencies?from=50#table"),
        "{first}"
    );
    let second = page("?from=50").await.text().await.unwrap();
    assert!(second.contains("depends on leaf-59") && !second.contains("depends on leaf-49"));
    assert!(second.contains("10 of 60 entities"), "{second}");
    assert_eq!(page("?from=x").await.status(), 400);
    let table = page(".csv").await.text().await.unwrap();
    assert_eq!(table.lines().count(), 61, "{table}");
    assert!(
        table.contains("component:default/leaf-59,leaf-59,depends on leaf-59,directly,,true,unknown"),
        "{table}"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_csv_has_the_rows_of_the_table(pool: PgPool) {
    let app = App::start(pool.clone(), &[]).await;
    let documents = [
        component("hub", 1, "  dependsOn: [component:leaf]\n"),
        component("leaf", 2, "  dependsOn: [component:deep]\n"),
        component("deep", 3, "  dependsOn: [component:hub]\n"),
    ];
    Ground::new(pool).await.import(&documents).await;
    let text = async |path: &str| {
        client()
            .get(app.url(path))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    };
    let csv = text("/services/hub/dependencies.csv").await;
    let mut lines: Vec<&str> = csv.lines().collect();
    assert_eq!(
        lines.remove(0),
        "entity,title,how,distance,through,in_catalog,health"
    );
    let deep: Vec<&&str> = lines
        .iter()
        .filter(|line| line.starts_with("component:default/deep,"))
        .collect();
    // Both ways stand in one row, as on the page.
    assert!(deep.len() == 1 && lines.len() == 2, "{csv}");
    let page = text("/services/hub/dependencies").await;
    assert!(page.contains("through leaf; directly"), "{page}");
    assert!(
        deep[0].contains(",through leaf; directly,component:default/leaf,true,unknown"),
        "{csv}"
    );
}
