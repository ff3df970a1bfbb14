//! Who may open which address. What is not named here is open to nobody.
//!
//! The server's middleware asks before any page is drawn; what a form does is decided again by the command behind it.

use domain::{
    access::{Action, Denial, Resource, authorize},
    actor::Viewer,
};

/// Who may open an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Everybody: the way in.
    Anyone,
    /// Whoever is signed in, with or without a role.
    SignedIn,
    /// Whoever may do this to anything.
    May(Action),
    /// Whoever may do this to the organisation as a whole: what is there is of no team.
    Whole(Action),
}

impl Policy {
    /// Whether somebody who is signed in may open it.
    ///
    /// # Errors
    /// Why not, in a sentence for the person who asked.
    pub fn allows(self, viewer: &Viewer) -> Result<(), Denial> {
        match self {
            Self::Anyone | Self::SignedIn => Ok(()),
            Self::May(action) => authorize(viewer, action, &Resource::Anything),
            Self::Whole(action) => authorize(viewer, action, &Resource::Organisation),
        }
    }
}

/// Who may open the address of a route, as the router writes it; `None` for one that nobody thought of.
pub fn policy(route: &str) -> Option<Policy> {
    Some(match route {
        "/sign-in"
        | "/sign-in/code"
        | "/sign-in/oidc"
        | "/sign-in/oidc/return"
        | "/sign-in/github"
        | "/sign-in/github/return"
        | "/link"
        | "/theme" => Policy::Anyone,
        "/account" | "/account/authenticator" | "/account/notifications" | "/sign-out" => Policy::SignedIn,
        "/"
        | "/services"
        | "/services.csv"
        | "/services/{slug}"
        | "/services/{slug}/deploy"
        | "/services/{slug}/settings"
        | "/services/{slug}/dependencies"
        | "/services/{slug}/dependencies.csv"
        | "/search"
        | "/search/found"
        | "/catalog"
        | "/catalog.csv"
        | "/catalog/{kind}"
        | "/catalog/{kind}/{namespace}/{name}"
        | "/teams"
        | "/teams.csv"
        | "/teams/{slug}"
        | "/deploys"
        | "/deploys.csv"
        | "/deploys/{id}"
        | "/approvals"
        | "/approvals.csv"
        | "/approvals/{id}"
        | "/dora"
        | "/dora.csv"
        | "/dora/rows"
        | "/dora/rows.csv"
        | "/admin/policies"
        | "/admin/policies/new"
        | "/admin/policies/{id}"
        | "/admin/rollback"
        | "/dev/gallery"
        | "/live" => Policy::May(Action::Look),
        "/admin"
        | "/admin/environments"
        | "/admin/environments.csv"
        | "/admin/deliveries"
        | "/admin/deliveries.csv"
        | "/admin/deliveries/{id}"
        | "/admin/deliveries/{id}/replay"
        | "/admin/jobs"
        | "/admin/jobs.csv"
        | "/admin/unmatched"
        | "/admin/unmatched.csv"
        | "/admin/integrations/github"
        | "/admin/integrations/github/created"
        | "/admin/integrations/github/repositories"
        | "/admin/integrations/github/repositories.csv" => Policy::May(Action::LookAtPlatform),
        "/admin/audit" | "/admin/audit.csv" | "/admin/audit.jsonl" => Policy::Whole(Action::LookAtTrail),
        "/admin/people"
        | "/admin/people/{id}"
        | "/admin/sign-in"
        | "/admin/teams"
        | "/admin/teams/{slug}" => Policy::Whole(Action::ManagePeople),
        "/admin/notifications" => Policy::Whole(Action::DescribeOrganisation),
        "/admin/tokens" | "/admin/service-accounts/{id}" => Policy::Whole(Action::ManageTokens),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::policy;
    use crate::routes::listed;

    #[test]
    fn every_route_has_a_policy() {
        let forgotten: Vec<String> = listed()
            .into_iter()
            .map(|(_, route)| route)
            .filter(|route| policy(route).is_none())
            .collect();
        assert!(
            forgotten.is_empty(),
            "say in policy.rs who may open {forgotten:?}; until then nobody may"
        );
    }
}
