//! Stand-ins for what your own systems would do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use webhook_axum::webhook_core::RawJson;
use webhook_axum::webhook_core::chatterwise::{Event, MessageReceived};

#[derive(Default)]
pub(crate) struct Business(Mutex<Done>);

/// What was done.
#[derive(Serialize, Default, Clone)]
pub(crate) struct Done {
    crm: Vec<Message>,
    /// The chatbots whose knowledge is to be indexed again, each once however often it has changed.
    to_index: BTreeSet<String>,
    /// The plan of each account.
    plans: BTreeMap<String, String>,
}

#[derive(Serialize, Clone)]
struct Message {
    chatbot: Option<String>,
    text: String,
}

impl Business {
    pub(crate) fn message_to_crm(&self, event: &Event) -> &'static str {
        let Some(text) = event.data.as_ref().and_then(text_of) else { return "no message in it" };
        let message = Message { chatbot: event.chatbot_id.clone(), text };
        self.change(|done| done.crm.push(message));
        "sent to the CRM"
    }

    pub(crate) fn index_again(&self, event: &Event) -> &'static str {
        let Some(chatbot) = &event.chatbot_id else { return "no chatbot in it" };
        self.change(|done| done.to_index.insert(chatbot.clone()));
        "will be indexed again"
    }

    pub(crate) fn change_plan(&self, event: &Event) -> &'static str {
        #[derive(serde::Deserialize)]
        struct Plan {
            plan: String,
        }
        let plan = event.data.as_ref().and_then(|data| data.parse::<Plan>().ok());
        let (Some(user), Some(Plan { plan })) = (&event.user_id, plan) else { return "no plan in it" };
        self.change(|done| done.plans.insert(user.clone(), plan));
        "plan changed"
    }

    pub(crate) fn done(&self) -> Done {
        self.change(|done| done.clone())
    }

    fn change<T>(&self, change: impl FnOnce(&mut Done) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What the visitor wrote: where the documentation shows it, where the dashboard's own integration puts it, or, since
/// `data` is whatever ChatterWise was given, all of it.
fn text_of(data: &RawJson) -> Option<String> {
    if let Ok(text) = data.parse() {
        return Some(text);
    }
    let found = data.parse::<MessageReceived>().ok().and_then(|message| {
        message.user_message.or_else(|| message.extra.get("message").and_then(|text| text.parse().ok()))
    });
    found.or_else(|| (data.as_str() != "{}").then(|| data.as_str().to_owned()))
}
