//! A client that sends bytes and reads what comes back, and believes nothing.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use crate::table;

/// Longest wait for a server, far more than any answer takes.
const PATIENCE: Duration = Duration::from_secs(10);

/// One exchange.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) steps: Vec<Step>,
    pub(crate) answers: Vec<Answer>,
    pub(crate) end: End,
}

/// What the client does.
pub(crate) enum Step {
    Send(Vec<u8>),
    /// Waits for `100 Continue`.
    AwaitContinue,
    /// Sends no more: what was announced and not sent never comes.
    Finish,
}

/// What becomes of the connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The next request is answered.
    Open,
    /// The next request is answered or the connection closes: nothing in between, such as an answer to what was
    /// left of the body.
    OpenOrClosed,
    /// The client owes the rest of its request, so there is nothing more to see.
    Unfinished,
    /// It closes.
    Closed,
}

#[derive(PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) allow: Option<&'static str>,
    pub(crate) retry_after: Option<&'static str>,
    pub(crate) body: Vec<u8>,
    /// To a HEAD request: without the body.
    pub(crate) bodiless: bool,
    /// By a handler that got its webhook.
    pub(crate) handled: bool,
}

/// Plays a case. Gives the number of handlers that answered.
pub(crate) fn run(server: SocketAddr, case: &Case) -> Result<usize, String> {
    let mut connection = Connection::open(server);
    for step in &case.steps {
        match step {
            Step::Send(bytes) => connection.send(bytes),
            Step::AwaitContinue => {
                let head = connection.head()?.ok_or("closed instead of 100 Continue")?;
                if head.status != 100 {
                    return Err(format!("expected 100 Continue, got {head:?}"));
                }
            }
            Step::Finish => connection.stream.shutdown(Shutdown::Write).unwrap(),
        }
    }
    let mut handled = 0;
    for (index, expected) in case.answers.iter().enumerate() {
        match connection.answer(expected.bodiless)? {
            None if index > 0 && case.end == End::OpenOrClosed => return Ok(handled),
            None => return Err("closed without an answer".to_owned()),
            Some(answer) => answer.differs_from(expected)?,
        }
        handled += usize::from(expected.handled);
    }
    match case.end {
        End::Unfinished => Ok(handled),
        End::Closed => match connection.answer(false)? {
            None => Ok(handled),
            Some(answer) => Err(format!("expected the end of the connection, got {answer:?}")),
        },
        End::Open | End::OpenOrClosed => {
            let (request, expected) = table::probe();
            connection.send(&request);
            match connection.answer(false)? {
                None if case.end == End::OpenOrClosed => Ok(handled),
                None => Err("closed instead of answering the next request".to_owned()),
                Some(answer) => {
                    answer.differs_from(&expected).map_err(|error| format!("next request: {error}"))?;
                    Ok(handled + 1)
                }
            }
        }
    }
}

struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

#[derive(Debug)]
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

impl Head {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

struct Got {
    head: Head,
    body: Vec<u8>,
}

impl Connection {
    fn open(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Self { stream, read: Vec::new() }
    }

    /// A server that has refused a request may close while the client still sends; what counts is its answer.
    fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Reads more, or nothing when the server has closed.
    fn more(&mut self) -> Result<usize, String> {
        let mut chunk = [0; 8192];
        let count = match self.stream.read(&mut chunk) {
            Ok(count) => count,
            // It closed with something of ours unread.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => 0,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Err(format!("nothing came within {PATIENCE:?}"));
            }
            Err(error) => return Err(error.to_string()),
        };
        self.read.extend_from_slice(&chunk[..count]);
        Ok(count)
    }

    fn head(&mut self) -> Result<Option<Head>, String> {
        let end = loop {
            if let Some(end) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            if self.more()? == 0 {
                if self.read.is_empty() {
                    return Ok(None);
                }
                return Err(format!("cut off: {:?}", String::from_utf8_lossy(&self.read)));
            }
        };
        let text: Vec<u8> = self.read.drain(..end + 4).collect();
        let text = String::from_utf8(text).map_err(|error| error.to_string())?;
        let mut lines = text.trim_end().split("\r\n");
        let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        match status {
            Some(status) => Ok(Some(Head { status, headers })),
            None => Err(format!("not HTTP: {text:?}")),
        }
    }

    fn answer(&mut self, bodiless: bool) -> Result<Option<Got>, String> {
        let head = loop {
            match self.head()? {
                None => return Ok(None),
                // A server may invite the body of a request that it then refuses.
                Some(head) if head.status == 100 => {}
                Some(head) => break head,
            }
        };
        let length = match head.header("content-length") {
            Some(length) => length.parse().map_err(|_| format!("odd length: {head:?}"))?,
            None => 0,
        };
        let length = if bodiless { 0 } else { length };
        while self.read.len() < length {
            if self.more()? == 0 {
                return Err(format!("cut off within the body: {head:?}"));
            }
        }
        let body = self.read.drain(..length).collect();
        Ok(Some(Got { head, body }))
    }
}

impl Got {
    fn differs_from(&self, expected: &Answer) -> Result<(), String> {
        let body: &[u8] = if expected.bodiless { &[] } else { &expected.body };
        let same = self.head.status == expected.status
            && self.head.header("content-type") == expected.content_type
            && self.head.header("allow") == expected.allow
            && self.head.header("retry-after") == expected.retry_after
            && self.body == body;
        if same { Ok(()) } else { Err(format!("expected {expected:?}, got {self:?}")) }
    }
}

impl fmt::Debug for Got {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |name| self.head.header(name).unwrap_or("-");
        write!(f, "{} ({}; allow {}) ", self.head.status, of("content-type"), of("allow"))?;
        write!(f, "{:?}", String::from_utf8_lossy(&self.body))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, allow) = (self.content_type.unwrap_or("-"), self.allow.unwrap_or("-"));
        write!(f, "{} ({kind}; allow {allow}) {:?}", self.status, String::from_utf8_lossy(&self.body))
    }
}
