/// Declares an object that keeps the members it does not know.
///
/// ```text
/// open_object! {
///     /// What it is.
///     pub struct Event<Row = JsonRow>("a database event") {
///         required {                                   // absent or null is an error
///             /// One sentence.
///             kind: Operation = "type",
///         }
///         nullable {                                   // absent is an error, null is None
///             /// One sentence.
///             record_id: RecordId = "record_id",
///         }
///         optional {                                   // absent and null are None
///             /// One sentence.
///             record: Row = "record",
///         }
///         lists {                                      // becomes Vec<…>; absent and null are the empty list
///             /// One sentence.
///             tags: String = "tags",
///         }
///         defaulted {                                  // absent and null are the type's default
///             /// One sentence.
///             count: i64 = "count",
///         }
///         loose {                                      // as optional; a misfit is None too, and stays in `extra`
///             /// One sentence.
///             note: String = "note",
///         }
///     }
/// }
/// ```
///
/// The groups behind `optional` may be left out. The struct gets the field `extra` and its `serde` implementations, which
/// read in one pass and in any order. Of repeated keys the last one counts, as in PostgreSQL's jsonb and in JavaScript.
macro_rules! open_object {
    // The struct and how it is written. Alone it is for a type that is read by hand.
    (@written
        $(#[$meta:meta])*
        $vis:vis struct $name:ident $(<$param:ident = $default:ty>)? {
            required { $( $(#[$required_meta:meta])* $required:ident : $required_ty:ty = $required_key:literal ),* $(,)? }
            nullable { $( $(#[$nullable_meta:meta])* $nullable:ident : $nullable_ty:ty = $nullable_key:literal ),* $(,)? }
            optional { $( $(#[$optional_meta:meta])* $optional:ident : $optional_ty:ty = $optional_key:literal ),* $(,)? }
            $( lists { $( $(#[$list_meta:meta])* $list:ident : $list_ty:ty = $list_key:literal ),* $(,)? } )?
            $( defaulted { $( $(#[$defaulted_meta:meta])* $defaulted:ident : $defaulted_ty:ty = $defaulted_key:literal ),* $(,)? } )?
            $( loose { $( $(#[$loose_meta:meta])* $loose:ident : $loose_ty:ty = $loose_key:literal ),* $(,)? } )?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        $vis struct $name $(<$param = $default>)? {
            $( $(#[$required_meta])* $vis $required: $required_ty, )*
            $( $(#[$nullable_meta])* $vis $nullable: Option<$nullable_ty>, )*
            $( $(#[$optional_meta])* $vis $optional: Option<$optional_ty>, )*
            $( $( $(#[$list_meta])* $vis $list: Vec<$list_ty>, )* )?
            $( $( $(#[$defaulted_meta])* $vis $defaulted: $defaulted_ty, )* )?
            $( $( $(#[$loose_meta])* $vis $loose: Option<$loose_ty>, )* )?
            /// Members that this version does not know, as the sender wrote them.
            $vis extra: $crate::ExtraFields,
        }

        impl $(<$param: serde::Serialize>)? serde::Serialize for $name $(<$param>)? {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                let mut map = serializer.serialize_map(None)?;
                $( map.serialize_entry($required_key, &self.$required)?; )*
                $( map.serialize_entry($nullable_key, &self.$nullable)?; )*
                $( if let Some(value) = &self.$optional { map.serialize_entry($optional_key, value)?; } )*
                $( $( map.serialize_entry($list_key, &self.$list)?; )* )?
                $( $( map.serialize_entry($defaulted_key, &self.$defaulted)?; )* )?
                $( $( if let Some(value) = &self.$loose { map.serialize_entry($loose_key, value)?; } )* )?
                for (name, value) in self.extra.iter() {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    };

    (@read $name:ident $(<$param:ident>)? ($expected:literal) {
        required { $( $(#[$required_meta:meta])* $required:ident : $required_ty:ty = $required_key:literal ),* $(,)? }
        nullable { $( $(#[$nullable_meta:meta])* $nullable:ident : $nullable_ty:ty = $nullable_key:literal ),* $(,)? }
        optional { $( $(#[$optional_meta:meta])* $optional:ident : $optional_ty:ty = $optional_key:literal ),* $(,)? }
        $( lists { $( $(#[$list_meta:meta])* $list:ident : $list_ty:ty = $list_key:literal ),* $(,)? } )?
        $( defaulted { $( $(#[$defaulted_meta:meta])* $defaulted:ident : $defaulted_ty:ty = $defaulted_key:literal ),* $(,)? } )?
        $( loose { $( $(#[$loose_meta:meta])* $loose:ident : $loose_ty:ty = $loose_key:literal ),* $(,)? } )?
    }) => {
        impl<'de $(, $param: serde::Deserialize<'de>)?> serde::Deserialize<'de> for $name $(<$param>)? {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Reader $(<$param>)? (std::marker::PhantomData<fn() -> $name $(<$param>)?>);

                impl<'de $(, $param: serde::Deserialize<'de>)?> serde::de::Visitor<'de> for Reader $(<$param>)? {
                    type Value = $name $(<$param>)?;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                        $( let mut $required: Option<$required_ty> = None; )*
                        $( let mut $nullable: Option<Option<$nullable_ty>> = None; )*
                        $( let mut $optional: Option<$optional_ty> = None; )*
                        $( $( let mut $list: Vec<$list_ty> = Vec::new(); )* )?
                        $( $( let mut $defaulted: $defaulted_ty = Default::default(); )* )?
                        $( $( let mut $loose: Option<$loose_ty> = None; )* )?
                        let mut extra = $crate::ExtraFields::default();
                        while let Some(key) = map.next_key_seed($crate::event::Text)? {
                            match &*key {
                                $( $required_key => $required = Some(map.next_value()?), )*
                                $( $nullable_key => $nullable = Some(map.next_value()?), )*
                                $( $optional_key => $optional = map.next_value()?, )*
                                $( $( $list_key => $list = map.next_value::<Option<_>>()?.unwrap_or_default(), )* )?
                                $( $( $defaulted_key => $defaulted = map.next_value::<Option<_>>()?.unwrap_or_default(), )* )?
                                $( $( $loose_key => $loose = extra.or_misfit(&key, map.next_value()?), )* )?
                                _ => extra.insert(key, map.next_value()?),
                            }
                        }
                        Ok($name {
                            $( $required: $required.ok_or_else(|| serde::de::Error::missing_field($required_key))?, )*
                            $( $nullable: $nullable.ok_or_else(|| serde::de::Error::missing_field($nullable_key))?, )*
                            $( $optional, )*
                            $( $( $list, )* )?
                            $( $( $defaulted, )* )?
                            $( $( $loose, )* )?
                            extra,
                        })
                    }
                }

                deserializer.deserialize_map(Reader(std::marker::PhantomData))
            }
        }
    };

    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident $(<$param:ident = $default:ty>)? ($expected:literal) { $($groups:tt)* }
    ) => {
        open_object! { @written $(#[$meta])* $vis struct $name $(<$param = $default>)? { $($groups)* } }
        open_object! { @read $name $(<$param>)? ($expected) { $($groups)* } }
    };
}

#[cfg(test)]
mod tests {
    open_object! {
        /// A test object.
        pub(super) struct Thing("a thing") {
            required {
                /// Id.
                id: u8 = "id",
            }
            nullable {
                /// Parent.
                parent: u8 = "parent",
            }
            optional {
                /// Kind.
                kind: String = "type",
            }
            lists {
                /// Tags.
                tags: String = "tags",
            }
            defaulted {
                /// Count.
                count: i64 = "count",
            }
            loose {
                /// Note.
                note: String = "note",
            }
        }
    }

    fn read(text: &str) -> Thing {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn what_is_unknown_is_kept_with_every_digit() {
        let thing =
            read(r#"{"n":1.500,"type":"t","parent":null,"id":1,"\u0061":{"b":[ 1 ]},"z":null,"tags":["x"]}"#);
        assert_eq!((thing.id, thing.parent, thing.kind.as_deref()), (1, None, Some("t")));
        let text = serde_json::to_string(&thing).unwrap();
        assert_eq!(
            text,
            r#"{"id":1,"parent":null,"type":"t","tags":["x"],"count":0,"a":{"b":[ 1 ]},"n":1.500,"z":null}"#
        );
        assert_eq!(read(&text), thing);
    }

    #[test]
    fn of_repeated_keys_the_last_one_counts() {
        let thing =
            read(r#"{"id":1,"a":1,"parent":7,"tags":["x"],"type":"t","id":2,"a":2,"tags":null,"type":null}"#);
        assert_eq!((thing.id, thing.kind, thing.tags.len()), (2, None, 0));
        assert_eq!(thing.extra.get("a").unwrap().as_str(), "2");
    }

    #[test]
    fn a_loose_misfit_stays_as_it_is() {
        for misfit in ["7.10", r#"{"a":[ 1e400 ]}"#, r#""\ud800""#, "true"] {
            let text = format!(r#"{{"id":1,"parent":2,"type":"t","tags":[],"count":-3,"note":{misfit}}}"#);
            let thing = read(&text);
            assert_eq!((thing.kind.as_deref(), &thing.note), (Some("t"), &None));
            assert_eq!(thing.extra.get("note").unwrap().as_str(), misfit);
            assert_eq!(serde_json::to_string(&thing).unwrap(), text);
        }
        let thing = read(r#"{"id":1,"parent":2,"note":7,"note":"n"}"#);
        assert_eq!((thing.note.as_deref(), thing.extra.len()), (Some("n"), 0));
        let thing = read(r#"{"id":1,"parent":2,"note":"n","note":7}"#);
        assert_eq!((thing.note, thing.extra.len()), (None, 1));
        let thing = read(r#"{"id":1,"parent":2,"note":7,"note":null}"#);
        assert_eq!((thing.note, thing.extra.len()), (None, 0));
    }

    #[test]
    fn absent_and_null() {
        for text in [r#"{"id":1,"parent":null}"#, r#"{"id":1,"parent":null,"tags":null,"count":null}"#] {
            let thing = read(text);
            assert_eq!((thing.tags.len(), thing.count), (0, 0), "{text}");
        }
        assert_eq!(read(r#"{"id":1,"parent":null,"count":5,"count":6}"#).count, 6);
        for text in
            ["[]", "7", "\"x\"", "null", r#"{"parent":1}"#, r#"{"id":1}"#, r#"{"id":null,"parent":1}"#]
        {
            assert!(serde_json::from_str::<Thing>(text).is_err(), "{text}");
        }
    }
}
