use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Outcome, Payload, peek};

/// The request with which Notion sets a subscription up: it carries the key that will sign every later request.
///
/// It is signed with the very token that it carries, so **it proves nothing about its origin**: anyone who knows
/// the address can send one. Keep the token as pending, never in the place of a token that is in use, and take it
/// over only after a person has seen Notion accept it. Never log it and never answer with it; `Debug` hides it.
/// Any 2xx answer will do, there is no challenge to repeat.
///
/// See [Webhooks](https://developers.notion.com/reference/webhooks).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Handshake {
    /// The secret: to be pasted into Notion's settings, and, `secret_` included, the key of the signatures.
    pub verification_token: String,
}

impl Handshake {
    /// The set-up request, when `body` is one: an object with a text `verification_token`, and without `type` and
    /// `entity`, which every event has.
    ///
    /// ```
    /// use webhook_core::notion::Handshake;
    ///
    /// assert!(Handshake::of(br#"{"verification_token": "secret_made_up"}"#).is_some());
    /// assert!(Handshake::of(br#"{"verification_token": "secret_made_up", "type": "page.created"}"#).is_none());
    /// ```
    pub fn of(body: &[u8]) -> Option<Self> {
        let [token, kind, entity] = peek(body, ["verification_token", "type", "entity"]);
        let is_absent = |found: Option<&str>| found.is_none_or(|found| found == "null");
        if !is_absent(kind) || !is_absent(entity) {
            return None;
        }
        serde_json::from_str(token?).ok().map(|verification_token| Self { verification_token })
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake").field("verification_token", &format_args!("[hidden]")).finish()
    }
}

impl Payload for Handshake {
    fn outcome(&self) -> Outcome {
        Outcome::Handshake
    }
}
