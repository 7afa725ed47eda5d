//! Where an HTTP/1.1 answer ends, for a client that keeps its connection.

/// Far more than any of the servers sends.
const HEADERS: usize = 32;

/// An answer that is there as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Its status code.
    pub status: u16,
    /// Its bytes, head and body.
    pub length: usize,
}

/// The answer that `received` begins with, or `None` as long as some of it is missing.
///
/// # Errors
///
/// What is wrong with it, in words: it is no HTTP, or its end cannot be known by a Content-Length.
pub fn first(received: &[u8]) -> Result<Option<Answer>, String> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let head = match response.parse(received).map_err(|error| error.to_string())? {
        httparse::Status::Complete(head) => head,
        httparse::Status::Partial => return Ok(None),
    };
    let status = response.code.ok_or("there is no status")?;
    // https://www.rfc-editor.org/rfc/rfc9112#section-6.3: these have no body whatever their headers say.
    let body = if matches!(status, 100..200 | 204 | 304) { 0 } else { content_length(response.headers)? };
    let length = head.checked_add(body).ok_or("the Content-Length is too large")?;
    Ok((received.len() >= length).then_some(Answer { status, length }))
}

fn content_length(headers: &[httparse::Header<'_>]) -> Result<usize, String> {
    let mut lengths = headers.iter().filter(|header| header.name.eq_ignore_ascii_case("content-length"));
    let (Some(length), None) = (lengths.next(), lengths.next()) else {
        return Err("there is not exactly one Content-Length".to_owned());
    };
    let digits =
        std::str::from_utf8(length.value).ok().filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    digits.and_then(|text| text.parse().ok()).ok_or_else(|| "the Content-Length is no number".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_content_length_says() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nDate: today\r\n\r\nbodyHTTP/1.1 200";
        let length = answer.len() - "HTTP/1.1 200".len();
        for received in 0..length {
            assert_eq!(first(&answer[..received]), Ok(None), "{received} bytes");
        }
        for received in length..=answer.len() {
            assert_eq!(first(&answer[..received]), Ok(Some(Answer { status: 200, length })));
        }
    }

    #[test]
    fn an_answer_without_content_ends_with_its_head() {
        let answer = b"HTTP/1.1 204 No Content\r\ndate: today\r\n\r\n";
        assert_eq!(first(answer), Ok(Some(Answer { status: 204, length: answer.len() })));
    }

    #[test]
    fn an_answer_whose_end_is_unknown_is_an_error() {
        for head in [
            "",
            "Transfer-Encoding: chunked\r\n",
            "Content-Length: 1\r\nContent-Length: 2\r\n",
            "Content-Length: +1\r\n",
            "Content-Length: \r\n",
            "Content-Length: 18446744073709551615\r\n",
        ] {
            let answer = format!("HTTP/1.1 200 OK\r\n{head}\r\n");
            assert!(first(answer.as_bytes()).is_err(), "{head}");
        }
        assert!(first(b"SMTP ready\r\n\r\n").is_err());
    }
}
