//! Signatures: what is accepted was signed, and what was signed is accepted.

use std::sync::LazyLock;

use arbitrary::{Arbitrary, Result, Unstructured};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use webhook_verify::explain::Explain;
use webhook_verify::providers::{self, ProviderVisitor};
use webhook_verify::{
    MAX_SECRETS, Provider, Receiver, Secret, Secrets, Signer, UnixTime, Verifier, VerifyError,
};

use crate::oracle::{self, Algorithm, Answer};
use crate::schemes::{CASES, Case, Pair};

/// The time of signing, unless the input says another.
const NOW: i64 = 1_767_605_400;

/// The codes that `VerifyError` documents.
const CODES: [&str; 9] = [
    "missing_header",
    "repeated_header",
    "malformed_header",
    "malformed_timestamp",
    "timestamp_too_old",
    "timestamp_too_new",
    "too_many_signatures",
    "signature_mismatch",
    "not_configured",
];

/// An HTTP request, under every scheme and several clocks: it is accepted exactly when the oracle finds a signature of
/// these bytes in the headers.
pub fn verify(input: &[u8]) {
    static VERIFIERS: LazyLock<Vec<(Vec<Pair>, Verifier)>> = LazyLock::new(|| {
        let verifier = |case: &Case| {
            let pairs: Vec<Pair> = case.pairs.iter().copied().take(MAX_SECRETS).collect();
            let verifier = Verifier::new(case.scheme, secrets(&pairs)).expect("the secrets fit");
            (pairs, verifier)
        };
        CASES.iter().map(verifier).collect()
    });
    let (headers, body) = request(input);
    for (case, (pairs, verifier)) in CASES.iter().zip(VERIFIERS.iter()) {
        if !headers.contains_key(case.scheme.signature_header()) && !headers.contains_key("webhook-signature")
        {
            continue;
        }
        match oracle::claimed_time(&case.rules, &headers) {
            Some(time) => {
                for skew in [0, 300, 301, -300, -301] {
                    agree(case, pairs, verifier, &headers, body, time.saturating_add(skew));
                }
            }
            None => agree(case, pairs, verifier, &headers, body, NOW),
        }
    }
    for name in providers::NAMES {
        providers::visit(name, Receive { headers: &headers, body });
    }
}

/// A signed request that is then tampered with: unchanged it is accepted; changed, exactly when the oracle still finds
/// a signature of these bytes.
pub fn tamper(input: &[u8]) {
    let _ = Tampered::from(&mut Unstructured::new(input)).map(|it| {
        let verifier = Verifier::new(it.case.scheme, secrets(&it.receivers)).expect("the secrets fit");
        agree(it.case, &it.receivers, &verifier, &it.headers, &it.body, it.now);
    });
}

/// The same request: an explanation is given exactly for what is refused, shows no secret, and nothing that could steer
/// a terminal.
pub fn explain(input: &[u8]) {
    let _ = Tampered::from(&mut Unstructured::new(input)).map(|it| {
        let secrets = secrets(&it.receivers);
        let verifier = Verifier::new(it.case.scheme, secrets.clone()).expect("the secrets fit");
        let now = UnixTime::from_secs(it.now);
        let explain = Explain::new(&it.case.scheme, &secrets)
            .other("elsewhere", Secret::new("of another endpoint").expect("a secret"));
        let hints = explain.hints(&it.headers, &it.body, now);
        if verifier.verify(&it.headers, &it.body, now).is_ok() {
            assert!(hints.is_empty(), "{}: {hints:?}", it.case.name);
        }
        for hint in hints {
            let shown = format!("{hint:?}");
            assert!(!hint.message().contains(char::is_control), "{}: {shown}", it.case.name);
            for pair in &it.case.pairs {
                assert!(!shown.contains(pair.receiver), "{}: {shown}", it.case.name);
                assert!(pair.sender.is_empty() || !shown.contains(pair.sender), "{}: {shown}", it.case.name);
            }
        }
    });
}

fn secrets(pairs: &[Pair]) -> Secrets {
    pairs.iter().map(|pair| Secret::new(pair.receiver).expect("a secret")).collect()
}

fn agree(case: &Case, pairs: &[Pair], verifier: &Verifier, headers: &HeaderMap, body: &[u8], now: i64) {
    let name = case.name;
    let texts: Vec<&str> = pairs.iter().map(|pair| pair.receiver).collect();
    let expected = oracle::judge(&case.rules, &texts, headers, body, now);
    let now = UnixTime::from_secs(now);
    let found = verifier.verify(headers, body, now);
    match (&found, &expected) {
        (Ok(verified), Answer::Authentic(key) | Answer::Unclear(key)) => {
            assert_eq!(verified.key().index(), *key, "{name}: {headers:?}");
            assert_eq!(verified.body(), body, "{name}");
        }
        (Err(error), Answer::Refused | Answer::Unclear(_)) => {
            assert!(CODES.contains(&error.code()), "{name}: {error}");
            assert_ne!(*error, VerifyError::NotConfigured, "{name}");
            assert_eq!(error.status(), 401, "{name}: {error}");
            if let VerifyError::MissingHeader(header)
            | VerifyError::RepeatedHeader(header)
            | VerifyError::MalformedHeader(header) = error
            {
                assert!(verifier.header_names().any(|known| known == header), "{name}: {error}");
            }
        }
        _ => panic!("{name}: {found:?} and not {expected:?}: {headers:?} {body:?} at {now:?}"),
    }
    let streamed = verifier.begin(headers, now).and_then(|pending| {
        let mut stream = pending.stream();
        body.chunks(7).for_each(|chunk| stream.update(chunk));
        stream.finish()
    });
    let streamed = streamed.map(|verified| verified.key().clone());
    assert_eq!(streamed, found.map(|verified| verified.key().clone()), "{name}: in chunks");
}

/// A receiver takes what its verifier takes, and all that it tells of it can be asked for.
struct Receive<'r> {
    headers: &'r HeaderMap,
    body: &'r [u8],
}

impl ProviderVisitor for Receive<'_> {
    type Output = ();

    fn visit<P: Provider>(self) {
        let Some(case) = CASES.iter().find(|case| case.scheme == P::SCHEME) else { return };
        let now = oracle::claimed_time(&case.rules, self.headers).unwrap_or(NOW);
        let now = UnixTime::from_secs(now);
        let pairs: Vec<Pair> = case.pairs.iter().copied().take(MAX_SECRETS).collect();
        let receiver = Receiver::<P>::new(secrets(&pairs)).expect("the secrets fit");
        let verified = receiver.verifier().verify(self.headers, self.body, now).is_ok();
        match receiver.verify(self.headers, Bytes::copy_from_slice(self.body), now) {
            Ok(received) => {
                assert!(verified, "{}", P::NAME);
                let delivery = received.delivery();
                assert_eq!(delivery.provider, P::NAME);
                if let Ok(event) = received.parse() {
                    assert_eq!(received.delivery_of(&event).id, delivery.id, "{}", P::NAME);
                }
                if let Some(key) = received.idempotency_key() {
                    assert!(!key.as_str().contains(char::is_control), "{}: {key:?}", P::NAME);
                }
            }
            Err(_) => assert!(!verified, "{}", P::NAME),
        }
    }
}

/// A request as it is on the wire; what is no header is left out.
fn request(raw: &[u8]) -> (HeaderMap, &[u8]) {
    let end = raw.windows(4).position(|bytes| bytes == b"\r\n\r\n");
    let (head, body) = end.map_or((raw, &[][..]), |end| (&raw[..end], &raw[end + 4..]));
    let header = |line: &[u8]| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        Some((name, HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?))
    };
    (head.split(|byte| *byte == b'\n').skip(1).filter_map(header).collect(), body)
}

/// A request that was signed and then changed.
struct Tampered {
    case: &'static Case,
    receivers: Vec<Pair>,
    headers: HeaderMap,
    body: Vec<u8>,
    now: i64,
}

/// One change.
#[derive(Debug, Clone, Copy, Arbitrary)]
enum Change<'i> {
    /// Writes over bytes of a header's value.
    Splice {
        header: u8,
        at: u16,
        delete: u8,
        insert: &'i [u8],
    },
    /// Puts an entry before or behind a header's value.
    Extend {
        header: u8,
        before: bool,
        joint: u8,
        entry: &'i [u8],
    },
    /// Writes the whole value behind itself, or so many times.
    Multiply {
        header: u8,
        times: u16,
        joint: u8,
    },
    /// Adds a header of the same name.
    Repeat {
        header: u8,
        value: &'i [u8],
    },
    Remove {
        header: u8,
    },
    /// Gives a header's value to another of the scheme's names.
    Move {
        header: u8,
        to: u8,
        copy: bool,
    },
    Case {
        header: u8,
    },
    /// The signature of another body under the same id and time.
    OtherSignature {
        pair: u8,
        body: &'i [u8],
    },
    Body {
        at: u16,
        delete: u8,
        insert: &'i [u8],
    },
    Clock {
        by: i16,
    },
    /// To the second, around the ends of the tolerance.
    ClockToEdge {
        edge: u8,
    },
    ClockTo {
        now: i64,
    },
}

/// Most changes that are made to one request.
const MAX_CHANGES: usize = 12;

impl Tampered {
    fn from(input: &mut Unstructured<'_>) -> Result<Self> {
        let case = &CASES[input.choose_index(CASES.len())?];
        let sender = *input.choose(&case.pairs)?;
        let mut receivers = vec![sender];
        for _ in 0..input.int_in_range(0..=MAX_SECRETS - 1)? {
            receivers.push(*input.choose(&case.pairs)?);
        }
        if input.ratio(1, 8)? {
            receivers.remove(0);
            receivers.push(case.pairs[0]);
        }
        let id = *input.choose(&["msg_1", "m", "msg.1.2", "msg_p5jXN8AQM9LWM0D4loKWxJek"])?;
        let time = *input.choose(&[NOW, 0, 1, NOW + 300, 253_402_300_800])?;
        let body = <&[u8]>::arbitrary(input)?.to_vec();
        let headers = signed(case, sender, id, time, &body);
        let mut it = Self { case, receivers, headers, body, now: time };
        if it.receivers[0].receiver == sender.receiver {
            let verifier = Verifier::new(case.scheme, secrets(&it.receivers)).expect("the secrets fit");
            let unchanged = verifier.verify(&it.headers, &it.body, UnixTime::from_secs(it.now));
            assert!(unchanged.is_ok(), "{}: {unchanged:?}", case.name);
        }
        for _ in 0..input.int_in_range(0..=MAX_CHANGES)? {
            it.apply(Change::arbitrary(input)?, id, time);
        }
        Ok(it)
    }

    fn apply(&mut self, change: Change<'_>, id: &str, time: i64) {
        match change {
            Change::Splice { header, at, delete, insert } => self.edit(header, |value| {
                splice(value, at.into(), delete.into(), insert);
            }),
            Change::Extend { header, before, joint, entry } => self.edit(header, |value| {
                let joint = joints(joint);
                *value =
                    if before { [entry, joint, value].concat() } else { [&value[..], joint, entry].concat() };
            }),
            Change::Multiply { header, times, joint } => self.edit(header, |value| {
                let times = usize::from(times % 300) + 1;
                // A little more than the longest header that is looked at.
                if value.len() * times <= 20 * 1024 {
                    *value = vec![&value[..]; times].join(joints(joint));
                }
            }),
            Change::Repeat { header, value } => {
                if let (Some(name), Ok(value)) = (self.name(header), HeaderValue::from_bytes(value)) {
                    self.headers.append(name, value);
                }
            }
            Change::Remove { header } => {
                if let Some(name) = self.name(header) {
                    self.headers.remove(name);
                }
            }
            Change::Move { header, to, copy } => {
                let (Some(from), Some(to)) = (self.name(header), self.known_name(to)) else { return };
                let value = if copy { self.headers.get(&from).cloned() } else { self.headers.remove(&from) };
                if let Some(value) = value {
                    self.headers.insert(to, value);
                }
            }
            Change::Case { header } => self.edit(header, |value| value.make_ascii_uppercase()),
            Change::OtherSignature { pair, body } => {
                let pair = self.case.pairs[usize::from(pair) % self.case.pairs.len()];
                self.headers.extend(signed(self.case, pair, id, time, body));
            }
            Change::Body { at, delete, insert } => {
                splice(&mut self.body, at.into(), delete.into(), insert);
            }
            Change::Clock { by } => self.now = self.now.saturating_add(by.into()),
            Change::ClockToEdge { edge } => {
                let edges = [299, 300, 301, -299, -300, -301];
                self.now = time.saturating_add(edges[usize::from(edge) % edges.len()]);
            }
            Change::ClockTo { now } => self.now = now,
        }
    }

    fn name(&self, header: u8) -> Option<HeaderName> {
        let count = self.headers.keys_len();
        self.headers.keys().nth(usize::from(header).checked_rem(count)?).cloned()
    }

    fn known_name(&self, header: u8) -> Option<HeaderName> {
        let names = ["svix-id", "svix-timestamp", "svix-signature", "webhook-id", "webhook-timestamp"];
        let more = ["webhook-signature", "x-webhook-timestamp", self.case.scheme.signature_header()];
        let names = [&names[..], &more].concat();
        names.get(usize::from(header) % names.len()).and_then(|name| HeaderName::try_from(*name).ok())
    }

    /// Changes a header's value, unless no header can hold what comes out.
    fn edit(&mut self, header: u8, change: impl FnOnce(&mut Vec<u8>)) {
        let Some(name) = self.name(header) else { return };
        let Some(value) = self.headers.get_mut(name) else { return };
        let mut bytes = value.as_bytes().to_vec();
        change(&mut bytes);
        if let Ok(changed) = HeaderValue::from_bytes(&bytes) {
            *value = changed;
        }
    }
}

fn joints(choice: u8) -> &'static [u8] {
    [&b" "[..], b",", b", ", b"=", b" v1,", b",v1=", b""][usize::from(choice % 7)]
}

fn splice(bytes: &mut Vec<u8>, at: usize, delete: usize, insert: &[u8]) {
    let at = at.checked_rem(bytes.len() + 1).unwrap_or(0);
    let end = at.saturating_add(delete).min(bytes.len());
    bytes.splice(at..end, insert.iter().copied());
}

/// What the sender sends.
fn signed(case: &Case, pair: Pair, id: &str, time: i64, body: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if case.rules.algorithm == Algorithm::EcdsaP256 {
        let message = [time.to_string().as_bytes(), body].concat();
        headers.insert("x-time", HeaderValue::from(time));
        headers.insert("x-signature", oracle::sign_ecdsa(&message).parse().expect("base64"));
        return headers;
    }
    headers.insert("x-topic", HeaderValue::from_static("ping"));
    let signer = Signer::new(case.scheme, Secret::new(pair.sender).expect("a secret")).expect("it fits");
    signer.sign_with(headers, id, UnixTime::from_secs(time), body).expect("it can be signed")
}
