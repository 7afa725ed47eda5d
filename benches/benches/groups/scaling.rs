//! What grows: the number of tenants, the body's size. And what is done once for each tenant.

use std::collections::HashMap;
use std::hint::black_box;

use hmac::{Hmac, KeyInit};
use http::HeaderMap;
use sha2::Sha256;
use webhook_benches::allocations::allocations;
use webhook_benches::duel::{Group, subject};
use webhook_benches::payloads;
use webhook_benches::requests::{KEY, SECRET, signed};
use webhook_verify::providers::Clerk;
use webhook_verify::{Provider, Receiver, Secret, UnixTime, Verifier};

const TENANTS: u64 = 100_000;
/// So many of them send requests: enough that neither their keys nor their requests stay in the caches.
const SENDING: u64 = 4_096;

pub fn groups() -> Vec<Group> {
    vec![tenants(), made(), sizes()]
}

/// A secret of each tenant's own, of Svix's form.
fn secret(tenant: u64) -> String {
    // Four letters for each three bytes: all of the number, none of it twice.
    let letters: String = (0..8).map(|at| char::from(b'a' + (tenant >> (4 * at) & 0xf) as u8)).collect();
    format!("whsec_MfKQ9r8GKYqrTwjUPD8ILPZI{letters}")
}

fn tenants() -> Group {
    let body: &'static [u8] = payloads::bytes(3_544).leak();
    let first = Verifier::new(Clerk::SCHEME, Secret::new(SECRET).expect("a secret")).expect("a verifier");
    let headers = signed(Clerk::SCHEME, SECRET, body, UnixTime::now());
    let one = first.clone();

    let mut verifiers = HashMap::with_capacity(TENANTS as usize);
    let taken = allocations(|| {
        for tenant in 0..TENANTS {
            let secret = Secret::new(secret(tenant)).expect("a secret");
            verifiers.insert(tenant, first.with_secrets(secret).expect("a verifier"));
        }
    });
    // Far from each other, in no order.
    let tenant = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % TENANTS;
    let requests: Vec<(u64, HeaderMap)> = (0..SENDING)
        .map(tenant)
        .map(|tenant| (tenant, signed(Clerk::SCHEME, &secret(tenant), body, UnixTime::now())))
        .collect();
    let mut turn = 0;
    Group {
        name: format!(
            "{TENANTS} tenants, 3.5 KB ({} B allocated in all for each, with what is freed again)",
            taken.bytes / TENANTS
        ),
        subjects: vec![
            subject("one verifier", move || {
                assert!(one.verify(black_box(&headers), black_box(body), UnixTime::now()).is_ok());
            }),
            subject("look-up in a HashMap + verify, another tenant each time", move || {
                let (tenant, headers) = &requests[turn % requests.len()];
                turn += 1;
                let verifier = &verifiers[black_box(tenant)];
                assert!(verifier.verify(headers, black_box(body), UnixTime::now()).is_ok());
            }),
        ],
    }
}

fn made() -> Group {
    let first = Verifier::new(Clerk::SCHEME, Secret::new(SECRET).expect("a secret")).expect("a verifier");
    Group {
        name: "made once for each secret".to_owned(),
        subjects: vec![
            subject("the MAC's key set up, hmac 0.13", || {
                Hmac::<Sha256>::new_from_slice(black_box(KEY)).expect("any length will do")
            }),
            subject("Secret::new + Verifier::with_secrets", move || {
                first.with_secrets(Secret::new(black_box(SECRET)).expect("a secret")).expect("a verifier")
            }),
            subject("Secret::new + Verifier::new", || {
                Verifier::new(Clerk::SCHEME, Secret::new(black_box(SECRET)).expect("a secret"))
                    .expect("a verifier")
            }),
            subject("Secret::new + Receiver::new", || {
                Receiver::<Clerk>::new(Secret::new(black_box(SECRET)).expect("a secret")).expect("a receiver")
            }),
        ],
    }
}

fn sizes() -> Group {
    let of = |kib: usize| {
        let body: &'static [u8] = payloads::bytes(kib << 10).leak();
        let verifier =
            Verifier::new(Clerk::SCHEME, Secret::new(SECRET).expect("a secret")).expect("a verifier");
        let headers = signed(Clerk::SCHEME, SECRET, body, UnixTime::now());
        subject(format!("Verifier::verify, {kib} KiB"), move || {
            assert!(verifier.verify(black_box(&headers), black_box(body), UnixTime::now()).is_ok());
        })
    };
    Group {
        name: "bodies of 16 KiB and more".to_owned(),
        subjects: vec![of(16), of(32), of(64), of(256), of(1024)],
    }
}
