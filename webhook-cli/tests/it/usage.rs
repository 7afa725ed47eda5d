//! Flags, exit codes and the exact form of the answers.

use serde_json::json;

use crate::{command, fixture, run, webhook};

const FLUXBASE: [&str; 6] =
    ["--provider", "fluxbase", "--secret", "your-webhook-secret", "--now", "1795339653"];

fn capture() -> Vec<u8> {
    fixture("captures/fluxbase/users-insert.http")
}

#[test]
fn the_line_of_a_verified_request() {
    let ran = webhook(["verify", "--json"].iter().chain(&FLUXBASE).chain(&["-"]), &capture());
    assert_eq!(
        ran.stdout,
        "{\"verdict\":\"verified\",\"provider\":\"fluxbase\",\"variant\":\"signed\",\
         \"key\":{\"index\":0,\"label\":null},\
         \"delivery\":{\"id\":null,\"id_signed\":false,\"kind\":\"INSERT\",\"timestamp\":1795339653},\
         \"idempotency_key\":null,\"event\":{\"outcome\":\"known\",\"kind\":\"INSERT\",\"path\":null}}\n"
    );
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}

#[test]
fn what_a_person_sees() {
    let ran = webhook(["verify"].iter().chain(&FLUXBASE).chain(&["-"]), &capture());
    assert!(ran.stdout.starts_with("verified\n  provider         fluxbase (signed)\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("event            INSERT, known"), "{}", ran.stdout);
    // No colours where there is no terminal.
    assert!(!ran.stdout.contains('\u{1b}'));
}

#[test]
fn secrets_come_from_the_environment_and_from_files() {
    let mut raw = capture();
    let flags = ["verify", "--json", "--provider=fluxbase", "--ignore-time"];
    let label = |ran: crate::Ran| ran.json()["key"].clone();

    let ran =
        run(command().args(flags).args(["--secret-env=MINE", "-"]).env("MINE", "your-webhook-secret"), &raw);
    assert_eq!(label(ran), json!({"index": 0, "label": "MINE"}));
    let ran = run(
        command()
            .args(flags)
            .args(["--secret-env=MINE", "-"])
            .env("MINE", "new")
            .env("MINE_PREVIOUS", "your-webhook-secret"),
        &raw,
    );
    assert_eq!(label(ran), json!({"index": 1, "label": "MINE_PREVIOUS"}));
    let ran = run(command().args(flags).arg("-").env("FLUXBASE_WEBHOOK_SECRET", "your-webhook-secret"), &raw);
    assert_eq!(label(ran), json!({"index": 0, "label": "FLUXBASE_WEBHOOK_SECRET"}));

    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "your-webhook-secret\n").unwrap();
    let request = folder.path().join("request.http");
    std::fs::write(&request, &raw).unwrap();
    let ran = run(command().args(flags).arg("--secret-file").arg(&secret).arg(&request), b"");
    assert_eq!(ran.code, 0, "{ran:?}");

    raw.push(b'\n');
    let ran = run(command().args(flags).arg("--secret-file").arg(&secret).arg("-"), &raw);
    assert_eq!(ran.json()["error"], "signature_mismatch");
}

#[test]
fn wrong_usage_and_configuration() {
    let good = capture();
    for (flags, code) in [
        (&["--provider=unheard-of", "--secret=x"][..], "unknown_provider"),
        (&["--provider=fluxbase", "--variant=none", "--secret=x"], "unknown_variant"),
        (&["--provider=fluxbase"], "missing_variable"),
        (&["--provider=fluxbase", "--secret-env=NOT_SET"], "missing_variable"),
        (&["--provider=fluxbase", "--secret="], "empty_secret"),
        (&["--provider=fluxbase", "--secret=x\n"], "secret_whitespace"),
        (&["--provider=clerk", "--secret=sk_test_x"], "secret_is_api_key"),
        (&["--provider=clerk", "--secret=whsec_whsec_AAAA"], "doubled_prefix"),
        (&["--provider=clerk", "--secret=not base64"], "secret_not_base64"),
        (&["--secret=x"], "usage"),
        (&["--header=x-a"], "no_secret"),
        (&["--header=x a", "--secret=x"], "invalid_scheme"),
        (&["--header=x-a", "--signed={timestamp}{body}", "--secret=x"], "invalid_scheme"),
        (&["--header=x-a", "--signed={nothing}", "--secret=x"], "usage"),
        (&["--header=x-a", "--algorithm=md5", "--secret=x"], "usage"),
        (&["--header=x-a", "--secret=x", "--now=1", "--ignore-time"], "usage"),
    ] {
        let ran = webhook(["verify", "--json"].iter().chain(flags).chain(&["-"]), &good);
        let line = ran.json();
        assert_eq!(
            (ran.code, &line["verdict"], &line["error"]),
            (2, &json!("error"), &json!(code)),
            "{flags:?}: {line}"
        );
    }
    let ran = webhook(["verify", "--json", "--provider=clerk", "--secret=whsec_AAAA", "/not/there"], b"");
    assert_eq!((ran.code, &ran.json()["error"]), (2, &json!("unreadable_file")));
    let ran = webhook(["verify", "--json", "--provider=clerk", "--secret=whsec_AAAA", "-"], b"{}");
    assert_eq!((ran.code, &ran.json()["error"]), (2, &json!("malformed_request")));
    assert_eq!(webhook(["verify"], b"").code, 2);
    assert_eq!(webhook(["--help"], b"").code, 0);
    assert_eq!(webhook(["--version"], b"").code, 0);
}

#[test]
fn a_secret_is_never_printed() {
    let secret = "hunter2-hunter2";
    for flags in [&[][..], &["--json"]] {
        for text in [secret.to_owned(), format!("{secret}\n"), format!("\"{secret}\"")] {
            let secret_flag = format!("--secret={text}");
            let base = ["verify", "--provider=clerk", secret_flag.as_str()];
            let ran = webhook(base.iter().chain(flags).chain(&["-"]), &capture());
            assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{ran:?}");
        }
    }
}

#[test]
fn a_broken_header() {
    let raw = b"POST / HTTP/1.1\r\nX-Webhook-Signature: abc\ndef\r\n\r\n{}";
    let ran = webhook(["verify", "--json", "--provider=supabase", "--secret=x", "-"], raw);
    let line = ran.json();
    assert_eq!((ran.code, &line["error"]), (1, &json!("malformed_header")));
}

#[test]
fn events_of_every_outcome() {
    let sign = ["verify", "--json", "--provider=supabase", "--secret=token", "-"];
    for (body, event) in [
        (
            r#"{"type":"INSERT","table":"t","schema":"s","record":{},"old_record":null}"#,
            json!({"outcome":"known","kind":"INSERT","path":null}),
        ),
        (
            r#"{"type":"INSERT","table":1,"schema":"s","record":{},"old_record":null}"#,
            json!({"outcome":"misfit","kind":"INSERT","path":"table"}),
        ),
        ("no JSON", json!({"outcome":"misfit","kind":null,"path":""})),
    ] {
        let raw = format!("POST / HTTP/1.1\r\nX-Webhook-Signature: token\r\n\r\n{body}");
        let ran = webhook(sign, raw.as_bytes());
        assert_eq!((ran.code, &ran.json()["event"]), (0, &event), "{body}");
    }
    let raw = "POST / HTTP/1.1\r\nX-T: token\r\n\r\n{\"type\":\"a.b\"}";
    let ran = webhook(
        ["verify", "--json", "--header=X-T", "--encoding=text", "--secret=token", "-"],
        raw.as_bytes(),
    );
    assert_eq!(ran.json()["event"], json!({"outcome":"unknown","kind":"a.b","path":null}));
    assert_eq!(ran.json()["provider"], json!(null));
}

#[test]
fn parsing_a_body() {
    let parse = ["parse", "--provider=fluxbase", "--json"];
    let body =
        br#"{"event":"INSERT","table":"t","schema":"s","record":{"a":1},"timestamp":"2026-01-01T00:00:00Z"}"#;
    let ran = webhook(parse.iter().chain(&["-"]), body);
    assert_eq!(
        ran.stdout,
        "{\"event\":{\"outcome\":\"known\",\"kind\":\"INSERT\",\"path\":null},\"drift\":[]}\n"
    );
    assert_eq!(webhook(parse.iter().chain(&["--drift", "-"]), body).code, 0);

    let clerk = ["parse", "--provider=clerk", "--json"];
    let more = br#"{"type":"user.deleted","object":"event","data":{"id":"user_1","object":"user","deleted":true},"new":1}"#;
    let ran = webhook(clerk.iter().chain(&["--drift", "-"]), more);
    assert_eq!((ran.code, &ran.json()["drift"]), (1, &json!(["new"])));
    assert_eq!(webhook(clerk.iter().chain(&["-"]), more).code, 0);
    let ran = webhook(["parse", "--provider=clerk", "--drift", "-"], more);
    assert!(ran.stdout.contains("drift") && ran.stdout.contains("  new\n"), "{}", ran.stdout);

    let ran = webhook(parse.iter().chain(&["-"]), b"{\"event\":\"INSERT\"");
    assert_eq!((ran.code, &ran.json()["event"]), (1, &json!({"outcome":"misfit","kind":null,"path":""})));
    assert_eq!(webhook(["parse", "--json", "-"], b"{}").code, 2);
}

#[test]
fn the_table_of_providers() {
    let ran = webhook(["providers", "--json"], b"");
    let line = ran.json();
    let names: Vec<_> =
        line["providers"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 11);
    let fluxbase = &line["providers"][6];
    assert_eq!(fluxbase["variants"][0]["name"], "signed");
    assert_eq!(fluxbase["variants"][0]["headers"], json!(["x-fluxbase-signature"]));
    assert_eq!(fluxbase["environment"], json!(["FLUXBASE_WEBHOOK_SECRET"]));
    assert_eq!(fluxbase["retries"]["delays"], json!([5, 10]));
    let text = webhook(["providers"], b"").stdout;
    assert!(names.iter().all(|name| text.contains(name)), "{text}");
}

/// The causes themselves are tested in the library; this is how the command hands them on.
#[test]
fn hints_of_a_refused_request() {
    let mut raw = capture();
    raw.push(b'\n');
    let ran = webhook(["verify", "--json"].iter().chain(&FLUXBASE).chain(&["-"]), &raw);
    let line = ran.json();
    assert_eq!(line["error"], "signature_mismatch");
    assert_eq!(line["hints"][0]["code"], "trailing_newline");
    let ran = webhook(["verify"].iter().chain(&FLUXBASE).chain(&["-"]), &raw);
    assert!(
        ran.stdout.starts_with("refused  no signature matches (signature_mismatch, status 401)\n"),
        "{ran:?}"
    );
    assert!(ran.stdout.contains("  trailing_newline  the request verifies with the body without"), "{ran:?}");

    // The secret that would have been right stands in another variable.
    let flags = ["verify", "--json", "--provider=fluxbase", "--ignore-time", "--secret=wrong", "-"];
    let ran = run(command().args(flags).env("CHATTERWISE_WEBHOOK_SECRET", "your-webhook-secret"), &capture());
    let hint = ran.json()["hints"][0].clone();
    assert_eq!(hint["code"], "other_secret");
    assert!(hint["message"].as_str().unwrap().contains("CHATTERWISE_WEBHOOK_SECRET"), "{hint}");
    assert!(!ran.stdout.contains("your-webhook-secret"));
}
