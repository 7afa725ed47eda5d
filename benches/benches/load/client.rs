//! The client: connections that each send the same request again as soon as it is answered.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{JoinSet, LocalSet};
use tokio::time::timeout;
use webhook_benches::answer;

const CONNECTIONS: usize = 32;
/// Before what counts, so that every connection is in its stride.
const LEAD: Duration = Duration::from_millis(200);
/// For the last answers; all servers need far less.
const LATEST: Duration = Duration::from_secs(10);
/// What every handler answers.
const STATUS: u16 = 204;

/// What was done in the time that counts.
pub struct Done<P> {
    pub requests: u64,
    pub elapsed: Duration,
    /// What the probe said before and after.
    pub probed: (P, P),
}

/// Loads the server at `address` for `time`, of which `probe` marks the beginning and the end.
///
/// # Errors
///
/// An answer that is not the expected one, a connection that ends, or no answer at all.
pub async fn load<P>(
    address: SocketAddr,
    request: Vec<u8>,
    time: Duration,
    probe: impl Fn() -> P,
) -> Result<Done<P>, String> {
    let request: Rc<[u8]> = request.into();
    let run = Rc::new(Run::default());
    let counting = async {
        let mut connections = JoinSet::new();
        for _ in 0..CONNECTIONS {
            connections.spawn_local(connection(address, Rc::clone(&request), Rc::clone(&run)));
        }
        unless_one_ends(&mut connections, LEAD).await?;
        let (before, answered, at) = (probe(), run.answered.get(), Instant::now());
        unless_one_ends(&mut connections, time).await?;
        let done = Done {
            requests: run.answered.get() - answered,
            elapsed: at.elapsed(),
            probed: (before, probe()),
        };
        run.over.set(true);
        while let Some(ended) = timeout(LATEST, connections.join_next()).await.map_err(|_| "no answer")? {
            ended.map_err(|error| error.to_string())??;
        }
        if done.requests == 0 {
            return Err("no answer in the time that counts".to_owned());
        }
        Ok(done)
    };
    LocalSet::new().run_until(counting).await
}

/// What the connections of a run share.
#[derive(Default)]
struct Run {
    answered: Cell<u64>,
    over: Cell<bool>,
}

/// Waits, unless a connection ends before the run is over, which only an error makes it do.
async fn unless_one_ends(
    connections: &mut JoinSet<Result<(), String>>,
    time: Duration,
) -> Result<(), String> {
    match timeout(time, connections.join_next()).await {
        Err(_) => Ok(()),
        Ok(Some(Ok(Err(error)))) => Err(error),
        Ok(ended) => Err(format!("a connection ended: {ended:?}")),
    }
}

async fn connection(address: SocketAddr, request: Rc<[u8]>, run: Rc<Run>) -> Result<(), String> {
    let io = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(address).await.map_err(io)?;
    stream.set_nodelay(true).map_err(io)?;
    let mut received = Vec::with_capacity(4096);
    while !run.over.get() {
        stream.write_all(&request).await.map_err(io)?;
        received.clear();
        let answer = loop {
            if stream.read_buf(&mut received).await.map_err(io)? == 0 {
                return Err("the server closed a connection".to_owned());
            }
            if let Some(answer) = answer::first(&received)? {
                break answer;
            }
        };
        if answer.status != STATUS || answer.length != received.len() {
            let text = String::from_utf8_lossy(&received);
            return Err(format!("not an answer with {STATUS} and nothing behind it: {text}"));
        }
        run.answered.set(run.answered.get() + 1);
    }
    Ok(())
}
