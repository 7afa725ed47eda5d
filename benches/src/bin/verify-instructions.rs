//! What `benches/instructions` counts: `verify-instructions (mac|verify) <calls>`.

use std::hint::black_box;

use hmac::{Hmac, KeyInit};
use sha2::Sha256;
use webhook_benches::{payloads, requests};
use webhook_verify::providers::Clerk;
use webhook_verify::{Provider, Secret, UnixTime, Verifier};

const NOW: i64 = 1_760_630_400;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().expect("mac or verify");
    let calls: u32 = arguments.next().and_then(|calls| calls.parse().ok()).expect("a number of calls");

    let body = payloads::clerk_padded();
    let now = UnixTime::from_secs(NOW);
    let headers = requests::signed(Clerk::SCHEME, requests::SECRET, body.as_bytes(), now);
    assert_eq!(headers.len(), 15);
    match what.as_str() {
        "mac" => {
            let keyed = Hmac::<Sha256>::new_from_slice(requests::KEY).expect("any length will do");
            let time = NOW.to_string();
            for _ in 0..calls {
                black_box(requests::mac(black_box(&keyed), requests::ID, &time, black_box(body.as_bytes())));
            }
        }
        "verify" => {
            let secret = Secret::new(requests::SECRET).expect("a secret");
            let verifier = Verifier::new(Clerk::SCHEME, secret).expect("Clerk's scheme");
            for _ in 0..calls {
                let verified =
                    verifier.verify(black_box(&headers), black_box(body.as_bytes()), black_box(now));
                assert!(black_box(verified).is_ok());
            }
        }
        _ => panic!("mac or verify"),
    }
}
