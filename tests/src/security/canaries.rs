//! Secrets that are sent to a running server, in every place where one can stand, while it logs all that it can: none of them is
//! in a log line, in its metrics, in a page that answers it, or in the database.

use std::net::TcpListener;

use reqwest::{Client, Method, RequestBuilder, header};
use sqlx::{ConnectOptions, PgPool};
use tests::session::sign_in;

use super::contents;
use crate::{
    harness::{client, stranger},
    process::{Fairway, Folder, run},
};

/// What promise 22 says.
const CANARIES: usize = 200;

/// Makes secrets that stand nowhere else, and remembers them.
#[derive(Default)]
struct Nest(Vec<String>);

impl Nest {
    /// A new secret; letters and digits, and long enough for a password.
    fn canary(&mut self) -> String {
        let canary = format!("canary{}x{}", self.0.len(), uuid::Uuid::now_v7().simple());
        self.0.push(canary.clone());
        canary
    }

    /// A secret of 64 hexadecimal digits.
    fn key(&mut self) -> String {
        let id = || uuid::Uuid::now_v7().simple().to_string();
        let key = format!("{}{}", id(), id());
        self.0.push(key.clone());
        key
    }

    /// The secrets that stand in a text, as they are or in the hexadecimal digits of a column of bytes.
    fn in_text(&self, text: &str) -> Vec<&String> {
        let known = self.0.iter();
        known
            .filter(|canary| text.contains(canary.as_str()) || text.contains(&hex::encode(canary)))
            .collect()
    }
}

/// Sends, and looks into the answer.
async fn send(nest: &Nest, request: RequestBuilder) {
    let answer = request.send().await.unwrap();
    let whole = format!("{:?} {}", answer.headers(), answer.url().path());
    let body = answer.text().await.unwrap();
    assert!(
        nest.in_text(&whole).is_empty() && nest.in_text(&body).is_empty(),
        "{whole}\n{body}"
    );
}

/// Sends where the answer repeats the address, as forms that lead back to their page do.
async fn send_only(request: RequestBuilder) {
    request.send().await.unwrap().bytes().await.unwrap();
}

/// The headers that carry secrets, or that people put them into.
const HEADERS: [&str; 10] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "x-api-key",
    "x-auth-token",
    "x-hub-signature-256",
    "x-hub-signature",
    "x-forwarded-access-token",
    "idempotency-key",
    "x-csrf-token",
];

async fn in_headers(nest: &mut Nest, at: &str, who: &Client) {
    let paths = [
        "/",
        "/services",
        "/api/v1/services",
        "/webhooks/github",
        "/no/such/page",
    ];
    for (number, name) in HEADERS.iter().cycle().take(2 * HEADERS.len()).enumerate() {
        let canary = nest.canary();
        let value = match *name {
            "authorization" => format!("Bearer {canary}"),
            "proxy-authorization" => format!("Basic {canary}"),
            "cookie" => format!("fairway={canary}; __Host-fairway={canary}; other={canary}"),
            "x-hub-signature-256" => format!("sha256={canary}"),
            _ => canary,
        };
        for path in paths {
            let method = if number % 2 == 0 {
                Method::GET
            } else {
                Method::POST
            };
            let request = who.request(method, format!("{at}{path}")).header(*name, &value);
            send(nest, request.body("{}")).await;
        }
    }
}

async fn in_queries(nest: &mut Nest, at: &str) {
    for (method, route) in app::listed() {
        if method != Method::GET || route == "/sign-in" || route == "/sign-in/code" {
            continue;
        }
        let path = route.replace(['{', '}'], "");
        for name in ["token", "access_token"] {
            let query = [(name, nest.canary())];
            send_only(client().get(format!("{at}{path}")).query(&query)).await;
        }
    }
    let code = nest.canary();
    send_only(stranger().get(format!("{at}/link")).query(&[("code", &code)])).await;
}

async fn in_forms(nest: &mut Nest, at: &str) {
    let fields = ["password", "old_password", "code"];
    for path in [
        "/sign-in",
        "/sign-in/code",
        "/link",
        "/account",
        "/account/authenticator",
        "/admin/people",
    ] {
        for act in ["", "password", "remove_authenticator"] {
            let mut form = vec![("act", act.to_owned()), ("email", "1@fairway.example".to_owned())];
            form.extend(fields.iter().map(|field| (*field, nest.canary())));
            for who in [client(), stranger()] {
                let request = who.post(format!("{at}{path}")).form(&form);
                send(
                    nest,
                    request
                        .header(header::ACCEPT, "text/html")
                        .header(header::ORIGIN, at),
                )
                .await;
            }
        }
    }
}

/// The first admin, who gets a password and an authenticator: what is right is a secret as much as what is not.
async fn comes_in(nest: &mut Nest, at: &str, said: &str) {
    let code = said
        .split("code=")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned();
    let password = nest.canary();
    let form = [
        ("code", &*code),
        ("name", "Ada"),
        ("email", "ada@fairway.example"),
        ("password", &*password),
    ];
    let request = stranger()
        .post(format!("{at}/link"))
        .header(header::ORIGIN, at)
        .form(&form);
    let answer = request.send().await.unwrap();
    let cookie = answer
        .headers()
        .get(header::SET_COOKIE)
        .expect("Ada is in")
        .to_str()
        .unwrap();
    let pair = cookie.split(';').next().unwrap().to_owned();
    // From here on, not before: the answer shows the session to whom it is given.
    nest.0.push(code);
    nest.0.push(pair.split_once('=').unwrap().1.to_owned());
    let begin = stranger()
        .post(format!("{at}/account/authenticator"))
        .header(header::ORIGIN, at);
    let begun = begin
        .header(header::COOKIE, &pair)
        .form(&[("act", "begin")])
        .send()
        .await
        .unwrap();
    assert!(begun.status().is_redirection(), "{}", begun.status());
    let page = stranger()
        .get(format!("{at}/account/authenticator"))
        .header(header::COOKIE, &pair);
    let page = page
        .header(header::ACCEPT, "text/html")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let secret = page
        .split("?secret=")
        .nth(1)
        .expect("the page shows it once")
        .split('&')
        .next()
        .unwrap();
    nest.0.push(secret.to_owned());
    for _ in 0..2 {
        let form = [("email", "ada@fairway.example"), ("password", &*password)];
        send(
            nest,
            stranger()
                .post(format!("{at}/sign-in"))
                .header(header::ORIGIN, at)
                .form(&form),
        )
        .await;
    }
}

#[sqlx::test(migrations = false)]
async fn no_secret_is_in_logs_metrics_pages_or_the_database(pool: PgPool) {
    let mut nest = Nest::default();
    let folder = Folder::new("canaries").with_site();
    let url = pool.connect_options().to_url_lossy().to_string();
    let metrics = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let (key, webhook, token) = (nest.key(), nest.canary(), nest.canary());
    let smtp = format!("smtps://fairway:{}@mail.example", nest.canary());
    let variables = [
        ("DATABASE_URL", &*url),
        ("FAIRWAY_LOG", "trace"),
        ("FAIRWAY_LOG_FORMAT", "json"),
        ("FAIRWAY_METRICS_LISTEN", &*metrics),
        ("FAIRWAY_KEY", &*key),
        ("FAIRWAY_GITHUB_WEBHOOK_SECRET", &*webhook),
        ("FAIRWAY_GITHUB_TOKEN", &*token),
        ("FAIRWAY_SMTP_URL", &*smtp),
        ("FAIRWAY_SMTP_FROM", "fairway@fairway.example"),
        // Nobody answers there.
        ("FAIRWAY_GITHUB_API_URL", "http://127.0.0.1:9"),
    ];
    let mut fairway = Fairway::serve(&folder, &variables).await;
    let at = format!("http://{}", fairway.address);
    let (well, said) = run(&folder, &["admin", "setup-link"], &variables[..1]);
    assert!(well, "{said}");
    comes_in(&mut nest, &at, &said).await;
    sign_in(&pool).await;
    let (well, said) = run(
        &folder,
        &["token", "create", "--name", "CI", "--scope", "read"],
        &variables[..1],
    );
    assert!(well, "{said}");
    let bearer = said
        .split_whitespace()
        .find(|word| word.starts_with("fwy_"))
        .unwrap()
        .to_owned();
    nest.0.push(bearer.clone());
    send(
        &nest,
        stranger()
            .get(format!("{at}/api/v1/services"))
            .bearer_auth(&bearer),
    )
    .await;

    in_headers(&mut nest, &at, &stranger()).await;
    in_headers(&mut nest, &at, &client()).await;
    in_queries(&mut nest, &at).await;
    in_forms(&mut nest, &at).await;
    while nest.0.len() < CANARIES {
        let secret = nest.canary();
        let form = [("email", "nobody@fairway.example"), ("password", &*secret)];
        send(
            &nest,
            stranger()
                .post(format!("{at}/sign-in"))
                .header(header::ORIGIN, &at)
                .form(&form),
        )
        .await;
    }

    let page = reqwest::get(format!("http://{metrics}/metrics"))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("fairway_http_requests_total"));
    assert!(
        nest.in_text(&page).is_empty(),
        "metrics: {:?}",
        nest.in_text(&page)
    );
    fairway.signal("TERM");
    fairway.ended().await;
    let log = std::fs::read_to_string(folder.0.join("log")).unwrap();
    assert!(log.contains("\"TRACE\""), "it logs all that it can");
    // The link that makes the first admin is told to whoever starts the server, on the same terminal and in no log line.
    let found: Vec<&str> = log
        .lines()
        .filter(|line| line.starts_with('{') && !nest.in_text(line).is_empty())
        .collect();
    assert!(
        found.is_empty(),
        "of {} secrets in the log: {found:#?}",
        nest.0.len()
    );
    for (table, rows) in contents(&pool).await {
        assert!(
            nest.in_text(&rows).is_empty(),
            "{table}: {:?}",
            nest.in_text(&rows)
        );
    }
}
