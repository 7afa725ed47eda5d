//! Clerk's webhooks: all 46 events and every object in them.
//!
//! Clerk delivers through Svix: verify the request with `webhook-verify` (or an adapter) first. What is delivered
//! is an [`Event`]: an envelope, and in [`data`](Event::data) what happened.
//!
//! # Examples
//!
//! ```
//! use webhook_core::Payload;
//! use webhook_core::clerk::{Event, EventData};
//!
//! let body = br#"{
//!     "data": {
//!         "object": "user", "id": "user_1", "first_name": "Ada", "created_at": 1760630398800, "updated_at": 1760630398800,
//!         "primary_email_address_id": "idn_1",
//!         "email_addresses": [{"id": "idn_1", "email_address": "ada@example.com"}],
//!         "public_metadata": {"plan": "free"}
//!     },
//!     "object": "event", "timestamp": 1760630400000, "type": "user.created"
//! }"#;
//! let event = Event::parse(body)?;
//! match event.data {
//!     EventData::UserCreated(user) | EventData::UserUpdated(user) => {
//!         assert_eq!(user.id, "user_1");
//!         assert_eq!(user.primary_email_address().unwrap().email_address, "ada@example.com");
//!         #[derive(serde::Deserialize)]
//!         struct Metadata {
//!             plan: String,
//!         }
//!         let metadata: Metadata = user.public_metadata.unwrap().parse()?; // free-form: of a type of your own
//!         assert_eq!(metadata.plan, "free");
//!     }
//!     EventData::UserDeleted(user) => println!("delete {:?}", user.id),
//!     EventData::SessionCreated(session) => println!("{} signed in", session.user_id),
//!     EventData::Unknown(event) => println!("{} is new: {:?}", event.kind, event.data),
//!     _ => {}
//! }
//! # Ok::<(), webhook_core::ParseError>(())
//! ```
//!
//! # What to know about Clerk's events
//!
//! * **There is no `user.signed_in`**, though guides name it: a sign-in is [`session.created`](EventData::SessionCreated).
//! * Events come more than once and in any order
//!   ([overview](https://clerk.com/docs/guides/development/webhooks/overview)): compare `updated_at` before you
//!   overwrite, and expect a user's update before its creation, or after its deletion.
//! * Times are integer milliseconds ([`UnixMillis`](crate::UnixMillis)), but for the
//!   [envelope's](Event::timestamp), which may be in seconds ([`EventTime`]).
//! * Amounts of money are integers in minor units such as cents ([`Amount`]).
//! * `email.created` and `sms.created` hold live codes, and users and organizations private metadata. **`Debug`
//!   shows them: do not log whole events.**
//! * Anything in `unsafe_metadata` was written by the user.
//!
//! # What is required, what is kept, what stays raw
//!
//! A field is an `Option` unless all of Clerk's descriptions and samples have it and a handler can hardly do without;
//! null and absent are both `None`. Lists that all of them have are `Vec`s, empty when Clerk sends none.
//! There are three descriptions and they disagree: the
//! [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml), the
//! [SDK's types](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts) with its
//! [events](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/Webhooks.ts), and the
//! documentation ([overview](https://clerk.com/docs/guides/development/webhooks/overview),
//! [billing](https://clerk.com/docs/guides/development/webhooks/billing)). Where they disagree, each shape is
//! accepted: a deleted [role](DeletedRole) or [permission](DeletedPermission), the organization of an
//! [invitation](OrganizationInvitation::organization), an [SMS message's](SmsMessage) time, all of Billing.
//!
//! Raw JSON ([`RawJson`](crate::RawJson)) are: all metadata, a session's `actor`, the template values of messages,
//! and the data of unknown events. Members of an object that this version does not know are in its field `extra`, so
//! that nothing Clerk wrote is lost: providers add some to an [`ExternalAccount`], and Billing is still changing.

mod account;
mod billing;
mod deleted;
mod envelope;
mod identification;
mod message;
mod organization;
mod organization_domain;
mod organization_invitation;
mod organization_membership;
mod role;
mod session;
mod user;
mod verification;
mod waitlist;

pub use account::{
    EnterpriseAccount, EnterpriseConnection, EnterpriseProtocol, ExternalAccount, SamlAccount, SamlConnection,
};
pub use billing::{
    Amount, ChargeType, Credit, Credits, GatewayStatus, Money, Payee, Payer, PayerCredit, PaymentAttempt,
    PaymentFailure, PaymentMethod, PaymentSource, PaymentSourceStatus, PaymentStatus, PerUnitTotal, Plan,
    PlanPeriod, Seats, Subscription, SubscriptionItem, SubscriptionStatus, Totals, UnitPrice, UnitPriceTier,
};
pub use deleted::DeletedObject;
pub use envelope::{EventAttributes, EventTime, HttpRequest};
pub use identification::{EmailAddress, LinkedIdentification, Passkey, PhoneNumber, Web3Wallet};
pub use message::{Email, SmsMessage};
pub use organization::{Organization, PublicOrganizationData};
pub use organization_domain::{EnrollmentMode, OrganizationDomain, OrganizationDomainVerification};
pub use organization_invitation::{
    InvitationStatus, OrganizationInvitation, OrganizationInvitationData, PublicInviterData,
};
pub use organization_membership::{OrganizationMembership, PublicUserData};
pub use role::{DeletedPermission, DeletedRole, Permission, Role};
pub use session::{Session, SessionActivity, SessionStatus};
pub use user::{Scim, User};
pub use verification::{Verification, VerificationError, VerificationStatus};
pub use waitlist::{Invitation, WaitlistEntry, WaitlistStatus};

events! {
    /// An event from Clerk: what happened, and the envelope it came in.
    ///
    /// Sources: the envelope in the [overview](https://clerk.com/docs/guides/development/webhooks/overview) and in
    /// Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Event("a Clerk event") {
        required {}
        optional {
            /// Always `event`.
            object: String,
            /// When it happened, in seconds or milliseconds since the epoch; [`EventTime`] reads both.
            timestamp: EventTime,
            /// The id of the Clerk instance it comes from (`ins_…`).
            instance_id: String,
            /// What is known about the request that caused it.
            event_attributes: EventAttributes,
        }
    }

    /// What happened, by the name of the event.
    ///
    /// The names are the union of Clerk's
    /// [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml) and the
    /// [SDK's events](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/Webhooks.ts).
    pub enum EventData("type", "data") {
        /// A user was created.
        UserCreated(Box<User>) = "user.created",
        /// A user was changed.
        UserUpdated(Box<User>) = "user.updated",
        /// A user was deleted.
        UserDeleted(DeletedObject) = "user.deleted",

        /// A user has signed in.
        ///
        /// This is the event that guides call `user.signed_in`; Clerk has no event of that name.
        SessionCreated(Box<Session>) = "session.created",
        /// A user has signed in but has something left to do, such as choosing an organization. Clerk's SDK does not
        /// name it.
        SessionPending(Box<Session>) = "session.pending",
        /// A session has ended.
        SessionEnded(Box<Session>) = "session.ended",
        /// A session was removed from its client.
        SessionRemoved(Box<Session>) = "session.removed",
        /// A session was revoked.
        SessionRevoked(Box<Session>) = "session.revoked",

        /// An organization was created.
        OrganizationCreated(Box<Organization>) = "organization.created",
        /// An organization was changed.
        OrganizationUpdated(Box<Organization>) = "organization.updated",
        /// An organization was deleted.
        OrganizationDeleted(DeletedObject) = "organization.deleted",

        /// A domain was added to an organization.
        OrganizationDomainCreated(Box<OrganizationDomain>) = "organizationDomain.created",
        /// A domain of an organization was changed.
        OrganizationDomainUpdated(Box<OrganizationDomain>) = "organizationDomain.updated",
        /// A domain of an organization was deleted.
        OrganizationDomainDeleted(DeletedObject) = "organizationDomain.deleted",

        /// A user has joined an organization.
        OrganizationMembershipCreated(Box<OrganizationMembership>) = "organizationMembership.created",
        /// A membership was changed.
        OrganizationMembershipUpdated(Box<OrganizationMembership>) = "organizationMembership.updated",
        /// A user has left an organization; the membership is told in full.
        OrganizationMembershipDeleted(Box<OrganizationMembership>) = "organizationMembership.deleted",

        /// Somebody was invited to an organization.
        OrganizationInvitationCreated(Box<OrganizationInvitation>) = "organizationInvitation.created",
        /// An invitation to an organization was accepted.
        OrganizationInvitationAccepted(Box<OrganizationInvitation>) = "organizationInvitation.accepted",
        /// An invitation to an organization was taken back.
        OrganizationInvitationRevoked(Box<OrganizationInvitation>) = "organizationInvitation.revoked",

        /// A role was created.
        RoleCreated(Box<Role>) = "role.created",
        /// A role was changed.
        RoleUpdated(Box<Role>) = "role.updated",
        /// A role was deleted.
        RoleDeleted(Box<DeletedRole>) = "role.deleted",

        /// A permission was created.
        PermissionCreated(Box<Permission>) = "permission.created",
        /// A permission was changed.
        PermissionUpdated(Box<Permission>) = "permission.updated",
        /// A permission was deleted.
        PermissionDeleted(Box<DeletedPermission>) = "permission.deleted",

        /// An email is to be sent. **It holds live codes and links: keep it out of logs.**
        EmailCreated(Box<Email>) = "email.created",
        /// A text message is to be sent. **It holds a live code: keep it out of logs.**
        SmsCreated(Box<SmsMessage>) = "sms.created",

        /// Somebody was put on the waitlist.
        WaitlistEntryCreated(Box<WaitlistEntry>) = "waitlistEntry.created",
        /// An entry of the waitlist was changed.
        WaitlistEntryUpdated(Box<WaitlistEntry>) = "waitlistEntry.updated",

        /// An attempt to collect a payment was made.
        PaymentAttemptCreated(Box<PaymentAttempt>) = "paymentAttempt.created",
        /// An attempt to collect a payment has succeeded or failed.
        PaymentAttemptUpdated(Box<PaymentAttempt>) = "paymentAttempt.updated",

        /// A subscription was created.
        SubscriptionCreated(Box<Subscription>) = "subscription.created",
        /// A subscription was changed.
        SubscriptionUpdated(Box<Subscription>) = "subscription.updated",
        /// A subscription became active.
        SubscriptionActive(Box<Subscription>) = "subscription.active",
        /// A payment for a subscription is overdue.
        SubscriptionPastDue(Box<Subscription>) = "subscription.pastDue",

        /// An item of a subscription was created. Only Clerk's SDK still names it.
        SubscriptionItemCreated(Box<SubscriptionItem>) = "subscriptionItem.created",
        /// An item of a subscription was changed.
        SubscriptionItemUpdated(Box<SubscriptionItem>) = "subscriptionItem.updated",
        /// An item of a subscription became active.
        SubscriptionItemActive(Box<SubscriptionItem>) = "subscriptionItem.active",
        /// An item of a subscription was canceled.
        SubscriptionItemCanceled(Box<SubscriptionItem>) = "subscriptionItem.canceled",
        /// An item of a subscription will begin later.
        SubscriptionItemUpcoming(Box<SubscriptionItem>) = "subscriptionItem.upcoming",
        /// An item of a subscription has ended.
        SubscriptionItemEnded(Box<SubscriptionItem>) = "subscriptionItem.ended",
        /// An item of a subscription was given up before it began.
        SubscriptionItemAbandoned(Box<SubscriptionItem>) = "subscriptionItem.abandoned",
        /// An item of a subscription waits for its first payment.
        SubscriptionItemIncomplete(Box<SubscriptionItem>) = "subscriptionItem.incomplete",
        /// A payment for an item of a subscription is overdue.
        SubscriptionItemPastDue(Box<SubscriptionItem>) = "subscriptionItem.pastDue",
        /// The free trial of an item of a subscription ends soon.
        SubscriptionItemFreeTrialEnding(Box<SubscriptionItem>) = "subscriptionItem.freeTrialEnding",
    }
}
