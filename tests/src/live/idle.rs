//! Pages that are open and hear nothing, which is what most streams are: what each costs the server.

use sqlx::{ConnectOptions, PgPool};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    harness::{cookie, sign_in},
    process::{Fairway, Folder},
};

/// A connection that has asked and was answered.
async fn open(fairway: &Fairway) -> TcpStream {
    let mut stream = TcpStream::connect(fairway.address).await.unwrap();
    let request = format!(
        "GET /live?topics=deploy,service HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\
         accept-encoding: gzip, br\r\ncookie: {}\r\n\r\n",
        cookie()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let count = stream.read(&mut answer).await.unwrap();
    assert!(answer[..count].starts_with(b"HTTP/1.1 200"));
    stream
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_page_that_hears_nothing_costs_little(pool: PgPool) {
    const PAGES: usize = 400;
    /// A debug build takes 26 KB; with a copy of all routes for each connection it took 185 KB.
    const MOST: usize = 64 * 1024;
    let folder = Folder::new("idle").with_site();
    let url = pool.connect_options().to_url_lossy();
    let fairway = Fairway::serve(&folder, &[("DATABASE_URL", url.as_str())]).await;
    sign_in(&pool).await;
    // What the first ones need once.
    let mut pages = Vec::new();
    for _ in 0..20 {
        pages.push(open(&fairway).await);
    }
    let before = fairway.peak_memory();
    for _ in 0..PAGES {
        pages.push(open(&fairway).await);
    }
    let each = (fairway.peak_memory() - before) / PAGES;
    println!("{each} bytes for each of {PAGES} pages");
    assert!(each < MOST, "{each} bytes for each open page");
}
