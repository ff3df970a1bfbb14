//! A PostgreSQL in a state that a real one is in for a moment only, or that needs another version: it says one thing to
//! whoever connects. On a thread of its own, so that it answers while a test waits for a child process.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

/// What it says.
#[derive(Clone, Copy, Debug)]
pub enum FakePostgres {
    /// A refusal with a code of PostgreSQL's.
    Refuses {
        /// For example `57P03`.
        code: &'static str,
        /// In its words.
        message: &'static str,
    },
    /// Welcome, from this version.
    Welcomes {
        /// For example `14.9`.
        version: &'static str,
    },
    /// Something that is not PostgreSQL's protocol.
    Babbles,
    /// Nothing at all.
    Keeps,
}

impl FakePostgres {
    /// Begins to listen, until the test's process ends.
    pub fn start(self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        thread::spawn(move || {
            let mut kept = Vec::new();
            for stream in listener.incoming().flatten() {
                // Whoever hangs up early has read enough.
                if let Ok(stream) = self.answer(stream) {
                    kept.push(stream);
                }
            }
        });
        address
    }

    fn answer(self, mut stream: TcpStream) -> std::io::Result<TcpStream> {
        let said = match self {
            Self::Keeps => return Ok(stream),
            Self::Babbles => {
                // As a web server does of what is no request, whatever it was.
                stream.read_exact(&mut [0; 8])?;
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")?;
                return Ok(stream);
            }
            Self::Refuses { code, message } => {
                let fields = format!("SFATAL\0VFATAL\0C{code}\0M{message}\0\0");
                message_of(b'E', fields.as_bytes())
            }
            Self::Welcomes { version } => {
                let version = format!("server_version\0{version}\0");
                [
                    message_of(b'R', &[0; 4]),
                    message_of(b'S', version.as_bytes()),
                    message_of(b'K', &[0; 8]),
                    message_of(b'Z', b"I"),
                ]
                .concat()
            }
        };
        let mut length = [0; 4];
        // A request for TLS has eight bytes and is declined; what follows is the start.
        loop {
            stream.read_exact(&mut length)?;
            let mut rest = vec![0; u32::from_be_bytes(length) as usize - 4];
            stream.read_exact(&mut rest)?;
            if rest.len() > 4 {
                break;
            }
            stream.write_all(b"N")?;
        }
        stream.write_all(&said)?;
        Ok(stream)
    }
}

/// A message of the protocol: its kind, its length, its content.
fn message_of(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 4).expect("short").to_be_bytes();
    [&[kind], &length[..], content].concat()
}
