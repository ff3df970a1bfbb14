//! The API's document says what the routes do: every route is in it, and every refusal.

use super::*;

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_document_is_open_and_whole(pool: PgPool) {
    let api = Api::start(pool).await;
    let document = answer(client().get(api.app.url("/api/openapi.json"))).await;
    assert_eq!(document.status, StatusCode::OK);
    assert_eq!(document.headers[header::CONTENT_TYPE], "application/json");
    assert!(document.body["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut operations = 0;
    for (path, item) in document.body["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations += 1;
            let place = format!("{method} {path}");
            let responses = operation["responses"].as_object().unwrap();
            for status in ["401", "403", "422", "500", "503"] {
                let kinds = &responses[status]["content"];
                assert!(kinds["application/problem+json"].is_object(), "{place} {status}");
            }
            assert!(
                operation["description"].is_string() || operation["summary"].is_string(),
                "{place}"
            );
            let exchanges = path.ends_with("/tokens/exchange");
            let security = if exchanges {
                json!([])
            } else {
                json!([{ "token": [] }])
            };
            assert_eq!(operation["security"], security, "{place}");
            let refused = client().request(
                method.to_uppercase().parse().unwrap(),
                api.app.url(&path.replace(['{', '}'], "")),
            );
            let expected = if exchanges {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            } else {
                StatusCode::UNAUTHORIZED
            };
            assert_eq!(answer(refused).await.status, expected, "{place}");
        }
    }
    assert!(operations >= 24, "{operations} operations");
    let text = document.body.to_string();
    for name in text.split("#/components/schemas/").skip(1) {
        let name = name.split('"').next().unwrap();
        assert!(
            document.body["components"]["schemas"][name].is_object(),
            "{name} is described"
        );
    }
}
