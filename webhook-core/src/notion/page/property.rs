use super::{Reference, RichText, Rollup, User};

/// How many references a page read returns of one property at most.
///
/// See [Page property values](https://developers.notion.com/reference/page-property-values).
const MAX_REFERENCES: usize = 25;

tagged_struct! {
    /// A property of a page, with its value.
    ///
    /// See [Page property values](https://developers.notion.com/reference/page-property-values).
    pub struct Property("a property value", lenient) {
        required {}
        optional {
            /// Id of the property, percent-encoded; it stays when the property is renamed. `title` is the title.
            id: String,
            /// Whether a relation has more pages than were sent. Relations only.
            has_more: bool,
        }
        /// Its value.
        value: PropertyValue,
    }
}

property_values! {
    /// The value of a property.
    ///
    /// Lists are empty when nothing is set, the others `None`. See
    /// [Page property values](https://developers.notion.com/reference/page-property-values).
    pub enum PropertyValue("a property value", lenient) {
        text: Vec<RichText>,
        people: Vec<User>,
        relation: Vec<Reference>,
        /// A summary of the pages of a relation.
        Rollup(Rollup) = "rollup",
    }
}

property_accessors!(PropertyValue, Rollup);

impl Property {
    /// Whether Notion may have sent only a part of this value.
    ///
    /// A page read returns at most 25 references of a property. Read the rest with
    /// [Retrieve a page property item](https://developers.notion.com/reference/retrieve-a-page-property) into
    /// [`PropertyItems`](crate::notion::api::PropertyItems). Without Notion's own `has_more`, a list of exactly 25
    /// counts as cut off. A formula, or a number or date rolled up from more than 25 pages, can be wrong without
    /// any sign here.
    pub fn needs_follow_up(&self) -> bool {
        let mentions = |text: &[RichText]| text.iter().filter(|part| part.is_mention()).count();
        let references = match &self.value {
            PropertyValue::Relation(pages) => match self.has_more {
                Some(has_more) => return has_more,
                None => pages.len(),
            },
            PropertyValue::People(people) => people.len(),
            PropertyValue::Title(text) | PropertyValue::RichText(text) => mentions(text),
            PropertyValue::Rollup(rollup) => return rollup.is_incomplete(MAX_REFERENCES),
            _ => 0,
        };
        references >= MAX_REFERENCES
    }

    /// The value as plain text; see [`PropertyValue::plain_text`].
    pub fn plain_text(&self) -> Option<String> {
        self.value.plain_text()
    }
}
