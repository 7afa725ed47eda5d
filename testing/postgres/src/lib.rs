//! A private PostgreSQL for a test: a server of its own on 127.0.0.1, which ends with the test, however that ends.

#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a test that cannot have its server has failed, and the panic says why"
)]

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, fs};

use tempfile::TempDir;

/// How long a start may take, with the recovery after a kill, on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(2);

const POLL: Duration = Duration::from_millis(20);

/// Waits for its standard input to end, which it does with the test's process, and ends the server and its files then.
/// `leave` tells it that there is nothing to end.
const GUARD: &str = r#"
read -r word
[ "$word" = leave ] && exit 0
kill -QUIT "$1" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do
  kill -0 "$1" 2>/dev/null || break
  sleep 0.3
done
rm -rf -- "$2"
"#;

/// A running PostgreSQL with the settings it comes with (so every commit is synchronised to the disk), whose only user
/// `inbox` needs no password. It is stopped and removed when this is dropped.
#[derive(Debug)]
pub struct Postgres {
    directory: TempDir,
    binaries: PathBuf,
    owner: Option<Owner>,
    port: u16,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    server: Child,
    guard: Child,
}

/// Who the server runs as when the test is root, which PostgreSQL refuses to be.
#[derive(Debug, Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

impl Postgres {
    /// A new server with an empty database. `None`, with a line on standard error, where PostgreSQL is not installed.
    ///
    /// # Panics
    ///
    /// When the server does not start, and when PostgreSQL is not installed although the variable `CI` is set: there
    /// no test may be skipped.
    pub fn start() -> Option<Self> {
        Self::start_in(&env::temp_dir())
    }

    /// As [`start`](Self::start), with the server's files in a folder of their own within `folder`.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn start_in(folder: &Path) -> Option<Self> {
        let Some(binaries) = binaries() else {
            assert!(
                env::var_os("CI").is_none(),
                "no PostgreSQL binaries found, and CI is set: install postgresql"
            );
            // Not by `eprintln!`, which a passing test swallows.
            let _ = writeln!(io::stderr(), "skipped: no PostgreSQL binaries found");
            return None;
        };
        let directory = TempDir::with_prefix_in("webhook-postgres-", folder).expect("a temporary directory");
        let owner = Owner::needed(directory.path());
        if let Some(owner) = owner {
            chown(directory.path(), Some(owner.user), Some(owner.group))
                .expect("the directory's owner changes");
        }
        let mut postgres = Self { directory, binaries, owner, port: 0, running: None };
        postgres.create();
        postgres.launch();
        Some(postgres)
    }

    /// The server that the tests of this process share while one of them uses it; the last one stops it. Each test
    /// takes a schema or a database of its own.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn shared() -> Option<Arc<Self>> {
        static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());

        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = shared.upgrade() {
            return Some(server);
        }
        let server = Arc::new(Self::start()?);
        *shared = Arc::downgrade(&server);
        Some(server)
    }

    /// Where the server is: `postgres://inbox@127.0.0.1:<port>/postgres`.
    pub fn dsn(&self) -> String {
        format!("postgres://inbox@127.0.0.1:{}/postgres", self.port)
    }

    /// The port it listens at. It stays the same after a restart.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Kills the server with signal 9 and waits for the end of all its processes.
    pub fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            dismiss(&mut running.guard);
            let _ = running.server.kill();
            let _ = running.server.wait();
            // Its children hold the port until they notice.
            let begun = Instant::now();
            while self.listens() && begun.elapsed() < PATIENCE {
                sleep(POLL);
            }
        }
    }

    /// Stops the server in an orderly way.
    ///
    /// # Panics
    ///
    /// When it does not stop.
    pub fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            signal("INT", &running.server);
            if !ends(&mut running.server) {
                let _ = running.server.kill();
                panic!("PostgreSQL does not stop\n{}", self.log());
            }
            dismiss(&mut running.guard);
        }
    }

    /// Starts the server again after [`kill`](Self::kill) or [`stop`](Self::stop), with the same data and port.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn restart(&mut self) {
        self.kill();
        self.launch();
    }

    /// Adds lines to the configuration (`postgresql.conf`). They hold after [`restart`](Self::restart).
    ///
    /// # Panics
    ///
    /// When the file cannot be written.
    pub fn configure(&self, lines: &str) {
        let path = self.data().join("postgresql.conf");
        let before = fs::read_to_string(&path).expect("postgresql.conf");
        self.write("postgresql.conf", &format!("{before}\n{lines}\n"));
    }

    /// Puts a file into the server's data directory, readable by the server alone.
    ///
    /// # Panics
    ///
    /// When the file cannot be written.
    pub fn write(&self, name: &str, content: &str) {
        let path = self.data().join(name);
        fs::write(&path, content).expect("a file of the server");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its permissions");
        if let Some(owner) = self.owner {
            chown(&path, Some(owner.user), Some(owner.group)).expect("its owner");
        }
    }

    /// Lets the server read its configuration and `pg_hba.conf` again.
    pub fn reload(&self) {
        if let Some(running) = &self.running {
            signal("HUP", &running.server);
        }
    }

    fn listens(&self) -> bool {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()
    }

    fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command.env("LC_ALL", "C").current_dir(self.directory.path()).stdin(Stdio::null());
        if let Some(owner) = self.owner {
            command.gid(owner.group).uid(owner.user);
        }
        command
    }

    fn create(&self) {
        let mut initdb = self.command("initdb");
        // `--no-sync` is about this one command; the server does synchronise.
        initdb.args([
            "--no-sync",
            "--auth=trust",
            "--username=inbox",
            "--encoding=UTF8",
            "--locale=C",
            "--pgdata",
        ]);
        let output = initdb.arg(self.data()).output().expect("initdb runs");
        assert!(output.status.success(), "initdb failed: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Starts until it runs: another process may take a port that was free, and the processes that a killed server
    /// left need a moment to notice.
    fn launch(&mut self) {
        let begun = Instant::now();
        let keep_port = self.port != 0;
        loop {
            if !keep_port {
                let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
                self.port = free.expect("a free port").port();
            }
            if self.try_launch(begun) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "PostgreSQL does not start\n{}", self.log());
            sleep(POLL);
        }
    }

    fn try_launch(&mut self, begun: Instant) -> bool {
        let log = self.directory.path().join("log");
        let log = fs::OpenOptions::new().create(true).append(true).open(log).expect("a log file");
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).arg("-p").arg(self.port.to_string());
        command.args(["-h", "127.0.0.1", "-c", "unix_socket_directories="]);
        command.stdout(Stdio::null()).stderr(log);
        let mut server = command.spawn().expect("postgres runs");
        let guard = Command::new("sh")
            .args(["-c", GUARD, "guard", &server.id().to_string()])
            .arg(self.directory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A terminal's interrupt ends the test, and not this before it has done its work.
            .process_group(0)
            .spawn();
        let mut guard = match guard {
            Ok(guard) => guard,
            Err(error) => {
                let _ = server.kill();
                panic!("sh does not run: {error}");
            }
        };
        while !self.is_ready(&server) {
            if server.try_wait().is_ok_and(|status| status.is_none()) && begun.elapsed() < PATIENCE {
                sleep(POLL);
                continue;
            }
            dismiss(&mut guard);
            let _ = server.kill();
            let _ = server.wait();
            return false;
        }
        self.running = Some(Running { server, guard });
        true
    }

    /// Whether the server says in its `postmaster.pid`, which may be an older server's, that it takes connections.
    fn is_ready(&self, server: &Child) -> bool {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let mut lines = file.lines().map(str::trim);
        lines.next() == Some(&*server.id().to_string())
            && lines.nth(6).is_some_and(|state| matches!(state, "ready" | "standby"))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            // The guard takes the end of its input for the end of the test.
            drop(running.guard.stdin.take());
            if !ends(&mut running.server) {
                let _ = running.server.kill();
                let _ = running.server.wait();
            }
            let _ = running.guard.wait();
        }
    }
}

impl Owner {
    /// Root's own files belong to root, which is how this tells whether it is.
    fn needed(directory: &Path) -> Option<Self> {
        if fs::metadata(directory).expect("the directory's owner").uid() != 0 {
            return None;
        }
        let users = fs::read_to_string("/etc/passwd").expect("the list of users");
        let find = |name| {
            users.lines().find_map(|line| {
                let mut fields = line.split(':');
                (fields.next() == Some(name)).then_some(())?;
                let user = fields.nth(1)?.parse().ok()?;
                Some(Self { user, group: fields.next()?.parse().ok()? })
            })
        };
        let owner = find("postgres").or_else(|| find("nobody"));
        Some(owner.expect("a user `postgres` or `nobody`, since PostgreSQL does not run as root"))
    }
}

/// The first folder with a server: of `PATH`, then where the systems put it, the newest release first.
fn binaries() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut releases: Vec<(u32, PathBuf)> = ["/usr/lib/postgresql", "/opt/homebrew/opt"]
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?;
            Some((name.trim_start_matches("postgresql@").parse().ok()?, path.join("bin")))
        })
        .collect();
    releases.sort();
    env::split_paths(&path)
        .chain(releases.into_iter().rev().map(|(_, folder)| folder))
        .chain(["/usr/local/bin".into(), "/usr/local/pgsql/bin".into()])
        .find(|folder| ["initdb", "postgres"].iter().all(|program| folder.join(program).is_file()))
}

fn signal(name: &str, server: &Child) {
    let script = format!("kill -{name} {}", server.id());
    let _ = Command::new("sh").args(["-c", &script]).stderr(Stdio::null()).status();
}

/// Tells a guard that its server is gone.
fn dismiss(guard: &mut Child) {
    if let Some(mut stdin) = guard.stdin.take() {
        let _ = stdin.write_all(b"leave\n");
    }
    let _ = guard.wait();
}

/// Whether a process ends in time.
fn ends(process: &mut Child) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        if !process.try_wait().is_ok_and(|status| status.is_none()) {
            return true;
        }
        sleep(POLL);
    }
    false
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    fn listens(port: u16) -> bool {
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
    }

    #[test]
    fn it_survives_a_kill_and_leaves_nothing_behind() {
        let Some(mut postgres) = Postgres::start() else { return };
        let (port, directory) = (postgres.port(), postgres.directory.path().to_owned());
        assert!(listens(port));
        postgres.kill();
        assert!(!listens(port));
        postgres.restart();
        assert!(listens(port) && postgres.port() == port);
        assert!(postgres.log().contains("was not properly shut down"));

        let panicked = catch_unwind(AssertUnwindSafe(move || {
            let _postgres = postgres;
            panic!("a test fails");
        }));
        assert!(panicked.is_err() && !listens(port) && !directory.exists());
    }

    #[test]
    fn it_ends_with_the_process_of_the_test() {
        let Some(mut postgres) = Postgres::start() else { return };
        let (port, directory) = (postgres.port(), postgres.directory.path().to_owned());
        // What the system does with a process that is killed: its ends of the pipes are closed, and nothing is dropped.
        let mut running = postgres.running.take().unwrap();
        drop(running.guard.stdin.take());
        running.server.wait().unwrap();
        running.guard.wait().unwrap();
        assert!(!listens(port) && !directory.exists());
    }

    #[test]
    fn tests_share_a_server_while_they_use_it() {
        let Some(one) = Postgres::shared() else { return };
        let port = one.port();
        assert_eq!(Postgres::shared().unwrap().port(), port);
        drop(one);
        assert!(!listens(port));
    }
}
