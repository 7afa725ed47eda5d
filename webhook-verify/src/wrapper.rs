/// Makes a type around another one pass for it: `Deref`, `into_inner`, and a `Debug` that shows what the inner one shows.
///
/// For the adapters, whose extractors must be types of their own. Not part of the public API.
#[doc(hidden)]
#[macro_export]
macro_rules! __wrapper {
    ($Wrapper:ident $(<$P:ident>)? => $Inner:ty) => {
        impl $(<$P>)? $Wrapper $(<$P>)? {
            /// What is inside, owned.
            pub fn into_inner(self) -> $Inner {
                self.0
            }
        }

        impl $(<$P>)? ::std::ops::Deref for $Wrapper $(<$P>)? {
            type Target = $Inner;

            fn deref(&self) -> &$Inner {
                &self.0
            }
        }

        impl $(<$P>)? ::std::fmt::Debug for $Wrapper $(<$P>)?
        where
            $Inner: ::std::fmt::Debug,
        {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_tuple(stringify!($Wrapper)).field(&self.0).finish()
            }
        }
    };
}

/// The adapters' `Webhook<P>`, and how their `Signed<P>` becomes one. Not part of the public API.
#[doc(hidden)]
#[macro_export]
macro_rules! __webhook {
    ($(#[$doc:meta])* $Webhook:ident of $Signed:ident or $Rejection:ident) => {
        $(#[$doc])*
        #[non_exhaustive]
        pub struct $Webhook<P: $crate::Provider> {
            /// What happened.
            pub event: P::Event,
            /// The delivery's id, name and time of signing.
            pub delivery: $crate::webhook_core::Delivery,
            /// The body's bytes as they were received.
            pub body: ::bytes::Bytes,
            /// Which of the receiver's secrets matched.
            pub key: $crate::KeyId,
        }

        /// What the sender wrote is not shown: it belongs into no log.
        impl<P: $crate::Provider> ::std::fmt::Debug for $Webhook<P> {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($Webhook))
                    .field("provider", &self.delivery.provider)
                    .field("timestamp", &self.delivery.timestamp)
                    .field("key", &self.key)
                    .finish_non_exhaustive()
            }
        }

        impl<P: $crate::Provider> $Signed<P> {
            /// Reads the event, as the extractor [`Webhook`] does.
            ///
            /// # Errors
            ///
            /// [`Rejection::Unreadable`] when the body is not JSON or not of the event's shape.
            pub fn into_webhook(self) -> ::std::result::Result<$Webhook<P>, $Rejection> {
                let Self(received) = self;
                let event = received.parse().map_err(|error| $Rejection::report::<P>(error.into()))?;
                let (delivery, key) = (received.delivery_of(&event), received.key().clone());
                Ok($Webhook { event, delivery, key, body: received.into_body() })
            }
        }
    };
}
