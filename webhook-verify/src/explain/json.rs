//! A JSON text written in other ways: spacing, order of keys, escapes. Numbers keep their digits.

use std::fmt::Write as _;

use serde::de::IgnoredAny;

/// A value of a JSON text, by its pieces of that text.
pub(super) enum Node<'t> {
    /// A number, a truth value or null, as written.
    Plain(&'t str),
    /// A text with its quotes.
    Text(&'t str),
    Array(Vec<Self>),
    Object(Vec<(&'t str, Self)>),
}

impl<'t> Node<'t> {
    /// Reads a whole text; `None` when it is no JSON, or nested deeper than the 128 levels that `serde_json` takes.
    pub(super) fn read(text: &'t str) -> Option<Self> {
        serde_json::from_str::<IgnoredAny>(text).ok()?;
        Reader { text, at: 0 }.value()
    }

    pub(super) const fn is_container(&self) -> bool {
        matches!(self, Self::Array(_) | Self::Object(_))
    }
}

/// Reads a text that is known to be JSON, so that whatever does not fit just ends it.
struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.at = self.at.saturating_add(blanks);
        rest.get(blanks).copied()
    }

    fn skip(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    // Bounded: the text is at most 128 levels deep.
    fn value(&mut self) -> Option<Node<'t>> {
        match self.peek()? {
            b'{' => {
                self.skip();
                let mut members = Vec::new();
                while self.peek()? != b'}' {
                    let key = self.string()?;
                    self.peek()?; // the colon
                    self.skip();
                    members.push((key, self.value()?));
                    if self.peek()? == b',' {
                        self.skip();
                    }
                }
                self.skip();
                Some(Node::Object(members))
            }
            b'[' => {
                self.skip();
                let mut items = Vec::new();
                while self.peek()? != b']' {
                    items.push(self.value()?);
                    if self.peek()? == b',' {
                        self.skip();
                    }
                }
                self.skip();
                Some(Node::Array(items))
            }
            b'"' => self.string().map(Node::Text),
            _ => {
                let rest = self.text.get(self.at..)?;
                let end = rest.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
                self.at = self.at.saturating_add(end);
                rest.get(..end).map(Node::Plain)
            }
        }
    }

    fn string(&mut self) -> Option<&'t str> {
        self.peek()?;
        let rest = self.text.get(self.at..)?;
        let mut escaped = false;
        let end = rest.bytes().skip(1).position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        })?;
        let length = end.saturating_add(2);
        self.at = self.at.saturating_add(length);
        rest.get(..length)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// `{"a":1,"b":2}`
    Compact,
    /// `{"a": 1, "b": 2}`: Python, and PostgreSQL's jsonb.
    Spaced,
    /// `{"a" : 1, "b" : 2}`: PostgreSQL's `json_build_object`.
    Built,
    /// One member a line, indented by two blanks.
    Two,
    /// By four.
    Four,
    /// By a tab.
    Tab,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    AsIs,
    /// By the keys' text.
    Sorted,
    /// By the keys' length, then their bytes, as PostgreSQL's jsonb has them.
    Jsonb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Escapes {
    AsIs,
    /// `\u` for all that is not ASCII.
    Ascii,
    /// As few as possible.
    Least,
    /// `\u` for `<`, `>`, `&` and the two line separators: Go.
    Html,
    /// `\/` for `/`, and `\u` for what is not ASCII: PHP.
    Slashes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) layout: Layout,
    pub(super) order: Order,
    pub(super) escapes: Escapes,
}

pub(super) const LAYOUTS: [Layout; 6] =
    [Layout::Compact, Layout::Spaced, Layout::Built, Layout::Two, Layout::Four, Layout::Tab];
pub(super) const ORDERS: [Order; 3] = [Order::AsIs, Order::Sorted, Order::Jsonb];
pub(super) const ESCAPES: [Escapes; 5] =
    [Escapes::AsIs, Escapes::Ascii, Escapes::Least, Escapes::Html, Escapes::Slashes];

impl Style {
    pub(super) fn print(self, node: &Node<'_>) -> String {
        let mut out = String::new();
        self.write(node, 0, &mut out);
        out
    }

    // Bounded: a node is at most 128 levels deep.
    fn write(self, node: &Node<'_>, level: usize, out: &mut String) {
        let inner = level.saturating_add(1);
        match node {
            Node::Plain(text) => out.push_str(text),
            Node::Text(text) => self.text(text, out),
            Node::Array(items) => {
                out.push('[');
                for (at, item) in items.iter().enumerate() {
                    self.separate(at, inner, out);
                    self.write(item, inner, out);
                }
                self.close(items.is_empty(), level, out);
                out.push(']');
            }
            Node::Object(members) => {
                out.push('{');
                let mut members: Vec<_> = members.iter().collect();
                match self.order {
                    Order::AsIs => {}
                    Order::Sorted => members.sort_by_key(|(key, _)| *key),
                    Order::Jsonb => members.sort_by_key(|(key, _)| (key.len(), *key)),
                }
                for (at, (key, value)) in members.iter().enumerate() {
                    self.separate(at, inner, out);
                    self.text(key, out);
                    out.push_str(match self.layout {
                        Layout::Compact => ":",
                        Layout::Built => " : ",
                        Layout::Spaced | Layout::Two | Layout::Four | Layout::Tab => ": ",
                    });
                    self.write(value, inner, out);
                }
                self.close(members.is_empty(), level, out);
                out.push('}');
            }
        }
    }

    const fn indent(self) -> Option<&'static str> {
        match self.layout {
            Layout::Compact | Layout::Spaced | Layout::Built => None,
            Layout::Two => Some("  "),
            Layout::Four => Some("    "),
            Layout::Tab => Some("\t"),
        }
    }

    fn separate(self, at: usize, level: usize, out: &mut String) {
        if at > 0 {
            out.push(',');
        }
        match self.indent() {
            Some(indent) => {
                out.push('\n');
                out.push_str(&indent.repeat(level));
            }
            None if at > 0 && self.layout != Layout::Compact => out.push(' '),
            None => {}
        }
    }

    fn close(self, empty: bool, level: usize, out: &mut String) {
        if let (Some(indent), false) = (self.indent(), empty) {
            out.push('\n');
            out.push_str(&indent.repeat(level));
        }
    }

    fn text(self, quoted: &str, out: &mut String) {
        let decoded = match self.escapes {
            Escapes::AsIs => None,
            // A lone surrogate has no other spelling.
            _ => serde_json::from_str::<String>(quoted).ok(),
        };
        let Some(text) = decoded else { return out.push_str(quoted) };
        let least = serde_json::to_string(&text).unwrap_or_else(|_| quoted.to_owned());
        for char in least.chars() {
            let escape = match self.escapes {
                Escapes::AsIs | Escapes::Least => false,
                Escapes::Ascii | Escapes::Slashes => !char.is_ascii(),
                Escapes::Html => matches!(char, '<' | '>' | '&' | '\u{2028}' | '\u{2029}'),
            };
            if escape {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            } else if char == '/' && self.escapes == Escapes::Slashes {
                out.push_str("\\/");
            } else {
                out.push(char);
            }
        }
    }
}
