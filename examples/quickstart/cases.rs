//! The requests of the table: recorded ones and freshly signed ones.

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use webhook_axum::webhook_verify::providers::{
    ChatterWise, Clerk, Fluxbase, Notion, NotionAutomation, RecordEnvelope, Resend, StandardWebhooks,
    Supabase, SupabaseAuth, Svix, chatterwise, fluxbase, notion, record_envelope, supabase,
};
use webhook_axum::webhook_verify::{Provider, Scheme, Secrets, Signer, UnixTime, danger};
use webhook_axum::{Receiver, Secret};

use crate::table::Expected::{self, Event, Refused};
use crate::{route, unverified_route};

type Error = Box<dyn std::error::Error>;

/// One request, and the route that it goes to.
pub(crate) struct Case {
    pub(crate) provider: &'static str,
    pub(crate) variant: &'static str,
    pub(crate) what: &'static str,
    pub(crate) path: String,
    pub(crate) router: Router,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) expected: Expected,
}

/// Throw-away secrets: these are in the recordings' notes, and protect nothing.
const KEY_S: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const KEY_B: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const PUBLIC_KEY: &str = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
const SQL_SECRET: &str = "top-secret-value-0123456789";
const TEXT_SECRET: &str = "a-shared-secret";

/// Rows of recorded requests: provider, variant, what it is, scheme, secrets (the current one first), the second of
/// the receiver's clock, the file, and what should come of it.
macro_rules! recorded {
    ($cases:ident { $( $provider:ident $variant:literal, $what:literal: $scheme:expr, $secrets:expr, at $time:literal,
        $file:literal => $expected:expr; )* }) => {
        $( $cases.recorded::<$provider>($variant, $what, $scheme, &$secrets, $time,
            include_bytes!(concat!("../../webhook-verify/tests/it/captures/", $file)), $expected)?; )*
    };
}

/// Rows of requests that the library's own signer signs now.
macro_rules! signed {
    ($cases:ident { $( $provider:ident $variant:literal, $what:literal: $scheme:expr, $secret:expr,
        $body:expr => $expected:expr; )* }) => {
        $( $cases.signed::<$provider>($variant, $what, $scheme, $secret, $body, $expected)?; )*
    };
}

pub(crate) fn all() -> Result<Vec<Case>, Error> {
    let mut cases = Cases::default();
    recorded(&mut cases)?;
    fresh(&mut cases)?;
    rotated(&mut cases)?;
    notion_handshake(&mut cases)?;
    Ok(cases.0)
}

/// As they arrived from a svix-server, from PostgreSQL (`pg_net`) and from Fluxbase servers, at their own time.
fn recorded(cases: &mut Cases) -> Result<(), Error> {
    let svix = Svix::SCHEME;
    let clerk = Clerk::SCHEME;
    let shared = "supabase-shared-secret-1";
    let flux = "your-webhook-secret";
    let stale = Refused("timestamp_too_old");
    let mismatch = Refused("signature_mismatch");
    recorded! { cases {
        Clerk "", "recorded": clerk, [KEY_S], at 1_795_341_737, "svix/svix-sym-user-created.http" => Event("user.created");
        Clerk "", "recorded, replayed later": clerk, [KEY_S], at 1_795_345_337, "svix/svix-sym-user-created.http" => stale;
        Clerk "v1a", "recorded, ed25519": clerk, [PUBLIC_KEY], at 1_795_341_737, "svix/svix-ed-user-created.http" => Event("user.created");
        Svix "", "recorded, rotated": svix, [KEY_B, KEY_S], at 1_795_341_798, "svix/svix-rotate-2.http" => Event("-");
        Svix "", "recorded, 11 signatures": svix, [KEY_S], at 1_795_341_806, "svix/svix-rotate-7.http" => Event("-");
        Svix "", "recorded, old secret": svix, [KEY_S], at 1_795_341_808, "svix/svix-rotate0-1.http" => mismatch;
        Svix "webhook-*", "recorded, unbranded": svix, [KEY_S], at 1_795_341_897, "svix/whitelabel-sym-1.http" => Event("-");
        StandardWebhooks "", "recorded, made in SQL": svix, [KEY_S], at 1_795_338_994, "supabase/signed-standard-insert.http" => Event("INSERT");
        Supabase "static-token", "recorded": supabase::STATIC_TOKEN, [shared], at 0, "supabase/drugs-static-secret-update.http" => Event("UPDATE");
        Supabase "static-token", "recorded, wrong token": supabase::STATIC_TOKEN, ["another"], at 0, "supabase/drugs-static-secret-update.http" => mismatch;
        Supabase "static-token", "recorded, unsigned": supabase::STATIC_TOKEN, [shared], at 0, "supabase/users-insert.http" => Refused("missing_header");
        Supabase "hmac-hex", "recorded": supabase::HMAC_HEX, [SQL_SECRET], at 0, "supabase/signed-hex-insert.http" => Event("INSERT");
        Supabase "hmac-base64", "recorded": supabase::HMAC_BASE64, [SQL_SECRET], at 0, "supabase/signed-base64-update.http" => Event("UPDATE");
        Supabase "hmac-timestamped", "recorded": supabase::HMAC_TIMESTAMPED, [SQL_SECRET], at 1_795_338_994, "supabase/signed-timestamped-insert.http" => Event("INSERT");
        Supabase "hmac-hex", "recorded, other bytes signed": supabase::HMAC_HEX, [SQL_SECRET], at 0, "supabase/signed-jsontrap-insert.http" => mismatch;
        Fluxbase "signed", "recorded": fluxbase::SIGNED, [flux], at 1_795_339_653, "fluxbase/users-insert.http" => Event("INSERT");
        Fluxbase "signed", "recorded, test button": fluxbase::SIGNED, [flux], at 1_795_339_659, "fluxbase/users-test.http" => Event("TEST");
        Fluxbase "signed", "recorded, replayed later": fluxbase::SIGNED, [flux], at 1_795_343_253, "fluxbase/users-insert.http" => stale;
        Fluxbase "legacy", "recorded, 2025 server": fluxbase::LEGACY, [flux], at 0, "fluxbase/old2025-insert.http" => Event("INSERT");
    } }
    Ok(())
}

const USER_DELETED: &[u8] = br#"{"data":{"deleted":true,"id":"user_1","object":"user"},"object":"event","timestamp":1760630400000,"type":"user.deleted"}"#;
const ROW: &[u8] =
    br#"{"type": "DELETE", "table": "drugs", "record": null, "schema": "public", "old_record": {"id": 7}}"#;
const HOOK: &[u8] = br#"{"metadata":{"uuid":"8c3fc0ae-5a3c-4bd1-b7b1-5a7b1e6a2f10","time":"2026-01-01T15:00:00Z","name":"send-sms"},"sms":{"otp":"000000"}}"#;
const CHANGE: &[u8] = br#"{"event":"INSERT","table":"users","schema":"auth","record":{"id":1},"timestamp":"2026-01-01T15:00:00Z"}"#;
const PAGE: &[u8] = br#"{"id":"15e00620-4c05-5893-863a-981a340c8789","timestamp":"2026-10-14T08:01:07.137Z","workspace_id":"08ca86ab-7b27-5112-8eaf-487fbc47e331","subscription_id":"ca150087-1761-5146-b48b-7ca2df197751","integration_id":"7e585158-dafc-5f1b-a47b-20a5dfcd05ee","authors":[{"id":"7ac2c49c-ec09-5426-8697-3dcc2379635c","type":"person"}],"attempt_number":1,"entity":{"id":"4eca6399-84b2-531a-8b72-257bb6b9e094","type":"page"},"type":"page.created","data":{"parent":{"id":"6b8fef41-3415-5fc7-995f-8938f0db72c7","type":"database"}}}"#;
const BUTTON: &[u8] = br#"{"source":{"type":"automation","automation_id":"e6245053-5812-58c9-b63e-8aad3a48a293","action_id":"5d6f0a3e-2a0f-4c7b-8a43-0f7f2a9b1c11","event_id":"2f1c7e9a-5b7d-4a35-9a0e-6f3b1d2c4e55","attempt":1},"data":{"object":"page","id":"4eca6399-84b2-531a-8b72-257bb6b9e094","properties":{}}}"#;
const MESSAGE: &[u8] = br#"{"event":"message_received","data":{"message":"How do I reset my password?"},"timestamp":"2026-01-05T09:30:00.123Z"}"#;
const FEEDBACK: &[u8] = br#"{"event_type":"feedback_received","timestamp":"2026-01-05T09:30:00Z","chatbot_id":"cb_1","data":{"rating":5}}"#;
const RECORD: &[u8] = br#"{"event_type":"insert","source":"supabase","table_name":"users","record_id":"test-123","data":{"name":"Test User"},"timestamp":"2026-01-01T15:00:00Z"}"#;
const SENT: &[u8] = br#"{"type":"email.sent","created_at":"2026-01-01T15:00:00.000Z","data":{"email_id":"56761188-7520-42d8-8898-ff6fc54ce618","from":"a@example.com","to":["b@example.com"],"subject":"Hello"}}"#;
const NEW: &[u8] =
    br#"{"data":{"id":"x"},"object":"event","timestamp":1760630400000,"type":"galaxy.created"}"#;
const MISFIT: &[u8] =
    br#"{"data":{"id":7},"object":"event","timestamp":1760630400000,"type":"user.created"}"#;

/// Signed now, by the library's own signer.
fn fresh(cases: &mut Cases) -> Result<(), Error> {
    let clerk = Clerk::SCHEME;
    let automation = NotionAutomation::SCHEME;
    signed! { cases {
        Clerk "", "signed now": clerk, KEY_S, USER_DELETED => Event("user.deleted");
        Clerk "", "an event of tomorrow": clerk, KEY_S, NEW => Event("galaxy.created");
        Clerk "", "of the wrong shape": clerk, KEY_S, MISFIT => Refused("wrong_shape");
        Clerk "", "not JSON": clerk, KEY_S, b"hello" => Refused("not_json");
        Resend "", "signed now": Resend::SCHEME, KEY_S, SENT => Event("email.sent");
        SupabaseAuth "", "signed now": SupabaseAuth::SCHEME, KEY_S, HOOK => Event("send-sms");
        Supabase "static-token", "with its token": supabase::STATIC_TOKEN, TEXT_SECRET, ROW => Event("DELETE");
        Supabase "bearer", "with its token": supabase::BEARER, TEXT_SECRET, ROW => Event("DELETE");
        Supabase "hmac-hex", "signed now": supabase::HMAC_HEX, TEXT_SECRET, ROW => Event("DELETE");
        Supabase "hmac-hex-prefixed", "signed now": supabase::HMAC_HEX_PREFIXED, TEXT_SECRET, ROW => Event("DELETE");
        Supabase "hmac-base64", "signed now": supabase::HMAC_BASE64, TEXT_SECRET, ROW => Event("DELETE");
        Supabase "hmac-timestamped", "signed now": supabase::HMAC_TIMESTAMPED, TEXT_SECRET, ROW => Event("DELETE");
        Fluxbase "signed", "signed now": fluxbase::SIGNED, TEXT_SECRET, CHANGE => Event("INSERT");
        Fluxbase "legacy", "signed now": fluxbase::LEGACY, TEXT_SECRET, CHANGE => Event("INSERT");
        Fluxbase "guide", "signed now": fluxbase::GUIDE, TEXT_SECRET, CHANGE => Event("INSERT");
        Notion "", "signed now": notion::SCHEME, TEXT_SECRET, PAGE => Event("page.created");
        NotionAutomation "", "with its token": automation, TEXT_SECRET, BUTTON => Event("automation");
        NotionAutomation "own header", "with its token": automation.header("x-my-secret"), TEXT_SECRET, BUTTON => Event("automation");
        ChatterWise "coded", "signed now": chatterwise::CODED, TEXT_SECRET, MESSAGE => Event("message_received");
        ChatterWise "documented", "signed now": chatterwise::DOCUMENTED, TEXT_SECRET, FEEDBACK => Event("feedback_received");
        RecordEnvelope "hmac-hex", "signed now": record_envelope::HMAC_HEX, TEXT_SECRET, RECORD => Event("insert");
        RecordEnvelope "static-token", "with its token": record_envelope::STATIC_TOKEN, TEXT_SECRET, RECORD => Event("insert");
    } }
    cases.unverified::<ChatterWise>("no secret", "unsigned", MESSAGE, Event("message_received"));
    Ok(())
}

/// By a receiver with a current and a previous secret.
fn rotated(cases: &mut Cases) -> Result<(), Error> {
    let labelled = [Secret::new(KEY_B)?.label("current"), Secret::new(KEY_S)?.label("previous")];
    let receiver = Receiver::<Clerk>::new(labelled)?;
    let now = UnixTime::now();
    let by_old_key = sign(Clerk::SCHEME, KEY_S, now, USER_DELETED)?;
    let mut unsigned = by_old_key.clone();
    unsigned.remove("svix-signature");
    let hour_ago = UnixTime::from_secs(now.as_secs().saturating_sub(3600));
    let stale = sign(Clerk::SCHEME, KEY_B, hour_ago, USER_DELETED)?;
    let tampered = String::from_utf8_lossy(USER_DELETED).replace("user_1", "user_2");
    for (what, headers, body, expected) in [
        ("signed before a rotation", by_old_key.clone(), USER_DELETED, Event("user.deleted")),
        ("tampered with", by_old_key, tampered.as_bytes(), Refused("signature_mismatch")),
        ("unsigned", unsigned, USER_DELETED, Refused("missing_header")),
        ("signed an hour ago", stale, USER_DELETED, Refused("timestamp_too_old")),
    ] {
        cases.add("", what, receiver.clone(), headers, body, expected);
    }
    Ok(())
}

/// Notion tells its secret in a first request, which only waits for a person.
fn notion_handshake(cases: &mut Cases) -> Result<(), Error> {
    let body = br#"{"verification_token":"secret_of_this_example"}"#;
    let headers = sign(notion::SCHEME, "secret_of_this_example", UnixTime::now(), body)?;
    let receiver = Receiver::<Notion>::unconfigured()?;
    let pending = Event("handshake_pending");
    cases.add("", "set-up, no token yet", receiver.clone(), headers, body, pending);
    let event = sign(notion::SCHEME, "secret_of_this_example", UnixTime::now(), PAGE)?;
    cases.add("", "before it is confirmed", receiver, event, PAGE, Refused("not_configured"));
    Ok(())
}

#[derive(Default)]
struct Cases(Vec<Case>);

impl Cases {
    fn add<P: Provider>(
        &mut self,
        variant: &'static str,
        what: &'static str,
        receiver: Receiver<P>,
        headers: HeaderMap,
        body: &[u8],
        expected: Expected,
    ) {
        let path = format!("/{}/{}", P::NAME, self.0.len());
        let router = route(&path, receiver);
        self.0.push(Case {
            provider: P::NAME,
            variant,
            what,
            path,
            router,
            headers,
            body: body.to_vec(),
            expected,
        });
    }

    fn unverified<P: Provider>(
        &mut self,
        variant: &'static str,
        what: &'static str,
        body: &[u8],
        expected: Expected,
    ) {
        let path = format!("/{}/{}", P::NAME, self.0.len());
        let router = unverified_route::<P>(&path);
        let headers = HeaderMap::new();
        self.0.push(Case {
            provider: P::NAME,
            variant,
            what,
            path,
            router,
            headers,
            body: body.to_vec(),
            expected,
        });
    }

    fn signed<P: Provider>(
        &mut self,
        variant: &'static str,
        what: &'static str,
        scheme: Scheme,
        secret: &str,
        body: &[u8],
        expected: Expected,
    ) -> Result<(), Error> {
        let receiver = Receiver::<P>::with_scheme(scheme, Secret::new(secret)?.label("current"))?;
        self.add(variant, what, receiver, sign(scheme, secret, UnixTime::now(), body)?, body, expected);
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "a line of the table")]
    fn recorded<P: Provider>(
        &mut self,
        variant: &'static str,
        what: &'static str,
        scheme: Scheme,
        secrets: &[&str],
        time: i64,
        raw: &[u8],
        expected: Expected,
    ) -> Result<(), Error> {
        let secrets = secrets.iter().zip(["current", "previous"]);
        let secrets: Secrets = secrets
            .map(|(secret, label)| Ok(Secret::new(*secret)?.label(label)))
            .collect::<Result<Vec<_>, Error>>()?
            .into();
        let receiver =
            danger::freeze_clock(Receiver::<P>::with_scheme(scheme, secrets)?, UnixTime::from_secs(time));
        let (headers, body) = split(raw)?;
        self.add(variant, what, receiver, headers, body, expected);
        Ok(())
    }
}

fn sign(scheme: Scheme, secret: &str, time: UnixTime, body: &[u8]) -> Result<HeaderMap, Error> {
    Ok(Signer::new(scheme, Secret::new(secret)?)?.sign("msg_2b6y3kL9QxYw1", time, body)?)
}

/// A recorded request's headers and body, but for the headers that belong to its connection.
fn split(raw: &[u8]) -> Result<(HeaderMap, &[u8]), Error> {
    let end = raw.windows(4).position(|bytes| bytes == b"\r\n\r\n").ok_or("no empty line")?;
    let (head, body) = raw.split_at(end);
    let body = body.get(4..).unwrap_or_default();
    let mut headers = HeaderMap::new();
    for line in head.split(|&byte| byte == b'\n').skip(1) {
        let colon = line.iter().position(|&byte| byte == b':').ok_or("no colon")?;
        let (name, value) = line.split_at(colon);
        let name = HeaderName::from_bytes(name)?;
        if !["host", "content-length", "connection"].contains(&name.as_str()) {
            headers.append(name, HeaderValue::from_bytes(value.get(1..).unwrap_or_default().trim_ascii())?);
        }
    }
    Ok((headers, body))
}
