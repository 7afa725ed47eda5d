//! The providers' names, variants and variables: what configuration files and documents rely on.

use std::collections::BTreeSet;

use webhook_verify::providers::{self, ProviderVisitor};
use webhook_verify::{Provider, Receiver, Secret};

struct Row(&'static str, Vec<&'static str>, &'static [&'static str]);

struct Look;

impl ProviderVisitor for Look {
    type Output = Row;

    fn visit<P: Provider>(self) -> Row {
        row::<P>()
    }
}

fn row<P: Provider>() -> Row {
    let variants: Vec<_> = P::VARIANTS.iter().map(|variant| variant.name).collect();
    if let Some(first) = P::VARIANTS.first() {
        assert_eq!(first.scheme, P::SCHEME, "{}: the first variant is the default", P::NAME);
    }
    for variant in P::VARIANTS {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        assert!(Receiver::<P>::with_scheme(variant.scheme, secret).is_ok(), "{} {}", P::NAME, variant.name);
    }
    Row(P::NAME, variants, P::SECRET_ENV)
}

#[test]
fn names_are_stable() {
    let rows: Vec<Row> = providers::NAMES.iter().map(|name| providers::visit(name, Look).unwrap()).collect();
    // The table in the module's documentation says the same.
    let docs = include_str!("../../src/providers.rs");
    for (Row(name, variants, variables), listed) in rows.iter().zip(providers::NAMES) {
        assert_eq!(name, listed);
        let line = docs
            .lines()
            .find(|line| line.contains(&format!("| `{name}` |")))
            .unwrap_or_else(|| panic!("{name}"));
        for text in variants.iter().chain(*variables) {
            assert!(line.contains(&format!("`{text}`")), "{name}: {text} is not in its row");
        }
    }
    let names: Vec<_> = rows.iter().map(|row| row.0).collect();
    assert_eq!(
        names,
        [
            "clerk",
            "svix",
            "standard-webhooks",
            "resend",
            "supabase",
            "supabase-auth",
            "fluxbase",
            "notion",
            "notion-automation",
            "chatterwise",
            "record-envelope"
        ]
    );
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    assert_eq!(
        rows[4].1,
        ["static-token", "bearer", "hmac-hex", "hmac-hex-prefixed", "hmac-base64", "hmac-timestamped"]
    );
    assert_eq!(rows[6].1, ["signed", "legacy", "guide"]);
    assert_eq!(rows[9].1, ["coded", "documented"]);
    assert_eq!(rows[10].1, ["hmac-hex", "static-token"]);
    assert_eq!(rows[0].2, ["CLERK_WEBHOOK_SIGNING_SECRET", "CLERK_WEBHOOK_SECRET"]);
}
