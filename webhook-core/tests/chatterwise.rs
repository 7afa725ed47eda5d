//! ChatterWise events, sample by sample.
#![cfg(feature = "chatterwise")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a failing test may panic")]

#[path = "support/checks.rs"]
mod checks;

use checks::{Demands, Plain, check, sample, samples};
use webhook_core::chatterwise::{
    ErrorOccurred, Event, FeedbackReceived, Id, Kind, MessageReceived, WebhookTest,
};
use webhook_core::{Outcome, Payload};

#[test]
fn every_sample() {
    for (name, body) in samples("chatterwise") {
        let key = if name.starts_with("docs_") { "event_type" } else { "event" };
        let event: Event = if name == "both_names.json" {
            Event::parse(&body).unwrap()
        } else {
            let demands =
                Demands { free: &["data"], deciding: &["event", "event_type"], ..Demands::default() };
            let mut changed = checks::Json::parse(std::str::from_utf8(&body).unwrap());
            let checks::Json::Object(members) = &mut changed else { panic!() };
            members.retain(|(found, _)| found != key);
            let error = Event::parse(changed.write().as_bytes()).unwrap_err();
            assert_eq!((error.path(), error.is_missing_field()), ("event", true), "{name}");
            check(&name, &body, Demands { required: &["event", "event_type"], ..demands })
        };
        let expected = if name == "unknown_event.json" { Outcome::Unknown } else { Outcome::Known };
        assert_eq!(event.outcome(), expected, "{name}");
        assert!(serde_json::to_string(&event).unwrap().starts_with(&format!("{{\"{key}\":")), "{name}");
    }
}

#[test]
fn every_event_has_a_sample() {
    let kinds: Vec<Kind> =
        samples("chatterwise").iter().map(|(_, body)| Event::parse(body).unwrap().kind).collect();
    for kind in [
        "message_received",
        "conversation_started",
        "conversation_ended",
        "chatbot_created",
        "chatbot_updated",
        "knowledge_base_updated",
        "feedback_received",
        "error_occurred",
        "webhook_test",
    ] {
        let kind = Kind::from(kind);
        assert!(!matches!(kind, Kind::Other(_)), "{kind} is not known");
        assert!(kinds.contains(&kind), "no sample of {kind}");
    }
}

#[test]
fn either_key_names_the_event() {
    let event = Event::parse(br#"{"event":"message_received","event_type":"chatbot_updated"}"#).unwrap();
    assert_eq!(event.kind, Kind::MessageReceived);
    assert_eq!(event.extra.get("event_type").unwrap().as_str(), "\"chatbot_updated\"");
    let event = Event::parse(br#"{"event":null,"event_type":"chatbot_updated"}"#).unwrap();
    assert_eq!(event.kind, Kind::ChatbotUpdated);
    for body in [&br#"{"event":"a","data":{},"timestamp":5}"#[..], br#"{"event_type":"a","timestamp":5}"#] {
        assert_eq!(Event::parse(body).unwrap_err().path(), "timestamp");
        assert_eq!(Event::kind_of(body).as_deref(), Some("a"));
    }
}

#[test]
fn names_in_any_case() {
    for (name, kind, usual) in [
        ("Message_Received", Kind::MessageReceived, "message_received"),
        ("KNOWLEDGE_BASE_UPDATED", Kind::KnowledgeBaseUpdated, "knowledge_base_updated"),
        ("webhook_TEST", Kind::WebhookTest, "webhook_test"),
        ("chatbot_created", Kind::ChatbotCreated, "chatbot_created"),
    ] {
        for key in ["event", "event_type"] {
            let body = format!(r#"{{"{key}":"{name}"}}"#);
            let event = Event::parse(body.as_bytes()).unwrap();
            assert_eq!(
                (&event.kind, event.kind(), event.outcome()),
                (&kind, Some(usual), Outcome::Known),
                "{body}"
            );
            assert_eq!(Event::kind_of(body.as_bytes()).as_deref(), Some(usual), "{body}");
            assert_eq!(serde_json::to_string(&event).unwrap(), body.replace(name, usual));
        }
    }
    let event = Event::parse(br#"{"event":"Handover_Requested"}"#).unwrap();
    assert_eq!((event.kind(), event.outcome()), (Some("Handover_Requested"), Outcome::Unknown));
    assert_eq!(Event::kind_of(br#"{"event":"Handover_Requested"}"#).as_deref(), Some("Handover_Requested"));
    // The name that does not count stays as it was written.
    let event = Event::parse(br#"{"event":"Webhook_Test","event_type":"Chatbot_Updated"}"#).unwrap();
    assert_eq!(event.extra.get("event_type").unwrap().as_str(), "\"Chatbot_Updated\"");
    // A kind that is null or no text is none, as before.
    assert_eq!(Event::kind_of(br#"{"event":null,"event_type":"X"}"#).as_deref(), Some("X"));
    assert_eq!(Event::kind_of(br#"{"event":7}"#), None);
}

#[test]
fn data_of_every_shape() {
    assert_eq!(Event::parse(&sample("chatterwise", "data_missing.json")).unwrap().data, None);
    assert_eq!(Event::parse(&sample("chatterwise", "data_is_null.json")).unwrap().data, None);
    let event = Event::parse(&sample("chatterwise", "data_is_text.json")).unwrap();
    assert_eq!(event.data.unwrap().as_str(), "\"hi\"");
}

fn data<T>(name: &str) -> T
where
    Plain<T>: Payload + serde::Serialize + PartialEq + std::fmt::Debug,
{
    let data = Event::parse(&sample("chatterwise", name)).unwrap().data.unwrap();
    let Plain(typed) =
        check(name, data.as_str().as_bytes(), Demands { free: &["metadata"], ..Demands::default() });
    typed
}

#[test]
fn typed_data() {
    let message: MessageReceived = data("docs_message_received.json");
    assert_eq!(message.user_message.as_deref(), Some("Where is my order?"));
    let feedback: FeedbackReceived = data("docs_feedback_received.json");
    assert_eq!(feedback.rating.unwrap().as_str(), "-1");
    assert_eq!(data::<ErrorOccurred>("docs_error_occurred.json").retryable, Some(true));
    assert_eq!(data::<WebhookTest>("webhook_test.json").test, Some(true));
    // What the sender was given passes through.
    let message: MessageReceived = data("message_received.json");
    assert!(message.extra.get("session_id").is_some());
}

#[test]
fn ids_in_data_keep_every_digit() {
    let read = |id: &str| -> MessageReceived {
        let body = format!(r#"{{"message_id":{id},"user_message":"hi","user_id":{id}}}"#);
        let Plain(message) = check(id, body.as_bytes(), Demands::default());
        message
    };
    for number in ["7", "9007199254740993", "123456789012345678901234567890.10", "-0", "1e400"] {
        let message = read(number);
        let id = message.message_id.as_ref().unwrap();
        assert!(matches!(id, Id::Number(_)), "{id:?}");
        assert_eq!((id.as_str(), id.to_string().as_str()), (number, number));
        assert_eq!((&message.user_id, message.user_message.as_deref()), (&message.message_id, Some("hi")));
    }
    assert_eq!(read("\"9007199254740993\"").user_id, Some(Id::Text("9007199254740993".into())));
    assert_eq!(read("\"m\\u0073g\"").message_id, Some(Id::Text("msg".into())));
    assert_eq!(read("null").message_id, None);
    let Plain(feedback): Plain<FeedbackReceived> =
        check("feedback", br#"{"message_id":12345678901234567890,"rating":5}"#, Demands::default());
    assert_eq!(feedback.message_id.unwrap().as_str(), "12345678901234567890");
}

#[test]
fn a_misfit_in_data_does_not_lose_the_rest() {
    let body = r#"{"message_id":true,"user_message":[1.50],"bot_response":"hello","user_ip":16909060}"#;
    let Plain(message): Plain<MessageReceived> = check("message", body.as_bytes(), Demands::default());
    assert_eq!((&message.message_id, &message.user_message, &message.user_ip), (&None, &None, &None));
    assert_eq!(message.bot_response.as_deref(), Some("hello"));
    assert_eq!(message.extra.get("message_id").unwrap().as_str(), "true");
    assert_eq!(message.extra.get("user_message").unwrap().as_str(), "[1.50]");
    assert_eq!(message.extra.get("user_ip").unwrap().as_str(), "16909060");
    assert_eq!(message.extra.len(), 3);

    let body = br#"{"code":500,"message":"no","retryable":"yes"}"#;
    let Plain(error): Plain<ErrorOccurred> = check("error", body, Demands::default());
    assert_eq!((&error.code, error.message.as_deref(), error.retryable), (&None, Some("no"), None));
    assert_eq!(error.extra.get("code").unwrap().as_str(), "500");
    assert_eq!(error.extra.get("retryable").unwrap().as_str(), "\"yes\"");
    // What is no object is still a misfit.
    assert!(serde_json::from_str::<ErrorOccurred>("[]").is_err());
}
