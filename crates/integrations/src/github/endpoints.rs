//! Every endpoint of GitHub's REST API that Fairway asks: what is not listed here is not sent.
//!
//! Written as GitHub's own description writes them, by which the tests compare questions and answers of each with GitHub's.

use http::Method;

/// Method and address of each.
pub const ENDPOINTS: [&str; 39] = [
    "GET /app",
    "GET /app/hook/deliveries",
    "GET /app/installations",
    "GET /installation/repositories",
    "GET /orgs/{org}/members",
    "GET /orgs/{org}/repos",
    "GET /orgs/{org}/teams",
    "GET /orgs/{org}/teams/{team_slug}/members",
    "GET /repos/{owner}/{repo}",
    "GET /repos/{owner}/{repo}/actions/runs",
    "GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs",
    "GET /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments",
    "GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs",
    "GET /repos/{owner}/{repo}/branches/{branch}",
    "GET /repos/{owner}/{repo}/commits",
    "GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls",
    "GET /repos/{owner}/{repo}/commits/{ref}/check-runs",
    "GET /repos/{owner}/{repo}/commits/{ref}/statuses",
    "GET /repos/{owner}/{repo}/compare/{basehead}",
    "GET /repos/{owner}/{repo}/contents/{path}",
    "GET /repos/{owner}/{repo}/deployments",
    "GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses",
    "GET /repos/{owner}/{repo}/git/blobs/{file_sha}",
    "GET /repos/{owner}/{repo}/git/trees/{tree_sha}",
    "GET /repos/{owner}/{repo}/pulls",
    "GET /repos/{owner}/{repo}/pulls/{pull_number}",
    "GET /repos/{owner}/{repo}/pulls/{pull_number}/commits",
    "GET /repos/{owner}/{repo}/releases",
    "GET /user/repos",
    "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}",
    "POST /app-manifests/{code}/conversions",
    "POST /app/hook/deliveries/{delivery_id}/attempts",
    "POST /app/installations/{installation_id}/access_tokens",
    "POST /repos/{owner}/{repo}/actions/runs/{run_id}/deployment_protection_rule",
    "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
    "POST /repos/{owner}/{repo}/check-runs",
    "POST /repos/{owner}/{repo}/deployments",
    "POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses",
    "POST /repos/{owner}/{repo}/statuses/{sha}",
];

/// The one parameter that holds slashes, at the end of an address.
const PATH: &str = "{path}";

/// Whether an address below the API's own is one of them.
pub(super) fn is_listed(method: &Method, segments: &[&str]) -> bool {
    ENDPOINTS.iter().any(|endpoint| {
        let listed = endpoint.split_once(" /");
        listed.is_some_and(|(of, path)| of == method.as_str() && fits(path, segments))
    })
}

fn fits(path: &str, segments: &[&str]) -> bool {
    let listed: Vec<&str> = path.split('/').collect();
    let as_long =
        listed.len() == segments.len() || (listed.last() == Some(&PATH) && listed.len() <= segments.len());
    let same = |(listed, asked): (&&str, &&str)| listed.starts_with('{') || listed == asked;
    as_long && listed.iter().zip(segments).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_listed_is_asked() {
        let listed = |method: Method, path: &str| is_listed(&method, &path.split('/').collect::<Vec<_>>());
        assert!(listed(Method::GET, "repos/acme/pay"));
        assert!(listed(
            Method::GET,
            "repos/acme/pay/contents/docs/catalog-info.yaml"
        ));
        assert!(listed(Method::POST, "app/hook/deliveries/7/attempts"));
        assert!(!listed(Method::GET, "app/hook/deliveries/7/attempts"));
        assert!(!listed(Method::POST, "repos/acme/pay/pulls"));
        assert!(!listed(Method::GET, "repos/acme/pay/contents"));
        assert!(!listed(Method::GET, "repos/acme/pay/releases/7"));
    }
}
