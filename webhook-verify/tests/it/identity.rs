//! What identifies an event, for each provider.

use webhook_core::Delivery;
use webhook_verify::providers::{
    Clerk, Fluxbase, Notion, NotionAutomation, RecordEnvelope, Supabase, SupabaseAuth,
};
use webhook_verify::{Identity, Provider, Received, Receiver, Secret, Signer, UnixTime};

const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NOW: UnixTime = UnixTime::from_secs(1_767_605_400);

fn receiver<P: Provider>() -> Receiver<P> {
    Receiver::new(Secret::new(SECRET).unwrap()).unwrap()
}

fn receive<P: Provider>(receiver: &Receiver<P>, id: &str, body: &str) -> Received<P> {
    let signer = Signer::new(P::SCHEME, Secret::new(SECRET).unwrap()).unwrap();
    let headers = signer.sign(id, NOW, body.as_bytes()).unwrap();
    receiver.verify(&headers, body.to_owned(), NOW).unwrap()
}

fn key<P: Provider>(receiver: &Receiver<P>, id: &str, body: &str) -> Option<String> {
    receive(receiver, id, body).idempotency_key().map(|key| key.to_string())
}

fn delivery<P: Provider>(id: &str, body: &str) -> Delivery {
    receive(&receiver::<P>(), id, body).delivery()
}

#[test]
fn clerk_by_its_signed_id_and_the_endpoint() {
    let one = receiver::<Clerk>();
    assert_eq!(key(&one, "msg_1", "{}").as_deref(), Some("clerk:msg_1"));
    let two = receiver::<Clerk>().endpoint("billing");
    assert_eq!(key(&two, "msg_1", "{}").as_deref(), Some("clerk/billing:msg_1"));

    // No name of an endpoint can be mistaken for an id.
    let odd = receiver::<Clerk>().endpoint("billing:msg_1/x");
    assert_eq!(key(&odd, "msg_2", "{}").as_deref(), Some("clerk/billing%3Amsg_1%2Fx:msg_2"));

    let delivery = delivery::<Clerk>("msg_1", r#"{"data":7,"type":"user.created"}"#);
    assert_eq!(
        (delivery.provider, delivery.id.as_deref(), delivery.id_signed),
        ("clerk", Some("msg_1"), true)
    );
    assert_eq!((delivery.kind.as_deref(), delivery.timestamp), (Some("user.created"), Some(NOW)));
}

#[test]
fn notion_by_the_events_id() {
    let body = |attempt| format!(r#"{{"id":"15e0","type":"page.created","attempt_number":{attempt}}}"#);
    let receiver = receiver::<Notion>();
    assert_eq!(key(&receiver, "", &body(1)).as_deref(), Some("notion:15e0"));
    assert_eq!(key(&receiver, "", &body(1)), key(&receiver, "", &body(2)));
    let delivery = delivery::<Notion>("", &body(1));
    assert_eq!((delivery.id.as_deref(), delivery.id_signed), (Some("15e0"), true));
}

#[test]
fn an_id_that_no_signature_covers_says_so() {
    let delivery = delivery::<NotionAutomation>("", r#"{"source":{"event_id":"e1"}}"#);
    assert_eq!((delivery.id.as_deref(), delivery.id_signed), (Some("e1"), false));
}

#[test]
fn supabase_auth_by_the_call_not_by_the_attempt() {
    let body = r#"{"metadata":{"uuid":"u-1","name":"send-sms"}}"#;
    let receiver = receiver::<SupabaseAuth>();
    assert_eq!(key(&receiver, "attempt-1", body).as_deref(), Some("supabase-auth:u-1"));
    assert_eq!(key(&receiver, "attempt-1", body), key(&receiver, "attempt-2", body));
    assert_eq!(key(&receiver, "attempt-1", "{}"), None);
    let delivery = delivery::<SupabaseAuth>("attempt-1", body);
    assert_eq!((delivery.id.as_deref(), delivery.kind.as_deref()), (Some("u-1"), Some("send-sms")));
}

#[test]
fn a_record_by_what_changed_and_when() {
    let receiver = receiver::<RecordEnvelope>();
    let body = |id, time| {
        format!(
            r#"{{"event_type":"update","source":"notion","table_name":"t","record_id":{id},"timestamp":"{time}","data":{{}}}}"#
        )
    };
    let first = key(&receiver, "", &body("1", "2026")).unwrap();
    assert!(first.starts_with("record-envelope:sha256-"), "{first}");
    assert_ne!(Some(first.clone()), key(&receiver, "", &body("2", "2026")));
    assert_ne!(Some(first.clone()), key(&receiver, "", &body("1", "2027")));
    assert_ne!(Some(first.clone()), key(&receiver, "", &body("\"1\"", "2026")));
    // Two edits in one transaction, or in one of Notion's minutes, differ in their data.
    let other = body("1", "2026").replace(r#""data":{}"#, r#""data":{"a":1}"#);
    assert_ne!(Some(first.clone()), key(&receiver, "", &other));
    // Tables of one name in two schemas are two.
    let schema =
        |name| body("1", "2026").replace("{}}", &format!(r#"{{}},"metadata":{{"schema":"{name}"}}}}"#));
    assert_ne!(key(&receiver, "", &schema("a")), key(&receiver, "", &schema("b")));
    // What else stands in the body does not matter.
    let more = body("1", "2026").replace(r#""data":{}"#, r#""data":{},"metadata":{"a":1}"#);
    assert_eq!(Some(first), key(&receiver, "", &more));
    // Rows deleted by the guide's trigger have no id, and all of a transaction one time.
    assert_eq!(key(&receiver, "", &body("null", "2026")), None);
    let timeless = body("1", "2026").replace(r#""timestamp":"2026","#, "");
    assert_eq!(key(&receiver, "", &timeless), None);
}

#[test]
fn without_identity_a_digest_is_an_opt_in() {
    assert_eq!(key(&receiver::<Supabase>(), "", "{}"), None);
    assert_eq!(key(&receiver::<Fluxbase>(), "", "{}"), None);
    let opted = receiver::<Fluxbase>().identity(Identity::DigestWithout(&["timestamp"]));
    let body = |time| format!(r#"{{"event":"INSERT","record":{{"id":1}},"timestamp":"{time}"}}"#);
    assert!(key(&opted, "", &body("a")).is_some());
    assert_eq!(key(&opted, "", &body("a")), key(&opted, "", &body("b")));
}

#[test]
fn tenants_have_keys_of_their_own() {
    let template = receiver::<Clerk>();
    let [a, b] = ["a", "b"].map(|name| template.for_tenant(name, Secret::new(SECRET).unwrap()).unwrap());
    assert_eq!(key(&a, "msg_1", "{}").as_deref(), Some("clerk/a/:msg_1"));
    assert_eq!(key(&b, "msg_1", "{}").as_deref(), Some("clerk/b/:msg_1"));
}

#[test]
fn a_tenant_and_an_endpoint_are_both_told_apart() {
    let tenant = |receiver: Receiver<Clerk>, name: &str| {
        receiver.for_tenant(name, Secret::new(SECRET).unwrap()).unwrap()
    };
    let clerk = receiver::<Clerk>();
    for both in [tenant(clerk.clone().endpoint("orders"), "a"), tenant(clerk.clone(), "a").endpoint("orders")]
    {
        assert_eq!(key(&both, "msg_1", "{}").as_deref(), Some("clerk/a/orders:msg_1"));
    }
    // A tenant may choose its name, but not to be an endpoint.
    assert_eq!(key(&clerk.clone().endpoint("a"), "msg_1", "{}").as_deref(), Some("clerk/a:msg_1"));
    assert_eq!(key(&tenant(clerk, "a/b:"), "msg_1", "{}").as_deref(), Some("clerk/a%2Fb%3A/:msg_1"));
}

#[test]
fn another_identity_is_also_the_deliverys() {
    let opted = receiver::<Fluxbase>().identity(Identity::Field("record.id"));
    let received = receive(&opted, "", r#"{"event":"INSERT","record":{"id":5}}"#);
    assert_eq!(received.idempotency_key().unwrap().as_str(), "fluxbase:5");
    assert_eq!((received.delivery().id.as_deref(), received.delivery().id_signed), (Some("5"), true));
}
