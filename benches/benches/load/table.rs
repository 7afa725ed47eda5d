//! What was measured, as a Markdown table.

use webhook_benches::duel::quantile;

use crate::client::Done;
use crate::contenders::{Contender, Wanted};
use crate::server::ProcessorTime;

/// Below this part of its processor a server was not the bottleneck, so its requests per second say little.
const BUSY: f64 = 0.9;

/// A server's turn in one round.
pub struct Sample {
    requests: f64,
    elapsed: f64,
    /// Processor time, in seconds as all times here.
    server: f64,
    client: f64,
}

impl From<Done<ProcessorTime>> for Sample {
    fn from(done: Done<ProcessorTime>) -> Self {
        let (before, after) = done.probed;
        Self {
            requests: done.requests as f64,
            elapsed: done.elapsed.as_secs_f64(),
            server: (after.server - before.server).as_secs_f64(),
            client: (after.client - before.client).as_secs_f64(),
        }
    }
}

impl Sample {
    fn per_second(&self) -> f64 {
        self.requests / self.elapsed
    }
}

/// All that was measured of a server.
pub struct Measured {
    pub contender: Contender,
    /// One for each round.
    pub samples: Vec<Sample>,
    /// In bytes.
    pub peak_memory: u64,
}

impl Measured {
    pub const fn new(contender: Contender) -> Self {
        Self { contender, samples: Vec::new(), peak_memory: 0 }
    }

    fn per_second(&self) -> f64 {
        quantile(&mut self.samples.iter().map(Sample::per_second).collect::<Vec<_>>(), 0.5)
    }

    fn sum(&self, of: impl Fn(&Sample) -> f64) -> f64 {
        self.samples.iter().map(of).sum()
    }

    /// Microseconds of a time for each request.
    fn each(&self, time: impl Fn(&Sample) -> f64) -> f64 {
        self.sum(time) * 1e6 / self.sum(|sample| sample.requests)
    }

    /// How much of its processor the server used.
    fn busy(&self) -> f64 {
        self.sum(|sample| sample.server) / self.sum(|sample| sample.elapsed)
    }
}

/// Prints a row for each server, and how many of them were not busy enough.
pub fn print(all: &[Measured]) {
    println!(
        "| server | handler | requests/s | beside the base | ours beside this one | wanted | \
         server's CPU µs per request | client's | server busy | peak MB |"
    );
    println!("| --- | --- | --: | --: | --: | --- | --: | --: | --: | --: |");
    for one in all {
        let ours = one.contender.ours().map(|ours| {
            let ratio = ratio(find(all, ours), one);
            format!("`{}` {ratio}", ours.handler)
        });
        println!(
            "| {} | `{}` | {:.0} | {} | {} | {} | {:.1} | {:.1} | {:.2} | {:.1} |",
            one.contender.server(),
            one.contender.handler,
            one.per_second(),
            ratio(one, find(all, one.contender.base())),
            ours.unwrap_or_default(),
            wanted(one.contender.wanted),
            one.each(|sample| sample.server),
            one.each(|sample| sample.client),
            one.busy(),
            one.peak_memory as f64 / 1e6,
        );
    }
    println!("\nThe base is the handler with the MAC by hand on the same framework, or else on axum.");
    let idle = all.iter().filter(|one| one.busy() < BUSY).count();
    if idle > 0 {
        println!(
            "{idle} of {} servers kept their processor less than {BUSY} busy: the client or other programs held them \
             up. Go by their processor time, not by their requests per second.",
            all.len()
        );
    }
}

fn find(all: &[Measured], contender: Contender) -> &Measured {
    all.iter()
        .find(|one| one.contender == contender)
        .expect("what others are measured by is chosen with them")
}

/// The median and the quartiles of the ratios of requests per second within a round.
fn ratio(one: &Measured, other: &Measured) -> String {
    let pairs = one.samples.iter().zip(&other.samples);
    let mut ratios: Vec<f64> = pairs.map(|(one, other)| one.per_second() / other.per_second()).collect();
    let mut at = |part| quantile(&mut ratios, part);
    format!("{:.2} ({:.2} to {:.2})", at(0.5), at(0.25), at(0.75))
}

fn wanted(wanted: Wanted) -> String {
    match wanted {
        Wanted::Nothing | Wanted::Ours(_) => String::new(),
        Wanted::OfBase(part) => format!("≥ {part} of the base"),
        Wanted::OursTimes(_, times) => format!("ours ≥ {times} times"),
    }
}
