//! Raw HTTP/1.1 requests, as a file or another program recorded them.

use std::io::Read;

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::report::Failure;

/// A request as it was recorded.
#[derive(Debug)]
pub(crate) struct RawRequest {
    /// The verb and target of its first line.
    pub(crate) line: (String, String),
    pub(crate) headers: HeaderMap,
    /// Names of headers whose value no server would hand on, such as one with a bare line feed inside.
    pub(crate) broken: Vec<HeaderName>,
    /// Everything behind the blank line, byte for byte.
    pub(crate) body: Vec<u8>,
}

/// Largest file that is read, in bytes: far above any webhook, and small enough to hold.
const MAX_FILE: u64 = 256 * 1024 * 1024;

/// Reads a file, or standard input for `-`.
pub(crate) fn read_file(path: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = MAX_FILE.saturating_add(1);
    let read = if path == "-" {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(|error| Failure::new("unreadable_file", format!("{path}: {error}")))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_FILE) {
        return Err(Failure::new("unreadable_file", format!("{path}: larger than {MAX_FILE} bytes")));
    }
    Ok(bytes)
}

impl RawRequest {
    /// Reads a request: its line, headers up to the first blank line, and the body to the end.
    ///
    /// Of a header's value only the one blank behind the colon is taken off: what else surrounds it is part of what
    /// was recorded, and hiding it would hide a cause.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Failure> {
        let malformed = |what: &str| {
            Failure::new("malformed_request", format!("this is no raw HTTP/1.1 request: {what}"))
        };
        // Lines end as the first one does; a bare line feed among CRLF lines belongs to a header's value.
        let first = bytes.iter().position(|&byte| byte == b'\n').ok_or_else(|| malformed("no line ends"))?;
        let crlf = bytes.get(..first).is_some_and(|line| line.ends_with(b"\r"));
        let line_end: &[u8] = if crlf { b"\r\n" } else { b"\n" };
        let (head, body) =
            split(bytes, &line_end.repeat(2)).or_else(|| split(bytes, b"\n\n")).unwrap_or_else(
                // A file that ends within its headers has no body.
                || (bytes.strip_suffix(line_end).unwrap_or(bytes), &[]),
            );

        let mut lines = Lines { rest: Some(head), line_end };
        let line = lines.next().map(String::from_utf8_lossy).unwrap_or_default();
        let mut words = line.split_ascii_whitespace();
        let (Some(method), Some(target), Some(version)) = (words.next(), words.next(), words.next()) else {
            return Err(malformed("it does not begin with `POST /path HTTP/1.1`"));
        };
        if !version.starts_with("HTTP/") {
            return Err(malformed("its first line does not end with `HTTP/1.1`"));
        }

        let mut request = Self {
            line: (method.to_owned(), target.to_owned()),
            headers: HeaderMap::new(),
            broken: Vec::new(),
            body: body.to_vec(),
        };
        for line in lines.filter(|line| !line.is_empty()) {
            let (name, value) = split(line, b":").ok_or_else(|| malformed("a header has no colon"))?;
            let name = HeaderName::from_bytes(name.trim_ascii())
                .map_err(|_| malformed("a header's name is not valid"))?;
            let value = value.strip_prefix(b" ").unwrap_or(value);
            match HeaderValue::from_bytes(value) {
                Ok(value) => {
                    let added = request.headers.try_append(name, value);
                    added.map_err(|_| malformed("too many headers"))?;
                }
                Err(_) => request.broken.push(name),
            }
        }
        Ok(request)
    }
}

struct Lines<'a> {
    rest: Option<&'a [u8]>,
    line_end: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.take()?;
        let Some((line, rest)) = split(rest, self.line_end) else { return Some(rest) };
        self.rest = Some(rest);
        Some(line)
    }
}

/// What stands before and behind the first `separator`.
pub(crate) fn split<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(separator.len()).position(|window| window == separator)?;
    let (before, rest) = bytes.split_at_checked(at)?;
    Some((before, rest.get(separator.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_kept_byte_for_byte() {
        let raw = b"POST /a HTTP/1.1\r\nX-A:  1 \r\nx-b:2\r\nX-A: \xc5\xbe\r\n\r\n{\r\n\r\n}\n";
        let request = RawRequest::parse(raw).unwrap();
        assert_eq!(request.line, ("POST".to_owned(), "/a".to_owned()));
        assert_eq!(request.body, b"{\r\n\r\n}\n");
        let values: Vec<_> = request.headers.get_all("x-a").iter().map(HeaderValue::as_bytes).collect();
        assert_eq!(values, [&b" 1 "[..], b"\xc5\xbe"]);
        assert_eq!(request.headers["x-b"], "2");
    }

    #[test]
    fn line_feeds_alone_will_do() {
        let request = RawRequest::parse(b"POST / HTTP/1.1\nx-a: 1\n\nbody\r\n\r\n").unwrap();
        assert_eq!(
            (&request.headers["x-a"], request.body.as_slice()),
            (&"1".parse().unwrap(), &b"body\r\n\r\n"[..])
        );
        assert_eq!(RawRequest::parse(b"GET / HTTP/1.1\r\nx-a: 1\r\n\r\n").unwrap().body, b"");
        assert_eq!(RawRequest::parse(b"GET / HTTP/1.1\r\nx-a: 1\r\n").unwrap().headers.len(), 1);
    }

    #[test]
    fn a_line_feed_inside_a_header_breaks_that_header_only() {
        let request = RawRequest::parse(b"POST / HTTP/1.1\r\nx-a: 1\n2\r\nx-b: 3\r\n\r\n{}").unwrap();
        assert_eq!(request.broken, ["x-a"]);
        assert_eq!(request.headers["x-b"], "3");
    }

    #[test]
    fn what_is_no_request() {
        for raw in
            [&b""[..], b"{}", b"{}\n", b"POST / nonsense\r\n\r\n", b"POST / HTTP/1.1\r\nno colon\r\n\r\n"]
        {
            assert!(RawRequest::parse(raw).is_err(), "{raw:?}");
        }
    }
}
