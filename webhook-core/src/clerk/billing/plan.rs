use super::Amount;
use crate::RawJson;

open_object! {
    /// What is subscribed to.
    ///
    /// Sources: [`BillingSubscriptionItemWebhookEventJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Plan("a plan") {
        required {}
        nullable {}
        optional {
            /// The kind of object; neither of Clerk's descriptions of webhooks has it.
            object: String = "object",
            /// The plan's id (`cplan_…`).
            id: String = "id",
            /// The id of the Clerk instance (`ins_…`).
            instance_id: String = "instance_id",
            /// The id of the product it belongs to.
            product_id: String = "product_id",
            /// The plan's name.
            name: String = "name",
            /// The plan's name for programs.
            slug: String = "slug",
            /// What the plan offers.
            description: String = "description",
            /// Whether everybody without another plan has it.
            is_default: bool = "is_default",
            /// Whether it is paid again and again.
            is_recurring: bool = "is_recurring",
            /// The price of one period in minor units of `currency`.
            amount: Amount = "amount",
            /// The currency's code, such as `USD`.
            currency: String = "currency",
            /// How often it is paid.
            period: PlanPeriod = "period",
            /// How many periods lie between two payments; raw.
            interval: RawJson = "interval",
            /// Whether there is a price that does not depend on units.
            has_base_fee: bool = "has_base_fee",
            /// The price of one month when paid for a year, in minor units of `currency`.
            annual_monthly_amount: Amount = "annual_monthly_amount",
            /// Whether customers can see it.
            publicly_visible: bool = "publicly_visible",
            /// The prices that depend on units, such as seats.
            unit_prices: Vec<UnitPrice> = "unit_prices",
        }
    }
}

open_object! {
    /// A price that depends on a number of units.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct UnitPrice("a unit price") {
        required {}
        nullable {}
        optional {
            /// The unit, such as `seats`.
            name: String = "name",
            /// How many units make a block.
            block_size: i64 = "block_size",
            /// The price of a block, by the number of blocks.
            tiers: Vec<UnitPriceTier> = "tiers",
        }
    }
}

open_object! {
    /// The price of a block within a range of blocks.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct UnitPriceTier("a tier of a unit price") {
        required {}
        nullable {}
        optional {
            /// The first block, counted from 1.
            starts_at_block: i64 = "starts_at_block",
            /// The last block, or none when there is no end.
            ends_after_block: i64 = "ends_after_block",
            /// The price of one block in minor units of `currency`.
            amount_per_block: Amount = "amount_per_block",
            /// The currency's code, such as `USD`.
            currency: String = "currency",
        }
    }
}

open_enum! {
    /// How often something is paid.
    ///
    /// Source: Clerk's [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub enum PlanPeriod {
        /// Every month.
        Month = "month",
        /// Every year.
        Annual = "annual",
    }
}
