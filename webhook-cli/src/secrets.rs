//! Where the secrets come from.

use webhook_verify::providers::{self, ProviderVisitor};
use webhook_verify::{ConfigError, Provider, Scheme, Secret, SecretError, Secrets, Verifier};
use zeroize::Zeroizing;

use crate::args::SecretArgs;
use crate::raw::read_file;
use crate::report::Failure;

/// The secrets of the flags, or else of the first of these variables that is set.
pub(crate) fn resolve(
    args: &SecretArgs,
    scheme: &Scheme,
    variables: &'static [&'static str],
) -> Result<Secrets, Failure> {
    let mut secrets: Vec<Secret> = Vec::new();
    for text in &args.secret {
        secrets.push(typed(scheme, text)?);
    }
    for name in &args.secret_env {
        let value = std::env::var_os(name).ok_or_else(|| {
            Failure::new("missing_variable", format!("the environment variable {name} is not set"))
        })?;
        secrets.extend(variable(scheme, name, value)?);
    }
    for path in &args.secret_file {
        let bytes = Zeroizing::new(read_file(path)?);
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| Failure::new("invalid_key", format!("{path}: the secret is not UTF-8")))?;
        // An editor ends the last line, and that end is no part of the secret.
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        secrets.extend(strict(scheme, text).map_err(|error| named(path, error))?);
    }
    if secrets.is_empty() {
        let found = variables.iter().find_map(|name| Some((*name, std::env::var_os(name)?)));
        let Some((name, value)) = found else {
            return Err(if variables.is_empty() {
                ConfigError::NoSecret.into()
            } else {
                let variables = variables.join(" or ");
                Failure::new(
                    "missing_variable",
                    format!("no secret: give --secret-env, --secret-file or --secret, or set {variables}"),
                )
            });
        };
        secrets.extend(variable(scheme, name, value)?);
    }
    Ok(secrets.into())
}

/// The secrets that stand in the environment under any provider's variable, as far as this scheme takes them.
pub(crate) fn ambient(scheme: &Scheme) -> Vec<(&'static str, Secrets)> {
    struct Names;
    impl ProviderVisitor for Names {
        type Output = &'static [&'static str];

        fn visit<P: Provider>(self) -> Self::Output {
            P::SECRET_ENV
        }
    }
    let names = providers::NAMES.iter().filter_map(|name| providers::visit(name, Names)).flatten();
    names
        .filter_map(|name| {
            let text = Zeroizing::new(std::env::var(name).ok()?);
            let secrets = strict(scheme, &text).ok()?;
            let usable = Verifier::new(*scheme, secrets.clone()).is_ok();
            usable.then(|| (*name, secrets.into()))
        })
        .collect()
}

/// A secret typed as an argument. Blanks around it that are part of the key are believed there, since a shell takes
/// unquoted ones off; a line's end never is.
fn typed(scheme: &Scheme, text: &str) -> Result<Secret, SecretError> {
    match Secret::new(text) {
        Err(SecretError::SurroundingWhitespace) if scheme.takes_key_as_text() => {
            let inner = text.trim_matches(' ');
            if inner.trim() != inner {
                return Err(SecretError::SurroundingWhitespace);
            }
            let _ = Secret::new(inner)?;
            Secret::from_bytes(text)
        }
        other => other,
    }
}

fn variable(scheme: &Scheme, name: &str, value: std::ffi::OsString) -> Result<Vec<Secret>, Failure> {
    let previous = format!("{name}_PREVIOUS");
    let older = std::env::var_os(&previous).filter(|value| !value.is_empty());
    let mut secrets = Vec::new();
    for (name, value) in [(name, Some(value)), (&previous, older)] {
        let Some(value) = value else { continue };
        let text = Zeroizing::new(value.into_string().map_err(|_| {
            Failure::new("variable_not_unicode", format!("the environment variable {name} is not Unicode"))
        })?);
        let read =
            strict(scheme, &text).map_err(|error| named(&format!("environment variable {name}"), error))?;
        secrets.extend(read.into_iter().map(|secret| secret.label(name)));
    }
    Ok(secrets)
}

/// The secrets in one text, in the scheme's form.
fn strict(scheme: &Scheme, text: &str) -> Result<Vec<Secret>, SecretError> {
    match scheme.separates_secrets() {
        Some(separator) => text.split(separator).map(Secret::new).collect(),
        None => Ok(vec![Secret::new(text)?]),
    }
}

fn named(place: &str, error: SecretError) -> Failure {
    Failure::new(error.code(), format!("{place}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use webhook_verify::{Encoding, KeyEncoding};

    #[test]
    fn blanks_around_a_typed_secret() {
        let text = Scheme::hmac_sha256("x-signature", Encoding::Hex);
        let base64 = text.key(KeyEncoding::Base64);
        assert!(typed(&text, "пароль🔑 ").is_ok());
        for (scheme, secret, expected) in [
            (text, "пароль\n", SecretError::SurroundingWhitespace),
            (text, " \tпароль ", SecretError::SurroundingWhitespace),
            (text, " \"пароль\" ", SecretError::Quoted),
            (text, "  ", SecretError::Empty),
            (base64, "AAAA ", SecretError::SurroundingWhitespace),
            (Scheme::token("x-token"), "token ", SecretError::SurroundingWhitespace),
        ] {
            assert_eq!(typed(&scheme, secret).unwrap_err(), expected, "{secret:?}");
        }
    }
}
