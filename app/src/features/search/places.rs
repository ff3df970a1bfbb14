//! Where one can go, and what one can do anywhere: the palette's first lists.

use domain::search::SearchQuery;

use crate::paths;

/// A page of the site.
pub(super) struct Place {
    /// Its name.
    pub label: &'static str,
    /// Other words that people look for it by.
    pub also: &'static str,
    /// Its address.
    pub href: String,
    /// The keys that go there.
    pub keys: &'static str,
}

/// Something that can be done on every page, in the browser.
pub(super) struct Act {
    /// What it does.
    pub label: &'static str,
    /// Other words that people look for it by.
    pub also: &'static str,
    /// What the palette's island does: press what this selects, open the dialog that this selects, or copy the address.
    pub doing: (&'static str, &'static str),
    /// Its key.
    pub keys: &'static str,
}

/// Every page that stands for itself, in the rail's order.
pub(super) fn places() -> Vec<Place> {
    let place = |label, also, href, keys| Place {
        label,
        also,
        href,
        keys,
    };
    vec![
        place("Home", "start overview", paths::home(), "g h"),
        place("Services", "list", paths::services(), "g s"),
        place("Deploys", "timeline releases", paths::deploys(), "g d"),
        place(
            "Approvals",
            "gates inbox requests decide review",
            paths::approvals(),
            "g a",
        ),
        place(
            "Catalogue",
            "entities apis resources systems users",
            paths::catalog(),
            "",
        ),
        place("Teams", "groups owners members", paths::teams(), ""),
        place(
            "DORA",
            "metrics figures lead time frequency",
            paths::dora(),
            "g m",
        ),
        place("Admin", "settings", paths::admin(), ""),
        place("Deliveries", "inbox webhooks", paths::admin_deliveries(), ""),
        place("Jobs", "queue", paths::admin_jobs(), ""),
        place(
            "Repositories",
            "history backfill",
            paths::admin_repositories(),
            "",
        ),
        place("GitHub", "app token integration", paths::admin_github(), ""),
        place("Unmatched deployments", "rules", paths::admin_unmatched(), ""),
        place(
            "Environments",
            "classes production staging",
            paths::admin_environments(),
            "",
        ),
        place(
            "Policies",
            "approvals freezes rules git",
            paths::admin_policies(),
            "",
        ),
        place(
            "Rollback rules",
            "verify watch tiers",
            paths::admin_rollback(),
            "",
        ),
        place(
            "Notifications",
            "slack webhook channels e-mail",
            paths::admin_notifications(),
            "",
        ),
        place("Audit", "trail changes who", paths::admin_audit(), ""),
        place("People", "accounts roles invite", paths::admin_people(), ""),
        place("Roles of teams", "members permissions", paths::admin_teams(), ""),
        place(
            "Ways in",
            "sign-in providers groups oidc",
            paths::admin_sign_in(),
            "",
        ),
        place(
            "Tokens",
            "service accounts workflows ci",
            paths::admin_tokens(),
            "",
        ),
        place(
            "Your account",
            "password sessions authenticator",
            paths::account(),
            "",
        ),
        place("Search", "find", paths::search(), "/"),
    ]
}

/// What can be done anywhere.
pub(super) fn acts() -> Vec<Act> {
    let act = |label, also, doing, keys| Act {
        label,
        also,
        doing,
        keys,
    };
    vec![
        act("Copy this page’s address", "link url share", ("copy", ""), ""),
        act("Keyboard shortcuts", "keys help", ("open", "dialog.keys"), "?"),
        act(
            "Light colours",
            "theme",
            ("press", ".theme-switch [value=light]"),
            "",
        ),
        act(
            "Dark colours",
            "theme night",
            ("press", ".theme-switch [value=dark]"),
            "",
        ),
        act(
            "Colours of the system",
            "theme",
            ("press", ".theme-switch [value=system]"),
            "",
        ),
    ]
}

/// What an entry is found by: words, each after a space, as the palette's island compares them.
pub(super) fn words(label: &str, also: &str) -> String {
    format!(" {label} {also}").to_lowercase()
}

/// The pages that the query's words name, of those that are open.
pub(super) fn fitting(query: &SearchQuery, is_open: impl Fn(&str) -> bool) -> Vec<Place> {
    let fits = |place: &Place| {
        let words = words(place.label, place.also);
        let named = query.words.iter().all(|word| words.contains(&format!(" {word}")));
        named && is_open(&place.href)
    };
    if query.is_empty() {
        return Vec::new();
    }
    places().into_iter().filter(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_found_by_the_beginnings_of_their_words() {
        let found = |text: &str| {
            fitting(&SearchQuery::parse(text), |href| href != "/admin/people")
                .into_iter()
                .map(|place| place.label)
                .collect::<Vec<_>>()
        };
        assert_eq!(found("lead ti"), ["DORA"]);
        assert_eq!(
            found("de"),
            ["Deploys", "Approvals", "Deliveries", "Unmatched deployments"]
        );
        assert!(found("people").is_empty(), "it is not open");
        assert!(found("ployments").is_empty() && found("").is_empty());
    }
}
