//! The quickstart, run as a user runs it.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use webhook_axum::webhook_verify::providers;

/// The quickstart that stays up, until it is dropped.
struct Quickstart {
    child: Child,
    url: String,
    routes: Vec<String>,
}

impl Quickstart {
    fn start(environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_quickstart"))
            .arg("--serve")
            .env_clear()
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let first = lines.next().unwrap();
        let url = first.strip_prefix("listening on ").unwrap().to_owned();
        let routes = lines.take_while(|line| !line.is_empty()).collect();
        Self { child, url, routes }
    }

    /// What `webhook send` makes of it: 0 when the app took it, 1 when it refused, 2 when it could not be sent.
    fn send(&self, provider: &str, event: &str, more: &[&str]) -> u8 {
        let to = format!("{}/{provider}", self.url);
        let arguments = ["webhook", "send", "--provider", provider, "--event", event, "--to", &to];
        webhook_cli::run(arguments.iter().chain(more).map(OsString::from))
    }
}

impl Drop for Quickstart {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

const EXAMPLE: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[test]
fn it_takes_what_the_command_sends() {
    let own = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    let app = Quickstart::start(&[("CLERK_WEBHOOK_SIGNING_SECRET", own)]);
    let events = [
        ("clerk", "user.created"),
        ("svix", "invoice.paid"),
        ("standard-webhooks", "contact.created"),
        ("resend", "email.sent"),
        ("supabase", "INSERT"),
        ("supabase-auth", "send-sms"),
        ("fluxbase", "UPDATE"),
        ("notion", "page.created"),
        ("notion-automation", "automation"),
        ("chatterwise", "message_received"),
        ("record-envelope", "update"),
    ];
    assert!(events.iter().map(|(provider, _)| provider).eq(providers::NAMES), "a provider is not tried");
    for (provider, event) in events {
        let secret = if provider == "clerk" { own } else { EXAMPLE };
        assert_eq!(app.send(provider, event, &["--secret", secret]), 0, "{provider}");
        assert_eq!(app.send(provider, event, &["--secret", secret, "--tamper=signature"]), 1, "{provider}");
        assert_eq!(app.send(provider, event, &["--secret=whsec_d3Jvbmc="]), 1, "{provider}");
        let route = app.routes.iter().find(|line| line.contains(&format!("POST /{provider} "))).unwrap();
        assert_eq!(route.contains(secret), provider != "clerk", "{route}");
    }
}

#[test]
fn wrong_usage_is_told() {
    for arguments in [&["--serv"][..], &["--serve", "no-port"], &["--serve", "0", "1"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_quickstart")).args(arguments).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(String::from_utf8(output.stderr).unwrap().starts_with("quickstart: "), "{arguments:?}");
    }
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_quickstart")).args(["--serve", &port]).output().unwrap();
    let told = format!("quickstart: cannot listen on 127.0.0.1:{port}: ");
    assert!(String::from_utf8(output.stderr).unwrap().starts_with(&told), "{told}");
}

#[test]
fn every_line_comes_out_as_expected() {
    let output = Command::new(env!("CARGO_BIN_EXE_quickstart")).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    for provider in [
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
        "record-envelope",
    ] {
        assert!(
            printed.lines().any(|line| line.starts_with(&format!("{provider} "))),
            "{provider} is not shown"
        );
    }
    assert!(printed.lines().filter(|line| line.contains(" refused ")).count() >= 8, "{printed}");
    assert!(!printed.contains("NOT"), "{printed}");
}
