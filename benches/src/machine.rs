//! What a figure without its machine would be worth nothing without.

use std::fs;
use std::process::Command;

/// The command that runs the bench of this name, the machine and how busy it is, the compiler and its settings.
pub fn machine(bench: &str) -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let of = |key: &str| {
        let line = cpu.lines().find(|line| line.starts_with(key)).and_then(|line| line.split_once(": "));
        line.map_or("unknown", |(_, value)| value).to_owned()
    };
    let has = |flag: &str| if of("flags").split(' ').any(|found| found == flag) { "with" } else { "without" };
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "`cargo bench -p webhook-benches --bench {bench}` on {} (family {}, model {}) {} SHA instructions, \
         {} processors, load {}; {}, profile `bench` (thin LTO, one codegen unit).",
        of("model name"),
        of("cpu family"),
        of("model\t"),
        has("sha_ni"),
        std::thread::available_parallelism().map_or(1, usize::from),
        load.split(' ').next().unwrap_or_default(),
        first_line(Command::new("rustc").arg("--version")).unwrap_or_default(),
    )
}

/// The first line that a command prints, when it runs and succeeds: mostly a version.
pub fn first_line(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().map(|line| line.trim().to_owned())
}

/// The crate with the version that `Cargo.lock` has of it.
///
/// # Panics
///
/// When `Cargo.lock` does not have the crate.
pub fn locked(name: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
    let lock = fs::read_to_string(path).expect("the workspace's Cargo.lock");
    let version = version(&lock, name).unwrap_or_else(|| panic!("{name} is not in Cargo.lock"));
    format!("{name} {version}")
}

fn version<'l>(lock: &'l str, name: &str) -> Option<&'l str> {
    let wanted = format!("name = \"{name}\"");
    let mut lines = lock.lines();
    lines.find(|line| *line == wanted)?;
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_has_the_version_of_the_lock_file() {
        let lock = "[[package]]\nname = \"axum-core\"\nversion = \"0.5.6\"\n\n[[package]]\nname = \"axum\"\nversion = \"0.8.9\"\n";
        assert_eq!(version(lock, "axum"), Some("0.8.9"));
        assert_eq!(version(lock, "axu"), None);
        assert!(locked("svix").starts_with("svix 2."));
    }

    #[test]
    fn a_command_that_is_not_there_or_fails_has_no_version() {
        assert!(first_line(Command::new("rustc").arg("--version")).unwrap().starts_with("rustc "));
        assert_eq!(first_line(Command::new("rustc").arg("--no-such-flag")), None);
        assert_eq!(first_line(&mut Command::new("no-such-command-anywhere")), None);
    }
}
