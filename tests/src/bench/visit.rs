//! What a first visit transfers: the page and everything it names, compressed as a browser asks for it.

use std::net::SocketAddr;

use crate::{
    Problem,
    http::{Connection, get, get_compressed},
    sheet::{Limit::AtMost, Sheet},
};

pub async fn first(sheet: &mut Sheet, address: SocketAddr) -> Result<(), Problem> {
    let mut connection = Connection::open(address).await?;
    connection.send(&get("/services")).await?;
    let page = String::from_utf8(connection.body()?)?;
    let (mut all, mut wasm) = (0, 0);
    for path in std::iter::once("/services".to_owned()).chain(named(&page)) {
        let answer = connection.send(&get_compressed(&path)).await?;
        if answer.status != 200 {
            sheet.missing(
                "first visit, brotli",
                &format!("{path} answered {}", answer.status),
            );
            return Ok(());
        }
        all += answer.bytes;
        let is_wasm = path.ends_with(".wasm");
        wasm += if is_wasm { answer.bytes } else { 0 };
        let kind = path.rsplit_once('.').map_or("html", |(_, kind)| kind);
        sheet.note(&format!("{kind}, compressed"), kilobytes(answer.bytes), "KB");
    }
    sheet.promise("first visit, brotli", kilobytes(all), "KB", AtMost(240.0));
    sheet.promise("wasm of it", kilobytes(wasm), "KB", AtMost(130.0));
    Ok(())
}

fn kilobytes(bytes: usize) -> f64 {
    bytes as f64 / 1000.0
}

/// The addresses of the files that a page's head links, each once.
fn named(page: &str) -> Vec<String> {
    let head = page.split("</head>").next().unwrap_or_default();
    let mut named: Vec<String> = Vec::new();
    for link in head.split("<link").skip(1) {
        let tag = link.split('>').next().unwrap_or_default();
        let address = tag
            .split(" href=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        if let Some(address) = address.filter(|address| address.starts_with('/'))
            && !named.iter().any(|known| known == address)
        {
            named.push(address.to_owned());
        }
    }
    named
}
