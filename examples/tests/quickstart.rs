//! The quickstart, run as a user runs it.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::process::Command;

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
