//! The `spec` of a document: which fields each kind must have. Relations are read by their own module.

use super::{
    problem::Problems,
    reference::EntityKind,
    yaml::{Data, Node},
};

/// The fields of `spec` that a kind must have, each with what to write.
fn required(kind: EntityKind) -> &'static [(&'static str, &'static str)] {
    const OWNER: (&str, &str) = (
        "owner",
        "write the team that is responsible, for example `owner: team-payments`",
    );
    const LIFECYCLE: (&str, &str) = (
        "lifecycle",
        "write for example `lifecycle: production`, `experimental` or `deprecated`",
    );
    match kind {
        EntityKind::Component => &[
            (
                "type",
                "write for example `type: service`, `website` or `library`",
            ),
            LIFECYCLE,
            OWNER,
        ],
        EntityKind::Api => &[
            (
                "type",
                "write for example `type: openapi`, `asyncapi`, `graphql` or `grpc`",
            ),
            LIFECYCLE,
            OWNER,
            (
                "definition",
                "write the API's definition, or `$text:` with its path",
            ),
        ],
        EntityKind::Resource => &[("type", "write for example `type: database`"), OWNER],
        EntityKind::System | EntityKind::Domain => &[OWNER],
        EntityKind::Group => &[("type", "write for example `type: team`")],
        EntityKind::Template => &[("type", "write for example `type: service`")],
        EntityKind::User | EntityKind::Location => &[],
    }
}

/// The `spec`, once it is a map; what is missing in it is reported.
pub(super) fn read<'a>(node: &'a Node, kind: EntityKind, problems: &mut Problems) -> Option<&'a Node> {
    let required = required(kind);
    let Some(spec) = node.get("spec") else {
        if let Some((field, hint)) = required.first() {
            problems.error(
                node.place,
                "spec",
                format!("is missing; it needs at least `{field}`: {hint}"),
            );
        }
        return None;
    };
    if !matches!(spec.data, Data::Map(_)) {
        problems.error(spec.place, "spec", format!("is {}; write a map", spec.what()));
        return None;
    }
    for (field, hint) in required {
        match spec.get(field) {
            None => problems.error(spec.place, format!("spec.{field}"), format!("is missing; {hint}")),
            Some(value) if *field == "definition" && placeholder(value).is_some() => {}
            Some(value) if value.scalar_text().is_none_or(|text| text.trim().is_empty()) => {
                let what = if value.scalar_text().is_some() {
                    "empty"
                } else {
                    value.what()
                };
                problems.error(value.place, format!("spec.{field}"), format!("is {what}; {hint}"));
            }
            Some(_) => {}
        }
    }
    Some(spec)
}

/// The key of a `{$text: ./file}` placeholder, which Backstage replaces with the file's content.
pub(super) fn placeholder(node: &Node) -> Option<&str> {
    match node.entries() {
        [(key, _)]
            if matches!(
                key.text.as_str(),
                "$text" | "$json" | "$yaml" | "$openapi" | "$asyncapi"
            ) =>
        {
            Some(&key.text)
        }
        _ => None,
    }
}
