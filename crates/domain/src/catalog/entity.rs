//! One document of a catalog file: the envelope, put together from its parts.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    annotations::{self, Annotations},
    location::{self, LocationTarget, PlacedTarget},
    metadata::{self, Link, Metadata},
    problem::{Place, Problems},
    reference::{EntityKind, EntityRef, shortened},
    relations::{self, Relation, RelationKind},
    spec,
    yaml::{Data, Node},
};

/// One entity of a catalog file.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// Namespace as written.
    pub namespace: String,
    /// Name as written.
    pub name: String,
    /// Title for people.
    pub title: Option<String>,
    /// What it does.
    pub description: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// All annotations, as text.
    pub annotations: BTreeMap<String, String>,
    /// The annotations that Fairway honours, parsed.
    pub honoured: Annotations,
    /// Tags.
    pub tags: Vec<String>,
    /// Links, with web and mail addresses only.
    pub links: Vec<Link>,
    /// `spec.type`: `service`, `library`, `openapi`, `team` …
    pub spec_type: Option<String>,
    /// `spec.lifecycle`: `experimental`, `production`, `deprecated` or the organisation's own word.
    pub lifecycle: Option<String>,
    /// The relations that its `spec` states.
    pub relations: Vec<Relation>,
    /// Where a `Location` points to.
    pub targets: Vec<PlacedTarget>,
    /// The whole document, fields that Fairway does not know included.
    pub document: Value,
    /// Where the document begins in its file.
    pub place: Place,
}

impl Entity {
    /// Its full reference.
    pub fn reference(&self) -> EntityRef {
        EntityRef::new(self.kind, &self.namespace, &self.name)
    }

    /// Who owns it: a group or a person.
    pub fn owner(&self) -> Option<&EntityRef> {
        self.relations
            .iter()
            .find(|relation| relation.kind == RelationKind::OwnedBy)
            .map(|relation| &relation.target)
    }

    /// The title, else the name.
    pub fn display_name(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.name)
    }
}

/// Reads one document. `None` where it does not even say what it describes.
pub(super) fn read(node: &Node, problems: &mut Problems) -> Option<Entity> {
    if !matches!(node.data, Data::Map(_)) {
        let message = format!(
            "the document is {}; write a map with apiVersion, kind, metadata and spec",
            node.what()
        );
        problems.error(node.place, "", message);
        return None;
    }
    let mut found = Problems::default();
    check_text(node, "", &mut found);
    check_api_version(node, &mut found);
    let kind = read_kind(node, &mut found);
    let metadata = metadata::read(node, &mut found);
    let entity = kind
        .zip(metadata)
        .map(|(kind, metadata)| assemble(node, kind, metadata, &mut found));
    problems.0.append(&mut found.0);
    entity
}

fn assemble(node: &Node, kind: EntityKind, metadata: Metadata, problems: &mut Problems) -> Entity {
    let empty = Node {
        data: Data::Map(Vec::new()),
        place: node.place,
    };
    let spec = spec::read(node, kind, problems).unwrap_or(&empty);
    let targets = read_targets(kind, spec, problems);
    let text = |field| spec.get(field).and_then(Node::scalar_text);
    Entity {
        kind,
        honoured: annotations::parse(&metadata.annotations, problems),
        relations: relations::stated(kind, &metadata.namespace, spec, problems),
        spec_type: text("type"),
        lifecycle: text("lifecycle"),
        targets,
        namespace: metadata.namespace,
        name: metadata.name,
        title: metadata.title,
        description: metadata.description,
        labels: metadata.labels,
        annotations: metadata
            .annotations
            .into_iter()
            .map(|(key, (text, _))| (key, text))
            .collect(),
        tags: metadata.tags,
        links: metadata.links,
        document: node.to_json(),
        place: node.place,
    }
}

fn read_targets(kind: EntityKind, spec: &Node, problems: &mut Problems) -> Vec<PlacedTarget> {
    if kind != EntityKind::Location {
        return Vec::new();
    }
    let targets = location::targets(spec);
    for placed in &targets {
        if let LocationTarget::Url(url) = &placed.target {
            let message = format!(
                "`{}` is not fetched; import that file from its own repository",
                shortened(url)
            );
            problems.notice(placed.place, "spec.targets", message);
        }
    }
    targets
}

fn check_api_version(node: &Node, problems: &mut Problems) {
    match node.get("apiVersion") {
        None => problems.error(
            node.place,
            "apiVersion",
            "is missing; write `apiVersion: backstage.io/v1alpha1`",
        ),
        Some(value) => {
            let known = value
                .text()
                .and_then(|text| text.split_once('/'))
                .is_some_and(|(group, version)| {
                    (group == "backstage.io" || group.ends_with(".backstage.io")) && !version.is_empty()
                });
            if !known {
                let text = value.scalar_text().unwrap_or_else(|| value.what().to_owned());
                let message = format!(
                    "`{}` is not known; write `backstage.io/v1alpha1`",
                    shortened(&text)
                );
                problems.error(value.place, "apiVersion", message);
            }
        }
    }
}

fn read_kind(node: &Node, problems: &mut Problems) -> Option<EntityKind> {
    let Some(value) = node.get("kind") else {
        problems.error(
            node.place,
            "kind",
            format!("is missing; write one of {}", EntityKind::list()),
        );
        return None;
    };
    let text = value.scalar_text().unwrap_or_else(|| value.what().to_owned());
    let kind = EntityKind::parse(&text);
    if kind.is_none() {
        let message = format!(
            "`{}` is not a kind that Fairway knows; write one of {}",
            shortened(&text),
            EntityKind::list()
        );
        problems.error(value.place, "kind", message);
    }
    kind
}

/// Notices placeholders, and refuses what no text column can hold.
fn check_text(node: &Node, path: &str, problems: &mut Problems) {
    const NUL: &str = "holds a NUL character, which cannot be stored; remove it";
    if let Some(key) = spec::placeholder(node) {
        problems.notice(
            node.place,
            path,
            format!("`{key}` is kept as it is and not fetched"),
        );
    }
    match &node.data {
        Data::Text(text) if text.contains('\0') => problems.error(node.place, path, NUL),
        Data::List(items) => {
            for (index, item) in items.iter().enumerate() {
                check_text(item, &format!("{path}[{index}]"), problems);
            }
        }
        Data::Map(entries) => {
            for (key, value) in entries {
                if key.text.contains('\0') {
                    problems.error(key.place, path, NUL);
                }
                let child = if path.is_empty() {
                    key.text.clone()
                } else {
                    format!("{path}.{}", key.text)
                };
                check_text(value, &child, problems);
            }
        }
        Data::Null | Data::Bool(_) | Data::Number(_) | Data::Text(_) => {}
    }
}
