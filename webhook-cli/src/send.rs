//! `webhook send`: signs a built-in sample and posts it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use http::header::{HeaderMap, HeaderName, HeaderValue};
use webhook_core::UnixTime;
use webhook_verify::Provider;
use webhook_verify::providers::ProviderVisitor;

use crate::args::{SendArgs, TamperArg};
use crate::paint::{Colour, paint, safe};
use crate::report::{Failure, NO, YES, print};
use crate::samples;
use crate::setup::{Setup, with_provider};
use crate::sign::{Sign, fresh_id, raw};

/// How long a connection, and each read and write, may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Most of an answer that is read, in bytes.
const MAX_ANSWER: u64 = 64 * 1024;

/// How far a stale request is dated back, in seconds.
const STALE: i64 = 3600;

pub(crate) fn run(args: &SendArgs) -> Result<u8, Failure> {
    let body = with_provider(&args.sender, Sample { event: &args.event })??;
    let address = address(args)?;
    let mut accepted = true;
    for at in 1..=args.times {
        let id = fresh_id();
        let now = UnixTime::now();
        let request = request(args, &id, now, body.as_bytes())?;
        let begun = Instant::now();
        let answer = post(address, &request)
            .map_err(|error| Failure::new("unreachable", format!("{}: {error}", args.to)))?;
        let milliseconds = begun.elapsed().as_millis();
        let good = (200..300).contains(&answer.status);
        accepted &= good;
        let status = paint(if good { Colour::Green } else { Colour::Red }, &answer.status.to_string());
        let text = answer.body.lines().next().map(safe).unwrap_or_default();
        print(&format!("{at}  {status}  {milliseconds} ms  {text}\n"))?;
    }
    Ok(if accepted { YES } else { NO })
}

struct Sample<'a> {
    event: &'a str,
}

impl ProviderVisitor for Sample<'_> {
    type Output = Result<&'static str, Failure>;

    fn visit<P: Provider>(self) -> Self::Output {
        let samples = samples::of::<P>();
        let found = samples.iter().find(|(kind, _)| kind.eq_ignore_ascii_case(self.event));
        found.map(|(_, body)| *body).ok_or_else(|| {
            let names: Vec<&str> = samples.iter().map(|(kind, _)| kind.as_str()).collect();
            Failure::new(
                "unknown_event",
                format!("no sample of `{}`: there are {}", self.event, names.join(", ")),
            )
        })
    }
}

/// The target's address; one of this machine, unless the user said otherwise.
fn address(args: &SendArgs) -> Result<SocketAddr, Failure> {
    let uri: http::Uri = args.to.parse().map_err(|_| Failure::usage("--to is not a URL"))?;
    if uri.scheme_str() != Some("http") {
        return Err(Failure::usage(
            "--to takes http:// URLs; for https:// pipe `webhook sign --as curl` into a shell",
        ));
    }
    let host = uri.host().ok_or_else(|| Failure::usage("--to has no host"))?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let unreachable = |error: &dyn std::fmt::Display| Failure::new("unreachable", format!("{host}: {error}"));
    let mut addresses =
        (host, uri.port_u16().unwrap_or(80)).to_socket_addrs().map_err(|error| unreachable(&error))?;
    let address = addresses.next().ok_or_else(|| unreachable(&"no address"))?;
    if !address.ip().is_loopback() && !args.allow_remote {
        return Err(Failure::new(
            "remote_target",
            format!("{host} is not this machine: add --allow-remote if you mean it"),
        ));
    }
    Ok(address)
}

fn request(args: &SendArgs, id: &str, now: UnixTime, body: &[u8]) -> Result<Vec<u8>, Failure> {
    let time = match args.tamper {
        Some(TamperArg::Stale) => UnixTime::from_secs(now.as_secs().saturating_sub(STALE)),
        _ => now,
    };
    let mut headers = with_provider(&args.sender, Sign { args: &args.sender, id, time, body })??;
    let mut body = body.to_vec();
    if let Some(tamper) = args.tamper {
        let signature = with_provider(&args.sender, SignatureHeader { args })??;
        spoil(tamper, signature, now, &mut headers, &mut body)?;
    }
    headers.insert(http::header::CONNECTION, HeaderValue::from_static("close"));
    raw(&headers, &args.to, &body)
}

struct SignatureHeader<'a> {
    args: &'a SendArgs,
}

impl ProviderVisitor for SignatureHeader<'_> {
    type Output = Result<&'static str, Failure>;

    fn visit<P: Provider>(self) -> Self::Output {
        Ok(Setup::new::<P>(&self.args.sender)?.scheme.signature_header())
    }
}

/// Breaks a signed request in one way.
fn spoil(
    tamper: TamperArg,
    signature: &'static str,
    now: UnixTime,
    headers: &mut HeaderMap,
    body: &mut Vec<u8>,
) -> Result<(), Failure> {
    let name = HeaderName::from_static(signature);
    match tamper {
        TamperArg::Body => body.push(b' '),
        TamperArg::Truncate => body.truncate(body.len() / 2),
        TamperArg::Unsigned => {
            headers.remove(name);
        }
        // The time of signing is another one already.
        TamperArg::Stale => {
            if !headers.values().any(|value| holds(value, now.as_secs().saturating_sub(STALE))) {
                return Err(untimed());
            }
        }
        TamperArg::Signature => {
            if let Some(value) = headers.get_mut(&name) {
                let mut bytes = value.as_bytes().to_vec();
                // Not the last character: some of its bits mean nothing in base64.
                let at = bytes.len().saturating_sub(5);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = if *byte == b'0' { b'1' } else { b'0' };
                }
                *value = HeaderValue::from_bytes(&bytes).map_err(|_| untimed())?;
            }
        }
        TamperArg::Timestamp => {
            let (old, new) = (now.as_secs().to_string(), now.as_secs().saturating_add(1).to_string());
            let mut changed = false;
            for value in headers.values_mut().filter(|value| holds(value, now.as_secs())) {
                let text = value.to_str().unwrap_or_default().replace(&old, &new);
                *value = HeaderValue::try_from(text).map_err(|_| untimed())?;
                changed = true;
            }
            if !changed {
                return Err(untimed());
            }
        }
    }
    Ok(())
}

fn holds(value: &HeaderValue, seconds: i64) -> bool {
    value.to_str().is_ok_and(|text| text.contains(&seconds.to_string()))
}

fn untimed() -> Failure {
    Failure::usage("--tamper: these requests carry no time of signing in seconds")
}

struct Answer {
    status: u16,
    body: String,
}

fn post(address: SocketAddr, request: &[u8]) -> std::io::Result<Answer> {
    let mut connection = TcpStream::connect_timeout(&address, TIMEOUT)?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    connection.set_write_timeout(Some(TIMEOUT))?;
    connection.write_all(request)?;
    let mut answer = Vec::new();
    connection.take(MAX_ANSWER).read_to_end(&mut answer)?;
    let broken = || std::io::Error::new(std::io::ErrorKind::InvalidData, "the answer is no HTTP response");
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(broken)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
    Ok(Answer { status, body: body.to_owned() })
}
