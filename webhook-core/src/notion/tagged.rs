//! The one reader of Notion's unions: `{"type": "x", "x": …}`, in any order, with further fields beside them.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::SeqDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Unexpected, Visitor,
};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};

use super::in_place::is_in_place;
use crate::RawJson;
use crate::error::{is_too_deep, set_aside};

/// An object whose `type` this version does not know, or that has none, kept whole.
///
/// It is written as it was read: `raw` holds all of it, also the fields that stand typed beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unknown {
    /// The object's `type` as the sender wrote it, or `None` when it has none.
    pub kind: Option<Box<str>>,
    /// The JSON of the whole object.
    pub raw: RawJson,
}

/// What `type` chooses. Implemented by [`tagged_enum!`].
pub(crate) trait Union: Sized {
    const KINDS: &'static [&'static str];
    fn read<'de, D: Deserializer<'de>>(kind: &str, deserializer: D) -> Result<Self, D::Error>;
    /// The value of a known type whose key is absent.
    fn absent<E: de::Error>(kind: &'static str) -> Result<Self, E>;
    fn unknown(object: Unknown) -> Self;
    /// The whole object, when its type is unknown.
    fn raw(&self) -> Option<&RawJson>;
    /// Writes `type` and its value.
    fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
    /// The value of an object without `type`, if that is a shape of its own.
    fn untyped() -> Option<Self> {
        None
    }
}

/// An object with a union in it. Implemented by [`tagged_enum!`] and [`tagged_struct!`].
pub(crate) trait Tagged: Sized {
    /// What is expected, for error messages.
    const NAME: &'static str;
    /// Whether something that is not even an object is kept as unknown. Only where keys are the users' own.
    const LENIENT: bool;
    const FIELD_KEYS: &'static [&'static str];
    type Union: Union;
    type Fields: Default;

    /// Reads the value of the field `key`, one of `FIELD_KEYS`.
    fn read_field<'de, D: Deserializer<'de>>(
        fields: &mut Self::Fields,
        key: &'static str,
        deserializer: D,
    ) -> Result<(), D::Error>;
    /// The fields that are there, as JSON.
    fn write_fields(fields: &Self::Fields) -> Result<Vec<(&'static str, String)>, serde_json::Error>;
    fn finish<E: de::Error>(fields: Self::Fields, union: Self::Union) -> Result<Self, E>;
}

pub(crate) fn read<'de, T: Tagged, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    if !T::LENIENT || is_in_place() {
        return deserializer.deserialize_map(Object(PhantomData));
    }
    // Only the text itself keeps every digit of a number, and numbers beyond an `f64` at all.
    let raw = RawJson::deserialize(deserializer)?;
    if raw.as_str().starts_with('{') {
        return reread_with(&raw, || Object(PhantomData));
    }
    T::finish(T::Fields::default(), T::Union::unknown(Unknown { kind: None, raw }))
}

struct Object<T>(PhantomData<T>);

impl<'de, T: Tagged> DeserializeSeed<'de> for Object<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Tagged> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut kind: Option<Kind> = None;
        let mut fields = T::Fields::default();
        let mut value: Option<T::Union> = None;
        // What cannot be read yet, because `type` has not come, or never, because `type` is unknown.
        let mut held: Vec<(Box<str>, RawJson)> = Vec::new();
        // Of repeated keys the last one counts.
        while let Some(key) = map.next_key_seed(KeyOf::<T>(PhantomData))? {
            match (key, &kind) {
                (Key::Type, _) => {
                    kind = map.next_value_seed(KindOf(T::Union::KINDS))?;
                    value = None;
                }
                (Key::Name { name, .. }, Some(Kind::Known(known))) if name == *known => {
                    value = Some(map.next_value_seed(Directed(known, PhantomData))?);
                }
                (Key::Name { name, field: true, tag }, kind) if kind.is_some() || !tag => {
                    map.next_value_seed(Field::<T> { fields: &mut fields, key: name })?;
                }
                (_, Some(Kind::Known(_))) => {
                    map.next_value::<IgnoredAny>()?;
                }
                (Key::Name { name, .. }, _) => held.push((name.into(), map.next_value()?)),
                (Key::Other(name), _) => held.push((name, map.next_value()?)),
            }
        }
        for (key, raw) in &held {
            if matches!(&kind, Some(Kind::Known(known)) if **known == **key) {
                let Some(Kind::Known(known)) = &kind else { continue };
                value = Some(set_aside(key, raw, Directed(known, PhantomData))?);
            } else if let Some(name) = T::FIELD_KEYS.iter().find(|name| ***name == **key) {
                set_aside(key, raw, Field::<T> { fields: &mut fields, key: name })?;
            }
        }
        let union = match kind {
            Some(Kind::Known(known)) => match value {
                Some(value) => value,
                None => T::Union::absent(known)?,
            },
            Some(Kind::Unknown(kind)) => T::Union::unknown(whole::<T, A::Error>(Some(kind), &fields, &held)?),
            None => match T::Union::untyped() {
                Some(union) if held.iter().all(|(key, _)| !T::Union::KINDS.contains(&&**key)) => union,
                _ => T::Union::unknown(whole::<T, A::Error>(None, &fields, &held)?),
            },
        };
        T::finish(fields, union)
    }
}

/// Puts an object together again that turned out to be unknown. Its keys may have changed their places.
fn whole<T: Tagged, E: de::Error>(
    kind: Option<Box<str>>,
    fields: &T::Fields,
    held: &[(Box<str>, RawJson)],
) -> Result<Unknown, E> {
    let quoted = |text: &str| serde_json::to_string(text).map_err(E::custom);
    let mut entries = Vec::new();
    for (key, json) in T::write_fields(fields).map_err(E::custom)? {
        entries.push(format!("{}:{json}", quoted(key)?));
    }
    if let Some(kind) = &kind {
        entries.push(format!("\"type\":{}", quoted(kind)?));
    }
    for (key, raw) in held.iter().filter(|(key, _)| !T::FIELD_KEYS.contains(&&**key)) {
        entries.push(format!("{}:{}", quoted(key)?, raw.as_str()));
    }
    let raw = RawJson::new(format!("{{{}}}", entries.join(","))).map_err(E::custom)?;
    Ok(Unknown { kind, raw })
}

enum Kind {
    Known(&'static str),
    Unknown(Box<str>),
}

/// Reads the value of `type`; null is the same as no `type`.
struct KindOf(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for KindOf {
    type Value = Option<Kind>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for KindOf {
    type Value = Option<Kind>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let known = self.0.iter().find(|known| **known == text);
        Ok(Some(known.map_or_else(|| Kind::Unknown(text.into()), |known| Kind::Known(known))))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// What an object's key means to `T`.
enum Key {
    Type,
    /// A field beside the union, the key of a known type's value, or, depending on `type`, either.
    Name {
        name: &'static str,
        field: bool,
        tag: bool,
    },
    Other(Box<str>),
}

struct KeyOf<T>(PhantomData<T>);

impl<'de, T: Tagged> DeserializeSeed<'de> for KeyOf<T> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<T: Tagged> Visitor<'_> for KeyOf<T> {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<Key, E> {
        if key == "type" {
            return Ok(Key::Type);
        }
        let field = T::FIELD_KEYS.iter().find(|known| **known == key);
        let tag = T::Union::KINDS.iter().find(|known| **known == key);
        Ok(match field.or(tag) {
            Some(name) => Key::Name { name, field: field.is_some(), tag: tag.is_some() },
            None => Key::Other(key.into()),
        })
    }
}

struct Field<'f, T: Tagged> {
    fields: &'f mut T::Fields,
    key: &'static str,
}

impl<'de, T: Tagged> DeserializeSeed<'de> for Field<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        T::read_field(self.fields, self.key, deserializer)
    }
}

struct Directed<'k, U>(&'k str, PhantomData<U>);

impl<'de, U: Union> DeserializeSeed<'de> for Directed<'_, U> {
    type Value = U;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<U, D::Error> {
        U::read(self.0, deserializer)
    }
}

/// Reads the value of a known type. Null is `None`, an empty list, or a misfit, as `V` can hold it.
pub(crate) fn value<'de, V: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<V, D::Error> {
    Option::deserialize(deserializer)?.map_or_else(|| V::deserialize(Nothing(None, PhantomData)), Ok)
}

/// The value of a known type whose `key` is absent: the same as null, but for the error.
pub(crate) fn absent<'de, V: Deserialize<'de>, E: de::Error>(key: &'static str) -> Result<V, E> {
    V::deserialize(Nothing(Some(key), PhantomData))
}

/// A list that may be absent or null, which is the same as empty.
pub(crate) fn list<'de, V: Deserialize<'de> + Default, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<V, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads what was set aside whole. Its path is only looked for when it is a misfit.
pub(crate) fn reread<T: DeserializeOwned, E: de::Error>(raw: &RawJson) -> Result<T, E> {
    reread_with(raw, || PhantomData)
}

fn reread_with<'de, S: DeserializeSeed<'de>, E: de::Error>(
    raw: &'de RawJson,
    seed: impl Fn() -> S,
) -> Result<S::Value, E> {
    // Parts hold parts, as a rollup of rollups does.
    if is_too_deep(raw) {
        return set_aside("", raw, seed());
    }
    // The text is one whole value, so nothing can stand behind it.
    seed()
        .deserialize(&mut serde_json::Deserializer::from_str(raw.as_str()))
        .or_else(|_| set_aside("", raw, seed()))
}

/// The value of a type that carries none: written as an empty object.
#[derive(Serialize, Deserialize)]
pub(crate) struct Empty {}

/// A value that is absent (its key is named) or null.
struct Nothing<E>(Option<&'static str>, PhantomData<E>);

impl<'de, E: de::Error> Deserializer<'de> for Nothing<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        Err(match self.0 {
            Some(key) => E::missing_field(key),
            None => E::invalid_type(Unexpected::Unit, &visitor),
        })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_none()
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        visitor.visit_seq(SeqDeserializer::<_, E>::new(std::iter::empty::<()>()))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct tuple tuple_struct map struct enum identifier ignored_any
    }
}
