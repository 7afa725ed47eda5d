//! The one reader of event envelopes: an object with the event's name under one key, its data under another, in
//! either order, and further fields beside them.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::{ParseError, RawJson};

/// An event whose name the model does not know, with its data as raw JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownEvent {
    /// The event's name as the sender wrote it.
    pub kind: Box<str>,
    /// The event's data, or `None` when the sender wrote none.
    pub data: Option<RawJson>,
}

pub(crate) fn unknown(kind: &str, data: Option<RawJson>) -> UnknownEvent {
    UnknownEvent { kind: kind.into(), data }
}

/// The data of an event, chosen by the event's name. Implemented by [`events!`].
pub(crate) trait EventData: Sized {
    fn is_known(kind: &str) -> bool;
    fn read<'de, D: Deserializer<'de>>(kind: &str, deserializer: D) -> Result<Self, D::Error>;
    fn absent<E: de::Error>(kind: &str) -> Result<Self, E>;
}

/// An event with its envelope. Implemented by [`events!`].
pub(crate) trait Envelope: Sized {
    /// What is expected, for error messages.
    const NAME: &'static str;
    const KIND_KEY: &'static str;
    const DATA_KEY: &'static str;
    const FIELD_KEYS: &'static [&'static str];
    type Data: EventData;
    type Fields: Default;

    /// Reads the value of the field `key`, one of `FIELD_KEYS`.
    fn read_field<'de, A: MapAccess<'de>>(
        fields: &mut Self::Fields,
        key: &'static str,
        map: &mut A,
    ) -> Result<(), A::Error>;
    fn finish<E: de::Error>(fields: Self::Fields, data: Self::Data) -> Result<Self, E>;
}

/// Reads a body into `T`.
///
/// When the data comes before the event's name (Clerk writes it so), reading needs to know the name beforehand or
/// must set the data aside and read it again. The name is then looked for from the end of the body, where such senders
/// put it. That is only a hint: if it turns out wrong, the body is read again without it.
pub(crate) fn parse<T: Envelope>(body: &[u8]) -> Result<T, ParseError> {
    let text = crate::error::text(body)?;
    if let Ok(event) = read(text, Reader::<T>::new(Hint::LookIn(text))) {
        return Ok(event);
    }
    read(text, Reader::<T>::new(Hint::None)).map_err(|error| {
        let [found] = crate::peek(body, [T::KIND_KEY]);
        let kind: Option<String> = found.and_then(|raw| serde_json::from_str(raw).ok());
        let hint = kind.as_deref().map_or(Hint::None, Hint::Kind);
        crate::error::trace(text, &error, Reader::<T>::new(hint))
    })
}

fn read<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S) -> Result<S::Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = seed.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// What is known of the event's name before it has been read.
#[derive(Clone, Copy)]
pub(crate) enum Hint<'t> {
    None,
    Kind(&'t str),
    /// Nothing; but it can be looked for in this text.
    LookIn(&'t str),
}

impl<'t> Hint<'t> {
    fn kind<T: Envelope>(self) -> Option<&'t str> {
        match self {
            Self::None => None,
            Self::Kind(kind) => Some(kind),
            Self::LookIn(text) => last_string(text, T::KIND_KEY).filter(|kind| T::Data::is_known(kind)),
        }
    }
}

/// The string behind the last `"key":` of the text, if it is a plain one.
fn last_string<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let mut rest = text;
    // Bounded: two steps from the end cover a name that is itself the text of the key.
    for _ in 0..2 {
        let (before, after) = rest.rsplit_once(key)?;
        if let Some(value) = after
            .strip_prefix('"')
            .map(str::trim_start)
            .and_then(|after| after.strip_prefix(':'))
            .map(str::trim_start)
            .and_then(|after| after.strip_prefix('"'))
        {
            let (value, _) = value.split_once('"')?;
            return (!value.contains('\\')).then_some(value);
        }
        rest = before;
    }
    None
}

pub(crate) struct Reader<'h, T> {
    hint: Hint<'h>,
    target: PhantomData<T>,
}

impl<'h, T> Reader<'h, T> {
    pub(crate) const fn new(hint: Hint<'h>) -> Self {
        Self { hint, target: PhantomData }
    }
}

impl<'de, T: Envelope> DeserializeSeed<'de> for Reader<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Envelope> Visitor<'de> for Reader<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut kind: Option<Cow<'de, str>> = None;
        // Looked for once at most, however often the data is repeated.
        let hint = LazyCell::new(|| self.hint.kind::<T>());
        let mut data = Data::Absent;
        let mut fields = T::Fields::default();
        // Of repeated keys the last one counts, as in PostgreSQL's jsonb and in JavaScript.
        while let Some(key) = map.next_key_seed(Key::<T>(PhantomData))? {
            match key {
                Found::Kind => {
                    let found = map.next_value_seed(Text)?;
                    if matches!(data, Data::Read(_)) && kind.as_deref().or_else(|| *hint) != Some(&*found) {
                        return Err(de::Error::custom("the data was read as another event"));
                    }
                    kind = Some(found);
                }
                Found::Data => {
                    data = match kind.as_deref().or_else(|| *hint) {
                        Some(kind) => {
                            Data::Read(map.next_value_seed(Directed::<T::Data>(kind, PhantomData))?)
                        }
                        None => Data::Raw(map.next_value()?),
                    }
                }
                Found::Field(key) => T::read_field(&mut fields, key, &mut map)?,
                Found::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let kind = kind.ok_or_else(|| de::Error::missing_field(T::KIND_KEY))?;
        let data = match data {
            Data::Read(data) => data,
            Data::Raw(raw) => T::Data::read(&kind, &mut serde_json::Deserializer::from_str(raw.as_str()))
                .map_err(de::Error::custom)?,
            Data::Absent => T::Data::absent(&kind)?,
        };
        T::finish(fields, data)
    }
}

enum Data<T> {
    Absent,
    Raw(RawJson),
    Read(T),
}

/// What an object's key means to the envelope `T`.
struct Key<T>(PhantomData<T>);

enum Found {
    Kind,
    Data,
    Field(&'static str),
    Other,
}

impl<'de, T: Envelope> DeserializeSeed<'de> for Key<T> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<T: Envelope> Visitor<'_> for Key<T> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<Found, E> {
        Ok(if key == T::KIND_KEY {
            Found::Kind
        } else if key == T::DATA_KEY {
            Found::Data
        } else {
            T::FIELD_KEYS
                .iter()
                .find(|known| **known == key)
                .map_or(Found::Other, |known| Found::Field(known))
        })
    }
}

/// A string, borrowed from the body where that is possible.
pub(crate) struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

struct Directed<'k, D>(&'k str, PhantomData<D>);

impl<'de, D: EventData> DeserializeSeed<'de> for Directed<'_, D> {
    type Value = D;

    fn deserialize<De: Deserializer<'de>>(self, deserializer: De) -> Result<D, De::Error> {
        D::read(self.0, deserializer)
    }
}

/// Declares an event: its envelope, and an enum with one variant for each kind of data.
///
/// ```text
/// events! {
///     /// What the envelope is.
///     pub struct Event("a Clerk event") {
///         required {
///             /// One sentence.
///             object: String,
///         }
///         optional {                      // becomes Option<…>; null and absent are None
///             /// One sentence.
///             instance_id: String,
///         }
///     }
///     /// What the enum is.
///     pub enum EventData ("type", "data") {            // the keys of the event's name and of its data
///         /// One sentence.
///         UserCreated(Box<User>) = "user.created",
///         /// Data that may be absent or null.
///         Ping = "ping",
///     }
/// }
/// ```
///
/// The struct gets the field `data`, the enum the variant `Unknown(UnknownEvent)`, and both their `serde`
/// implementations and `Payload`. The order of keys in the body does not matter.
macro_rules! events {
    (
        $(#[$event_meta:meta])*
        pub struct $Event:ident($name:literal) {
            required { $( $(#[$required_meta:meta])* $required:ident : $required_ty:ty ),* $(,)? }
            optional { $( $(#[$optional_meta:meta])* $optional:ident : $optional_ty:ty ),* $(,)? }
        }
        $(#[$data_meta:meta])*
        pub enum $Data:ident($kind_key:literal, $data_key:literal) {
            $( $(#[$variant_meta:meta])* $Variant:ident $(($ty:ty))? = $kind:literal $(| $alias:literal)* ),+ $(,)?
        }
    ) => {
        $(#[$event_meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub struct $Event {
            /// What happened, typed by the event's name.
            pub data: $Data,
            $( $(#[$required_meta])* pub $required: $required_ty, )*
            $( $(#[$optional_meta])* pub $optional: Option<$optional_ty>, )*
        }

        $(#[$data_meta])*
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum $Data {
            $( $(#[$variant_meta])* #[doc = concat!("\n\nWire name: `", $kind, "`.")] $Variant $(($ty))?, )+
            /// An event that this version does not know.
            Unknown($crate::UnknownEvent),
        }

        impl $Data {
            /// The names of all events that this version knows, as the sender writes them.
            pub const KINDS: &'static [&'static str] = &[$( $kind ),+];

            /// The event's name as the sender writes it.
            pub fn kind(&self) -> &str {
                match self {
                    $( Self::$Variant { .. } => $kind, )+
                    Self::Unknown(event) => &event.kind,
                }
            }
        }

        impl $crate::event::EventData for $Data {
            fn is_known(kind: &str) -> bool {
                matches!(kind, $( $kind $(| $alias)* )|+)
            }

            fn read<'de, D: serde::Deserializer<'de>>(kind: &str, deserializer: D) -> Result<Self, D::Error> {
                match kind {
                    $( $kind $(| $alias)* => events!(@read deserializer, $Variant $(, $ty)?), )+
                    _ => Ok(Self::Unknown($crate::event::unknown(kind, Some(serde::Deserialize::deserialize(deserializer)?)))),
                }
            }

            fn absent<E: serde::de::Error>(kind: &str) -> Result<Self, E> {
                match kind {
                    $( $kind $(| $alias)* => events!(@absent $data_key, $Variant $(, $ty)?), )+
                    _ => Ok(Self::Unknown($crate::event::unknown(kind, None))),
                }
            }
        }

        const _: () = {
            #[derive(Default)]
            pub(crate) struct Fields {
                $( $required: Option<$required_ty>, )*
                $( $optional: Option<$optional_ty>, )*
            }

            impl $crate::event::Envelope for $Event {
                const NAME: &'static str = $name;
                const KIND_KEY: &'static str = $kind_key;
                const DATA_KEY: &'static str = $data_key;
                const FIELD_KEYS: &'static [&'static str] =
                    &[$( stringify!($required), )* $( stringify!($optional), )*];
                type Data = $Data;
                type Fields = Fields;

                fn read_field<'de, A: serde::de::MapAccess<'de>>(
                    fields: &mut Fields,
                    key: &'static str,
                    map: &mut A,
                ) -> Result<(), A::Error> {
                    $( if key == stringify!($required) { fields.$required = Some(map.next_value()?); return Ok(()); } )*
                    $( if key == stringify!($optional) { fields.$optional = map.next_value()?; return Ok(()); } )*
                    map.next_value::<serde::de::IgnoredAny>().map(drop)
                }

                fn finish<E: serde::de::Error>(fields: Fields, data: $Data) -> Result<Self, E> {
                    Ok(Self {
                        data,
                        $( $required: fields.$required.ok_or_else(|| E::missing_field(stringify!($required)))?, )*
                        $( $optional: fields.$optional, )*
                    })
                }
            }

            impl<'de> serde::Deserialize<'de> for $Event {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    serde::de::DeserializeSeed::deserialize($crate::event::Reader::new($crate::event::Hint::None), deserializer)
                }
            }

            impl serde::Serialize for $Event {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    use serde::ser::SerializeMap;
                    let mut map = serializer.serialize_map(None)?;
                    map.serialize_entry($kind_key, self.data.kind())?;
                    match &self.data {
                        $( events!(@pattern $Data, data, $Variant $(, $ty)?) => events!(@write map, $data_key, data $(, $ty)?), )+
                        $Data::Unknown(event) => {
                            if let Some(data) = &event.data {
                                map.serialize_entry($data_key, data)?;
                            }
                        }
                    }
                    $( map.serialize_entry(stringify!($required), &self.$required)?; )*
                    $( if let Some(value) = &self.$optional { map.serialize_entry(stringify!($optional), value)?; } )*
                    map.end()
                }
            }
        };

        impl $crate::Payload for $Event {
            const KIND_FIELDS: &'static [&'static str] = &[$kind_key];

            fn parse(body: &[u8]) -> Result<Self, $crate::ParseError> {
                $crate::event::parse(body)
            }

            fn kind(&self) -> Option<&str> {
                Some(self.data.kind())
            }

            fn outcome(&self) -> $crate::Outcome {
                match self.data {
                    $Data::Unknown(_) => $crate::Outcome::Unknown,
                    _ => $crate::Outcome::Known,
                }
            }
        }
    };

    (@read $deserializer:ident, $Variant:ident, $ty:ty) => {
        <$ty as serde::Deserialize>::deserialize($deserializer).map(Self::$Variant)
    };
    (@read $deserializer:ident, $Variant:ident) => {
        <serde::de::IgnoredAny as serde::Deserialize>::deserialize($deserializer).map(|_| Self::$Variant)
    };
    (@absent $data_key:literal, $Variant:ident, $ty:ty) => { Err(E::missing_field($data_key)) };
    (@absent $data_key:literal, $Variant:ident) => { Ok(Self::$Variant) };
    (@pattern $Data:ident, $data:ident, $Variant:ident, $ty:ty) => { $Data::$Variant($data) };
    (@pattern $Data:ident, $data:ident, $Variant:ident) => { $Data::$Variant };
    (@write $map:ident, $data_key:literal, $data:ident, $ty:ty) => { $map.serialize_entry($data_key, $data)? };
    (@write $map:ident, $data_key:literal, $data:ident) => { () };
}

#[cfg(test)]
#[allow(unreachable_pub, dead_code, reason = "the macro is for public types")]
mod tests {
    use crate::Payload;

    events! {
        /// A test event.
        pub struct Event("a test event") {
            required {
                /// Id.
                id: u64,
            }
            optional {
                /// Note.
                note: String,
            }
        }
        /// Its data.
        pub enum EventData("type", "data") {
            /// A number.
            Number(u8) = "number",
            /// A text under either of two names.
            Text(String) = "text" | "string",
            /// Nothing.
            Ping = "ping",
        }
    }

    fn parse(body: &str) -> Event {
        let event = Event::parse(body.as_bytes()).unwrap();
        assert_eq!(event, serde_json::from_str(body).unwrap(), "parse and Deserialize differ: {body}");
        assert_eq!(
            event,
            serde_json::from_reader(body.as_bytes()).unwrap(),
            "parse and a reader differ: {body}"
        );
        assert_eq!(
            event,
            Event::parse(&serde_json::to_vec(&event).unwrap()).unwrap(),
            "does not round-trip: {body}"
        );
        event
    }

    #[test]
    fn either_order_and_between() {
        for body in [
            r#"{"type":"number","data":7,"id":1,"note":null}"#,
            r#"{"data":7,"type":"number","id":1}"#,
            r#"{"id":1,"data":7,"x":{"type":"text"},"type" : "number","y":[1]}"#,
            r#"{"data":7,"type":"\u006eumber","id":1}"#,
        ] {
            assert_eq!(parse(body).data, EventData::Number(7), "{body}");
        }
    }

    #[test]
    fn a_wrong_hint_changes_nothing() {
        // The last "type" of the text is not the envelope's.
        let event = parse(r#"{"data":"x","type":"text","id":1,"z":{"type":"number"}}"#);
        assert_eq!(event.data, EventData::Text("x".into()));
        let event = parse(r#"{"data":7,"type":"number","id":1,"z":{"type":"ping"}}"#);
        assert_eq!(event.data, EventData::Number(7));
        let event = parse(r#"{"data":7,"type":"new","id":1,"z":{"type":"number"}}"#);
        assert_eq!(event.kind(), Some("new"));
    }

    #[test]
    fn absent_data() {
        assert_eq!(parse(r#"{"type":"ping","id":1}"#).data, EventData::Ping);
        assert_eq!(parse(r#"{"type":"ping","data":{"a":1},"id":1}"#).data, EventData::Ping);
        let EventData::Unknown(unknown) = parse(r#"{"type":"new","id":1}"#).data else {
            panic!("not unknown")
        };
        assert_eq!(unknown.data, None);
        assert_eq!(Event::parse(br#"{"type":"number","id":1}"#).unwrap_err().path(), "data");
    }

    #[test]
    fn misfits_name_the_path_in_either_order() {
        let cases = [
            (r#"{"type":"number","data":"no","id":1}"#, "data", 28),
            (r#"{"data":"no","type":"number","id":1}"#, "data", 12),
            (r#"{"data":7,"type":"number"}"#, "id", 26),
            (r#"{"data":7,"id":1}"#, "type", 17),
            (r#"{"data":7,"type":5,"id":1}"#, "type", 18),
            (r"[]", "", 0),
        ];
        for (body, path, column) in cases {
            let error = Event::parse(body.as_bytes()).unwrap_err();
            assert!(error.is_data(), "{body}");
            assert_eq!((error.path(), error.column()), (path, column), "{body}: {error}");
        }
        assert!(Event::parse(br#"{"type":"number","data":7,"id":1"#).unwrap_err().is_syntax());
        assert!(Event::parse(br#"{"type":"number","data":7,"id":1} x"#).unwrap_err().is_syntax());
    }

    #[test]
    fn the_name_survives_a_misfit() {
        assert_eq!(Event::kind_of(br#"{"data":"no","type":"number"}"#).as_deref(), Some("number"));
        assert_eq!(Event::kind_of(b"no"), None);
    }
}
