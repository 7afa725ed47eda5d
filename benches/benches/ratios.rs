//! `cargo bench -p webhook-benches --bench ratios`: everything beside its limit and beside others, as a Markdown
//! table of ratios. Words behind `--` choose the groups whose name holds one of them.
//!
//! All subjects of a group run in turn, in short batches, by the processor time of the thread; each ratio is the
//! median of the ratios within a round, of three runs the middle one.

#[path = "groups/adapters.rs"]
mod adapters;
#[path = "groups/parsing.rs"]
mod parsing;
#[path = "groups/verifying.rs"]
mod verifying;

use std::fs;
use std::process::Command;

use webhook_benches::duel::{Measured, duel, quantile};

const RUNS: usize = 3;
const ROUNDS: usize = 150;

/// Group, subject, and the largest ratio wanted.
const TARGETS: &[(&str, &str, f64)] = &[
    ("Standard Webhooks (`v1,` base64), 3.5 KB", "Verifier::verify, clock read", 1.08),
    ("Standard Webhooks (`v1,` base64), 100 KB", "Verifier::verify, clock read", 1.01),
    ("`t=…,v1=…` hex, 3.5 KB", "Verifier::verify, clock read", 1.08),
    ("`t=…,v1=…` hex, 100 KB", "Verifier::verify, clock read", 1.01),
    ("`sha256=` hex, 3.5 KB", "Verifier::verify, Notion", 1.08),
    ("`sha256=` hex, 100 KB", "Verifier::verify, Notion", 1.01),
    ("several secrets", "2 secrets, the first matches", 1.0),
    ("several secrets", "2 secrets, the last matches", 2.02),
    ("verified and read", "verify + Payload::parse", 1.25),
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    println!("{}\n", machine());
    println!("| what | who | ratio | quartiles | target | p10 ns | median ns | allocations |");
    println!("| --- | --- | --: | --- | --: | --: | --: | --- |");
    let groups = verifying::groups().into_iter().chain(adapters::groups()).chain(parsing::groups());
    for mut group in groups {
        if !words.is_empty() && !words.iter().any(|word| group.name.contains(word)) {
            continue;
        }
        let runs: Vec<Vec<Measured>> = (0..RUNS).map(|_| duel(ROUNDS, &mut group.subjects)).collect();
        for at in 0..group.subjects.len() {
            let of = |value: fn(&Measured) -> f64| {
                quantile(&mut runs.iter().map(|run| value(&run[at])).collect::<Vec<_>>(), 0.5)
            };
            let Measured { name, allocations, .. } = &runs[0][at];
            println!(
                "| {} | {name} | {:.3} | {:.3} to {:.3} | {} | {:.0} | {:.0} | {allocations} |",
                if at == 0 { &group.name } else { "" },
                of(|run| run.ratio),
                of(|run| run.spread.0),
                of(|run| run.spread.1),
                target(&group.name, name),
                of(|run| run.p10),
                of(|run| run.median),
            );
        }
    }
}

fn target(group: &str, subject: &str) -> String {
    let found = TARGETS.iter().find(|(part, name, _)| group.contains(part) && *name == subject);
    match found {
        Some((.., most)) => format!("≤ {most}"),
        // Every event's shape has the same one.
        None if subject == "Payload::parse" => "≤ 1".to_owned(),
        None => String::new(),
    }
}

/// What a figure without its machine would be worth nothing without.
fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let of = |key: &str| {
        let line = cpu.lines().find(|line| line.starts_with(key)).and_then(|line| line.split_once(": "));
        line.map_or("unknown", |(_, value)| value).to_owned()
    };
    let has = |flag: &str| if of("flags").split(' ').any(|found| found == flag) { "with" } else { "without" };
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc =
        rustc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    format!(
        "`cargo bench -p webhook-benches --bench ratios` on {} (family {}, model {}) {} SHA instructions, {} processors, \
         load {}; {rustc}, profile `bench` (thin LTO, one codegen unit). Middle one of {RUNS} runs of {ROUNDS} rounds.",
        of("model name"),
        of("cpu family"),
        of("model\t"),
        has("sha_ni"),
        std::thread::available_parallelism().map_or(1, usize::from),
        load.split(' ').next().unwrap_or_default(),
    )
}
