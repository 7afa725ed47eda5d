//! The headers that senders really send.

use webhook_verify::providers::{
    Clerk, chatterwise, fluxbase, notion, standard_webhooks, supabase, supabase_auth,
};
use webhook_verify::{
    ConfigError, Encoding, Part, Place, Provider, Scheme, Secret, SecretError, SignError, Signer,
    TimestampUnit, UnixTime, Verifier,
};

const S: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const B: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn secret(text: &str) -> Secret {
    Secret::new(text).unwrap()
}

fn names(scheme: Scheme) -> Vec<String> {
    let headers = Signer::new(scheme, secret(S)).unwrap().sign("id", UnixTime::from_secs(9), b"").unwrap();
    let mut names: Vec<String> = headers.keys().map(ToString::to_string).collect();
    names.sort();
    names
}

#[test]
fn header_names() {
    assert_eq!(names(Clerk::SCHEME), ["svix-id", "svix-signature", "svix-timestamp"]);
    assert_eq!(names(supabase_auth::SCHEME), ["webhook-id", "webhook-signature", "webhook-timestamp"]);
    assert_eq!(names(supabase::STATIC_TOKEN.header("x-my-secret")), ["x-my-secret"]);
    assert_eq!(names(supabase::BEARER), ["authorization"]);
    assert_eq!(names(supabase::HMAC_TIMESTAMPED), ["x-webhook-signature"]);
    assert_eq!(names(fluxbase::SIGNED), ["x-fluxbase-signature"]);
    assert_eq!(names(notion::SCHEME), ["x-notion-signature"]);
    assert_eq!(names(chatterwise::DOCUMENTED), ["x-chatterwise-signature"]);
}

/// Fixed texts, computed by other implementations: the vectors' and the providers' own.
#[test]
fn values() {
    let sign = |scheme, key: &str, seconds, body: &[u8], header| {
        let headers =
            Signer::new(scheme, secret(key)).unwrap().sign("", UnixTime::from_secs(seconds), body).unwrap();
        headers[header].to_str().unwrap().to_owned()
    };
    let token = "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl";
    assert_eq!(
        sign(
            notion::SCHEME,
            token,
            0,
            format!(r#"{{"verification_token":"{token}"}}"#).as_bytes(),
            "x-notion-signature"
        ),
        "sha256=461e8cbcba8a75c3edd866f0e71280f5a85cbf21eff040ebd10fe266df38a735"
    );
    assert_eq!(sign(supabase::BEARER, "srv_secret_77", 0, b"", "authorization"), "Bearer srv_secret_77");
    let (headers, body) = crate::captures::read("fluxbase", "users-insert.http");
    assert_eq!(
        sign(fluxbase::SIGNED, "your-webhook-secret", 1_795_339_653, &body, "x-fluxbase-signature"),
        headers["x-fluxbase-signature"]
    );
}

#[test]
fn several_secrets_sign_one_list() {
    let time = UnixTime::from_secs(1_614_265_330);
    let sign =
        |scheme| Signer::new(scheme, [secret(S), secret(B)]).unwrap().sign("msg_1", time, b"{}").unwrap();
    let svix = sign(Clerk::SCHEME);
    let [first, second] = svix["svix-signature"].to_str().unwrap().split(' ').collect::<Vec<_>>()[..] else {
        panic!("two signatures")
    };
    assert!(first.starts_with("v1,") && second.starts_with("v1,") && first != second);
    // Supabase Auth joins them otherwise.
    let auth = sign(supabase_auth::SCHEME);
    assert_eq!(auth["webhook-signature"], format!("{first}, {second}"));
    for key in [S, B] {
        for (scheme, headers) in [(Clerk::SCHEME, &svix), (supabase_auth::SCHEME, &auth)] {
            assert!(Verifier::new(scheme, secret(key)).unwrap().verify(headers, b"{}", time).is_ok());
        }
    }
    let bare = Signer::new(supabase::HMAC_HEX, [secret(S), secret(B)]);
    assert_eq!(bare.unwrap_err(), ConfigError::TooManySecrets);
}

#[test]
fn public_key_signatures() {
    // The key pair of svix-server's own test.
    let private =
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
    let public = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
    let time = UnixTime::from_secs(1_614_265_330);
    let body = br#"{"test": 2432232314}"#;
    let signer = Signer::new(Clerk::SCHEME, [secret(private), secret(S)]).unwrap();
    let headers = signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time, body).unwrap();
    assert_eq!(
        headers["svix-signature"],
        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg== \
         v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    );
    let verifier = Verifier::new(Clerk::SCHEME, [secret(public), secret(S)]).unwrap();
    assert_eq!(verifier.verify(&headers, body, time).unwrap().key().index(), 0);
    assert_eq!(Signer::new(Clerk::SCHEME, secret(public)).unwrap_err(), SecretError::PublicKey.into());
    let ed25519 = Scheme::ed25519("x-signature", Encoding::Hex);
    assert!(Signer::new(ed25519, Secret::from_bytes([7; 32]).unwrap()).is_ok());
    let ecdsa = Scheme::ecdsa_p256("x-signature", Encoding::Base64);
    assert!(Signer::new(ecdsa, Secret::from_bytes([7; 32]).unwrap()).is_err());
}

#[test]
fn units_of_time() {
    for (unit, expected) in [
        (TimestampUnit::Seconds, "1614265330"),
        (TimestampUnit::Milliseconds, "1614265330000"),
        (TimestampUnit::Rfc3339, "2021-02-25T15:02:10Z"),
    ] {
        let scheme = supabase::HMAC_HEX
            .timestamp(Place::Header("x-time"))
            .unit(unit)
            .signed(&[Part::Timestamp, Part::Body]);
        let time = UnixTime::from_secs(1_614_265_330);
        let headers = Signer::new(scheme, secret("s")).unwrap().sign("", time, b"").unwrap();
        assert_eq!(headers["x-time"], expected);
        let verified =
            Verifier::new(scheme, secret("s")).unwrap().verify(&headers, b"", time).map(|it| it.timestamp());
        assert_eq!(verified, Ok(Some(time)));
    }
}

#[test]
fn what_cannot_be_signed() {
    let signer = Signer::new(standard_webhooks::SCHEME, secret(S)).unwrap();
    assert_eq!(signer.sign("a\nb", UnixTime::from_secs(1), b"").unwrap_err(), SignError::Id);
    assert_eq!(signer.sign("a", UnixTime::from_secs(-1), b"").unwrap_err(), SignError::Time);
    assert_eq!(signer.sign("", UnixTime::from_secs(1), b"").unwrap_err(), SignError::Id);
    let event = supabase::HMAC_HEX.signed(&[Part::Header("x-event")]);
    let signer = Signer::new(event, secret("s")).unwrap();
    assert_eq!(
        signer.sign("", UnixTime::from_secs(1), b"").unwrap_err(),
        SignError::MissingHeader("x-event")
    );
}

/// A token is sent as its bytes, whatever they are.
#[test]
fn a_token_that_is_no_text() {
    let token = Secret::from_bytes(b"\xff\xfetoken").unwrap();
    let headers = Signer::new(supabase::STATIC_TOKEN, token.clone())
        .unwrap()
        .sign("", UnixTime::from_secs(1), b"")
        .unwrap();
    let verifier = Verifier::new(supabase::STATIC_TOKEN, token).unwrap();
    assert!(verifier.verify(&headers, b"", UnixTime::from_secs(1)).is_ok());
    let broken = Secret::from_bytes(b"a\nb").unwrap();
    assert_eq!(Signer::new(supabase::STATIC_TOKEN, broken).unwrap_err(), SecretError::InvalidKey.into());
}

/// An offset of RFC 3339 counts.
#[test]
fn times_with_an_offset() {
    let scheme = supabase::HMAC_HEX
        .timestamp(Place::Header("x-time"))
        .unit(TimestampUnit::Rfc3339)
        .signed(&[Part::Header("x-time"), Part::Body, Part::Timestamp]);
    // Signed here by hand: the signer writes UTC.
    let text = "2021-02-25T16:02:10+01:00";
    let plain =
        supabase::HMAC_HEX.signed(&[Part::Text("2021-02-25T16:02:10+01:002021-02-25T16:02:10+01:00")]);
    assert!(Signer::new(plain, secret("s")).is_err(), "a signature over nothing of the request");
    let body = format!("{text}{{}}{text}");
    let mut headers = Signer::new(supabase::HMAC_HEX, secret("s"))
        .unwrap()
        .sign("", UnixTime::from_secs(0), body.as_bytes())
        .unwrap();
    headers.insert("x-time", text.parse().unwrap());
    let verifier = Verifier::new(scheme, secret("s")).unwrap();
    let at =
        |seconds| verifier.verify(&headers, b"{}", UnixTime::from_secs(seconds)).map(|it| it.timestamp());
    assert_eq!(at(1_614_265_330), Ok(Some(UnixTime::from_secs(1_614_265_330))));
    assert!(at(1_614_268_930).is_err());
}
