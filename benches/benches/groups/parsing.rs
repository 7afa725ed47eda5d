//! Each event's shape, read by `Payload::parse` and by what a user would write with `serde_json` alone.

use serde::de::DeserializeOwned;
use serde_json::Value;
use webhook_core::{Payload, chatterwise, clerk, fluxbase, notion, record_envelope, resend, supabase};

use webhook_benches::duel::{Group, subject};
use webhook_benches::{payloads, plain};

/// The name of the first subject of each group.
pub const PLAIN: &str = "from_slice, plain struct";

/// All shapes. The tagged form reads less: a derived tagged enum drops the envelope's other members.
pub fn groups() -> Vec<Group> {
    type ClerkTagged = plain::value::clerk::Tagged;
    type NotionTagged = plain::value::notion::Tagged;
    type ResendTagged = plain::value::resend::Tagged;
    vec![
        shape::<clerk::Event, plain::raw::clerk::Event, ClerkTagged>("Clerk user.created", payloads::clerk()),
        shape::<clerk::Event, plain::raw::clerk::Event, ClerkTagged>(
            "Clerk user.created, name first",
            payloads::clerk_name_first(),
        ),
        shape::<clerk::Event, plain::raw::clerk::Event, ClerkTagged>(
            "Clerk user.created, no unknown members",
            payloads::clerk_known_members(),
        ),
        shape::<notion::Message, plain::raw::notion::Event, NotionTagged>(
            "Notion page.created",
            payloads::notion(),
        ),
        shape::<notion::Message, plain::raw::notion::Event, NotionTagged>(
            "Notion page.created, data first",
            payloads::notion_data_first(),
        ),
        shape::<resend::Event, plain::raw::resend::Event, ResendTagged>(
            "Resend email.bounced",
            payloads::resend(),
        ),
        shape::<resend::Event, plain::raw::resend::Event, ResendTagged>(
            "Resend email.bounced, data first",
            payloads::resend_data_first(),
        ),
        shape::<supabase::Event, plain::raw::supabase::Event, plain::value::supabase::Tagged>(
            "Supabase UPDATE, rows raw",
            payloads::supabase(),
        ),
        shape::<supabase::Event<plain::Station>, plain::typed::Event, plain::typed::Tagged>(
            "Supabase UPDATE, rows typed",
            payloads::supabase(),
        ),
        shape::<fluxbase::Event, plain::raw::fluxbase::Event, plain::value::fluxbase::Tagged>(
            "Fluxbase UPDATE",
            payloads::fluxbase(),
        ),
        shape::<chatterwise::Event, plain::raw::chatterwise::Event, plain::value::chatterwise::Tagged>(
            "ChatterWise message_received",
            payloads::chatterwise(),
        ),
        shape::<
            record_envelope::Event,
            plain::raw::record_envelope::Event,
            plain::value::record_envelope::Tagged,
        >("Record envelope INSERT", payloads::record_envelope()),
    ]
}

fn shape<Ours, Plain, Tagged>(name: &str, body: String) -> Group
where
    Ours: Payload + 'static,
    Plain: DeserializeOwned + 'static,
    Tagged: DeserializeOwned + 'static,
{
    let text: &'static str = body.leak();
    let body = text.as_bytes();
    assert_eq!(Ours::parse(body).expect("our model reads it").outcome(), webhook_core::Outcome::Known);
    Group {
        name: format!("{name}, {} B", body.len()),
        subjects: vec![
            subject(PLAIN, move || serde_json::from_slice::<Plain>(body).expect("the plain struct reads it")),
            subject("Payload::parse", move || Ours::parse(body).expect("checked above")),
            subject("from_str, plain struct", move || {
                // What is checked once need not be checked string by string.
                let text = std::str::from_utf8(body).expect("UTF-8");
                serde_json::from_str::<Plain>(text).expect("the plain struct reads it")
            }),
            subject("from_slice, derived tagged enum", move || {
                serde_json::from_slice::<Tagged>(body).expect("the tagged enum reads it")
            }),
            subject("from_slice, Value", move || serde_json::from_slice::<Value>(body).expect("JSON")),
        ],
    }
}
