use webhook_core::notion::automation::Event;

use crate::{Identity, Provider, Scheme};

/// Notion's ["Send webhook" action](https://www.notion.com/help/webhook-actions) of automations and buttons.
///
/// It is not signed. Give the action a custom header with a secret: `X-Webhook-Secret`, or another one by
/// `Receiver::with_scheme(NotionAutomation::SCHEME.header("x-my-secret"), …)`. Make and Zapier work alike, with
/// [`RecordEnvelope`](super::RecordEnvelope) for the body.
///
/// Of one firing each action sends its own webhook, so the identity is the event's id and the action's.
#[derive(Debug)]
pub struct NotionAutomation;

impl Provider for NotionAutomation {
    const NAME: &'static str = "notion-automation";
    const SECRET_ENV: &'static [&'static str] = &["NOTION_AUTOMATION_SECRET"];
    const SCHEME: Scheme = Scheme::token("x-webhook-secret");
    const IDENTITY: Identity =
        Identity::Fields { required: &["source.event_id"], optional: &["source.action_id"] };
    type Event = Event;
}
