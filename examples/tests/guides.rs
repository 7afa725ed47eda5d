//! Runs the commands of the pages in `docs/guides/`, as a reader would who follows them from top to bottom on a fresh
//! clone.
//!
//! What a fenced block is, its info string says:
//!
//! | block | what |
//! | --- | --- |
//! | `sh` | is run, and must succeed |
//! | `sh fails` | is run, and must fail |
//! | `sh server` | is started, says `listening on http://…`, and runs on until the page ends or starts another at its address |
//! | `sh needs the vendor` | is not run: it takes an account, a dashboard, or the internet |
//! | `sh needs <program>` | is run where that program is installed |
//! | `text`, `json` | its lines stand in this order in what the block before has printed; `…` is any text |
//! | `text log` | its lines appear in this order in the log of the server that was started last |
//! | anything else | is for reading |
//!
//! Each page has a folder that looks like the clone's, in which it may leave files. `export` lines hold for the rest of
//! the page, but not for servers, which have a terminal of their own. An address such as `127.0.0.1:3000` is a free one in
//! truth.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::arithmetic_side_effects, reason = "a test")]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::thread;

use support::{Finished, Program, Server, in_time, repository};

#[test]
fn every_page_can_be_followed() {
    let folder = repository().join("docs/guides");
    let mut pages: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
    assert!(pages.len() >= 3, "{pages:?}");
    thread::scope(|scope| {
        for page in &pages {
            scope.spawn(|| follow(page));
        }
    });
}

fn follow(page: &Path) {
    let name = page.file_name().unwrap().to_string_lossy();
    let blocks = blocks(&fs::read_to_string(page).unwrap());
    let mut reader = Reader::new();
    let mut run = 0;
    for Block { line, info, text } in &blocks {
        let place = format!("{name}:{line}");
        match info.split_once(' ').unwrap_or((info, "")) {
            ("sh", "needs the vendor") => continue,
            ("sh", what) if what.strip_prefix("needs ").is_some_and(|program| !is_installed(program)) => {
                reader.printed = None;
                continue;
            }
            ("sh", "server") => reader.start(text),
            ("sh", what) => reader.run(text, what != "fails", &place),
            ("text" | "json", "") => reader.compare(text, &place),
            ("text", "log") => reader.wait_for(text, &place),
            _ => continue,
        }
        run += 1;
    }
    assert!(run > 0, "{name} has no command that is run");
}

struct Block {
    line: usize,
    info: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in page.lines().enumerate() {
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(info), None) => {
                open = Some(Block { line: number + 1, info: info.trim().to_owned(), text: String::new() });
            }
            (None, Some(block)) => writeln!(block.text, "{line}").unwrap(),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// Who follows one page.
struct Reader {
    folder: tempfile::TempDir,
    exports: String,
    servers: Vec<Started>,
    /// What the last block has printed; none when it was not run.
    printed: Option<String>,
}

/// A server, by the address that the page gives it.
struct Started {
    address: String,
    server: Server,
}

impl Reader {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(repository()).unwrap() {
            let entry = entry.unwrap();
            if entry.file_name() != "target" && entry.file_name() != ".git" {
                symlink(entry.path(), folder.path().join(entry.file_name())).unwrap();
            }
        }
        let bin = folder.path().join(".bin");
        fs::create_dir(&bin).unwrap();
        // A file that is written here could not be run while another page's shell, being started, still holds it open.
        symlink(repository().join("examples/tests/support/cargo"), bin.join("cargo")).unwrap();
        Self { folder, exports: String::new(), servers: Vec::new(), printed: None }
    }

    fn shell(&self, exports: &str, script: &str) -> Program {
        let path =
            format!("{}:{}", self.folder.path().join(".bin").display(), std::env::var("PATH").unwrap());
        let script = self.actual(&format!("set -eu\n{exports}{script}"));
        Program::new("sh")
            .arg("-c")
            .arg(script)
            .env("PATH", path)
            .env("HOME", self.folder.path())
            .env("PROGRAMS", programs())
            .folder(self.folder.path())
    }

    /// The page's text with the servers' true addresses.
    fn actual(&self, text: &str) -> String {
        self.servers.iter().fold(text.to_owned(), |text, Started { address, server }| {
            let host_named = address.replace("127.0.0.1", "localhost");
            text.replace(address, &server.address.to_string())
                .replace(&host_named, &server.address.to_string())
        })
    }

    fn start(&mut self, script: &str) {
        let after = |name| script.split_once(name).and_then(|(_, rest)| rest.split_whitespace().next());
        let port = after("--port ");
        let documented = match (after("LISTEN="), port) {
            (Some(address), _) => address.to_owned(),
            (None, Some(port)) => format!("127.0.0.1:{port}"),
            (None, None) => "127.0.0.1:3000".to_owned(),
        };
        // The one that was there has to go first.
        self.servers.retain(|started| started.address != documented);
        let free = script.replace(&format!("LISTEN={documented}"), "LISTEN=127.0.0.1:0");
        let free = port.map_or(free.clone(), |port| free.replace(&format!("--port {port}"), "--port 0"));
        let server = self.shell("", &free).start();
        self.servers.push(Started { address: documented, server });
        self.printed = Some(String::new());
    }

    fn run(&mut self, script: &str, succeeds: bool, place: &str) {
        let Finished { status, stdout, stderr } = self.shell(&self.exports, script).run();
        assert!(status.success() == succeeds, "{place}: {status}\n{stdout}{stderr}");
        let exports = script.lines().filter(|line| line.starts_with("export "));
        for line in exports {
            writeln!(self.exports, "{line}").unwrap();
        }
        self.printed = Some(stdout + &stderr);
    }

    fn compare(&self, expected: &str, place: &str) {
        if let Some(printed) = &self.printed {
            let expected = self.actual(expected);
            assert!(stands_in(&expected, printed), "{place}: not this\n{expected}but\n{printed}");
        }
    }

    fn wait_for(&self, expected: &str, place: &str) {
        let expected = self.actual(expected);
        let server = &self.servers.last().unwrap_or_else(|| panic!("{place}: no server runs")).server;
        let found = in_time(|| stands_in(&expected, &server.log()).then_some(()));
        assert!(found.is_some(), "{place}: not in the log\n{expected}but\n{}", server.log());
    }
}

/// Whether the lines of `expected` stand in `printed`, in their order.
fn stands_in(expected: &str, printed: &str) -> bool {
    let mut lines = printed.lines();
    expected
        .lines()
        .filter(|line| !line.trim().is_empty())
        .all(|wanted| lines.any(|line| matches(wanted, line)))
}

/// Whether a line has all of `wanted`, with any text for each `…`.
fn matches(wanted: &str, line: &str) -> bool {
    let mut rest = line;
    wanted.split('…').map(str::trim).all(|part| match rest.split_once(part) {
        Some((_, behind)) => {
            rest = behind;
            true
        }
        None => false,
    })
}

fn is_installed(program: &str) -> bool {
    Command::new("sh").args(["-c", "command -v \"$0\"", program]).output().unwrap().status.success()
}

/// Where the programs are, the command `webhook` among them: it is another package's, so it may have to be built.
fn programs() -> &'static Path {
    static PROGRAMS: OnceLock<PathBuf> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        let programs = Path::new(env!("CARGO_BIN_EXE_quickstart")).parent().unwrap().to_owned();
        if !programs.join("webhook").exists() {
            let mut cargo = Command::new(env!("CARGO"));
            cargo.args(["build", "--quiet", "--package", "webhook-cli", "--target-dir"]);
            cargo.arg(programs.parent().unwrap()).current_dir(repository());
            if programs.ends_with("release") {
                cargo.arg("--release");
            }
            assert!(cargo.status().unwrap().success(), "the command `webhook` cannot be built");
        }
        programs
    })
}

#[test]
fn the_runner_can_fail() {
    assert!(stands_in("a…c\nd\n", "x\nabc\ny\nd\n"));
    assert!(!stands_in("d\na…c\n", "abc\nd\n"), "the order counts");
    assert!(!stands_in("a…c\n", "ac.\nc a\n".replace("ac.", "a").as_str()));
    let failing = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        let page = folder.path().join("page.md");
        fs::write(&page, text).unwrap();
        thread::spawn(move || follow(&page)).join().is_err()
    };
    assert!(failing("```sh\nfalse | true\nfalse\n```\n"));
    assert!(failing("```sh fails\ntrue\n```\n"));
    assert!(failing("```sh\necho a\n```\n```text\nb\n```\n"));
    assert!(failing("nothing to run\n"));
    assert!(!failing("```sh\nexport A=b\n```\n```sh\necho \"$A\"\n```\n```text\nb\n```\n"));
}

#[test]
fn every_program_is_run_by_a_test_and_told_of_in_the_readme() {
    let examples = repository().join("examples");
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let manifest = fs::read_to_string(examples.join("Cargo.toml")).unwrap();
    let tests: String = fs::read_dir(examples.join("tests"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let programs: Vec<&str> =
        manifest.split("[[bin]]\nname = \"").skip(1).map(|bin| bin.split('"').next().unwrap()).collect();
    assert!(programs.len() >= 8, "{programs:?}");
    for program in programs {
        assert!(tests.contains(&format!("CARGO_BIN_EXE_{program}\"")), "no test starts {program}");
        // A program for the tests alone, which is nobody's example.
        assert!(
            program == "inbox_victim" || readme.contains(&format!("`{program}`")),
            "the README does not tell of {program}"
        );
    }
}
