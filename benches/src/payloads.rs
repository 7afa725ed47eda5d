//! The bodies: samples of `webhook-core`, without white space between their tokens, and one that is made large.

use std::fmt::Write;

macro_rules! sample {
    ($path:literal) => {
        compact(include_str!(concat!("../../webhook-core/tests/samples/", $path)))
    };
}

/// Clerk's `user.created` as Clerk orders it: the data first, the event's name last.
pub fn clerk() -> String {
    sample!("clerk/user.created.json")
}

/// The same with spaces behind it, up to the 3,544 bytes of a `user.created` with all its members: to a MAC they are
/// bytes like others.
pub fn clerk_padded() -> String {
    format!("{:3544}", clerk())
}

/// The same with the event's name first.
pub fn clerk_name_first() -> String {
    let body = clerk();
    let rest = body.strip_suffix(r#","type":"user.created"}"#).and_then(|rest| rest.strip_prefix('{'));
    format!(r#"{{"type":"user.created",{}}}"#, rest.expect("the name is last"))
}

/// The same without the four members of its external account that only Google's accounts have, which our model
/// keeps and a derived type drops.
pub fn clerk_known_members() -> String {
    let mut body = clerk();
    for name in ["family_name", "given_name", "google_id", "picture"] {
        let start = body.find(&format!(r#""{name}":"#)).expect("the sample has it");
        let end = start + body[start..].find(',').expect("it is not the last") + 1;
        body.replace_range(start..end, "");
    }
    body
}

/// Stripe's `customer.created`, 2,688 bytes: most of them metadata.
pub fn stripe() -> String {
    let mut metadata = String::new();
    for n in 0..45 {
        let comma = if n == 0 { "" } else { "," };
        write!(metadata, r#"{comma}"key_{n:02}":"a value of the usual kind""#).expect("a String takes it");
    }
    let body = format!(
        r#"{{"id":"evt_1","object":"event","api_version":"2020-08-27","created":1760630400,"data":{{"object":{{
        "id":"cus_1","object":"customer","address":{{"city":"Zurich","country":"CH","line1":"Bahnhofstrasse 1",
        "line2":null,"postal_code":"8001","state":null}},"balance":0,"created":1760630399,"currency":null,
        "default_source":null,"delinquent":false,"description":"made by a bench","discount":null,
        "email":"ada@example.com","invoice_prefix":"0D1E2F3A","invoice_settings":{{"custom_fields":null,
        "default_payment_method":null,"footer":null,"rendering_options":null}},"livemode":false,
        "metadata":{{{metadata}}},"name":"Ada Example","next_invoice_sequence":1,"phone":null,
        "preferred_locales":["de","en"],"shipping":null,"tax_exempt":"none","test_clock":null}}}},
        "livemode":false,"pending_webhooks":1,"request":{{"id":"req_1","idempotency_key":null}},
        "type":"customer.created"}}"#
    );
    format!("{:2688}", compact(&body)) // the rest are spaces
}

/// Notion's `page.created`: the event's name before the data.
pub fn notion() -> String {
    sample!("notion/page.created.json")
}

/// The same with the data first and the name last.
pub fn notion_data_first() -> String {
    data_first(&notion(), "type", "page.created")
}

/// Resend's `email.bounced`: the event's name before the data.
pub fn resend() -> String {
    sample!("resend/email.bounced.json")
}

/// The same with the data first and the name last.
pub fn resend_data_first() -> String {
    data_first(&resend(), "type", "email.bounced")
}

/// Fluxbase's `UPDATE`.
pub fn fluxbase() -> String {
    sample!("fluxbase/update.json")
}

/// ChatterWise's `message_received`.
pub fn chatterwise() -> String {
    sample!("chatterwise/message_received.json")
}

/// A record envelope as a database trigger writes it.
pub fn record_envelope() -> String {
    sample!("record-envelope/trigger_insert.json")
}

/// A Supabase `UPDATE` of about 100 KB: both rows with a long text, some of it not ASCII, and a list of readings.
pub fn supabase() -> String {
    let row = |version: u32| {
        let mut history = String::new();
        for n in 0..400 {
            let (minute, reading) = (n % 60, f64::from(n * 7 + version) * 1.25);
            let comma = if n == 0 { "" } else { "," };
            write!(
                history,
                r#"{comma}{{"at":"2026-01-01T{:02}:{minute:02}:00+00:00","reading":{reading:?},"ok":{}}}"#,
                n / 60 % 24,
                n % 9 != 0
            )
            .expect("a String takes everything");
        }
        let note = "Die Übertragung war vollständig; all readings of this hour are final. ".repeat(330);
        format!(
            r#"{{"id":900719925474099{version},"name":"Zürich \"North\"","price":1234567.8900,"note":"{note}","history":[{history}],"tags":["a","b","c"],"archived":false,"deleted_at":null,"updated_at":"2026-01-01T15:00:00.123456+00:00"}}"#
        )
    };
    format!(
        r#"{{"type":"UPDATE","table":"stations","schema":"public","record":{},"old_record":{}}}"#,
        row(2),
        row(1)
    )
}

/// `length` bytes that are no JSON, but ASCII: we need neither, some of the others refuse what is not UTF-8.
pub fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|n| b'a' + (n * 31 % 26) as u8).collect()
}

/// Moves the member `key`, whose value is `name`, behind all others, and with it the data before it.
fn data_first(body: &str, key: &str, name: &str) -> String {
    let member = format!(r#""{key}":"{name}","#);
    let rest = body.replacen(&member, "", 1);
    let [data] = webhook_core::peek(rest.as_bytes(), ["data"]);
    let member = format!(r#""data":{}"#, data.expect("it has data"));
    let rest = rest.replace(&format!(",{member}"), "").replace(&format!("{member},"), "");
    let rest = rest.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).expect("an object");
    format!(r#"{{{member},{rest},"{key}":"{name}"}}"#)
}

fn compact(text: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    text.chars()
        .filter(|&c| {
            let keep = in_string || !c.is_ascii_whitespace();
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = in_string,
                '"' => in_string = !in_string,
                _ => {}
            }
            keep
        })
        .collect()
}
