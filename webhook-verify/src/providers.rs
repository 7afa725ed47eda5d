//! The senders this library knows, ready to use.
//!
//! Each is a type that names the provider, for [`Receiver`](crate::Receiver) and the adapters, and, where there are
//! variants, a module with their schemes. The default is what the sender really does; where its documents say something else, that is a named
//! variant. Which variant a sender uses is configuration, never a guess: the header `X-Webhook-Signature` alone has
//! four meanings.
//!
//! | provider | name | variants | signature | environment |
//! | --- | --- | --- | --- | --- |
//! | [`Clerk`] | `clerk` | | `svix-signature: v1,<base64>` | `CLERK_WEBHOOK_SIGNING_SECRET`, `CLERK_WEBHOOK_SECRET` |
//! | [`Svix`] | `svix` | | `svix-signature` or `webhook-signature` | `SVIX_WEBHOOK_SECRET` |
//! | [`StandardWebhooks`] | `standard-webhooks` | | `webhook-signature` or `svix-signature` | `STANDARD_WEBHOOKS_SECRET` |
//! | [`Resend`] | `resend` | | `svix-signature` | `RESEND_WEBHOOK_SECRET` |
//! | [`Supabase`] | `supabase` | `static-token`, `bearer`, `hmac-hex`, `hmac-hex-prefixed`, `hmac-base64`, `hmac-timestamped` | `X-Webhook-Signature` or `Authorization` | `SUPABASE_WEBHOOK_SECRET`, `WEBHOOK_SECRET` |
//! | [`SupabaseAuth`] | `supabase-auth` | | `webhook-signature: v1,<base64>, v1,<base64>` | `SUPABASE_AUTH_HOOK_SECRET` |
//! | [`Fluxbase`] | `fluxbase` | `signed`, `legacy`, `guide` | `X-Fluxbase-Signature: t=…,v1=<hex>` | `FLUXBASE_WEBHOOK_SECRET` |
//! | [`Notion`] | `notion` | | `X-Notion-Signature: sha256=<hex>` | `NOTION_VERIFICATION_TOKEN`, `NOTION_WEBHOOK_SECRET` |
//! | [`NotionAutomation`] | `notion-automation` | | a header of your choice, `X-Webhook-Secret` | `NOTION_AUTOMATION_SECRET` |
//! | [`ChatterWise`] | `chatterwise` | `coded`, `documented` | `X-Webhook-Signature: sha256=<hex>` | `CHATTERWISE_WEBHOOK_SECRET`, `WEBHOOK_SIGNING_SECRET` |
//! | [`RecordEnvelope`] | `record-envelope` | `hmac-hex`, `static-token` | `X-Webhook-Signature: <hex>` | `RECORD_ENVELOPE_SECRET` |

pub mod chatterwise;
pub mod fluxbase;
pub mod notion;
pub mod record_envelope;
pub mod standard_webhooks;
pub mod supabase;
pub mod supabase_auth;

mod clerk;
mod notion_automation;
mod resend;
mod svix;

pub use chatterwise::ChatterWise;
pub use clerk::Clerk;
pub use fluxbase::Fluxbase;
pub use notion::Notion;
pub use notion_automation::NotionAutomation;
pub use record_envelope::RecordEnvelope;
pub use resend::Resend;
pub use standard_webhooks::StandardWebhooks;
pub use supabase::Supabase;
pub use supabase_auth::SupabaseAuth;
pub use svix::Svix;

use std::fmt;

use serde::Serialize;

use crate::Provider;

/// What is done with a provider whose name is known only at run time. See [`visit`].
///
/// The event type can be shown and written, beside what [`Provider`] asks of it.
pub trait ProviderVisitor {
    /// What comes of it.
    type Output;

    /// Does it with the provider `P`.
    fn visit<P: Provider<Event: Serialize + fmt::Debug>>(self) -> Self::Output;
}

macro_rules! providers {
    ($($Provider:ty),+ $(,)?) => {
        /// The names of all providers, in the order of the table above.
        pub const NAMES: &[&str] = &[$(<$Provider as Provider>::NAME),+];

        /// Hands the provider of this name to `visitor`; `None` when there is none.
        ///
        /// For tools that take a provider's name from their user. A program that knows its provider names the type.
        ///
        /// ```
        /// use webhook_verify::Provider;
        /// use webhook_verify::providers::{self, ProviderVisitor};
        ///
        /// struct SecretEnv;
        /// impl ProviderVisitor for SecretEnv {
        ///     type Output = &'static [&'static str];
        ///     fn visit<P: Provider>(self) -> Self::Output {
        ///         P::SECRET_ENV
        ///     }
        /// }
        ///
        /// assert_eq!(providers::visit("fluxbase", SecretEnv), Some(&["FLUXBASE_WEBHOOK_SECRET"][..]));
        /// assert_eq!(providers::visit("unheard-of", SecretEnv), None);
        /// ```
        pub fn visit<V: ProviderVisitor>(name: &str, visitor: V) -> Option<V::Output> {
            $(if name == <$Provider as Provider>::NAME {
                return Some(visitor.visit::<$Provider>());
            })+
            None
        }
    };
}

// The one list of all providers: a new one is added here, beside its module.
providers!(
    Clerk,
    Svix,
    StandardWebhooks,
    Resend,
    Supabase,
    SupabaseAuth,
    Fluxbase,
    Notion,
    NotionAutomation,
    ChatterWise,
    RecordEnvelope,
);
