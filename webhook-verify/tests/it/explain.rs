//! A good request broken in each way: the right cause comes first.

use http::{HeaderMap, HeaderValue};
use webhook_verify::Part::{Body, Text, Timestamp};
use webhook_verify::explain::{Cause, Explain, Hint};
use webhook_verify::providers::{Clerk, Notion, SupabaseAuth, Svix, fluxbase, standard_webhooks, supabase};
use webhook_verify::{
    Encoding, KeyEncoding, Place, Provider, Scheme, Secret, Secrets, Signer, TimestampUnit, UnixTime,
};

use crate::captures;

const NOW: UnixTime = UnixTime::from_secs(1_795_338_994);
const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const TEXT: &str = "top-secret-value-0123456789";
const BODY: &str = "{\"type\":\"user.updated\",\"a\":[1,2.50,{\"name\":\"\u{17d}lu\u{165} \u{1f469}\",\"html\":\"<a href='/x'>\"}],\"b\":{}}";

fn secret(text: &str) -> Secrets {
    Secret::new(text).unwrap().into()
}

fn signed(scheme: Scheme, text: &str, body: &[u8]) -> HeaderMap {
    Signer::new(scheme, secret(text)).unwrap().sign("msg_1", NOW, body).unwrap()
}

fn hints(scheme: Scheme, text: &str, headers: &HeaderMap, body: &[u8]) -> Vec<Hint> {
    let hints = Explain::new(&scheme, &secret(text)).hints(headers, body, NOW);
    let shown = format!("{hints:?}");
    assert!(!shown.contains(text) && !shown.contains(text.trim_start_matches("whsec_")), "{shown}");
    hints
}

#[track_caller]
fn assert_first(hints: &[Hint], cause: Cause, certain: bool) {
    let first = hints.first().unwrap_or_else(|| panic!("no hint for {cause:?}"));
    assert_eq!((first.cause(), first.is_certain()), (cause, certain), "{hints:?}");
    assert!(!first.message().is_empty() && !first.cause().code().is_empty());
}

#[test]
fn a_good_request_needs_no_hint() {
    let headers = signed(Clerk::SCHEME, WHSEC, BODY.as_bytes());
    assert_eq!(hints(Clerk::SCHEME, WHSEC, &headers, BODY.as_bytes()), []);
}

/// Signed as one body, arrived as another.
#[test]
fn bodies() {
    let python = serde_json::to_string(&serde_json::from_str::<serde_json::Value>(BODY).unwrap()).unwrap();
    let ascii = BODY
        .replace('\u{17d}', "\\u017d")
        .replace('\u{165}', "\\u0165")
        .replace('\u{1f469}', "\\ud83d\\udc69");
    let pretty = "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}";
    let base64 = "eyJhIjoxfQ==";
    let cases: [(&str, &str, Cause); 24] = [
        ("{\"a\":1,\"b\":[1,2]}", "{\"a\": 1, \"b\": [1, 2]}", Cause::JsonSpacing),
        ("{\"a\": 1, \"b\": [1, 2]}", "{\"a\":1,\"b\":[1,2]}", Cause::JsonSpacing),
        (pretty, "{\"a\":[1,2],\"b\":{}}", Cause::JsonSpacing),
        ("{\"a\":[1,2],\"b\":{}}", pretty, Cause::JsonSpacing),
        ("{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", Cause::KeyOrder),
        ("{\"b\": 2, \"aa\": 1}", "{\"aa\":1,\"b\":2}", Cause::KeyOrder),
        (&ascii, BODY, Cause::EscapedUnicode),
        (BODY, &ascii, Cause::EscapedUnicode),
        ("{\"a\":\"\\u003cb\\u003e\"}", "{\"a\":\"<b>\"}", Cause::EscapedUnicode),
        ("{\"a\":\"\\/x\"}", "{\"a\":\"/x\"}", Cause::EscapedUnicode),
        (BODY, &format!("{BODY}\n"), Cause::TrailingNewline),
        (BODY, &format!("{BODY}\r\n"), Cause::TrailingNewline),
        (&format!("{BODY}\n"), BODY, Cause::TrailingNewline),
        (&format!("{BODY}\r\n"), BODY, Cause::TrailingNewline),
        (pretty, &pretty.replace('\n', "\r\n"), Cause::LineEndings),
        (&pretty.replace('\n', "\r\n"), pretty, Cause::LineEndings),
        ("{\"a\":1}", base64, Cause::Base64Body),
        ("{\"a\":1}", "\"{\\\"a\\\":1}\"", Cause::JsonText),
        (BODY, &format!("\u{feff}{BODY}"), Cause::ByteOrderMark),
        ("{\"a\": \"x\\y\"}", "{\"a\": \"x\\\\y\"}", Cause::DoubledBackslashes),
        ("{\"a\" : 1, \"b\" : \"x\"}", "{\"a\": 1, \"b\": \"x\"}", Cause::JsonSignedJsonbSent),
        ("{\"b\" : 1, \"aa\" : \"x\"}", "{\"b\": 1, \"aa\": \"x\"}", Cause::JsonSignedJsonbSent),
        ("{\"a\":1,\"z\":\"\\u017d\"}", "{\"z\": \"\u{17d}\", \"a\": 1}", Cause::KeyOrder),
        (&format!("\u{feff}{BODY}"), BODY, Cause::ByteOrderMark),
    ];
    assert_ne!(python, BODY);
    for (sent, received, cause) in cases {
        for (scheme, secret) in [(Svix::SCHEME, WHSEC), (supabase::HMAC_HEX, TEXT), (fluxbase::SIGNED, TEXT)]
        {
            let headers = signed(scheme, secret, sent.as_bytes());
            assert_first(&hints(scheme, secret, &headers, received.as_bytes()), cause, true);
        }
    }
    let headers = signed(supabase::HMAC_HEX, TEXT, b"{\"a\":\"\xfc\"}");
    assert_first(
        &hints(supabase::HMAC_HEX, TEXT, &headers, "{\"a\":\"\u{fc}\"}".as_bytes()),
        Cause::Charset,
        true,
    );
}

#[test]
fn lengths_and_compression() {
    let scheme = Clerk::SCHEME;
    let with = |name: &'static str, value: &str| {
        let mut headers = signed(scheme, WHSEC, BODY.as_bytes());
        headers.insert(name, value.parse().unwrap());
        headers
    };
    let length = BODY.len().to_string();
    let cut = &BODY.as_bytes()[..BODY.len() - 7];
    assert_first(&hints(scheme, WHSEC, &with("content-length", &length), cut), Cause::TruncatedBody, false);
    assert_first(&hints(scheme, WHSEC, &with("content-length", &length), b""), Cause::EmptyBody, false);
    assert_first(&hints(scheme, WHSEC, &with("x", ""), b""), Cause::EmptyBody, false);
    let more = format!("{BODY}garbage");
    assert_first(
        &hints(scheme, WHSEC, &with("content-length", &length), more.as_bytes()),
        Cause::ExtraBytes,
        true,
    );
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xabV*I-.Q\xb22R\xaaV\xca\xc8\x04\0";
    assert_first(
        &hints(scheme, WHSEC, &with("content-encoding", "gzip"), gzip),
        Cause::CompressedBody,
        false,
    );
    // No beginning tells these two, but the header does: `{"a":1}` by Brotli, and by deflate without zlib's frame.
    for (encoding, bytes) in
        [("br", &b"\x0b\x03\x80{\"a\":1}\x03"[..]), ("deflate", b"\xabVJT\xb22\xac\x05\x00")]
    {
        assert_first(
            &hints(scheme, WHSEC, &with("content-encoding", encoding), bytes),
            Cause::CompressedBody,
            false,
        );
        let untold = hints(scheme, WHSEC, &with("x", ""), bytes);
        assert_first(&untold, Cause::OtherSecret, false);
    }
    // Signed after the compression, which something has undone.
    let mut headers = signed(scheme, WHSEC, gzip);
    headers.insert("content-encoding", "gzip".parse().unwrap());
    assert_first(&hints(scheme, WHSEC, &headers, BODY.as_bytes()), Cause::DecompressedBody, false);
}

/// Signed with one reading of the secret, configured with another.
#[test]
fn secrets() {
    use base64::Engine;
    let raw = Scheme::hmac_sha256("x-signature", Encoding::Hex);
    let base64 = raw.key(KeyEncoding::Base64);
    let hex = raw.key(KeyEncoding::Hex);
    let whsec = base64.strip(&["whsec_"]);
    let key64 = base64::engine::general_purpose::STANDARD.encode("0123456789abcdefghijklmn");
    let bytes = |key: &[u8]| Secrets::from(Secret::from_bytes(key).unwrap());
    for (how, key, scheme, configured, cause) in [
        ("raw, read as base64", key64.as_bytes().to_vec(), base64, key64.as_str(), Cause::SecretDecoding),
        ("base64, read raw", b"0123456789abcdefghijklmn".to_vec(), raw, &key64, Cause::SecretDecoding),
        ("hex, read raw", b"\x01\x02\xab\xcd".to_vec(), raw, "0102abcd", Cause::SecretDecoding),
        ("raw, read as hex", b"0102abcd".to_vec(), hex, "0102abcd", Cause::SecretDecoding),
        ("prefix kept", WHSEC.as_bytes().to_vec(), whsec, WHSEC, Cause::SecretDecoding),
        (
            "prefix dropped",
            TEXT.as_bytes().to_vec(),
            raw,
            "secret_top-secret-value-0123456789",
            Cause::SecretPrefix,
        ),
        ("prefix left out", b"secret_abc!".to_vec(), raw, "abc!", Cause::SecretPrefix),
        ("newline", b"top!\n".to_vec(), raw, "top!", Cause::SecretWhitespace),
        ("CRLF", b"top!\r\n".to_vec(), raw, "top!", Cause::SecretWhitespace),
        ("blank", b"top! ".to_vec(), raw, "top!", Cause::SecretWhitespace),
        ("quotes", b"\"top!\"".to_vec(), raw, "top!", Cause::SecretQuotes),
    ] {
        let signer = Signer::new(raw, bytes(&key)).unwrap();
        let headers = signer.sign("", NOW, BODY.as_bytes()).unwrap();
        let found = Explain::new(&scheme, &secret(configured)).hints(&headers, BODY.as_bytes(), NOW);
        assert_first(&found, cause, true);
        assert!(!format!("{found:?}").contains(configured), "{how}");
    }
    // White space and quotes on our side, which only a verbatim secret can have.
    for (configured, cause) in [("top! ", Cause::SecretWhitespace), ("'top!'", Cause::SecretQuotes)] {
        let headers = Signer::new(raw, secret("top!")).unwrap().sign("", NOW, BODY.as_bytes()).unwrap();
        let found = Explain::new(&raw, &bytes(configured.as_bytes())).hints(&headers, BODY.as_bytes(), NOW);
        assert_first(&found, cause, true);
    }
    let headers = signed(Clerk::SCHEME, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", BODY.as_bytes());
    let mine = secret(WHSEC);
    let explain = Explain::new(&Clerk::SCHEME, &mine);
    assert_first(&explain.hints(&headers, BODY.as_bytes(), NOW), Cause::OtherSecret, false);
    let explain = explain.other("the staging endpoint", secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"));
    let found = explain.hints(&headers, BODY.as_bytes(), NOW);
    assert_first(&found, Cause::OtherSecret, true);
    assert!(found[0].message().contains("the staging endpoint"));
}

#[test]
fn headers_of_others() {
    let body = BODY.as_bytes();
    let webhook = signed(standard_webhooks::WEBHOOK_HEADERS, WHSEC, body);
    assert_first(&hints(Clerk::SCHEME, WHSEC, &webhook, body), Cause::HeaderFamily, true);
    assert_first(&hints(Clerk::SCHEME, "whsec_d3Jvbmc=", &webhook, body), Cause::HeaderFamily, false);
    let svix = signed(Clerk::SCHEME, WHSEC, body);
    assert_first(&hints(SupabaseAuth::SCHEME, WHSEC, &svix, body), Cause::HeaderFamily, true);
    let mut mixed = svix;
    let id = mixed.remove("svix-id").unwrap();
    mixed.insert("webhook-id", id);
    assert_first(&hints(Svix::SCHEME, WHSEC, &mixed, body), Cause::HeaderFamily, false);

    for (sent, configured) in [
        (fluxbase::LEGACY, fluxbase::SIGNED),
        (fluxbase::SIGNED, fluxbase::LEGACY),
        (fluxbase::SIGNED, fluxbase::GUIDE),
        (supabase::BEARER, supabase::STATIC_TOKEN),
        (supabase::STATIC_TOKEN, supabase::HMAC_HEX),
        (supabase::HMAC_HEX, supabase::STATIC_TOKEN),
        (supabase::HMAC_TIMESTAMPED, supabase::HMAC_HEX),
        (Notion::SCHEME, supabase::HMAC_HEX),
    ] {
        let headers = signed(sent, TEXT, body);
        assert_first(&hints(configured, TEXT, &headers, body), Cause::OtherVariant, true);
    }
    let headers = signed(fluxbase::LEGACY, TEXT, body);
    assert_first(&hints(fluxbase::SIGNED, "other", &headers, body), Cause::OtherVariant, false);
    assert_first(&hints(Clerk::SCHEME, WHSEC, &HeaderMap::new(), body), Cause::Unsigned, false);

    let mut twice = signed(Clerk::SCHEME, WHSEC, body);
    twice.append("svix-id", HeaderValue::from_static("msg_2"));
    assert_first(&hints(Clerk::SCHEME, WHSEC, &twice, body), Cause::RepeatedHeader, false);
    let mut padded = signed(Clerk::SCHEME, WHSEC, body);
    padded.insert("svix-timestamp", format!(" {}", NOW.as_secs()).parse().unwrap());
    assert_first(&hints(Clerk::SCHEME, WHSEC, &padded, body), Cause::PaddedHeader, true);
}

#[test]
fn times() {
    let at = |seconds: i64, unit: TimestampUnit| {
        let scheme = Scheme::hmac_sha256("x-signature", Encoding::Hex)
            .timestamp(Place::Header("x-time"))
            .signed(&[Timestamp, Text("."), Body]);
        let signer = Signer::new(scheme.unit(unit), secret(TEXT)).unwrap();
        let headers = signer.sign("", UnixTime::from_secs(seconds), BODY.as_bytes()).unwrap();
        (scheme, headers)
    };
    let now = NOW.as_secs();
    let (scheme, headers) = at(now, TimestampUnit::Milliseconds);
    assert_first(&hints(scheme, TEXT, &headers, BODY.as_bytes()), Cause::Milliseconds, true);
    let (scheme, headers) = at(now, TimestampUnit::Seconds);
    let scheme = scheme.unit(TimestampUnit::Milliseconds);
    assert_first(&hints(scheme, TEXT, &headers, BODY.as_bytes()), Cause::Seconds, true);
    let (scheme, headers) = at(now, TimestampUnit::Rfc3339);
    assert_first(&hints(scheme, TEXT, &headers, BODY.as_bytes()), Cause::TimestampForm, false);
    for (seconds, says) in [
        (-301, "(-301 s): it is old"),
        (301, "(+301 s): the sender's clock is fast"),
        (-7200, "(-7200 s), which is whole hours"),
        (19_790, "(+19790 s), which is whole hours"),
    ] {
        let (scheme, headers) = at(now + seconds, TimestampUnit::Seconds);
        let found = hints(scheme, TEXT, &headers, BODY.as_bytes());
        assert_first(&found, Cause::ClockSkew, true);
        assert!(seconds == 19_790 || found[0].message().contains(says), "{found:?}");
        let found = hints(scheme, TEXT, &headers, b"another body");
        assert_first(&found, Cause::ClockSkew, false);
        assert_eq!(found[1].cause(), Cause::OtherSecret, "{found:?}");
    }
}

type Change<'a> = &'a dyn Fn(&str) -> String;

#[test]
fn spellings_of_the_signature() {
    let body = BODY.as_bytes();
    let rewrite = |scheme: Scheme, name: &'static str, change: &dyn Fn(&str) -> String| {
        let mut headers = signed(scheme, TEXT, body);
        let value = change(headers[name].to_str().unwrap());
        headers.insert(name, value.parse().unwrap());
        headers
    };
    let name = "x-sig";
    let hex = Scheme::hmac_sha256(name, Encoding::Hex);
    let prefixed = hex.prefix("sha256=");
    let base64 = Scheme::hmac_sha256(name, Encoding::Base64);
    let list = hex.list(',', '=', "v1");
    let cases: [(Scheme, Scheme, Change<'_>, Cause); 11] = [
        (prefixed, hex, &|value| value.to_owned(), Cause::SignaturePrefix),
        (hex, prefixed, &|value| value.to_owned(), Cause::SignaturePrefix),
        (prefixed, prefixed, &|value| format!("sha256={value}"), Cause::SignaturePrefix),
        (prefixed, prefixed, &|value| value.replace("sha256", "SHA256"), Cause::SignaturePrefix),
        (list, list, &|value| value.replace("v1=", "v1=sha256="), Cause::SignaturePrefix),
        (hex, hex, &|value| format!("\"{value}\""), Cause::SignatureQuotes),
        (base64, hex, &|value| value.to_owned(), Cause::SignatureEncoding),
        (hex, base64, &|value| value.to_owned(), Cause::SignatureEncoding),
        (base64, base64, &|value| value.trim_end_matches('=').to_owned(), Cause::SignatureEncoding),
        (Scheme::hmac_sha1(name, Encoding::Hex), hex, &|value| value.to_owned(), Cause::OtherAlgorithm),
        (Scheme::hmac_sha512(name, Encoding::Base64), hex, &|value| value.to_owned(), Cause::OtherAlgorithm),
    ];
    for (sent, scheme, change, cause) in cases {
        let headers = rewrite(sent, name, change);
        assert_first(&hints(scheme, TEXT, &headers, body), cause, true);
    }
    let cut = rewrite(hex, name, &|value| value[..60].to_owned());
    assert_first(&hints(hex, TEXT, &cut, body), Cause::SignatureEncoding, false);
    let expected = hex.timestamp(Place::Header("x-time")).signed(&[Timestamp, Text("."), Body]);
    let mut headers = rewrite(hex, name, &str::to_owned);
    headers.insert("x-time", NOW.as_secs().into());
    assert_first(&hints(expected, TEXT, &headers, body), Cause::SignedContent, true);
}

#[test]
fn a_handshake_under_another_token() {
    let body = br#"{"verification_token":"secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"}"#;
    let headers = signed(Notion::SCHEME, "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl", body);
    let found = hints(Notion::SCHEME, "secret_of_somebody_else", &headers, body);
    assert_first(&found, Cause::Handshake, true);
    assert!(!format!("{found:?}").contains("tMrlL1"));
}

/// Captured from a trigger that signs json text and sends jsonb text.
#[test]
fn the_captured_trap() {
    let (headers, body) = captures::read("supabase", "signed-jsontrap-insert.http");
    assert_first(&hints(supabase::HMAC_HEX, TEXT, &headers, &body), Cause::JsonSignedJsonbSent, false);
}

#[test]
fn work_is_bounded() {
    // Nothing verifies, and every reading of a large body is tried.
    let body = format!("[{}1]", "{\"a\": \"\u{e9}\"}, ".repeat(16_000));
    let headers = signed(Svix::SCHEME, "whsec_d3Jvbmc=", b"other");
    let found = hints(Svix::SCHEME, WHSEC, &headers, body.as_bytes());
    assert_first(&found, Cause::OtherSecret, false);
    let deep = "[".repeat(200_000);
    assert_first(&hints(Svix::SCHEME, WHSEC, &headers, deep.as_bytes()), Cause::OtherSecret, false);
}
