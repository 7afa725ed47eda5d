/// The adapters' `Accepted<P>`, and how a request becomes one. Not part of the public API.
#[doc(hidden)]
#[macro_export]
macro_rules! __accepted {
    ($(#[$doc:meta])* $Accepted:ident of $Signed:ident or $Rejection:ident) => {
        $(#[$doc])*
        #[non_exhaustive]
        pub struct $Accepted<P> {
            /// Whether it is new, and the answer.
            pub stored: $crate::Stored,
            /// The verified request.
            pub received: $crate::webhook_verify::Received<P>,
        }

        impl<P: $crate::webhook_verify::Provider> $Accepted<P> {
            /// Stores a request that was verified with a receiver of the handler's choice.
            ///
            /// # Errors
            ///
            /// [`Rejection::NotStored`](webhook_verify::Rejection::NotStored).
            pub async fn store(
                inbox: &$crate::Inbox,
                signed: $Signed<P>,
            ) -> ::std::result::Result<Self, $Rejection> {
                let received = signed.into_inner();
                match inbox.receive(&received).await {
                    Ok(stored) => Ok(Self { stored, received }),
                    Err(_) => Err($Rejection::report::<P>($crate::webhook_verify::Rejection::NotStored)),
                }
            }
        }

        impl<P: $crate::webhook_verify::Provider> ::std::fmt::Debug for $Accepted<P> {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($Accepted))
                    .field("receipt", &self.stored.receipt)
                    .field("received", &self.received)
                    .finish_non_exhaustive()
            }
        }
    };
}
