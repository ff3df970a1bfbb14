//! A client that costs little beside the server it measures: HTTP/1.1 over kept-alive connections.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tests::session::cookie;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::Problem;

/// One kept-alive connection.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What an answer was.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Bytes of head and body as sent.
    pub bytes: usize,
}

impl Connection {
    /// Connects, without Nagle's delay.
    pub async fn open(address: SocketAddr) -> Result<Self, Problem> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(256 << 10),
        })
    }

    /// Sends a whole request and reads the whole answer.
    pub async fn send(&mut self, request: &[u8]) -> Result<Answer, Problem> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let mut head = None;
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed the connection".into());
            }
            if head.is_none() {
                head = Head::of(&self.buffer);
            }
            if let Some(head) = &head
                && head.is_whole(&self.buffer)
            {
                return Ok(Answer {
                    status: head.status,
                    bytes: self.buffer.len(),
                });
            }
        }
    }
}

impl Connection {
    /// The body of the last answer, without the marks of its chunks.
    pub fn body(&self) -> Result<Vec<u8>, Problem> {
        let head = Head::of(&self.buffer).ok_or("there was no answer yet")?;
        let mut rest = &self.buffer[head.end..];
        if head.length.is_some() {
            return Ok(rest.to_vec());
        }
        let mut body = Vec::with_capacity(rest.len());
        loop {
            let line = rest
                .windows(2)
                .position(|two| two == b"\r\n")
                .ok_or("a chunk has no size")?;
            let size = usize::from_str_radix(std::str::from_utf8(&rest[..line])?, 16)?;
            if size == 0 {
                return Ok(body);
            }
            let chunk = rest.get(line + 2..line + 2 + size).ok_or("a chunk is short")?;
            body.extend_from_slice(chunk);
            rest = rest.get(line + 4 + size..).ok_or("a chunk has no end")?;
        }
    }
}

struct Head {
    status: u16,
    end: usize,
    /// `None`: chunked.
    length: Option<usize>,
}

impl Head {
    fn of(buffer: &[u8]) -> Option<Self> {
        let end = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let text = std::str::from_utf8(&buffer[..end]).ok()?.to_ascii_lowercase();
        let status = text.get(9..12)?.parse().ok()?;
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
        Some(Self {
            status,
            end,
            length: length.and_then(|text| text.trim().parse().ok()),
        })
    }

    fn is_whole(&self, buffer: &[u8]) -> bool {
        match self.length {
            Some(length) => buffer.len() >= self.end + length,
            None => matches!(self.status, 204 | 304) || buffer.ends_with(b"\r\n0\r\n\r\n"),
        }
    }
}

/// A GET of a path, as a browser of the signed-in admin that takes no compression would send it.
pub fn get(path: &str) -> Vec<u8> {
    let cookie = cookie();
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nCookie: {cookie}\r\n\r\n")
        .into_bytes()
}

/// A GET of a path, as a browser sends it.
pub fn get_compressed(path: &str) -> Vec<u8> {
    let cookie = cookie();
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html,*/*\r\nAccept-Encoding: gzip, deflate, br\r\n\
         Cookie: {cookie}\r\n\r\n"
    )
    .into_bytes()
}

/// How long requests took, sorted.
pub struct Times(Vec<Duration>);

impl Times {
    /// Of times in any order.
    pub fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The value below which a share of them lies, in milliseconds.
    pub fn share(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        let index = (share * last as f64).round() as usize;
        self.0
            .get(index)
            .map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
    }
}

/// Times of requests one after the other on one connection; an answer that is not 2xx ends the run.
pub async fn one_by_one(
    address: SocketAddr,
    count: usize,
    mut request: impl FnMut(usize) -> Vec<u8>,
) -> Result<Times, Problem> {
    let mut connection = Connection::open(address).await?;
    let mut times = Vec::with_capacity(count);
    for index in 0..count {
        let request = request(index);
        let begun = Instant::now();
        let answer = connection.send(&request).await?;
        times.push(begun.elapsed());
        expect_success(&answer, &request)?;
    }
    Ok(Times::of(times))
}

/// Requests per second over a number of connections.
pub async fn together(
    address: SocketAddr,
    connections: usize,
    length: Duration,
    request: impl Fn(u64) -> Vec<u8> + Send + Sync + 'static,
) -> Result<f64, Problem> {
    let request = Arc::new(request);
    let next = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let (request, next) = (Arc::clone(&request), Arc::clone(&next));
        tasks.push(tokio::spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut done = 0_u64;
            while begun.elapsed() < length {
                let request = request(next.fetch_add(1, Ordering::Relaxed));
                let answer = connection.send(&request).await?;
                expect_success(&answer, &request)?;
                done += 1;
            }
            Ok::<_, Problem>(done)
        }));
    }
    let mut done = 0;
    for task in tasks {
        done += task.await??;
    }
    Ok(done as f64 / begun.elapsed().as_secs_f64())
}

/// Times of requests that begin at a steady rate whatever the ones before take, counted from when each was due.
pub async fn paced(
    address: SocketAddr,
    (connections, per_second): (usize, u32),
    length: Duration,
    request: impl Fn(u64) -> Vec<u8> + Send + Sync + 'static,
) -> Result<Times, Problem> {
    let request = Arc::new(request);
    let gap = Duration::from_secs(1) / per_second;
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for place in 0..connections {
        let request = Arc::clone(&request);
        tasks.push(tokio::spawn(async move {
            let mut connection = Connection::open(address).await?;
            let mut times = Vec::new();
            for index in (place as u32..).step_by(connections) {
                let due = begun + gap * index;
                if due >= begun + length {
                    break;
                }
                tokio::time::sleep_until(due.into()).await;
                let request = request(index.into());
                let answer = connection.send(&request).await?;
                times.push(due.elapsed());
                expect_success(&answer, &request)?;
            }
            Ok::<_, Problem>(times)
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    Ok(Times::of(times))
}

fn expect_success(answer: &Answer, request: &[u8]) -> Result<(), Problem> {
    if (200..300).contains(&answer.status) {
        return Ok(());
    }
    let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
    Err(format!("{} answered {}", String::from_utf8_lossy(line), answer.status).into())
}
