//! The `metadata` of a document: names, labels, annotations, tags and links.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    problem::{Place, Problems},
    reference::{DEFAULT_NAMESPACE, is_valid_name, shortened},
    yaml::{Data, Node},
};
use crate::names::{leave_out, unseen_in_title};

/// A link that an entity shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Link {
    /// A web or mail address.
    pub url: String,
    /// Text of the link; the address where there is none.
    pub title: Option<String>,
    /// Name of an icon.
    pub icon: Option<String>,
    /// What kind of place it leads to.
    #[serde(rename = "type")]
    pub link_type: Option<String>,
}

/// The metadata of one document; annotations with the places of their values.
#[derive(Debug)]
pub(super) struct Metadata {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, (String, Place)>,
    pub(super) tags: Vec<String>,
    pub(super) links: Vec<Link>,
}

/// Reads `metadata`. `None` where there is no usable name.
pub(super) fn read(document: &Node, problems: &mut Problems) -> Option<Metadata> {
    let Some(node) = document.get("metadata") else {
        problems.error(document.place, "metadata", "is missing; it needs at least `name`");
        return None;
    };
    if !matches!(node.data, Data::Map(_)) {
        problems.error(
            node.place,
            "metadata",
            format!("is {}; write a map with at least `name`", node.what()),
        );
        return None;
    }
    let name = name_of(node, "name", problems);
    if name.is_none() && node.get("name").is_none() {
        problems.error(
            node.place,
            "metadata.name",
            "is missing; write a name that is unique for this kind",
        );
    }
    let namespace = match node.get("namespace") {
        None => Some(DEFAULT_NAMESPACE.to_owned()),
        Some(_) => name_of(node, "namespace", problems),
    };
    let labels = texts(node, "labels", problems);
    let metadata = Metadata {
        title: title_of(node, problems),
        description: text_of(node, "description", problems),
        labels: labels.into_iter().map(|(key, (text, _))| (key, text)).collect(),
        annotations: texts(node, "annotations", problems),
        tags: tags(node, problems),
        links: links(node, problems),
        namespace: namespace?,
        name: name?,
    };
    Some(metadata)
}

fn name_of(node: &Node, field: &str, problems: &mut Problems) -> Option<String> {
    let value = node.get(field)?;
    let text = value.scalar_text();
    let valid = text.clone().filter(|text| is_valid_name(text));
    if valid.is_none() {
        let shown = text.map_or_else(
            || value.what().to_owned(),
            |text| format!("`{}`", shortened(&text)),
        );
        let message = format!(
            "{shown} is not a name; write 1 to 63 letters and digits, in parts separated by single `-`, `_` or `.`"
        );
        problems.error(value.place, format!("metadata.{field}"), message);
    }
    valid
}

fn text_of(node: &Node, field: &str, problems: &mut Problems) -> Option<String> {
    let value = node.get(field)?;
    let text = value.scalar_text();
    if text.is_none() {
        problems.error(
            value.place,
            format!("metadata.{field}"),
            format!("is {}; write a text", value.what()),
        );
    }
    text.map(|text| text.trim().to_owned())
        .filter(|text| !text.is_empty())
}

/// The title: a line in which everything can be seen.
fn title_of(node: &Node, problems: &mut Problems) -> Option<String> {
    let title = text_of(node, "title", problems)?;
    let Some(unseen) = unseen_in_title(&title) else {
        return Some(title);
    };
    let place = node.get("title").map_or(node.place, |value| value.place);
    problems.error(place, "metadata.title", leave_out(unseen));
    None
}

/// A map of texts; numbers and booleans without quotes are taken as text.
fn texts(node: &Node, field: &str, problems: &mut Problems) -> BTreeMap<String, (String, Place)> {
    let mut texts = BTreeMap::new();
    let Some(map) = node.get(field) else { return texts };
    if !matches!(map.data, Data::Map(_)) {
        problems.error(
            map.place,
            format!("metadata.{field}"),
            format!("is {}; write a map of texts", map.what()),
        );
    }
    for (key, value) in map.entries() {
        match value.scalar_text() {
            Some(text) => {
                texts.insert(key.text.clone(), (text, value.place));
            }
            None if value.is_null() => {}
            None => {
                let path = format!("metadata.{field}.{}", key.text);
                problems.error(value.place, path, format!("is {}; write a text", value.what()));
            }
        }
    }
    texts
}

fn tags(node: &Node, problems: &mut Problems) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for (index, item) in items(node, "tags", problems).iter().enumerate() {
        match item.scalar_text() {
            Some(tag) if !tags.contains(&tag) => tags.push(tag),
            Some(_) => {}
            None => {
                let message = format!("is {}; write a word", item.what());
                problems.error(item.place, format!("metadata.tags[{index}]"), message);
            }
        }
    }
    tags
}

fn links(node: &Node, problems: &mut Problems) -> Vec<Link> {
    let mut links = Vec::new();
    for (index, item) in items(node, "links", problems).iter().enumerate() {
        let path = format!("metadata.links[{index}].url");
        let Some(address) = item.get("url") else {
            problems.error(
                item.place,
                path,
                "is missing; write the address that the link leads to",
            );
            continue;
        };
        let text = address.scalar_text().unwrap_or_default();
        if is_safe_link(&text) {
            let part = |field| item.get(field).and_then(Node::scalar_text);
            links.push(Link {
                url: text,
                title: part("title"),
                icon: part("icon"),
                link_type: part("type"),
            });
        } else {
            let message = format!(
                "`{}` is not shown as a link; write an http, https or mailto address",
                shortened(&text)
            );
            problems.notice(address.place, path, message);
        }
    }
    links
}

fn items<'a>(node: &'a Node, field: &str, problems: &mut Problems) -> &'a [Node] {
    match node.get(field) {
        None => &[],
        Some(Node {
            data: Data::List(items),
            ..
        }) => items,
        Some(other) => {
            problems.error(
                other.place,
                format!("metadata.{field}"),
                format!("is {}; write a list", other.what()),
            );
            &[]
        }
    }
}

/// Whether an address may become a link: never a script, a file or a page's data.
pub fn is_safe_link(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "mailto"))
}
