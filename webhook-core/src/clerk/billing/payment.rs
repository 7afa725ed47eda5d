use super::{Amount, Payer, SubscriptionItem};
use crate::UnixMillis;

open_object! {
    /// An attempt to collect a payment.
    ///
    /// Sources: [`BillingPaymentAttemptWebhookEventJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct PaymentAttempt("a payment attempt") {
        required {}
        nullable {}
        optional {
            /// `commerce_payment_attempt`; Clerk's specification leaves it out.
            object: String = "object",
            /// The attempt's id.
            id: String = "id",
            /// The id of the Clerk instance (`ins_…`).
            instance_id: String = "instance_id",
            /// The payment's id.
            payment_id: String = "payment_id",
            /// The invoice's id; deprecated by Clerk.
            invoice_id: String = "invoice_id",
            /// The statement's id.
            statement_id: String = "statement_id",
            /// The attempt's id at the payment provider.
            gateway_external_id: String = "gateway_external_id",
            /// The result.
            status: PaymentStatus = "status",
            /// When it was made, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When it was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
            /// When it succeeded, in milliseconds since the epoch.
            paid_at: UnixMillis = "paid_at",
            /// When it failed, in milliseconds since the epoch.
            failed_at: UnixMillis = "failed_at",
            /// Why it failed.
            failed_reason: PaymentFailure = "failed_reason",
            /// The date of the bill, in milliseconds since the epoch.
            billing_date: UnixMillis = "billing_date",
            /// Whether somebody checked out or a period ended.
            charge_type: ChargeType = "charge_type",
            /// The same under the name that Clerk's documentation gives it.
            kind: ChargeType = "type",
            /// Who is paid.
            payee: Payee = "payee",
            /// Who pays.
            payer: Payer = "payer",
            /// The sums.
            totals: Totals = "totals",
            /// What it is paid with.
            payment_source: PaymentSource = "payment_source",
            /// What is paid for.
            subscription_items: Vec<SubscriptionItem> = "subscription_items",
        }
    }
}

open_object! {
    /// Why a payment failed.
    ///
    /// Sources: [`BillingPaymentAttemptWebhookEventJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct PaymentFailure("a payment failure") {
        required {}
        nullable {}
        optional {
            /// The payment provider's code, such as `card_declined`.
            code: String = "code",
            /// The bank's code, such as `insufficient_funds`.
            decline_code: String = "decline_code",
        }
    }
}

open_object! {
    /// Who is paid: your account at the payment provider.
    ///
    /// Sources: [`BillingPayeeJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Payee("a payee") {
        required {}
        nullable {}
        optional {
            /// The payee's id.
            id: String = "id",
            /// The payment provider, such as `stripe`.
            gateway_type: String = "gateway_type",
            /// The account's id at the payment provider.
            gateway_external_id: String = "gateway_external_id",
            /// The account's state.
            gateway_status: GatewayStatus = "gateway_status",
        }
    }
}

open_object! {
    /// The sums of a payment.
    ///
    /// Sources: [`BillingTotalsJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Totals("the sums of a payment") {
        required {}
        nullable {}
        optional {
            /// The sum before tax.
            subtotal: Amount = "subtotal",
            /// The tax.
            tax_total: Amount = "tax_total",
            /// The sum that is paid.
            grand_total: Amount = "grand_total",
            /// The sums for each unit, such as seats.
            per_unit_totals: Vec<PerUnitTotal> = "per_unit_totals",
        }
    }
}

open_object! {
    /// The sum for one unit.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct PerUnitTotal("a per unit total") {
        required {}
        nullable {}
        optional {
            /// The unit, such as `seats`.
            name: String = "name",
            /// The price of one unit in minor units of `currency`.
            amount: Amount = "amount",
            /// The number of units; none means any number.
            quantity: i64 = "quantity",
            /// The sum in minor units of `currency`.
            total: Amount = "total",
            /// The currency's code, such as `USD`.
            currency: String = "currency",
        }
    }
}

open_object! {
    /// What a payment is made with.
    ///
    /// Sources: [`BillingPaymentAttemptWebhookEventJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct PaymentSource("a payment source") {
        required {}
        nullable {}
        optional {
            /// The source's id.
            id: String = "id",
            /// The payment provider, such as `stripe`.
            gateway: String = "gateway",
            /// The source's id at the payment provider.
            gateway_external_id: String = "gateway_external_id",
            /// The id of the account at the payment provider.
            gateway_external_account_id: String = "gateway_external_account_id",
            /// The way of paying.
            payment_method: PaymentMethod = "payment_method",
            /// Whether it can be used.
            status: PaymentSourceStatus = "status",
            /// The kind of card, such as `visa`.
            card_type: String = "card_type",
            /// The last four digits of the card's number.
            last4: String = "last4",
        }
    }
}

open_enum! {
    /// The result of a [`PaymentAttempt`].
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
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
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub enum ChargeType {
        /// Somebody checked out.
        Checkout = "checkout",
        /// A period ended.
        Recurring = "recurring",
    }
}

open_enum! {
    /// The state of a [`Payee`]'s account at the payment provider.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
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
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub enum PaymentMethod {
        /// By card.
        Card = "card",
        /// Through Link, a wallet.
        Link = "link",
    }
}

open_enum! {
    /// Whether a [`PaymentSource`] can be used.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub enum PaymentSourceStatus {
        /// It can be used.
        Active = "active",
        /// It is no longer connected.
        Disconnected = "disconnected",
    }
}
