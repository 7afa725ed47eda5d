//! `sign`, `send` and `listen`, against each other.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Stdio};

use serde_json::json;

use crate::{Ran, command, run, webhook};

const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A `listen` that ends after so many requests.
struct Listener {
    child: Child,
    stdout: BufReader<ChildStdout>,
    url: String,
}

impl Listener {
    fn start(flags: &[&str], count: u32) -> Self {
        let mut child = command()
            .args(["listen", "--port=0", &format!("--count={count}")])
            .args(flags)
            .env("SECRET", WHSEC)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { child, stdout, url }
    }

    fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    /// What it printed, once it has ended.
    fn finish(mut self) -> String {
        let mut printed = String::new();
        self.stdout.read_to_string(&mut printed).unwrap();
        assert!(self.child.wait().unwrap().success());
        printed
    }
}

fn send(listener: &Listener, flags: &[&str]) -> Ran {
    let mut command = command();
    command.arg("send").args(["--to", &format!("{}/hook", listener.url)]).args(flags).env("SECRET", WHSEC);
    run(&mut command, b"")
}

const CLERK: [&str; 2] = ["--provider=clerk", "--secret-env=SECRET"];

#[test]
fn what_is_signed_verifies() {
    let body = b"{\"type\":\"user.deleted\",\"object\":\"event\",\"data\":{\"id\":\"user_1\",\"object\":\"user\",\"deleted\":true}}";
    for (provider, variant, secret) in [
        ("clerk", None, WHSEC),
        ("standard-webhooks", None, WHSEC),
        ("supabase-auth", None, WHSEC),
        ("supabase", Some("bearer"), "token"),
        ("supabase", Some("hmac-base64"), "text"),
        ("supabase", Some("hmac-timestamped"), "text"),
        ("fluxbase", Some("signed"), "text"),
        ("notion", None, "secret_x"),
        ("chatterwise", Some("documented"), "text"),
    ] {
        let mut flags = vec!["--provider", provider, "--secret", secret, "--now=1000"];
        flags.extend(variant.iter().flat_map(|variant| ["--variant", variant]));
        let signed = webhook(["sign", "--as=http"].iter().chain(&flags).chain(&["-"]), body);
        assert_eq!(signed.code, 0, "{provider}: {signed:?}");
        let ran = webhook(["verify", "--json"].iter().chain(&flags).chain(&["-"]), signed.stdout.as_bytes());
        assert_eq!(ran.json()["verdict"], "verified", "{provider}: {ran:?}");
        // Under another secret it does not, and the reason is none of the body's.
        flags[3] = "whsec_d3Jvbmc=";
        let ran = webhook(["verify", "--json"].iter().chain(&flags).chain(&["-"]), signed.stdout.as_bytes());
        assert_eq!(ran.json()["hints"][0]["code"], "other_secret", "{provider}: {ran:?}");
    }
}

#[test]
fn forms_of_a_signed_request() {
    let flags = [
        "sign",
        "--provider=svix",
        "--secret",
        WHSEC,
        "--now=1614265330",
        "--id=msg_p5jXN8AQM9LWM0D4loKWxJek",
    ];
    let ran = webhook(flags.iter().chain(&["-"]), b"{\"test\": 2432232314}");
    assert!(
        ran.stdout.contains("svix-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\n"),
        "{ran:?}"
    );
    let ran = webhook(flags.iter().chain(&["--as=curl", "-"]), b"{\"it's\": 1}");
    assert!(ran.stdout.starts_with("curl -X POST 'http://localhost:8787/'"), "{ran:?}");
    assert!(ran.stdout.ends_with("--data-binary '{\"it'\\''s\": 1}'\n"), "{ran:?}");
    let ran = webhook(flags.iter().chain(&["--as=curl", "-"]), b"\xff");
    assert_eq!(ran.code, 2);
    // A custom scheme signs as well.
    let custom = [
        "--header=X-Sig",
        "--timestamp-header=X-Time",
        "--signed={timestamp}.{body}",
        "--secret=s",
        "--now=5",
    ];
    let ran = webhook(["sign", "--as=http"].iter().chain(&custom).chain(&["-"]), b"x");
    let ran = webhook(["verify", "--json"].iter().chain(&custom).chain(&["-"]), ran.stdout.as_bytes());
    assert_eq!(ran.json()["delivery"]["timestamp"], 5);
}

#[test]
fn sent_events_arrive_verified() {
    let listener = Listener::start(&CLERK, 3);
    let ran =
        send(&listener, &["--provider=clerk", "--secret-env=SECRET", "--event=user.created", "--times=3"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.stdout.lines().filter(|line| line.contains("  204  ")).count(), 3, "{ran:?}");
    let printed = listener.finish();
    assert_eq!(printed.matches("verified\n").count(), 3, "{printed}");
    assert!(printed.contains("event            user.created, known"), "{printed}");
    assert!(!printed.contains(WHSEC));
}

#[test]
fn tampered_events_are_refused() {
    let tampers = ["body", "signature", "timestamp", "stale", "truncate", "unsigned"];
    let listener = Listener::start(&CLERK, 6);
    for tamper in tampers {
        let ran = send(&listener, &[CLERK[0], CLERK[1], "--event=session.created", "--tamper", tamper]);
        assert_eq!(ran.code, 1, "{tamper}: {ran:?}");
        assert!(ran.stdout.contains("1  401  "), "{tamper}: {ran:?}");
        assert!(!ran.stdout.contains("hint"), "hints are for the listener alone: {ran:?}");
    }
    let printed = listener.finish();
    for code in ["signature_mismatch", "timestamp_too_old", "missing_header", "trailing_newline", "unsigned"]
    {
        assert!(printed.contains(code), "{code}: {printed}");
    }
}

#[test]
fn statuses_in_their_order_and_saved_requests() {
    let folder = tempfile::tempdir().unwrap();
    let save = folder.path().to_str().unwrap();
    let listener = Listener::start(&["--fail=500,503", "--save", save], 3);
    let ran = send(&listener, &[CLERK[0], CLERK[1], "--event=user.deleted", "--times=3"]);
    let statuses: Vec<_> = ran.stdout.lines().filter_map(|line| line.split("  ").nth(1)).collect();
    assert_eq!((ran.code, statuses), (1, vec!["500", "503", "204"]));
    listener.finish();
    let saved = folder.path().join("0003.http");
    let ran =
        run(command().args(["verify", "--json", CLERK[0], CLERK[1]]).arg(saved).env("SECRET", WHSEC), b"");
    assert_eq!(ran.json()["event"], json!({"outcome": "known", "kind": "user.deleted", "path": null}));
}

#[test]
fn chunks_and_other_methods() {
    let folder = tempfile::tempdir().unwrap();
    let listener = Listener::start(&["--save", folder.path().to_str().unwrap()], 2);
    for (request, status) in [
        (
            "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n",
            "204",
        ),
        ("GET /b HTTP/1.1\r\nHost: x\r\n\r\n", "405"),
    ] {
        let mut connection = TcpStream::connect(listener.address()).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        // Unread bytes behind the last chunk may reset the connection after the answer.
        let _ = connection.read_to_string(&mut answer);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
    listener.finish();
    let saved = std::fs::read(folder.path().join("0001.http")).unwrap();
    assert_eq!(saved, b"POST /a HTTP/1.1\r\nX-A: 1\r\n\r\nabcde");
}

#[test]
fn only_this_machine() {
    let flags = ["send", "--provider=clerk", "--secret", WHSEC, "--event=user.created"];
    for (to, code) in
        [("http://192.0.2.1/", "remote_target"), ("https://127.0.0.1/", "usage"), ("nonsense", "usage")]
    {
        let ran = webhook(flags.iter().chain(&["--to", to]), b"");
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(code), "{to}: {ran:?}");
    }
    let ran = webhook(
        ["send", "--provider=clerk", "--secret", WHSEC, "--event=none", "--to=http://127.0.0.1:1/"],
        b"",
    );
    assert!(ran.code == 2 && ran.stderr.contains("user.created"), "{ran:?}");
    let ran = webhook(["listen", "--provider=clerk"], b"");
    assert!(ran.code == 2 && ran.stderr.contains("missing_variable"), "{ran:?}");
}

#[test]
fn completions_and_the_man_page() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = webhook(["completions", shell], b"");
        assert!(ran.code == 0 && ran.stdout.contains("listen"), "{shell}");
    }
    let page = webhook(["man"], b"").stdout;
    for text in [".TH webhook", "WEBHOOK VERIFY", "secret\\-env", "Examples"] {
        assert!(page.contains(text), "{text}");
    }
}
