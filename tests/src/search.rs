//! Search and the dependency graph on real PostgreSQL: what is found by what, in which order, and that no text breaks it.

mod dependencies;
mod names;
mod quoted;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use commands::{
    Commands, SystemClock,
    catalog::{CatalogFile, CatalogImport},
};
use domain::{
    actor::{Actor, Viewer},
    deploys::report::{NewDeploy, RawDeploy, RawPhase},
    ids::DeployId,
    search::{Search, SearchKind, SearchQuery, SearchResults},
};
use sqlx::PgPool;
use store::Store;

/// Fairway on a database, and what a test needs to fill it.
struct Ground {
    commands: Commands,
    pool: PgPool,
}

impl Ground {
    async fn new(pool: PgPool) -> Self {
        let store = Store::on(pool.clone());
        server::migrate(&store).await.unwrap();
        Self {
            commands: Commands::new(store, Arc::new(SystemClock)),
            pool,
        }
    }

    /// Imports documents, each `kind name` with more lines of metadata or spec.
    async fn import(&self, documents: &[String]) {
        let content = documents
            .iter()
            .map(|document| format!("---\n{document}"))
            .collect::<String>();
        let file = CatalogFile {
            location: "catalog.yaml".into(),
            content: content.into_bytes(),
            problems: Vec::new(),
        };
        let import = CatalogImport {
            files: vec![file],
            directory: None,
        };
        let report = self.commands.import_catalog(&operator(), &import).await.unwrap();
        assert!(
            report.files.iter().all(|file| file.problems.is_empty()),
            "{:?}",
            report.files
        );
    }

    async fn search(&self, text: &str) -> SearchResults {
        self.search_for(text, None).await
    }

    async fn search_for(&self, text: &str, kind: Option<SearchKind>) -> SearchResults {
        let search = Search {
            query: SearchQuery::parse(text),
            kind,
            size: 10,
        };
        self.commands.reads().search(&search).await.unwrap()
    }

    /// Slugs of the services found.
    async fn services(&self, text: &str) -> Vec<String> {
        self.search(text)
            .await
            .services
            .items
            .into_iter()
            .map(|service| service.slug)
            .collect()
    }

    async fn deploy(&self, service: &str, version: &str, sha: &str, days_ago: i64) -> DeployId {
        let at = ago(days_ago).to_rfc3339();
        let raw = RawDeploy {
            service: service.into(),
            environment: "production".into(),
            sha: Some(sha.repeat(40 / sha.len())),
            version: Some(version.into()),
            requested_at: Some(at.clone()),
            phases: vec![RawPhase {
                state: "succeeded".into(),
                at: Some(at),
                ..RawPhase::default()
            }],
            ..RawDeploy::default()
        };
        let new = NewDeploy::parse(raw, Utc::now()).unwrap();
        self.commands.report_deploy(&operator(), new).await.unwrap().id
    }
}

fn operator() -> Viewer {
    Viewer::trusted(Actor::CommandLine)
}

fn ago(days: i64) -> DateTime<Utc> {
    Utc::now() - TimeDelta::days(days)
}

/// A component of a tier, owned by a team, with more lines of its spec.
fn component(name: &str, tier: u8, spec: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\n  annotations: {{fairway.dev/tier: \"{tier}\"}}\n\
         spec:\n  type: service\n  lifecycle: production\n  owner: payments\n{spec}"
    )
}

/// An entity of another kind.
fn entity(kind: &str, name: &str, spec: &str) -> String {
    format!("apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n")
}
