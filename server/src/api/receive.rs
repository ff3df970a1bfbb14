//! What a request brings: a JSON body that is read strictly, a query, a name or an id in the path, an Idempotency-Key.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Request},
    http::request::Parts,
    response::IntoResponse,
};
use commands::{CommandError, Commands};
use domain::{
    actor::{Actor, Viewer},
    error::FieldErrors,
};
use http::{HeaderMap, header};
use integrations::json;
use serde::de::{DeserializeOwned, IgnoredAny};
use sha2::{Digest, Sha256};
use store::RequestKey;
use uuid::Uuid;

use super::problem::{ApiError, invalid, not_found};

/// The header that makes a request safe to send again.
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";
const LONGEST_KEY: usize = 255;
/// The parser repeats a wrong value, which may be as long as the body.
const LONGEST_WORDS: usize = 300;

/// A JSON body with who sends it.
pub(super) struct Sent<T> {
    /// The body.
    pub body: T,
    /// Who sends it.
    pub by: Viewer,
    /// SHA-256 of method, path and body: what makes two requests the same.
    sha256: [u8; 32],
    key: Option<String>,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let by = viewer(request.extensions())?;
        let key = key_of(request.headers())?;
        check_type(request.headers())?;
        let mut sha256 = Sha256::new_with_prefix(format!("{} {}\n", request.method(), request.uri().path()));
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|cut_off| ApiError::CutOff(Box::new(cut_off.into_response())))?;
        sha256.update(&bytes);
        Ok(Self {
            body: parse(&bytes)?,
            by,
            sha256: sha256.finalize().into(),
            key,
        })
    }
}

impl<T> Sent<T> {
    /// Runs a command at most once for this request's key: the same request again gets what the command gave the first
    /// time. A request that was refused leaves no trace, so that it may be sent again corrected.
    pub async fn once<O: DeserializeOwned>(
        &self,
        commands: &Commands,
        run: impl AsyncFnOnce(&Commands) -> Result<O, CommandError>,
    ) -> Result<O, ApiError> {
        let (Some(key), Actor::Token { id, .. }) = (&self.key, self.by.actor()) else {
            return Ok(run(commands).await?);
        };
        let request = RequestKey {
            token: *id,
            key: key.clone(),
            sha256: self.sha256,
            at: commands.now(),
        };
        let refused = match run(&commands.for_request(request)).await {
            Ok(outcome) => return Ok(outcome),
            Err(refused) => refused,
        };
        match commands.reads().remembered(*id, key).await? {
            None => Err(refused.into()),
            Some(earlier) if earlier.sha256 != self.sha256 => Err(ApiError::KeyTaken),
            Some(earlier) => {
                serde_json::from_value(earlier.outcome).map_err(|error| CommandError::internal(error).into())
            }
        }
    }
}

/// Who sends the request.
pub(super) struct Caller(pub Viewer);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        viewer(&parts.extensions).map(Self)
    }
}

/// A name in the path.
pub(super) struct Named(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(name)) if is_clean(&name) => Ok(Self(name)),
            _ => Err(not_found("thing of this name")),
        }
    }
}

/// An id in the path.
pub(super) struct Identified(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Identified {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Path::<Uuid>::from_request_parts(parts, state).await {
            Ok(Path(id)) => Ok(Self(id)),
            Err(_) => Err(not_found("thing of this id")),
        }
    }
}

/// A query, every parameter known.
pub(super) struct Asked<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parse_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// Whether PostgreSQL can hold the text.
pub(super) fn is_clean(text: &str) -> bool {
    !text.contains('\0')
}

fn viewer(extensions: &http::Extensions) -> Result<Viewer, ApiError> {
    extensions
        .get::<Viewer>()
        .cloned()
        .ok_or(ApiError::Command(CommandError::SignedOut))
}

fn key_of(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    const RULE: &str = "send one key of 1 to 255 visible ASCII characters, for example a uuid";
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let (Some(key), None) = (keys.next(), keys.next()) else {
        return if headers.contains_key(IDEMPOTENCY_KEY) {
            Err(ApiError::Header("Idempotency-Key", RULE))
        } else {
            Ok(None)
        };
    };
    // `to_str` lets tabs through.
    match key.to_str().map(|key| key.trim_matches(' ')) {
        Ok(key) if (1..=LONGEST_KEY).contains(&key.len()) && !key.contains('\t') => Ok(Some(key.to_owned())),
        _ => Err(ApiError::Header("Idempotency-Key", RULE)),
    }
}

fn check_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(ApiError::NotJson)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    json::check_depth(bytes).map_err(|deep| ApiError::Malformed(deep.to_string()))?;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        if error.is_data() {
            invalid(&field_of(&path), without_position(&error))
        } else if serde_json::from_slice::<IgnoredAny>(bytes).is_ok() {
            // Where one of some words is due, the parser takes anything but a text for broken JSON.
            invalid(
                &field_of(&path),
                "write one of the words that the API's document lists, as a text",
            )
        } else {
            malformed(&error)
        }
    })?;
    reader.end().map_err(|error| malformed(&error))?;
    Ok(parsed)
}

fn malformed(error: &serde_json::Error) -> ApiError {
    ApiError::Malformed(format!("The body is not JSON: {error}."))
}

/// The path as senders write it; `body` where it is the body itself.
fn field_of(path: &str) -> String {
    if path == "." {
        "body".to_owned()
    } else {
        path.to_owned()
    }
}

/// The words of an error; the path says where better than line and column do.
fn without_position(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let clause = words.split(" at line ").next().unwrap_or(&words);
    match clause.char_indices().nth(LONGEST_WORDS) {
        Some((at, _)) => format!("{}…", &clause[..at]),
        None => clause.to_owned(),
    }
}

fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T, ApiError> {
    let mut errors = FieldErrors::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if !is_clean(&value) {
            errors.add(name, "leave out the NUL character");
        }
    }
    errors.or(())?;
    let reader = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(reader).map_err(|error| {
        let path = error.path().to_string();
        invalid(
            if path == "." { "query" } else { &path },
            error.into_inner().to_string(),
        )
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only what is refused is looked at")]
    struct Body {
        name: String,
        steps: Vec<Step>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only what is refused is looked at")]
    struct Step {
        weight: i64,
    }

    fn refused(body: &str) -> String {
        match parse::<Body>(body.as_bytes()).unwrap_err() {
            ApiError::Malformed(detail) => detail,
            ApiError::Command(CommandError::Invalid(errors)) => errors.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn wrong_bodies_say_where() {
        assert!(refused("{\"name\":").contains("line 1 column 8"));
        assert!(refused("{} x").contains("missing field"));
        assert!(refused(r#"{"name":"a","steps":[]} x"#).contains("trailing"));
        assert_eq!(
            refused(r#"{"name":"a","steps":[{"weight":1},{"weight":"x"}]}"#),
            "steps[1].weight: invalid type: string \"x\", expected i64"
        );
        assert!(
            refused(r#"{"name":"a","steps":[{"weigth":1}]}"#).starts_with("steps[0].weigth: unknown field")
        );
        assert!(refused("[]").starts_with("body: invalid"));
        assert!(refused(&"[".repeat(65)).contains("64 levels"));
    }

    #[test]
    fn wrong_queries_say_which_parameter() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "only what is refused is looked at")]
        struct Query {
            limit: Option<u32>,
        }
        let refused = |query: &str| match parse_query::<Query>(query).unwrap_err() {
            ApiError::Command(CommandError::Invalid(errors)) => errors.to_string(),
            other => panic!("{other:?}"),
        };
        assert!(parse_query::<Query>("limit=5").is_ok());
        assert!(
            refused("limit=x").starts_with("limit: "),
            "{}",
            refused("limit=x")
        );
        assert!(refused("limt=5").contains("limt"));
        assert!(refused("limit=%00").contains("NUL"));
    }

    #[test]
    fn keys_are_bounded() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(IDEMPOTENCY_KEY, value.parse().unwrap());
            key_of(&headers)
        };
        assert_eq!(of("a b").unwrap().as_deref(), Some("a b"));
        assert!(of(&"k".repeat(255)).is_ok());
        assert!(of(&"k".repeat(256)).is_err() && of(" ").is_err() && of("a\tb").is_err());
        assert!(key_of(&HeaderMap::new()).unwrap().is_none());
    }
}
