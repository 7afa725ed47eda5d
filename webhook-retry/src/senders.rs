//! How long the senders of webhooks try: their published schedules as data.
//!
//! A receiver needs the [`horizon`](Sender::horizon): a key that is forgotten before it lets the sender's own
//! repetition in as a new event. Whoever sends webhooks can use the [`policy`](Sender::policy). Waits are counted
//! from the failure before them; `max_attempts` counts the first attempt.
//!
//! | sender | attempts | waits | horizon |
//! | --- | --- | --- | --- |
//! | [`SVIX`], [`CLERK`], [`RESEND`] | 8 | 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h, each ±20 % | 33 h 6 min 6 s (27 h 35 min 5 s without jitter) |
//! | [`STANDARD_WEBHOOKS`] | 10 | 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h | 75 h 35 min 5 s |
//! | [`CHATTERWISE`] | 6 | 5 s, 30 s, 2 min, 10 min, 30 min | 42 min 35 s |
//! | [`FLUXBASE`] | 3 | 5 s, 10 s | 75 s |
//! | [`SLACK`] | 4 | 0 s, 1 min, 5 min | 6 min |
//! | [`INNGEST`] | 5 | 15 s, 30 s, 1 min, 2 min, each up to 30 s more | 5 min 45 s |
//! | [`SUPABASE_AUTH`] | 3 | 2 s, 2 s | 5 s |
//! | [`SUPABASE`], [`GITHUB`] | 1 | | none |
//! | [`NOTION`] | up to 8 | not published | about 24 h |
//! | [`STRIPE`] | not published | not published | 3 days |
//! | [`SHOPIFY`] | 9 | not published | 4 h |
//! | Hookdeck Outpost | configured | exponential from 30 s, or a list (`RETRY_SCHEDULE`) | configured |
//!
//! Outpost has no constant, since its horizon is what whoever runs it has configured: ask them for it.
//!
//! ```
//! use webhook_retry::senders;
//!
//! let longest = senders::ALL.iter().max_by_key(|sender| sender.horizon).map(|sender| sender.name);
//! assert_eq!(longest, Some("standard-webhooks"));
//! let fluxbase = senders::FLUXBASE.policy.map(|policy| policy.schedule_preview().to_string());
//! assert_eq!(
//!     fluxbase.as_deref(),
//!     Some("attempt 1: at once\nattempt 2: after 5 s, 5 s in all\nattempt 3: after 10 s, 15 s in all\n"),
//! );
//! ```
//!
//! Most senders let a person send an event again, long after the horizon: a week is a good default for remembering
//! keys.

use core::time::Duration;

use crate::presets::{table, valid};
use crate::{RetryPolicy, Schedule};

/// What one sender has published about its retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sender {
    /// The sender's name, in lower case.
    pub name: &'static str,
    /// The page that publishes it, or the code that does it.
    pub source: &'static str,
    /// The schedule, if its steps are published.
    pub policy: Option<RetryPolicy>,
    /// How long after the first attempt the last automatic one begins, at the latest. Zero for a sender that never
    /// tries again by itself.
    ///
    /// As in [`RetryPolicy::horizon`], the attempts' own time and longer waits come on top, where the sender makes
    /// them: those that a receiver's `Retry-After` asks for, and those after throttling.
    pub horizon: Duration,
}

/// Svix: the table of [`RetryPolicy::durable`]. It switches an endpoint off after five days of failures.
///
/// After a timeout or a 429 it waits at least a minute instead of the first five seconds, which comes on top of the
/// horizon; the policy does so after [`Class::Throttled`](crate::Class::Throttled).
pub const SVIX: Sender = Sender {
    name: "svix",
    source: "https://docs.svix.com/retries",
    policy: Some(RetryPolicy::durable()),
    horizon: Duration::from_secs(119_166),
};

/// Clerk, whose webhooks Svix sends.
pub const CLERK: Sender = Sender { name: "clerk", ..SVIX };

/// Resend, whose webhooks Svix sends.
pub const RESEND: Sender =
    Sender { name: "resend", source: "https://resend.com/docs/webhooks/retries-and-replays", ..SVIX };

/// The example schedule of the Standard Webhooks specification. It recommends jitter without saying how much, so
/// there is none here.
pub const STANDARD_WEBHOOKS: Sender = Sender {
    name: "standard-webhooks",
    source: "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    policy: Some(valid(&RetryPolicy::builder(
        table(&[5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]),
        10,
    ))),
    horizon: Duration::from_secs(272_105),
};

/// ChatterWise, as its page describes it. Its code was seen to send once and never again.
pub const CHATTERWISE: Sender = Sender {
    name: "chatterwise",
    source: "https://github.com/Chatterwise/dialogwit (webhook documentation)",
    policy: Some(valid(&RetryPolicy::builder(table(&[5, 30, 120, 600, 1800]), 6))),
    horizon: Duration::from_secs(2555),
};

/// Fluxbase with its default settings. Its setting is called `max_retries` and counts the attempts, and its waits
/// grow linearly.
///
/// It looks for due retries every 30 s only, so each wait can be up to 30 s longer than the policy says; the
/// horizon has room for that. A repetition carries a new timestamp in its body and no id.
pub const FLUXBASE: Sender = Sender {
    name: "fluxbase",
    source: "https://github.com/nimbleflux/fluxbase (internal/webhook/trigger.go)",
    policy: Some(valid(&RetryPolicy::builder(
        Schedule::Linear { first: Duration::from_secs(5), step: Duration::from_secs(5) },
        3,
    ))),
    horizon: Duration::from_secs(75),
};

/// Slack's Events API. The answer header `X-Slack-No-Retry: 1` stops it.
pub const SLACK: Sender = Sender {
    name: "slack",
    source: "https://api.slack.com/apis/events-api",
    policy: Some(valid(&RetryPolicy::builder(table(&[0, 60, 300]), 4))),
    horizon: Duration::from_mins(6),
};

/// Inngest's steps with their default of four retries. Up to 30 s of jitter come on top of every wait: they are in
/// the horizon and, because no jitter here only adds, not in the policy.
pub const INNGEST: Sender = Sender {
    name: "inngest",
    source: "https://www.inngest.com/docs/features/inngest-functions/error-retries/retries",
    policy: Some(valid(&RetryPolicy::builder(table(&[15, 30, 60, 120]), 5))),
    horizon: Duration::from_secs(345),
};

/// Supabase Auth hooks: three attempts, all within five seconds, each with a new id. A 429 or 503 is tried again
/// only with a `Retry-After`, and then at once.
pub const SUPABASE_AUTH: Sender = Sender {
    name: "supabase-auth",
    source: "https://supabase.com/docs/guides/auth/auth-hooks",
    policy: Some(valid(
        &RetryPolicy::builder(Schedule::Fixed(Duration::from_secs(2)), 3).max_elapsed(Duration::from_secs(5)),
    )),
    horizon: Duration::from_secs(5),
};

/// Supabase database webhooks: sent once. The trigger of the self-hosting compose file can send several equal copies
/// within milliseconds, whatever the receiver answers.
pub const SUPABASE: Sender = Sender {
    name: "supabase",
    source: "https://supabase.com/docs/guides/database/webhooks",
    policy: Some(RetryPolicy::once()),
    horizon: Duration::ZERO,
};

/// GitHub: sent once, and again only by hand or through its API.
pub const GITHUB: Sender = Sender {
    name: "github",
    source: "https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries",
    policy: Some(RetryPolicy::once()),
    horizon: Duration::ZERO,
};

/// Notion: up to eight attempts, the last one about 24 h after the event. The body carries the attempt's number, so
/// it differs between attempts; its `id` does not.
pub const NOTION: Sender = Sender {
    name: "notion",
    source: "https://developers.notion.com/reference/webhooks-events-delivery",
    policy: None,
    horizon: Duration::from_hours(24),
};

/// Stripe in live mode: exponential waits over three days.
pub const STRIPE: Sender = Sender {
    name: "stripe",
    source: "https://docs.stripe.com/webhooks",
    policy: None,
    horizon: Duration::from_hours(72),
};

/// Shopify: eight retries with growing waits over four hours; then a subscription made through the Admin API is
/// deleted.
pub const SHOPIFY: Sender = Sender {
    name: "shopify",
    source: "https://shopify.dev/docs/apps/build/webhooks",
    policy: None,
    horizon: Duration::from_hours(4),
};

/// Every sender of this module.
pub const ALL: &[Sender] = &[
    SVIX,
    CLERK,
    RESEND,
    STANDARD_WEBHOOKS,
    CHATTERWISE,
    FLUXBASE,
    SLACK,
    INNGEST,
    SUPABASE_AUTH,
    SUPABASE,
    GITHUB,
    NOTION,
    STRIPE,
    SHOPIFY,
];
