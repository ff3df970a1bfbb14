//! The annotations that Fairway honours, parsed. All others are kept as they are.

use std::collections::BTreeMap;

use globset::GlobBuilder;
use url::Url;

use super::{
    problem::{Place, Problems},
    reference::shortened,
    tier::Tier,
};

/// `owner/name` of the repository on GitHub.
const PROJECT_SLUG: &str = "github.com/project-slug";
/// `organisation/team` on GitHub.
const TEAM_SLUG: &str = "github.com/team-slug";
/// Where the source is: `url:https://github.com/owner/name/tree/main/`.
const SOURCE_LOCATION: &str = "backstage.io/source-location";
/// Where the documentation is: `dir:.`.
const TECHDOCS_REF: &str = "backstage.io/techdocs-ref";
/// Criticality, 1 to 4.
const TIER: &str = "fairway.dev/tier";
/// What a health probe asks.
const HEALTH_URL: &str = "fairway.dev/health-url";
/// Globs of a monorepo, separated by commas.
const PATHS: &str = "fairway.dev/paths";
/// Who sees it: `private` for its team and admins only.
const VISIBILITY: &str = "fairway.dev/visibility";

/// What the honoured annotations of an entity say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotations {
    /// The repository on GitHub: from `github.com/project-slug`, else from `backstage.io/source-location`.
    pub project: Option<ProjectSlug>,
    /// `organisation/team` on GitHub.
    pub team_slug: Option<String>,
    /// `backstage.io/source-location` without its `url:`.
    pub source_location: Option<String>,
    /// `backstage.io/techdocs-ref` as written.
    pub techdocs_ref: Option<String>,
    /// Criticality.
    pub tier: Option<Tier>,
    /// What a health probe asks.
    pub health_url: Option<Url>,
    /// Globs of the paths that belong to this service; empty means the whole repository.
    pub paths: Vec<String>,
    /// Whether only its team and admins see it.
    pub private: bool,
}

/// A repository's name on GitHub.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProjectSlug {
    /// The owner's login.
    pub owner: String,
    /// The name without the owner.
    pub name: String,
}

impl ProjectSlug {
    /// Reads `owner/name`.
    pub fn parse(text: &str) -> Option<Self> {
        let (owner, name) = text.trim().split_once('/')?;
        let is_word = |part: &str| {
            !part.is_empty()
                && part.len() <= 100
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        };
        (is_word(owner) && is_word(name)).then(|| Self {
            owner: owner.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The repository that a web address on github.com lies in.
    fn of_url(text: &str) -> Option<Self> {
        let url = Url::parse(text)
            .ok()
            .filter(|url| url.host_str() == Some("github.com"))?;
        let mut parts = url.path_segments()?;
        let (owner, name) = (parts.next()?, parts.next()?);
        Self::parse(&format!("{owner}/{}", name.strip_suffix(".git").unwrap_or(name)))
    }

    /// `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

/// Reads the globs of `fairway.dev/paths`: separated by commas or line ends, `**` over folders, relative to the
/// repository's root. The error says which glob is wrong and how.
pub fn parse_paths(text: &str) -> Result<Vec<String>, String> {
    let mut paths = Vec::new();
    for glob in text
        .split([',', '\n'])
        .map(str::trim)
        .filter(|glob| !glob.is_empty())
    {
        let glob = glob.trim_start_matches("./").trim_start_matches('/');
        GlobBuilder::new(glob)
            .literal_separator(true)
            .build()
            .map_err(|error| {
                format!(
                    "`{}` is not a glob: {}; write for example `services/orders/**`",
                    shortened(glob),
                    error.kind()
                )
            })?;
        paths.push(glob.to_owned());
    }
    Ok(paths)
}

/// Reads an address that a health probe may ask: http or https with a host and without a password.
pub fn parse_health_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim()).map_err(|error| {
        format!(
            "`{}` is not an address ({error}); write for example `https://orders.example.com/healthz`",
            shortened(text)
        )
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!(
            "`{}:` is not asked by health probes; write an http or https address",
            url.scheme()
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("holds a user name or password, which every reader would see; remove it".to_owned());
    }
    Ok(url)
}

/// Reads `fairway.dev/visibility`: whether only the owning team and admins see a service. A word that is neither is an
/// error and not the default: what somebody meant to hide would be shown.
fn parse_private(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "private" => Ok(true),
        "organisation" | "organization" => Ok(false),
        other => Err(format!(
            "`{}` says nobody who sees it; write `private` for the owning team and admins only, or `organisation`",
            shortened(other)
        )),
    }
}

/// Parses what is honoured among the annotations of one entity.
pub(super) fn parse(values: &BTreeMap<String, (String, Place)>, problems: &mut Problems) -> Annotations {
    let mut read = Reader { values, problems };
    let source_location = read
        .text(SOURCE_LOCATION)
        .map(|text| text.strip_prefix("url:").unwrap_or(&text).to_owned());
    let stated = read.parsed(PROJECT_SLUG, |text| {
        ProjectSlug::parse(text).ok_or_else(|| {
            format!(
                "`{}` is not `owner/name`; copy it from the repository's address on GitHub",
                shortened(text)
            )
        })
    });
    Annotations {
        project: stated.or_else(|| source_location.as_deref().and_then(ProjectSlug::of_url)),
        team_slug: read.text(TEAM_SLUG),
        techdocs_ref: read.text(TECHDOCS_REF),
        tier: read.parsed(TIER, |text| Tier::parse(text).map_err(|error| error.to_string())),
        health_url: read.parsed(HEALTH_URL, parse_health_url),
        paths: read.parsed(PATHS, parse_paths).unwrap_or_default(),
        private: read.parsed(VISIBILITY, parse_private).unwrap_or_default(),
        source_location,
    }
}

struct Reader<'a> {
    values: &'a BTreeMap<String, (String, Place)>,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn text(&mut self, key: &str) -> Option<String> {
        self.values
            .get(key)
            .map(|(text, _)| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    fn parsed<T>(&mut self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let (text, place) = self.values.get(key)?;
        let problems = &mut *self.problems;
        parse(text)
            .map_err(|message| {
                problems.error(*place, format!("metadata.annotations.{key}"), message);
            })
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_are_found_in_slugs_and_addresses() {
        assert_eq!(
            ProjectSlug::parse("acme/orders.api").unwrap().full_name(),
            "acme/orders.api"
        );
        for bad in [
            "acme",
            "acme/",
            "/x",
            "a/b/c",
            "acme/or ders",
            "https://github.com/acme/orders",
        ] {
            assert_eq!(ProjectSlug::parse(bad), None, "{bad}");
        }
        let of = |text| ProjectSlug::of_url(text).map(|slug| slug.full_name());
        assert_eq!(
            of("https://github.com/acme/orders/tree/main/").as_deref(),
            Some("acme/orders")
        );
        assert_eq!(
            of("https://github.com/acme/orders.git").as_deref(),
            Some("acme/orders")
        );
        assert_eq!(of("https://gitlab.com/acme/orders"), None);
        assert_eq!(of("https://github.com/acme"), None);
    }

    #[test]
    fn globs_are_checked_one_by_one() {
        assert_eq!(
            parse_paths("services/a/**, ./libs/*.rs,,/x").unwrap(),
            ["services/a/**", "libs/*.rs", "x"]
        );
        assert!(parse_paths("a/[b").unwrap_err().contains("a/[b"));
    }

    #[test]
    fn only_known_words_say_who_sees_a_service() {
        assert_eq!(parse_private(" Private "), Ok(true));
        assert_eq!(parse_private("organisation"), Ok(false));
        for bad in ["", "secret", "true"] {
            assert!(parse_private(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn health_addresses_are_web_addresses_without_secrets() {
        assert!(parse_health_url("https://orders.internal:8443/healthz").is_ok());
        for bad in ["orders", "file:///etc/passwd", "https://u:p@host/"] {
            assert!(parse_health_url(bad).is_err(), "{bad}");
        }
    }
}
