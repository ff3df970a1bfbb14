//! Where a `Location` entity points to, and which of those places an import may follow.

use super::{
    problem::Place,
    yaml::{Data, Node},
};

/// One target of a `Location`, and where the file names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedTarget {
    /// Where it leads.
    pub target: LocationTarget,
    /// Where it is written.
    pub place: Place,
}

/// Where a `Location` leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocationTarget {
    /// A path, relative to the file that holds the `Location`.
    File(String),
    /// A web address; it is shown and not fetched.
    Url(String),
}

/// A path that an import does not follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutsidePath {
    /// It starts at the root of a file system.
    #[error("an absolute path is not followed; write it relative to this file")]
    Absolute,
    /// It climbs out of the imported directory.
    #[error("the path leaves the imported directory; import the directory above both files")]
    Escapes,
    /// It names no file.
    #[error("the path names no file; write a path such as `./services/orders/catalog-info.yaml`")]
    Empty,
}

/// The targets of a `Location`'s spec. `type` says whether they are files; without it their form does.
pub(super) fn targets(spec: &Node) -> Vec<PlacedTarget> {
    let stated = spec.get("type").and_then(Node::text);
    let mut nodes: Vec<&Node> = spec.get("target").into_iter().collect();
    if let Some(Data::List(items)) = spec.get("targets").map(|node| &node.data) {
        nodes.extend(items);
    }
    let placed = |node: &Node| {
        Some(PlacedTarget {
            target: target(stated, node.text()?.trim()),
            place: node.place,
        })
    };
    nodes.into_iter().filter_map(placed).collect()
}

fn target(stated: Option<&str>, text: &str) -> LocationTarget {
    let is_url = text.contains("://");
    match stated {
        Some("file") | None if !is_url => LocationTarget::File(text.to_owned()),
        // `type: url` with a relative target means "next to the file that holds me".
        Some("url") if text.starts_with('.') => LocationTarget::File(text.to_owned()),
        _ => LocationTarget::Url(text.to_owned()),
    }
}

/// The path of a target, from the root of the imported directory; `from` is the path of the file that names it.
///
/// Both use `/`. Nothing is looked up: symbolic links are the importer's to refuse.
pub fn resolve_target(from: &str, target: &str) -> Result<String, OutsidePath> {
    if target.starts_with(['/', '\\']) || target.as_bytes().get(1) == Some(&b':') {
        return Err(OutsidePath::Absolute);
    }
    let mut parts: Vec<&str> = from
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    parts.pop();
    for part in target.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or(OutsidePath::Escapes)?;
            }
            name => parts.push(name),
        }
    }
    if target.is_empty() || parts.is_empty() || target.ends_with('/') {
        return Err(OutsidePath::Empty);
    }
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_stay_inside() {
        assert_eq!(
            resolve_target("all.yaml", "./a/catalog-info.yaml").unwrap(),
            "a/catalog-info.yaml"
        );
        assert_eq!(resolve_target("x/all.yaml", "../a.yaml").unwrap(), "a.yaml");
        assert_eq!(
            resolve_target("x/y/all.yaml", "a//./b.yaml").unwrap(),
            "x/y/a/b.yaml"
        );
        assert_eq!(
            resolve_target("x/all.yaml", "../../a.yaml"),
            Err(OutsidePath::Escapes)
        );
        assert_eq!(
            resolve_target("x/all.yaml", "..\\..\\a.yaml"),
            Err(OutsidePath::Escapes)
        );
        assert_eq!(
            resolve_target("all.yaml", "/etc/passwd"),
            Err(OutsidePath::Absolute)
        );
        assert_eq!(resolve_target("all.yaml", "C:\\x"), Err(OutsidePath::Absolute));
        assert_eq!(resolve_target("all.yaml", "./"), Err(OutsidePath::Empty));
    }

    #[test]
    fn form_tells_files_from_addresses() {
        assert_eq!(target(None, "./a.yaml"), LocationTarget::File("./a.yaml".into()));
        assert_eq!(
            target(Some("url"), "./a.yaml"),
            LocationTarget::File("./a.yaml".into())
        );
        assert_eq!(
            target(Some("file"), "a.yaml"),
            LocationTarget::File("a.yaml".into())
        );
        let address = "https://github.com/acme/x/blob/main/catalog-info.yaml";
        assert_eq!(target(None, address), LocationTarget::Url(address.into()));
        assert_eq!(
            target(Some("github-discovery"), "acme"),
            LocationTarget::Url("acme".into())
        );
    }
}
