//! Registering a service by hand: what a form or a program sends, and the rule that makes a service of it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use url::Url;

use super::{
    annotations::{ProjectSlug, parse_health_url, parse_paths},
    descriptor::Descriptor,
    entity::Entity,
    metadata::{Link, is_safe_link},
    reference::{DEFAULT_NAMESPACE, EntityKind, EntityRef, is_valid_name, slug},
    tier::Tier,
};
use crate::{
    error::FieldErrors,
    names::{leave_out, unseen_in_title},
};

/// The longest text of one field, in characters.
const MAX_TEXT: usize = 4_000;

/// A service as it is sent, unchecked. Empty texts count as left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RawService {
    /// Unique name.
    pub name: String,
    /// Namespace; `default` when left out.
    pub namespace: String,
    /// Title for people.
    pub title: String,
    /// What it does.
    pub description: String,
    /// `service` when left out.
    #[serde(rename = "type")]
    pub service_type: String,
    /// `production` when left out.
    pub lifecycle: String,
    /// Criticality, 1 to 4.
    pub tier: String,
    /// Owning team or person: `[kind:][namespace/]name`.
    pub owner: String,
    /// `owner/name` on GitHub.
    pub repository: String,
    /// Globs of a monorepo.
    pub paths: Vec<String>,
    /// What a health probe asks.
    pub health_url: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Links.
    pub links: Vec<Link>,
}

/// A service to register, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewService {
    namespace: String,
    name: String,
    title: Option<String>,
    description: Option<String>,
    service_type: String,
    lifecycle: String,
    tier: Option<Tier>,
    owner: EntityRef,
    repository: Option<ProjectSlug>,
    paths: Vec<String>,
    health_url: Option<Url>,
    tags: Vec<String>,
    links: Vec<Link>,
}

impl RawService {
    fn check_texts(&self, errors: &mut FieldErrors) {
        for (field, text) in [
            ("title", &self.title),
            ("description", &self.description),
            ("type", &self.service_type),
            ("lifecycle", &self.lifecycle),
        ] {
            check_text(text, field, errors);
        }
        for (index, tag) in self.tags.iter().enumerate() {
            check_text(tag, &format!("tags[{index}]"), errors);
        }
        for (field, text) in [
            ("title", &self.title),
            ("type", &self.service_type),
            ("lifecycle", &self.lifecycle),
        ] {
            if let Some(unseen) = unseen_in_title(text.trim()) {
                errors.add(field, leave_out(unseen));
            }
        }
        for (index, link) in self.links.iter().enumerate() {
            if !is_safe_link(&link.url) {
                errors.add(
                    format!("links[{index}].url"),
                    "is not an http, https or mailto address; write one",
                );
            }
        }
    }
}

impl NewService {
    /// Checks every field and reports all that is wrong at once.
    pub fn parse(raw: RawService) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let namespace = or_default(&raw.namespace, DEFAULT_NAMESPACE);
        check_name(&raw.name, "name", &mut errors);
        check_name(&namespace, "namespace", &mut errors);
        raw.check_texts(&mut errors);
        let owner = parsed(&raw.owner, "owner", &mut errors, |text| {
            EntityRef::parse(text, EntityKind::Group, DEFAULT_NAMESPACE).map_err(|error| error.to_string())
        });
        if owner.is_none() && raw.owner.trim().is_empty() {
            errors.add(
                "owner",
                "is missing; write the team that is responsible, for example `team-payments`",
            );
        }
        let tier = parsed(&raw.tier, "tier", &mut errors, |text| {
            Tier::parse(text).map_err(|e| e.to_string())
        });
        let repository = parsed(&raw.repository, "repository", &mut errors, |text| {
            ProjectSlug::parse(text)
                .ok_or_else(|| "is not `owner/name`; copy it from the address on GitHub".to_owned())
        });
        let health_url = parsed(&raw.health_url, "health_url", &mut errors, parse_health_url);
        let paths = parsed(&raw.paths.join(","), "paths", &mut errors, parse_paths).unwrap_or_default();
        // Without an owner there is an error already, so the stand-in is never seen.
        let owner = owner.unwrap_or_else(|| EntityRef::new(EntityKind::Group, DEFAULT_NAMESPACE, "none"));
        errors.or(Self {
            name: raw.name.trim().to_owned(),
            title: optional(&raw.title),
            description: optional(&raw.description),
            service_type: or_default(&raw.service_type, "service"),
            lifecycle: or_default(&raw.lifecycle, "production"),
            tags: raw.tags.iter().filter_map(|tag| optional(tag)).collect(),
            links: raw.links,
            namespace,
            tier,
            owner,
            repository,
            paths,
            health_url,
        })
    }

    /// Its slug.
    pub fn slug(&self) -> String {
        slug(&self.namespace, &self.name)
    }

    /// Its entity's full reference.
    pub fn reference(&self) -> EntityRef {
        EntityRef::new(EntityKind::Component, &self.namespace, &self.name)
    }

    /// The descriptor that says the same, so that it can be copied into a catalog file.
    pub fn document(&self) -> Value {
        let mut annotations = Map::new();
        let mut annotate = |key: &str, value: Option<String>| {
            if let Some(value) = value {
                annotations.insert(key.to_owned(), value.into());
            }
        };
        annotate(
            "github.com/project-slug",
            self.repository.as_ref().map(ProjectSlug::full_name),
        );
        annotate("fairway.dev/tier", self.tier.map(|tier| tier.to_string()));
        annotate(
            "fairway.dev/health-url",
            self.health_url.as_ref().map(Url::to_string),
        );
        annotate(
            "fairway.dev/paths",
            Some(self.paths.join(",")).filter(|paths| !paths.is_empty()),
        );
        let mut metadata =
            json!({ "name": self.name, "namespace": self.namespace, "annotations": annotations });
        let mut add = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                metadata[key] = value;
            }
        };
        add("title", self.title.clone().map(Value::from));
        add("description", self.description.clone().map(Value::from));
        add("tags", Some(json!(self.tags)).filter(|_| !self.tags.is_empty()));
        add(
            "links",
            Some(json!(self.links)).filter(|_| !self.links.is_empty()),
        );
        json!({
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "Component",
            "metadata": metadata,
            "spec": { "type": self.service_type, "lifecycle": self.lifecycle, "owner": self.owner },
        })
    }

    /// The entity, read from its own descriptor, so that both ways into the catalog run one rule.
    pub fn entity(&self) -> Result<Entity, FieldErrors> {
        let descriptor = Descriptor::parse(self.document().to_string().as_bytes());
        let mut errors = FieldErrors::new();
        for problem in descriptor.problems {
            errors.add(problem.field, problem.message);
        }
        let entity = errors.or(descriptor.entities.into_iter().next())?;
        entity.ok_or_else(|| FieldErrors::one("", "describes nothing; write at least a name and an owner"))
    }
}

fn optional(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn or_default(text: &str, default: &str) -> String {
    optional(text).unwrap_or_else(|| default.to_owned())
}

fn check_name(text: &str, field: &str, errors: &mut FieldErrors) {
    if !is_valid_name(text.trim()) {
        errors.add(
            field,
            "is not a name; write 1 to 63 letters and digits, in parts separated by single `-`, `_` or `.`",
        );
    }
}

fn check_text(text: &str, field: &str, errors: &mut FieldErrors) {
    if text.contains('\0') || text.chars().count() > MAX_TEXT {
        errors.add(
            field,
            format!("is too long or holds a NUL character; write at most {MAX_TEXT} characters"),
        );
    }
}

fn parsed<T>(
    text: &str,
    field: &str,
    errors: &mut FieldErrors,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Option<T> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    parse(text).map_err(|message| errors.add(field, message)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let raw = RawService {
            name: "a b".into(),
            tier: "9".into(),
            repository: "x".into(),
            health_url: "ftp://x".into(),
            paths: vec!["[".into()],
            links: vec![Link {
                url: "javascript:alert(1)".into(),
                title: None,
                icon: None,
                link_type: None,
            }],
            ..RawService::default()
        };
        let errors = NewService::parse(raw).unwrap_err();
        let fields: Vec<&str> = errors.0.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "name",
                "links[0].url",
                "owner",
                "tier",
                "repository",
                "health_url",
                "paths"
            ]
        );
    }

    #[test]
    fn its_descriptor_says_the_same() {
        let raw = RawService {
            name: "orders".into(),
            namespace: "shop".into(),
            title: "Orders: \"all\" of them".into(),
            owner: "team-a".into(),
            tier: "1".into(),
            repository: "acme/mono".into(),
            paths: vec!["orders/**".into(), "libs/**".into()],
            health_url: "https://orders.example.com/healthz".into(),
            tags: vec!["rust".into()],
            ..RawService::default()
        };
        let new = NewService::parse(raw).unwrap();
        let entity = new.entity().unwrap();
        assert_eq!(new.slug(), "shop~orders");
        assert_eq!(entity.reference(), new.reference());
        assert_eq!(entity.title, new.title);
        assert_eq!(entity.owner(), Some(&new.owner));
        assert_eq!(entity.honoured.tier, new.tier);
        assert_eq!(entity.honoured.project, new.repository);
        assert_eq!(entity.honoured.paths, new.paths);
        assert_eq!(entity.honoured.health_url, new.health_url);
        assert_eq!(entity.tags, ["rust"]);
        assert_eq!(entity.lifecycle.as_deref(), Some("production"));
    }
}
