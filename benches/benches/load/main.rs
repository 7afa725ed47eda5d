//! `cargo bench -p webhook-benches --bench load`: servers under load on loopback, beside each other, as a Markdown table.
//!
//! Each server is a process of its own with one worker on one processor, this program is the client on another. The
//! servers are loaded in turn, in rounds that each begin with another one; a ratio is the median of the ratios within
//! a round. Processor time per request is the steadier figure: it counts nobody else's time.
//!
//! Behind `--`: `--seconds 2` for each server in each round, `--rounds 5`, and words that choose the servers whose
//! name holds one of them. Express and FastAPI are installed below the target directory on the first run, by npm and
//! pip; where one cannot be had, a line says so.

mod client;
mod contenders;
mod installed;
mod serve;
mod server;
mod table;

#[path = "../handlers/actix.rs"]
mod on_actix;
#[path = "../handlers/axum.rs"]
mod on_axum;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use contenders::{Contender, Platform, chosen};
use installed::{express, fastapi, node_24, python, version};
use server::{Launch, Server};
use table::{Measured, Sample, print};
use webhook_benches::machine::{first_line, locked, machine};
use webhook_benches::process;

struct Settings {
    time: Duration,
    rounds: usize,
    words: Vec<String>,
}

fn main() {
    let mut settings = Settings { time: Duration::from_secs(2), rounds: 5, words: Vec::new() };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut next = || arguments.next().expect("something behind the flag");
        match argument.as_str() {
            "--serve-axum" => return serve::axum(&next()),
            "--serve-actix" => return serve::actix(next()),
            "--seconds" => settings.time = Duration::from_secs_f64(next().parse().expect("seconds")),
            "--rounds" => settings.rounds = next().parse().expect("a number of rounds"),
            "--bench" => {} // from cargo
            word => settings.words.push(word.to_owned()),
        }
    }
    match process::processors() {
        Ok(processors) => bench(&settings, &processors),
        Err(error) => {
            println!("skipped: what a server used is read from Linux's /proc, which is not here: {error}")
        }
    }
}

fn bench(settings: &Settings, processors: &[u32]) {
    let launches: Vec<_> = chosen(&settings.words).into_iter().map(|one| (one, launch(one))).collect();
    println!("{} {}.\n", machine("load"), versions().join("; "));
    let pinned = pin(processors);
    if pinned.is_none() {
        println!("Client and servers share processors: there is only one, or no `taskset`.\n");
    }
    let mut servers: Vec<(Measured, Server)> = Vec::new();
    let mut skipped = Vec::new();
    for (contender, launch) in launches {
        let platform = contender.platform;
        match launch.and_then(|launch| Server::start(&launch, pinned)) {
            Ok(server) => servers.push((Measured::new(contender), server)),
            Err(reason) if platform.is_ours() => panic!("{}: {reason}", contender.name()),
            Err(_) if skipped.contains(&platform) => {}
            Err(reason) => {
                println!("Skipped, {}: {reason}\n", platform.name());
                skipped.push(platform);
            }
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for round in 0..=settings.rounds {
            eprintln!("round {round} of {}", settings.rounds);
            for turn in 0..servers.len() {
                let at = (round + turn) % servers.len();
                let (measured, server) = &mut servers[at];
                let contender = measured.contender;
                let done = server.load(contender.request(), settings.time).await;
                let done = done.unwrap_or_else(|error| panic!("{}: {error}", contender.name()));
                // The first round warms up.
                if round > 0 {
                    measured.samples.push(Sample::from(done));
                }
            }
        }
    });
    for (measured, server) in &mut servers {
        measured.peak_memory = server.peak_memory();
    }
    let measured: Vec<Measured> = servers.into_iter().map(|(measured, _)| measured).collect();
    print(&measured);
}

/// Puts this program on one processor and says which one is for the servers.
fn pin(processors: &[u32]) -> Option<u32> {
    let &[servers, client, ..] = processors else { return None };
    let (client, this) = (client.to_string(), std::process::id().to_string());
    first_line(Command::new("taskset").args(["--pid", "--cpu-list", &client, &this]))?;
    Some(servers)
}

fn launch(contender: Contender) -> Result<Launch, String> {
    let (program, first) = match contender.platform {
        Platform::Axum => (this_program()?, "--serve-axum".to_owned()),
        Platform::Actix => (this_program()?, "--serve-actix".to_owned()),
        Platform::Node24 | Platform::SystemNode => {
            let folder = express().as_ref()?;
            let ours = contender.platform == Platform::Node24;
            let node = if ours { node_24(folder) } else { PathBuf::from("node") };
            version(&node).ok_or_else(|| format!("{} does not run", node.display()))?;
            (node, folder.join("server.mjs").display().to_string())
        }
        Platform::FastApi => {
            let folder = fastapi().as_ref()?;
            (python(folder), folder.join("server.py").display().to_string())
        }
    };
    Ok(Launch { program, arguments: vec![first, contender.handler.to_owned()] })
}

fn this_program() -> Result<PathBuf, String> {
    std::env::current_exe().map_err(|error| error.to_string())
}

fn versions() -> Vec<String> {
    let crates = ["axum", "actix-web", "svix", "axum-standardwebhooks"].map(locked).join(", ");
    [vec![crates], installed::versions()].concat()
}
