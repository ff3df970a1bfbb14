//! Pages and forms as a browser with a cookie asks for them, and without following where they lead.

use reqwest::{Response, header};

use crate::harness::{App, stranger};

/// Opens a page as a browser with this cookie would.
pub async fn get(app: &App, path: &str, cookie: &str) -> Response {
    stranger()
        .get(app.url(path))
        .header(header::ACCEPT, "text/html")
        .header(header::COOKIE, cookie)
        .send()
        .await
        .unwrap()
}

/// Sends a form as a browser with this cookie would.
pub async fn post(app: &App, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Response {
    stranger()
        .post(app.url(path))
        .header(header::ORIGIN, app.url(""))
        .header(header::ACCEPT, "text/html")
        .header(header::COOKIE, cookie)
        .form(fields)
        .send()
        .await
        .unwrap()
}
