//! Requests of the size that a proxy hands on, signed now: some of the crates beside us read the real clock.

use hmac::digest::FixedOutput;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, header};
use sha2::Sha256;
use webhook_verify::{Scheme, Secret, Signer, UnixTime};

/// Of the form of Svix and Clerk.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// The key that [`SECRET`] stands for.
pub const KEY: &[u8] = &[
    0x31, 0xf2, 0x90, 0xf6, 0xbf, 0x06, 0x29, 0x8a, 0xab, 0x4f, 0x08, 0xd4, 0x3c, 0x3f, 0x08, 0x2c, 0xf6,
    0x48, 0xa3, 0x62, 0xda, 0x2d, 0xa4, 0xb0,
];
/// Another one of that form, for rotation.
pub const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// The message's id.
pub const ID: &str = "msg_2b3hF8kQzYxWvUtSrQpOnMlKjIh";

/// The headers that stand in a request beside those of a scheme with three.
const USUAL: [(&str, &str); 12] = [
    ("host", "api.example.com"),
    ("user-agent", "Svix-Webhooks/1.62.0 (sender-9YMgn; +https://www.svix.com/http-sender/)"),
    ("content-type", "application/json"),
    ("content-length", "3283"),
    ("accept", "*/*"),
    ("accept-encoding", "gzip"),
    ("x-forwarded-for", "203.0.113.24, 198.51.100.7"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "api.example.com"),
    ("x-real-ip", "203.0.113.24"),
    ("x-request-id", "7f1e6a52-0d6b-4f0e-8f6c-2f0a6f1f7b11"),
    ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
];

/// The headers of a request with `body`, signed at `time`.
pub fn signed(scheme: Scheme, secret: &str, body: &[u8], time: UnixTime) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in USUAL {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let secret = Secret::new(secret).expect("a secret");
    let signer = Signer::new(scheme, secret).expect("a scheme and its secret");
    signer.sign_with(headers, ID, time, body).expect("a request to sign")
}

/// The bytes of a request with these headers and this body on a connection that stays open.
pub fn wire(headers: &HeaderMap, body: &[u8]) -> Vec<u8> {
    let mut request = b"POST / HTTP/1.1\r\n".to_vec();
    let length = HeaderValue::from(body.len());
    for (name, value) in headers {
        let value = if name == header::CONTENT_LENGTH { &length } else { value };
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            request.extend_from_slice(part);
        }
    }
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(body);
    request
}

/// The same headers with `others` more signatures of the same form in the list of the header `name`, the good one
/// first or last.
pub fn crowded(mut headers: HeaderMap, name: &'static str, others: usize, good_last: bool) -> HeaderMap {
    let good = headers[name].to_str().expect("ASCII").to_owned();
    let wrong = format!("v1,{}", "A".repeat(43) + "=");
    let mut list = vec![wrong; others];
    list.insert(if good_last { others } else { 0 }, good);
    headers.insert(name, list.join(" ").parse().expect("ASCII"));
    headers
}

/// The limit of a Standard Webhooks request: the MAC of what is signed, by a key that is ready.
pub fn mac(keyed: &Hmac<Sha256>, id: &str, time: &str, body: &[u8]) -> [u8; 32] {
    let mut mac = keyed.clone();
    mac.update(id.as_bytes());
    mac.update(b".");
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.finalize_fixed().into()
}

/// The MAC of a body by hand, as much as a handler without any library would compute.
pub fn by_hand() -> impl Fn(&[u8]) -> [u8; 32] + Clone + Send + Sync + 'static {
    let keyed = Hmac::<Sha256>::new_from_slice(KEY).expect("any length will do");
    // Leaked, for the frameworks clone a handler for each request: a `String` would be allocated again each time.
    let time: &str = UnixTime::now().as_secs().to_string().leak();
    move |body| mac(&keyed, ID, time, body)
}

#[cfg(test)]
mod tests {
    use webhook_verify::providers::Clerk;
    use webhook_verify::{Provider, Verifier};

    use super::*;

    #[test]
    fn the_bytes_of_a_request_are_read_back_and_verify() {
        let (body, time) = (br#"{"type":"user.created"}"#, UnixTime::from_secs(1_760_630_400));
        let request = wire(&signed(Clerk::SCHEME, SECRET, body, time), body);
        let mut found = [httparse::EMPTY_HEADER; 16];
        let mut read = httparse::Request::new(&mut found);
        let head = read.parse(&request).unwrap().unwrap();
        assert_eq!((read.method, read.path, &request[head..]), (Some("POST"), Some("/"), &body[..]));
        let mut headers = HeaderMap::new();
        for header in read.headers.iter() {
            let name: header::HeaderName = header.name.parse().unwrap();
            headers.append(name, HeaderValue::from_bytes(header.value).unwrap());
        }
        assert_eq!(headers.len(), 15);
        assert_eq!(headers[header::CONTENT_LENGTH], body.len().to_string());
        let verifier = Verifier::new(Clerk::SCHEME, Secret::new(SECRET).unwrap()).unwrap();
        let verified = verifier.verify(&headers, &request[head..], time).unwrap();
        assert_eq!(verified.body(), body);
    }
}
