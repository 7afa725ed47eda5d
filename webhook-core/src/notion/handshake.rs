use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Outcome, Payload};

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
