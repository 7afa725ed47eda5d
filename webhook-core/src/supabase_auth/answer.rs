use serde::{Deserialize, Serialize};

use super::Claims;

/// What to send back to the auth server: a status, and usually a JSON body.
///
/// The [server](https://github.com/supabase/auth/blob/bc32168/internal/hooks/hookshttp/hookshttp.go) wants 200 with
/// the header `content-type: application/json` and a JSON body, or for some hooks 204 without a body. Everything
/// else, 201 and 400 included, fails the user's request with a message of the server's own; that is why a refusal
/// is a 200 too, and why there is no way to make another status here.
///
/// # Examples
///
/// ```
/// use webhook_core::supabase_auth::{PasswordVerificationAnswer, Reply};
///
/// let reply = Reply::from(PasswordVerificationAnswer::reject("Locked for ten minutes."));
/// assert_eq!(reply.status(), 200);
/// assert_eq!(reply.content_type(), Some("application/json"));
/// assert_eq!(reply.body(), r#"{"decision":"reject","message":"Locked for ten minutes."}"#);
///
/// let reply = Reply::refuse(403, "Sign-ups from this domain are closed.");
/// assert_eq!(reply.status(), 200); // the 403 is for the user, and stands in the body
/// assert_eq!(
///     reply.body(),
///     r#"{"error":{"http_code":403,"message":"Sign-ups from this domain are closed."}}"#
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Reply {
    status: u16,
    body: String,
}

impl Reply {
    /// Status 200 with `{}`: done, for the hooks that return nothing (send SMS, send email, before and after user
    /// created).
    pub fn empty() -> Self {
        Self { status: 200, body: "{}".into() }
    }

    /// Status 204: done, for the same hooks as [`empty`](Self::empty).
    ///
    /// The server refuses it from a custom access token hook, and takes it as `continue` from a verification hook.
    pub const fn no_content() -> Self {
        Self { status: 204, body: String::new() }
    }

    /// Refuses the user's request: see [`ErrorAnswer::new`].
    pub fn refuse(http_code: u16, message: impl Into<String>) -> Self {
        ErrorAnswer::new(http_code, message).into()
    }

    /// The HTTP status, 200 or 204.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The `content-type` header to send, or `None` when there is no body.
    pub const fn content_type(&self) -> Option<&'static str> {
        if self.body.is_empty() { None } else { Some("application/json") }
    }

    /// The body, empty for 204.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// The body by value, empty for 204.
    pub fn into_body(self) -> String {
        self.body
    }

    fn json(answer: &impl Serialize) -> Self {
        // These types always can be written; were it otherwise, the request must not go ahead.
        let body = serde_json::to_string(answer).unwrap_or_else(|_| {
            r#"{"error":{"http_code":500,"message":"The hook could not write its answer."}}"#.into()
        });
        Self { status: 200, body }
    }
}

/// The [answer](https://supabase.com/docs/guides/auth/auth-hooks/custom-access-token-hook) to a custom access token
/// hook: the claims that the token shall have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CustomAccessTokenAnswer {
    /// All claims, not just those that were added.
    pub claims: Claims,
}

impl CustomAccessTokenAnswer {
    /// Lets the token have `claims`: take those of the hook, and change them.
    ///
    /// The server refuses a token without one of [`Claims::REQUIRED`].
    pub const fn new(claims: Claims) -> Self {
        Self { claims }
    }
}

open_enum! {
    /// Whether an attempt may [count](https://github.com/supabase/auth/blob/bc32168/internal/hooks/v0hooks/v0hooks.go).
    pub enum Decision {
        /// The attempt counts as it came out.
        Continue = "continue",
        /// The attempt fails.
        Reject = "reject",
    }
}

/// The [answer](https://supabase.com/docs/guides/auth/auth-hooks/mfa-verification-hook) to an MFA verification hook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MfaVerificationAnswer {
    /// Whether the attempt may count; the server takes everything but `reject` as `continue`.
    pub decision: Decision,
    /// What to tell the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl MfaVerificationAnswer {
    /// Lets the attempt count as it came out.
    pub const fn proceed() -> Self {
        Self { decision: Decision::Continue, message: None }
    }

    /// Fails the attempt, also when the code was right, and signs the user out.
    pub fn reject(message: impl Into<String>) -> Self {
        Self { decision: Decision::Reject, message: Some(message.into()) }
    }
}

/// The [answer](https://supabase.com/docs/guides/auth/auth-hooks/password-verification-hook) to a password
/// verification hook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PasswordVerificationAnswer {
    /// Whether the attempt may count.
    pub decision: Decision,
    /// What to tell the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Whether to end all sessions of the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub should_logout_user: Option<bool>,
}

impl PasswordVerificationAnswer {
    /// Lets the attempt count as it came out.
    pub const fn proceed() -> Self {
        Self { decision: Decision::Continue, message: None, should_logout_user: None }
    }

    /// Fails the attempt, also when the password was right.
    pub fn reject(message: impl Into<String>) -> Self {
        Self { decision: Decision::Reject, message: Some(message.into()), should_logout_user: None }
    }

    /// Sets whether to end all sessions of the user.
    #[must_use]
    pub const fn should_logout_user(mut self, yes: bool) -> Self {
        self.should_logout_user = Some(yes);
        self
    }
}

/// The [answer](https://github.com/supabase/auth/blob/bc32168/internal/hooks/hookshttp/hookshttp.go) that refuses the user's request, for every hook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErrorAnswer {
    /// What is wrong.
    pub error: ErrorDetails,
}

/// What an [`ErrorAnswer`] says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErrorDetails {
    /// The HTTP status that the user gets; the server takes a missing one as 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_code: Option<u16>,
    /// What the user is told.
    pub message: String,
}

impl ErrorAnswer {
    /// Refuses the user's request with the status `http_code` and `message`.
    ///
    /// The server takes an error with an empty message for no error and goes ahead, so an empty message becomes
    /// `The request was refused.` here.
    pub fn new(http_code: u16, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if message.is_empty() {
            "The request was refused.".clone_into(&mut message);
        }
        Self { error: ErrorDetails { http_code: Some(http_code), message } }
    }
}

impl From<CustomAccessTokenAnswer> for Reply {
    fn from(answer: CustomAccessTokenAnswer) -> Self {
        Self::json(&answer)
    }
}

impl From<MfaVerificationAnswer> for Reply {
    fn from(answer: MfaVerificationAnswer) -> Self {
        Self::json(&answer)
    }
}

impl From<PasswordVerificationAnswer> for Reply {
    fn from(answer: PasswordVerificationAnswer) -> Self {
        Self::json(&answer)
    }
}

impl From<ErrorAnswer> for Reply {
    fn from(answer: ErrorAnswer) -> Self {
        Self::json(&answer)
    }
}
