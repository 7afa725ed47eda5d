//! Why jitter matters: clients that fail together come back together, and fail together again.
//!
//! A number of clients all want to change the same record. Each reads its version, then writes with that version;
//! a write with a version that is no longer current fails, and the client waits as its policy says and begins anew.
//! Every message takes 8 to 12 ms. The policy doubles from 5 ms up to 2 s; only the jitter differs. The experiment
//! follows the one of the article [Exponential Backoff And Jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter).
//!
//! ```text
//! cargo run --release -p webhook-retry --example contention
//! ```
#![expect(clippy::print_stdout, reason = "it prints a table")]
#![expect(clippy::arithmetic_side_effects, reason = "simulated microseconds, far from any limit")]

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use webhook_retry::{
    Class, Decision, Failure, Jitter, Key, PolicyError, Ratio, RetryPolicy, Schedule, decide,
};

const CLIENTS: [u32; 3] = [20, 100, 200];
/// Each cell of the table is the median of so many runs.
const RUNS: u32 = 15;
const JITTERS: [(&str, Jitter); 4] = [
    ("none", Jitter::None),
    ("±20 %", Jitter::Proportional { per_mille: 200 }),
    ("equal", Jitter::Equal),
    ("full", Jitter::Full),
];

fn main() -> Result<(), PolicyError> {
    println!(
        "Time in ms until every client has written once / messages to the server. Median of {RUNS} runs.\n"
    );
    print!("| clients |");
    for (name, _) in JITTERS {
        print!(" {name} |");
    }
    println!("\n| --- | --- | --- | --- | --- |");
    for clients in CLIENTS {
        print!("| {clients} |");
        for (_, jitter) in JITTERS {
            let Outcome { time, messages } = median(&policy(jitter)?, clients);
            print!(" {} / {messages} |", time.as_millis());
        }
        println!();
    }
    Ok(())
}

fn policy(jitter: Jitter) -> Result<RetryPolicy, PolicyError> {
    let schedule = Schedule::Exponential { first: Duration::from_millis(5), ratio: Ratio::DOUBLE };
    RetryPolicy::builder(schedule, u32::MAX).max_delay(Duration::from_secs(2)).jitter(jitter).build()
}

/// How a run ended.
#[derive(Clone, Copy, Default)]
struct Outcome {
    time: Duration,
    messages: u64,
}

/// The medians of time and messages over [`RUNS`] runs.
fn median(policy: &RetryPolicy, clients: u32) -> Outcome {
    let outcomes: Vec<Outcome> = (0..RUNS).map(|run| simulate(policy, clients, run)).collect();
    let mut times: Vec<Duration> = outcomes.iter().map(|outcome| outcome.time).collect();
    let mut messages: Vec<u64> = outcomes.iter().map(|outcome| outcome.messages).collect();
    times.sort_unstable();
    messages.sort_unstable();
    let middle = outcomes.len() / 2;
    Outcome {
        time: times.get(middle).copied().unwrap_or_default(),
        messages: messages.get(middle).copied().unwrap_or_default(),
    }
}

/// A message that reaches the server.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Message {
    Read,
    Write { version: u32 },
}

/// One client: its number, and how often it has failed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Client {
    number: u32,
    failed: u32,
}

fn simulate(policy: &RetryPolicy, clients: u32, run: u32) -> Outcome {
    let mut network = Network { key: Key::new(run.to_le_bytes()), sent: 0 };
    let mut arrivals = BinaryHeap::new();
    for number in 0..clients {
        arrivals.push(Reverse((network.delay(), Message::Read, Client { number, failed: 0 })));
    }
    let mut current = 0;
    let mut outcome = Outcome::default();
    while let Some(Reverse((now, message, client))) = arrivals.pop() {
        outcome.messages += 1;
        let answered = now + network.delay();
        match message {
            Message::Read => {
                let write = Message::Write { version: current };
                arrivals.push(Reverse((answered + network.delay(), write, client)));
            }
            Message::Write { version } if version == current => {
                current += 1;
                outcome.time = outcome.time.max(answered);
            }
            Message::Write { .. } => {
                let failed = client.failed + 1;
                let key = Key::new([run.to_le_bytes(), client.number.to_le_bytes()].concat());
                let failure = Failure::new(failed, answered, Class::Transient).entropy(key.entropy(failed));
                if let Decision::RetryIn(wait) = decide(policy, failure) {
                    let next = answered + wait + network.delay();
                    arrivals.push(Reverse((next, Message::Read, Client { failed, ..client })));
                }
            }
        }
    }
    outcome
}

/// Draws how long each message takes.
struct Network {
    key: Key,
    sent: u32,
}

impl Network {
    fn delay(&mut self) -> Duration {
        self.sent += 1;
        Duration::from_micros(8_000 + self.key.entropy(self.sent) % 4_001)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_jitter_is_several_times_faster_than_none() {
        let run = |jitter| median(&policy(jitter).unwrap(), 20);
        let none = run(Jitter::None);
        for (name, jitter) in JITTERS.into_iter().skip(1) {
            let spread = run(jitter);
            assert!(spread.time * 3 < none.time, "{name}: {:?} against {:?}", spread.time, none.time);
            assert!(spread.messages < none.messages, "{name}");
        }
    }

    #[test]
    fn every_client_writes_once() {
        let outcome = simulate(&policy(Jitter::Full).unwrap(), 5, 1);
        assert!(outcome.messages >= 10, "five reads and five writes at least");
        assert!(outcome.time >= Duration::from_millis(32), "four messages one after the other at least");
    }
}
