//! Starts an example program as a user does, sends it requests over HTTP, and reads what it prints.
//!
//! ```ignore
//! mod support;
//! use support::{Program, Request, sign};
//!
//! let shop = Program::new(env!("CARGO_BIN_EXE_own_provider")).env("SHOP_WEBHOOK_SECRET", "s3cr3t").start();
//! let answer = shop.send(&Request::post("/webhooks/shop").headers(&signed).body(ORDER));
//! assert_eq!(answer.status, 204);
//! shop.wait_for_log("order 17");
//! ```
#![allow(dead_code, reason = "each test uses a part of it")]
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "of tests")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use http::HeaderMap;
use webhook_verify::{Scheme, Secret, Signer, UnixTime};

/// How long anything that a test waits for may take.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

/// A program of this package, before it is started: without the environment of whoever runs the tests.
pub(crate) struct Program {
    command: Command,
}

impl Program {
    /// `exe` is `env!("CARGO_BIN_EXE_<name>")`.
    pub(crate) fn new(exe: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(exe);
        command.env_clear().env("LISTEN", "127.0.0.1:0");
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        Self { command }
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Starts a server, and waits until it says where it listens.
    pub(crate) fn start(self) -> Server {
        let server = Process::spawn(self.command);
        let line = server.out.wait_for("listening on http://", &server);
        let address = line.trim().strip_prefix("listening on http://").expect("the line is that alone");
        Server { address: address.parse().expect("an address"), process: server }
    }

    /// Runs a program to its end.
    pub(crate) fn run(self) -> Finished {
        let mut process = Process::spawn(self.command);
        let status = process.wait();
        process.finished(status)
    }
}

/// What a program that has ended left behind.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A running server; it is killed when this is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    process: Process,
}

impl Server {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn send(&self, request: &Request) -> Answer {
        request.send(self.address)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send(&Request::new("GET", path))
    }

    /// Everything printed so far.
    pub(crate) fn stdout(&self) -> String {
        self.process.out.text()
    }

    /// Everything logged so far.
    pub(crate) fn log(&self) -> String {
        self.process.err.text()
    }

    /// The first line of the log that holds `text`, waiting for it.
    pub(crate) fn wait_for_log(&self, text: &str) -> String {
        self.process.err.wait_for(text, &self.process)
    }

    /// The first printed line that holds `text`, waiting for it.
    pub(crate) fn wait_for_stdout(&self, text: &str) -> String {
        self.process.out.wait_for(text, &self.process)
    }

    /// Ends it as a power cut would. It is gone when this returns.
    pub(crate) fn kill(mut self) {
        self.process.child.kill().unwrap();
        self.process.wait();
    }

    /// Whether it ends by itself in this time.
    pub(crate) fn has_ended_within(&mut self, time: Duration) -> bool {
        let end = Instant::now() + time;
        while Instant::now() < end {
            if self.process.child.try_wait().unwrap().is_some() {
                return true;
            }
            thread::sleep(Duration::from_millis(5));
        }
        false
    }

    /// Types a line into its terminal.
    pub(crate) fn type_line(&mut self, line: &str) {
        let input = self.process.child.stdin.as_mut().unwrap();
        input.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Asks it to stop, as a service manager does, and waits until it has.
    pub(crate) fn terminate(mut self) -> Finished {
        assert!(self.process.signal("TERM"));
        let status = self.process.wait();
        self.process.finished(status)
    }
}

/// A child and what it prints. It leads a process group, so that whatever it starts ends with it.
struct Process {
    child: Child,
    out: Arc<Printed>,
    err: Arc<Printed>,
}

impl Process {
    fn spawn(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let out = Printed::collect(child.stdout.take().unwrap());
        let err = Printed::collect(child.stderr.take().unwrap());
        Self { child, out, err }
    }

    fn wait(&mut self) -> ExitStatus {
        let end = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < end, "it does not end\n{}\n{}", self.out.text(), self.err.text());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends a signal to the server, and to what it has started. With the shell's own `kill`: the standard library
    /// sends no signal but one.
    fn signal(&self, name: &str) -> bool {
        let group = format!("-{}", self.child.id());
        Command::new("sh").args(["-c", "kill -s \"$0\" -- \"$1\"", name, &group]).status().unwrap().success()
    }

    fn finished(&self, status: ExitStatus) -> Finished {
        Finished { status, stdout: self.out.all(), stderr: self.err.all() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.signal("KILL");
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One of a child's outputs, collected line by line.
#[derive(Default)]
struct Printed {
    state: Mutex<Text>,
    changed: Condvar,
}

#[derive(Default)]
struct Text {
    text: String,
    ended: bool,
}

impl Printed {
    fn collect(source: impl Read + Send + 'static) -> Arc<Self> {
        let printed = Arc::new(Self::default());
        let collector = Arc::clone(&printed);
        thread::spawn(move || {
            let mut source = BufReader::new(source);
            let mut line = Vec::new();
            while source.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                collector.state.lock().unwrap().text.push_str(&String::from_utf8_lossy(&line));
                collector.changed.notify_all();
                line.clear();
            }
            collector.state.lock().unwrap().ended = true;
            collector.changed.notify_all();
        });
        printed
    }

    fn text(&self) -> String {
        self.state.lock().unwrap().text.clone()
    }

    /// Everything, once the child has closed it.
    fn all(&self) -> String {
        let state = self.state.lock().unwrap();
        let (state, _) = self.changed.wait_timeout_while(state, DEADLINE, |state| !state.ended).unwrap();
        state.text.clone()
    }

    fn wait_for(&self, wanted: &str, process: &Process) -> String {
        let found =
            |text: &str| text.split_inclusive('\n').find(|line| line.contains(wanted)).map(str::to_owned);
        let state = self.state.lock().unwrap();
        let waiting = |state: &mut Text| !state.ended && found(&state.text).is_none();
        let (state, _) = self.changed.wait_timeout_while(state, DEADLINE, waiting).unwrap();
        let line = found(&state.text);
        drop(state);
        line.unwrap_or_else(|| {
            panic!("no {wanted:?} in:\n{}\n{}", process.out.text(), process.err.text());
        })
    }
}

/// A request that is sent exactly as it is put together here: a library's client would add headers of its own.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    method: String,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self { method: method.into(), path: path.into(), headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn post(path: &str) -> Self {
        Self::new("POST", path)
    }

    /// A recorded request from `webhook-verify/tests/it/captures/`, such as `supabase/truncate.http`, sent to `path`
    /// instead of where it went. Its headers and body are as they arrived.
    pub(crate) fn recorded(file: &str, path: &str) -> Self {
        let raw = fixture(&format!("webhook-verify/tests/it/captures/{file}"));
        let end = raw.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
        let mut lines = raw[..end].split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
        let method = String::from_utf8_lossy(lines.next().unwrap()).split(' ').next().unwrap().to_owned();
        let mut request = Self::new(&method, path).body(&raw[end + 4..]);
        for line in lines {
            let colon = line.iter().position(|&byte| byte == b':').expect("a header");
            let name = String::from_utf8(line[..colon].to_vec()).unwrap();
            // These two say how the request travels, and are added when it is sent.
            if !["host", "content-length"].contains(&name.to_ascii_lowercase().as_str()) {
                request.headers.push((name, line[colon + 1..].trim_ascii().to_vec()));
            }
        }
        request
    }

    /// A sample from `webhook-core/tests/samples/` as a JSON body, such as `clerk/user.created.json`.
    pub(crate) fn sample(self, file: &str) -> Self {
        self.json(sample(file))
    }

    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        body.as_ref().clone_into(&mut self.body);
        self
    }

    pub(crate) fn json(self, body: impl AsRef<[u8]>) -> Self {
        self.header("content-type", "application/json").body(body)
    }

    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.into(), value.as_ref().to_vec()));
        self
    }

    /// Takes the header `name` away.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn headers(mut self, headers: &HeaderMap) -> Self {
        for (name, value) in headers {
            self.headers.push((name.as_str().into(), value.as_bytes().to_vec()));
        }
        self
    }

    /// Signs the body as it is now, as a sender would at this moment.
    pub(crate) fn signed(self, scheme: Scheme, secret: &str, id: &str) -> Self {
        self.signed_at(scheme, secret, id, UnixTime::now())
    }

    pub(crate) fn signed_at(self, scheme: Scheme, secret: &str, id: &str, time: UnixTime) -> Self {
        let headers = sign(scheme, secret, id, time, &self.body);
        self.headers(&headers)
    }

    /// What goes over the wire.
    pub(crate) fn raw(&self, address: SocketAddr) -> Vec<u8> {
        let mut raw = format!("{} {} HTTP/1.1\r\nhost: {address}\r\n", self.method, self.path).into_bytes();
        for (name, value) in &self.headers {
            raw.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        let length = self.body.len();
        raw.extend_from_slice(format!("content-length: {length}\r\nconnection: close\r\n\r\n").as_bytes());
        raw.extend_from_slice(&self.body);
        raw
    }

    pub(crate) fn send(&self, address: SocketAddr) -> Answer {
        let raw = self.raw(address);
        let mut connection = TcpStream::connect(address).unwrap();
        connection.set_read_timeout(Some(DEADLINE)).unwrap();
        // A server that refuses by the headers may hang up before it has the whole body.
        let written = connection.write_all(&raw);
        let mut answer = Vec::new();
        let read = connection.read_to_end(&mut answer);
        Answer::parse(&answer).unwrap_or_else(|| panic!("no answer: {written:?}, {read:?}"))
    }
}

/// The headers that a sender would add to `body`.
pub(crate) fn sign(scheme: Scheme, secret: &str, id: &str, time: UnixTime, body: &[u8]) -> HeaderMap {
    Signer::new(scheme, Secret::new(secret).unwrap()).unwrap().sign(id, time, body).unwrap()
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    fn parse(raw: &[u8]) -> Option<Self> {
        let end = raw.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
        let head = String::from_utf8(raw[..end].to_vec()).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: HeaderMap = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.parse().unwrap(), value.trim().parse().unwrap()))
            .collect();
        let body = &raw[end + 4..];
        let body = match headers.get("transfer-encoding") {
            Some(_) => dechunk(body),
            None => body.to_vec(),
        };
        Some(Self { status, headers, body: String::from_utf8(body).ok()? })
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The `error` of a refusal.
    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_else(|| panic!("{self:?}")).to_owned()
    }

    /// Status and `error`, for comparing a refusal at once.
    pub(crate) fn refusal(&self) -> (u16, String) {
        (self.status, self.error())
    }
}

fn dechunk(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = body.windows(2).position(|bytes| bytes == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        whole.extend_from_slice(&body[end + 2..][..size]);
        body = &body[end + 2 + size + 2..];
    }
    whole
}

/// The repository's top folder.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A file of the repository.
pub(crate) fn fixture(path: &str) -> Vec<u8> {
    let path = repository().join(path);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A sample body from `webhook-core/tests/samples/`, as it was sent.
pub(crate) fn sample(file: &str) -> Vec<u8> {
    fixture(&format!("webhook-core/tests/samples/{file}"))
}

/// Every order of so many things.
pub(crate) fn permutations(length: usize) -> Vec<Vec<usize>> {
    if length == 0 {
        return vec![Vec::new()];
    }
    let insert_everywhere = |shorter: Vec<usize>| {
        (0..length).map(move |place| {
            let mut longer = shorter.clone();
            longer.insert(place, length - 1);
            longer
        })
    };
    permutations(length - 1).into_iter().flat_map(insert_everywhere).collect()
}

/// Waits until `probe` gives something.
pub(crate) fn eventually<T>(what: &str, probe: impl FnMut() -> Option<T>) -> T {
    in_time(probe).unwrap_or_else(|| panic!("not in time: {what}"))
}

/// What `probe` gives, if it does so before the deadline.
pub(crate) fn in_time<T>(mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = probe() {
            return Some(found);
        }
        if Instant::now() > end {
            return None;
        }
        thread::sleep(Duration::from_millis(10));
    }
}
