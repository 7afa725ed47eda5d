//! A server as a process of its own, which does not outlive the bench.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use webhook_benches::process;
use webhook_benches::requests::SECRET;

use crate::client::{self, Done};

/// A program that prints the port it listens on, and ends when its input does.
pub struct Launch {
    pub program: PathBuf,
    pub arguments: Vec<String>,
}

/// Processor time, so far or of a run.
#[derive(Debug, Clone, Copy)]
pub struct ProcessorTime {
    pub server: Duration,
    pub client: Duration,
}

/// A server that runs. It is ended when this is dropped, also by a panic; when the bench is killed, the end of its
/// input ends it.
pub struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts a server, on this processor only if there is one given.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or ends without having named its port.
    pub fn start(launch: &Launch, processor: Option<u32>) -> Result<Self, String> {
        let mut command = match processor {
            None => Command::new(&launch.program),
            Some(processor) => {
                let mut command = Command::new("taskset"); // which becomes the program
                command.args(["--cpu-list", &processor.to_string()]).arg(&launch.program);
                command
            }
        };
        let process = command
            .args(&launch.arguments)
            .env("WEBHOOK_SECRET", SECRET)
            .env("NODE_ENV", "production")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", launch.program.display()))?;
        let mut server = Self { process, address: (Ipv4Addr::LOCALHOST, 0).into() };
        let mut line = String::new();
        let output = server.process.stdout.as_mut().ok_or("it has no output")?;
        BufReader::new(output).read_line(&mut line).map_err(|error| error.to_string())?;
        let port = line.trim().parse().map_err(|_| format!("{line:?} in place of its port"))?;
        server.address.set_port(port);
        Ok(server)
    }

    /// Loads it with this request; the probe is the processor time.
    ///
    /// # Errors
    ///
    /// As [`client::load`].
    pub async fn load(&self, request: Vec<u8>, time: Duration) -> Result<Done<ProcessorTime>, String> {
        let used = |pid| process::processor_time(pid).expect("a running process has an entry in /proc");
        let probe = || ProcessorTime { server: used(self.process.id()), client: used(std::process::id()) };
        client::load(self.address, request, time, probe).await
    }

    /// The most memory it had resident, in bytes.
    pub fn peak_memory(&self) -> u64 {
        process::peak_memory(self.process.id()).expect("a running process has an entry in /proc")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Either fails only for a server that has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
