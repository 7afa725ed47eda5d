use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use webhook_core::{Delivery, IdempotencyKey, ParseError, Payload, UnixTime};

use crate::{
    ConfigError, Identity, KeyId, Pending, Provider, Rejection, Scheme, Secret, Secrets, Tolerance, Verified,
    Verifier, VerifyError, identity,
};

/// Receives the webhooks of one account of a [`Provider`]: verifies them and gives typed events.
///
/// Clones share everything, so one made at start can be handed to every handler.
///
/// # Examples
///
/// ```
/// use http::HeaderMap;
/// use webhook_verify::providers::Supabase;
/// use webhook_verify::{Receiver, Secret, UnixTime};
///
/// let receiver = Receiver::<Supabase>::new(Secret::new("supabase-shared-secret-1")?)?;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("x-webhook-signature", "supabase-shared-secret-1".parse()?);
/// let body = r#"{"type": "INSERT", "table": "drugs", "record": {"id": 7}, "schema": "public", "old_record": null}"#;
///
/// let received = receiver.verify(&headers, body, UnixTime::now())?;
/// let event = received.parse()?;
/// assert_eq!(event.table, "drugs");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Receiver<P> {
    verifier: Verifier,
    identity: Identity,
    endpoint: Option<Arc<str>>,
    body_limit: usize,
    pub(crate) frozen_clock: Option<UnixTime>,
    pending_token: Arc<Mutex<Option<PendingToken>>>,
    provider: PhantomData<fn() -> P>,
}

/// Largest body that an adapter reads unless the receiver says otherwise, in bytes. A Supabase UPDATE carries the
/// row twice, with columns of any size.
pub(crate) const DEFAULT_BODY_LIMIT: usize = 4 * 1024 * 1024;

impl<P: Provider> Receiver<P> {
    /// A receiver with these secrets, the current one first.
    ///
    /// # Errors
    ///
    /// As [`Verifier::new`].
    pub fn new(secrets: impl Into<Secrets>) -> Result<Self, ConfigError> {
        Self::with_scheme(P::SCHEME, secrets)
    }

    /// A receiver for another variant of the provider than the default one.
    ///
    /// ```
    /// use webhook_verify::providers::{Supabase, supabase};
    /// use webhook_verify::{Receiver, Secret};
    ///
    /// let receiver = Receiver::<Supabase>::with_scheme(supabase::HMAC_HEX, Secret::new("s3cr3t")?)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Verifier::new`].
    pub fn with_scheme(scheme: Scheme, secrets: impl Into<Secrets>) -> Result<Self, ConfigError> {
        Ok(Self::from_verifier(Verifier::new(scheme, secrets)?))
    }

    /// A receiver with the secret in the environment: the first of [`Provider::SECRET_ENV`] that is set, and behind
    /// it, while a secret is being rotated, the one in `<NAME>_PREVIOUS`.
    ///
    /// The secrets get the variables' names as labels.
    ///
    /// # Errors
    ///
    /// [`ConfigError::MissingVariable`] when none is set, [`ConfigError::Variable`] when one is wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_env_with(P::SCHEME)
    }

    /// As [`from_env`](Self::from_env), for another variant of the provider.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    pub fn from_env_with(scheme: Scheme) -> Result<Self, ConfigError> {
        let secrets = environment::secrets::<P>(&scheme, |name| std::env::var_os(name))?;
        Self::with_scheme(scheme, secrets)
    }

    /// A receiver without a secret, for a sender that tells its secret only later, such as Notion. It refuses
    /// everything with [`VerifyError::NotConfigured`] until it gets one by [`replace`](Self::replace) or
    /// [`promote`](Self::promote).
    ///
    /// # Errors
    ///
    /// [`ConfigError::Scheme`] when the provider's scheme contradicts itself.
    pub fn unconfigured() -> Result<Self, ConfigError> {
        Verifier::without_secret(P::SCHEME).map(Self::from_verifier)
    }

    fn from_verifier(verifier: Verifier) -> Self {
        Self {
            verifier,
            identity: P::IDENTITY,
            endpoint: None,
            body_limit: DEFAULT_BODY_LIMIT,
            frozen_clock: None,
            pending_token: Arc::default(),
            provider: PhantomData,
        }
    }

    /// A receiver like this one with secrets of its own, as for each of many tenants.
    ///
    /// # Errors
    ///
    /// As [`Verifier::with_secrets`].
    pub fn with_secrets(&self, secrets: impl Into<Secrets>) -> Result<Self, ConfigError> {
        let verifier = self.verifier.with_secrets(secrets)?;
        Ok(Self { verifier, pending_token: Arc::default(), ..self.clone() })
    }

    /// Names the endpoint. Idempotency keys then tell it from the account's others, which get the same message
    /// under the same id.
    #[must_use]
    pub fn endpoint(mut self, name: impl Into<Arc<str>>) -> Self {
        self.endpoint = Some(name.into());
        self
    }

    /// Another identity than the provider's. See [`Identity`].
    #[must_use]
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identity = identity;
        self
    }

    /// Another tolerance than the scheme's.
    #[must_use]
    pub fn tolerance(mut self, tolerance: Tolerance) -> Self {
        self.verifier = self.verifier.tolerance(tolerance);
        self
    }

    /// The largest body, in bytes, that an adapter reads for this receiver; 4 MiB without this.
    #[must_use]
    pub const fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// The limit in force, in bytes.
    pub const fn max_body_bytes(&self) -> usize {
        self.body_limit
    }

    /// The time by which an adapter judges requests: the system clock's, unless
    /// [`danger::freeze_clock`](crate::danger::freeze_clock) was used.
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    pub fn now(&self) -> UnixTime {
        self.frozen_clock.unwrap_or_else(UnixTime::now)
    }

    /// The verifier inside.
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Replaces all secrets, here and in every clone.
    ///
    /// # Errors
    ///
    /// As [`Verifier::replace`].
    pub fn replace(&self, secrets: impl Into<Secrets>) -> Result<(), ConfigError> {
        self.verifier.replace(secrets)
    }

    /// Makes `secret` the current one, here and in every clone, and keeps the others behind it.
    ///
    /// # Errors
    ///
    /// As [`Verifier::rotate`].
    pub fn rotate(&self, secret: &Secret) -> Result<(), ConfigError> {
        self.verifier.rotate(secret)
    }

    /// Verifies a whole request.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] says why it was refused. A set-up request that offers a token (Notion) is refused here like
    /// any other whose signature does not match; [`begin`](Self::begin) tells it apart.
    pub fn verify(
        &self,
        headers: &HeaderMap,
        body: impl Into<Bytes>,
        now: UnixTime,
    ) -> Result<Received<P>, VerifyError> {
        let body = body.into();
        let verified = self.verifier.verify(headers, &body, now)?;
        let proof = Proof::of(&verified);
        Ok(self.received(proof, body))
    }

    /// Judges the headers, before the body is read.
    ///
    /// # Errors
    ///
    /// As [`Verifier::begin`].
    pub fn begin<'a>(
        &'a self,
        headers: &'a HeaderMap,
        now: UnixTime,
    ) -> Result<Incoming<'a, P>, VerifyError> {
        let pending = match self.verifier.begin(headers, now) {
            Ok(pending) => Ok(pending),
            // Without any secret the one request that may come is the one that offers it.
            Err(VerifyError::NotConfigured) if P::HANDSHAKE.is_some() => Err(VerifyError::NotConfigured),
            Err(error) => return Err(error),
        };
        Ok(Incoming { receiver: self, headers, pending, now })
    }

    /// The token that the sender's last set-up request offered, if any came.
    ///
    /// Anyone who knows the URL can make such a request. Show the token to a person, who gives it to the sender;
    /// when the sender has accepted it, [`promote`](Self::promote) it.
    pub fn pending_token(&self) -> Option<PendingToken> {
        self.pending_token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes an offered token the current secret, once the sender has confirmed it.
    ///
    /// # Errors
    ///
    /// As [`Verifier::rotate`].
    pub fn promote(&self, token: &PendingToken) -> Result<(), ConfigError> {
        self.rotate(&token.secret)?;
        let mut pending = self.pending_token.lock().unwrap_or_else(PoisonError::into_inner);
        pending.take_if(|pending| pending.reveal() == token.reveal());
        Ok(())
    }

    fn received(&self, proof: Proof, body: Bytes) -> Received<P> {
        let scheme = self.verifier.scheme();
        Received {
            body,
            proof,
            id_signed: scheme.covers_id(),
            body_signed: scheme.covers_body(),
            identity: self.identity,
            endpoint: self.endpoint.clone(),
            provider: PhantomData,
        }
    }

    /// The token that this body offers, if it is a set-up request signed with it.
    fn handshake(&self, headers: &HeaderMap, body: &[u8], now: UnixTime) -> Option<PendingToken> {
        let secret = Secret::new(P::HANDSHAKE?(body)?).ok()?;
        let offered = Verifier::new(*self.verifier.scheme(), secret.clone()).ok()?;
        match offered.verify(headers, body, now) {
            Ok(_) => {}
            // Senders are said to leave the signature out; that can matter only while nothing else is trusted.
            Err(VerifyError::MissingHeader(_)) if !self.verifier.is_configured() => {}
            Err(_) => return None,
        }
        let token = PendingToken { secret };
        *self.pending_token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Some(token)
    }
}

impl<P> Clone for Receiver<P> {
    fn clone(&self) -> Self {
        Self {
            verifier: self.verifier.clone(),
            identity: self.identity,
            endpoint: self.endpoint.clone(),
            body_limit: self.body_limit,
            frozen_clock: self.frozen_clock,
            pending_token: Arc::clone(&self.pending_token),
            provider: PhantomData,
        }
    }
}

impl<P: Provider> fmt::Debug for Receiver<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("provider", &P::NAME)
            .field("endpoint", &self.endpoint)
            .field("verifier", &self.verifier)
            .finish_non_exhaustive()
    }
}

/// A request to a [`Receiver`] whose headers are in order and whose body is still to come.
#[must_use = "nothing is verified until it is finished"]
pub struct Incoming<'a, P> {
    receiver: &'a Receiver<P>,
    headers: &'a HeaderMap,
    pending: Result<Pending<'a>, VerifyError>,
    now: UnixTime,
}

impl<P: Provider> Incoming<'_, P> {
    /// Verifies the body, without copying it.
    ///
    /// # Errors
    ///
    /// [`VerifyError::SignatureMismatch`], or [`VerifyError::NotConfigured`] when the receiver has no secret and the
    /// body offers none.
    pub fn finish(self, body: Bytes) -> Result<Reception<P>, VerifyError> {
        let error = match self.pending {
            Ok(pending) => match pending.finish(&body) {
                Ok(verified) => {
                    let proof = Proof::of(&verified);
                    return Ok(Reception::Verified(self.receiver.received(proof, body)));
                }
                Err(error) => error,
            },
            Err(error) => error,
        };
        self.receiver.handshake(self.headers, &body, self.now).map(Reception::Handshake).ok_or(error)
    }
}

impl<P: Provider> fmt::Debug for Incoming<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("provider", &P::NAME).finish_non_exhaustive()
    }
}

/// What a request turned out to be.
#[derive(Debug)]
#[must_use]
pub enum Reception<P: Provider> {
    /// Authentic.
    Verified(Received<P>),
    /// A set-up request: it offers a token and is signed with just that token, which proves nothing about who sent
    /// it. The receiver keeps the token as [`pending_token`](Receiver::pending_token). Answer with a 2xx.
    Handshake(PendingToken),
}

impl<P: Provider> Reception<P> {
    /// The request if it is authentic, for a handler that answers a set-up request as [`Rejection`] does.
    ///
    /// # Errors
    ///
    /// [`Rejection::HandshakePending`].
    pub fn into_verified(self) -> Result<Received<P>, Rejection> {
        match self {
            Self::Verified(received) => Ok(received),
            Self::Handshake(_) => Err(Rejection::HandshakePending),
        }
    }
}

/// A token that a set-up request offered and that nobody has confirmed.
#[derive(Clone)]
pub struct PendingToken {
    secret: Secret,
}

impl PendingToken {
    /// The token, to be shown to the person who sets the sender up. It becomes a secret: keep it out of logs.
    pub fn reveal(&self) -> &str {
        self.secret.reveal()
    }
}

impl fmt::Debug for PendingToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PendingToken(..)")
    }
}

/// An authentic request, owned.
#[must_use]
pub struct Received<P> {
    body: Bytes,
    proof: Proof,
    id_signed: bool,
    body_signed: bool,
    identity: Identity,
    endpoint: Option<Arc<str>>,
    provider: PhantomData<fn() -> P>,
}

/// What is left of a [`Verified`] without its borrows.
#[derive(Debug, Clone)]
struct Proof {
    id: Option<HeaderValue>,
    timestamp: Option<UnixTime>,
    key: KeyId,
}

impl Proof {
    fn of(verified: &Verified<'_>) -> Self {
        Self { id: verified.id.cloned(), timestamp: verified.timestamp, key: verified.key.clone() }
    }
}

impl<P: Provider> Received<P> {
    /// The proof, to hand to code that asks for one.
    pub fn verified(&self) -> Verified<'_> {
        let Proof { id, timestamp, key } = &self.proof;
        Verified { body: &self.body, id: id.as_ref(), timestamp: *timestamp, key: key.clone() }
    }

    /// The body's bytes as they were received.
    pub const fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body alone. The proof is gone then.
    pub fn into_body(self) -> Bytes {
        self.body
    }

    /// The message's id from its header, as [`Verified::id`].
    pub fn id(&self) -> Option<&str> {
        self.proof.id.as_ref().and_then(|id| std::str::from_utf8(id.as_bytes()).ok())
    }

    /// When this attempt was signed, as [`Verified::timestamp`].
    pub const fn timestamp(&self) -> Option<UnixTime> {
        self.proof.timestamp
    }

    /// Which of the receiver's secrets matched.
    pub const fn key(&self) -> &KeyId {
        &self.proof.key
    }

    /// Reads the body into the provider's event.
    ///
    /// # Errors
    ///
    /// [`ParseError`] when the body is not JSON or not of that shape; the request is authentic all the same.
    pub fn parse(&self) -> Result<P::Event, ParseError> {
        P::Event::parse(&self.body)
    }

    /// What is known about the delivery. Finding the event's name, and an id in the body, reads the body once more.
    pub fn delivery(&self) -> Delivery {
        self.delivery_named(P::Event::kind_of(&self.body))
    }

    /// As [`delivery`](Self::delivery), with the name taken from the event that [`parse`](Self::parse) has read.
    pub fn delivery_of(&self, event: &P::Event) -> Delivery {
        self.delivery_named(event.kind().map(str::to_owned).or_else(|| P::Event::kind_of(&self.body)))
    }

    fn delivery_named(&self, kind: Option<String>) -> Delivery {
        let mut delivery = delivery::<P>(self.id(), &self.body, kind);
        delivery.id_signed = delivery.id.is_some()
            && if delivery.id.as_deref() == self.id() { self.id_signed } else { self.body_signed };
        delivery.timestamp = self.timestamp();
        delivery
    }

    /// A text that is equal for two deliveries exactly when they are the same event, or `None` when the sender says
    /// nothing about that. See [`Identity`].
    pub fn idempotency_key(&self) -> Option<IdempotencyKey> {
        let identity = identity::of(self.identity, self.id(), &self.body)?;
        let (separator, endpoint) = self.endpoint.as_deref().map_or(("", ""), |endpoint| ("/", endpoint));
        Some(IdempotencyKey::new(format!("{}{separator}{endpoint}:{identity}", P::NAME)))
    }
}

impl<P> Clone for Received<P> {
    fn clone(&self) -> Self {
        Self {
            body: self.body.clone(),
            proof: self.proof.clone(),
            id_signed: self.id_signed,
            body_signed: self.body_signed,
            identity: self.identity,
            endpoint: self.endpoint.clone(),
            provider: PhantomData,
        }
    }
}

impl<P: Provider> fmt::Debug for Received<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("provider", &P::NAME)
            .field("bytes", &self.body.len())
            .field("key", &self.proof.key)
            .finish_non_exhaustive()
    }
}

pub(crate) fn delivery<P: Provider>(header_id: Option<&str>, body: &[u8], kind: Option<String>) -> Delivery {
    let mut delivery = Delivery::new(P::NAME);
    let in_body = match P::IDENTITY {
        Identity::Field(path) => identity::field(body, path).map(Cow::into_owned),
        _ => None,
    };
    delivery.id = in_body.or_else(|| header_id.map(str::to_owned));
    delivery.kind = kind;
    delivery
}

mod environment {
    use std::ffi::OsString;

    use crate::{ConfigError, Provider, Scheme, Secret, SecretError, Secrets};

    pub(super) fn secrets<P: Provider>(
        scheme: &Scheme,
        lookup: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Secrets, ConfigError> {
        let missing = ConfigError::MissingVariable { names: P::SECRET_ENV };
        let (name, value) =
            P::SECRET_ENV.iter().find_map(|name| lookup(name).map(|value| (*name, value))).ok_or(missing)?;
        let mut secrets = read(scheme, name, value, false)?;
        let previous = lookup(&format!("{name}_PREVIOUS")).filter(|value| !value.is_empty());
        if let Some(value) = previous {
            secrets.extend(read(scheme, name, value, true)?);
        }
        Ok(secrets)
    }

    fn read(
        scheme: &Scheme,
        name: &'static str,
        value: OsString,
        previous: bool,
    ) -> Result<Secrets, ConfigError> {
        let text =
            zeroize::Zeroizing::new(value.into_string().map_err(|_| ConfigError::NotUnicode { name })?);
        let wrong = |error: SecretError| ConfigError::Variable { name, previous, error };
        let secrets = match scheme.secret_separator {
            Some(separator) => Secrets::split(&text, separator).map_err(wrong)?,
            None => Secret::new(text.as_str()).map_err(wrong)?.into(),
        };
        let label = format!("{name}{}", if previous { "_PREVIOUS" } else { "" });
        let labelled: Vec<Secret> =
            secrets.as_slice().iter().map(|secret| secret.clone().label(label.as_str())).collect();
        for secret in &labelled {
            secret.material(scheme).map_err(wrong)?;
        }
        Ok(labelled.into())
    }

    #[cfg(all(test, feature = "providers"))]
    mod tests {
        #![allow(clippy::unwrap_used, reason = "a test's helper")]

        use super::*;
        use crate::providers::{Clerk, Supabase, SupabaseAuth};

        const A: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        const B: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

        fn labels<P: Provider>(variables: &[(&str, &str)]) -> Result<Vec<String>, ConfigError> {
            let secrets = secrets::<P>(&P::SCHEME, |name| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
            })?;
            Ok(secrets.as_slice().iter().map(|secret| secret.take_label().unwrap().to_string()).collect())
        }

        #[test]
        fn the_first_variable_that_is_set_counts() {
            let [first, second, ..] = Clerk::SECRET_ENV else { panic!("two names") };
            assert_eq!(labels::<Clerk>(&[(second, A)]).unwrap(), [*second]);
            assert_eq!(labels::<Clerk>(&[(second, A), (first, B)]).unwrap(), [*first]);
            assert_eq!(labels::<Clerk>(&[]), Err(ConfigError::MissingVariable { names: Clerk::SECRET_ENV }));
        }

        #[test]
        fn the_previous_secret_comes_second() {
            let name = Clerk::SECRET_ENV[0];
            let previous = format!("{name}_PREVIOUS");
            assert_eq!(labels::<Clerk>(&[(name, A), (&previous, B)]).unwrap(), [name, &previous]);
            assert_eq!(labels::<Clerk>(&[(name, A), (&previous, "")]).unwrap(), [name]);
            let wrong = ConfigError::Variable { name, previous: true, error: SecretError::Quoted };
            assert_eq!(labels::<Clerk>(&[(name, A), (&previous, "'x'")]), Err(wrong));
            assert_eq!(
                wrong.to_string(),
                format!("environment variable {previous}: the secret stands in quotes")
            );
        }

        #[test]
        fn a_variable_that_is_set_wrongly_is_an_error() {
            let name = <Supabase>::SECRET_ENV[0];
            let wrong = |error| Err(ConfigError::Variable { name, previous: false, error });
            assert_eq!(labels::<Supabase>(&[(name, "")]), wrong(SecretError::Empty));
            assert_eq!(labels::<Supabase>(&[(name, "x\n")]), wrong(SecretError::SurroundingWhitespace));
        }

        #[test]
        fn several_secrets_in_one_variable() {
            let name = SupabaseAuth::SECRET_ENV[0];
            assert_eq!(labels::<SupabaseAuth>(&[(name, &format!("v1,{A}|v1,{B}"))]).unwrap(), [name, name]);
            assert_eq!(
                labels::<SupabaseAuth>(&[(name, &format!("v1,{A}|"))]),
                Err(ConfigError::Variable { name, previous: false, error: SecretError::Empty })
            );
        }
    }
}
