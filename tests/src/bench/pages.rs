//! Pages over HTTP, each beside a bare axum handler that answers the same number of bytes.

use std::net::SocketAddr;

use chrono::{Days, Utc};

use crate::{
    A_WHILE, MANY, Problem,
    http::{Connection, Times, get, one_by_one, together},
    sheet::{
        Limit::{AtLeast, AtMost},
        Sheet,
    },
    yardstick,
};

/// Requests before the ones that count, so that statements are prepared on every connection.
const WARMING: usize = 50;

pub async fn catalog(sheet: &mut Sheet, address: SocketAddr) -> Result<(), Problem> {
    // A list that many look at is written once a second; this walks through all of them, so that each is read and written anew.
    let places = places(address).await?;
    let page = |index: usize| get(&places[index % places.len()]);
    let times = warmed(address, 400, page).await?;
    sheet.promise(
        "catalog page, 50 rows, p50 on 1 connection",
        times.share(0.5),
        "ms",
        AtMost(5.0),
    );
    sheet.note("p95", times.share(0.95), "ms");
    let bare = bare(sheet, address, "/services").await?;
    let rate = together(address, MANY, A_WHILE, |_| get("/services")).await?;
    sheet.promise("catalog page at 16 connections", rate, "/s", AtLeast(1500.0));
    let bare_rate = together(bare, MANY, A_WHILE / 2, |_| get("/")).await?;
    sheet.note(
        "a bare axum handler of the same bytes at 16 connections",
        bare_rate,
        "/s",
    );
    sheet.note("catalog page ÷ bare handler", rate / bare_rate, "");
    Ok(())
}

/// The addresses of the catalog's pages, one after the other.
async fn places(address: SocketAddr) -> Result<Vec<String>, Problem> {
    let mut connection = Connection::open(address).await?;
    let mut places = vec!["/services".to_owned()];
    while let Some(place) = places.last() {
        connection.send(&get(place)).await?;
        let page = String::from_utf8(connection.body()?)?;
        let mut links = page
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        match links.find(|link| link.contains("after=")) {
            Some(link) => places.push(link.replace("&amp;", "&")),
            None => break,
        }
    }
    Ok(places)
}

pub async fn service(sheet: &mut Sheet, address: SocketAddr) -> Result<(), Problem> {
    let page = |index: usize| get(&format!("/services/service-{}", 1 + index * 37 % 10_000));
    let times = warmed(address, 400, page).await?;
    sheet.promise(
        "service page, p50 on 1 connection",
        times.share(0.5),
        "ms",
        AtMost(8.0),
    );
    sheet.note("p95", times.share(0.95), "ms");
    bare(sheet, address, "/services/service-1").await?;
    Ok(())
}

pub async fn search(sheet: &mut Sheet, address: SocketAddr) -> Result<(), Problem> {
    const WHAT: &str = "search page, p95 on 1 connection";
    if Connection::open(address)
        .await?
        .send(&get("/search?q=service"))
        .await?
        .status
        != 200
    {
        sheet.missing(WHAT, "this version has no /search");
        return Ok(());
    }
    // Whole names, their beginnings, a letter missing, a person, a version.
    let page = |index: usize| {
        let number = 1 + index * 37 % 10_000;
        let words = match index % 5 {
            0 => format!("service-{number}"),
            1 => format!("service-{}", number / 10),
            2 => format!("servce-{number}"),
            3 => format!("person-{}", number % 2000),
            _ => format!("v1.{}", number % 1000),
        };
        get(&format!("/search?q={words}"))
    };
    let times = warmed(address, 200, page).await?;
    sheet.promise(WHAT, times.share(0.95), "ms", AtMost(30.0));
    sheet.note("p50", times.share(0.5), "ms");
    Ok(())
}

pub async fn dora(sheet: &mut Sheet, address: SocketAddr) -> Result<(), Problem> {
    let year = |_| get("/dora?range=365");
    let first = one_by_one(address, 1, year).await?;
    sheet.note(
        "DORA, organisation, 12 months, first time in a process",
        first.share(1.0),
        "ms",
    );
    let times = warmed(address, 200, year).await?;
    sheet.promise(
        "DORA page, organisation, 12 months, p95",
        times.share(0.95),
        "ms",
        AtMost(100.0),
    );
    sheet.note("p50", times.share(0.5), "ms");
    bare(sheet, address, "/dora?range=365").await?;
    dora_parts(sheet, address).await
}

async fn dora_parts(sheet: &mut Sheet, address: SocketAddr) -> Result<(), Problem> {
    // Other days every time: nothing but the days themselves can be remembered.
    let today = Utc::now().date_naive();
    let moving = |index: usize| {
        let last = today - Days::new(index as u64 % 90);
        let first = last - Days::new(364 - index as u64 % 7);
        get(&format!("/dora?from={first}&to={last}"))
    };
    sheet.note(
        "p95 of ranges that move by a day",
        one_by_one(address, 100, moving).await?.share(0.95),
        "ms",
    );
    let team = |index: usize| get(&format!("/dora?team=team-{}&range=365", 1 + index * 7 % 200));
    let times = warmed(address, 200, team).await?;
    sheet.note("a team, 12 months, p95", times.share(0.95), "ms");
    let one = |index: usize| {
        let number = 1 + index * 37 % 10_000;
        get(&format!("/dora?service=service-{number}&range=365"))
    };
    sheet.note(
        "a service, 12 months, p95",
        one_by_one(address, 100, one).await?.share(0.95),
        "ms",
    );
    let rows = |_| get("/dora/rows?metric=lead_time&range=365");
    sheet.note(
        "rows behind lead time, p95",
        one_by_one(address, 50, rows).await?.share(0.95),
        "ms",
    );
    Ok(())
}

/// Times of requests after some that do not count.
async fn warmed(
    address: SocketAddr,
    count: usize,
    request: impl Fn(usize) -> Vec<u8>,
) -> Result<Times, Problem> {
    one_by_one(address, WARMING, &request).await?;
    one_by_one(address, count, |index| request(index + WARMING)).await
}

/// Notes how long a bare handler takes for as many bytes as a page has; gives its address.
async fn bare(sheet: &mut Sheet, address: SocketAddr, path: &str) -> Result<SocketAddr, Problem> {
    let bytes = Connection::open(address).await?.send(&get(path)).await?.bytes;
    let bare = yardstick::bare(bytes).await?;
    let times = one_by_one(bare, 2000, |_| get("/")).await?;
    let what = format!("a bare axum handler of the same {} KB, p50", bytes / 1000);
    sheet.note(&what, times.share(0.5), "ms");
    Ok(bare)
}
