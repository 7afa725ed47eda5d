use anyhow::bail;
use webhook_axum::webhook_verify::{Provider, Scheme};

/// The scheme of the variant that the environment variable `name` names; the provider's default when it is not set.
///
/// Which variant a sender uses is configuration: nothing in a request tells them apart safely.
///
/// # Errors
///
/// When the provider has no such variant. The message lists those it has.
pub fn scheme_from_env<P: Provider>(name: &str) -> anyhow::Result<Scheme> {
    let Ok(wanted) = std::env::var(name) else { return Ok(P::SCHEME) };
    let variants = || P::VARIANTS.iter();
    let Some(variant) = variants().find(|variant| variant.name == wanted) else {
        let known: Vec<_> = variants().map(|variant| variant.name).collect();
        bail!("{name}={wanted} is no variant of {}; there are {}", P::NAME, known.join(", "));
    };
    Ok(variant.scheme)
}
