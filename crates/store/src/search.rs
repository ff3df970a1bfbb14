//! Finding things by what people type: by names with trigrams, by shas and versions, by words of titles.
//!
//! Every statement reads a bounded number of rows, whatever the text, so that a letter that fits ten thousand services
//! costs no more than the name of one.

mod deploys;
mod names;
mod pull_requests;

use std::collections::HashMap;

use domain::{
    catalog::{EntityKind, EntitySummary},
    people::TeamRef,
    search::{Found, PersonHit, Search, SearchKind, SearchResults},
};
use sqlx::FromRow;
use uuid::Uuid;

use self::names::{ENTITIES, PEOPLE, SERVICES, TEAMS};
use crate::{Reads, Result, StoreError};

/// Services whose last deploys are shown beside them.
const SERVICES_WITH_DEPLOYS: usize = 3;

/// What was found, best first, before it is read.
#[derive(Default)]
struct FoundIds {
    services: Vec<Uuid>,
    deploys: Vec<Uuid>,
    pull_requests: Vec<Uuid>,
    teams: Vec<Uuid>,
    people: Vec<Uuid>,
    entities: Vec<Uuid>,
}

impl FoundIds {
    fn is_empty(&self) -> bool {
        let named = [&self.services, &self.teams, &self.people, &self.entities];
        named.into_iter().all(Vec::is_empty) && self.deploys.is_empty() && self.pull_requests.is_empty()
    }
}

impl Reads {
    /// What fits a text, by kind. Where nothing fits, the names nearest to it.
    pub async fn search(&self, search: &Search) -> Result<SearchResults> {
        if search.query.is_empty() {
            return Ok(SearchResults::default());
        }
        let mut ids = self.fitting(search).await?;
        let nearest = ids.is_empty();
        if nearest {
            ids = self.nearest(search).await?;
        }
        let size = search.size;
        let people = self.people_found(&ids.people).await?;
        let mut entities = self.entities_found(&ids.entities).await?;
        // Who is known from GitHub and from the catalog is one person.
        entities.retain(|entity| {
            let same = |person: &PersonHit| {
                let named = person.entity.as_ref();
                named.is_some_and(|(namespace, name)| *namespace == entity.namespace && *name == entity.name)
            };
            entity.kind != EntityKind::User || !people.iter().any(same)
        });
        Ok(SearchResults {
            nearest: nearest && !ids.is_empty(),
            services: Found::of(self.service_summaries(&ids.services).await?, size),
            deploys: Found::of(self.deploys_found(&ids.deploys).await?, size),
            pull_requests: Found::of(self.pull_requests_found(&ids.pull_requests).await?, size),
            teams: Found::of(self.teams_found(&ids.teams).await?, size),
            people: Found::of(people, size),
            entities: Found::of(entities, size),
        })
    }

    async fn fitting(&self, search: &Search) -> Result<FoundIds> {
        let (query, limit) = (&search.query, i64::from(search.size) + 1);
        let wants = |kind| search.kind.is_none_or(|only| only == kind);
        let mut ids = FoundIds::default();
        if wants(SearchKind::Services) || wants(SearchKind::Deploys) {
            ids.services = self.fitting_names(&SERVICES, &query.words, limit).await?;
        }
        if wants(SearchKind::Deploys) {
            ids.deploys = self.fitting_deploys(query, limit).await?;
            if ids.deploys.is_empty() {
                let best = &ids.services[..ids.services.len().min(SERVICES_WITH_DEPLOYS)];
                ids.deploys = self.newest_deploys(best, limit).await?;
            }
        }
        if !wants(SearchKind::Services) {
            ids.services.clear();
        }
        if wants(SearchKind::PullRequests) {
            ids.pull_requests = self.fitting_pull_requests(query, limit).await?;
        }
        for (kind, table, found) in [
            (SearchKind::Teams, &TEAMS, &mut ids.teams),
            (SearchKind::People, &PEOPLE, &mut ids.people),
            (SearchKind::Entities, &ENTITIES, &mut ids.entities),
        ] {
            if wants(kind) {
                *found = self.fitting_names(table, &query.words, limit).await?;
            }
        }
        Ok(ids)
    }

    async fn nearest(&self, search: &Search) -> Result<FoundIds> {
        let (words, limit) = (&search.query.words, i64::from(search.size));
        let mut ids = FoundIds::default();
        for (kind, table, found) in [
            (SearchKind::Services, &SERVICES, &mut ids.services),
            (SearchKind::Teams, &TEAMS, &mut ids.teams),
            (SearchKind::People, &PEOPLE, &mut ids.people),
            (SearchKind::Entities, &ENTITIES, &mut ids.entities),
        ] {
            if search.kind.is_none_or(|only| only == kind) {
                *found = self.nearest_names(table, words, limit).await?;
            }
        }
        Ok(ids)
    }

    async fn deploys_found(&self, ids: &[Uuid]) -> Result<Vec<domain::deploys::read::DeploySummary>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let place: HashMap<Uuid, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        let mut deploys = self.deploy_summaries(ids).await?;
        deploys.sort_by_key(|deploy| place.get(&deploy.id.0).copied());
        Ok(deploys)
    }

    async fn teams_found(&self, ids: &[Uuid]) -> Result<Vec<TeamRef>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<(Uuid, String, String)> = sqlx::query_as(
            "select id, slug, title from teams where id = any($1) order by array_position($1, id)",
        )
        .bind(ids)
        .fetch_all(&self.pool)
        .await?;
        let team = |(id, slug, title): (Uuid, _, _)| TeamRef {
            id: id.into(),
            slug,
            title,
        };
        Ok(rows.into_iter().map(team).collect())
    }

    async fn people_found(&self, ids: &[Uuid]) -> Result<Vec<PersonHit>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<PersonRow> = sqlx::query_as(
            "select p.login, p.display_name, p.is_bot, e.namespace, e.name
             from people p
             left join entities e on lower(e.kind) = 'user' and lower(e.namespace) = 'default'
               and lower(e.name) = lower(p.login) and e.removed_at is null
             where p.id = any($1) order by array_position($1, p.id)",
        )
        .bind(ids)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(PersonRow::into_hit).collect())
    }

    async fn entities_found(&self, ids: &[Uuid]) -> Result<Vec<EntitySummary>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<EntityRow> = sqlx::query_as(
            "select id, kind, namespace, name, title, description, descriptor #>> '{spec,type}' as spec_type
             from entities where id = any($1) order by array_position($1, id)",
        )
        .bind(ids)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(EntityRow::into_summary).collect()
    }
}

#[derive(FromRow)]
struct PersonRow {
    login: Option<String>,
    display_name: String,
    is_bot: bool,
    namespace: Option<String>,
    name: Option<String>,
}

impl PersonRow {
    fn into_hit(self) -> PersonHit {
        PersonHit {
            login: self.login,
            name: self.display_name,
            is_bot: self.is_bot,
            entity: self.namespace.zip(self.name),
        }
    }
}

#[derive(FromRow)]
struct EntityRow {
    id: Uuid,
    kind: String,
    namespace: String,
    name: String,
    title: Option<String>,
    description: Option<String>,
    spec_type: Option<String>,
}

impl EntityRow {
    fn into_summary(self) -> Result<EntitySummary> {
        Ok(EntitySummary {
            id: self.id.into(),
            kind: EntityKind::parse(&self.kind)
                .ok_or_else(|| StoreError::corrupt("entities", "kind", self.id))?,
            title: self.title.unwrap_or_else(|| self.name.clone()),
            namespace: self.namespace,
            name: self.name,
            description: self.description,
            spec_type: self.spec_type,
        })
    }
}
