//! Calls to addresses that people name: against a real server on loopback, which is what nobody shall reach by naming it.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Redirect},
    routing::get,
};
use bytes::Bytes;
use futures::stream;
use http::{Request, Response};
use integrations::outbound::{Allowed, Bounds, OutboundClient, OutboundError};
use tokio::net::TcpListener;

const MOST: usize = 1000;

/// Answers, sends on, trickles and floods.
async fn inside() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let port = address.port();
    let to = |to: String| get(move || async move { Redirect::temporary(&to) });
    let router = Router::new()
        .route("/", get(|| async { "an answer" }))
        .route("/whole", get(|| async { vec![b'x'; MOST] }))
        .route("/announced", get(|| async { vec![b'x'; MOST + 1] }))
        .route(
            "/flood",
            get(|| async {
                Body::from_stream(stream::repeat_with(|| {
                    Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 100]))
                }))
            }),
        )
        .route(
            "/silent",
            get(|| async { tokio::time::sleep(Duration::from_secs(60)).await }),
        )
        .route(
            "/trickle",
            get(|| async {
                let drops = stream::unfold((), |()| async {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    Some((Ok::<_, std::io::Error>(Bytes::from_static(b"x")), ()))
                });
                Body::from_stream(drops)
            }),
        )
        .route(
            "/again/{left}",
            get(|Path(left): Path<u32>| async move {
                match left {
                    0 => "arrived".into_response(),
                    more => Redirect::temporary(&format!("/again/{}", more - 1)).into_response(),
                }
            }),
        )
        .route("/to-literal", to(format!("http://127.0.0.1:{port}/")))
        .route("/to-decimal", to(format!("http://2130706433:{port}/")))
        .route("/to-mapped", to(format!("http://[::ffff:127.0.0.1]:{port}/")))
        .route(
            "/to-metadata",
            to("http://169.254.169.254/latest/meta-data/".to_owned()),
        )
        .route("/to-name", to(format!("http://localhost.localdomain:{port}/")))
        .route("/to-file", to("file:///etc/passwd".to_owned()))
        .route("/to-password", to(format!("http://a:b@localhost:{port}/")))
        .route(
            "/refused",
            get(|| async { (StatusCode::NOT_FOUND, [(header::ETAG, "\"1\"")], "nothing") }),
        );
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn client(allowed: &str) -> OutboundClient {
    let bounds = Bounds {
        time: Duration::from_secs(2),
        bytes: MOST,
        redirects: 2,
    };
    OutboundClient::new(Allowed::parse(allowed).unwrap(), bounds).unwrap()
}

async fn ask(client: &OutboundClient, url: &str) -> Result<Response<Bytes>, OutboundError> {
    client.send(Request::get(url).body(Bytes::new()).unwrap()).await
}

#[tokio::test]
async fn a_name_or_an_address_of_this_machine_is_not_called() {
    let (at, client) = (inside().await, client(""));
    for host in [
        "localhost",
        "localhost.",
        "LOCALHOST",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "0.0.0.0",
    ] {
        let refused = ask(&client, &format!("http://{host}:{}/", at.port())).await;
        assert!(
            matches!(
                refused,
                Err(OutboundError::Inside { .. } | OutboundError::Nowhere { .. })
            ),
            "{host}: {refused:?}"
        );
    }
    let gone = ask(&client, "http://nobody.invalid/").await.unwrap_err();
    assert!(matches!(gone, OutboundError::Nowhere { .. }), "{gone:?}");
}

#[tokio::test]
async fn what_is_allowed_inside_answers_within_bounds() {
    let (at, client) = (inside().await, client("localhost"));
    let at = |path: &str| format!("http://localhost:{}{path}", at.port());
    assert_eq!(ask(&client, &at("/")).await.unwrap().body(), "an answer");
    let refused = ask(&client, &at("/refused")).await.unwrap();
    assert_eq!(
        (refused.status(), &refused.headers()["etag"]),
        (StatusCode::NOT_FOUND, &"\"1\"".parse().unwrap())
    );
    assert_eq!(ask(&client, &at("/whole")).await.unwrap().body().len(), MOST);
    for path in ["/announced", "/flood"] {
        let large = ask(&client, &at(path)).await.unwrap_err();
        assert!(
            matches!(large, OutboundError::TooLarge { most: MOST, .. }),
            "{path}: {large:?}"
        );
    }
    for path in ["/silent", "/trickle"] {
        let slow = ask(&client, &at(path)).await.unwrap_err();
        assert!(matches!(slow, OutboundError::TooSlow { .. }), "{path}: {slow:?}");
    }
}

#[tokio::test]
async fn where_an_address_sends_on_is_checked_each_time() {
    let (at, client) = (inside().await, client("localhost"));
    let at = |path: &str| format!("http://localhost:{}{path}", at.port());
    assert_eq!(ask(&client, &at("/again/2")).await.unwrap().body(), "arrived");
    let often = ask(&client, &at("/again/3")).await.unwrap_err();
    assert!(matches!(often, OutboundError::SentOn { .. }), "{often:?}");
    for path in ["/to-literal", "/to-decimal", "/to-mapped", "/to-metadata"] {
        let refused = ask(&client, &at(path)).await.unwrap_err();
        assert!(
            matches!(refused, OutboundError::Inside { .. }),
            "{path}: {refused:?}"
        );
    }
    for path in ["/to-name", "/to-file", "/to-password"] {
        assert!(ask(&client, &at(path)).await.is_err(), "{path}");
    }
}
