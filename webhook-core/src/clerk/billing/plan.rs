use super::Amount;
use crate::RawJson;

open_struct! {
    /// What is subscribed to.
    ///
    /// Sources: [`BillingSubscriptionItemWebhookEventJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Plan {
        /// The kind of object; neither of Clerk's descriptions of webhooks has it.
        object: String,
        /// The plan's id (`cplan_…`).
        id: String,
        /// The id of the Clerk instance (`ins_…`).
        instance_id: String,
        /// The id of the product it belongs to.
        product_id: String,
        /// The plan's name.
        name: String,
        /// The plan's name for programs.
        slug: String,
        /// What the plan offers.
        description: String,
        /// Whether everybody without another plan has it.
        is_default: bool,
        /// Whether it is paid again and again.
        is_recurring: bool,
        /// The price of one period in minor units of `currency`.
        amount: Amount,
        /// The currency's code, such as `USD`.
        currency: String,
        /// How often it is paid.
        period: PlanPeriod,
        /// How many periods lie between two payments; raw.
        interval: RawJson,
        /// Whether there is a price that does not depend on units.
        has_base_fee: bool,
        /// The price of one month when paid for a year, in minor units of `currency`.
        annual_monthly_amount: Amount,
        /// Whether customers can see it.
        publicly_visible: bool,
        /// The prices that depend on units, such as seats.
        unit_prices: Vec<UnitPrice>,
    }
}

open_struct! {
    /// A price that depends on a number of units.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct UnitPrice {
        /// The unit, such as `seats`.
        name: String,
        /// How many units make a block.
        block_size: i64,
        /// The price of a block, by the number of blocks.
        tiers: Vec<UnitPriceTier>,
    }
}

open_struct! {
    /// The price of a block within a range of blocks.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct UnitPriceTier {
        /// The first block, counted from 1.
        starts_at_block: i64,
        /// The last block, or none when there is no end.
        ends_after_block: i64,
        /// The price of one block in minor units of `currency`.
        amount_per_block: Amount,
        /// The currency's code, such as `USD`.
        currency: String,
    }
}

open_enum! {
    /// How often something is paid.
    pub enum PlanPeriod {
        /// Every month.
        Month = "month",
        /// Every year.
        Annual = "annual",
    }
}
