/// Declares a struct whose fields are all optional and which keeps the members it does not know.
///
/// ```text
/// open_struct! {
///     /// What it is.
///     pub struct Payer {
///         /// One sentence.
///         email: String,               // becomes Option<String>; null and absent are None
///         /// A member whose name is a keyword.
///         kind("type"): String,
///     }
/// }
/// ```
///
/// The struct gets the field `extra`, a map of the members it does not name, as raw JSON. Of repeated keys the
/// last one counts. It is read by a visitor, not by serde's `flatten`, which buffers and cannot hold raw JSON.
macro_rules! open_struct {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( $(#[$field_meta:meta])* $field:ident $(($key:literal))? : $ty:ty ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: Option<$ty>, )*
            /// The members that this version does not know, as the sender wrote them.
            pub extra: std::collections::BTreeMap<String, $crate::RawJson>,
        }

        const _: () = {
            /// A member's name. The variants carry the names of the fields.
            #[allow(non_camel_case_types)]
            enum Key {
                $( $field, )*
                Unknown(String),
            }

            impl<'de> serde::Deserialize<'de> for Key {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    struct Name;

                    impl serde::de::Visitor<'_> for Name {
                        type Value = Key;

                        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                            f.write_str("a key")
                        }

                        fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Key, E> {
                            Ok(match key {
                                $( open_struct!(@key $field $($key)?) => Key::$field, )*
                                other => Key::Unknown(other.to_owned()),
                            })
                        }
                    }

                    deserializer.deserialize_identifier(Name)
                }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    struct Members;

                    impl<'de> serde::de::Visitor<'de> for Members {
                        type Value = $name;

                        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                            f.write_str(concat!("struct ", stringify!($name)))
                        }

                        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                            let mut read = $name { $( $field: None, )* extra: std::collections::BTreeMap::new() };
                            while let Some(key) = map.next_key()? {
                                match key {
                                    $( Key::$field => read.$field = map.next_value()?, )*
                                    Key::Unknown(key) => {
                                        read.extra.insert(key, map.next_value()?);
                                    }
                                }
                            }
                            Ok(read)
                        }
                    }

                    deserializer.deserialize_map(Members)
                }
            }

            impl serde::Serialize for $name {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    use serde::ser::SerializeMap;
                    let mut map = serializer.serialize_map(None)?;
                    $(
                        if let Some(value) = &self.$field {
                            map.serialize_entry(open_struct!(@key $field $($key)?), value)?;
                        }
                    )*
                    for (key, value) in &self.extra {
                        map.serialize_entry(key, value)?;
                    }
                    map.end()
                }
            }
        };
    };

    (@key $field:ident $key:literal) => { $key };
    (@key $field:ident) => { stringify!($field) };
}

#[cfg(test)]
mod tests {
    open_struct! {
        /// A test value.
        pub struct Thing {
            /// Id.
            id: u8,
            /// Kind.
            kind("type"): String,
        }
    }

    fn read(text: &str) -> Thing {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn unknown_members_are_kept_with_every_digit() {
        let thing = read(r#"{"n":1.500,"type":"t","id":null,"\u0061":{"b":[ 1 ]},"z":null}"#);
        assert_eq!((thing.id, thing.kind.as_deref()), (None, Some("t")));
        assert_eq!(thing.extra.keys().collect::<Vec<_>>(), ["a", "n", "z"]);
        let text = serde_json::to_string(&thing).unwrap();
        assert_eq!(text, r#"{"type":"t","a":{"b":[ 1 ]},"n":1.500,"z":null}"#);
        assert_eq!(read(&text), thing);
    }

    #[test]
    fn the_last_of_repeated_keys_counts() {
        let thing = read(r#"{"id":1,"a":1,"id":2,"a":2}"#);
        assert_eq!((thing.id, thing.extra["a"].as_str()), (Some(2), "2"));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["[]", "7", "\"x\"", r#"{"id":"x"}"#] {
            assert!(serde_json::from_str::<Thing>(text).is_err(), "{text}");
        }
    }
}
