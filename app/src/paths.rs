//! Every address of the site as a function; no other module writes a URL by hand.
//!
//! Segments are percent-encoded, query values too, and empty values are left out, so that a default never shows.

use std::fmt::{Display, Write};

/// `/`
pub fn home() -> String {
    "/".into()
}

/// `/?of=everything`: Home of the whole organisation, for whoever has things of their own.
pub fn home_of_everything() -> String {
    with_query(&home(), [("of", "everything")])
}

/// `/services`
pub fn services() -> String {
    "/services".into()
}

/// `/services.csv`
pub fn services_csv() -> String {
    "/services.csv".into()
}

/// `/services/{slug}`
pub fn service(slug: &str) -> String {
    format!("/services/{}", encoded(slug))
}

/// `/services/{slug}/{tab}`; tabs are `changes`, `catalog`, `dora` and so on.
pub fn service_tab(slug: &str, tab: &str) -> String {
    format!("/services/{}/{}", encoded(slug), encoded(tab))
}

/// `/services/{slug}/dependencies`: what it needs and what needs it.
pub fn service_dependencies(slug: &str) -> String {
    service_tab(slug, "dependencies")
}

/// `/services/{slug}/dependencies.csv`
pub fn service_dependencies_csv(slug: &str) -> String {
    service_tab(slug, "dependencies.csv")
}

/// `/services/{slug}/deploy`: asking for a deploy; also takes the POST of its form.
pub fn service_deploy(slug: &str) -> String {
    service_tab(slug, "deploy")
}

/// `/services/{slug}/settings`: also takes the POST of its forms.
pub fn service_settings(slug: &str) -> String {
    service_tab(slug, "settings")
}

/// `/search`
pub fn search() -> String {
    "/search".into()
}

/// `/search/found`: the palette's list while one types.
pub fn search_found() -> String {
    "/search/found".into()
}

/// `/deploys`
pub fn deploys() -> String {
    "/deploys".into()
}

/// `/deploys.csv`
pub fn deploys_csv() -> String {
    "/deploys.csv".into()
}

/// `/deploys/{id}`
pub fn deploy(id: impl Display) -> String {
    format!("/deploys/{}", encoded(&id.to_string()))
}

/// `/approvals`: what waits for whoever looks.
pub fn approvals() -> String {
    "/approvals".into()
}

/// `/approvals?show={tab}`; tabs are `open` and `decided`.
pub fn approvals_tab(tab: &str) -> String {
    with_query(&approvals(), [("show", tab)])
}

/// `/approvals.csv`
pub fn approvals_csv() -> String {
    "/approvals.csv".into()
}

/// `/approvals/{id}`: also takes the POST of its forms.
pub fn approval(id: impl Display) -> String {
    format!("/approvals/{}", encoded(&id.to_string()))
}

/// `/dora`
pub fn dora() -> String {
    "/dora".into()
}

/// `/dora?service={slug}`: a service's figures.
pub fn dora_of_service(slug: &str) -> String {
    with_query(&dora(), [("service", slug)])
}

/// `/dora?team={slug}`: a team's figures.
pub fn dora_of_team(slug: &str) -> String {
    with_query(&dora(), [("team", slug)])
}

/// `/dora.csv`
pub fn dora_csv() -> String {
    "/dora.csv".into()
}

/// `/dora/rows`: the rows that a figure was made of; which ones is in the query.
pub fn dora_rows() -> String {
    "/dora/rows".into()
}

/// `/dora/rows.csv`
pub fn dora_rows_csv() -> String {
    "/dora/rows.csv".into()
}

/// `/catalog/{kind}/{namespace}/{name}`: an entity that is not a service.
pub fn catalog_entity(kind: &str, namespace: &str, name: &str) -> String {
    format!(
        "/catalog/{}/{}/{}",
        encoded(&kind.to_lowercase()),
        encoded(namespace),
        encoded(name)
    )
}

/// `/catalog`: every entity of every kind.
pub fn catalog() -> String {
    "/catalog".into()
}

/// `/catalog.csv`
pub fn catalog_csv() -> String {
    "/catalog.csv".into()
}

/// `/catalog?kind={kind}`: the entities of a kind.
pub fn catalog_kind(kind: &str) -> String {
    with_query(&catalog(), [("kind", kind.to_lowercase())])
}

/// `/teams`
pub fn teams() -> String {
    "/teams".into()
}

/// `/teams.csv`
pub fn teams_csv() -> String {
    "/teams.csv".into()
}

/// `/teams/{slug}`
pub fn team(slug: &str) -> String {
    format!("/teams/{}", encoded(slug))
}

/// `/services?owner={slug}`: what a team owns.
pub fn services_of(team: &str) -> String {
    with_query(&services(), [("owner", team)])
}

/// `/incidents/{id}`
pub fn incident(id: impl Display) -> String {
    format!("/incidents/{}", encoded(&id.to_string()))
}

/// `/admin`: every page for those who run Fairway.
pub fn admin() -> String {
    "/admin".into()
}

/// `/admin/environments`: also takes the POST that says what one is for.
pub fn admin_environments() -> String {
    "/admin/environments".into()
}

/// `/admin/environments.csv`
pub fn admin_environments_csv() -> String {
    "/admin/environments.csv".into()
}

/// `/admin/audit`
pub fn admin_audit() -> String {
    "/admin/audit".into()
}

/// `/admin/audit.csv`
pub fn admin_audit_csv() -> String {
    "/admin/audit.csv".into()
}

/// `/admin/audit.jsonl`
pub fn admin_audit_jsonl() -> String {
    "/admin/audit.jsonl".into()
}

/// `/admin/deliveries`
pub fn admin_deliveries() -> String {
    "/admin/deliveries".into()
}

/// `/admin/deliveries.csv`
pub fn admin_deliveries_csv() -> String {
    "/admin/deliveries.csv".into()
}

/// `/admin/jobs`: also takes the POST that runs a failed job again.
pub fn admin_jobs() -> String {
    "/admin/jobs".into()
}

/// `/admin/jobs.csv`
pub fn admin_jobs_csv() -> String {
    "/admin/jobs.csv".into()
}

/// `/admin/deliveries/{id}`
pub fn admin_delivery(id: impl Display) -> String {
    format!("/admin/deliveries/{}", encoded(&id.to_string()))
}

/// `/admin/deliveries/{id}/replay`: takes the POST of the button.
pub fn admin_delivery_replay(id: impl Display) -> String {
    format!("{}/replay", admin_delivery(id))
}

/// `/admin/unmatched`
pub fn admin_unmatched() -> String {
    "/admin/unmatched".into()
}

/// `/admin/unmatched.csv`
pub fn admin_unmatched_csv() -> String {
    "/admin/unmatched.csv".into()
}

/// `/live`: the stream of changes, of some topics and from a place in the feed on.
pub fn live(topics: &str, after: &str) -> String {
    with_query("/live", [("topics", topics), ("after", after)])
}

/// `/admin/integrations/github/repositories`: also takes the POST of its buttons.
pub fn admin_repositories() -> String {
    "/admin/integrations/github/repositories".into()
}

/// `/admin/integrations/github/repositories.csv`
pub fn admin_repositories_csv() -> String {
    "/admin/integrations/github/repositories.csv".into()
}

/// `/admin/integrations/github`: how Fairway stands with GitHub; takes the POST of its button.
pub fn admin_github() -> String {
    "/admin/integrations/github".into()
}

/// `/admin/integrations/github/created`: GitHub sends people back here; takes the POST of its button.
pub fn admin_github_created() -> String {
    format!("{}/created", admin_github())
}

/// `/sign-in`: also takes the POST of its form.
pub fn sign_in() -> String {
    "/sign-in".into()
}

/// `/sign-in/code`: the second step.
pub fn sign_in_code() -> String {
    "/sign-in/code".into()
}

/// `/sign-in/oidc`: to the OpenID provider.
pub fn sign_in_oidc() -> String {
    "/sign-in/oidc".into()
}

/// `/sign-in/oidc/return`: where the OpenID provider sends people back to.
pub fn sign_in_oidc_return() -> String {
    "/sign-in/oidc/return".into()
}

/// `/sign-in/github`: to GitHub.
pub fn sign_in_github() -> String {
    "/sign-in/github".into()
}

/// `/sign-in/github/return`: where GitHub sends people back to.
pub fn sign_in_github_return() -> String {
    "/sign-in/github/return".into()
}

/// `/admin/sign-in`: which groups of providers have which roles; also takes the POST of its forms.
pub fn admin_sign_in() -> String {
    "/admin/sign-in".into()
}

/// `/sign-out`: takes the POST of the button.
pub fn sign_out() -> String {
    "/sign-out".into()
}

/// `/link`: what a single-use link opens; also takes the POST of its form.
pub fn link() -> String {
    "/link".into()
}

/// `/link?code=…`: a single-use link. The code stands in the query, which no log line has.
pub fn link_with(code: &str) -> String {
    with_query(&link(), [("code", code)])
}

/// `/account`: one's own account; also takes the POST of its forms.
pub fn account() -> String {
    "/account".into()
}

/// `/account/authenticator`: setting one up.
pub fn account_authenticator() -> String {
    "/account/authenticator".into()
}

/// `/admin/people`: also takes the POST of the invitation.
pub fn admin_people() -> String {
    "/admin/people".into()
}

/// `/admin/teams`: the roles of each team.
pub fn admin_teams() -> String {
    "/admin/teams".into()
}

/// `/admin/teams/{slug}`: also takes the POST of its forms.
pub fn admin_team(slug: &str) -> String {
    format!("/admin/teams/{}", encoded(slug))
}

/// `/admin/people/{id}`: also takes the POST of its forms.
pub fn admin_person(id: impl Display) -> String {
    format!("/admin/people/{}", encoded(&id.to_string()))
}

/// `/admin/policies`: also takes the POST of its button.
pub fn admin_policies() -> String {
    "/admin/policies".into()
}

/// `/admin/policies/new`: also takes the POST of its forms.
pub fn admin_new_policy() -> String {
    format!("{}/new", admin_policies())
}

/// `/admin/policies/{id}`: also takes the POST of its forms.
pub fn admin_policy(id: impl Display) -> String {
    format!("{}/{}", admin_policies(), encoded(&id.to_string()))
}

/// `/admin/rollback`: also takes the POST of its forms.
pub fn admin_rollback() -> String {
    "/admin/rollback".into()
}

/// `/admin/notifications`: what the organisation is told where; also takes the POST of its forms.
pub fn admin_notifications() -> String {
    "/admin/notifications".into()
}

/// `/account/notifications`: what one is told oneself; also takes the POST of its forms.
pub fn account_notifications() -> String {
    "/account/notifications".into()
}

/// `/admin/tokens`: also takes the POST of its forms.
pub fn admin_tokens() -> String {
    "/admin/tokens".into()
}

/// `/admin/service-accounts/{id}`: also takes the POST of its forms.
pub fn admin_service_account(id: impl Display) -> String {
    format!("/admin/service-accounts/{}", encoded(&id.to_string()))
}

/// `/theme`: takes the POST of the theme switch.
pub fn theme() -> String {
    "/theme".into()
}

/// `/dev/gallery`: every component in its states.
pub fn gallery() -> String {
    "/dev/gallery".into()
}

/// An address with query parameters; pairs whose value is empty are left out, the order is kept.
pub fn with_query<K: AsRef<str>, V: AsRef<str>>(
    path: &str,
    pairs: impl IntoIterator<Item = (K, V)>,
) -> String {
    let mut url = path.to_owned();
    let mut separator = '?';
    for (key, value) in pairs {
        if !value.as_ref().is_empty() {
            url.push(separator);
            separator = '&';
            url.push_str(&encoded(key.as_ref()));
            url.push('=');
            url.push_str(&encoded(value.as_ref()));
        }
    }
    url
}

/// Percent-encodes one path segment or query value: everything but RFC 3986's unreserved characters.
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_encoded() {
        assert_eq!(service("payments-api"), "/services/payments-api");
        assert_eq!(service("team~api"), "/services/team~api");
        assert_eq!(service("a/b?c d"), "/services/a%2Fb%3Fc%20d");
        assert_eq!(
            catalog_entity("API", "default", "Füße"),
            "/catalog/api/default/F%C3%BC%C3%9Fe"
        );
    }

    #[test]
    fn empty_query_values_are_left_out() {
        assert_eq!(
            with_query("/services", [("q", ""), ("owner", "a&b"), ("tier", "1")]),
            "/services?owner=a%26b&tier=1"
        );
        assert_eq!(with_query("/services", [("q", "")]), "/services");
    }
}
