//! `webhook listen`: a request bin on this machine.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use webhook_verify::Provider;
use webhook_verify::providers::ProviderVisitor;

use crate::args::{ListenArgs, SenderArgs};
use crate::paint::{Colour, paint, safe};
use crate::raw::{RawRequest, split};
use crate::report::{Failure, YES, print};
use crate::setup::{Setup, with_provider};
use crate::verify::{Clock, Verdict, judge};

/// How long a sender may take for its request; the next one waits.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Longest request line and headers, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// Longest body, in bytes.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// Most of a body that is shown, in bytes.
const SHOWN: usize = 4 * 1024;

/// Most files looked at for a free name.
const MAX_FILES: u32 = 100_000;

pub(crate) fn run(args: &ListenArgs) -> Result<u8, Failure> {
    let verifies = args.sender.provider.is_some() || args.sender.custom.is_given();
    if verifies {
        // What is wrong with the flags is told now, not at the first request.
        with_provider(&args.sender, Check(&args.sender))??;
    }
    if let Some(folder) = &args.save {
        std::fs::create_dir_all(folder)?;
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, args.port))
        .map_err(|error| Failure::new("unavailable_port", format!("port {}: {error}", args.port)))?;
    print(&format!("listening on http://{}\n", listener.local_addr()?))?;

    let mut statuses = args.fail.iter().copied();
    let mut seen: u64 = 0;
    while args.count.is_none_or(|count| seen < count) {
        // One after the other, so that the statuses are given in the order of arrival.
        let Ok((connection, _)) = listener.accept() else { continue };
        match receive(&connection) {
            Ok(Some(raw)) => {
                seen = seen.saturating_add(1);
                handle(args, verifies, seen, &raw, statuses.next(), &connection)?;
            }
            // A connection without a request, as browsers and port scans make them.
            Ok(None) => {}
            Err(error) => {
                let _ = answer(&connection, 400, "");
                print(&format!("{}  {error}\n", paint(Colour::Red, "broken request")))?;
            }
        }
    }
    Ok(YES)
}

struct Check<'a>(&'a SenderArgs);

impl ProviderVisitor for Check<'_> {
    type Output = Result<(), Failure>;

    fn visit<P: Provider>(self) -> Self::Output {
        let setup = Setup::new::<P>(self.0)?;
        webhook_verify::Verifier::new(setup.scheme, setup.secrets)?;
        Ok(())
    }
}

fn handle(
    args: &ListenArgs,
    verifies: bool,
    number: u64,
    raw: &[u8],
    forced: Option<u16>,
    connection: &TcpStream,
) -> Result<(), Failure> {
    let Ok(request) = RawRequest::parse(raw) else {
        let _ = answer(connection, 400, "");
        return print(&format!("#{number}  {}\n", paint(Colour::Red, "no HTTP request")));
    };
    let verdict = if verifies { Some(judge(&args.sender, Clock::At(None), &request)?) } else { None };
    let own = match &verdict {
        _ if request.line.0 != "POST" => (405, String::new()),
        Some(Verdict::Refused(refused)) => refused.answer(),
        _ => (204, String::new()),
    };
    let (status, body) = forced.map_or(own, |status| (status, String::new()));
    let saved = args.save.as_deref().map(|folder| save(folder, raw)).transpose()?;
    // The sender may have gone; what it sent is shown all the same.
    let _ = answer(connection, status, &body);

    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = describe(&mut text, args, number, &request, status);
    text.push('\n');
    match &verdict {
        Some(verdict) => text.push_str(&verdict.pretty()),
        None => {
            let _ = writeln!(text, "{}", paint(Colour::Dim, "not verified: no --provider was given"));
        }
    }
    if let Some(path) = saved {
        let _ = writeln!(text, "saved as {}", path.display());
    }
    print(&text)
}

fn describe(
    text: &mut String,
    args: &ListenArgs,
    number: u64,
    request: &RawRequest,
    status: u16,
) -> std::fmt::Result {
    let (method, target) = &request.line;
    let answered = paint(Colour::Dim, &format!("answered {status}"));
    writeln!(text, "\n#{number}  {} {}  {answered}", safe(method), safe(target))?;
    for (name, value) in &request.headers {
        let value = if is_token(args, name.as_str()) {
            "***".to_owned()
        } else {
            safe(&String::from_utf8_lossy(value.as_bytes()))
        };
        writeln!(text, "  {}: {value}", paint(Colour::Dim, name.as_str()))?;
    }
    if !request.body.is_empty() {
        let shown = request.body.get(..SHOWN).unwrap_or(&request.body);
        writeln!(text, "\n  {}", safe(&String::from_utf8_lossy(shown)))?;
        let rest = request.body.len().saturating_sub(shown.len());
        if rest > 0 {
            writeln!(text, "  … {rest} more bytes")?;
        }
    }
    Ok(())
}

/// Whether this header may hold a secret itself.
fn is_token(args: &ListenArgs, name: &str) -> bool {
    struct Covers<'a>(&'a SenderArgs);
    impl ProviderVisitor for Covers<'_> {
        type Output = Option<(bool, &'static str)>;

        fn visit<P: Provider>(self) -> Self::Output {
            let scheme = Setup::new::<P>(self.0).ok()?.scheme;
            Some((scheme.covers_body(), scheme.signature_header()))
        }
    }
    let configured = with_provider(&args.sender, Covers(&args.sender)).ok().flatten();
    matches!(name, "authorization" | "cookie")
        || configured.is_some_and(|(covers, header)| !covers && header == name)
}

/// One whole request, its body without any framing; `None` when the connection had none.
fn receive(connection: &TcpStream) -> io::Result<Option<Vec<u8>>> {
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    let mut reader = BufReader::new(connection);
    let mut head = Vec::new();
    loop {
        let before = head.len();
        let room = MAX_HEAD.saturating_sub(before);
        let read = reader.by_ref().take(u64::try_from(room).unwrap_or(0)).read_until(b'\n', &mut head)?;
        if read == 0 {
            return if head.is_empty() {
                Ok(None)
            } else {
                Err(broken("the headers are cut off or too long"))
            };
        }
        if matches!(head.get(before..), Some(b"\r\n" | b"\n")) && before > 0 {
            break;
        }
    }
    let field = |name: &[u8]| {
        head.split(|&byte| byte == b'\n').find_map(|line| {
            let (found, value) = split(line, b":")?;
            found
                .eq_ignore_ascii_case(name)
                .then(|| String::from_utf8_lossy(value).trim().to_ascii_lowercase())
        })
    };
    if field(b"expect").is_some_and(|expected| expected == "100-continue") {
        (&mut &*connection).write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let chunked = field(b"transfer-encoding").is_some_and(|coding| coding.ends_with("chunked"));
    let body = if chunked {
        chunks(&mut reader)?
    } else {
        let length = field(b"content-length").map_or(Ok(0), |length| length.parse());
        exactly(&mut reader, length.map_err(|_| broken("Content-Length is no number"))?)?
    };
    if chunked {
        // What is saved holds the body as it is, without the framing.
        let framing = |line: &&[u8]| {
            !line.get(..18).is_some_and(|name| name.eq_ignore_ascii_case(b"transfer-encoding:"))
        };
        head = head.split_inclusive(|&byte| byte == b'\n').filter(framing).flatten().copied().collect();
    }
    head.extend_from_slice(&body);
    Ok(Some(head))
}

fn exactly(reader: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    if length > MAX_BODY {
        return Err(broken("the body is too large"));
    }
    let mut body = Vec::new();
    reader.take(u64::try_from(length).unwrap_or(0)).read_to_end(&mut body)?;
    if body.len() < length { Err(broken("the body is cut off")) } else { Ok(body) }
}

fn chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = Vec::new();
        reader.take(1024).read_until(b'\n', &mut line)?;
        let line = String::from_utf8_lossy(&line);
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| broken("a chunk's size is no number"))?;
        if size == 0 {
            return Ok(body);
        }
        if size > MAX_BODY.saturating_sub(body.len()) {
            return Err(broken("the body is too large"));
        }
        body.extend_from_slice(&exactly(reader, size)?);
        exactly(reader, 2)?; // the line end behind a chunk
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn answer(mut connection: &TcpStream, status: u16, body: &str) -> io::Result<()> {
    let reason = http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let mut head = format!("HTTP/1.1 {status} {}\r\nconnection: close\r\n", reason.unwrap_or("Status"));
    if !body.is_empty() {
        head.push_str("content-type: application/json\r\n");
    }
    if status != 204 {
        // Writing to a string cannot fail.
        let _ = write!(head, "content-length: {}\r\n", body.len());
    }
    connection.write_all(format!("{head}\r\n{body}").as_bytes())?;
    connection.shutdown(std::net::Shutdown::Write)
}

/// Saves under the first free number.
fn save(folder: &Path, raw: &[u8]) -> Result<PathBuf, Failure> {
    for number in 1..=MAX_FILES {
        let path = folder.join(format!("{number:04}.http"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(raw)?;
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::new("io", "the folder is full of requests"))
}
