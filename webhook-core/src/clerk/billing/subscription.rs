use super::{Amount, Payer, Plan, PlanPeriod};
use crate::{RawJson, UnixMillis};

open_object! {
    /// All that one payer subscribes to.
    ///
    /// Sources: [`BillingSubscriptionWebhookEventJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Subscription("a subscription") {
        required {}
        nullable {}
        optional {
            /// Always `commerce_subscription`.
            object: String = "object",
            /// The subscription's id (`csub_…`).
            id: String = "id",
            /// The id of the Clerk instance (`ins_…`).
            instance_id: String = "instance_id",
            /// The subscription's state.
            status: SubscriptionStatus = "status",
            /// When it became active, in milliseconds since the epoch.
            active_at: UnixMillis = "active_at",
            /// When it was canceled, in milliseconds since the epoch.
            canceled_at: UnixMillis = "canceled_at",
            /// When it ended, in milliseconds since the epoch.
            ended_at: UnixMillis = "ended_at",
            /// When a payment became overdue, in milliseconds since the epoch.
            past_due_at: UnixMillis = "past_due_at",
            /// When it was created, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When it was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
            /// The id of the last payment.
            latest_payment_id: String = "latest_payment_id",
            /// The payer's id.
            payer_id: String = "payer_id",
            /// The payer.
            payer: Payer = "payer",
            /// The id of the payment source, such as a card.
            payment_source_id: String = "payment_source_id",
            /// What is subscribed to.
            items: Vec<SubscriptionItem> = "items",
        }
    }
}

open_object! {
    /// One thing that a payer subscribes to.
    ///
    /// It is data of its own, part of a [`Subscription`], and part of a [`PaymentAttempt`](super::PaymentAttempt);
    /// each has other fields.
    ///
    /// Sources: [`BillingSubscriptionItemWebhookEventJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct SubscriptionItem("a subscription item") {
        required {}
        nullable {}
        optional {
            /// `commerce_subscription_item`; `subscription_item` in the examples of Clerk's specification.
            object: String = "object",
            /// The item's id (`csub_item_…`).
            id: String = "id",
            /// The id of the Clerk instance (`ins_…`).
            instance_id: String = "instance_id",
            /// The item's state.
            status: SubscriptionStatus = "status",
            /// Whether it is in its free trial.
            is_free_trial: bool = "is_free_trial",
            /// When it was created, in milliseconds since the epoch.
            created_at: UnixMillis = "created_at",
            /// When it was last changed, in milliseconds since the epoch.
            updated_at: UnixMillis = "updated_at",
            /// When the present period began, in milliseconds since the epoch.
            period_start: UnixMillis = "period_start",
            /// When the present period ends, in milliseconds since the epoch; none when it has no end.
            period_end: UnixMillis = "period_end",
            /// How often it is paid, as Clerk's specification calls it.
            interval: PlanPeriod = "interval",
            /// How often it is paid, as Clerk's SDK calls it.
            plan_period: PlanPeriod = "plan_period",
            /// The plan's id (`cplan_…`).
            plan_id: String = "plan_id",
            /// The plan.
            plan: Plan = "plan",
            /// The payer; only where the item stands on its own.
            payer: Payer = "payer",
            /// The payer's id.
            payer_id: String = "payer_id",
            /// The subscription's id (`csub_…`); null inside a subscription.
            subscription_id: String = "subscription_id",
            /// How many seats it is for.
            seats: Seats = "seats",
            /// What is paid for one period.
            amount: Amount = "amount",
            /// What is taken off after a change of plan, as Clerk's SDK describes it.
            credit: Credit = "credit",
            /// What is taken off the payment, as Clerk's specification describes it.
            credits: Credits = "credits",
            /// When the change of plan was reckoned; raw, since it is text where its neighbours are milliseconds.
            proration_date: RawJson = "proration_date",
            /// All that was ever paid for it.
            lifetime_paid: Amount = "lifetime_paid",
            /// What the next payment will be.
            next_payment_amount: Amount = "next_payment_amount",
            /// When the next payment will be, in milliseconds since the epoch.
            next_payment_date: UnixMillis = "next_payment_date",
            /// When it was canceled, in milliseconds since the epoch.
            canceled_at: UnixMillis = "canceled_at",
            /// When a payment became overdue, in milliseconds since the epoch.
            past_due_at: UnixMillis = "past_due_at",
            /// When it ended, in milliseconds since the epoch.
            ended_at: UnixMillis = "ended_at",
        }
    }
}

open_object! {
    /// How many seats are paid for.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Seats("a number of seats") {
        required {}
        nullable {}
        optional {
            /// The number of seats; none means any number.
            quantity: i64 = "quantity",
        }
    }
}

open_object! {
    /// What is taken off after a change of plan.
    ///
    /// Sources: [`BillingSubscriptionItemWebhookEventJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Credit("a credit") {
        required {}
        nullable {}
        optional {
            /// What is taken off.
            amount: Amount = "amount",
            /// How many days of the period are left, in days; raw.
            cycle_days_remaining: RawJson = "cycle_days_remaining",
            /// How long the period is, in days; raw.
            cycle_days_total: RawJson = "cycle_days_total",
            /// How much of the period is left, in percent; raw, since it may be a fraction.
            cycle_remaining_percent: RawJson = "cycle_remaining_percent",
        }
    }
}

open_object! {
    /// What is taken off a payment.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Credits("the credits of a payment") {
        required {}
        nullable {}
        optional {
            /// What is taken off after a change of plan; raw.
            proration: RawJson = "proration",
            /// What is taken off the payer's balance.
            payer: PayerCredit = "payer",
            /// What is taken off in all.
            total: Amount = "total",
        }
    }
}

open_object! {
    /// What is taken off a payer's balance.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct PayerCredit("a payer credit") {
        required {}
        nullable {}
        optional {
            /// What is taken off.
            applied_amount: Amount = "applied_amount",
            /// What is left on the balance.
            remaining_balance: Amount = "remaining_balance",
        }
    }
}

open_enum! {
    /// The state of a [`Subscription`] or a [`SubscriptionItem`].
    ///
    /// Mind the spelling: the state is `past_due`, the event is `pastDue`.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub enum SubscriptionStatus {
        /// Given up before it began.
        Abandoned = "abandoned",
        /// In force.
        Active = "active",
        /// Canceled; it may run on to the end of its period.
        Canceled = "canceled",
        /// Over.
        Ended = "ended",
        /// Over, since its time ran out.
        Expired = "expired",
        /// Waiting for the first payment.
        Incomplete = "incomplete",
        /// A payment is overdue.
        PastDue = "past_due",
        /// It begins later.
        Upcoming = "upcoming",
    }
}
