//! The dependency graph: what an entity needs and what needs it, two steps far, and services by their ids.

use std::collections::BTreeSet;

use domain::catalog::{
    Dependencies, Dependency, Distance, EntityRef, GraphNode, Health, RelationKind, Service, ServiceSummary,
    Side, Tier,
};
use sqlx::FromRow;
use uuid::Uuid;

use super::services::{SUMMARY_COLUMNS, SUMMARY_TABLES, SummaryRow};
use crate::{Reads, Result, StoreError};

/// Who needs whom, from the relations as they are stated: seen from `w.ref`, the other end on the side `w.side` (1 needed
/// by it, -1 needs it). What a hidden service states is not told: `$3` and `$4` are who reads. Each direction has its index: relations by source, and by target.
const OTHERS: &str = "with wanted as (select * from unnest($1::text[], $2::smallint[]) as w(ref, side)),
    sources as (
      select w.ref, w.side, e.id from wanted w join entities e on lower(e.kind) = split_part(w.ref, ':', 1)
        and lower(e.namespace) = split_part(split_part(w.ref, ':', 2), '/', 1)
        and lower(e.name) = split_part(w.ref, '/', 2) and e.removed_at is null
        and e.id not in (select hidden.id from hidden_services($3, $4) as hidden (id))),
    ends as (
      select s.ref, s.side, r.target_ref as other, r.kind from sources s join relations r on r.source_id = s.id
      where (s.side = 1 and r.kind in ('dependsOn', 'consumesApi'))
         or (s.side = -1 and r.kind in ('dependencyOf', 'providesApi'))
      union
      select w.ref, w.side, lower(e.kind) || ':' || lower(e.namespace) || '/' || lower(e.name), r.kind
      from wanted w join relations r on r.target_ref = w.ref join entities e on e.id = r.source_id and e.removed_at is null
        and e.id not in (select hidden.id from hidden_services($3, $4) as hidden (id))
      where (w.side = 1 and r.kind in ('dependencyOf', 'providesApi'))
         or (w.side = -1 and r.kind in ('dependsOn', 'consumesApi')))";

#[derive(FromRow)]
struct NodeRow {
    side: i16,
    other: String,
    title: Option<String>,
    exists: bool,
    slug: Option<String>,
    health: Option<String>,
    tier: Option<i16>,
    total: i64,
}

impl Reads {
    /// Services by their ids, in that order; what is hidden is left out.
    pub(crate) async fn service_summaries(&self, ids: &[Uuid]) -> Result<Vec<ServiceSummary>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let (everything, teams) = self.seeing();
        let sql = format!(
            "select {SUMMARY_COLUMNS} from {SUMMARY_TABLES} where s.id = any($1)
               and s.id not in (select hidden.id from hidden_services($2, $3) as hidden (id))
             order by array_position($1, s.id)"
        );
        let rows: Vec<SummaryRow> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(ids)
            .bind(everything)
            .bind(teams)
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter().map(SummaryRow::into_summary).collect()
    }

    /// What a service needs and what needs it, two steps far, at most `most` at each distance: critical services first,
    /// then those that are not well.
    pub async fn dependencies(&self, service: &Service, most: u32) -> Result<Dependencies> {
        let mut graph = Dependencies {
            nodes: vec![middle(service)],
            needs: Vec::new(),
            left_out: Vec::new(),
        };
        let own = &service.reference;
        let both = [(own.clone(), Side::Dependency), (own.clone(), Side::Dependent)];
        self.add_step(&mut graph, &both, 1, most).await?;
        let direct: Vec<(EntityRef, Side)> = graph
            .nodes
            .iter()
            .filter_map(|node| Some((node.reference.clone(), node.distance?.side)))
            .collect();
        if !direct.is_empty() {
            self.add_step(&mut graph, &direct, 2, most).await?;
        }
        graph.needs = self.needs_among(&graph.nodes).await?;
        Ok(graph)
    }

    async fn add_step(
        &self,
        graph: &mut Dependencies,
        from: &[(EntityRef, Side)],
        steps: u8,
        most: u32,
    ) -> Result<()> {
        let known: Vec<String> = graph
            .nodes
            .iter()
            .map(|node| node.reference.to_string())
            .collect();
        let (everything, teams) = self.seeing();
        let (texts, sides): (Vec<String>, Vec<i16>) = from
            .iter()
            .map(|(reference, side)| (reference.to_string(), number(*side)))
            .unzip();
        let sql = format!(
            "{OTHERS}, others as (select distinct side, other from ends where other <> all($5)),
             ranked as (
               select o.side, o.other, coalesce(e.title, e.name) as title, e.id is not null as exists, s.slug, s.tier,
                      st.health, count(*) over (partition by o.side) as total,
                      row_number() over (partition by o.side order by s.tier nulls last,
                        array_position(array['down', 'degraded', 'healthy', 'unknown'], st.health) nulls last,
                        e.id is null, o.other) as place
               from others o
               left join entities e on lower(e.kind) = split_part(o.other, ':', 1)
                 and lower(e.namespace) = split_part(split_part(o.other, ':', 2), '/', 1)
                 and lower(e.name) = split_part(o.other, '/', 2) and e.removed_at is null
                 and e.id not in (select hidden.id from hidden_services($3, $4) as hidden (id))
               left join services s on s.id = e.id left join service_state st on st.service_id = s.id)
             select side, other, title, exists, slug, health, tier, total from ranked where place <= $6
             order by side desc, place"
        );
        let rows: Vec<NodeRow> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(&texts)
            .bind(&sides)
            .bind(everything)
            .bind(&teams)
            .bind(&known)
            .bind(i64::from(most))
            .fetch_all(&self.pool)
            .await?;
        note_left_out(graph, &rows, steps);
        let mut seen = BTreeSet::new();
        for row in rows {
            // What is on both sides stands with the dependencies, which come first.
            if seen.insert(row.other.clone()) {
                graph.nodes.push(row.into_node(steps)?);
            }
        }
        Ok(())
    }

    async fn needs_among(&self, nodes: &[GraphNode]) -> Result<Vec<Dependency>> {
        let texts: Vec<String> = nodes.iter().map(|node| node.reference.to_string()).collect();
        let sides = vec![number(Side::Dependency); texts.len()];
        let sql = format!("{OTHERS} select distinct ref, other, kind from ends where other = any($1)");
        let (everything, teams) = self.seeing();
        let rows: Vec<(String, String, String)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(&texts)
            .bind(&sides)
            .bind(everything)
            .bind(&teams)
            .fetch_all(&self.pool)
            .await?;
        let mut needs = Vec::with_capacity(rows.len());
        for (from, to, kind) in rows {
            let corrupt = |column| StoreError::corrupt("relations", column, &from);
            let stated = RelationKind::parse(&kind).ok_or_else(|| corrupt("kind"))?;
            let relation = match stated {
                RelationKind::DependencyOf | RelationKind::ProvidesApi => stated.inverse(),
                _ => stated,
            };
            needs.push(Dependency {
                relation,
                to: EntityRef::parse_full(&to).ok_or_else(|| corrupt("target_ref"))?,
                from: EntityRef::parse_full(&from).ok_or_else(|| corrupt("target_ref"))?,
            });
        }
        needs.sort();
        needs.dedup();
        Ok(needs)
    }
}

impl NodeRow {
    fn into_node(self, steps: u8) -> Result<GraphNode> {
        let reference = EntityRef::parse_full(&self.other)
            .ok_or_else(|| StoreError::corrupt("relations", "target_ref", &self.other))?;
        Ok(GraphNode {
            title: self.title.unwrap_or_else(|| reference.name().to_owned()),
            service_slug: self.slug,
            health: self.health.as_deref().and_then(Health::parse),
            tier: self
                .tier
                .and_then(|tier| u8::try_from(tier).ok())
                .and_then(|tier| Tier::try_from(tier).ok()),
            exists: self.exists,
            distance: Some(Distance {
                side: side(self.side),
                steps,
            }),
            reference,
        })
    }
}

fn note_left_out(graph: &mut Dependencies, rows: &[NodeRow], steps: u8) {
    for wanted in [Side::Dependent, Side::Dependency] {
        let of_side = || rows.iter().filter(|row| side(row.side) == wanted);
        let total = of_side().next().map_or(0, |row| row.total);
        let shown = i64::try_from(of_side().count()).unwrap_or(i64::MAX);
        if let Some(count) = u32::try_from(total - shown).ok().filter(|count| *count > 0) {
            graph.left_out.push((Distance { side: wanted, steps }, count));
        }
    }
}

fn middle(service: &Service) -> GraphNode {
    let summary = &service.summary;
    GraphNode {
        reference: service.reference.clone(),
        title: summary.title.clone(),
        service_slug: Some(summary.slug.clone()),
        health: Some(summary.state.health),
        tier: summary.tier,
        exists: true,
        distance: None,
    }
}

fn number(side: Side) -> i16 {
    match side {
        Side::Dependency => 1,
        Side::Dependent => -1,
    }
}

fn side(number: i16) -> Side {
    if number > 0 {
        Side::Dependency
    } else {
        Side::Dependent
    }
}
