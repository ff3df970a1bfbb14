//! `/catalog/{kind}/{namespace}/{name}`

use commands::CommandError;
use domain::catalog::{CatalogEntity, EntityKind, EntityRef, RelatedEntity};
use leptos::prelude::*;

use crate::{
    ctx::{self, Ctx},
    page::{Page, Section, respond},
    parts::Relations,
    paths,
    ui::{LinkButton, Mono, PageHeader, Panel, Prop, Props, Tag, Time},
};

/// Any entity of the catalogue; a component's page is that of its service.
pub fn entity_page() -> impl IntoView {
    let (kind, namespace, name) = (ctx::param("kind"), ctx::param("namespace"), ctx::param("name"));
    respond(|ctx| async move {
        let (entity, relations) = load(&ctx, &kind, &namespace, &name).await?;
        let (title, kind) = (entity.summary.title.clone(), entity.summary.kind.as_str());
        Ok(Page::new(Section::Catalog, title.clone())
            .called(format!("{title}, {kind}"))
            .crumb("Catalogue", paths::catalog())
            .crumb(kind, paths::catalog_kind(kind))
            .body(detail(entity, relations)))
    })
}

async fn load(
    ctx: &Ctx,
    kind: &str,
    namespace: &str,
    name: &str,
) -> Result<(CatalogEntity, Vec<RelatedEntity>), CommandError> {
    let missing = || CommandError::not_found(format!("{kind} {namespace}/{name} in the catalogue"));
    let kind = EntityKind::parse(kind).ok_or_else(missing)?;
    let reads = ctx.reads();
    let entity = reads.entity(kind, namespace, name).await?.ok_or_else(missing)?;
    let reference = EntityRef::new(kind, &entity.summary.namespace, &entity.summary.name);
    let relations = reads.relations_of(&reference).await?;
    Ok((entity, relations))
}

fn detail(entity: CatalogEntity, relations: Vec<RelatedEntity>) -> impl IntoView {
    let summary = entity.summary;
    let kind = summary.kind.as_str();
    let removed = entity.removed_at;
    let about = summary.description.clone();
    let reference = EntityRef::new(summary.kind, &summary.namespace, &summary.name);
    let team = (summary.kind == EntityKind::Group).then(|| paths::team(&reference.slug()));
    let mut facts = vec![
        Prop::new("Kind", kind),
        Prop::new(
            "Name",
            view! { <Mono>{format!("{}/{}", summary.namespace, summary.name)}</Mono> },
        ),
    ];
    facts.extend(summary.spec_type.map(|spec_type| Prop::new("Type", spec_type)));
    facts.push(Prop::new("Changed", view! { <Time at=entity.updated_at /> }));
    let document = serde_json::to_string_pretty(&entity.document).unwrap_or_default();
    view! {
        <PageHeader
            title=summary.title
            badges=move || view! {
                <Tag>{kind}</Tag>
                {removed.map(|_| view! { <Tag tone=crate::ui::Tone::Warn>"removed from the catalogue"</Tag> })}
            }
            about=move || about.clone().unwrap_or_default()
            actions=move || team.clone().map(|href| view! { <LinkButton href=href>"Team"</LinkButton> })
        />
        <div class="columns">
            <div class="stack">
                <Panel title="Relations" flush=true><Relations relations /></Panel>
                <Panel title="Document"><pre class="document" tabindex="0">{document}</pre></Panel>
            </div>
            <div class="stack"><Props items=facts /></div>
        </div>
    }
}
