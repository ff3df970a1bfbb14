//! Which GitHub release names the version of a service's release (`definitions.md` §0 and §1).
//!
//! A release says which commit its tag stands for. Where the deployment itself names no version, that tag is one.

use chrono::{DateTime, Utc};

/// A published GitHub release of some commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseTag {
    /// Name of the tag.
    pub tag: String,
    /// Whether it is not meant for everybody yet.
    pub prerelease: bool,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
}

/// The tag that is the version of a service, among those of one commit; `slugs` are all services of the repository.
///
/// A tag that begins with the name of another service is that one's. One that begins with the service's own name goes
/// before one without a name, a full release before a prerelease, then the newest.
pub fn version_tag<'t>(tags: &'t [ReleaseTag], own: &str, slugs: &[String]) -> Option<&'t str> {
    tags.iter()
        .filter(|release| release.tag.contains(|c: char| c.is_ascii_digit()))
        .filter_map(|release| {
            let named = slugs
                .iter()
                .filter(|slug| begins_with_name(&release.tag, slug))
                .max_by_key(|slug| slug.len());
            match named {
                Some(slug) if slug != own => None,
                named => Some((
                    named.is_some(),
                    !release.prerelease,
                    release.published_at,
                    &*release.tag,
                )),
            }
        })
        .max()
        .map(|(.., tag)| tag)
}

/// `orders-v1.2.0`, `orders/1.2.0`, `orders@1.2.0` and `@acme/orders@1.2.0` begin with `orders`; `orders-api-v2` does too.
fn begins_with_name(tag: &str, slug: &str) -> bool {
    let scoped = tag.strip_prefix('@').and_then(|scoped| scoped.split_once('/'));
    let tag = scoped.map_or(tag, |(_, rest)| rest);
    let rest = tag
        .get(..slug.len())
        .filter(|start| start.eq_ignore_ascii_case(slug))
        .and_then(|_| tag[slug.len()..].chars().next());
    rest.is_some_and(|next| matches!(next, '-' | '/' | '@' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(tag: &str, minute: i64) -> ReleaseTag {
        ReleaseTag {
            tag: tag.into(),
            prerelease: tag.contains("rc"),
            published_at: DateTime::from_timestamp(minute * 60, 0),
        }
    }

    fn chosen(tags: &[&str], own: &str) -> Option<String> {
        let tags: Vec<ReleaseTag> = tags
            .iter()
            .zip(0..)
            .map(|(tag, minute)| release(tag, minute))
            .collect();
        let slugs = ["orders", "orders-api", "carts"].map(str::to_owned);
        let forward = version_tag(&tags, own, &slugs).map(str::to_owned);
        let back: Vec<ReleaseTag> = tags.into_iter().rev().collect();
        assert_eq!(
            version_tag(&back, own, &slugs),
            forward.as_deref(),
            "whatever their order"
        );
        forward
    }

    #[test]
    fn the_newest_full_release_of_the_commit_is_its_version() {
        assert_eq!(
            chosen(&["v2.0.0", "v2.0.1", "v2.1.0-rc.1"], "orders").as_deref(),
            Some("v2.0.1")
        );
        assert_eq!(chosen(&["v2.1.0-rc.1"], "orders").as_deref(), Some("v2.1.0-rc.1"));
        assert_eq!(
            chosen(&["nightly"], "orders"),
            None,
            "a name without a number is no version"
        );
        assert_eq!(chosen(&[], "orders"), None);
    }

    #[test]
    fn a_tag_of_another_service_of_the_repository_is_not_this_ones() {
        let tags = ["carts-v3.0", "orders-v1.2", "v9", "orders-api@5.0"];
        assert_eq!(chosen(&tags, "orders").as_deref(), Some("orders-v1.2"));
        assert_eq!(chosen(&tags, "orders-api").as_deref(), Some("orders-api@5.0"));
        assert_eq!(chosen(&["carts/3.0", "@acme/carts@4"], "orders"), None);
        assert_eq!(chosen(&["cartsv3"], "orders").as_deref(), Some("cartsv3"));
    }
}
