use super::{DateValue, Number, Reference, RichText, User};

tagged_enum! {
    /// The result of a formula.
    ///
    /// See [Page property values](https://developers.notion.com/reference/page-property-values#formula).
    pub enum Formula("the result of a formula") {
        /// Text.
        String(Option<String>) = "string",
        /// A number.
        Number(Option<Number>) = "number",
        /// True or false.
        Boolean(Option<bool>) = "boolean",
        /// A date or span.
        Date(Option<DateValue>) = "date",
        /// A result that the API cannot express.
        Unsupported = "unsupported",
    }
}

open_enum! {
    /// How a rollup summarises its pages.
    ///
    /// See [Rollup](https://developers.notion.com/reference/property-object#rollup).
    pub enum RollupFunction {
        /// The mean of numbers.
        Average = "average",
        /// How many are ticked.
        Checked = "checked",
        /// How many there are, by group.
        CountPerGroup = "count_per_group",
        /// How many values there are.
        Count = "count",
        /// How many values there are.
        CountValues = "count_values",
        /// The span from the earliest to the latest date.
        DateRange = "date_range",
        /// The earliest date.
        EarliestDate = "earliest_date",
        /// How many are empty.
        Empty = "empty",
        /// The latest date.
        LatestDate = "latest_date",
        /// The largest number.
        Max = "max",
        /// The middle number.
        Median = "median",
        /// The smallest number.
        Min = "min",
        /// How many are not empty.
        NotEmpty = "not_empty",
        /// The share that is ticked, from 0 to 1.
        PercentChecked = "percent_checked",
        /// The share that is empty, from 0 to 1.
        PercentEmpty = "percent_empty",
        /// The share that is not empty, from 0 to 1.
        PercentNotEmpty = "percent_not_empty",
        /// The share of each group, from 0 to 1.
        PercentPerGroup = "percent_per_group",
        /// The share that is not ticked, from 0 to 1.
        PercentUnchecked = "percent_unchecked",
        /// The difference between the largest and the smallest number.
        Range = "range",
        /// All values.
        ShowOriginal = "show_original",
        /// All different values.
        ShowUnique = "show_unique",
        /// The sum of numbers.
        Sum = "sum",
        /// How many are not ticked.
        Unchecked = "unchecked",
        /// How many different values there are.
        Unique = "unique",
    }
}

tagged_struct! {
    /// A summary of a property of the pages of a relation.
    ///
    /// See [Page property values](https://developers.notion.com/reference/page-property-values#rollup).
    pub struct Rollup("a rollup") {
        required {}
        optional {
            /// How the pages are summarised.
            function: RollupFunction,
        }
        /// The summary.
        result: RollupResult,
    }
}

tagged_enum! {
    /// What a rollup came to.
    ///
    /// See [Page property values](https://developers.notion.com/reference/page-property-values#rollup).
    pub enum RollupResult("the result of a rollup") {
        /// A number.
        Number(Option<Number>) = "number",
        /// A date or span.
        Date(Option<DateValue>) = "date",
        /// The values themselves.
        Array(Vec<RollupItem>) = "array",
        /// Not reckoned out yet: there are further property items to read.
        Incomplete = "incomplete",
        /// A result that the API cannot express.
        Unsupported = "unsupported",
    }
}

impl Rollup {
    pub(super) fn is_incomplete(&self, max: usize) -> bool {
        match &self.result {
            RollupResult::Incomplete => true,
            RollupResult::Array(items) => items.len() >= max,
            _ => false,
        }
    }
}

impl RollupResult {
    /// The number, when it is one.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => number.as_ref(),
            _ => None,
        }
    }

    /// The date, when it is one.
    pub fn as_date(&self) -> Option<&DateValue> {
        match self {
            Self::Date(date) => date.as_ref(),
            _ => None,
        }
    }
}

tagged_struct! {
    /// One value in a rollup. It has no id of its own.
    ///
    /// See [Page property values](https://developers.notion.com/reference/page-property-values#rollup).
    pub struct RollupItem("a value in a rollup") {
        required {}
        optional {
            /// Id of the property, which Notion does not send here so far.
            id: String,
            /// Whether a relation has more pages than were sent.
            has_more: bool,
        }
        /// The value.
        value: RollupItemValue,
    }
}

property_values! {
    /// A value in a rollup: what a property can hold, but no further rollup.
    ///
    /// It is a type of its own so that no body can nest without end. See
    /// [Page property values](https://developers.notion.com/reference/page-property-values#rollup).
    pub enum RollupItemValue("a value in a rollup") {
        text: Vec<RichText>,
        people: Vec<User>,
        relation: Vec<Reference>,
    }
}

property_accessors!(RollupItemValue);
