//! From flags to a provider, its scheme and its secrets.

use webhook_verify::providers::{self, ProviderVisitor};
use webhook_verify::{Provider, Scheme, Secrets};

use crate::args::SenderArgs;
use crate::custom::Custom;
use crate::report::Failure;
use crate::secrets;

/// What a request is judged, or made, by.
#[derive(Debug)]
pub(crate) struct Setup {
    /// The provider's name, if one was named.
    pub(crate) provider: Option<&'static str>,
    /// The variant's name, where the provider has several and the flags change nothing about it.
    pub(crate) variant: Option<&'static str>,
    pub(crate) scheme: Scheme,
    pub(crate) secrets: Secrets,
}

impl Setup {
    pub(crate) fn new<P: Provider>(args: &SenderArgs) -> Result<Self, Failure> {
        let named = args.provider.as_deref() == Some(P::NAME);
        let variant = match &args.variant {
            None => P::VARIANTS.first(),
            Some(name) => {
                let found = P::VARIANTS.iter().find(|variant| variant.name == name);
                Some(found.ok_or_else(|| unknown_variant::<P>())?)
            }
        };
        let base = variant.map_or(P::SCHEME, |variant| variant.scheme);
        let scheme = args.custom.scheme(named.then_some(base))?;
        Ok(Self {
            provider: named.then_some(P::NAME),
            variant: variant.filter(|_| !args.custom.is_given()).map(|variant| variant.name),
            secrets: secrets::resolve(&args.secrets, &scheme, P::SECRET_ENV)?,
            scheme,
        })
    }
}

fn unknown_variant<P: Provider>() -> Failure {
    let names: Vec<_> = P::VARIANTS.iter().map(|variant| variant.name).collect();
    let message = if names.is_empty() {
        format!("{} has no variants", P::NAME)
    } else {
        format!("{} has the variants {}", P::NAME, names.join(", "))
    };
    Failure::new("unknown_variant", message)
}

/// Does `visitor`'s work with the provider that the flags name, or with a custom one.
pub(crate) fn with_provider<V: ProviderVisitor>(args: &SenderArgs, visitor: V) -> Result<V::Output, Failure> {
    match &args.provider {
        Some(name) => providers::visit(name, visitor).ok_or_else(|| unknown_provider(name)),
        None => Ok(visitor.visit::<Custom>()),
    }
}

pub(crate) fn unknown_provider(name: &str) -> Failure {
    Failure::new(
        "unknown_provider",
        format!("there is no provider `{name}`: known are {}", providers::NAMES.join(", ")),
    )
}
