//! Several secrets, and changing them while running.

use std::sync::atomic::{AtomicBool, Ordering};

use http::HeaderMap;
use webhook_verify::providers::{Clerk, Fluxbase, fluxbase};
use webhook_verify::{
    ConfigError, MAX_SECRETS, Provider, Receiver, Secret, Signer, UnixTime, Verifier, VerifyError,
};

const NOW: UnixTime = UnixTime::from_secs(1_767_605_400);

fn secret(name: &str) -> Secret {
    Secret::new(name).unwrap().label(name)
}

fn signed(name: &str) -> HeaderMap {
    Signer::new(fluxbase::SIGNED, secret(name)).unwrap().sign("", NOW, b"{}").unwrap()
}

fn matching(verifier: &Verifier, name: &str) -> Result<(usize, Option<String>), VerifyError> {
    verifier
        .verify(&signed(name), b"{}", NOW)
        .map(|verified| (verified.key().index(), verified.key().label().map(str::to_owned)))
}

#[test]
fn the_key_that_matched_is_told() {
    let verifier = Verifier::new(fluxbase::SIGNED, [secret("new"), secret("old")]).unwrap();
    assert_eq!(matching(&verifier, "new"), Ok((0, Some("new".into()))));
    assert_eq!(matching(&verifier, "old"), Ok((1, Some("old".into()))));
    assert_eq!(matching(&verifier, "other"), Err(VerifyError::SignatureMismatch));
}

#[test]
fn secrets_change_in_every_clone() {
    let receiver = Receiver::<Fluxbase>::new(secret("a")).unwrap();
    let clone = receiver.clone();
    receiver.rotate(&secret("b")).unwrap();
    assert_eq!(matching(clone.verifier(), "b"), Ok((0, Some("b".into()))));
    assert_eq!(matching(clone.verifier(), "a"), Ok((1, Some("a".into()))));
    receiver.replace(secret("b")).unwrap();
    assert_eq!(matching(clone.verifier(), "a"), Err(VerifyError::SignatureMismatch));
    // A wrong secret changes nothing.
    assert_eq!(receiver.replace(Vec::new()), Err(ConfigError::NoSecret));
    assert_eq!(matching(clone.verifier(), "b"), Ok((0, Some("b".into()))));
    for index in 0..MAX_SECRETS {
        receiver.rotate(&secret(&format!("c{index}"))).unwrap();
    }
    assert_eq!(matching(clone.verifier(), "b"), Err(VerifyError::SignatureMismatch), "the oldest has gone");
    assert_eq!(matching(clone.verifier(), "c0").unwrap().0, MAX_SECRETS - 1);
}

#[test]
fn a_request_that_has_begun_keeps_its_secrets() {
    let verifier = Verifier::new(fluxbase::SIGNED, secret("a")).unwrap();
    let headers = signed("a");
    let pending = verifier.begin(&headers, NOW).unwrap();
    verifier.replace(secret("b")).unwrap();
    assert!(pending.finish(b"{}").is_ok());
    assert_eq!(matching(&verifier, "a"), Err(VerifyError::SignatureMismatch));
}

#[test]
fn tenants_do_not_share_secrets() {
    let template = Receiver::<Clerk>::new(Secret::new("whsec_AAAA").unwrap()).unwrap();
    let tenant = template.for_tenant("b", Secret::new("whsec_BBBB").unwrap()).unwrap();
    let sign = |secret| {
        Signer::new(Clerk::SCHEME, Secret::new(secret).unwrap()).unwrap().sign("m", NOW, b"").unwrap()
    };
    assert!(tenant.verify(&sign("whsec_BBBB"), "", NOW).is_ok());
    assert!(tenant.verify(&sign("whsec_AAAA"), "", NOW).is_err());
    tenant.replace(Secret::new("whsec_CCCC").unwrap()).unwrap();
    assert!(template.verify(&sign("whsec_AAAA"), "", NOW).is_ok());
}

#[test]
fn rotating_under_load() {
    let verifier = Verifier::new(fluxbase::SIGNED, [secret("a"), secret("b")]).unwrap();
    let (a, b) = (signed("a"), signed("b"));
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut verified = 0;
                    while !done.load(Ordering::Relaxed) {
                        assert!(verifier.verify(&a, b"{}", NOW).is_ok());
                        assert!(verifier.verify(&b, b"{}", NOW).is_ok());
                        verified += 1;
                    }
                    verified
                })
            })
            .collect();
        for _ in 0..500 {
            verifier.replace([secret("b"), secret("a")]).unwrap();
            verifier.replace([secret("a"), secret("b")]).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        for worker in workers {
            let _: usize = worker.join().unwrap();
        }
    });
}

/// Of a replacement and a rotation at once neither undoes the other: what was replaced stays gone.
#[test]
fn a_replaced_secret_does_not_come_back() {
    for _ in 0..300 {
        let verifier = Verifier::new(fluxbase::SIGNED, secret("stolen")).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| verifier.replace(secret("b")).unwrap());
            scope.spawn(|| verifier.rotate(&secret("a")).unwrap());
        });
        let last_was_the_replacement = matching(&verifier, "a").is_err();
        assert_eq!(matching(&verifier, "stolen"), Err(VerifyError::SignatureMismatch));
        assert!(last_was_the_replacement || matching(&verifier, "a") == Ok((0, Some("a".into()))));
        assert!(matching(&verifier, "b").is_ok());
    }
}

#[test]
fn no_rotation_is_lost() {
    for _ in 0..300 {
        let verifier = Verifier::new(fluxbase::SIGNED, secret("first")).unwrap();
        std::thread::scope(|scope| {
            for name in ["a", "b"] {
                let verifier = &verifier;
                scope.spawn(move || verifier.rotate(&secret(name)).unwrap());
            }
        });
        for name in ["a", "b", "first"] {
            assert!(matching(&verifier, name).is_ok(), "{name}");
        }
    }
}

#[test]
fn a_tenant_has_its_own_pending_token() {
    use webhook_verify::Reception;
    use webhook_verify::providers::Notion;
    let template = Receiver::<Notion>::new(Secret::new("secret_a").unwrap()).unwrap();
    let tenant = template.for_tenant("t", Secret::new("secret_b").unwrap()).unwrap();
    let body = br#"{"verification_token":"secret_c"}"#;
    let headers =
        Signer::new(Notion::SCHEME, Secret::new("secret_c").unwrap()).unwrap().sign("", NOW, body).unwrap();
    let reception = tenant.begin(&headers, NOW).unwrap().finish(body.to_vec().into()).unwrap();
    assert!(matches!(reception, Reception::Handshake(_)));
    assert!(template.pending_token().is_none() && tenant.pending_token().is_some());
}
