//! `webhook sign`: the request that a sender would send.

use std::fmt::Write as _;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use webhook_core::UnixTime;
use webhook_verify::providers::ProviderVisitor;
use webhook_verify::{Provider, Signer};

use crate::args::{FormArg, SenderArgs, SignArgs};
use crate::raw::read_file;
use crate::report::{Failure, YES, print, print_bytes};
use crate::setup::{Setup, with_provider};

pub(crate) fn run(args: &SignArgs) -> Result<u8, Failure> {
    let body = read_file(&args.file)?;
    let time = args.now.map_or_else(UnixTime::now, UnixTime::from_secs);
    let id = args.id.clone().unwrap_or_else(fresh_id);
    let sign = Sign { args: &args.sender, id: &id, time, body: &body };
    let headers = with_provider(&args.sender, sign)??;
    match args.form {
        FormArg::Headers => print_bytes(&header_lines(&headers, b"\n"))?,
        FormArg::Http => print_bytes(&raw(&headers, &args.url, &body)?)?,
        FormArg::Curl => print(&curl(&headers, &args.url, &args.file, &body)?)?,
    }
    Ok(YES)
}

/// Signs a body as the flags say.
pub(crate) struct Sign<'a> {
    pub(crate) args: &'a SenderArgs,
    pub(crate) id: &'a str,
    pub(crate) time: UnixTime,
    pub(crate) body: &'a [u8],
}

impl ProviderVisitor for Sign<'_> {
    type Output = Result<HeaderMap, Failure>;

    fn visit<P: Provider>(self) -> Self::Output {
        let setup = Setup::new::<P>(self.args)?;
        let signer = Signer::new(setup.scheme, setup.secrets)?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        signer
            .sign_with(headers, self.id, self.time, self.body)
            .map_err(|error| Failure::new("unsignable", error))
    }
}

/// An id that no other message has, in all likelihood: the standard library seeds its hashers at random.
pub(crate) fn fresh_id() -> String {
    use std::hash::BuildHasher;
    let random = std::hash::RandomState::new();
    format!("msg_{:016x}{:016x}", random.hash_one(0), random.hash_one(1))
}

pub(crate) fn header_lines(headers: &HeaderMap, end: &[u8]) -> Vec<u8> {
    let mut lines = Vec::new();
    for (name, value) in headers {
        lines.extend_from_slice(&[name.as_str().as_bytes(), b": ", value.as_bytes(), end].concat());
    }
    lines
}

/// The request as it goes over the wire.
pub(crate) fn raw(headers: &HeaderMap, url: &str, body: &[u8]) -> Result<Vec<u8>, Failure> {
    let uri: http::Uri = url.parse().map_err(|_| Failure::usage("the URL is not valid"))?;
    let host = uri.authority().map_or("localhost", http::uri::Authority::as_str);
    // What stands before an `@` is for the client, never for the Host header.
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let mut request = format!("POST {path} HTTP/1.1\r\nhost: {host}\r\n").into_bytes();
    request.extend_from_slice(&header_lines(headers, b"\r\n"));
    request.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    request.extend_from_slice(body);
    Ok(request)
}

fn curl(headers: &HeaderMap, url: &str, file: &str, body: &[u8]) -> Result<String, Failure> {
    let mut command = format!("curl -X POST {}", quoted(url));
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        // Writing to a string cannot fail.
        let _ = write!(command, " \\\n  -H {}", quoted(&format!("{name}: {value}")));
    }
    let data = if file == "-" {
        let text =
            std::str::from_utf8(body).ok().filter(|text| !text.contains('\0') && !text.starts_with('@'));
        quoted(text.ok_or_else(|| Failure::usage("this body cannot stand in a command: give a file"))?)
    } else {
        quoted(&format!("@{file}"))
    };
    let _ = writeln!(command, " \\\n  --data-binary {data}");
    Ok(command)
}

/// In quotes for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
