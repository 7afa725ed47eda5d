use serde::{Deserialize, Serialize};

use super::{Color, Mention};

tagged_struct! {
    /// A stretch of text in one style.
    ///
    /// See [Rich text](https://developers.notion.com/reference/rich-text).
    pub struct RichText("rich text") {
        required {}
        optional {
            /// The text without its style; [`plain_text`](RichText::plain_text) does not need it to be there.
            plain_text: String,
            /// Where it leads to, when it is a link or a mention with an address.
            href: String,
            /// Its style.
            annotations: Annotations,
        }
        /// What it is.
        content: RichTextContent,
    }
}

tagged_enum! {
    /// What a stretch of text is.
    ///
    /// See [Rich text](https://developers.notion.com/reference/rich-text).
    pub enum RichTextContent("rich text") {
        /// Text.
        Text(Text) = "text",
        /// A mention of something.
        Mention(Box<Mention>) = "mention",
        /// A formula to be shown.
        Equation(Equation) = "equation",
    }
}

/// Text, perhaps a link.
///
/// See [Rich text](https://developers.notion.com/reference/rich-text#text).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Text {
    /// The text.
    pub content: String,
    /// Where it leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
}

/// Where a text leads to.
///
/// See [Rich text](https://developers.notion.com/reference/rich-text#text).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Link {
    /// The address.
    pub url: String,
}

/// A formula to be shown.
///
/// See [Rich text](https://developers.notion.com/reference/rich-text#equation).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Equation {
    /// The formula in LaTeX.
    pub expression: String,
}

/// The style of a text.
///
/// See [Rich text](https://developers.notion.com/reference/rich-text#the-annotation-object).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Annotations {
    /// Bold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bold: Option<bool>,
    /// Italic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub italic: Option<bool>,
    /// Struck through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strikethrough: Option<bool>,
    /// Underlined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub underline: Option<bool>,
    /// Shown as code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<bool>,
    /// The colour of the text or of its background.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color: Option<Color>,
}

impl RichText {
    /// The text without its style; empty when Notion sent none.
    pub fn plain_text(&self) -> &str {
        match (&self.plain_text, &self.content) {
            (Some(text), _) => text,
            (None, RichTextContent::Text(text)) => &text.content,
            (None, RichTextContent::Equation(equation)) => &equation.expression,
            (None, _) => "",
        }
    }

    /// Whether it is a mention.
    pub const fn is_mention(&self) -> bool {
        matches!(self.content, RichTextContent::Mention(_))
    }
}

/// The text of all parts without their styles.
///
/// ```
/// use webhook_core::notion::page::{RichText, plain_text};
///
/// let title: Vec<RichText> = serde_json::from_str(r#"[
///     {"type": "text", "text": {"content": "Order "}, "plain_text": "Order "},
///     {"type": "mention", "mention": {"type": "page", "page": {"id": "p"}}, "plain_text": "17"}
/// ]"#)?;
/// assert_eq!(plain_text(&title), "Order 17");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn plain_text(parts: &[RichText]) -> String {
    parts.iter().map(RichText::plain_text).collect()
}
