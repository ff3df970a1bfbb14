//! The list of every entity of the catalog, whatever its kind.

use domain::{
    catalog::{EntityFacets, EntityFilter, EntityKind, EntityRow, EntitySummary},
    page::{Page, Position},
    people::TeamRef,
};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use crate::{
    Reads, Result, StoreError,
    paging::{name_cursor, push_name_page, push_words},
    sight::Hidden,
};

/// What words are looked for in.
const SEARCHED: &str = "(coalesce(e.title, '') || ' ' || e.name || ' ' || coalesce(e.description, ''))";
/// What the list is ordered by.
const ORDER: &str = "lower(coalesce(e.title, e.name))";
/// More namespaces than a choice can show.
const MOST_NAMESPACES: i64 = 100;

/// A Group is its own team; a service's is its owner, and of everything else the Group that its document names.
const ROWS: &str =
    "select e.id, e.kind, e.namespace, e.name, e.title, e.description, e.descriptor #>> '{spec,type}' as spec_type,
        s.slug as service_slug, coalesce(o.id, t.id) as team_id, coalesce(o.slug, t.slug) as team_slug,
        coalesce(o.title, t.title) as team_title,
        lower(coalesce(e.title, e.name)) as sort_key
    from entities e
    left join services s on s.id = e.id
    left join teams o on o.id = s.team_id
    left join relations w on w.source_id = e.id and w.kind = 'ownedBy' and w.target_ref like 'group:%'
    cross join lateral (
        select case when e.kind = 'Group' then lower(e.namespace) || '/' || lower(e.name)
                    else split_part(w.target_ref, ':', 2) end as full_name) named
    left join teams t on t.slug = case when split_part(named.full_name, '/', 1) = 'default'
                                       then split_part(named.full_name, '/', 2)
                                       else replace(named.full_name, '/', '~') end
    where e.removed_at is null";

#[derive(sqlx::FromRow)]
struct ListRow {
    id: Uuid,
    kind: String,
    namespace: String,
    name: String,
    title: Option<String>,
    description: Option<String>,
    spec_type: Option<String>,
    service_slug: Option<String>,
    team_id: Option<Uuid>,
    team_slug: Option<String>,
    team_title: Option<String>,
    sort_key: String,
}

impl ListRow {
    fn into_row(self) -> Result<(String, EntityRow)> {
        let team = match (self.team_id, self.team_slug, self.team_title) {
            (Some(id), Some(slug), Some(title)) => Some(TeamRef {
                id: id.into(),
                slug,
                title,
            }),
            _ => None,
        };
        let row = EntityRow {
            summary: EntitySummary {
                id: self.id.into(),
                kind: kind_of(&self.kind, self.id)?,
                title: self.title.unwrap_or_else(|| self.name.clone()),
                namespace: self.namespace,
                name: self.name,
                description: self.description,
                spec_type: self.spec_type,
            },
            service_slug: self.service_slug,
            team,
        };
        Ok((self.sort_key, row))
    }
}

fn kind_of(text: &str, id: impl ToString) -> Result<EntityKind> {
    EntityKind::parse(text).ok_or_else(|| StoreError::corrupt("entities", "kind", id))
}

impl Reads {
    /// A page of the entities in the catalog, by title.
    pub async fn entities(
        &self,
        filter: &EntityFilter,
        position: &Position,
        size: u32,
    ) -> Result<Page<EntityRow>> {
        let mut query = QueryBuilder::new(ROWS);
        self.push_filter(&mut query, filter);
        push_name_page(&mut query, (ORDER, "e.id"), position, size)?;
        let rows: Vec<ListRow> = query.build_query_as().fetch_all(&self.pool).await?;
        let rows = rows
            .into_iter()
            .map(ListRow::into_row)
            .collect::<Result<Vec<_>>>()?;
        let page = Page::of(rows, size, position, |(key, row)| {
            name_cursor(key, row.summary.id)
        });
        Ok(page.map(|(_, row)| row))
    }

    /// How many entities of each kind and namespace fit the filter's other fields, and how many fit all of it.
    pub async fn entity_facets(&self, filter: &EntityFilter) -> Result<EntityFacets> {
        let kinds = async {
            let other = EntityFilter {
                kind: None,
                ..filter.clone()
            };
            let mut query =
                QueryBuilder::new("select e.kind, count(*) from entities e where e.removed_at is null");
            self.push_filter(&mut query, &other);
            query.push(" group by e.kind");
            let rows: Vec<(String, i64)> = query.build_query_as().fetch_all(&self.pool).await?;
            let mut kinds = rows
                .into_iter()
                .map(|(kind, count)| Ok((kind_of(&kind, "count")?, whole(count))))
                .collect::<Result<Vec<_>>>()?;
            kinds.sort_unstable_by_key(|(kind, _)| *kind);
            Ok::<_, StoreError>(kinds)
        };
        let namespaces = async {
            let other = EntityFilter {
                namespace: None,
                ..filter.clone()
            };
            let mut query = QueryBuilder::new(
                "select lower(e.namespace), count(*) from entities e where e.removed_at is null",
            );
            self.push_filter(&mut query, &other);
            query
                .push(" group by 1 order by 2 desc, 1 limit ")
                .push_bind(MOST_NAMESPACES);
            let rows: Vec<(String, i64)> = query.build_query_as().fetch_all(&self.pool).await?;
            Ok(rows
                .into_iter()
                .map(|(name, count)| (name, whole(count)))
                .collect::<Vec<_>>())
        };
        let (kinds, namespaces) = futures::try_join!(kinds, namespaces)?;
        let of_kind = |(kind, _): &&(EntityKind, u64)| filter.kind.is_none_or(|chosen| chosen == *kind);
        Ok(EntityFacets {
            total: kinds.iter().filter(of_kind).map(|(_, count)| count).sum(),
            kinds,
            namespaces,
        })
    }
}

impl Reads {
    fn push_filter(&self, query: &mut QueryBuilder<Postgres>, filter: &EntityFilter) {
        self.push_seen(query, "e.id", Hidden::Services);
        push_filter(query, filter);
    }
}

fn whole(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}

fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &EntityFilter) {
    if let Some(kind) = filter.kind {
        query.push(" and e.kind = ").push_bind(kind.as_str());
    }
    if let Some(namespace) = &filter.namespace {
        let namespace = namespace.replace('\0', "").to_lowercase();
        query.push(" and lower(e.namespace) = ").push_bind(namespace);
    }
    push_words(query, SEARCHED, filter.text.as_deref());
}
