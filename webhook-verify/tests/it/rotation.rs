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
    let tenant = template.with_secrets(Secret::new("whsec_BBBB").unwrap()).unwrap();
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
