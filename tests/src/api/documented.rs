//! Every body and every query of the API's document, wrong in every field at once: all are named, in our own words.

use super::*;

/// What parsers say, ours never.
const PARSERS_WORDS: [&str; 9] = [
    "invalid type",
    "invalid value",
    "expected",
    "unknown field",
    "unknown variant",
    "missing field",
    "duplicate field",
    "trailing",
    "deserialize",
];

/// Routes of the document with a method, whose parameters in the path are filled in with something that is there.
struct Route {
    method: String,
    path: String,
    operation: Value,
}

async fn routes(api: &Api, document: &Value) -> Vec<Route> {
    let deploy = api.deployed("1.0.0", 3).await;
    let mut routes = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/api/v1").unwrap();
        let path = path.replace("{slug}", "payments").replace("{id}", &deploy);
        for (method, operation) in item.as_object().unwrap() {
            routes.push(Route {
                method: method.to_uppercase(),
                path: path.clone(),
                operation: operation.clone(),
            });
        }
    }
    routes
}

async fn document(api: &Api) -> Value {
    answer(client().get(api.app.url("/api/openapi.json"))).await.body
}

/// The schema that a reference stands for.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(name) => &document["components"]["schemas"][name.rsplit('/').next().unwrap()],
        None => schema,
    }
}

fn names(list: &Value) -> Vec<String> {
    let names = list.as_array().into_iter().flatten();
    names.map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn assert_refused(place: &str, answer: &Answer, wanted: &[String]) {
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{place}: {answer:?}"
    );
    assert!(answer.is_problem(), "{place}: {answer:?}");
    let (mut named, mut wanted) = (
        answer.fields(),
        wanted.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    named.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(named, wanted, "{place}: {answer:?}");
    for error in answer.body["errors"].as_array().unwrap() {
        let message = error["message"].as_str().unwrap();
        let theirs = PARSERS_WORDS.iter().find(|words| message.contains(**words));
        assert_eq!(theirs, None, "{place}: {message}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_wrong_field_of_every_body_is_named_at_once(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let document = document(&api).await;
    let mut bodies = 0;
    for route in routes(&api, &document).await {
        let schema = &route.operation["requestBody"]["content"]["application/json"]["schema"];
        if schema.is_null() {
            continue;
        }
        bodies += 1;
        let schema = resolved(&document, schema);
        let place = format!("{} {}", route.method, route.path);
        let send = async |body: Value| {
            let request = api.request(route.method.parse().unwrap(), &route.path);
            answer(request.json(&body)).await
        };
        let fields: Vec<String> = schema["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        // Nothing of ours is an object with such a field, nor is a list of such a number of anything a text.
        let mut wrong = serde_json::Map::new();
        for field in &fields {
            wrong.insert(field.clone(), json!({ "no such": [1] }));
        }
        wrong.insert("no_such_field".into(), json!(1));
        let mut all = fields.clone();
        all.push("no_such_field".into());
        assert_refused(&place, &send(Value::Object(wrong)).await, &all);

        let required = names(&schema["required"]);
        let missing = send(json!({})).await;
        for field in &required {
            assert!(missing.fields().contains(&field.as_str()), "{place}: {missing:?}");
        }
        assert_refused(&place, &send(json!([])).await, &["body".to_owned()]);
    }
    assert!(bodies >= 5, "{bodies} bodies");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_wrong_parameter_of_every_query_is_named_at_once(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let document = document(&api).await;
    let mut queries = 0;
    for route in routes(&api, &document).await {
        let parameters = route.operation["parameters"].as_array().into_iter().flatten();
        let parameters: Vec<&Value> = parameters.filter(|one| one["in"] == "query").collect();
        if parameters.is_empty() {
            continue;
        }
        queries += 1;
        // NUL fits nowhere.
        let mut wrong: Vec<(&str, &str)> = parameters
            .iter()
            .map(|one| (one["name"].as_str().unwrap(), "\0"))
            .collect();
        wrong.push(("no_such_parameter", "1"));
        let all: Vec<String> = wrong.iter().map(|(name, _)| (*name).to_owned()).collect();
        let place = format!("{} {}", route.method, route.path);
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&wrong)
            .finish();
        let address = format!("{}?{query}", route.path);
        let request = api.request(route.method.parse().unwrap(), &address);
        assert_refused(&place, &answer(request).await, &all);
    }
    assert!(queries >= 12, "{queries} queries");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_wrong_with_shape_and_with_sense_is_said_together(pool: PgPool) {
    let api = Api::with_service(pool).await;
    let body = json!({
        "service": 5, "sha": "abc", "verison": "2", "log_url": "javascript:alert(1)", "rollback_of": ["x"],
        "phases": [{ "state": "done", "at": 7 }, 3, { "state": "succeeded", "at": "2001-01-01T00:00:00Z", "weight": 900 }],
    });
    let wanted = [
        "environment",
        "log_url",
        "phases[0].at",
        "phases[0].state",
        "phases[1]",
        "phases[2].at",
        "phases[2].weight",
        "rollback_of",
        "service",
        "sha",
        "verison",
    ];
    let answer = api.post("/deploys", &body).await;
    assert_refused("deploys", &answer, &wanted.map(str::to_owned));

    let absent = "00000000-0000-7000-8000-000000000000";
    let known = api.deployed("2.0.0", 2).await;
    let nowhere = json!({
        "service": "nobody", "environment": "production", "version": "latest", "rollback_of": absent,
    });
    let answer = api.post("/deploys", &nowhere).await;
    let wanted = ["rollback_of", "service", "version"].map(str::to_owned);
    assert_refused("what is not there", &answer, &wanted);
    let incident = json!({
        "service": "nobody", "title": "Slow", "severity": 2, "caused_by": [absent, known, absent],
    });
    let answer = api.post("/incidents", &incident).await;
    let wanted = ["caused_by[0]", "caused_by[2]", "service"].map(str::to_owned);
    assert_refused("causes", &answer, &wanted);

    let answer = api
        .get("/dora/deploys?team=nobody&to=2026-01-01&limit=0&page=%25&set=all")
        .await;
    let wanted = ["from", "limit", "page", "set", "team"].map(str::to_owned);
    assert_refused("figures", &answer, &wanted);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_no_json_is_refused_in_our_own_words(pool: PgPool) {
    let api = Api::with_service(pool).await;
    for body in [
        "",
        "{",
        "{\"service\": }",
        "nul",
        "{} {}",
        "\"\\ud800\"",
        "{\"a\":1e999}",
        "[1,]",
    ] {
        let request = api.request(Method::POST, "/deploys");
        let request = request
            .header(header::CONTENT_TYPE, "application/json")
            .body(body);
        let refused = answer(request).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{body}: {refused:?}");
        let detail = refused.body["detail"].as_str().unwrap();
        assert!(
            detail.starts_with("The body is not JSON: ") && detail.contains(" at line 1 column "),
            "{body}: {detail}"
        );
        let theirs = PARSERS_WORDS.iter().find(|words| detail.contains(**words));
        assert_eq!(theirs, None, "{detail}");
    }
}
