use serde::{Deserialize, Serialize};

use super::{CustomEmoji, DateValue, Number, Reference, User};

tagged_enum! {
    /// A mention of something inside a text.
    ///
    /// See [Rich text](https://developers.notion.com/reference/rich-text#mention).
    pub enum Mention("a mention") {
        /// A user.
        User(User) = "user",
        /// A date.
        Date(DateValue) = "date",
        /// A page.
        Page(Reference) = "page",
        /// A database.
        Database(Reference) = "database",
        /// A link that is shown as a preview.
        LinkPreview(LinkPreview) = "link_preview",
        /// A link that is shown with the title of its page.
        LinkMention(LinkMention) = "link_mention",
        /// A placeholder in a template.
        Template(TemplateMention) = "template_mention",
        /// An emoji of the workspace's own.
        CustomEmoji(CustomEmoji) = "custom_emoji",
    }
}

/// A link that is shown as a preview.
///
/// See [Rich text](https://developers.notion.com/reference/rich-text#mention).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkPreview {
    /// The address.
    pub url: String,
}

/// A link that is shown with the title of its page.
///
/// See [Rich text](https://developers.notion.com/reference/rich-text#mention).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LinkMention {
    /// The address.
    pub href: String,
    /// The title of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the page says about itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who wrote the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_author: Option<String>,
    /// Who publishes the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_provider: Option<String>,
    /// The address of a small picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail_url: Option<String>,
    /// The address of the site's icon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon_url: Option<String>,
    /// The address of the page to be shown in a frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iframe_url: Option<String>,
    /// The height of the frame, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<Number>,
    /// The space around the frame, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub padding: Option<Number>,
    /// The space above the frame, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub padding_top: Option<Number>,
}

tagged_enum! {
    /// A placeholder in a template.
    ///
    /// See [Rich text](https://developers.notion.com/reference/rich-text#mention).
    pub enum TemplateMention("a placeholder of a template") {
        /// The date on which the template is used.
        Date(TemplateDate) = "template_mention_date",
        /// Who uses the template.
        User(TemplateUser) = "template_mention_user",
    }
}

open_enum! {
    /// Which moment a template's placeholder stands for.
    ///
    /// See [Rich text](https://developers.notion.com/reference/rich-text#mention).
    pub enum TemplateDate {
        /// The day.
        Today = "today",
        /// The day and time.
        Now = "now",
    }
}

open_enum! {
    /// Which user a template's placeholder stands for.
    ///
    /// See [Rich text](https://developers.notion.com/reference/rich-text#mention).
    pub enum TemplateUser {
        /// Who uses the template.
        Me = "me",
    }
}
