/// Declares a string enum that keeps values it does not know.
///
/// ```text
/// open_enum! {
///     /// What it is.
///     pub enum Status {
///         /// One sentence.
///         Active = "active",
///     }
/// }
/// ```
///
/// The enum gets one more variant, `Other(Box<str>)`, and `as_str`, `Display`, `From<&str>`, `Serialize` and
/// `Deserialize`. A value that a variant names is always that variant, so two equal texts are equal values.
///
/// `pub enum Status in any_case` also takes `ACTIVE` for `active`; it is then written as the variant names it.
macro_rules! open_enum {
    (
        $(#[$meta:meta])*
        pub enum $name:ident $(in $any_case:ident)? {
            $( $(#[$variant_meta:meta])* $variant:ident = $text:literal $(| $alias:literal)* ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$variant_meta])* $variant, )+
            /// A value that this version does not know, as the sender wrote it.
            Other(Box<str>),
        }

        impl $name {
            /// The value as the sender writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $( Self::$variant => $text, )+
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                const IN_ANY_CASE: bool = false $(|| open_enum!(@$any_case))?;
                match text {
                    $( $text $(| $alias)* => Self::$variant, )+
                    $( other if IN_ANY_CASE && other.eq_ignore_ascii_case($text) => Self::$variant, )+
                    other => Self::Other(other.into()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a string")
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        Ok($name::from(text))
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };

    (@any_case) => { true };
}
