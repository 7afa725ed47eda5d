use std::collections::BTreeMap;
use std::fmt;

use crate::RawJson;

/// Members of an object that the model does not know, kept as the sender wrote them.
///
/// Hand-written triggers, automation tools and newer senders add members of their own. They cost nothing while
/// there are none. `Debug` shows their names only, for nobody knows what is in them.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "supabase")] {
/// use webhook_core::{Payload, supabase};
///
/// let body = br#"{"env": "LOCAL", "type": "TRUNCATE", "table": "todos", "schema": "public"}"#;
/// let event: supabase::Event = supabase::Event::parse(body).unwrap();
/// assert_eq!(event.extra.get("env").unwrap().as_str(), "\"LOCAL\"");
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ExtraFields(BTreeMap<Box<str>, RawJson>);

impl ExtraFields {
    /// The value of the member `name`.
    pub fn get(&self, name: &str) -> Option<&RawJson> {
        self.0.get(name)
    }

    /// Adds a member, or replaces the one of that name.
    ///
    /// A member that the type has a field for is to be set there, or it would be written twice.
    pub fn insert(&mut self, name: impl Into<Box<str>>, value: RawJson) {
        self.0.insert(name.into(), value);
    }

    /// Takes the member `name` out.
    pub fn remove(&mut self, name: &str) -> Option<RawJson> {
        self.0.remove(name)
    }

    /// Reads the member `name` from `raw`, or keeps it here when it does not fit. Of repeated names the last one counts.
    #[cfg(any(feature = "chatterwise", feature = "standard-webhooks", test))]
    pub(crate) fn or_misfit<T: serde::de::DeserializeOwned>(
        &mut self,
        name: &str,
        raw: RawJson,
    ) -> Option<T> {
        if let Ok(value) = serde_json::from_str(raw.as_str()) {
            self.remove(name);
            return value;
        }
        self.insert(name, raw);
        None
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All members, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &RawJson)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }
}

impl fmt::Debug for ExtraFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
