//! Which hook a body calls, told from its text, so that it is parsed once and as the right one.

use super::{
    AFTER_USER_CREATED, BEFORE_USER_CREATED, CUSTOM_ACCESS_TOKEN, MFA_VERIFICATION, PASSWORD_VERIFICATION,
    SEND_EMAIL, SEND_SMS,
};
use crate::scan::{Cursor, unescape};

/// How far [`identify`] looks.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Scan {
    /// To the first name. The server writes the metadata first, so this hardly ever goes far.
    UntilNamed,
    Whole,
}

/// The name of the hook that `text` calls. Servers before February 2026 send no metadata; there the fields tell.
pub(super) fn identify(text: &str, scan: Scan) -> Option<String> {
    let mut name = None;
    let mut has = Fields::default();
    let mut body = Cursor::new(text);
    while let Some(key) = body.key() {
        let value = body.value();
        let there = value != "null";
        match &*unescape(key) {
            b"metadata" => {
                name = hook_name(value);
                if name.is_some() && scan == Scan::UntilNamed {
                    return name;
                }
            }
            b"claims" | b"authentication_method" => has.claims |= there,
            b"sms" => has.sms = there,
            b"email_data" => has.email_data = there,
            b"factor_id" => has.factor_id = there,
            b"valid" => has.valid = there,
            b"user" => has.user = there.then_some(value),
            _ => {}
        }
    }
    name.or_else(|| has.hook().map(str::to_owned))
}

fn hook_name(metadata: &str) -> Option<String> {
    let name = member(metadata, b"name").filter(|name| name.starts_with('"'))?;
    Some(String::from_utf8_lossy(&unescape(name)).into_owned())
}

/// The value of the member `key` of an object; of repeated keys the last one counts.
fn member<'t>(object: &'t str, key: &[u8]) -> Option<&'t str> {
    let mut value = None;
    let mut object = Cursor::new(object);
    while let Some(found) = object.key() {
        let next = object.value();
        if &*unescape(found) == key {
            value = Some(next);
        }
    }
    value
}

#[derive(Default)]
struct Fields<'t> {
    claims: bool,
    sms: bool,
    email_data: bool,
    factor_id: bool,
    valid: bool,
    user: Option<&'t str>,
}

impl Fields<'_> {
    fn hook(&self) -> Option<&'static str> {
        if self.claims {
            Some(CUSTOM_ACCESS_TOKEN)
        } else if self.email_data {
            Some(SEND_EMAIL)
        } else if self.sms {
            Some(SEND_SMS)
        } else if self.factor_id {
            Some(MFA_VERIFICATION)
        } else if self.valid {
            Some(PASSWORD_VERIFICATION)
        } else {
            // A user that is not stored yet has no time of creation.
            let created = member(self.user?, b"created_at").unwrap_or_default();
            if created.starts_with("\"0001-01-01") {
                return Some(BEFORE_USER_CREATED);
            }
            Some(AFTER_USER_CREATED)
        }
    }
}
