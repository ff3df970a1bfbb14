//! Kinds of entities and how one entity names another: `[kind:][namespace/]name`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The namespace of entities that name none.
pub const DEFAULT_NAMESPACE: &str = "default";
/// The longest name; the limit of Backstage and of a Kubernetes label.
const MAX_NAME: usize = 63;

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum EntityKind {
    /// A piece of software: Fairway's services.
    Component,
    /// An interface between components.
    #[serde(rename = "API")]
    Api,
    /// Infrastructure that components need.
    Resource,
    /// Components, APIs and resources that work as one.
    System,
    /// Systems of one area of the business.
    Domain,
    /// A team or a larger unit of people.
    Group,
    /// A person.
    User,
    /// A list of other catalog files.
    Location,
    /// A software template.
    Template,
}

impl EntityKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 9] = [
        Self::Component,
        Self::Api,
        Self::Resource,
        Self::System,
        Self::Domain,
        Self::Group,
        Self::User,
        Self::Location,
        Self::Template,
    ];

    /// The kind as descriptors write it and tables store it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Component => "Component",
            Self::Api => "API",
            Self::Resource => "Resource",
            Self::System => "System",
            Self::Domain => "Domain",
            Self::Group => "Group",
            Self::User => "User",
            Self::Location => "Location",
            Self::Template => "Template",
        }
    }

    /// The kind in lower case, as references and URLs write it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Api => "api",
            Self::Resource => "resource",
            Self::System => "system",
            Self::Domain => "domain",
            Self::Group => "group",
            Self::User => "user",
            Self::Location => "location",
            Self::Template => "template",
        }
    }

    /// The kind that a text names, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.key().eq_ignore_ascii_case(text))
    }

    /// All kinds in a sentence, for messages.
    pub(super) fn list() -> String {
        Self::ALL.map(Self::as_str).join(", ")
    }
}

/// A full reference to an entity, in lower case: names are compared without regard to case.
///
/// The kind is a text and not an [`EntityKind`], because documents may refer to kinds that Fairway does not know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct EntityRef {
    kind: String,
    namespace: String,
    name: String,
}

/// A text is not an entity reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not an entity reference: {why}; write `[kind:][namespace/]name`, for example `{example}`"
)]
pub struct InvalidReference {
    text: String,
    why: &'static str,
    example: String,
}

impl EntityRef {
    /// The reference of an entity whose parts are known to be valid.
    pub fn new(kind: EntityKind, namespace: &str, name: &str) -> Self {
        Self {
            kind: kind.key().to_owned(),
            namespace: namespace.to_ascii_lowercase(),
            name: name.to_ascii_lowercase(),
        }
    }

    /// Reads `[kind:][namespace/]name`; the field that holds it says which kind and namespace are meant when left out.
    pub fn parse(text: &str, default_kind: EntityKind, namespace: &str) -> Result<Self, InvalidReference> {
        let text = text.trim();
        let invalid = |why| InvalidReference {
            text: shortened(text),
            why,
            example: format!("{}:{DEFAULT_NAMESPACE}/payments", default_kind.key()),
        };
        let (kind, rest) = text.split_once(':').unwrap_or((default_kind.key(), text));
        let (namespace, name) = rest.split_once('/').unwrap_or((namespace, rest));
        if !is_valid_name(kind) {
            return Err(invalid("the kind before `:` is not a word"));
        }
        if !is_valid_name(namespace) {
            return Err(invalid("the namespace before `/` breaks the rules for names"));
        }
        if !is_valid_name(name) {
            return Err(invalid("the name is empty or breaks the rules for names"));
        }
        Ok(Self {
            kind: kind.to_ascii_lowercase(),
            namespace: namespace.to_ascii_lowercase(),
            name: name.to_ascii_lowercase(),
        })
    }

    /// Reads a full reference as [`fmt::Display`] writes it; `None` for anything else.
    pub fn parse_full(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once(':')?;
        rest.split_once('/')?;
        Self::parse(text, EntityKind::Component, DEFAULT_NAMESPACE).ok()
    }

    /// The kind in lower case; it may be one that Fairway does not know.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The kind, where Fairway knows it.
    pub fn known_kind(&self) -> Option<EntityKind> {
        EntityKind::parse(&self.kind)
    }

    /// The namespace in lower case.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The name in lower case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name alone in the default namespace, else `namespace~name`: the slug of teams and services.
    pub fn slug(&self) -> String {
        slug(&self.namespace, &self.name)
    }
}

impl fmt::Display for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}/{}", self.kind, self.namespace, self.name)
    }
}

impl From<EntityRef> for String {
    fn from(reference: EntityRef) -> Self {
        reference.to_string()
    }
}

impl TryFrom<String> for EntityRef {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse_full(&text).ok_or_else(|| format!("`{text}` is not a full entity reference"))
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for EntityRef {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        // It travels as its text.
        String::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for EntityRef {}

/// `name` in the default namespace, else `namespace~name`; `~` is in no name, so a slug has one reading.
pub fn slug(namespace: &str, name: &str) -> String {
    if namespace.eq_ignore_ascii_case(DEFAULT_NAMESPACE) {
        name.to_owned()
    } else {
        format!("{namespace}~{name}")
    }
}

/// The Group of a team's slug: the reading of what [`slug`] wrote, in any case.
pub fn group_of_slug(slug: &str) -> EntityRef {
    of_slug(EntityKind::Group, slug)
}

/// The Component of a service's slug: the reading of what [`slug`] wrote, in any case.
pub fn component_of_slug(slug: &str) -> EntityRef {
    of_slug(EntityKind::Component, slug)
}

fn of_slug(kind: EntityKind, slug: &str) -> EntityRef {
    let (namespace, name) = slug.split_once('~').unwrap_or((DEFAULT_NAMESPACE, slug));
    EntityRef::new(kind, namespace, name)
}

/// Whether a text is a name: 1 to 63 of `[a-zA-Z0-9]`, in parts separated by single `-`, `_` or `.`.
pub fn is_valid_name(text: &str) -> bool {
    text.len() <= MAX_NAME
        && text
            .split(['-', '_', '.'])
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// The start of a text, for messages about texts of any length.
pub(super) fn shortened(text: &str) -> String {
    const LIMIT: usize = 80;
    let mut short: String = text.chars().take(LIMIT).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule() {
        for good in ["a", "A9", "petstore", "pet-store_v1.2", &"x".repeat(63)] {
            assert!(is_valid_name(good), "{good}");
        }
        for bad in [
            "",
            "-a",
            "a-",
            "a--b",
            "a.-b",
            "a b",
            "ä",
            "a/b",
            "a~b",
            &"x".repeat(64),
        ] {
            assert!(!is_valid_name(bad), "{bad}");
        }
    }

    #[test]
    fn references_take_their_defaults_from_the_field() {
        let parse = |text| EntityRef::parse(text, EntityKind::Group, "shop").map(|r| r.to_string());
        assert_eq!(parse("Team-A").unwrap(), "group:shop/team-a");
        assert_eq!(parse("user:guest").unwrap(), "user:shop/guest");
        assert_eq!(parse("default/x").unwrap(), "group:default/x");
        assert_eq!(parse("API:other/Y").unwrap(), "api:other/y");
        assert_eq!(parse("custom:x").unwrap(), "custom:shop/x");
        for bad in ["", ":x", "a:", "a:b:c", "/x", "a/", "a/b/c", "a b", "user:/x"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn full_references_read_back() {
        let reference = EntityRef::new(EntityKind::Api, "Default", "Orders");
        assert_eq!(EntityRef::parse_full(&reference.to_string()), Some(reference));
        assert_eq!(EntityRef::parse_full("api:orders"), None);
        assert_eq!(slug("default", "Orders"), "Orders");
        assert_eq!(slug("shop", "orders"), "shop~orders");
    }
}
