//! Supabase Auth Hooks and their answers, sample by sample.
#![cfg(feature = "supabase-auth")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a failing test may panic")]

#[path = "support/checks.rs"]
mod checks;

use checks::{Demands, Plain, check, sample, samples};
use webhook_core::supabase_auth::{
    Audience, AuthenticationMethod, Claims, CustomAccessTokenAnswer, Decision, EmailAction, ErrorAnswer,
    Hook, MethodReference, MfaVerificationAnswer, PasswordVerificationAnswer, Reply,
};
use webhook_core::{Outcome, Payload, Sensitive, drift};

const FREE: &[&str] = &[
    "user.app_metadata",
    "user.user_metadata",
    "user.identities[].identity_data",
    "user.factors[].last_webauthn_challenge_data",
    "claims.app_metadata",
    "claims.user_metadata",
    "claims.org",
    "attempt",
];

const USER: [&str; 3] = ["user.id", "user.factors[].id", "user.identities[].id"];

/// What each hook demands: always, and when `metadata.name` tells which hook it is. The file's name begins with the
/// hook.
const HOOKS: [(&str, &str, &[&str], &[&str]); 7] = [
    ("custom-access-token", "customize-access-token", &["user_id", "claims.amr[].method"], &["claims"]),
    ("send-sms", "send-sms", &[], &["sms"]),
    ("send-email", "send-email", &["user", "email_data.email_action_type"], &["email_data"]),
    ("mfa-verification-attempt", "mfa-verification", &["user_id", "valid"], &["factor_id"]),
    ("password-verification-attempt", "password-verification", &["user_id"], &["valid"]),
    ("before-user-created", "before-user-created", &[], &["user"]),
    ("after-user-created", "after-user-created", &[], &["user"]),
];

#[test]
fn every_sample() {
    for (name, body) in samples("supabase-auth") {
        if name == "unknown-hook.json" {
            let hook: Hook = check(
                &name,
                &body,
                Demands { free: FREE, deciding: &["metadata", "metadata.name"], ..Demands::default() },
            );
            assert_eq!((hook.outcome(), hook.kind()), (Outcome::Unknown, Some("before-password-reset")));
            let Hook::Unknown(unknown) = hook else { panic!() };
            assert_eq!(unknown.raw.as_str().as_bytes(), body.trim_ascii());
            continue;
        }
        let (_, kind, always, named) = HOOKS
            .into_iter()
            .find(|(prefix, ..)| name.starts_with(prefix))
            .unwrap_or_else(|| panic!("which hook is {name}?"));
        let old = name.contains("no-metadata");
        let mut required = always.to_vec();
        required.extend(USER);
        let mut deciding = vec!["metadata", "metadata.name", "user.created_at"];
        if old {
            deciding.extend(named);
            deciding.push("authentication_method");
            if kind == "customize-access-token" {
                required.extend(named); // the method of signing in gives it away too
            }
        } else {
            required.extend(named);
        }
        let hook: Hook = check(
            &name,
            &body,
            Demands { required: &required, free: FREE, deciding: &deciding, nullable: &[] },
        );
        assert_eq!((hook.outcome(), hook.kind()), (Outcome::Known, Some(kind)), "{name}");
        assert_eq!(hook.metadata().is_none(), old, "{name}");
    }
}

#[test]
fn every_hook_has_a_sample() {
    let hooks: Vec<Hook> =
        samples("supabase-auth").iter().map(|(_, body)| Hook::parse(body).unwrap()).collect();
    assert_eq!(Hook::KINDS.len(), 7);
    for kind in Hook::KINDS {
        let of_kind = || hooks.iter().filter(|hook| hook.kind() == Some(kind));
        assert!(of_kind().any(|hook| hook.metadata().is_some()), "no sample of {kind}");
        assert!(of_kind().any(|hook| hook.metadata().is_none()), "no sample of {kind} without metadata");
    }
    let actions: Vec<EmailAction> = hooks
        .into_iter()
        .filter_map(|hook| match hook {
            Hook::SendEmail(hook) => Some(hook.email_data.email_action_type),
            _ => None,
        })
        .collect();
    for action in [
        "signup",
        "recovery",
        "invite",
        "magiclink",
        "email_change",
        "reauthentication",
        "email",
        "email_change_current",
        "email_change_new",
        "password_changed_notification",
        "email_changed_notification",
        "phone_changed_notification",
        "identity_linked_notification",
        "identity_unlinked_notification",
        "mfa_factor_enrolled_notification",
        "mfa_factor_unenrolled_notification",
    ] {
        let action = EmailAction::from(action);
        assert!(!matches!(action, EmailAction::Other(_)), "{action} is not known");
        assert!(actions.contains(&action), "no sample of {action}");
    }
}

#[test]
fn codes_and_tokens_stay_out_of_debug() {
    for (name, body) in samples("supabase-auth") {
        let hook = Hook::parse(&body).unwrap();
        let shown = format!("{hook:?} {hook:#?}");
        let secrets: Vec<Sensitive> = match hook {
            Hook::SendSms(hook) => hook.sms.otp.into_iter().collect(),
            Hook::SendEmail(hook) => {
                let data = hook.email_data;
                [data.token, data.token_hash, data.token_new, data.token_hash_new]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            _ => continue,
        };
        assert!(!secrets.is_empty());
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            assert!(!shown.contains(secret.as_str()), "{name}");
        }
    }
    let body = br#"{"metadata":{"name":"new"},"otp":"424242"}"#;
    assert!(!format!("{:?}", Hook::parse(body).unwrap()).contains("424242"));
    let body = br#"{"metadata":{"name":"send-sms"},"sms":{"backup_otp":"424242"}}"#;
    assert!(!format!("{:?}", Hook::parse(body).unwrap()).contains("424242"));
}

#[test]
fn the_name_comes_first() {
    // The fields speak of another hook.
    let hook = Hook::parse(br#"{"claims":{},"user":{"id":"1"},"metadata":{"name":"after-user-created"}}"#);
    assert!(matches!(hook.unwrap(), Hook::AfterUserCreated(_)));
    let body = br#"{"metadata":{"name":"send-sms"},"sms":7,"claims":{}}"#;
    let error = Hook::parse(body).unwrap_err();
    assert_eq!((error.path(), error.line(), error.is_data()), ("sms", 1, true));
    assert_eq!(Hook::kind_of(body).as_deref(), Some("send-sms"));
    let hook = Hook::parse(br#"{"metadata":{"n\u0061me":"send\u002dsms"},"sms":{}}"#).unwrap();
    assert_eq!(hook.kind(), Some("send-sms"));
    let repeated = br#"{"metadata":{"name":"send-sms"},"sms":{},"user_id":"1","valid":true,"metadata":{"name":"password-verification"}}"#;
    assert_eq!(Hook::parse(repeated).unwrap().kind(), Some("password-verification"));
    assert_eq!(Hook::kind_of(repeated).as_deref(), Some("password-verification"));
    assert_eq!(Hook::parse(b"{}").unwrap().kind(), None);
    assert_eq!(Hook::kind_of(b"no"), None);
    for body in ["[]", "7", "null", "\"metadata\"", "[{\"metadata\":{\"name\":\"send-sms\"}}]"] {
        let error = Hook::parse(body.as_bytes()).unwrap_err();
        assert!(error.is_data() && error.path().is_empty(), "{body}: {error}");
    }
    for body in [&b""[..], b"{\"metadata\"", b"{\"metadata\":{\"name\":\"send-sms\"", b"\xff", b"{} x"] {
        assert!(Hook::parse(body).unwrap_err().is_syntax());
    }
}

fn claims(name: &str) -> Claims {
    match Hook::parse(&sample("supabase-auth", name)).unwrap() {
        Hook::CustomAccessToken(hook) => hook.claims,
        _ => panic!("{name}"),
    }
}

#[test]
fn claims_of_both_shapes() {
    let one = claims("custom-access-token.json");
    assert_eq!(one.aud, Some(Audience::One("authenticated".into())));
    let many = claims("custom-access-token.aud-array-oauth-client.json");
    assert_eq!(many.aud, Some(Audience::Many(vec!["authenticated".into()])));
    assert!(many.aud.unwrap().contains("authenticated"));
    let names = claims("custom-access-token.amr-names.json").amr.unwrap();
    assert_eq!(names[0], MethodReference::Name(AuthenticationMethod::Password));
    assert!(matches!(&names[1], MethodReference::Entry(entry) if entry.method == AuthenticationMethod::Otp));
}

#[test]
fn claims_can_be_changed() {
    let mut claims = claims("custom-access-token.json");
    assert_eq!(claims.missing().count(), 0);
    claims.set("user_role", "editor").unwrap();
    let reply = Reply::from(CustomAccessTokenAnswer::new(claims.clone()));
    let sample = sample("supabase-auth/responses", "custom-access-token-ok.json");
    assert_eq!(
        drift::compare(&sample, &serde_json::from_str::<serde_json::Value>(reply.body()).unwrap()).unwrap(),
        [""; 0]
    );

    // A claim with a field is set there, and written once.
    claims.set("role", "admin").unwrap();
    assert_eq!(claims.role.as_deref(), Some("admin"));
    assert_eq!(serde_json::to_string(&claims).unwrap().matches("\"role\"").count(), 1);
    let before = claims.clone();
    assert_eq!(claims.set("exp", "tomorrow").unwrap_err().path(), "exp");
    assert_eq!(claims, before);
    claims.email = None;
    claims.aal = None;
    assert_eq!(claims.missing().collect::<Vec<_>>(), ["email", "aal"]);
}

fn response<T>(name: &str, required: &[&str]) -> T
where
    Plain<T>: Payload + serde::Serialize + PartialEq + std::fmt::Debug,
{
    let body = sample("supabase-auth/responses", name);
    let Plain(value) =
        checks::check_answer(name, &body, Demands { required, free: FREE, ..Demands::default() });
    value
}

#[test]
fn answers() {
    let token: CustomAccessTokenAnswer =
        response("custom-access-token-ok.json", &["claims", "claims.amr[].method"]);
    assert_eq!(token.claims.extra.get("user_role").unwrap().as_str(), "\"editor\"");

    let error: ErrorAnswer = response("error.json", &["error", "error.message"]);
    assert_eq!(error, ErrorAnswer::new(403, "Sign-ups from this domain are closed."));
    let error: ErrorAnswer = response("error.no-code.json", &["error", "error.message"]);
    assert_eq!(error.error.http_code, None);

    let decision = &["decision"];
    let mfa: MfaVerificationAnswer = response("mfa-verification-attempt-reject.json", decision);
    assert_eq!(mfa, MfaVerificationAnswer::reject("Too many wrong codes, try again in ten minutes."));
    assert_eq!(
        response::<MfaVerificationAnswer>("verification-attempt-continue.json", decision),
        MfaVerificationAnswer::proceed()
    );
    let password: PasswordVerificationAnswer =
        response("password-verification-attempt-reject.json", decision);
    assert_eq!(
        password,
        PasswordVerificationAnswer::reject("Locked for ten minutes.").should_logout_user(false)
    );
    let password: PasswordVerificationAnswer =
        response("password-verification-attempt-logout.json", decision);
    assert_eq!((password.decision, password.should_logout_user), (Decision::Reject, Some(true)));
    assert_eq!(
        response::<PasswordVerificationAnswer>("verification-attempt-continue.json", decision),
        PasswordVerificationAnswer::proceed()
    );
}

#[test]
fn replies_keep_to_the_contract() {
    let replies = [
        (Reply::empty(), 200, "{}"),
        (Reply::no_content(), 204, ""),
        (Reply::refuse(403, "No."), 200, r#"{"error":{"http_code":403,"message":"No."}}"#),
        // An empty message would let the request go ahead.
        (Reply::refuse(403, ""), 200, r#"{"error":{"http_code":403,"message":"The request was refused."}}"#),
        (MfaVerificationAnswer::proceed().into(), 200, r#"{"decision":"continue"}"#),
        (
            PasswordVerificationAnswer::reject("No.").should_logout_user(true).into(),
            200,
            r#"{"decision":"reject","message":"No.","should_logout_user":true}"#,
        ),
    ];
    for (reply, status, body) in replies {
        assert_eq!((reply.status(), reply.body()), (status, body));
        assert_eq!(reply.content_type(), (status == 200).then_some("application/json"));
        assert_eq!(reply.into_body(), body);
    }
}

#[test]
fn every_hook_can_be_accepted() {
    for (name, body) in samples("supabase-auth") {
        let hook = Hook::parse(&body).unwrap();
        let reply = hook.accept();
        assert_eq!((reply.status(), reply.content_type()), (200, Some("application/json")), "{name}");
        match hook {
            Hook::CustomAccessToken(hook) => {
                let answer: CustomAccessTokenAnswer = serde_json::from_str(reply.body()).unwrap();
                assert_eq!(answer.claims, hook.claims);
            }
            Hook::MfaVerificationAttempt(_) | Hook::PasswordVerificationAttempt(_) => {
                assert_eq!(reply.body(), r#"{"decision":"continue"}"#, "{name}");
            }
            _ => assert_eq!(reply.body(), "{}", "{name}"),
        }
    }
}

#[test]
fn one_hook_by_itself() {
    use webhook_core::supabase_auth::{BeforeUserCreated, PasswordVerificationAttempt, SendSms};

    let hook = SendSms::parse(&sample("supabase-auth", "send-sms.json")).unwrap();
    assert_eq!(hook.kind(), Some("send-sms"));
    let old = sample("supabase-auth", "password-verification-attempt.no-metadata-older-server.json");
    assert_eq!(PasswordVerificationAttempt::parse(&old).unwrap().kind(), Some("password-verification"));
    // The name tells when another hook was meant.
    let other = sample("supabase-auth", "after-user-created.json");
    assert_eq!(BeforeUserCreated::parse(&other).unwrap().kind(), Some("after-user-created"));
    assert_eq!(SendSms::parse(&other).unwrap_err().path(), "sms");
    assert_eq!(SendSms::kind_of(&other).as_deref(), Some("after-user-created"));
}
