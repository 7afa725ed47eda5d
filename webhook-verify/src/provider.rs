use webhook_core::Payload;

use crate::Scheme;

/// A sender of webhooks, as data: how it signs, what identifies an event, what it sends.
///
/// The senders of this library stand in [`providers`](crate::providers). One of your own, or a second account of
/// one of them, is a unit struct and these few lines:
///
/// ```
/// use webhook_core::{Payload, RawJson};
/// use webhook_verify::Part::{Body, Text, Timestamp};
/// use webhook_verify::{Encoding, Identity, Place, Provider, Receiver, Scheme, Secret};
///
/// struct Shop;
///
/// impl Provider for Shop {
///     const NAME: &'static str = "shop";
///     const SECRET_ENV: &'static [&'static str] = &["SHOP_WEBHOOK_SECRET"];
///     const SCHEME: Scheme = Scheme::hmac_sha256("x-shop-signature", Encoding::Hex)
///         .list(',', '=', "v1")
///         .timestamp(Place::Field("t"))
///         .signed(&[Timestamp, Text("."), Body]);
///     const IDENTITY: Identity = Identity::Field("order.id");
///     type Event = RawJson; // or a type of yours with `impl Payload for Order {}`
/// }
///
/// let receiver = Receiver::<Shop>::new(Secret::new("s3cr3t")?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Provider: 'static {
    /// The provider's stable name: lower case, words joined by `-`.
    const NAME: &'static str;

    /// The environment variables that may hold the secret, in the order in which they are looked for. Each has a
    /// sibling `<NAME>_PREVIOUS` for the secret that it replaced.
    const SECRET_ENV: &'static [&'static str];

    /// How requests are signed, unless the receiver is made with another scheme.
    const SCHEME: Scheme;

    /// All ways in which this provider is really met, by name; the first is the default. Empty when there is one.
    ///
    /// Which one a sender uses is configuration. It is never guessed from a request.
    const VARIANTS: &'static [Variant] = &[];

    /// What tells that two deliveries are the same event.
    const IDENTITY: Identity = Identity::None;

    /// The token offered by a set-up request that is signed with that token itself (Notion), if this body is one.
    #[expect(
        clippy::type_complexity,
        reason = "a function from a body to a token reads no better under a name"
    )]
    const HANDSHAKE: Option<fn(&[u8]) -> Option<String>> = None;

    /// The largest body that an adapter reads unless the receiver says otherwise, in bytes.
    const BODY_LIMIT: usize = 4 * 1024 * 1024;

    /// What the body is read into.
    type Event: Payload + Send;
}

/// A named way in which a provider signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Variant {
    /// The variant's stable name: lower case, words joined by `-`.
    pub name: &'static str,
    /// How it signs.
    pub scheme: Scheme,
}

impl Variant {
    /// A variant by its name and scheme.
    pub const fn new(name: &'static str, scheme: Scheme) -> Self {
        Self { name, scheme }
    }
}

/// What tells that two deliveries are the same event.
///
/// From it comes the [`IdempotencyKey`](webhook_core::IdempotencyKey). Paths name keys of the body, separated by
/// full stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Identity {
    /// Nothing: equal bodies may be separate events.
    None,
    /// The id in the header that the scheme names. Where the signature does not cover it
    /// ([`Scheme::covers_id`], [`Delivery::id_signed`](webhook_core::Delivery::id_signed)), whoever replays a request
    /// can give it another.
    Id,
    /// A field of the body: a string that is not empty, or a number.
    Field(&'static str),
    /// Several fields of the body together, as JSON. When a required one is absent or null, nothing identifies the
    /// event.
    Fields {
        /// Fields that every event has.
        required: &'static [&'static str],
        /// Fields that tell events apart when they are there.
        optional: &'static [&'static str],
    },
    /// The digest of the body without these top-level fields. An opt-in for senders without any identity: two
    /// honest events that are equal in everything else become one, so remember such keys only for minutes.
    DigestWithout(&'static [&'static str]),
}
