use serde::{Deserialize, Serialize};

use super::Color;
use crate::Timestamp;

/// A file that Notion holds.
///
/// See [File](https://developers.notion.com/reference/file-object).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HostedFile {
    /// Its address, which ends to work at `expiry_time`.
    pub url: String,
    /// When the address ends to work: an hour after it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_time: Option<Timestamp>,
}

/// A file that somebody else holds.
///
/// See [File](https://developers.notion.com/reference/file-object).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ExternalFile {
    /// Its address.
    pub url: String,
}

tagged_enum! {
    /// Where a file is: in a files property, or as a page's cover.
    ///
    /// See [File](https://developers.notion.com/reference/file-object).
    pub enum FileSource("a file") {
        /// With Notion.
        File(HostedFile) = "file",
        /// Elsewhere.
        External(ExternalFile) = "external",
    }
}

impl FileSource {
    /// The file's address.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::File(file) => Some(&file.url),
            Self::External(file) => Some(&file.url),
            Self::Unknown(_) => None,
        }
    }
}

tagged_struct! {
    /// A file in a files property.
    ///
    /// See [Page property values](https://developers.notion.com/reference/page-property-values#files).
    pub struct File("a file") {
        required {}
        optional {
            /// Its name, as it was uploaded or typed in.
            name: String,
        }
        /// Where it is.
        source: FileSource,
    }
}

/// An emoji of a workspace's own.
///
/// See [Emoji](https://developers.notion.com/reference/emoji-object).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CustomEmoji {
    /// Id of the emoji.
    pub id: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The address of its image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// An icon of Notion's own set.
///
/// See [Page](https://developers.notion.com/reference/page).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NativeIcon {
    /// Its name.
    pub name: String,
    /// Its colour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<Color>,
}

tagged_enum! {
    /// The icon of a page.
    ///
    /// See [Page](https://developers.notion.com/reference/page).
    pub enum Icon("an icon") {
        /// An emoji character.
        Emoji(String) = "emoji",
        /// An image elsewhere.
        External(ExternalFile) = "external",
        /// An image that Notion holds.
        File(HostedFile) = "file",
        /// An emoji of the workspace's own.
        CustomEmoji(CustomEmoji) = "custom_emoji",
        /// An icon of Notion's own set.
        Icon(NativeIcon) = "icon",
    }
}
