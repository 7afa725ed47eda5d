//! The table.

use http::HeaderMap;
use webhook_verify::providers::{Clerk, Notion, RecordEnvelope, standard_webhooks};
use webhook_verify::webhook_core::{Delivery, UnixTime};
use webhook_verify::{MAX_SIGNATURES, Provider, Scheme, Secret, Signer};

use crate::wire::{Answer, Case, End, Step};
use crate::{CURRENT, ClerkStaging, LIMIT, NO_KEY, NOTION, PREVIOUS, RECORD, STAGING, TENANTS};

const BODY: &[u8] = br#"{"type":"invoice.paid","data":{"id":7}}"#;

/// `BODY` under gzip.
const GZIP: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\x2a\xa9\x2c\x48\x55\xb2\x52\xca\xcc\x2b\xcb\xcf\
    \x4c\x4e\xd5\x2b\x48\xcc\x4c\x51\xd2\x51\x4a\x49\x2c\x49\x54\xb2\xaa\x56\x02\x72\xac\xcc\x6b\x6b\x01\x28\x8b\xfc\
    \xed\x27\x00\x00\x00";

/// More than a connection's buffers hold, in bytes: a client that sends this much must be read or cut off.
const HUGE: usize = 16 * 1024 * 1024;

const STANDARD: Scheme = standard_webhooks::SCHEME;
const ID: &str = "msg_1";
const JSON: &str = "application/json";

/// A good request and its answer, for the end of a case.
pub(crate) fn probe() -> (Vec<u8>, Answer) {
    (signed("/webhook", BODY).whole(BODY), accepted(BODY))
}

pub(crate) fn cases() -> Vec<Case> {
    [framing(), headers(), signatures(), times(), sizes(), incomplete(), payloads(), methods(), receivers()]
        .into_iter()
        .flatten()
        .collect()
}

/// What is stored, and what cannot be.
pub(crate) fn stored() -> Vec<Case> {
    let answer = |body: &[u8]| Answer { status: 202, content_type: Some(JSON), ..plain(body) };
    let first = br#"{"status":"accepted","message":"Webhook payload received and queued for processing","details":{"event_type":"invoice.paid","source":"standard-webhooks","id":"msg_1"}}"#;
    let again = br#"{"type":"invoice.changed","data":{"id":7}}"#;
    let away = refused(503, "not_stored", "the webhook could not be stored; send it again later");
    vec![
        waits("a new event", signed("/stored", BODY).whole(BODY), answer(first)),
        waits("a duplicate", signed("/stored", BODY).whole(BODY), answer(first)),
        waits("another body with the same id", signed("/stored", again).whole(again), answer(first)),
        waits("no event", signed("/stored", b"not json").whole(b"not json"), answer(first)),
        waits("not signed", post("/stored").whole(BODY), missing("svix-id")),
        waits("too large", signed("/stored", &[b' '; LIMIT + 1]).whole(&[b' '; LIMIT + 1]), too_large()),
        waits(
            "nothing can be stored",
            signed("/full", BODY).whole(BODY),
            Answer { retry_after: Some("10"), ..away },
        ),
        waits("nothing can be stored, and not signed", post("/full").whole(BODY), missing("svix-id")),
    ]
}

/// Ways in which a good request can be written.
fn framing() -> Vec<Case> {
    let expecting = || signed("/webhook", BODY).header("Expect", "100-continue").length(BODY.len()).end();
    let byte_by_byte = || BODY.iter().map(|byte| Step::Send(vec![*byte]));
    let twice = [signed("/webhook", BODY).whole(BODY), signed("/signed", BODY).whole(BODY)].concat();
    let refused_then_good = [post("/webhook").whole(BODY), signed("/webhook", BODY).whole(BODY)].concat();
    vec![
        good("Webhook", signed("/webhook", BODY).whole(BODY), accepted(BODY)),
        good("Signed", signed("/signed", BODY).whole(BODY), accepted(BODY)),
        good("one chunk", signed("/webhook", BODY).chunked(&[BODY]), accepted(BODY)),
        good("many chunks", signed("/webhook", BODY).chunked(&byte_chunks(BODY)), accepted(BODY)),
        good("a query in the URL", signed("/webhook?source=1", BODY).whole(BODY), accepted(BODY)),
        Case {
            name: "the body comes byte by byte",
            steps: std::iter::once(Step::Send(signed("/webhook", BODY).length(BODY.len()).end()))
                .chain(byte_by_byte())
                .collect(),
            answers: vec![accepted(BODY)],
            end: End::Open,
        },
        Case {
            name: "Expect: 100-continue",
            steps: vec![Step::Send(expecting()), Step::AwaitContinue, Step::Send(BODY.to_vec())],
            answers: vec![accepted(BODY)],
            end: End::Open,
        },
        Case {
            name: "Expect: 100-continue, then the body byte by byte",
            steps: [Step::Send(expecting()), Step::AwaitContinue].into_iter().chain(byte_by_byte()).collect(),
            answers: vec![accepted(BODY)],
            end: End::Open,
        },
        Case {
            name: "two requests at once",
            steps: vec![Step::Send(twice)],
            answers: vec![accepted(BODY), accepted(BODY)],
            end: End::Open,
        },
        Case {
            name: "two requests at once, the first refused",
            steps: vec![Step::Send(refused_then_good)],
            answers: vec![missing("svix-id"), accepted(BODY)],
            end: End::OpenOrClosed,
        },
        Case {
            name: "HTTP/1.0",
            steps: vec![Step::Send(signed("/webhook", BODY).version("1.0").whole(BODY))],
            answers: vec![accepted(BODY)],
            end: End::Closed,
        },
    ]
}

/// Names and numbers of headers.
fn headers() -> Vec<Case> {
    let odd_case = |name: &str| {
        name.chars()
            .enumerate()
            .map(|(index, c)| if index % 2 == 0 { c.to_ascii_uppercase() } else { c })
            .collect::<String>()
    };
    let without = |name: &str| signed("/webhook", BODY).without(name).whole(BODY);
    let with = |name: &str, value: &str| signed("/webhook", BODY).header(name, value).whole(BODY);
    vec![
        good(
            "upper-case names",
            signed("/webhook", BODY).rename(str::to_ascii_uppercase).whole(BODY),
            accepted(BODY),
        ),
        good("odd-case names", signed("/webhook", BODY).rename(odd_case).whole(BODY), accepted(BODY)),
        good("names in reverse order", signed("/webhook", BODY).reversed().whole(BODY), accepted(BODY)),
        good("many other headers", signed("/webhook", BODY).and_others(60).whole(BODY), accepted(BODY)),
        good(
            "the other family of names",
            signed_by(standard_webhooks::WEBHOOK_HEADERS, &[CURRENT], "/webhook", BODY).whole(BODY),
            accepted(BODY),
        ),
        bad("no signature", without("svix-signature"), missing("svix-signature")),
        bad("no id", without("svix-id"), missing("svix-id")),
        bad("no timestamp", without("svix-timestamp"), missing("svix-timestamp")),
        bad("an empty id", signed("/webhook", BODY).replace("svix-id", "").whole(BODY), missing("svix-id")),
        bad("nothing at all", post("/webhook").whole(BODY), missing("svix-id")),
        bad("a repeated signature", with("svix-signature", "v1,AAAA"), repeated("svix-signature")),
        bad("a repeated id", with("Svix-Id", ID), repeated("svix-id")),
        bad("a repeated timestamp", with("svix-timestamp", "1"), repeated("svix-timestamp")),
        bad(
            "an id that is not ASCII",
            signed("/webhook", BODY).replace("svix-id", "msg_é").whole(BODY),
            mismatch(),
        ),
    ]
}

/// Signatures, good and bad.
fn signatures() -> Vec<Case> {
    let decoys = |count: usize| (0..count).map(|n| format!("v1,{n:043}=")).collect::<Vec<_>>().join(" ");
    let lists = |before: &str| signed("/webhook", BODY).edit("svix-signature", |it| format!("{before} {it}"));
    let signature = |value: &str| signed("/webhook", BODY).replace("svix-signature", value).whole(BODY);
    let tampered = br#"{"type":"invoice.paid","data":{"id":8}}"#;
    vec![
        good("11 signatures, the last one good", lists(&decoys(10)).whole(BODY), accepted(BODY)),
        good(
            "as many signatures as there may be",
            lists(&decoys(MAX_SIGNATURES - 1)).whole(BODY),
            accepted(BODY),
        ),
        bad(
            "one signature too many",
            lists(&decoys(MAX_SIGNATURES)).whole(BODY),
            refused(401, "too_many_signatures", "there are too many signatures"),
        ),
        bad(
            "a signature header of 17 KiB",
            signature(&"x".repeat(17 * 1024)),
            refused(401, "malformed_header", "header `svix-signature` is malformed"),
        ),
        bad("a signature that is none", signature("v1,%%%"), mismatch()),
        bad("another body than the signed one", signed("/webhook", BODY).whole(tampered), mismatch()),
        bad(
            "another id than the signed one",
            signed("/webhook", BODY).replace("svix-id", "msg_2").whole(BODY),
            mismatch(),
        ),
        bad("a stranger's secret", signed_by(STANDARD, &[STAGING], "/webhook", BODY).whole(BODY), mismatch()),
        good(
            "the previous secret",
            signed_by(STANDARD, &[PREVIOUS], "/webhook", BODY).whole(BODY),
            by("standard-webhooks", "previous", "invoice.paid", BODY),
        ),
        good(
            "both secrets",
            signed_by(STANDARD, &[PREVIOUS, CURRENT], "/webhook", BODY).whole(BODY),
            accepted(BODY),
        ),
    ]
}

/// Times of signing, and refusals that must not wait for a body.
fn times() -> Vec<Case> {
    let at = |offset: i64| {
        let time = UnixTime::from_secs(UnixTime::now().as_secs() + offset);
        let headers = signer(STANDARD, &[CURRENT]).sign(ID, time, BODY).unwrap();
        post("/webhook").headers(&headers)
    };
    let waiting = |head: Head| head.length(BODY.len()).end();
    let old = || refused(401, "timestamp_too_old", "the timestamp is too old");
    let timestamp = |value: &str| signed("/webhook", BODY).replace("svix-timestamp", value).whole(BODY);
    let malformed = || refused(401, "malformed_timestamp", "the timestamp is malformed");
    vec![
        good("within the tolerance", at(-290).whole(BODY), accepted(BODY)),
        bad("stale", at(-310).whole(BODY), old()),
        bad(
            "from the future",
            at(400).whole(BODY),
            refused(401, "timestamp_too_new", "the timestamp is too far in the future"),
        ),
        bad("a timestamp with a fraction", timestamp("1700000000.5"), malformed()),
        bad("a timestamp that is negative", timestamp("-1"), malformed()),
        waits("stale, and the body never comes", waiting(at(-310)), old()),
        waits("unsigned, and the body never comes", waiting(post("/webhook")), missing("svix-id")),
        waits("unsigned, and no chunk ever comes", post("/webhook").in_chunks().end(), missing("svix-id")),
        waits(
            "unsigned, and waiting for 100 Continue",
            waiting(post("/webhook").header("Expect", "100-continue")),
            missing("svix-id"),
        ),
        waits("GET, and the body never comes", waiting(get("/webhook")), method_not_allowed()),
    ]
}

/// Bodies at the limit and over it.
fn sizes() -> Vec<Case> {
    let of = |length: usize| {
        let rest = length - br#"{"type":"x","data":""}"#.len();
        format!(r#"{{"type":"x","data":"{}"}}"#, "y".repeat(rest)).into_bytes()
    };
    let (full, over, huge) = (of(LIMIT), of(LIMIT + 1), of(HUGE));
    let taken = || by("standard-webhooks", "current", "x", &of(LIMIT));
    let declared = |length: usize| signed("/webhook", BODY).length(length).end();
    let first_chunks = |body: &[u8]| {
        let mut bytes = signed("/webhook", body).chunked(&body.chunks(1000).collect::<Vec<_>>());
        bytes.truncate(bytes.len() - LAST_CHUNK.len());
        bytes
    };
    vec![
        good("a body as large as it may be", signed("/webhook", &full).whole(&full), taken()),
        good(
            "the same in chunks",
            signed("/webhook", &full).chunked(&full.chunks(1000).collect::<Vec<_>>()),
            taken(),
        ),
        bad("one byte too many", signed("/webhook", &over).whole(&over), too_large()),
        bad("the same in one chunk", signed("/webhook", &over).chunked(&[&over]), too_large()),
        bad("far too much", signed("/webhook", &huge).whole(&huge), too_large()),
        bad(
            "far too much in chunks",
            signed("/webhook", &huge).chunked(&huge.chunks(1000).collect::<Vec<_>>()),
            too_large(),
        ),
        waits("chunks over the limit, of which the last never comes", first_chunks(&over), too_large()),
        waits("one byte too many declared, and none sent", declared(LIMIT + 1), too_large()),
        waits("a petabyte declared, and none sent", declared(1 << 50), too_large()),
        waits(
            "too much declared, and waiting for 100 Continue",
            signed("/webhook", BODY).header("Expect", "100-continue").length(1 << 50).end(),
            too_large(),
        ),
        bad("unsigned and far too much", post("/webhook").whole(&huge), missing("svix-id")),
        bad("unverified and too large", post("/unverified").whole(&over), too_large()),
    ]
}

/// Bodies that end before they should.
fn incomplete() -> Vec<Case> {
    let dropped = |name, bytes| Case {
        name,
        steps: vec![Step::Send(bytes), Step::Finish],
        answers: vec![refused(400, "body_incomplete", "the body did not arrive whole")],
        end: End::Closed,
    };
    let head = || signed("/webhook", BODY);
    let half = &BODY[..BODY.len() / 2];
    vec![
        dropped("the connection drops half way", [head().length(BODY.len()).end(), half.to_vec()].concat()),
        dropped("the connection drops before the body", head().length(BODY.len()).end()),
        dropped("more declared than sent", head().length(BODY.len() + 1).end_with(BODY)),
        dropped(
            "the connection drops within a chunk",
            [head().in_chunks().end(), b"27\r\n".to_vec(), half.to_vec()].concat(),
        ),
        dropped("the last chunk is missing", {
            let mut bytes = head().chunked(&[BODY]);
            bytes.truncate(bytes.len() - LAST_CHUNK.len());
            bytes
        }),
        dropped(
            "a chunk without a size",
            [head().in_chunks().end(), b"zz\r\n".to_vec(), BODY.to_vec()].concat(),
        ),
    ]
}

/// What is in the body.
fn payloads() -> Vec<Case> {
    let both = |name: &'static str, other: &'static str, body: &'static [u8], read: Answer| {
        [
            good(name, signed("/signed", body).whole(body), by("standard-webhooks", "current", "-", body)),
            bad(other, signed("/webhook", body).whole(body), read),
        ]
    };
    let record = br#"{"event_type":"INSERT","source":"supabase","table_name":7,"record_id":"1","data":{}}"#;
    let missing_field = br#"{"event_type":"INSERT","source":"supabase","record_id":"1","data":{}}"#;
    let levitated = br#"{"type":"user.levitated","object":"event","data":{"height":7}}"#;
    let misfit = br#"{"data":{"id":7,"deleted":true},"object":"event","type":"user.deleted"}"#;
    let cases = [
        vec![
            good(
                "gzip, signed as sent",
                signed("/signed", GZIP).header("Content-Encoding", "gzip").whole(GZIP),
                by("standard-webhooks", "current", "-", GZIP),
            ),
            bad(
                "gzip, signed before it was compressed",
                signed("/signed", BODY).header("Content-Encoding", "gzip").whole(GZIP),
                mismatch(),
            ),
            bad(
                "gzip is not JSON",
                signed("/webhook", GZIP).header("Content-Encoding", "gzip").whole(GZIP),
                refused(400, "not_json", "not valid JSON: the text is not UTF-8 (line 1, column 2)"),
            ),
            good(
                "no body and no Content-Length",
                signed("/signed", b"").end(),
                by("standard-webhooks", "current", "-", b""),
            ),
            good(
                "no chunks",
                signed("/signed", b"").chunked(&[]),
                by("standard-webhooks", "current", "-", b""),
            ),
            good(
                "an unknown event",
                signed_by(Clerk::SCHEME, &[CURRENT], "/clerk", levitated).whole(levitated),
                by("clerk", "production", "user.levitated", levitated),
            ),
            bad(
                "the wrong shape, with the path",
                signed_by(Clerk::SCHEME, &[CURRENT], "/clerk", misfit).whole(misfit),
                wrong_shape(
                    "data.id",
                    "unexpected shape at `data.id`: expected a string (line 1, column 15)",
                ),
            ),
            bad(
                "the wrong shape at the top",
                signed_by(RecordEnvelope::SCHEME, &[RECORD], "/record", record).whole(record),
                wrong_shape(
                    "table_name",
                    "unexpected shape at `table_name`: expected a string (line 1, column 57)",
                ),
            ),
            bad(
                "a missing field",
                signed_by(RecordEnvelope::SCHEME, &[RECORD], "/record", missing_field).whole(missing_field),
                wrong_shape(
                    "table_name",
                    "unexpected shape at `table_name`: missing field `table_name` (line 1, column 69)",
                ),
            ),
            good("a rejection that the handler takes", signed("/caught", BODY).whole(BODY), accepted(BODY)),
            bad(
                "a rejection that the handler answers",
                post("/caught").whole(BODY),
                Answer { status: 202, ..plain(b"missing_header") },
            ),
        ],
        both(
            "no JSON",
            "no JSON, read",
            b"no JSON",
            refused(400, "not_json", "not valid JSON: expected ident (line 1, column 2)"),
        )
        .into(),
        both(
            "an empty body",
            "an empty body, read",
            b"",
            refused(400, "not_json", "not valid JSON: EOF while parsing a value (line 1, column 0)"),
        )
        .into(),
        both(
            "no UTF-8",
            "no UTF-8, read",
            b"\"\xff\xfe\"",
            refused(400, "not_json", "not valid JSON: the text is not UTF-8 (line 1, column 2)"),
        )
        .into(),
    ];
    cases.into_iter().flatten().collect()
}

/// Other methods than POST.
fn methods() -> Vec<Case> {
    let other = |method: &'static str| signed("/webhook", BODY).method(method);
    vec![
        bad("GET without a body", get("/webhook").header("Content-Type", JSON).end(), method_not_allowed()),
        bad("GET, signed", other("GET").whole(BODY), method_not_allowed()),
        bad("PUT, signed", other("PUT").whole(BODY), method_not_allowed()),
        bad("DELETE, signed", other("DELETE").whole(BODY), method_not_allowed()),
        bad("OPTIONS", post("/webhook").method("OPTIONS").end(), method_not_allowed()),
        bad("GET where nothing is configured", get("/unconfigured").end(), method_not_allowed()),
        bad("GET where nothing is verified", get("/unverified").end(), method_not_allowed()),
        bad("HEAD", post("/webhook").method("HEAD").end(), Answer { bodiless: true, ..method_not_allowed() }),
    ]
}

/// Which receiver decides.
fn receivers() -> Vec<Case> {
    let clerk = br#"{"type":"user.deleted","object":"event","data":{"id":"user_1","deleted":true}}"#;
    let account = |secret, path| signed_by(ClerkStaging::SCHEME, &[secret], path, clerk).whole(clerk);
    let tenant = |with: u32, path: &'static str| {
        signed_by(STANDARD, &[&crate::tenant_secret(with)], path, BODY).whole(BODY)
    };
    let of_tenant = || by("standard-webhooks", "tenant", "invoice.paid", BODY);
    let token = br#"{"verification_token":"secret_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#;
    let offered = "secret_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let chatterwise = br#"{"event":"webhook_test","data":{"test":true}}"#;
    let nothing = Answer { status: 404, content_type: None, ..plain(b"") };
    let not_configured = || refused(500, "not_configured", "the receiver is not configured");
    let pending = br#"{"message":"the offered token waits for confirmation","status":"handshake_pending"}"#;
    let notion = br#"{"id":"event_1","type":"page.levitated","timestamp":"2026-01-05T10:00:00.000Z",
        "workspace_id":"w","subscription_id":"s","integration_id":"i","attempt_number":1,"authors":[],
        "entity":{"id":"p","type":"page"}}"#;
    vec![
        good("one account", account(CURRENT, "/clerk"), by("clerk", "production", "user.deleted", clerk)),
        good(
            "the other account",
            account(STAGING, "/clerk-staging"),
            by("clerk-staging", "staging", "user.deleted", clerk),
        ),
        bad("one account's secret for the other", account(CURRENT, "/clerk-staging"), mismatch()),
        good("the first tenant", tenant(0, "/tenants/0"), of_tenant()),
        good("the last tenant", tenant(TENANTS - 1, "/tenants/99999"), of_tenant()),
        bad("one tenant's secret for another", tenant(1, "/tenants/0"), mismatch()),
        bad("an unknown tenant", tenant(1, "/tenants/100000"), nothing),
        bad(
            "no secret",
            signed_by(STANDARD, &[CURRENT], "/unconfigured", BODY).whole(BODY),
            not_configured(),
        ),
        waits(
            "no secret, and the body never comes",
            post("/unconfigured").length(BODY.len()).end(),
            not_configured(),
        ),
        good(
            "a set-up request",
            signed_by(Notion::SCHEME, &[offered], "/notion", token).whole(token),
            Answer { handled: false, content_type: Some(JSON), ..plain(pending) },
        ),
        bad(
            "a set-up request without a signature",
            post("/notion").whole(token),
            missing("x-notion-signature"),
        ),
        bad(
            "a set-up request signed with another token",
            signed_by(Notion::SCHEME, &["secret_B"], "/notion", token).whole(token),
            mismatch(),
        ),
        good(
            "an event of the active token",
            signed_by(Notion::SCHEME, &[NOTION], "/notion", notion).whole(notion),
            handled(&delivery("notion", Some("event_1"), true, "page.levitated", false), "notion", notion),
        ),
        good(
            "nothing verified",
            post("/unverified").whole(chatterwise),
            handled(&delivery("chatterwise", None, false, "webhook_test", false), NO_KEY, chatterwise),
        ),
    ]
}

fn good(name: &'static str, bytes: Vec<u8>, answer: Answer) -> Case {
    Case { name, steps: vec![Step::Send(bytes)], answers: vec![answer], end: End::Open }
}

fn bad(name: &'static str, bytes: Vec<u8>, answer: Answer) -> Case {
    Case { name, steps: vec![Step::Send(bytes)], answers: vec![answer], end: End::OpenOrClosed }
}

/// The client has more to send, and waits: the answer must come without it.
fn waits(name: &'static str, bytes: Vec<u8>, answer: Answer) -> Case {
    Case { name, steps: vec![Step::Send(bytes)], answers: vec![answer], end: End::Unfinished }
}

fn signer(scheme: Scheme, secrets: &[&str]) -> Signer {
    let secrets: Vec<_> = secrets.iter().map(|text| Secret::new(*text).unwrap()).collect();
    Signer::new(scheme, secrets).unwrap()
}

fn signed(path: &str, body: &[u8]) -> Head {
    signed_by(STANDARD, &[CURRENT], path, body)
}

fn signed_by(scheme: Scheme, secrets: &[&str], path: &str, body: &[u8]) -> Head {
    post(path).headers(&signer(scheme, secrets).sign(ID, UnixTime::now(), body).unwrap())
}

fn post(path: &str) -> Head {
    Head {
        method: "POST",
        path: path.to_owned(),
        version: "1.1",
        headers: vec![("Host".into(), "localhost".into())],
    }
}

fn get(path: &str) -> Head {
    post(path).method("GET")
}

/// A request's head, in the making.
struct Head {
    method: &'static str,
    path: String,
    version: &'static str,
    headers: Vec<(String, String)>,
}

const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

impl Head {
    fn method(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn headers(mut self, headers: &HeaderMap) -> Self {
        for (name, value) in headers {
            self = self.header(name.as_str(), value.to_str().unwrap());
        }
        self
    }

    fn and_others(mut self, count: usize) -> Self {
        for n in 0..count {
            self = self.header(&format!("X-Other-{n}"), "value");
        }
        self.reversed()
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(key, _)| key != name);
        self
    }

    fn edit(mut self, name: &str, edit: impl Fn(&str) -> String) -> Self {
        for (_, value) in self.headers.iter_mut().filter(|(key, _)| key == name) {
            *value = edit(value);
        }
        self
    }

    fn replace(self, name: &str, value: &str) -> Self {
        self.edit(name, |_| value.to_owned())
    }

    fn rename(mut self, rename: impl Fn(&str) -> String) -> Self {
        for (name, _) in &mut self.headers {
            *name = rename(name);
        }
        self
    }

    fn reversed(mut self) -> Self {
        self.headers.reverse();
        self
    }

    fn length(self, length: usize) -> Self {
        self.header("Content-Length", &length.to_string())
    }

    fn in_chunks(self) -> Self {
        self.header("Transfer-Encoding", "chunked")
    }

    fn end(self) -> Vec<u8> {
        let Self { method, path, version, headers } = self;
        let headers: String = headers.iter().flat_map(|(name, value)| [name, ": ", value, "\r\n"]).collect();
        format!("{method} {path} HTTP/{version}\r\n{headers}\r\n").into_bytes()
    }

    fn end_with(self, body: &[u8]) -> Vec<u8> {
        [self.end(), body.to_vec()].concat()
    }

    fn whole(self, body: &[u8]) -> Vec<u8> {
        self.length(body.len()).end_with(body)
    }

    fn chunked(self, chunks: &[&[u8]]) -> Vec<u8> {
        let mut bytes = self.in_chunks().end();
        for chunk in chunks {
            bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(LAST_CHUNK);
        bytes
    }
}

fn byte_chunks(body: &[u8]) -> Vec<&[u8]> {
    body.chunks(1).collect()
}

fn delivery(provider: &'static str, id: Option<&str>, id_signed: bool, kind: &str, timed: bool) -> Delivery {
    let mut delivery = Delivery::new(provider);
    delivery.id = id.map(str::to_owned);
    delivery.id_signed = id_signed;
    delivery.kind = (kind != "-").then(|| kind.to_owned());
    delivery.timestamp = timed.then(UnixTime::now);
    delivery
}

fn handled(delivery: &Delivery, key: &str, body: &[u8]) -> Answer {
    let body = crate::text(delivery, body, key);
    Answer { handled: true, content_type: Some("application/octet-stream"), ..plain(&body) }
}

/// The handler's answer to a message under Standard Webhooks.
fn by(provider: &'static str, key: &str, kind: &str, body: &[u8]) -> Answer {
    handled(&delivery(provider, Some(ID), true, kind, true), key, body)
}

fn accepted(body: &[u8]) -> Answer {
    by("standard-webhooks", "current", "invoice.paid", body)
}

fn plain(body: &[u8]) -> Answer {
    Answer {
        status: 200,
        content_type: Some("text/plain; charset=utf-8"),
        allow: None,
        retry_after: None,
        body: body.to_vec(),
        bodiless: false,
        handled: false,
    }
}

fn refused(status: u16, code: &str, message: &str) -> Answer {
    let json = format!(r#"{{"error":"{code}","message":"{message}"}}"#);
    Answer { status, content_type: Some(JSON), ..plain(json.as_bytes()) }
}

fn wrong_shape(path: &str, message: &str) -> Answer {
    let json = format!(r#"{{"error":"wrong_shape","message":"{message}","path":"{path}"}}"#);
    Answer { status: 422, content_type: Some(JSON), ..plain(json.as_bytes()) }
}

fn missing(header: &str) -> Answer {
    refused(401, "missing_header", &format!("header `{header}` is missing"))
}

fn repeated(header: &str) -> Answer {
    refused(401, "repeated_header", &format!("header `{header}` is repeated"))
}

fn mismatch() -> Answer {
    refused(401, "signature_mismatch", "no signature matches")
}

fn too_large() -> Answer {
    refused(413, "body_too_large", &format!("the body is larger than {LIMIT} bytes"))
}

fn method_not_allowed() -> Answer {
    Answer { allow: Some("POST"), ..refused(405, "method_not_allowed", "webhooks are sent by POST") }
}
