//! The one list of property types. They stand in three places: on a page, in a rollup, and as property items.

/// Declares a union of all property types. The types of `text`, `people` and `relation` differ from place to
/// place: lists, or one element. Further variants, such as the rollup, stand behind them.
macro_rules! property_values {
    (
        $(#[$meta:meta])*
        pub enum $Enum:ident($($name:tt)*) {
            text: $Text:ty,
            people: $People:ty,
            relation: $Relation:ty,
            $($more:tt)*
        }
    ) => {
        tagged_enum! {
            $(#[$meta])*
            pub enum $Enum($($name)*) {
                /// The page's title.
                Title($Text) = "title",
                /// Text.
                RichText($Text) = "rich_text",
                /// A number.
                Number(Option<$crate::notion::page::Number>) = "number",
                /// One of the property's options.
                Select(Option<$crate::notion::page::SelectOption>) = "select",
                /// Some of the property's options.
                MultiSelect(Vec<$crate::notion::page::SelectOption>) = "multi_select",
                /// A status.
                Status(Option<$crate::notion::page::SelectOption>) = "status",
                /// A date, a date with a time, or a span.
                Date(Option<$crate::notion::page::DateValue>) = "date",
                /// People, bots and groups.
                People($People) = "people",
                /// Files and links to files.
                Files(Vec<$crate::notion::page::File>) = "files",
                /// Ticked or not.
                Checkbox(bool) = "checkbox",
                /// A link.
                Url(Option<String>) = "url",
                /// An e-mail address.
                Email(Option<String>) = "email",
                /// A telephone number, as it was typed in.
                PhoneNumber(Option<String>) = "phone_number",
                /// The result of a formula.
                Formula($crate::notion::page::Formula) = "formula",
                /// Pages of a data source; more may exist than were sent.
                Relation($Relation) = "relation",
                /// When the page was created, rounded down to the minute.
                CreatedTime(Option<$crate::Timestamp>) = "created_time",
                /// Who created the page.
                CreatedBy(Option<Box<$crate::notion::page::User>>) = "created_by",
                /// When the page was last edited, rounded down to the minute.
                LastEditedTime(Option<$crate::Timestamp>) = "last_edited_time",
                /// Who edited the page last.
                LastEditedBy(Option<Box<$crate::notion::page::User>>) = "last_edited_by",
                /// The page's running number in its data source.
                UniqueId(Option<$crate::notion::page::UniqueId>) = "unique_id",
                /// Whether a wiki page is verified.
                Verification(Option<Box<$crate::notion::page::Verification>>) = "verification",
                /// A button, which has no value.
                Button = "button",
                /// A place on the map.
                Place(Option<Box<$crate::notion::page::Place>>) = "place",
                $($more)*
            }
        }
    };
}

/// The helpers of a union of property types whose texts are lists.
macro_rules! property_accessors {
    ($Enum:ident $(, $Rollup:ident)?) => {
        impl $Enum {
            /// The value as plain text, when it is a text: a title, rich text, link, address, telephone number,
            /// option, status, or a formula that yields text. Several options are joined with `, `.
            pub fn plain_text(&self) -> Option<String> {
                match self {
                    Self::Title(text) | Self::RichText(text) => Some($crate::notion::page::plain_text(text)),
                    Self::Url(text) | Self::Email(text) | Self::PhoneNumber(text) => text.clone(),
                    Self::Formula($crate::notion::page::Formula::String(text)) => text.clone(),
                    Self::Select(option) | Self::Status(option) => option.as_ref().map(|option| option.name.clone()),
                    Self::MultiSelect(options) => {
                        Some(options.iter().map(|option| option.name.as_str()).collect::<Vec<_>>().join(", "))
                    }
                    _ => None,
                }
            }

            /// The number, when the value is one, or a formula or rollup that yields one.
            pub fn as_number(&self) -> Option<&$crate::notion::page::Number> {
                match self {
                    Self::Number(number) | Self::Formula($crate::notion::page::Formula::Number(number)) => {
                        number.as_ref()
                    }
                    $( Self::$Rollup(rollup) => rollup.result.as_number(), )?
                    _ => None,
                }
            }

            /// True or false, when the value is a checkbox, or a formula that yields it.
            pub fn as_bool(&self) -> Option<bool> {
                match self {
                    Self::Checkbox(value) => Some(*value),
                    Self::Formula($crate::notion::page::Formula::Boolean(value)) => *value,
                    _ => None,
                }
            }

            /// The date, when the value is one, or a formula or rollup that yields one.
            pub fn as_date(&self) -> Option<&$crate::notion::page::DateValue> {
                match self {
                    Self::Date(date) | Self::Formula($crate::notion::page::Formula::Date(date)) => date.as_ref(),
                    $( Self::$Rollup(rollup) => rollup.result.as_date(), )?
                    _ => None,
                }
            }
        }
    };
}
