use serde::{Deserialize, Serialize};

use super::{Number, User};
use crate::Timestamp;

open_enum! {
    /// A colour of Notion's.
    ///
    /// See [Rich text](https://developers.notion.com/reference/rich-text).
    pub enum Color {
        /// The normal one.
        Default = "default",
        /// Gray.
        Gray = "gray",
        /// Brown.
        Brown = "brown",
        /// Orange.
        Orange = "orange",
        /// Yellow.
        Yellow = "yellow",
        /// Green.
        Green = "green",
        /// Blue.
        Blue = "blue",
        /// Purple.
        Purple = "purple",
        /// Pink.
        Pink = "pink",
        /// Red.
        Red = "red",
        /// The normal background. Rich text only.
        DefaultBackground = "default_background",
        /// On gray. Rich text only.
        GrayBackground = "gray_background",
        /// On brown. Rich text only.
        BrownBackground = "brown_background",
        /// On orange. Rich text only.
        OrangeBackground = "orange_background",
        /// On yellow. Rich text only.
        YellowBackground = "yellow_background",
        /// On green. Rich text only.
        GreenBackground = "green_background",
        /// On blue. Rich text only.
        BlueBackground = "blue_background",
        /// On purple. Rich text only.
        PurpleBackground = "purple_background",
        /// On pink. Rich text only.
        PinkBackground = "pink_background",
        /// On red. Rich text only.
        RedBackground = "red_background",
    }
}

/// An option of a select, multi-select or status property.
///
/// See [Page property values](https://developers.notion.com/reference/page-property-values#select).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SelectOption {
    /// Id of the option; not always a UUID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its colour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<Color>,
}

/// A date, a date with a time, or a span between two.
///
/// See [Page property values](https://developers.notion.com/reference/page-property-values#date).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DateValue {
    /// The day (`2026-10-21`, see [`Timestamp::to_date`]) or time; without an offset when `time_zone` is set.
    pub start: Timestamp,
    /// The end of a span, in the same form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
    /// The IANA name of the time zone of `start` and `end`, such as `Asia/Tokyo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// Another object, by its id.
///
/// See [Page property values](https://developers.notion.com/reference/page-property-values#relation).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reference {
    /// Id of the object.
    pub id: String,
}

/// The running number of a page in its data source.
///
/// See [Page property values](https://developers.notion.com/reference/page-property-values#unique-id).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UniqueId {
    /// What stands before the number, when the property has a prefix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// The number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
}

open_enum! {
    /// Whether a wiki page is verified.
    ///
    /// See [Page property values](https://developers.notion.com/reference/page-property-values#verification).
    pub enum VerificationState {
        /// It is.
        Verified = "verified",
        /// It was, for a time that is over.
        Expired = "expired",
        /// It is not.
        Unverified = "unverified",
    }
}

/// Whether a wiki page is verified, by whom and for how long.
///
/// See [Page property values](https://developers.notion.com/reference/page-property-values#verification).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Verification {
    /// Whether it is.
    pub state: VerificationState,
    /// Who verified it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified_by: Option<User>,
    /// From when, and until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<DateValue>,
}

/// A place on the map.
///
/// See [Page property values](https://developers.notion.com/reference/page-property-values).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Place {
    /// Latitude in degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat: Option<Number>,
    /// Longitude in degrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon: Option<Number>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its postal address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Its id with Amazon Location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_place_id: Option<String>,
    /// Its id with Google Maps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub google_place_id: Option<String>,
}
