//! Other bodies that the received one could have been when it was signed.

use std::borrow::Cow;

use super::json::{ESCAPES, Escapes, LAYOUTS, Layout, Node, ORDERS, Order, Style};
use super::secret::base64;
use super::{Cause, MAX_REWRITTEN};

/// Hands each to `matches`, the most frequent mistakes first, until one does.
pub(super) fn find(
    body: &[u8],
    content_length: Option<usize>,
    mut matches: impl FnMut(&[u8]) -> bool,
) -> Option<(Cause, &'static str)> {
    if let Some(declared) = content_length.and_then(|length| body.get(..length))
        && declared.len() < body.len()
        && !body.get(declared.len()..).is_some_and(|rest| rest.trim_ascii().is_empty())
        && matches(declared)
    {
        return Some((Cause::ExtraBytes, "the body's first bytes, as many as Content-Length says"));
    }
    for (cause, how, other) in plain(body) {
        if other != body && matches(&other) {
            return Some((cause, how));
        }
    }
    if body.len() > MAX_REWRITTEN {
        return None;
    }
    let text = std::str::from_utf8(body).ok()?;
    if let Ok(inner) = serde_json::from_str::<String>(text)
        && matches(inner.as_bytes())
    {
        return Some((Cause::JsonText, "the text inside: the body was wrapped into a JSON string"));
    }
    rewritten(text, matches)
}

/// Most white space at a body's end that is taken off, in bytes.
const MAX_TRAILING: usize = 4;

/// The byte order mark in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

fn plain(body: &[u8]) -> impl Iterator<Item = (Cause, &'static str, Cow<'_, [u8]>)> {
    let added = "the body without the line end or blanks behind it, which were added on the way";
    let cut = "the body with a line end behind it, which was cut on the way";
    let ends = "the body with other line ends (CRLF, LF)";
    let with = |end: &[u8]| Cow::Owned([body, end].concat());
    // White space at the end, taken off byte by byte.
    let shorter = (1..=MAX_TRAILING).map_while(move |count| {
        let (rest, end) = body.split_at_checked(body.len().checked_sub(count)?)?;
        end.trim_ascii().is_empty().then_some((Cause::TrailingNewline, added, Some(Cow::Borrowed(rest))))
    });
    let longer = [
        (Cause::TrailingNewline, cut, Some(with(b"\n"))),
        (Cause::TrailingNewline, cut, Some(with(b"\r\n"))),
    ];
    let once = shorter.chain(longer);
    let made = move |at: usize| -> Option<(Cause, &'static str, Vec<u8>)> {
        Some(match at {
            0 => (Cause::LineEndings, ends, replace(body, b"\r\n", b"\n")),
            1 => (Cause::LineEndings, ends, replace(&replace(body, b"\r\n", b"\n"), b"\n", b"\r\n")),
            2 => (
                Cause::DoubledBackslashes,
                "the body with single for doubled backslashes: the sender's SQL casts the text to bytea, which \
                 reads escapes; sign convert_to(payload::text, 'UTF8') instead",
                replace(body, br"\\", br"\"),
            ),
            3 => (
                Cause::Base64Body,
                "the body decoded from base64, in which a gateway has wrapped it",
                base64(std::str::from_utf8(body).ok()?.trim())?,
            ),
            4 => (
                Cause::ByteOrderMark,
                "the body without the byte order mark before it",
                body.strip_prefix(MARK)?.to_vec(),
            ),
            5 => (Cause::ByteOrderMark, "the body with a byte order mark before it", [MARK, body].concat()),
            _ => (
                Cause::Charset,
                "the body in Latin-1: it was re-encoded as UTF-8 on the way",
                std::str::from_utf8(body)
                    .ok()
                    .filter(|text| !text.is_ascii())?
                    .chars()
                    .map(|char| u8::try_from(u32::from(char)).ok())
                    .collect::<Option<_>>()?,
            ),
        })
    };
    let later = (0..7).filter_map(made).map(|(cause, how, body)| (cause, how, Some(Cow::Owned(body))));
    once.chain(later).filter_map(|(cause, how, body)| Some((cause, how, body?)))
}

fn replace(body: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(first) = rest.first() {
        if let Some(behind) = rest.strip_prefix(from) {
            out.extend_from_slice(to);
            rest = behind;
        } else {
            out.push(*first);
            rest = rest.get(1..).unwrap_or_default();
        }
    }
    out
}

/// The same JSON in every style, those with the fewest differences first.
fn rewritten(text: &str, mut matches: impl FnMut(&[u8]) -> bool) -> Option<(Cause, &'static str)> {
    let node = Node::read(text).filter(Node::is_container)?;
    let here = layout(&node, text);
    let mut styles = Vec::new();
    for layout in LAYOUTS {
        for order in ORDERS {
            for escapes in ESCAPES {
                styles.push(Style { layout, order, escapes });
            }
        }
    }
    let differences = |style: &Style| {
        u8::from(Some(style.layout) != here)
            .saturating_add(u8::from(style.order != Order::AsIs))
            .saturating_add(u8::from(style.escapes != Escapes::AsIs))
    };
    styles.sort_by_key(differences);
    let style = styles.into_iter().find(|style| matches(style.print(&node).as_bytes()))?;
    Some(match style {
        Style { layout: Layout::Built, .. } => (
            Cause::JsonSignedJsonbSent,
            "the text of PostgreSQL's json, while its jsonb was sent: sign the very text that is sent",
        ),
        Style { order: Order::Sorted | Order::Jsonb, .. } => {
            (Cause::KeyOrder, "the body with its keys in another order: it was parsed and written anew")
        }
        Style { escapes, .. } if escapes != Escapes::AsIs => (
            Cause::EscapedUnicode,
            "the body with other escapes in its texts: it was parsed and written anew",
        ),
        _ => (Cause::JsonSpacing, "the body with other white space: it was parsed and written anew"),
    })
}

fn layout(node: &Node<'_>, text: &str) -> Option<Layout> {
    LAYOUTS.into_iter().find(|&layout| {
        Style { layout, order: Order::AsIs, escapes: Escapes::AsIs }.print(node) == text.trim()
    })
}

/// Whether the body is just as PostgreSQL writes jsonb.
pub(super) fn is_jsonb(body: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(body) else { return false };
    let style = Style { layout: Layout::Spaced, order: Order::Jsonb, escapes: Escapes::AsIs };
    body.len() <= MAX_REWRITTEN
        && Node::read(text).is_some_and(|node| node.is_container() && style.print(&node) == text)
        && text.contains(", ")
}
