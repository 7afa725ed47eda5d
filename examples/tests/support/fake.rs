//! The other side of a program that sends: a server that answers as a test says, and keeps what it was sent.
#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: String,
    body: String,
    after: Duration,
}

impl Reply {
    pub(crate) fn new(status: u16) -> Self {
        Self { status, headers: String::new(), body: String::new(), after: Duration::ZERO }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.extend([name, ": ", value, "\r\n"]);
        self
    }

    pub(crate) fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn after(mut self, wait: Duration) -> Self {
        self.after = wait;
        self
    }
}

/// The server. It ends with the test's process.
pub(crate) struct Fake {
    pub(crate) address: SocketAddr,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Fake {
    /// Answers each request by `answer`, which is asked for one after the other.
    pub(crate) fn start(answer: impl FnMut(&Sent) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let fake = Self { address: listener.local_addr().unwrap(), sent: Arc::default() };
        let (sent, answer) = (Arc::clone(&fake.sent), Arc::new(Mutex::new(answer)));
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (sent, answer) = (Arc::clone(&sent), Arc::clone(&answer));
                thread::spawn(move || {
                    let Some((request, connection)) = read(connection.unwrap()) else { return };
                    let reply = (answer.lock().unwrap())(&request);
                    sent.lock().unwrap().push(request);
                    thread::sleep(reply.after);
                    write(connection, &reply);
                });
            }
        });
        fake
    }

    /// Answers the first request by the first of `replies`, and so on; the last one repeats.
    pub(crate) fn scripted<const N: usize>(replies: [Reply; N]) -> Self {
        let mut replies = replies.into_iter();
        let mut last = None;
        Self::start(move |_| {
            last = replies.next().or_else(|| last.take());
            last.clone().expect("there is a reply")
        })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Everything so far.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }
}

fn read(connection: TcpStream) -> Option<(Sent, TcpStream)> {
    let mut reader = BufReader::new(connection.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let mut headers = HeaderMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_str(value.trim()).unwrap(),
        );
    }
    let length = headers.get("content-length").map_or(0, |value| value.to_str().unwrap().parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((Sent { method, path, headers, body }, connection))
}

fn write(mut connection: TcpStream, reply: &Reply) {
    let Reply { status, headers, body, .. } = reply;
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} -\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    // Whoever asked may have gone.
    let _ = connection.write_all(text.as_bytes());
}
