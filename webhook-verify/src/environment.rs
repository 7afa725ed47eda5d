//! Secrets in environment variables.

use std::ffi::OsString;

use crate::key::Key;
use crate::{ConfigError, Provider, Scheme, Secret, SecretError, Secrets};

pub(crate) fn secrets<P: Provider>(
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
    let text = zeroize::Zeroizing::new(value.into_string().map_err(|_| ConfigError::NotUnicode { name })?);
    let wrong = |error: SecretError| ConfigError::Variable { name, previous, error };
    let secrets = match scheme.secret_separator {
        Some(separator) => Secrets::split(&text, separator).map_err(wrong)?,
        None => Secret::new(text.as_str()).map_err(wrong)?.into(),
    };
    let label = format!("{name}{}", if previous { "_PREVIOUS" } else { "" });
    let labelled: Vec<Secret> =
        secrets.as_slice().iter().map(|secret| secret.clone().label(label.as_str())).collect();
    for secret in &labelled {
        Key::new(scheme, secret).map_err(wrong)?;
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
