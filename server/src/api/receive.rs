//! What a request brings: a JSON body that is read strictly, a query, a name or an id in the path, an Idempotency-Key.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Request},
    http::request::Parts,
};
use commands::{CommandError, Commands};
use domain::{
    actor::{Actor, Viewer},
    error::FieldErrors,
};
use http::{HeaderMap, header};
use integrations::json;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use store::{Reads, RequestKey};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    auth::Gate,
    problem::{ApiError, invalid, not_found},
    shape,
};

/// The header that makes a request safe to send again.
pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";
const LONGEST_KEY: usize = 255;

/// A JSON body with who sends it.
pub(super) struct Sent<T> {
    body: T,
    /// What is wrong with its shape; there the body holds stand-ins.
    wrong: FieldErrors,
    /// Who sends it.
    pub by: Viewer,
    /// SHA-256 of method, path and body: what makes two requests the same.
    sha256: [u8; 32],
    key: Option<String>,
}

impl<S: Send + Sync, T: DeserializeOwned + ToSchema> FromRequest<S> for Sent<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let by = viewer(request.extensions())?;
        let key = key_of(request.headers())?;
        check_type(request.headers())?;
        let mut sha256 = Sha256::new_with_prefix(format!("{} {}\n", request.method(), request.uri().path()));
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| ApiError::CutOff)?;
        sha256.update(&bytes);
        let (body, wrong) = parse(&bytes)?;
        Ok(Self {
            body,
            wrong,
            by,
            sha256: sha256.finalize().into(),
            key,
        })
    }
}

impl<T> Sent<T> {
    /// What `parse` makes of the body, or everything that is wrong with it: its shape and what `parse` finds.
    pub fn checked<N>(&self, parse: impl FnOnce(&T) -> Result<N, FieldErrors>) -> Result<N, ApiError> {
        Ok(self.wrong.clone().with(parse(&self.body))?)
    }

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

/// A JSON body of whoever sends it.
pub(super) struct Body<T> {
    body: T,
    wrong: FieldErrors,
}

impl<T> Body<T> {
    /// What `parse` makes of the body, or everything that is wrong with it.
    pub fn checked<N>(self, parse: impl FnOnce(&T) -> Result<N, FieldErrors>) -> Result<N, ApiError> {
        Ok(self.wrong.with(parse(&self.body))?)
    }
}

/// The JSON body of a request.
pub(super) async fn body_of<T: DeserializeOwned + ToSchema>(request: Request) -> Result<Body<T>, ApiError> {
    check_type(request.headers())?;
    let bytes = Bytes::from_request(request, &())
        .await
        .map_err(|_| ApiError::CutOff)?;
    let (body, wrong) = parse(&bytes)?;
    Ok(Body { body, wrong })
}

/// Who sends the request.
pub(super) struct Caller(pub Viewer);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        viewer(&parts.extensions).map(Self)
    }
}

/// What the sender may read.
pub(super) struct Readable(pub Reads);

impl FromRequestParts<Gate> for Readable {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, gate: &Gate) -> Result<Self, ApiError> {
        let viewer = viewer(&parts.extensions)?;
        Ok(Self(gate.commands.reads_of(&viewer)))
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
            Err(_) => Err(not_found(
                "thing of this id: ids are UUIDs; take it from the list of what you look for, as GET /api/v1/deploys gives it",
            )),
        }
    }
}

/// A query, every parameter known.
pub(super) struct Asked<T> {
    /// The query.
    pub query: T,
    /// What is wrong with its parameters; they are left out of the query. Whoever takes the query joins this to what else
    /// is wrong.
    pub wrong: FieldErrors,
}

impl<T> Asked<T> {
    /// What `parse` makes of the query, or everything that is wrong with it: its parameters and what `parse` finds.
    pub fn checked<N>(self, parse: impl FnOnce(T) -> Result<N, FieldErrors>) -> Result<N, ApiError> {
        Ok(self.wrong.with(parse(self.query))?)
    }
}

impl<S: Sync, T: DeserializeOwned + IntoParams> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parse_query(parts.uri.query().unwrap_or_default())
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

/// The body, and what is wrong with its shape.
fn parse<T: DeserializeOwned + ToSchema>(bytes: &[u8]) -> Result<(T, FieldErrors), ApiError> {
    json::check_depth(bytes).map_err(|deep| ApiError::Malformed(deep.to_string()))?;
    if let Ok(body) = serde_json::from_slice(bytes) {
        return Ok((body, FieldErrors::new()));
    }
    let value = serde_json::from_slice(bytes).map_err(|error| not_json(&error))?;
    let (rest, wrong) = shape::of_body::<T>(value);
    if wrong.0.is_empty() {
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let path =
            serde_path_to_error::deserialize::<_, T>(&mut reader).map_err(|error| error.path().to_string());
        return Err(unreadable(path.err(), "body"));
    }
    match serde_json::from_value(rest) {
        Ok(body) => Ok((body, wrong)),
        Err(_) => Err(wrong.into()),
    }
}

/// Where the text stops to be JSON, in our words: the parser's change with its version.
fn not_json(error: &serde_json::Error) -> ApiError {
    let (line, column) = (error.line(), error.column());
    ApiError::Malformed(if error.is_eof() {
        format!("The body is not JSON: it breaks off at line {line} column {column}.")
    } else {
        format!(
            "The body is not JSON: what stands at line {line} column {column} does not belong there. Look at the commas, \
             quotes and brackets before it."
        )
    })
}

/// For what the document allows and we could not read all the same, such as a field that stands there twice.
fn unreadable(path: Option<String>, whole: &str) -> ApiError {
    let path = path
        .filter(|path| path != ".")
        .unwrap_or_else(|| whole.to_owned());
    invalid(
        &path,
        "cannot be read: give each field once, as /api/openapi.json describes it",
    )
}

fn parse_query<T: DeserializeOwned + IntoParams>(query: &str) -> Result<Asked<T>, ApiError> {
    let clean = url::form_urlencoded::parse(query.as_bytes()).all(|(_, value)| is_clean(&value));
    if let (true, Ok(query)) = (clean, serde_urlencoded::from_str(query)) {
        return Ok(Asked {
            query,
            wrong: FieldErrors::new(),
        });
    }
    let (rest, wrong) = shape::of_query::<T>(query);
    if wrong.0.is_empty() {
        let reader = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
        let path = serde_path_to_error::deserialize::<_, T>(reader).map_err(|error| error.path().to_string());
        return Err(unreadable(path.err(), "query"));
    }
    let rest = serde_urlencoded::to_string(rest).unwrap_or_default();
    match serde_urlencoded::from_str(&rest) {
        Ok(query) => Ok(Asked { query, wrong }),
        Err(_) => Err(wrong.into()),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only what is refused is looked at")]
    struct Body {
        name: String,
        at: Option<String>,
        #[schema(minimum = 1, maximum = 4)]
        tier: Option<u8>,
        #[schema(inline)]
        colour: Option<Colour>,
        steps: Vec<Step>,
    }

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only what is refused is looked at")]
    struct Step {
        weight: i64,
    }

    #[derive(Debug, Deserialize, ToSchema)]
    #[serde(rename_all = "snake_case")]
    enum Colour {
        Red,
        Green,
    }

    fn words(refused: ApiError) -> String {
        match refused {
            ApiError::Malformed(detail) => detail,
            ApiError::Command(CommandError::Invalid(errors)) => errors.to_string(),
            other => panic!("{other:?}"),
        }
    }

    fn refused(body: &str) -> String {
        match parse::<Body>(body.as_bytes()) {
            Ok((_, wrong)) => wrong.to_string(),
            Err(refused) => words(refused),
        }
    }

    #[test]
    fn a_body_that_is_no_json_says_where() {
        assert!(refused("{\"name\":").contains("breaks off at line 1 column 8"));
        assert!(refused(r#"{"name":"a","steps":[]} x"#).contains("line 1 column 25 does not belong"));
        assert!(refused(&"[".repeat(65)).contains("64 levels"));
    }

    #[test]
    fn all_that_is_wrong_with_a_shape_is_said_at_once_in_our_words() {
        assert_eq!(
            refused(
                r#"{"at":7,"tier":9,"colour":"blue","steps":[{"weight":1},{"weight":"x"},{"weigth":2},3],"nmae":"a"}"#
            ),
            "nmae: there is no such field; known are at, colour, name, steps, tier; at: send a text in quotes; \
             colour: choose one of red, green; name: is missing; it must be given; \
             steps[1].weight: send a whole number; steps[2].weigth: there is no such field; known are weight; \
             steps[2].weight: is missing; it must be given; steps[3]: send an object in braces: {…}; \
             tier: choose 1 to 4"
        );
        assert_eq!(refused("[]"), "body: send an object in braces: {…}");
        assert_eq!(
            refused(r#"{"name":"a","steps":{},"colour":{"red":1}}"#),
            "colour: send a text in quotes: one of red, green; steps: send a list in brackets: […]"
        );
        assert!(refused(r#"{"name":"a","name":"b","steps":[]}"#).starts_with("body: cannot be read"));
        let long = refused(&format!("{{\"{}\":1}}", "x".repeat(100_000)));
        assert!(long.len() < 1_000, "{}", long.len());
        let many: Vec<String> = (0..10_000).map(|number| format!("\"f{number}\":1")).collect();
        assert!(refused(&format!("{{{}}}", many.join(","))).len() < 10_000);
    }

    #[test]
    fn what_is_right_stays_beside_what_is_wrong() {
        let (body, wrong) = parse::<Body>(br#"{"name":"a","tier":"x","steps":[{"weight":"x"}]}"#).unwrap();
        assert_eq!((body.name.as_str(), body.tier, body.steps.len()), ("a", None, 1));
        assert_eq!(wrong.0.len(), 2);
        let joined = wrong
            .with::<()>(Err(FieldErrors::one("name", "is taken")))
            .unwrap_err();
        assert_eq!(joined.0.len(), 3);
    }

    #[test]
    fn all_that_is_wrong_with_a_query_is_said_at_once() {
        #[derive(Debug, Deserialize, IntoParams)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "only what is refused is looked at")]
        struct Query {
            #[param(minimum = 1, maximum = 200)]
            limit: Option<u32>,
            since: Option<chrono::NaiveDate>,
            open: Option<bool>,
            #[param(inline)]
            colour: Option<Colour>,
            q: String,
        }
        let refused = |query: &str| match parse_query::<Query>(query) {
            Ok(asked) => asked.wrong.to_string(),
            Err(refused) => words(refused),
        };
        assert_eq!(refused("limit=5&since=2026-01-01&open=true&colour=red&q=x"), "");
        assert_eq!(
            refused("limit=x&since=today&open=1&colour=blue&limt=5"),
            "limt: there is no such parameter; known are colour, limit, open, q, since; colour: choose one of red, green; \
             limit: choose 1 to 200; open: send true or false; q: is missing; it must be given; \
             since: write a day such as 2026-11-03"
        );
        assert_eq!(
            refused("q=a&q=b&limit=0"),
            "q: give it once; limit: choose 1 to 200"
        );
        assert_eq!(refused("q=%00"), "q: leave out the NUL character");
        let asked = parse_query::<Query>("limit=7&q=a&open=x").unwrap();
        assert_eq!((asked.query.limit, asked.query.open), (Some(7), None));
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
