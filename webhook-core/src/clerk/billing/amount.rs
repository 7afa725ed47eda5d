use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::RawJson;

/// An amount of money in any of the spellings that Clerk uses: an object, a bare integer, or something new.
///
/// Nothing about it makes an event unreadable: what is neither of the first two is kept raw.
///
/// Sources: [`BillingSubscriptionItemWebhookEventJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
/// of Clerk's SDK, which has both, and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
///
/// # Examples
///
/// ```
/// use webhook_core::clerk::Amount;
///
/// let bare: Amount = serde_json::from_str("2500")?;
/// let money: Amount = serde_json::from_str(r#"{"amount": 2500, "currency": "USD"}"#)?;
/// assert_eq!(bare.minor_units(), Some(2500));
/// assert_eq!((money.minor_units(), money.currency()), (Some(2500), Some("USD")));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Amount {
    /// A bare integer in minor units (cents); the currency, if any, stands beside it.
    Minor(i64),
    /// An object with its currency.
    Money(Box<Money>),
    /// Something else, as Clerk wrote it.
    Other(RawJson),
}

impl Amount {
    /// The amount in minor units (cents), when it is an integer.
    pub fn minor_units(&self) -> Option<i64> {
        match self {
            Self::Minor(amount) => Some(*amount),
            Self::Money(money) => money.amount,
            Self::Other(_) => None,
        }
    }

    /// The currency's code such as `USD`, when it is told here.
    pub fn currency(&self) -> Option<&str> {
        match self {
            Self::Money(money) => money.currency.as_deref(),
            Self::Minor(_) | Self::Other(_) => None,
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Minor(amount) => amount.serialize(serializer),
            Self::Money(money) => money.serialize(serializer),
            Self::Other(raw) => raw.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawJson::deserialize(deserializer)?;
        let text = raw.as_str();
        Ok(match text.parse() {
            // A text that another integer would print (`-0`) stays as it is.
            Ok(amount) if i64::to_string(&amount) == text => Self::Minor(amount),
            _ => match raw.parse() {
                Ok(money) => Self::Money(Box::new(money)),
                Err(_) => Self::Other(raw),
            },
        })
    }
}

open_object! {
    /// An amount of money with its currency.
    ///
    /// Sources: [`BillingMoneyAmountJSON`](https://github.com/clerk/javascript/blob/main/packages/backend/src/api/resources/JSON.ts)
    /// of Clerk's SDK and the [webhook specification](https://github.com/clerk/openapi-specs/blob/main/webhooks/2025-04-15.yml).
    pub struct Money("an amount of money") {
        required {}
        nullable {}
        optional {
            /// The amount in minor units (cents).
            amount: i64 = "amount",
            /// The amount in major units, to be shown, such as `25.00`.
            amount_formatted: String = "amount_formatted",
            /// The currency's code, such as `USD`.
            currency: String = "currency",
            /// The currency's symbol, such as `$`.
            currency_symbol: String = "currency_symbol",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_keeps_its_digits() {
        let cases = [
            ("0", Some(0)),
            ("-2500", Some(-2500)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("25.00", None),
            ("-0", None),
            ("1e3", None),
            ("\"25.00\"", None),
            ("[1]", None),
            (r#"{"amount":7,"rate":1.50}"#, Some(7)),
            (r#"{"amount":7.50}"#, None),
        ];
        for (text, minor) in cases {
            let amount: Amount = serde_json::from_str(text).unwrap();
            assert_eq!(amount.minor_units(), minor, "{text}");
            assert_eq!(serde_json::to_string(&amount).unwrap(), text);
        }
    }
}
