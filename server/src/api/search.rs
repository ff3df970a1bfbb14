//! Search, and the dependency graph, as machines read them.

use axum::Json;
use domain::{
    catalog::Dependencies,
    error::FieldErrors,
    search::{LONGEST_QUERY, Search, SearchKind, SearchQuery, SearchResults},
};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    problem::{ApiError, not_found},
    receive::{Asked, Named, Readable},
};

/// Rows of each kind where nobody asks for another number.
const SIZE: u32 = 10;
const MOST: u32 = 50;
/// Entities at each distance where nobody asks for another number.
const AT_EACH_DISTANCE: u32 = 50;
const MOST_AT_EACH: u32 = 200;

/// What to look for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchParameters {
    /// A name or the beginnings of its words, a version, the beginning of a sha or of a deploy's id, a pull request as
    /// `#12` or `owner/name#12`, or the address of one of these.
    #[param(max_length = 200, example = "payments-api")]
    q: String,
    /// One kind; all when left out.
    #[param(inline)]
    kind: Option<SearchKind>,
    /// Rows of each kind; 10 when left out.
    #[param(minimum = 1, maximum = 50)]
    limit: Option<u32>,
}

impl SearchParameters {
    fn search(self) -> Result<Search, FieldErrors> {
        let mut errors = FieldErrors::new();
        let size = self.limit.unwrap_or(SIZE);
        if !(1..=MOST).contains(&size) {
            errors.add("limit", format!("choose 1 to {MOST}"));
        }
        if self.q.chars().count() > LONGEST_QUERY {
            errors.add("q", format!("send at most {LONGEST_QUERY} characters"));
        }
        errors.or(Search {
            query: SearchQuery::parse(&self.q),
            kind: self.kind,
            size,
        })
    }
}

/// Everything that fits a text, by kind, best first. Where nothing fits, the names nearest to it.
#[utoipa::path(get, path = "/search", tag = "search", params(SearchParameters),
    responses((status = 200, description = "What was found; nothing for a text without letters and digits", body = SearchResults)))]
pub(super) async fn search(
    Readable(reads): Readable,
    asked: Asked<SearchParameters>,
) -> Result<Json<SearchResults>, ApiError> {
    let search = asked.checked(SearchParameters::search)?;
    Ok(Json(reads.search(&search).await?))
}

/// How much of the graph.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct DependenciesParameters {
    /// Entities at each distance, the most critical first; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// What a service needs and what needs it, two steps far.
#[utoipa::path(get, path = "/services/{slug}/dependencies", tag = "services",
    params(("slug" = String, Path, description = "The service's slug"), DependenciesParameters),
    responses((status = 200, description = "The service first, then what is around it", body = Dependencies)))]
pub(super) async fn dependencies(
    Readable(reads): Readable,
    Named(slug): Named,
    asked: Asked<DependenciesParameters>,
) -> Result<Json<Dependencies>, ApiError> {
    let most = asked.checked(|asked| {
        let most = asked.limit.unwrap_or(AT_EACH_DISTANCE);
        if (1..=MOST_AT_EACH).contains(&most) {
            Ok(most)
        } else {
            Err(FieldErrors::one("limit", format!("choose 1 to {MOST_AT_EACH}")))
        }
    })?;
    let service = reads.service(&slug).await?;
    let service = service.ok_or_else(|| not_found(format!("service {slug}")))?;
    Ok(Json(reads.dependencies(&service, most).await?))
}
