//! What an entity stands in relation to, both ways, as a table.

use domain::catalog::{EntityRef, RelatedEntity, RelationKind};
use leptos::prelude::*;

use crate::{
    paths,
    ui::{Column, Empty, Row, Table, Tag},
};

/// The relations of an entity.
#[component]
pub fn Relations(
    /// Both directions, as the store gives them.
    relations: Vec<RelatedEntity>,
) -> impl IntoView {
    let rows = relations.into_iter().map(row).collect();
    let columns = vec![
        Column::new("Entity").grows(),
        Column::new("Relation"),
        Column::new("Kind").dim().wide_only(),
    ];
    view! {
        <Table caption="Relations" columns rows
            empty=|| view! { <Empty title="No relations">"Name owners, systems and dependencies in the catalog file."</Empty> } />
    }
}

fn row(related: RelatedEntity) -> Row {
    let kind = match related.reference.known_kind() {
        Some(known) => known.as_str(),
        None => related.reference.kind(),
    };
    let kind = kind.to_owned();
    let relation = relation_to(related.relation, &related.title);
    let name = if related.exists {
        let href = entity_path(&related.reference, related.service_slug.as_deref());
        view! { <a href=href>{related.title}</a> }.into_any()
    } else {
        view! { {related.title}" "<Tag>"not in the catalogue"</Tag> }.into_any()
    };
    Row::new(name).under(kind.clone()).cell(relation).cell(kind)
}

/// The page of an entity: a service's own, else the entity's.
pub fn entity_path(reference: &EntityRef, service_slug: Option<&str>) -> String {
    service_slug.map_or_else(
        || paths::catalog_entity(reference.kind(), reference.namespace(), reference.name()),
        paths::service,
    )
}

/// A relation in words, read from the entity of the page to the other; where a word alone leaves open which of the two
/// needs which, with the other's title.
pub(super) fn relation_to(kind: RelationKind, title: &str) -> String {
    let words = match kind {
        RelationKind::OwnedBy => "owned by",
        RelationKind::OwnerOf => "owner of",
        RelationKind::PartOf => "part of",
        RelationKind::HasPart => "has part",
        RelationKind::ProvidesApi => "provides",
        RelationKind::ApiProvidedBy => "provided by",
        RelationKind::ConsumesApi => "consumes",
        RelationKind::ApiConsumedBy => "consumed by",
        RelationKind::DependsOn => return format!("depends on {title}"),
        RelationKind::DependencyOf => return format!("is needed by {title}"),
        RelationKind::ParentOf => "parent of",
        RelationKind::ChildOf => "child of",
        RelationKind::MemberOf => "member of",
        RelationKind::HasMember => "has member",
    };
    words.to_owned()
}
