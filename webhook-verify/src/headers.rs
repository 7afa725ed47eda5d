use http::{HeaderMap, HeaderName};

/// A request's headers, as far as a [`Verifier`](crate::Verifier) looks at them.
///
/// [`HeaderMap`] is one. A server that has a map of its own implements this for a type around it, and no header has to
/// be copied. `Sync`, since a request that has [begun](crate::Verifier::begin) holds on to its headers while its body
/// is awaited.
///
/// # Examples
///
/// ```
/// use http::HeaderName;
/// use webhook_verify::{Encoding, Headers, Scheme, Secret, UnixTime, Verifier};
///
/// /// As a gateway hands them over.
/// struct Pairs(Vec<(String, String)>);
///
/// impl Headers for Pairs {
///     fn first_two(&self, name: &HeaderName) -> [Option<&[u8]>; 2] {
///         let named = |(it, _): &&(String, String)| it.eq_ignore_ascii_case(name.as_str());
///         let mut values = self.0.iter().filter(named).map(|(_, value)| value.as_bytes());
///         [values.next(), values.next()]
///     }
/// }
///
/// let scheme = Scheme::hmac_sha256("x-hub-signature-256", Encoding::Hex).prefix("sha256=");
/// let verifier = Verifier::new(scheme, Secret::new("It's a Secret to Everybody")?)?;
/// let headers = Pairs(vec![(
///     "X-Hub-Signature-256".to_owned(),
///     "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17".to_owned(),
/// )]);
/// verifier.verify(&headers, b"Hello, World!", UnixTime::now())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Headers: Sync {
    /// The first two values under `name`, in their order. A request is verified by one; that there is a second one is
    /// a reason to refuse it.
    fn first_two(&self, name: &HeaderName) -> [Option<&[u8]>; 2];
}

impl Headers for HeaderMap {
    #[inline]
    fn first_two(&self, name: &HeaderName) -> [Option<&[u8]>; 2] {
        // In most requests no header is repeated, and then there is no need to look for it.
        if self.len() == self.keys_len() {
            [self.get(name).map(AsRef::as_ref), None]
        } else {
            first_two_of_all(self, name)
        }
    }
}

/// Apart, so that the usual way is short enough to be inlined.
#[cold]
fn first_two_of_all<'h>(headers: &'h HeaderMap, name: &HeaderName) -> [Option<&'h [u8]>; 2] {
    let mut values = headers.get_all(name).iter().map(AsRef::as_ref);
    [values.next(), values.next()]
}

impl<T: Headers + ?Sized> Headers for &T {
    #[inline]
    fn first_two(&self, name: &HeaderName) -> [Option<&[u8]>; 2] {
        (**self).first_two(name)
    }
}
