//! Asking GitHub's GraphQL API about many nodes at once. Its budget is another one than that of REST.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use crate::github::{
    client::{GithubClient, parse},
    error::GithubError,
};

#[derive(Deserialize)]
#[serde(bound(deserialize = "N: DeserializeOwned"))]
struct AnswerWire<N> {
    data: Option<NodesWire<N>>,
    errors: Option<Vec<ErrorWire>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "N: DeserializeOwned"))]
struct NodesWire<N> {
    nodes: Option<Vec<Option<N>>>,
}

#[derive(Deserialize)]
struct ErrorWire {
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<String>,
}

impl GithubClient {
    /// What `fragment` asks of each node, in the order of the ids; `None` for one that GitHub does not give.
    pub(super) async fn nodes<N: DeserializeOwned>(
        &self,
        account: &str,
        fragment: &str,
        ids: &[&str],
    ) -> Result<Vec<Option<N>>, GithubError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let question = json!({
            "query": format!("query($ids:[ID!]!){{nodes(ids:$ids){{{fragment}}}}}"),
            "variables": { "ids": ids },
        });
        let answer: AnswerWire<N> = parse(&self.transport.graphql(account, &question).await?)?;
        let nodes = answer.data.and_then(|data| data.nodes);
        match (nodes, answer.errors) {
            // Single nodes may be refused or gone; the others are told all the same.
            (Some(nodes), _) if nodes.len() == ids.len() => Ok(nodes),
            (_, errors) => Err(refused(errors.unwrap_or_default())),
        }
    }
}

/// What an answer without nodes means.
fn refused(errors: Vec<ErrorWire>) -> GithubError {
    let is = |kind: &str| errors.iter().any(|error| error.kind.as_deref() == Some(kind));
    if is("RATE_LIMITED") {
        // The headers have told how much is left and until when; here it only counts that nothing is.
        return GithubError::Unavailable { status: Some(429) };
    }
    if is("FORBIDDEN") || is("INSUFFICIENT_SCOPES") {
        return GithubError::Forbidden {
            what: "deployments and pull requests through GraphQL".to_owned(),
        };
    }
    let said: Vec<String> = errors.into_iter().filter_map(|error| error.message).collect();
    GithubError::Garbled {
        what: format!("GraphQL: {}", said.join("; ")),
    }
}

/// A list inside a node.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "N: DeserializeOwned"))]
pub(super) struct ConnectionWire<N> {
    pub nodes: Option<Vec<Option<N>>>,
    pub page_info: Option<PageInfoWire>,
    pub total_count: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageInfoWire {
    pub has_next_page: Option<bool>,
}

impl<N> ConnectionWire<N> {
    /// Whether the list was cut.
    pub fn is_cut(&self) -> bool {
        let more = self.page_info.as_ref().and_then(|info| info.has_next_page);
        let listed = self.nodes.as_ref().map_or(0, Vec::len);
        more == Some(true) || self.total_count.is_some_and(|total| total > listed)
    }

    /// The nodes that are there.
    pub fn rows(self) -> impl Iterator<Item = N> {
        self.nodes.into_iter().flatten().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_to_do() {
        let errors = |kind: &str| {
            vec![ErrorWire {
                kind: Some(kind.into()),
                message: Some("No".into()),
            }]
        };
        assert!(refused(errors("RATE_LIMITED")).is_temporary());
        assert!(matches!(
            refused(errors("FORBIDDEN")),
            GithubError::Forbidden { .. }
        ));
        assert!(matches!(
            refused(errors("undefinedField")),
            GithubError::Garbled { .. }
        ));
    }
}
