use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use subtle::ConstantTimeEq;
use webhook_core::UnixTime;

use crate::identity::Origin;
use crate::received::Proof;
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
use crate::{BodyBuffer, Rejection};
use crate::{
    ConfigError, Headers, Identity, MAX_HANDSHAKE_BYTES, Pending, PendingToken, Provider, Received,
    Reception, Scheme, Secret, Secrets, Tolerance, Verifier, VerifyError, environment,
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
    shared: Arc<Shared>,
    provider: PhantomData<fn() -> P>,
}

/// What is behind a [`Receiver`]: one pointer, since axum clones the receiver out of its state for each request.
#[derive(Clone)]
pub(crate) struct Shared {
    verifier: Verifier,
    identity: Identity,
    origin: Origin,
    body_limit: usize,
    pub(crate) frozen_clock: Option<UnixTime>,
    pending_token: Arc<Mutex<Option<PendingToken>>>,
}

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
        Self::of(Shared {
            verifier,
            identity: P::IDENTITY,
            origin: Origin::default(),
            body_limit: P::BODY_LIMIT,
            frozen_clock: None,
            pending_token: Arc::default(),
        })
    }

    fn of(shared: Shared) -> Self {
        Self { shared: Arc::new(shared), provider: PhantomData }
    }

    /// This receiver, changed; its clones stay as they are, but for the secrets, which they share.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Shared)) -> Self {
        change(Arc::make_mut(&mut self.shared));
        self
    }

    /// A receiver like this one for one of many tenants, with secrets of its own. It shares what was made of the
    /// scheme.
    ///
    /// `name` tells the tenant's idempotency keys from the others': a tenant who has a secret can choose ids. A tenant's
    /// [`endpoint`](Self::endpoint)s are told apart too.
    ///
    /// # Errors
    ///
    /// As [`Verifier::with_secrets`].
    pub fn for_tenant(
        &self,
        name: impl Into<Arc<str>>,
        secrets: impl Into<Secrets>,
    ) -> Result<Self, ConfigError> {
        Ok(Self::of(Shared {
            verifier: self.shared.verifier.with_secrets(secrets)?,
            origin: Origin { tenant: Some(name.into()), ..self.shared.origin.clone() },
            pending_token: Arc::default(),
            ..Shared::clone(&self.shared)
        }))
    }

    /// Names the endpoint. Idempotency keys then tell it from the account's others, which get the same message
    /// under the same id.
    #[must_use]
    pub fn endpoint(self, name: impl Into<Arc<str>>) -> Self {
        self.with(|shared| shared.origin.endpoint = Some(name.into()))
    }

    /// Another identity than the provider's. See [`Identity`].
    #[must_use]
    pub fn identity(self, identity: Identity) -> Self {
        self.with(|shared| shared.identity = identity)
    }

    /// Another tolerance than the scheme's.
    #[must_use]
    pub fn tolerance(self, tolerance: Tolerance) -> Self {
        self.with(|shared| shared.verifier = shared.verifier.clone().tolerance(tolerance))
    }

    /// The largest body, in bytes, that an adapter reads for this receiver; without this the provider's
    /// [`BODY_LIMIT`](Provider::BODY_LIMIT).
    #[must_use]
    pub fn body_limit(self, bytes: usize) -> Self {
        self.with(|shared| shared.body_limit = bytes)
    }

    /// The limit in force, in bytes.
    pub fn max_body_bytes(&self) -> usize {
        self.shared.body_limit
    }

    /// The time by which an adapter judges requests: the system clock's, unless
    /// [`danger::freeze_clock`](crate::danger::freeze_clock) was used.
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    pub fn now(&self) -> UnixTime {
        self.shared.frozen_clock.unwrap_or_else(UnixTime::now)
    }

    /// The verifier inside.
    pub fn verifier(&self) -> &Verifier {
        &self.shared.verifier
    }

    /// Replaces all secrets, here and in every clone.
    ///
    /// # Errors
    ///
    /// As [`Verifier::replace`].
    pub fn replace(&self, secrets: impl Into<Secrets>) -> Result<(), ConfigError> {
        self.shared.verifier.replace(secrets)
    }

    /// Makes `secret` the current one, here and in every clone, and keeps the others behind it.
    ///
    /// # Errors
    ///
    /// As [`Verifier::rotate`].
    pub fn rotate(&self, secret: &Secret) -> Result<(), ConfigError> {
        self.shared.verifier.rotate(secret)
    }

    /// Verifies a whole request.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] says why it was refused. A set-up request that offers a token (Notion) is refused here like
    /// any other whose signature does not match; [`begin`](Self::begin) tells it apart.
    pub fn verify(
        &self,
        headers: &impl Headers,
        body: impl Into<Bytes>,
        now: UnixTime,
    ) -> Result<Received<P>, VerifyError> {
        let body = body.into();
        let verified = self.shared.verifier.verify(headers, &body, now)?;
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
        headers: &'a impl Headers,
        now: UnixTime,
    ) -> Result<Incoming<'a, P>, VerifyError> {
        let pending = match self.shared.verifier.begin(headers, now) {
            Ok(pending) => Ok(pending),
            // Without any secret the one request that may come is the one that offers it.
            Err(VerifyError::NotConfigured) if P::HANDSHAKE.is_some() => Err(VerifyError::NotConfigured),
            Err(error) => return Err(error),
        };
        Ok(Incoming { receiver: self, headers, pending, now })
    }

    /// Takes a request in by its head: judges its method, its headers, and then the Content-Length if there is one. What
    /// it gives is what verifies the body, and what collects it up to [`body_limit`](Self::body_limit).
    ///
    /// The clock is [`now`](Self::now).
    ///
    /// # Errors
    ///
    /// [`Rejection::MethodNotAllowed`], [`Rejection::Refused`] and [`Rejection::BodyTooLarge`]: the request's body need
    /// not be read then.
    ///
    /// # Examples
    ///
    /// A handler of a server for which there is no adapter:
    ///
    /// ```
    /// use bytes::Bytes;
    /// use http::Request;
    /// use webhook_verify::{Provider, Received, Receiver, Rejection};
    ///
    /// fn receive<P: Provider>(
    ///     receiver: &Receiver<P>,
    ///     request: Request<impl Iterator<Item = std::io::Result<Bytes>>>,
    /// ) -> Result<Received<P>, Rejection> {
    ///     let (head, body) = request.into_parts();
    ///     let (incoming, mut buffer) = receiver.admit(head.method.as_str(), &head.headers, None)?;
    ///     for chunk in body {
    ///         buffer.push(chunk.map_err(|_| Rejection::BodyIncomplete)?)?;
    ///     }
    ///     incoming.finish(buffer.finish())?.into_verified()
    /// }
    /// ```
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    pub fn admit<'a>(
        &'a self,
        method: &str,
        headers: &'a impl Headers,
        content_length: Option<u64>,
    ) -> Result<(Incoming<'a, P>, BodyBuffer), Rejection> {
        Rejection::check_method(method)?;
        let incoming = self.begin(headers, self.now())?;
        let buffer = match incoming.pending {
            Ok(_) => BodyBuffer::new(self.shared.body_limit),
            Err(error) => BodyBuffer::refusing(MAX_HANDSHAKE_BYTES.min(self.shared.body_limit), error),
        };
        buffer.check_declared(content_length.unwrap_or(0))?;
        Ok((incoming, buffer))
    }

    /// The token that the sender's last set-up request offered, if any came.
    ///
    /// Anyone who knows the URL can make such a request, and the next one replaces the token that waits here. So take
    /// it once, show it to a person, who gives it to the sender, and when the sender has accepted it,
    /// [`promote`](Self::promote) *that* value. After a restart, [`rotate`](Self::rotate) to a secret with the text that
    /// was shown.
    pub fn pending_token(&self) -> Option<PendingToken> {
        self.shared.pending_token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes an offered token the current secret, once the sender has confirmed it.
    ///
    /// # Errors
    ///
    /// As [`Verifier::rotate`].
    pub fn promote(&self, token: &PendingToken) -> Result<(), ConfigError> {
        self.rotate(&token.secret)?;
        let mut pending = self.shared.pending_token.lock().unwrap_or_else(PoisonError::into_inner);
        pending.take_if(|pending| pending.reveal().as_bytes().ct_eq(token.reveal().as_bytes()).into());
        Ok(())
    }

    fn received(&self, proof: Proof, body: Bytes) -> Received<P> {
        let scheme = self.shared.verifier.scheme();
        Received {
            body,
            proof,
            id_signed: scheme.covers_id(),
            body_signed: scheme.covers_body(),
            identity: self.shared.identity,
            origin: self.shared.origin.clone(),
            provider: PhantomData,
        }
    }

    /// The token that this body offers, if it is a set-up request signed with it.
    fn handshake(&self, headers: &dyn Headers, body: &[u8], now: UnixTime) -> Option<PendingToken> {
        let offered = P::HANDSHAKE.filter(|_| body.len() <= MAX_HANDSHAKE_BYTES)?(body)?;
        // It will be shown to a person.
        if !offered.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let secret = Secret::new(offered).ok()?;
        let offered = Verifier::new(*self.shared.verifier.scheme(), secret.clone()).ok()?;
        match offered.verify(&headers, body, now) {
            Ok(_) => {}
            // Senders are said to leave the signature out; that can matter only while nothing else is trusted.
            Err(VerifyError::MissingHeader(_)) if !self.shared.verifier.is_configured() => {}
            Err(_) => return None,
        }
        let token = PendingToken { secret };
        *self.shared.pending_token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Some(token)
    }
}

impl<P> Clone for Receiver<P> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), provider: PhantomData }
    }
}

impl<P: Provider> fmt::Debug for Receiver<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("provider", &P::NAME)
            .field("tenant", &self.shared.origin.tenant)
            .field("endpoint", &self.shared.origin.endpoint)
            .field("verifier", &self.shared.verifier)
            .finish_non_exhaustive()
    }
}

/// A request to a [`Receiver`] whose headers are in order and whose body is still to come.
#[must_use = "nothing is verified until it is finished"]
pub struct Incoming<'a, P> {
    receiver: &'a Receiver<P>,
    headers: &'a dyn Headers,
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
