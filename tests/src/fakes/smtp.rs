//! A mail server, as small as one can be: it takes mail over SMTP without encryption, or refuses an address.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A mail that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenMail {
    /// The address that it was for.
    pub to: String,
    /// Headers and body.
    pub text: String,
}

impl TakenMail {
    /// A header's value; empty without one.
    pub fn header(&self, name: &str) -> &str {
        let prefix = format!("{name}: ");
        let line = self.text.lines().find_map(|line| line.strip_prefix(&prefix));
        line.unwrap_or_default()
    }
}

#[derive(Default)]
struct Inner {
    mails: Vec<TakenMail>,
    /// What is said to the next address instead of taking it.
    refusals: Vec<&'static str>,
}

/// A mail server on a port of its own, until it is dropped.
pub struct FakeSmtp {
    url: String,
    inner: Arc<Mutex<Inner>>,
    server: JoinHandle<()>,
}

impl FakeSmtp {
    /// A server that takes everything.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("smtp://{}", listener.local_addr().expect("a port"));
        let inner = Arc::new(Mutex::new(Inner::default()));
        let state = Arc::clone(&inner);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&state)));
            }
        });
        Self { url, inner, server }
    }

    /// Its address, to configure a client with.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Says this to the next address: `550 no such person`.
    pub fn refuse_next(&self, line: &'static str) {
        lock(&self.inner).refusals.push(line);
    }

    /// What was taken.
    pub fn mails(&self) -> Vec<TakenMail> {
        lock(&self.inner).mails.clone()
    }
}

impl Drop for FakeSmtp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock(inner: &Mutex<Inner>) -> MutexGuard<'_, Inner> {
    inner.lock().expect("no conversation panicked")
}

/// One conversation; a client that ends in the middle ends it.
async fn converse(stream: TcpStream, inner: Arc<Mutex<Inner>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut to = String::new();
    if write.write_all(b"220 mail.example ESMTP\r\n").await.is_err() {
        return;
    }
    while let Ok(Some(line)) = lines.next_line().await {
        let upper = line.to_uppercase();
        let mut answer = "250 ok".to_owned();
        if upper.starts_with("EHLO") {
            answer = "250-mail.example\r\n250 8BITMIME".to_owned();
        } else if upper.starts_with("RCPT TO:") {
            let refusal = lock(&inner).refusals.pop();
            line["RCPT TO:".len()..]
                .trim_matches(['<', '>', ' '])
                .clone_into(&mut to);
            answer = refusal.unwrap_or("250 ok").to_owned();
        } else if upper == "DATA" {
            if write.write_all(b"354 go on\r\n").await.is_err() {
                return;
            }
            let mut text = String::new();
            while let Ok(Some(line)) = lines.next_line().await {
                if line == "." {
                    break;
                }
                // A dot in front is doubled on the way (RFC 5321, 4.5.2).
                text.push_str(line.strip_prefix('.').unwrap_or(&line));
                text.push('\n');
            }
            lock(&inner).mails.push(TakenMail { to: to.clone(), text });
        } else if upper == "QUIT" {
            answer = "221 bye".to_owned();
        }
        if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
    }
}
