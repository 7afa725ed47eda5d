use super::{Amount, Payer, Plan, PlanPeriod};
use crate::{RawJson, UnixMillis};

open_struct! {
    /// All that one payer subscribes to.
    ///
    /// Sources: [`BillingSubscriptionWebhookEventJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Subscription {
        /// Always `commerce_subscription`.
        object: String,
        /// The subscription's id (`csub_…`).
        id: String,
        /// The id of the Clerk instance (`ins_…`).
        instance_id: String,
        /// The subscription's state.
        status: SubscriptionStatus,
        /// When it became active, in milliseconds since the epoch.
        active_at: UnixMillis,
        /// When it was canceled, in milliseconds since the epoch.
        canceled_at: UnixMillis,
        /// When it ended, in milliseconds since the epoch.
        ended_at: UnixMillis,
        /// When a payment became overdue, in milliseconds since the epoch.
        past_due_at: UnixMillis,
        /// When it was created, in milliseconds since the epoch.
        created_at: UnixMillis,
        /// When it was last changed, in milliseconds since the epoch.
        updated_at: UnixMillis,
        /// The id of the last payment.
        latest_payment_id: String,
        /// The payer's id.
        payer_id: String,
        /// The payer.
        payer: Payer,
        /// The id of the payment source, such as a card.
        payment_source_id: String,
        /// What is subscribed to.
        items: Vec<SubscriptionItem>,
    }
}

open_struct! {
    /// One thing that a payer subscribes to.
    ///
    /// It is data of its own, part of a [`Subscription`], and part of a [`PaymentAttempt`](super::PaymentAttempt);
    /// each has other fields.
    ///
    /// Sources: [`BillingSubscriptionItemWebhookEventJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct SubscriptionItem {
        /// `commerce_subscription_item`; `subscription_item` in the examples of Clerk's specification.
        object: String,
        /// The item's id (`csub_item_…`).
        id: String,
        /// The id of the Clerk instance (`ins_…`).
        instance_id: String,
        /// The item's state.
        status: SubscriptionStatus,
        /// Whether it is in its free trial.
        is_free_trial: bool,
        /// When it was created, in milliseconds since the epoch.
        created_at: UnixMillis,
        /// When it was last changed, in milliseconds since the epoch.
        updated_at: UnixMillis,
        /// When the present period began, in milliseconds since the epoch.
        period_start: UnixMillis,
        /// When the present period ends, in milliseconds since the epoch; none when it has no end.
        period_end: UnixMillis,
        /// How often it is paid, as Clerk's specification calls it.
        interval: PlanPeriod,
        /// How often it is paid, as Clerk's SDK calls it.
        plan_period: PlanPeriod,
        /// The plan's id (`cplan_…`).
        plan_id: String,
        /// The plan.
        plan: Plan,
        /// The payer; only where the item stands on its own.
        payer: Payer,
        /// The payer's id.
        payer_id: String,
        /// The subscription's id (`csub_…`); null inside a subscription.
        subscription_id: String,
        /// How many seats it is for.
        seats: Seats,
        /// What is paid for one period.
        amount: Amount,
        /// What is taken off after a change of plan, as Clerk's SDK describes it.
        credit: Credit,
        /// What is taken off the payment, as Clerk's specification describes it.
        credits: Credits,
        /// When the change of plan was reckoned; raw, since it is text where its neighbours are milliseconds.
        proration_date: RawJson,
        /// All that was ever paid for it.
        lifetime_paid: Amount,
        /// What the next payment will be.
        next_payment_amount: Amount,
        /// When the next payment will be, in milliseconds since the epoch.
        next_payment_date: UnixMillis,
        /// When it was canceled, in milliseconds since the epoch.
        canceled_at: UnixMillis,
        /// When a payment became overdue, in milliseconds since the epoch.
        past_due_at: UnixMillis,
        /// When it ended, in milliseconds since the epoch.
        ended_at: UnixMillis,
    }
}

open_struct! {
    /// How many seats are paid for.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Seats {
        /// The number of seats; none means any number.
        quantity: i64,
    }
}

open_struct! {
    /// What is taken off after a change of plan.
    ///
    /// Sources: [`BillingSubscriptionItemWebhookEventJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Credit {
        /// What is taken off.
        amount: Amount,
        /// How many days of the period are left, in days; raw.
        cycle_days_remaining: RawJson,
        /// How long the period is, in days; raw.
        cycle_days_total: RawJson,
        /// How much of the period is left, in percent; raw, since it may be a fraction.
        cycle_remaining_percent: RawJson,
    }
}

open_struct! {
    /// What is taken off a payment.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Credits {
        /// What is taken off after a change of plan; raw.
        proration: RawJson,
        /// What is taken off the payer's balance.
        payer: PayerCredit,
        /// What is taken off in all.
        total: Amount,
    }
}

open_struct! {
    /// What is taken off a payer's balance.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct PayerCredit {
        /// What is taken off.
        applied_amount: Amount,
        /// What is left on the balance.
        remaining_balance: Amount,
    }
}

open_enum! {
    /// The state of a [`Subscription`] or a [`SubscriptionItem`].
    ///
    /// Mind the spelling: the state is `past_due`, the event is `pastDue`.
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
