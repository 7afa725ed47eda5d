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
