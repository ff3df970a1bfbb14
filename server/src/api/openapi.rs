//! The API's document: OpenAPI 3.1, made from the routes, with the refusals that every route shares.

use std::sync::Arc;

use axum::{extract::State, response::IntoResponse};
use bytes::Bytes;
use http::header;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ContentBuilder, HeaderBuilder, Info, InfoBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, Ref, RefOr,
        ResponseBuilder, Type,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem},
        schema::Schema,
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
        tag::TagBuilder,
    },
};

use super::problem::ProblemDetails;

const TOKEN: &str = "token";
const INTRODUCTION: &str = "What Fairway shows and what machines report to it. Send a token (of /account, or of an exchange) as \
    `Authorization: Bearer fwy_…`; reading needs its scope `read`, each report the scope of its noun. Lists come in pages: \
    send `next` of one page as `page` for the following one. Unknown fields and parameters are refused, and all that is \
    wrong with a request is named at once. Every refusal is problem details (RFC 9457); `instance` stands in Fairway's log too.";

/// The document before routes add themselves.
pub(super) fn heading() -> OpenApi {
    let tags = [
        ("services", "Services and what runs where"),
        ("deploys", "Deploys and their phases"),
        ("gates", "Steps of workflows that wait until people decide"),
        ("incidents", "Incidents, as far as figures need them"),
        (
            "corrections",
            "What a person says about a deploy that events do not",
        ),
        ("dora", "The five DORA metrics and the rows they are made of"),
        ("catalog", "Entities, teams and environments"),
        ("search", "Finding anything by what one has of it"),
        ("tokens", "Short-lived tokens for workflows of GitHub Actions"),
        (
            "intake",
            "What came in: deliveries, deployments that wait for a service, failed jobs",
        ),
    ];
    OpenApiBuilder::new()
        .info(info())
        .tags(Some(tags.map(|(name, words)| {
            TagBuilder::new().name(name).description(Some(words)).build()
        })))
        .build()
}

fn info() -> Info {
    InfoBuilder::new()
        .title("Fairway")
        .version("1")
        .description(Some(INTRODUCTION))
        .build()
}

/// The finished document as bytes.
#[derive(Clone)]
pub(super) struct Document(Arc<Bytes>);

impl Document {
    /// Completes what the routes said with what they share.
    pub fn of(mut api: OpenApi) -> Self {
        let components = api.components.get_or_insert_default();
        let bearer = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        components.add_security_scheme(TOKEN, bearer);
        let mut schemas: Vec<(String, RefOr<Schema>)> = Vec::new();
        ProblemDetails::schemas(&mut schemas);
        schemas.push((ProblemDetails::name().into_owned(), ProblemDetails::schema()));
        components.schemas.extend(schemas);
        for (path, item) in &mut api.paths.paths {
            for operation in operations(item) {
                complete(path, operation);
            }
        }
        let text = api.to_json().unwrap_or_else(|error| {
            tracing::error!(%error, "the API's document could not be written");
            "{}".to_owned()
        });
        Self(Arc::new(text.into()))
    }
}

/// `GET /api/openapi.json`; open to everyone, since it says nothing about this organisation.
pub(super) async fn document(State(document): State<Document>) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "application/json")],
        Bytes::clone(&document.0),
    )
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.delete]
        .into_iter()
        .filter_map(Option::as_mut)
}

fn complete(path: &str, operation: &mut Operation) {
    let exchanges = path.ends_with("/tokens/exchange");
    operation.security = Some(if exchanges {
        Vec::new()
    } else {
        vec![SecurityRequirement::new(TOKEN, Vec::<String>::new())]
    });
    let takes_body = operation.request_body.is_some();
    let [unknown, denied] = if exchanges {
        [
            "The token that was brought is not to be believed",
            "No trust rule fits the token that was brought",
        ]
    } else {
        [
            "The token is missing, unknown, expired or revoked",
            "The token lacks the scope that this needs",
        ]
    };
    let mut refusals = vec![
        (401, unknown),
        (403, denied),
        (408, "The request did not arrive in time"),
        (414, "The address is longer than 8 KiB"),
        (431, "The headers are larger than 32 KiB"),
        (
            429,
            "Too many tokens that do not work came from this address; try again after Retry-After",
        ),
        (422, "A parameter or a field is wrong; errors says which"),
        (500, "A failure inside Fairway, in its log under the instance"),
        (
            503,
            "Fairway cannot answer right now; try again after Retry-After",
        ),
    ];
    if path.contains('{') {
        refusals.push((404, "There is no such thing"));
    }
    if takes_body && !exchanges {
        operation
            .parameters
            .get_or_insert_default()
            .push(RefOr::T(idempotency_key()));
    }
    if takes_body {
        refusals.extend([
            (400, "The body is not JSON, or a header is wrong"),
            (409, "The state does not allow it"),
            (413, "The body is larger than 1 MiB"),
            (415, "The body is not sent as application/json"),
        ]);
    } else if path.contains("/corrections/") {
        refusals.push((409, "The state does not allow it"));
    }
    for (status, words) in refusals {
        operation
            .responses
            .responses
            .entry(status.to_string())
            .or_insert_with(|| refusal(status, words));
    }
}

fn refusal(status: u16, words: &str) -> RefOr<utoipa::openapi::Response> {
    let problem = RefOr::Ref(Ref::from_schema_name(ProblemDetails::name()));
    let mut response = ResponseBuilder::new().description(words).content(
        "application/problem+json",
        ContentBuilder::new().schema(Some(problem)).build(),
    );
    let header = match status {
        401 => Some("WWW-Authenticate"),
        429 | 503 => Some("Retry-After"),
        _ => None,
    };
    if let Some(name) = header {
        response = response.header(name, HeaderBuilder::new().schema(Some(text())).build());
    }
    RefOr::T(response.build())
}

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn idempotency_key() -> Parameter {
    let key = text()
        .min_length(Some(1))
        .max_length(Some(255))
        // White space at the end is not part of a header's value, so it is nothing to refuse.
        .pattern(Some(r"^[!-~][ -~]*[ \t]*$"));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "Makes the request safe to send again for a week: the same key with the same request gets the first answer, \
             with another request 422. A refused request may be sent again, corrected, with the same key.",
        ))
        .schema(Some(key))
        .build()
}
