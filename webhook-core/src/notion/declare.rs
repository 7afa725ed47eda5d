//! The declarations behind Notion's unions; `tagged` reads them.

/// Declares a union: an enum with one variant for each known `type`.
///
/// ```text
/// tagged_enum! {
///     /// What it is.
///     pub enum Formula("a formula") {
///         /// One sentence.
///         Number(Option<Number>) = "number",       // {"type": "number", "number": 7}
///         /// A type without a value.
///         Unsupported = "unsupported",             // {"type": "unsupported", "unsupported": {}}
///     }
/// }
/// ```
///
/// The enum gets the variant `Unknown(Unknown)`, `KINDS`, `kind`, and both `serde` implementations. A closing
/// `untyped Variant` names a variant for objects without `type`.
macro_rules! tagged_enum {
    (
        $(#[$meta:meta])*
        pub enum $Enum:ident($name:literal $(, $lenient:ident)?) {
            $( $(#[$variant_meta:meta])* $Variant:ident $(($ty:ty))? = $kind:literal ),+ $(,)?
            $(; $(#[$untyped_meta:meta])* untyped $Untyped:ident)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum $Enum {
            $( $(#[$variant_meta])* #[doc = concat!("\n\nWire name: `", $kind, "`.")] $Variant $(($ty))?, )+
            $( $(#[$untyped_meta])* $Untyped, )?
            /// An object whose `type` this version does not know, or that has none, whole.
            Unknown($crate::notion::Unknown),
        }

        impl $Enum {
            /// The types that this version knows, as the sender writes them.
            pub const KINDS: &'static [&'static str] = &[$( $kind ),+];

            /// The type as the sender writes it, or `None` when it wrote none.
            pub fn kind(&self) -> Option<&str> {
                match self {
                    $( Self::$Variant { .. } => Some($kind), )+
                    $( Self::$Untyped => None, )?
                    Self::Unknown(object) => object.kind.as_deref(),
                }
            }
        }

        impl $crate::notion::tagged::Union for $Enum {
            const KINDS: &'static [&'static str] = Self::KINDS;

            fn read<'de, D: serde::Deserializer<'de>>(kind: &str, deserializer: D) -> Result<Self, D::Error> {
                match kind {
                    $( $kind => tagged_enum!(@read deserializer, $Variant $(, $ty)?), )+
                    _ => Err(serde::de::Error::missing_field("type")),
                }
            }

            fn absent<E: serde::de::Error>(kind: &'static str) -> Result<Self, E> {
                match kind {
                    $( $kind => tagged_enum!(@absent kind, $Variant $(, $ty)?), )+
                    _ => Err(E::missing_field("type")),
                }
            }

            fn unknown(object: $crate::notion::Unknown) -> Self {
                Self::Unknown(object)
            }

            $( fn untyped() -> Option<Self> {
                Some(Self::$Untyped)
            } )?

            fn raw(&self) -> Option<&$crate::RawJson> {
                match self {
                    Self::Unknown(object) => Some(&object.raw),
                    _ => None,
                }
            }

            fn write<M: serde::ser::SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                match self {
                    $( tagged_enum!(@pattern value, $Variant $(, $ty)?) => {
                        map.serialize_entry("type", $kind)?;
                        map.serialize_entry($kind, tagged_enum!(@value value $(, $ty)?))
                    } )+
                    _ => Ok(()),
                }
            }
        }

        impl $crate::notion::tagged::Tagged for $Enum {
            const NAME: &'static str = $name;
            const LENIENT: bool = false $(|| tagged_enum!(@$lenient))?;
            const FIELD_KEYS: &'static [&'static str] = &[];
            type Union = Self;
            type Fields = ();

            fn read_field<'de, D: serde::Deserializer<'de>>(
                (): &mut (),
                _: &'static str,
                deserializer: D,
            ) -> Result<(), D::Error> {
                serde::Deserialize::deserialize(deserializer).map(|_: serde::de::IgnoredAny| ())
            }

            fn write_fields((): &()) -> Result<Vec<(&'static str, String)>, serde_json::Error> {
                Ok(Vec::new())
            }

            fn finish<E: serde::de::Error>((): (), union: Self) -> Result<Self, E> {
                Ok(union)
            }
        }

        impl<'de> serde::Deserialize<'de> for $Enum {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::notion::tagged::read(deserializer)
            }
        }

        impl serde::Serialize for $Enum {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use $crate::notion::tagged::Union;
                if let Some(raw) = self.raw() {
                    return raw.serialize(serializer);
                }
                let mut map = serializer.serialize_map(None)?;
                self.write(&mut map)?;
                serde::ser::SerializeMap::end(map)
            }
        }
    };

    (@read $deserializer:ident, $Variant:ident, $ty:ty) => {
        $crate::notion::tagged::value::<$ty, _>($deserializer).map(Self::$Variant)
    };
    (@read $deserializer:ident, $Variant:ident) => {
        <Option<$crate::notion::tagged::Empty> as serde::Deserialize>::deserialize($deserializer)
            .map(|_| Self::$Variant)
    };
    (@absent $key:ident, $Variant:ident, $ty:ty) => {
        $crate::notion::tagged::absent::<$ty, _>($key).map(Self::$Variant)
    };
    (@absent $key:ident, $Variant:ident) => { Ok(Self::$Variant) };
    (@pattern $value:ident, $Variant:ident, $ty:ty) => { Self::$Variant($value) };
    (@pattern $value:ident, $Variant:ident) => { Self::$Variant };
    (@value $value:ident, $ty:ty) => { $value };
    (@value $value:ident) => { &$crate::notion::tagged::Empty {} };
    (@lenient) => { true };
}

/// Declares an object with a union in it, and fields beside `type` and its value.
///
/// ```text
/// tagged_struct! {
///     /// What it is.
///     pub struct Property("a property") {
///         required {}
///         optional {                      // becomes Option<…>; null and absent are None
///             /// One sentence.
///             id: String,
///         }
///         /// One sentence.
///         value: PropertyValue,           // declared by `tagged_enum!`
///     }
/// }
/// ```
///
/// `("a property", lenient)` also takes what is not even an object, as unknown.
macro_rules! tagged_struct {
    (
        $(#[$meta:meta])*
        pub struct $Struct:ident($name:literal $(, $lenient:ident)?) {
            required { $( $(#[$required_meta:meta])* $required:ident : $required_ty:ty ),* $(,)? }
            optional { $( $(#[$optional_meta:meta])* $optional:ident : $optional_ty:ty ),* $(,)? }
            $(#[$union_meta:meta])*
            $union:ident : $Union:ty $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $Struct {
            $( $(#[$required_meta])* pub $required: $required_ty, )*
            $( $(#[$optional_meta])* pub $optional: Option<$optional_ty>, )*
            $(#[$union_meta])*
            pub $union: $Union,
        }

        const _: () = {
            #[derive(Default)]
            pub(crate) struct Fields {
                $( $required: Option<$required_ty>, )*
                $( $optional: Option<$optional_ty>, )*
            }

            impl $crate::notion::tagged::Tagged for $Struct {
                const NAME: &'static str = $name;
                const LENIENT: bool = false $(|| tagged_enum!(@$lenient))?;
                const FIELD_KEYS: &'static [&'static str] =
                    &[$( stringify!($required), )* $( stringify!($optional), )*];
                type Union = $Union;
                type Fields = Fields;

                fn read_field<'de, D: serde::Deserializer<'de>>(
                    fields: &mut Fields,
                    key: &'static str,
                    deserializer: D,
                ) -> Result<(), D::Error> {
                    match key {
                        $( stringify!($required) => {
                            fields.$required = Some(serde::Deserialize::deserialize(deserializer)?);
                        } )*
                        $( stringify!($optional) => fields.$optional = serde::Deserialize::deserialize(deserializer)?, )*
                        _ => drop(<serde::de::IgnoredAny as serde::Deserialize>::deserialize(deserializer)?),
                    }
                    Ok(())
                }

                fn write_fields(fields: &Fields) -> Result<Vec<(&'static str, String)>, serde_json::Error> {
                    let mut written = Vec::new();
                    $( if let Some(value) = &fields.$required {
                        written.push((stringify!($required), serde_json::to_string(value)?));
                    } )*
                    $( if let Some(value) = &fields.$optional {
                        written.push((stringify!($optional), serde_json::to_string(value)?));
                    } )*
                    Ok(written)
                }

                fn finish<E: serde::de::Error>(fields: Fields, union: $Union) -> Result<Self, E> {
                    Ok(Self {
                        $( $required: fields.$required.ok_or_else(|| E::missing_field(stringify!($required)))?, )*
                        $( $optional: fields.$optional, )*
                        $union: union,
                    })
                }
            }
        };

        impl<'de> serde::Deserialize<'de> for $Struct {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::notion::tagged::read(deserializer)
            }
        }

        impl serde::Serialize for $Struct {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap;
                use $crate::notion::tagged::Union;
                if let Some(raw) = self.$union.raw() {
                    return raw.serialize(serializer);
                }
                let mut map = serializer.serialize_map(None)?;
                $( map.serialize_entry(stringify!($required), &self.$required)?; )*
                $( if let Some(value) = &self.$optional { map.serialize_entry(stringify!($optional), value)?; } )*
                self.$union.write(&mut map)?;
                map.end()
            }
        }
    };
}
