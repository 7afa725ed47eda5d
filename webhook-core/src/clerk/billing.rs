//! Clerk Billing: the data of the `paymentAttempt.*`, `subscription.*` and `subscriptionItem.*` events.
//!
//! Clerk calls Billing experimental, and its specification and its SDK describe two shapes of most objects. The
//! types here are the union of both: every field is optional, and members that are in neither are kept.

mod amount;
mod payer;
mod payment;
mod plan;
mod subscription;

pub use amount::{Amount, Money};
pub use payer::Payer;
pub use payment::{
    ChargeType, GatewayStatus, Payee, PaymentAttempt, PaymentFailure, PaymentMethod, PaymentSource,
    PaymentSourceStatus, PaymentStatus, PerUnitTotal, Totals,
};
pub use plan::{Plan, PlanPeriod, UnitPrice, UnitPriceTier};
pub use subscription::{
    Credit, Credits, PayerCredit, Seats, Subscription, SubscriptionItem, SubscriptionStatus,
};
