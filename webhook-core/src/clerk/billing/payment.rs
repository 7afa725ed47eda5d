use super::{Amount, Payer, SubscriptionItem};
use crate::UnixMillis;

open_struct! {
    /// An attempt to collect a payment.
    ///
    /// Sources: [`BillingPaymentAttemptWebhookEventJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct PaymentAttempt {
        /// `commerce_payment_attempt`; Clerk's specification leaves it out.
        object: String,
        /// The attempt's id.
        id: String,
        /// The id of the Clerk instance (`ins_…`).
        instance_id: String,
        /// The payment's id.
        payment_id: String,
        /// The invoice's id; deprecated by Clerk.
        invoice_id: String,
        /// The statement's id.
        statement_id: String,
        /// The attempt's id at the payment provider.
        gateway_external_id: String,
        /// The result.
        status: PaymentStatus,
        /// When it was made, in milliseconds since the epoch.
        created_at: UnixMillis,
        /// When it was last changed, in milliseconds since the epoch.
        updated_at: UnixMillis,
        /// When it succeeded, in milliseconds since the epoch.
        paid_at: UnixMillis,
        /// When it failed, in milliseconds since the epoch.
        failed_at: UnixMillis,
        /// Why it failed.
        failed_reason: PaymentFailure,
        /// The date of the bill, in milliseconds since the epoch.
        billing_date: UnixMillis,
        /// Whether somebody checked out or a period ended.
        charge_type: ChargeType,
        /// The same under the name that Clerk's documentation gives it.
        kind("type"): ChargeType,
        /// Who is paid.
        payee: Payee,
        /// Who pays.
        payer: Payer,
        /// The sums.
        totals: Totals,
        /// What it is paid with.
        payment_source: PaymentSource,
        /// What is paid for.
        subscription_items: Vec<SubscriptionItem>,
    }
}

open_struct! {
    /// Why a payment failed.
    ///
    /// Sources: [`BillingPaymentAttemptWebhookEventJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct PaymentFailure {
        /// The payment provider's code, such as `card_declined`.
        code: String,
        /// The bank's code, such as `insufficient_funds`.
        decline_code: String,
    }
}

open_struct! {
    /// Who is paid: your account at the payment provider.
    ///
    /// Sources: [`BillingPayeeJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Payee {
        /// The payee's id.
        id: String,
        /// The payment provider, such as `stripe`.
        gateway_type: String,
        /// The account's id at the payment provider.
        gateway_external_id: String,
        /// The account's state.
        gateway_status: GatewayStatus,
    }
}

open_struct! {
    /// The sums of a payment.
    ///
    /// Sources: [`BillingTotalsJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Totals {
        /// The sum before tax.
        subtotal: Amount,
        /// The tax.
        tax_total: Amount,
        /// The sum that is paid.
        grand_total: Amount,
        /// The sums for each unit, such as seats.
        per_unit_totals: Vec<PerUnitTotal>,
    }
}

open_struct! {
    /// The sum for one unit.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct PerUnitTotal {
        /// The unit, such as `seats`.
        name: String,
        /// The price of one unit in minor units of `currency`.
        amount: Amount,
        /// The number of units; none means any number.
        quantity: i64,
        /// The sum in minor units of `currency`.
        total: Amount,
        /// The currency's code, such as `USD`.
        currency: String,
    }
}

open_struct! {
    /// What a payment is made with.
    ///
    /// Sources: [`BillingPaymentAttemptWebhookEventJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct PaymentSource {
        /// The source's id.
        id: String,
        /// The payment provider, such as `stripe`.
        gateway: String,
        /// The source's id at the payment provider.
        gateway_external_id: String,
        /// The id of the account at the payment provider.
        gateway_external_account_id: String,
        /// The way of paying.
        payment_method: PaymentMethod,
        /// Whether it can be used.
        status: PaymentSourceStatus,
        /// The kind of card, such as `visa`.
        card_type: String,
        /// The last four digits of the card's number.
        last4: String,
    }
}

open_enum! {
    /// The result of a [`PaymentAttempt`].
    pub enum PaymentStatus {
        /// Not known yet.
        Pending = "pending",
        /// Paid.
        Paid = "paid",
        /// Not paid.
        Failed = "failed",
    }
}

open_enum! {
    /// What a [`PaymentAttempt`] comes from.
    pub enum ChargeType {
        /// Somebody checked out.
        Checkout = "checkout",
        /// A period ended.
        Recurring = "recurring",
    }
}

open_enum! {
    /// The state of a [`Payee`]'s account at the payment provider.
    pub enum GatewayStatus {
        /// It can be paid to.
        Active = "active",
        /// It is being set up.
        Pending = "pending",
        /// The payment provider has restricted it.
        Restricted = "restricted",
        /// It is no longer connected.
        Disconnected = "disconnected",
    }
}

open_enum! {
    /// A way of paying.
    pub enum PaymentMethod {
        /// By card.
        Card = "card",
        /// Through Link, a wallet.
        Link = "link",
    }
}

open_enum! {
    /// Whether a [`PaymentSource`] can be used.
    pub enum PaymentSourceStatus {
        /// It can be used.
        Active = "active",
        /// It is no longer connected.
        Disconnected = "disconnected",
    }
}
