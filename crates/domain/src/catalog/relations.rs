//! How entities hang together: the relations that a document's `spec` states, and their other direction.

use serde::{Deserialize, Serialize};

use super::{
    problem::Problems,
    reference::{EntityKind, EntityRef},
    yaml::{Data, Node},
};

/// A relation as seen from one of its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum RelationKind {
    /// The other end is responsible for this one.
    OwnedBy,
    /// This end is responsible for the other.
    OwnerOf,
    /// This end belongs to the other: component to system, system to domain.
    PartOf,
    /// The other end belongs to this one.
    HasPart,
    /// This component serves the other end.
    ProvidesApi,
    /// The other end serves this API.
    ApiProvidedBy,
    /// This component calls the other end.
    ConsumesApi,
    /// The other end calls this API.
    ApiConsumedBy,
    /// This end does not work without the other.
    DependsOn,
    /// The other end does not work without this one.
    DependencyOf,
    /// This group stands above the other.
    ParentOf,
    /// This group stands below the other.
    ChildOf,
    /// This person is in the other end.
    MemberOf,
    /// The other end is in this group.
    HasMember,
}

impl RelationKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::OwnedBy,
        Self::OwnerOf,
        Self::PartOf,
        Self::HasPart,
        Self::ProvidesApi,
        Self::ApiProvidedBy,
        Self::ConsumesApi,
        Self::ApiConsumedBy,
        Self::DependsOn,
        Self::DependencyOf,
        Self::ParentOf,
        Self::ChildOf,
        Self::MemberOf,
        Self::HasMember,
    ];

    /// The word that Backstage and the tables use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OwnedBy => "ownedBy",
            Self::OwnerOf => "ownerOf",
            Self::PartOf => "partOf",
            Self::HasPart => "hasPart",
            Self::ProvidesApi => "providesApi",
            Self::ApiProvidedBy => "apiProvidedBy",
            Self::ConsumesApi => "consumesApi",
            Self::ApiConsumedBy => "apiConsumedBy",
            Self::DependsOn => "dependsOn",
            Self::DependencyOf => "dependencyOf",
            Self::ParentOf => "parentOf",
            Self::ChildOf => "childOf",
            Self::MemberOf => "memberOf",
            Self::HasMember => "hasMember",
        }
    }

    /// The kind that a stored word names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The same relation as seen from its other end.
    #[must_use]
    pub fn inverse(self) -> Self {
        match self {
            Self::OwnedBy => Self::OwnerOf,
            Self::OwnerOf => Self::OwnedBy,
            Self::PartOf => Self::HasPart,
            Self::HasPart => Self::PartOf,
            Self::ProvidesApi => Self::ApiProvidedBy,
            Self::ApiProvidedBy => Self::ProvidesApi,
            Self::ConsumesApi => Self::ApiConsumedBy,
            Self::ApiConsumedBy => Self::ConsumesApi,
            Self::DependsOn => Self::DependencyOf,
            Self::DependencyOf => Self::DependsOn,
            Self::ParentOf => Self::ChildOf,
            Self::ChildOf => Self::ParentOf,
            Self::MemberOf => Self::HasMember,
            Self::HasMember => Self::MemberOf,
        }
    }
}

/// A relation of an entity to another that may or may not exist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Relation {
    /// How the entity stands to the target.
    pub kind: RelationKind,
    /// The other end.
    pub target: EntityRef,
}

/// Which relation a field of `spec` states, and the kind that its references mean when they name none.
fn fields(kind: EntityKind) -> &'static [(&'static str, RelationKind, EntityKind)] {
    use EntityKind as K;
    use RelationKind as R;
    const OWNER: (&str, RelationKind, EntityKind) = ("owner", R::OwnedBy, K::Group);
    const SYSTEM: (&str, RelationKind, EntityKind) = ("system", R::PartOf, K::System);
    const DEPENDS_ON: (&str, RelationKind, EntityKind) = ("dependsOn", R::DependsOn, K::Component);
    const DEPENDENCY_OF: (&str, RelationKind, EntityKind) = ("dependencyOf", R::DependencyOf, K::Component);
    match kind {
        K::Component => &[
            OWNER,
            SYSTEM,
            ("subcomponentOf", R::PartOf, K::Component),
            ("providesApis", R::ProvidesApi, K::Api),
            ("consumesApis", R::ConsumesApi, K::Api),
            DEPENDS_ON,
            DEPENDENCY_OF,
        ],
        K::Api => &[OWNER, SYSTEM],
        K::Resource => &[OWNER, SYSTEM, DEPENDS_ON, DEPENDENCY_OF],
        K::System => &[OWNER, ("domain", R::PartOf, K::Domain)],
        K::Domain => &[OWNER, ("subdomainOf", R::PartOf, K::Domain)],
        K::Group => &[
            ("parent", R::ChildOf, K::Group),
            ("children", R::ParentOf, K::Group),
            ("members", R::HasMember, K::User),
        ],
        K::User => &[("memberOf", R::MemberOf, K::Group)],
        K::Template => &[OWNER],
        K::Location => &[],
    }
}

/// The relations that a `spec` states, each once, sorted.
pub(super) fn stated(
    kind: EntityKind,
    namespace: &str,
    spec: &Node,
    problems: &mut Problems,
) -> Vec<Relation> {
    let mut relations = Vec::new();
    for &(field, relation, default_kind) in fields(kind) {
        // An empty owner is reported as missing already.
        let Some(value) = spec.get(field).filter(|value| !value.is_blank()) else {
            continue;
        };
        let path = format!("spec.{field}");
        match &value.data {
            Data::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    if let Some(target) = reference(item, &path, default_kind, namespace, problems) {
                        relations.push(Relation {
                            kind: relation,
                            target,
                        });
                    }
                }
            }
            _ => {
                if let Some(target) = reference(value, &path, default_kind, namespace, problems) {
                    relations.push(Relation {
                        kind: relation,
                        target,
                    });
                }
            }
        }
    }
    relations.sort();
    relations.dedup();
    relations
}

fn reference(
    node: &Node,
    path: &str,
    default_kind: EntityKind,
    namespace: &str,
    problems: &mut Problems,
) -> Option<EntityRef> {
    let Some(text) = node.scalar_text() else {
        let what = node.what();
        problems.error(
            node.place,
            path,
            format!("is {what}; write an entity reference, `[kind:][namespace/]name`"),
        );
        return None;
    };
    EntityRef::parse(&text, default_kind, namespace)
        .map_err(|error| problems.error(node.place, path, error.to_string()))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_one_inverse_and_one_word() {
        for kind in RelationKind::ALL {
            assert_ne!(kind.inverse(), kind);
            assert_eq!(kind.inverse().inverse(), kind);
            assert_eq!(RelationKind::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
